"""What is wrong with settings, in words: where it was set, which setting, what is wrong, what to do."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from api.settings import Settings
from ontology.messages import Message

FILE = "renkei.toml"
_REFERENCE = Message(
    ja="使える設定と値は docs/reference/settings.md にあります。",
    en="docs/reference/settings.md lists the settings and their values.",
)
_UNKNOWN = Message(ja="{place}: {name} という設定はありません。", en="{place}: there is no setting {name}.")
_MEANT = Message(ja="{near} ではありませんか。", en="Did you mean {near}?")
_WRONG = Message(
    ja="{place}: {name} の値{value}は使えません ({reason})。",
    en="{place}: the value{value} of {name} cannot be used ({reason}).",
)
_NOT_READ = Message(
    ja="{place} を読めません ({reason})。TOML の形 (名前 = 値) で UTF-8 にしてください。",
    en="{place} cannot be read ({reason}). Write it as TOML (name = value) in UTF-8.",
)


def unreadable_file(error: tomllib.TOMLDecodeError | UnicodeDecodeError, language: str) -> str:
    """The sentence on a settings file that is no TOML."""
    reason = "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
    return _NOT_READ.in_(language).format(place=Path(FILE).absolute(), reason=reason)


def invalid(error: ValidationError, given: Mapping[str, Any], language: str) -> str:
    """One line for each setting that cannot be used, and where to read about them.

    Args:
        error: as pydantic raised it.
        given: the settings of the command line, by name.
        language: ja or en.
    """
    lines = [_sentence(fault, given, language) for fault in error.errors(include_url=False)]
    return "\n".join([*lines, _REFERENCE.in_(language)])


def _sentence(fault: Any, given: Mapping[str, Any], language: str) -> str:
    name = str(fault["loc"][0]) if fault["loc"] else ""
    place = _place(name, given)
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, Settings.model_fields, 1)
        meant = " " + _MEANT.in_(language).format(near=near[0]) if near else ""
        return _UNKNOWN.in_(language).format(place=place, name=name) + meant
    value = "" if "token" in name else f" {str(fault['input'])[:80]!r}"  # a secret is not repeated on a screen
    return _WRONG.in_(language).format(place=place, name=name, value=value, reason=fault["msg"])


def _place(name: str, given: Mapping[str, Any]) -> str:
    if name in given:
        return f"--{name.replace('_', '-')}"
    variable = f"RENKEI_{name.upper()}"
    return variable if variable in os.environ else str(Path(FILE).absolute())
