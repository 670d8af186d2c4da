"""`renkei rebuild`, `check`, `backup`, `restore`."""

import sys
from pathlib import Path

import click

from api.cli.terminal import (
    ask,
    console,
    data_option,
    json_option,
    language,
    plain,
    print_json,
    problems,
    run,
    settings_with,
    token_option,
    url_option,
)
from api.service import open_service
from api.settings import Settings
from catalog.checking import Check, CheckReport
from stores.backups import restore_backup, write_backup

DATABASE = "renkei.sqlite"


@click.command()
@data_option
@url_option
@token_option
def rebuild(data: Path | None, url: str | None, token: str | None) -> None:
    """Make graphs and index anew from the database."""
    if url:
        ask("POST", f"{url.rstrip('/')}/operations/rebuild", token)
        return

    async def work() -> None:
        async with open_service(settings_with(data=data)) as service:
            with console().status("…"):
                await service.projection.rebuild()

    run(work)


@click.command()
@click.option("--repair", is_flag=True, help="Mend what can be mended.")
@json_option
@data_option
@url_option
@token_option
def check(repair: bool, as_json: bool, data: Path | None, url: str | None, token: str | None) -> None:
    """Prove that database, graphs and index agree. Exit 0 clean, 1 not.

    Of a folder that a server holds, ask the server with --url.
    """
    if url:
        parameters = {"repair": "true"} if repair else {}
        found = ask("POST", f"{url.rstrip('/')}/operations/check", token, params=parameters).json()
    else:
        found = run(lambda: _checked(settings_with(data=data), repair)).to_json()
    if as_json:
        print_json(found)
    else:
        for one in found["findings"]:
            click.echo(plain(f"{one['place']}: {one['message'][language()]}"))
        click.echo("clean" if found["clean"] else f"{len(found['findings'])} findings")
    sys.exit(0 if found["clean"] else 1)


async def _checked(settings: Settings, repair: bool) -> CheckReport:
    async with open_service(settings) as service:
        checking = Check(service.projection)
        return await (checking.repair() if repair else checking.run())


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@json_option
@data_option
def backup(target: Path, as_json: bool, data: Path | None) -> None:
    """Write a backup of the database; the server may go on."""
    with problems():
        manifest = write_backup(settings_with(data=data).data / DATABASE, target)
    if as_json:
        print_json({"file": str(target), "events": manifest.events, "taken_at": manifest.taken_at})
    else:
        click.echo(f"{target}: {manifest.events} events, {manifest.taken_at}")


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Replace a database that is there.")
@data_option
def restore(source: Path, yes: bool, data: Path | None) -> None:
    """Put a backup into a data folder that no server uses."""
    with problems():
        manifest = restore_backup(source, settings_with(data=data).data, replace=yes)
    click.echo(f"{manifest.events} events, {manifest.taken_at}")
