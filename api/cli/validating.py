"""`renkei validate`."""

import asyncio
import sys
from pathlib import Path

import click
import httpx

from api.cli.terminal import (
    ask,
    data_option,
    language,
    plain,
    print_json,
    problems,
    settings_with,
    token_option,
    url_option,
)
from api.logging import configure
from catalog.house_profiles import HouseProfiles
from ontology.killable import Workers
from ontology.reading import read
from shapes.profiles import Profiles
from shapes.report import Report
from shapes.validation import Validator
from shapes.vocabularies import Vocabularies
from stores.database import Database

DEFAULT_PROFILE = "dcat-ap"
DATABASE = "renkei.sqlite"


@click.command()
@click.argument("source", metavar="SOURCE")
@click.option("--profile", help=f"Profile; {DEFAULT_PROFILE} unless --shapes is given.")
@click.option("--level", default="base", show_default=True, help="minimum, base, recommended, ranges, codelists, full.")
@click.option("--shapes", "shapes_files", type=click.Path(exists=True, dir_okay=False, path_type=Path), multiple=True,
              help="Shapes files to validate with; repeatable.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json", "turtle"]), default="text", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@data_option
@url_option
@token_option
def validate(source: str, profile: str | None, level: str, shapes_files: tuple[Path, ...], form: str, as_json: bool,
             data: Path | None, url: str | None, token: str | None) -> None:  # fmt: skip
    """Validate a file or standard input (-). Exit 0 conforms, 1 does not, 2 unreadable."""
    configure("text", "warning")
    content = _content(source)
    with problems():
        if url:
            report = _asked(url, token, content, profile or DEFAULT_PROFILE, level)
        else:
            report = _validated(content, source, profile, level, shapes_files, settings_with(data=data).data)
    if as_json or form == "json":
        print_json(report.to_json())
    else:
        click.echo(report.to_turtle() if form == "turtle" else plain(report.to_text(language())), nl=False)
    sys.exit(0 if report.conforms else 1)


def _content(source: str) -> bytes:
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as error:
        click.echo(f"{source}: {error.strerror}", err=True)
        sys.exit(2)


def _validated(
    content: bytes, name: str, profile: str | None, level: str, shapes_files: tuple[Path, ...], data: Path
) -> Report:
    profiles = Profiles.shipped()
    if (data / DATABASE).exists():
        asyncio.run(_with_house_profiles(profiles, data))
    workers = Workers()
    validator = Validator(profiles, Vocabularies.load(), workers=workers)
    try:
        triples = list(read(content, name=None if name == "-" else name, base_iri="urn:renkei:document"))
        extra = {path.name: path.read_bytes() for path in shapes_files} or None
        wanted = profile if extra else profile or DEFAULT_PROFILE
        return validator.validate_document(triples, profile=wanted, level=level, extra_shapes=extra)
    finally:
        workers.close_sync()


async def _with_house_profiles(profiles: Profiles, data: Path) -> None:
    database = Database.in_folder(data)
    await database.open()
    try:
        await HouseProfiles(database, profiles).follow()
    finally:
        await database.close()


def _asked(url: str, token: str | None, content: bytes, profile: str, level: str) -> Report:
    answer: httpx.Response = ask(
        "POST", f"{url.rstrip('/')}/validate", token, content=content, params={"profile": profile, "level": level},
        headers={"accept": "application/json"},
    )  # fmt: skip
    found = answer.json()
    return Report.from_json({name: found[name] for name in ("profile", "level", "conforms", "results")})
