"""`renkei peer add|list|test|remove`."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import click
import orjson

from api.cli.terminal import (
    columns,
    data_option,
    json_option,
    language,
    plain,
    print_json,
    run,
    secret_given,
    settings_with,
)
from api.routes.peers import peer_json, probed_json
from api.service import open_books
from exchange.outgoing import Outgoing
from exchange.probing import probe
from ontology.messages import Message
from participants.principal import OPERATOR

_HEADS = {
    "participant": Message(ja="参加者", en="participant"),
    "address": Message(ja="アドレス", en="address"),
    "authorizes": Message(ja="見せる証明", en="shown"),
    "presents": Message(ja="見せられる証明", en="presents"),
    "key": Message(ja="公開鍵", en="key"),
    "bound": Message(ja="鍵に結び付け", en="bound"),
}
_YES, _NO = Message(ja="あり", en="yes"), Message(ja="なし", en="no")
_ADDED = Message(ja="{name} を登録しました。", en="{name} is known now.")
_TOKEN_NEXT = Message(
    ja="相手がこちらに見せるトークンは renkei token add --participant {name} で発行できます。",
    en="Issue the token that it shows us with: renkei token add --participant {name}",
)
_STEPS = {
    "connection": Message(ja="接続", en="connection"),
    "authorization": Message(ja="認証", en="authorization"),
    "catalog": Message(ja="カタログ", en="catalog"),
}


@click.group()
def peer() -> None:
    """Participants with whom this service negotiates and exchanges data by the Dataspace Protocol."""


@peer.command(
    "add",
    epilog="Example: renkei peer add https://city.example/participant https://city.example --authorization @city.txt",
)
@click.argument("participant")
@click.argument("address")
@click.option(
    "--authorization", help="Authorization header that it is shown: the value, @FILE or - for standard input."
)
@click.option(
    "--presents", help="Authorization header that it shows, unless that is a token of ours: value, @FILE or -."
)
@click.option(
    "--key", help="Public key (JWK) of its signatures: a file, or an address as https://…/.well-known/jwks.json."
)
@click.option(
    "--bound/--unbound", default=None, help="Whether tokens for its transfers are good only with proofs by its key."
)
@json_option
@data_option
def add(
    participant: str, address: str, authorization: str | None, presents: str | None, key: str | None,
    bound: bool | None, as_json: bool, data: Path | None,
) -> None:  # fmt: skip
    """Make a peer known, or change it: PARTICIPANT is its id, ADDRESS where its service stands.

    What is not given stays as it was; an empty text takes it away.
    """

    async def work() -> Any:
        shown, seen = secret_given(authorization), secret_given(presents)
        async with open_books(settings_with(data=data)) as books:
            known = None if key is None else await _key(key, books.outgoing)
            return await books.peers.put(
                participant,
                address,
                authorization=shown,
                presents=seen,
                key=known,
                bound=bound,
                actor=OPERATOR.name,
            )

    made = run(work)
    if as_json:
        print_json(peer_json(made))
        return
    click.echo(_ADDED.in_(language()).format(name=made.participant))
    if not made.presents:
        click.echo(_TOKEN_NEXT.in_(language()).format(name=made.participant), err=True)


@peer.command("list", epilog="Example: renkei peer list --json")
@json_option
@data_option
def list_(as_json: bool, data: Path | None) -> None:
    """List the peers, without secrets."""

    async def work() -> Any:
        async with open_books(settings_with(data=data)) as books:
            return await books.peers.all()

    found = [peer_json(each) for each in run(work)]
    if as_json:
        print_json(found)
        return
    rows = [[one["participant"], one["address"], *(_yes(one[name]) for name in list(_HEADS)[2:])] for one in found]
    columns([head.in_(language()) for head in _HEADS.values()], rows)


@peer.command("test", epilog="Example: renkei peer test https://city.example/participant")
@click.argument("participant")
@json_option
@data_option
def test(participant: str, as_json: bool, data: Path | None) -> None:
    """Try the connection to a peer; the step that fails says why. Exit status 1 when one does."""

    async def work() -> Any:
        async with open_books(settings_with(data=data)) as books:
            return await probe(await books.peers.get(participant), books.peers, books.outgoing)

    steps = run(work)
    if as_json:
        print_json(probed_json(steps))
    else:
        for each in steps:
            mark = "✓" if each.ok else "✗"
            click.echo(plain(f"{mark} {_STEPS[each.step].in_(language())}: {each.told.in_(language())}"))
    if not all(each.ok for each in steps):
        sys.exit(1)


@peer.command("remove", epilog="Example: renkei peer remove https://city.example/participant")
@click.argument("participant")
@data_option
def remove(participant: str, data: Path | None) -> None:
    """Forget a peer; its agreements stay."""

    async def work() -> None:
        async with open_books(settings_with(data=data)) as books:
            await books.peers.remove(participant, OPERATOR.name)

    run(work)


async def _key(given: str, outgoing: Outgoing) -> dict[str, Any]:
    """The key of a file or of an address, alone or as the first of a set."""
    if given.startswith(("https://", "http://")):
        content = (await outgoing.get(given)).body
    else:
        content = await asyncio.to_thread(Path(given).read_bytes)
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        found = None
    if isinstance(found, dict) and isinstance(found.get("keys"), list) and found["keys"]:
        found = found["keys"][0]  # a key set, as /.well-known/jwks.json gives it
    return found if isinstance(found, dict) else {}


def _yes(value: object) -> str:
    return (_YES if value else _NO).in_(language())
