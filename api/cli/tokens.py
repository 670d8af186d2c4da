"""`renkei token add|list|revoke`."""

from pathlib import Path
from typing import Any

import click

from api.cli.terminal import data_option, json_option, print_json, run, settings_with
from api.service import open_books


@click.group()
def token() -> None:
    """Tokens of participants."""


@token.command("add")
@click.option("--participant", required=True, help="IRI of the participant that the token speaks for.")
@click.option("--role", type=click.Choice(["reader", "provider"]), default="reader", show_default=True)
@click.option("--catalog", "catalogs", multiple=True, help="Only these catalogs may be written; repeatable.")
@json_option
@data_option
def add(participant: str, role: Any, catalogs: tuple[str, ...], as_json: bool, data: Path | None) -> None:
    """Issue a token; its secret is shown once."""

    async def work() -> Any:
        async with open_books(settings_with(data=data)) as books:
            return await books.tokens.issue(participant, role, catalogs or None)

    issued = run(work)
    if as_json:
        print_json({"id": issued.id, "secret": issued.secret, "participant": issued.participant, "role": issued.role})
    else:
        click.echo(issued.secret)


@token.command("list")
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
    for one in found:
        click.echo(f"{one['id']}  {one['role']:8}  {one['participant']}  {one['revoked_at'] or ''}".rstrip())


@token.command("revoke")
@click.argument("token_id")
@data_option
def revoke(token_id: str, data: Path | None) -> None:
    """End a token; the next request that bears it is refused."""

    async def work() -> None:
        async with open_books(settings_with(data=data)) as books:
            await books.tokens.revoke(token_id)

    run(work)
