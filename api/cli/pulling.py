"""Data of a transfer into a file: gone on with where they broke off, checked, and put in place when they are whole."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import httpx
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from api.cli.terminal import REQUEST_S, ask, console, fail, language
from api.cli.unpacking import UnpackingFailed, unpacked
from exchange.aws_signing import Signer
from exchange.stored_objects import S3, AddressUnclear, properties_of, stored_object
from ontology.messages import Message

_CHANGED = Message(
    ja="受け取った内容のハッシュが一致しません。ファイルを残さず終わります。",
    en="What arrived does not have the hash that was promised; nothing is kept.",
)


class DataRefused(Exception):
    """The data are not given; the answer says why."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


@dataclass(slots=True)
class Line:
    """Where the data of a transfer are asked for.

    Attributes:
        endpoint: address of the data.
        authorization: whole header that opens it.
        declared: values that the terms ask for, by name.
        prove: makes the proof that has to come with a token that is bound to a key, by method, what stands below the
            address, and token.
        signer: signs what is asked of a store that speaks S3, where the data are an object of one.
        compressed: whether the whole may come packed.
    """

    endpoint: str
    authorization: str | None = field(repr=False)
    declared: Sequence[tuple[str, str]] = ()
    prove: Callable[[str, str, str], str] | None = None
    signer: Signer | None = field(default=None, repr=False)
    compressed: bool = False

    def address(self, below: str = "", **query: int) -> httpx.URL:
        """The address of the data, or of something below it, with what is declared."""
        url = httpx.URL(self.endpoint)
        url = url.copy_with(path=url.path.rstrip("/") + below) if below else url
        return url.copy_merge_params([*self.declared, *((name, str(value)) for name, value in query.items())])

    def renewed(self, token: str) -> None:
        """Go on with another token."""
        self.authorization = f"{'Bearer' if self.prove is None else 'DPoP'} {token}"

    def headers(self, method: str = "GET", below: str = "", **more: str) -> dict[str, str]:
        """The headers of a question."""
        own = {"accept-language": language(), "accept-encoding": "identity"}
        if self.authorization is not None:
            own["authorization"] = self.authorization
            if self.prove is not None:
                own["dpop"] = self.prove(method, below, self.authorization.rpartition(" ")[2])
        if self.signer is not None:
            own |= self.signer.headers(method, str(self.address(below)))
        return own | {name.replace("_", "-"): value for name, value in more.items()}


def line_to(
    service: str, token: str | None, pid: str, declared: Sequence[tuple[str, str]], *, anew: bool = False
) -> Line | None:
    """Where the data of a transfer are, as our running service knows; with a new token where that is wanted.

    Returns:
        None where the provider gives no new token.
    """
    place = f"{service}/exchange/transfers/{pid}"
    answer = ask("POST" if anew else "GET", f"{place}/address", token, expects="renewal-refused")
    if answer.is_error:
        return None
    at = answer.json()
    if at["dataAddress"].get("endpointType") == S3:
        try:
            stored = stored_object(properties_of(at["dataAddress"]))
        except AddressUnclear as error:
            fail(error.message.in_(language()), 1)
        return Line(stored.url, None, declared, signer=stored.signer)

    def prove(method: str, below: str, bound: str) -> str:
        asked = {"method": method, "below": below, "token": bound}
        return str(ask("POST", f"{place}/proof", token, json=asked).json()["proof"])

    return Line(at["endpoint"], at["authorization"], declared, prove if at["proves"] else None)


@dataclass(frozen=True, slots=True)
class Pulled:
    """What was kept.

    Attributes:
        etag: of its state, as the header says it.
    """

    size: int
    etag: str | None


def pull(
    line: Line, out: Path, known: str | None = None, meanwhile: Callable[[], None] = lambda: None
) -> Pulled | None:
    """Fetch into `FILE.part`, go on with what is there already, and put it in its place when it is whole.

    Args:
        line: where they are asked for.
        out: the file.
        known: entity tag of what is there already.
        meanwhile: done between two pieces.

    Returns:
        None where the data are as they were.

    Raises:
        DataRefused, httpx.HTTPError
    """
    part, note = out.with_name(out.name + ".part"), out.with_name(out.name + ".part.etag")
    headers, goes_on = line.headers(**({"if_none_match": known} if known else {})), part.exists() and note.exists()
    if goes_on:
        etag, promised, size = [*note.read_text().split("\n"), "", ""][:3]
        whole = promised and size in ("", str(part.stat().st_size)) and _is_as_promised(part, promised)
        if whole:  # all had arrived when the command died
            return _placed(part, note, out, etag)
        headers |= {"range": f"bytes={part.stat().st_size}-", "if-range": etag}
    elif line.compressed:
        headers["accept-encoding"] = "gzip"
    with _answer(str(line.address()), headers) as answer:
        if answer.status_code == 304:
            return None
        # What is kept is the state as it is, packed or not on its way here, and so has the strong tag.
        fresh, etag = answer.status_code != 206, answer.headers.get("etag", "").removeprefix("W/")
        promised = answer.headers.get("repr-digest") or answer.headers.get("unencoded-digest", "")
        had = 0 if fresh else part.stat().st_size
        total = _total(answer, had)
        if etag:
            note.write_text(f"{etag}\n{promised}\n{'' if total is None else total}")
        with part.open("wb" if fresh else "ab") as target:
            _received(answer, target, had, total, meanwhile)
    if not _is_as_promised(part, promised):
        part.unlink()
        fail(_CHANGED.in_(language()), 1)
    return _placed(part, note, out, etag)


def _placed(part: Path, note: Path, out: Path, etag: str) -> Pulled:
    part.replace(out)
    note.unlink(missing_ok=True)
    return Pulled(out.stat().st_size, etag or None)


@contextmanager
def _answer(url: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
    with httpx.stream("GET", url, headers=headers, timeout=REQUEST_S, trust_env=False) as answer:
        if answer.is_error:
            answer.read()
            raise DataRefused(answer)
        yield answer


def _total(answer: httpx.Response, had: int) -> int | None:
    """How many bytes there will be, where an answer tells."""
    length = answer.headers.get("content-length", "")
    return had + int(length) if length.isdigit() and "content-encoding" not in answer.headers else None


def _received(
    answer: httpx.Response, target: BinaryIO, had: int, total: int | None, meanwhile: Callable[[], None]
) -> None:
    bar = (TextColumn("{task.percentage:>3.0f}%"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*bar, console=console(), transient=True) as progress:
        task = progress.add_task("", total=total, completed=had)
        try:
            for chunk in unpacked(answer):
                target.write(chunk)
                progress.advance(task, len(chunk))
                meanwhile()
        except UnpackingFailed as error:
            Path(target.name).unlink()
            fail(error.message.in_(language()), 1)


def _is_as_promised(part: Path, promised: str) -> bool:
    """Whether a file has the SHA-256 of a `Repr-Digest` (RFC 9530); without one there is nothing to compare."""
    if "sha-256=:" not in promised:
        return True
    wanted = promised.split("sha-256=:", 1)[1].split(":", 1)[0]
    with part.open("rb") as file:
        return base64.b64encode(hashlib.file_digest(file, "sha256").digest()).decode() == wanted
