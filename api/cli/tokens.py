"""`renkei token add|list|revoke`."""

from pathlib import Path
from typing import Any

import click

from api.cli.terminal import columns, data_option, json_option, language, print_json, run, settings_with
from api.service import open_books
from ontology.messages import Message


@click.group()
def token() -> None:
    """Tokens of participants: who bears one may read what that participant may, and as a provider write.

    The operator's own token is RENKEI_OPERATOR_TOKEN or in the file operator-token of the data folder.
    """


_MADE = Message(ja="トークン {id} を発行しました。", en="Token {id} was issued.")
_ONCE = Message(
    ja="秘密の文字列が表示されるのは今回だけです。今すぐ保管してください。",
    en="Its secret is shown only once: keep it now.",
)
_HEADS = {
    "id": Message(ja="id", en="id"),
    "role": Message(ja="役割", en="role"),
    "participant": Message(ja="参加者", en="participant"),
    "catalogs": Message(ja="カタログ", en="catalogs"),
    "created_at": Message(ja="発行", en="created"),
    "revoked_at": Message(ja="失効", en="revoked"),
}
_ALL = Message(ja="すべて", en="all")


@token.command(
    "add", epilog="Example: renkei token add --participant https://city.example/ --role provider --catalog minato"
)
@click.option("--participant", required=True, help="IRI of the participant that the token speaks for.")
@click.option("--role", type=click.Choice(["reader", "provider"]), default="reader", show_default=True)
@click.option("--catalog", "catalogs", multiple=True, help="Only these catalogs may be written; repeatable.")
@json_option
@data_option
def add(participant: str, role: Any, catalogs: tuple[str, ...], as_json: bool, data: Path | None) -> None:
    """Issue a token; its secret goes to standard output, once: only a hash of it is kept."""

    async def work() -> Any:
        async with open_books(settings_with(data=data)) as books:
            return await books.tokens.issue(participant, role, catalogs or None)

    issued = run(work)
    if as_json:
        found = {name: getattr(issued, name) for name in ("id", "secret", "participant", "role")}
        print_json({**found, "catalogs": catalogs or None, "note": {"ja": _ONCE.ja, "en": _ONCE.en}})
        return
    click.echo(_MADE.in_(language()).format(id=issued.id) + " " + _ONCE.in_(language()), err=True)
    click.echo(issued.secret)


@token.command("list", epilog="Example: renkei token list --json")
@json_option
@data_option
def list_(as_json: bool, data: Path | None) -> None:
    """List the tokens, without secrets."""

    async def work() -> Any:
        async with open_books(settings_with(data=data)) as books:
            return await books.tokens.issued()

    found = [
        {
            "id": one.id,
            "participant": one.participant,
            "role": one.role,
            "catalogs": one.catalogs,
            "created_at": one.created_at.isoformat(timespec="seconds"),
            "revoked_at": one.revoked_at.isoformat(timespec="seconds") if one.revoked_at else None,
        }
        for one in run(work)
    ]
    if as_json:
        print_json(found)
        return
    rows = [[str(one[name] or "") for name in _HEADS] for one in found]
    for row, one in zip(rows, found, strict=True):
        row[3] = ", ".join(one["catalogs"] or [_ALL.in_(language())])
    columns([head.in_(language()) for head in _HEADS.values()], rows)


@token.command("revoke", epilog="Example: renkei token revoke 4f3a9c1e")
@click.argument("token_id")
@data_option
def revoke(token_id: str, data: Path | None) -> None:
    """End the token with this id (see `renkei token list`); the next request that bears it is refused."""

    async def work() -> None:
        async with open_books(settings_with(data=data)) as books:
            await books.tokens.revoke(token_id)

    run(work)
