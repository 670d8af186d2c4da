"""Fields taken out of data on their way, or masked: CSV, JSON and JSON lines, piece by piece.

What cannot be cut for certain does not pass: a table without the named column, a text in an unknown encoding, JSON
that is not one.
"""

import codecs
import csv
import hashlib
import io
import unicodedata
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from exchange.json_pieces import JsonPieces
from exchange.opened import Opened
from exchange.release_errors import SourceUnavailable
from ontology.messages import Message

MASK: Final = "***"
_RECORD: Final = 16 << 20  # characters that one record may have
_VALUE: Final = 64 << 20  # bytes of a JSON value that is cut as one
_SAMPLE: Final = 64 << 10  # bytes by which encoding and delimiter are told
_DELIMITERS: Final = ",\t;|"
_TABLES: Final = frozenset(("text/csv", "text/tab-separated-values", "application/csv"))
_LINES: Final = frozenset(
    ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
)


csv.field_size_limit(_RECORD)  # areas as WKT are longer than the usual limit


@dataclass(frozen=True, slots=True)
class Cuts:
    """What is taken out.

    Attributes:
        dropped: names of fields that leave with their values.
        masked: names of fields whose values are replaced.
    """

    dropped: frozenset[str]
    masked: frozenset[str]

    @classmethod
    def of(cls, dropped: Sequence[str], masked: Sequence[str]) -> "Cuts":
        """Cuts of fields by name; what is dropped need not be masked."""
        gone = frozenset(map(_plain, dropped))
        return cls(gone, frozenset(map(_plain, masked)) - gone)

    def __bool__(self) -> bool:
        return bool(self.dropped or self.masked)

    def __str__(self) -> str:
        return f"{sorted(self.dropped)} {sorted(self.masked)}"


def can_cut(media_type: str | None) -> bool:
    """Whether data of a media type can be cut at all."""
    kind = _kind(media_type)
    return kind in _TABLES or kind in _LINES or _is_json(kind)


def cut(chunks: AsyncIterator[bytes], cuts: Cuts, media_type: str | None) -> AsyncIterator[bytes]:
    """The data without what is cut.

    Raises:
        SourceUnavailable: while it is taken, where it cannot be cut for certain.
    """
    kind = _kind(media_type)
    if kind in _TABLES:
        return _table(chunks, cuts, _charset(media_type), "\t" if "tab-" in kind else None)
    if kind in _LINES:
        return _lines(chunks, cuts)
    if _is_json(kind):
        return _json(chunks, cuts)
    raise uncuttable("this media type")


def changed(opened: Opened, cuts: Cuts) -> Opened:
    """A source without what is cut: another representation, of unknown size and without parts."""
    if not cuts:
        return opened
    etag = None if opened.etag is None else hashlib.sha256(f"{opened.etag} {cuts}".encode()).hexdigest()[:32]
    chunks = cut(opened.chunks, cuts, opened.media_type)
    return replace(opened, size=None, etag=etag, chunks=chunks, accepts_ranges=False, start=0, stop=None, sha256=None)


def uncuttable(what: str) -> SourceUnavailable:
    """A refusal of data that cannot be cut for certain."""
    return SourceUnavailable(
        Message(
            ja=f"条件にある項目を取り除けないため、提供しません ({what})。",
            en=f"The fields that the terms name cannot be taken out for certain, so nothing is released ({what}).",
        )
    )


async def _table(
    chunks: AsyncIterator[bytes], cuts: Cuts, charset: str | None, delimiter: str | None
) -> AsyncIterator[bytes]:
    head, rest = await _beginning(chunks)
    encoding = charset or _encoding(head)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    table, text = _Table(cuts, delimiter), ""
    try:
        async for chunk in _again(head, rest):
            text += decoder.decode(chunk)
            whole = _whole_records(text)
            if whole:
                yield table.cut(text[:whole]).encode(encoding)
                text = text[whole:]
            elif len(text) > _RECORD:
                raise uncuttable("a record without end")
        text += decoder.decode(b"", True)
        if text:
            yield table.cut(text).encode(encoding)
    except (UnicodeError, csv.Error) as error:
        raise uncuttable(type(error).__name__) from error


class _Table:
    """Rows of one table; the first names the columns."""

    def __init__(self, cuts: Cuts, delimiter: str | None) -> None:
        self._cuts = cuts
        self._delimiter = delimiter
        self._kept: list[int] | None = None
        self._masked: frozenset[int] = frozenset()

    def cut(self, text: str) -> str:
        """Some whole records without what is cut."""
        bom = "\ufeff" if self._kept is None and text.startswith("\ufeff") else ""
        text = text.removeprefix(bom)
        self._delimiter = self._delimiter or _delimiter(text)
        ending = "\r\n" if "\r\n" in text else "\n"
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self._delimiter, lineterminator=ending)
        writer.writerows(self._rows(csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter, strict=True)))
        return bom + out.getvalue()

    def _rows(self, rows: Iterator[list[str]]) -> Iterator[list[str]]:
        for row in rows:
            if self._kept is None:
                self._kept, self._masked = self._columns(row)
                yield [row[index] for index in self._kept]
            else:
                yield [MASK if index in self._masked else row[index] for index in self._kept if index < len(row)]

    def _columns(self, header: list[str]) -> tuple[list[int], frozenset[int]]:
        names = [_plain(name) for name in header]
        if missing := (self._cuts.dropped | self._cuts.masked) - set(names):
            raise uncuttable(f"no column {min(missing)[:100]}")
        kept = [index for index, name in enumerate(names) if name not in self._cuts.dropped]
        return kept, frozenset(index for index, name in enumerate(names) if name in self._cuts.masked)


async def _lines(chunks: AsyncIterator[bytes], cuts: Cuts) -> AsyncIterator[bytes]:
    left = b""
    async for chunk in chunks:
        *lines, left = (left + chunk).split(b"\n")
        if len(left) > _RECORD:
            raise uncuttable("a line without end")
        if lines:
            yield b"".join(_line(line, cuts) + b"\n" for line in lines)
    if left:
        yield _line(left, cuts)


def _line(line: bytes, cuts: Cuts) -> bytes:
    text = line.strip(b"\r ")
    return _piece(text, cuts) if text else line


async def _json(chunks: AsyncIterator[bytes], cuts: Cuts) -> AsyncIterator[bytes]:
    """A list is cut member by member; anything else has to fit into memory."""
    pieces = JsonPieces(_VALUE)
    try:
        async for chunk in chunks:
            if out := b"".join(each if bare else _piece(each, cuts) for each, bare in pieces.feed(chunk)):
                yield out
        yield b"".join(each if bare else _piece(each, cuts) for each, bare in pieces.end())
    except ValueError as error:
        raise uncuttable(str(error)[:100]) from error


def _piece(text: bytes, cuts: Cuts) -> bytes:
    try:
        return orjson.dumps(_without(orjson.loads(text), cuts))
    except ValueError as error:
        raise uncuttable(str(error)[:100]) from error


def _without(value: Any, cuts: Cuts) -> Any:
    if isinstance(value, dict):
        kept = {name: its for name, its in value.items() if (plain := _plain(name)) not in cuts.dropped or not plain}
        return {name: MASK if _plain(name) in cuts.masked else _without(its, cuts) for name, its in kept.items()}
    return [_without(each, cuts) for each in value] if isinstance(value, list) else value


async def _beginning(chunks: AsyncIterator[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= _SAMPLE:
            break
    return head, chunks


async def _again(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for chunk in rest:
        yield chunk


def _encoding(head: bytes) -> str:
    """UTF-8, or else what Japanese spreadsheets write."""
    for encoding in ("utf-8", "cp932"):
        try:
            codecs.getincrementaldecoder(encoding)("strict").decode(head)
        except UnicodeError:
            continue
        return encoding
    raise uncuttable("unknown encoding")


def _delimiter(text: str) -> str:
    line = text.partition("\n")[0]
    return max(_DELIMITERS, key=line.count)


def _whole_records(text: str) -> int:
    """How many characters of a text are whole records: up to a line end that is in no quoted field.

    Quotation marks within a field are doubled, so outside of fields their number is even.
    """
    end = text.rfind("\n")
    marks = text.count('"', 0, max(0, end))
    while end >= 0 and marks % 2:
        before = text.rfind("\n", 0, end)
        marks -= text.count('"', max(0, before), end)
        end = before
    return end + 1


def _kind(media_type: str | None) -> str:
    return (media_type or "").partition(";")[0].strip().lower()


def _charset(media_type: str | None) -> str | None:
    _, _, given = (media_type or "").lower().partition("charset=")
    name = given.partition(";")[0].strip(' "')
    try:
        return codecs.lookup(name).name if name else None
    except LookupError:
        raise uncuttable("unknown encoding") from None


def _is_json(kind: str) -> bool:
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().removeprefix("\ufeff")
