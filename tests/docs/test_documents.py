"""The documents hold together: links lead somewhere, commands exist, both languages are there."""

import re
import shlex
from pathlib import Path
from textwrap import dedent
from urllib.parse import unquote

import click
import pytest

from api.cli import main

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PAIRED = [ROOT / "README.md", ROOT / "docs/concepts.md", *sorted((ROOT / "docs/guides").glob("*[!a].md"))]
LINK = re.compile(r"\]\((?!https?:|mailto:|#)<?([^)#>\s]+)(?:#([^)>\s]*))?>?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^|[\s(/])renkei ((?:'[^']*'|\"[^\"]*\"|[^|)'\"\n])*)")


def links(document: Path) -> list[tuple[str, str]]:
    return LINK.findall(FENCE.sub("", document.read_text("utf-8")))


def anchors(document: Path) -> set[str]:
    """The anchors of the headings, as the usual viewers of Markdown name them."""
    headings = HEADING.findall(FENCE.sub("", document.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def commands(document: Path) -> list[str]:
    found = []
    for _, kind, block in FENCE.findall(document.read_text("utf-8")):
        if kind not in ("sh", "console"):
            continue
        lines = dedent(block).replace("\\\n", " ").splitlines()
        typed = [line.removeprefix("$ ") for line in lines if kind == "sh" or line.startswith("$ ")]
        found += [match[1] for line in typed if not line.startswith("#") for match in COMMAND.finditer(line)]
    return found


def parse(text: str) -> None:
    """Raise click.UsageError unless the words name a command and options and arguments that it takes."""
    command: click.Command = main
    words = shlex.split(text, comments=True)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            raise click.UsageError(f"no command {words[0]}")
        command, words = found, words[1:]
    if "--help" in words or "--version" in words:
        return
    context = click.Context(command, info_name=command.name, help_option_names=["-h", "--help"])
    given, left, _ = command.make_parser(context).parse_args(words)
    if left or isinstance(command, click.Group):
        raise click.UsageError(f"{command.name} does not take {left}")
    for parameter in command.params:
        value = given.get(str(parameter.name))
        if parameter.required and (value is None or parameter.value_is_missing(value)):
            raise click.UsageError(f"{command.name} needs {parameter.name}")
        if isinstance(parameter.type, click.Choice) and isinstance(value, str):
            parameter.type.convert(value, parameter, context)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file_or_heading(document: Path) -> None:
    lost = []
    for name, anchor in links(document):
        target = document.parent / unquote(name)
        if not target.exists() or (anchor and unquote(anchor) not in anchors(target)):
            lost.append(f"{name}#{anchor}")
    assert lost == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_shown_is_one_that_renkei_takes(document: Path) -> None:
    for command in commands(document):
        parse(command)


def test_the_readme_shows_commands_at_all() -> None:
    assert len(commands(ROOT / "README.md")) >= 6


@pytest.mark.parametrize(
    "wrong", ["lode x", "load --catalog x", "load a.ttl", "serve --prot 1", "token add --role king"]
)
def test_a_command_that_renkei_does_not_take_is_noticed(wrong: str) -> None:
    with pytest.raises(click.UsageError):
        parse(wrong)


@pytest.mark.parametrize("document", PAIRED, ids=lambda path: path.stem)
def test_both_languages_are_there_with_the_same_commands_in_them(document: Path) -> None:
    japanese = document.with_suffix(".ja.md")
    assert japanese.exists()
    assert [words.split()[:1] for words in commands(japanese)] == [words.split()[:1] for words in commands(document)]
    assert len(HEADING.findall(japanese.read_text("utf-8"))) == len(HEADING.findall(document.read_text("utf-8")))


def test_every_document_is_in_the_index() -> None:
    index = {(ROOT / "docs" / name).resolve() for name, _ in links(ROOT / "docs/README.md")}
    documents = {path for path in DOCUMENTS if path.is_relative_to(ROOT / "docs") and path.name != "README.md"}
    assert documents - index == set()


def test_every_picture_is_small_and_shown() -> None:
    pictures = set((ROOT / "docs/screenshots").glob("*.png"))
    shown = {(document.parent / name).resolve() for document in DOCUMENTS for name, _ in links(document)}
    assert pictures <= shown
    assert max(picture.stat().st_size for picture in pictures) < 250_000


def test_there_is_a_changelog_with_this_version_at_its_top() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert f"\n## {version[1]}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
