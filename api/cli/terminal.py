"""What all commands share: settings, the reader's language, errors as problems, answers of a server."""

import asyncio
import errno
import os
import re
import sys
import tomllib
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from html import unescape
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import click
import httpx
import orjson
from pydantic import ValidationError
from rich.cells import cell_len
from rich.console import Console

from api.cli.setting_faults import invalid, unreadable_file
from api.logging import configure
from api.settings import Settings
from ontology.messages import Message

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")
REQUEST_S = 600.0

data_option = click.option("--data", type=click.Path(path_type=Path), help="Data folder (RENKEI_DATA).")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
url_option = click.option("--url", help="Ask this running service instead of the data folder.")
token_option = click.option("--token", envvar="RENKEI_TOKEN", help="Bearer token for --url (RENKEI_TOKEN).")


def language() -> str:
    """The language of messages: of the terminal's locale, else RENKEI_LANGUAGE where the locale (C) has none."""
    found = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "C")
    if found.partition(".")[0] in ("C", "POSIX"):
        found = os.environ.get("RENKEI_LANGUAGE", "en")
    return "ja" if found.lower().startswith("ja") else "en"


def settings_with(**given: Any) -> Settings:
    """Settings with what was given on the command line."""
    given = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        fail(invalid(error, given, language()), 1)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fail(unreadable_file(error, language()), 1)


def console() -> Console:
    """Standard error, for progress and tables that are not the answer itself."""
    return Console(stderr=True)


def run(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run a command to its end; errors become problems on standard error."""
    configure("text", "warning")
    with problems():
        return asyncio.run(work())


@contextmanager
def problems() -> Iterator[None]:
    """Errors inside as problems on standard error, with the exit status that belongs to them."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort, SystemExit):
        raise
    except httpx.HTTPError as error:
        fail(f"{type(error).__name__}: {error}", 2)
    except OSError as error:
        if error.errno in _FULL:
            fail(_NO_ROOM.in_(language()).format(reason=error.strerror), 1)
        if error.filename is None:
            raise
        fail(_NO_FILE.in_(language()).format(file=error.filename, reason=error.strerror), 1)
    except Exception as error:
        # Only an error needs the words of all errors, which import the whole service.
        from api.problem_table import UNEXPECTED  # noqa: PLC0415
        from api.problems import document, problem_of  # noqa: PLC0415

        problem = problem_of(error)
        if problem is UNEXPECTED:
            raise
        told = document(error, language(), "")
        fail(_sentence(told), problem.exit_code)


def _sentence(told: dict[str, Any]) -> str:
    place = "".join(f" ({name} {value})" for name, value in told.get("place", {}).items())
    return f"{told['title']}: {told['detail']}{place}\n{told['remedy']}"


_NO_FILE = Message(
    ja="{file} を使えません ({reason})。場所と権限を確かめてください。",
    en="{file} cannot be used ({reason}). See whether it is there and may be written.",
)
_FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
_NO_ROOM = Message(
    ja="書き込む場所がありません ({reason})。空きを作り、同じコマンドをもう一度実行してください。",
    en="There is no room to write ({reason}). Make some, and run the same command again.",
)
_NO_ANSWER = Message(
    ja="{url} に接続できません ({reason})。\nサービスの稼働とアドレス (--url、RENKEI_PORT) を確かめてください。",
    en="{url} does not answer ({reason}).\nSee that the service runs and the address is right (--url, RENKEI_PORT).",
)


def fail(text: str, status: int) -> NoReturn:
    """Say why on standard error and end."""
    click.echo(plain(text), err=True)
    sys.exit(status)


def plain(text: str) -> str:
    """Text without control characters: a title must not move the cursor of a terminal (P22)."""
    return "".join(char if char in "\n\t" or char.isprintable() else "\ufffd" for char in text)


def secret_given(given: str | None) -> str | None:
    """A value that need not stand on the command line, where other users of the machine see it: -, or @FILE."""
    if given == "-":
        return sys.stdin.read().strip()
    if given is not None and given.startswith("@"):
        with problems():
            return Path(given[1:]).read_text("utf-8").strip()
    return given


def columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on standard output: a header, columns as wide as their widest text, Japanese counted as it is shown."""
    table = [heads, *([plain(text) for text in row] for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def print_json(value: Any) -> None:
    """JSON on standard output."""
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode())


def ask(method: str, url: str, token: str | None, *, expects: str | None = None, **given: Any) -> httpx.Response:
    """Ask a running service; a problem document becomes a message and exit status 1.

    Args:
        expects: end of the type of a problem that the caller shows itself.
    """
    with asking(url, token) as (own, refuse):
        headers = own | given.pop("headers", {})
        answer = httpx.request(method, url, headers=headers, timeout=REQUEST_S, trust_env=False, **given)
        told = answer.json() if answer.is_error and "json" in answer.headers.get("content-type", "") else {}
        if answer.is_error and not (expects and str(told.get("type", "")).endswith(f"/{expects}")):
            refuse(answer)
        return answer


@contextmanager
def asking(url: str, token: str | None) -> Iterator[tuple[dict[str, str], Callable[[httpx.Response], NoReturn]]]:
    """The headers of a request to a running service, and what ends the command with the sentence of its refusal."""
    headers = {"accept-language": language()}
    if token:
        headers["authorization"] = f"Bearer {token}"
    try:
        yield headers, _refuse
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        fail(_NO_ANSWER.in_(language()).format(url=url, reason=error), 1)


def _refuse(answer: httpx.Response) -> NoReturn:
    kind = answer.headers.get("content-type", "")
    told = answer.json() if "json" in kind else {"detail": _of_store(answer.text)} if "xml" in kind else {}
    status = 2 if told.get("status") in (415, 422) and "unreadable" in told.get("type", "") else 1
    fail(_sentence({"title": answer.status_code, "detail": "", "remedy": "", **told}), status)


def _of_store(text: str) -> str:
    """Why a store that speaks S3 refuses."""
    found = re.search(r"<Message>([^<]*)</Message>", text)
    return unescape(found[1]) if found else ""


def content_of(source: str, limit: int, too_large: Message) -> bytes:
    """A file or standard input (-), whole; ends the command with status 2 where it cannot be had or is larger."""
    try:
        with nullcontext(sys.stdin.buffer) if source == "-" else Path(source).open("rb") as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        fail(f"{source}: {error.strerror}", 2)
    if len(content) > limit:
        fail(f"{source}: {too_large.in_(language())}", 2)
    return content
