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
from ontology.messages import Message
from stores.backups import Manifest, restore_backup, write_backup

DATABASE = "renkei.sqlite"
_CLEAN = Message(ja="問題なし", en="clean")
_FINDINGS = Message(ja="指摘 {count} 件", en="{count} findings")
_EVENTS = Message(ja="{file}: イベント {events} 件、{taken_at}", en="{file}: {events} events, {taken_at}")


@click.command(epilog="Example: renkei rebuild --url http://127.0.0.1:8000")
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


@click.command(epilog="Example: renkei check --repair")
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
        verdict = _CLEAN if found["clean"] else _FINDINGS
        click.echo(verdict.in_(language()).format(count=len(found["findings"])))
    sys.exit(0 if found["clean"] else 1)


async def _checked(settings: Settings, repair: bool) -> CheckReport:
    async with open_service(settings) as service:
        checking = Check(service.projection)
        return await (checking.repair() if repair else checking.run())


@click.command(epilog="Example: renkei backup renkei-2026-11-21.tar.gz")
@click.argument("target", type=click.Path(path_type=Path))
@json_option
@data_option
def backup(target: Path, as_json: bool, data: Path | None) -> None:
    """Write a backup of the database; the server may go on."""
    with problems():
        manifest = write_backup(settings_with(data=data).data / DATABASE, target)
    _tell(target, manifest, as_json)


@click.command(epilog="Example: renkei restore renkei-2026-11-21.tar.gz --data new-folder")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Replace a database that is there.")
@json_option
@data_option
def restore(source: Path, yes: bool, as_json: bool, data: Path | None) -> None:
    """Put a backup into a data folder that no server uses."""
    with problems():
        manifest = restore_backup(source, settings_with(data=data).data, replace=yes)
    _tell(source, manifest, as_json)


def _tell(file: Path, manifest: Manifest, as_json: bool) -> None:
    if as_json:
        print_json({"file": str(file), "events": manifest.events, "taken_at": manifest.taken_at})
    else:
        click.echo(_EVENTS.in_(language()).format(file=file, events=manifest.events, taken_at=manifest.taken_at))
