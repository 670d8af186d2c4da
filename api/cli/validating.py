"""`renkei validate`."""

import asyncio
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import httpx

from api.cli.terminal import (
    ask,
    content_of,
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
from api.routes.validation import TOO_LARGE, VALIDATED_BYTES, faults_json, read_to_validate
from catalog.house_profiles import HouseProfiles
from ontology.killable import Workers
from ontology.messages import Message
from shapes.profiles import Profiles
from shapes.report import Report
from shapes.validation import Validator
from shapes.vocabularies import Vocabularies
from stores.database import Database

DEFAULT_PROFILE = "dcat-ap"
DATABASE = "renkei.sqlite"
_IN_READING = Message(ja="読み込み時に見つかった問題 (行:列):", en="Found in reading (line:column):")


@click.command(epilog="Example: renkei validate catalog.ttl --level recommended")
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
    """Validate a file or standard input (-): RDF, CKAN or DCAT-US.

    Exit 0 conforms, 1 does not or could be read in part only, 2 unreadable.
    """
    configure("text", "warning")
    content = content_of(source, VALIDATED_BYTES, TOO_LARGE)  # a validation needs it whole, never more than that
    with problems():
        if url:
            report, faults = _asked(url, token, content, profile or DEFAULT_PROFILE, level)
        else:
            report, faults = _validated(content, source, profile, level, shapes_files, settings_with(data=data).data)
    if as_json or form == "json":
        print_json({**report.to_json(), "faults": faults})
    else:
        click.echo(report.to_turtle() if form == "turtle" else plain(report.to_text(language())), nl=False)
        click.echo(plain(read_so_far(faults, language())), nl=False, err=form == "turtle")
    sys.exit(0 if report.conforms and not any(fault["kind"] == "syntax" for fault in faults) else 1)


def read_so_far(faults: Sequence[Mapping[str, Any]], spoken: str) -> str:
    """What reading found wrong, for a terminal: the same message once, with its number and first place."""
    first: dict[str, Mapping[str, Any]] = {}
    count = Counter(fault["message"]["en"] for fault in faults)
    for fault in faults:
        first.setdefault(fault["message"]["en"], fault)
    lines = ["", _IN_READING.in_(spoken)] if faults else []
    for message, fault in first.items():
        times = f" ×{count[message]}" if count[message] > 1 else ""
        place = ":".join(str(fault[name]) for name in ("line", "column") if fault[name] is not None)
        shown = " ".join(filter(None, (place, fault["text"])))
        lines += [f"  {fault['message'][spoken]}{times}", f"    {shown}"]
    return "".join(f"{line}\n" for line in lines)


def _validated(
    content: bytes, name: str, profile: str | None, level: str, shapes_files: tuple[Path, ...], data: Path
) -> tuple[Report, list[dict[str, Any]]]:
    profiles = Profiles.shipped()
    if (data / DATABASE).exists():
        asyncio.run(_with_house_profiles(profiles, data))
    workers = Workers()
    validator = Validator(profiles, Vocabularies.load(), workers=workers)
    try:
        whole = read_to_validate(content, name=None if name == "-" else name)
        extra = {path.name: path.read_bytes() for path in shapes_files} or None
        wanted = profile if extra else profile or DEFAULT_PROFILE
        report = validator.validate_document(whole.triples, profile=wanted, level=level, extra_shapes=extra)
        return report, faults_json(whole.faults)
    finally:
        workers.close_sync()


async def _with_house_profiles(profiles: Profiles, data: Path) -> None:
    database = Database.in_folder(data)
    await database.open()
    try:
        await HouseProfiles(database, profiles).follow()
    finally:
        await database.close()


def _asked(
    url: str, token: str | None, content: bytes, profile: str, level: str
) -> tuple[Report, list[dict[str, Any]]]:
    answer: httpx.Response = ask(
        "POST", f"{url.rstrip('/')}/validate", token, content=content, params={"profile": profile, "level": level},
        headers={"accept": "application/json"},
    )  # fmt: skip
    found = answer.json()
    return Report.from_json({name: found[name] for name in ("profile", "level", "conforms", "results")}), found[
        "faults"
    ]
