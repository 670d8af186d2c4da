"""What the commands say of themselves."""

import shlex
from collections.abc import Iterator

import click
import pytest

from api.cli import main
from api.cli.terminal import language


def commands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands(f"{path} {name}", inner)
    else:
        yield path, command


NAMES = ["-h", "--help"]  # a command keeps the option that it was first asked for
ALL = dict(commands("renkei", main))


@pytest.mark.parametrize("path", ALL)
def test_the_help_of_every_command_ends_with_an_example_that_it_takes(path: str) -> None:
    command = ALL[path]
    example = (command.epilog or "").removeprefix("Example: ")
    assert example.startswith(path + " ")
    words = shlex.split(example.removeprefix(path))
    assert command.make_parser(click.Context(command, help_option_names=NAMES)).parse_args(words)[1] == []


@pytest.mark.parametrize("path", ["renkei load", "renkei validate", "renkei search", "renkei check", "renkei backup",
                                  "renkei restore", "renkei token add", "renkei token list", "renkei shapes add",
                                  "renkei shapes list", "renkei shapes lint"])  # fmt: skip
def test_every_command_that_prints_data_prints_json_too(path: str) -> None:
    assert "as_json" in {parameter.name for parameter in ALL[path].params}


@pytest.mark.parametrize(
    ("locale", "setting", "expected"),
    [
        ("ja_JP.UTF-8", "en", "ja"),
        ("en_US.UTF-8", "ja", "en"),
        ("C.UTF-8", "ja", "ja"),
        ("", "ja", "ja"),
        ("C", "", "en"),
    ],
)
def test_the_language_is_the_locale_s_and_the_setting_s_where_that_has_none(
    monkeypatch: pytest.MonkeyPatch, locale: str, setting: str, expected: str
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.delenv("LANG", raising=False)
    monkeypatch.setenv("RENKEI_LANGUAGE", setting)
    assert language() == expected
