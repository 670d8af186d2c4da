"""`renkei negotiate`, `renkei transfer`: our running service asks a provider, and the data come to this machine."""

from pathlib import Path

import click

from api.cli.fetching import Fetch
from api.cli.following import Follower, complete
from api.cli.pulling import Pulled
from api.cli.pushing import pushed, target
from api.cli.terminal import (
    ask,
    asking,
    data_option,
    fail,
    json_option,
    language,
    print_json,
    problems,
    secret_given,
    token_option,
    url_option,
)
from api.cli.watching import BEGUN, PULL, S3_PULL, completed, explained, line_of, service_at, started, watched, why_not
from ontology.messages import Message

_NOT_AGREED = Message(
    ja="合意に至りませんでした (状態 {state})。詳しくは {address}",
    en="There is no agreement (state {state}). More at {address}",
)
_KEPT = Message(ja="{file} に保存しました ({size:,} バイト)。", en="Kept in {file} ({size:,} bytes).")
_ONCE = Message(
    ja="{form} は --out で一度だけ取り出します。--follow と --push-to には使えません。",
    en="{form} pulls once, with --out; it is not for --follow or --push-to.",
)
_WHERE = Message(
    ja="受け取り先を --out (ファイル) か --push-to (アドレス) のどちらか一方で指定してください。",
    en="Say where the data shall go: --out (a file) or --push-to (an address), one of the two.",
)
_UNDECLARED = Message(
    ja="--declare {given} は NAME=VALUE の形ではありません。例: --declare purpose=https://w3id.org/dpv#AcademicResearch",
    en="--declare {given} is not NAME=VALUE. Example: --declare purpose=https://w3id.org/dpv#AcademicResearch",
)


@click.command(epilog="Example: renkei negotiate https://city.example/participant https://city.example/datasets/census")
@click.argument("provider")
@click.argument("dataset")
@click.option("--offer", help="IRI of the offer, where the dataset has several.")
@click.option(
    "--wait", "wait_s", default=60.0, show_default=True, help="Seconds to wait for the agreement; 0 for none."
)
@json_option
@data_option
@url_option
@token_option
def negotiate(
    provider: str, dataset: str, offer: str | None, wait_s: float, as_json: bool, data: Path | None,
    url: str | None, token: str | None,
) -> None:  # fmt: skip
    """Agree with PROVIDER on DATASET; the agreement's IRI goes to standard output."""
    service, bearer = service_at(data, url, token)
    given = {"provider": provider, "dataset": dataset} | ({"offer": offer} if offer else {})
    begun = ask("POST", f"{service}/exchange/negotiations", bearer, json=given).json()
    found = watched(begun, service, bearer, wait_s, {"FINALIZED", "TERMINATED"}) if wait_s else begun
    if as_json:
        print_json(found)
    elif found["state"] == "FINALIZED":
        click.echo(found["agreement"])
    if wait_s and found["state"] != "FINALIZED":
        fail(why_not(_NOT_AGREED, found), 1)


@click.command(epilog="Example: renkei transfer https://city.example/agreements/5f3a --out census.csv")
@click.argument("agreement")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@click.option("--push-to", metavar="URL", help="Let the provider send the data to this address (POST) instead.")
@click.option(
    "--push-authorization", help="Authorization header for that address: the value, @FILE or - for standard input."
)
@click.option(
    "--declare",
    "declared",
    multiple=True,
    metavar="NAME=VALUE",
    help="What you state about the use, as purpose=https://w3id.org/dpv#AcademicResearch; repeatable.",
)
@click.option(
    "--format", "form", type=click.Choice((PULL, S3_PULL)), default=PULL, show_default=True,
    help="How the data are pulled with --out; AmazonS3-PULL as an object of a store that speaks S3.",
)  # fmt: skip
@click.option(
    "--compressed", is_flag=True, help="With --out: let the data come packed, where their provider does that."
)
@click.option("--follow", is_flag=True, help="Pull or push again after each change, until the agreement is over.")
@click.option(
    "--every", "every_s", default=60.0, show_default=True, type=click.FloatRange(min=1),
    help="With --follow: seconds between two looks where the provider does not tell of changes.",
)  # fmt: skip
@click.option("--wait", "wait_s", default=60.0, show_default=True, help="Seconds to wait for the start.")
@data_option
@url_option
@token_option
def transfer(
    agreement: str, out: Path | None, push_to: str | None, push_authorization: str | None, declared: tuple[str, ...],
    form: str, compressed: bool, follow: bool, every_s: float, wait_s: float, data: Path | None, url: str | None,
    token: str | None,
) -> None:  # fmt: skip
    """Pull the data of AGREEMENT into a file, or have them pushed to an address."""
    service, bearer = service_at(data, url, token)
    values = [_declared(each) for each in declared]
    if (out is None) == (push_to is None):
        fail(_WHERE.in_(language()), 1)
    if form != PULL and (follow or out is None):
        fail(_ONCE.in_(language()).format(form=form), 1)
    if out is None:
        to = target(push_to or "", secret_given(push_authorization), follow)
        given = {"format": "HttpData-PUSH", "dataAddress": to} | ({"declare": dict(values)} if values else {})
        begun = ask("POST", f"{service}/exchange/transfers", bearer, json={"agreement": agreement, **given}).json()
        pushed(watched(begun, service, bearer, wait_s, BEGUN), service, bearer, wait_s, push_to or "", follow)
        return
    if follow:
        process = started(service, bearer, agreement, wait_s)
        line = line_of(process, service, bearer, values)
        _followed(Follower(service, bearer, process["pid"], line, out, every_s, lambda pulled: _told(pulled, out)))
        return
    pulled = Fetch(service, bearer, agreement, out, values, wait_s, form, compressed).run()
    if pulled is not None:
        _told(pulled, out)


def _declared(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals or not name or not value:
        fail(_UNDECLARED.in_(language()).format(given=given), 1)
    return name, value


def _told(pulled: Pulled, out: Path) -> None:
    click.echo(_KEPT.in_(language()).format(file=out, size=pulled.size), err=True)


def _followed(follower: Follower) -> None:
    """Follow to the end: the status is 0 where the contract ended in order, or the one who asked ends it."""
    try:
        with problems():
            ending = follower.follow()
    except KeyboardInterrupt:
        completed(follower.service, follower.token, follower.pid)
        return
    if ending.refused is not None:
        complete(follower.service, follower.token, follower.pid)
        with asking(follower.line.endpoint, None) as (_, refuse):
            refuse(ending.refused)
    explained(ending)
