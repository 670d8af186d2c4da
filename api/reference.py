"""The reference documents, made from the code: `python -m api.reference` writes them, a test holds them current."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from api.problem_table import BY_SLUG
from api.routes import OPERATIONS
from api.settings import Settings
from exchange.policy.reference import words
from exchange.policy.templates.reference import terms_of_use
from exchange.policy.vocabulary import shipped

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
MADE = "<!-- Made by `make docs` from the code; do not edit. -->\n"


def settings() -> str:
    """docs/reference/settings.md"""
    rows = [
        f"| `RENKEI_{name.upper()}` | `{_default(field)}` | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    head = (
        "# Settings\n\nEnvironment first, then `renkei.toml` (names in lower case, without the prefix), "
        "then the default.\n\n"
    )
    return MADE + head + "| Name | Default | Meaning |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _default(field: Any) -> str:
    if field.default is None:
        return "(none)"
    return str(field.default) if field.default not in ("", ()) else "(empty)"


def api() -> str:
    """docs/reference/api.md"""
    lines = ["# HTTP API", "", "The same as `/openapi.json` and `/docs`. GET answers HEAD too.", ""]
    for tag in dict.fromkeys(operation.tag for operation in OPERATIONS):
        lines += [f"## {tag}", "", "| | Address | Purpose | Parameters | Token |", "|---|---|---|---|---|"]
        for operation in OPERATIONS:
            if operation.tag == tag:
                names = ", ".join(f"`{parameter.name}`" for parameter in operation.parameters)
                token = "yes" if operation.secured else ""
                lines.append(f"| {operation.method} | `{operation.path}` | {operation.summary} | {names} | {token} |")
        lines.append("")
    lines += ["## Problems", "", "| Type | Status | Title | Remedy |", "|---|---|---|---|"]
    for problem in sorted(BY_SLUG.values(), key=lambda each: (each.status, each.slug)):
        lines.append(f"| `{problem.slug}` | {int(problem.status)} | {problem.title.en} | {problem.remedy.en} |")
    return MADE + "\n".join(lines) + "\n"


def cli() -> str:
    """docs/reference/cli.md"""
    from api.cli import main  # noqa: PLC0415  (the commands import the whole service)

    lines = ["# Command line", "", "Exit status: 0 done, 1 refused or in part, 2 nothing could be read.", ""]
    for path, command in _commands("renkei", main):
        context = click.Context(command, info_name=path, max_content_width=100, help_option_names=["-h", "--help"])
        lines += [f"## {path}", "", "```text", command.get_help(context), "```", ""]
    return MADE + "\n".join(lines)


def _commands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            if (inner := command.get_command(context, name)) is not None:
                yield from _commands(f"{path} {name}", inner)


def operands() -> str:
    """docs/reference/operands.md"""
    return MADE + words(shipped())


DOCUMENTS: Mapping[str, Any] = {
    "settings.md": settings,
    "api.md": api,
    "cli.md": cli,
    "operands.md": operands,
    "templates.md": lambda: MADE + terms_of_use(),
}


def main() -> None:
    """Write every document."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, made in DOCUMENTS.items():
        (FOLDER / name).write_text(made(), "utf-8")


if __name__ == "__main__":
    main()
