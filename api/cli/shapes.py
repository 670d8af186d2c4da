"""`renkei shapes add|list|lint`."""

import sys
from pathlib import Path
from typing import Any

import click

from api.cli.terminal import data_option, json_option, language, plain, print_json, problems, run, settings_with
from api.service import open_books
from ontology.messages import Message
from shapes.profiles import LEVELS, Profiles, linted_files

_COUNT = Message(ja="シェイプ {shapes} 件、指摘 {findings} 件", en="{shapes} shapes, {findings} findings")

_TIMES = Message(ja="（{times} 箇所）", en=" ({times} times)")


@click.group()
def shapes() -> None:
    """Profiles of shapes."""


@shapes.command("add", epilog="Example: renkei shapes add house shapes.ttl")
@click.argument("name")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--trust-sparql", is_flag=True, help="Keep SPARQL constraints; they run with the rights of the service.")
@json_option
@data_option
def add(name: str, files: tuple[Path, ...], trust_sparql: bool, as_json: bool, data: Path | None) -> None:
    """Add shapes files as a profile of this deployment; faulty shapes are named and skipped."""
    content = {path.name: path.read_bytes() for path in files}

    async def work() -> Any:
        async with open_books(settings_with(data=data)) as books:
            return await books.house_profiles.add(name, content, trusted=trust_sparql, actor="operator")

    report = run(work)
    _show(report, as_json)
    sys.exit(0 if report.usable else 1)


@shapes.command("list", epilog="Example: renkei shapes list --json")
@json_option
@data_option
def list_(as_json: bool, data: Path | None) -> None:
    """List the profiles."""

    async def work() -> Profiles:
        async with open_books(settings_with(data=data)) as books:
            return books.profiles

    found: list[dict[str, Any]] = [
        {
            "name": profile.name,
            "title": profile.title.in_(language()),
            "levels": list(profile.levels or LEVELS[:0]),
            "shipped": not profile.foreign,
        }
        for profile in run(work)
    ]
    if as_json:
        print_json(found)
        return
    for one in found:
        click.echo(plain(f"{one['name']:16} {one['title']}  {', '.join(one['levels'])}").rstrip())


@shapes.command("lint", epilog="Example: renkei shapes lint shapes.ttl")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def lint(files: tuple[Path, ...], as_json: bool) -> None:
    """Name the faults of shapes files. Exit 0 none, 1 some."""
    with problems():
        report = linted_files({path.name: path.read_bytes() for path in files})
    _show(report, as_json)
    sys.exit(1 if report.findings else 0)


def _show(report: Any, as_json: bool) -> None:
    found = [
        {
            "file": one.file,
            "shape": one.shape,
            "line": one.line,
            "code": one.code,
            "effect": one.effect,
            "times": one.times,
            "message": {"ja": one.message.ja, "en": one.message.en},
        }
        for one in report.findings
    ]
    if as_json:
        print_json({"shapes": report.shapes, "findings": found})
        return
    for one in found:
        place = f"{one['file'] or ''}{':' if one['file'] and one['line'] else ''}{one['line'] or ''}"
        text = one["message"][language()] + (
            _TIMES.in_(language()).format(times=one["times"]) if one["times"] > 1 else ""
        )
        click.echo(plain(f"{place}: {text}" if place else text))
    click.echo(_COUNT.in_(language()).format(shapes=report.shapes, findings=sum(one["times"] for one in found)))
