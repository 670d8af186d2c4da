"""`renkei negotiate`, `renkei transfer`: our running service asks a provider, and the data come to this machine."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from api.cli.following import Ending, Follower
from api.cli.pulling import DataRefused, Line, Pulled, pull
from api.cli.terminal import (
    ask,
    asking,
    data_option,
    fail,
    json_option,
    language,
    plain,
    print_json,
    settings_with,
    token_option,
    url_option,
)
from ontology.messages import Message
from participants.tokens import operator_token

_PAUSE_S = 0.2
_STATE = Message(ja="{state} — {who}", en="{state} — {who}")
_WAITS = {
    "peer": Message(ja="相手を待っています", en="waiting for the other side"),
    "person": Message(ja="担当者の判断を待っています", en="waiting for a person"),
    "us": Message(ja="処理しています", en="under way"),
    "nobody": Message(ja="", en=""),
}
_NOT_AGREED = Message(
    ja="合意に至りませんでした (状態 {state})。詳しくは {address}",
    en="There is no agreement (state {state}). More at {address}",
)
_STILL = Message(
    ja="{seconds} 秒待ちましたが、まだ {state} です。続きは {address}",
    en="After {seconds} s it is still {state}. See {address}",
)
_NOT_STARTED = Message(
    ja="転送は始まりませんでした (状態 {state})。詳しくは {address}",
    en="The transfer did not start (state {state}). More at {address}",
)
_KEPT = Message(ja="{file} に保存しました ({size:,} バイト)。", en="Kept in {file} ({size:,} bytes).")
_OVER = Message(ja="合意が終わりました。", en="The agreement is over.")
_COMPLETED = Message(ja="転送を完了しました。", en="The transfer was completed.")
_CUT = Message(
    ja="転送が打ち切られました (状態 {state})。詳しくは {address}",
    en="The transfer was ended (state {state}). More at {address}",
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
    found = _watched(begun, service, bearer, wait_s, {"FINALIZED", "TERMINATED"}) if wait_s else begun
    if as_json:
        print_json(found)
    elif found["state"] == "FINALIZED":
        click.echo(found["agreement"])
    if wait_s and found["state"] != "FINALIZED":
        fail(_why_not(_NOT_AGREED, found), 1)


@click.command(epilog="Example: renkei transfer https://city.example/agreements/5f3a --out census.csv")
@click.argument("agreement")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
@click.option(
    "--declare",
    "declared",
    multiple=True,
    metavar="NAME=VALUE",
    help="What you state about the use, as purpose=https://w3id.org/dpv#AcademicResearch; repeatable.",
)
@click.option("--follow", is_flag=True, help="Pull again after each change, until the agreement is over.")
@click.option(
    "--every", "every_s", default=60.0, show_default=True, type=click.FloatRange(min=1),
    help="With --follow: seconds between two looks where the provider does not tell of changes.",
)  # fmt: skip
@click.option("--wait", "wait_s", default=60.0, show_default=True, help="Seconds to wait for the start.")
@data_option
@url_option
@token_option
def transfer(
    agreement: str, out: Path, declared: tuple[str, ...], follow: bool, every_s: float, wait_s: float,
    data: Path | None, url: str | None, token: str | None,
) -> None:  # fmt: skip
    """Pull the data of AGREEMENT into a file; what broke off goes on where it stopped."""
    service, bearer = service_at(data, url, token)
    begun = ask("POST", f"{service}/exchange/transfers", bearer, json={"agreement": agreement}).json()
    found = _watched(begun, service, bearer, wait_s, {"STARTED", "COMPLETED", "TERMINATED"})
    if found["state"] != "STARTED":
        fail(_why_not(_NOT_STARTED, found), 1)
    at = ask("GET", f"{service}/exchange/transfers/{found['pid']}/address", bearer).json()
    values = [(name, value) for name, _, value in (each.partition("=") for each in declared)]
    line = Line(at["endpoint"], at["authorization"], values)
    if follow:
        _followed(Follower(service, bearer, found["pid"], line, out, every_s, lambda pulled: _told(pulled, out)))
        return
    with asking(line.endpoint, None) as (_, refuse):
        try:
            pulled = pull(line, out)
        except DataRefused as error:
            refuse(error.answer)
    ask("POST", f"{service}/exchange/transfers/{found['pid']}/complete", bearer)
    if pulled is not None:
        _told(pulled, out)


def _told(pulled: Pulled, out: Path) -> None:
    click.echo(_KEPT.in_(language()).format(file=out, size=pulled.size), err=True)


def _followed(follower: Follower) -> None:
    """Follow to the end: the status is 0 where the contract ended in order, or the one who asked ends it."""
    try:
        ending = follower.follow()
    except KeyboardInterrupt:
        follower.complete()
        click.echo(_COMPLETED.in_(language()), err=True)
        return
    if ending.refused is not None:
        follower.complete()
        with asking(follower.line.endpoint, None) as (_, refuse):
            refuse(ending.refused)
    _explained(ending)


def _explained(ending: Ending) -> None:
    state = ending.process["state"]
    if not ending.over and state != "COMPLETED":
        fail(_why_not(_CUT, ending.process), 1)
    text = (_OVER if ending.over else _COMPLETED).in_(language())
    click.echo(plain(f"{text} {ending.reason or ''}".rstrip()), err=True)


def service_at(data: Path | None, url: str | None, token: str | None) -> tuple[str, str | None]:
    """Address of the running service, and a token for it: the operator's, on the machine that holds its data folder."""
    settings = settings_with(data=data)
    if token is None and url is None:
        secret = settings.operator_token.get_secret_value() if settings.operator_token else None
        token, _ = operator_token(settings.data, secret)
    return (url or settings.base).rstrip("/"), token


def _watched(
    process: Mapping[str, Any], service: str, token: str | None, wait_s: float, until: set[str]
) -> Mapping[str, Any]:
    """A process once it is in one of some states; each state on its way is told on standard error."""
    end, told = time.monotonic() + wait_s, ""
    kind = "negotiations" if "offer" in process else "transfers"
    while True:
        text = _STATE.in_(language()).format(state=process["state"], who=_WAITS[process["waitsFor"]].in_(language()))
        if text != told:
            click.echo(plain(text.rstrip(" —")), err=True)
            told = text
        if process["state"] in until or process["waitsFor"] == "person":
            return process
        if time.monotonic() > end:
            address = process["address"]
            fail(_STILL.in_(language()).format(seconds=f"{wait_s:g}", state=process["state"], address=address), 1)
        time.sleep(_PAUSE_S)
        process = ask("GET", f"{service}/exchange/{kind}/{process['pid']}", token).json()


def _why_not(message: Message, process: Mapping[str, Any]) -> str:
    text = message.in_(language()).format(state=process["state"], address=process["address"])
    notes = [each["note"][language()] for each in process.get("timeline", ()) if each["note"]]
    reasons = [str(reason) for each in process.get("timeline", ()) for reason in (each["body"] or {}).get("reason", ())]
    return "\n".join((text, *notes[-1:], *reasons))
