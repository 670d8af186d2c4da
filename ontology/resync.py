"""Going on after a syntax error, at the next statement.

pyoxigraph's text parsers recover by themselves: they skip to the next full stop and keep prefixes and labels. Where the
error is that full stop, or where a graph's brace ends the statement, they would skip the next statement too, and a
prefix declared there would be lost for the whole document. So the parser is handed one statement at a time, and after
such an error a full stop more.
"""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from pyoxigraph import Quad, parse

from ontology.faults import Fault, Limits, Unreadable, shortened
from ontology.messages import Message
from ontology.places import Window
from ontology.prescan import MARK, TextScan
from ontology.syntax import Syntax

if TYPE_CHECKING:
    from typing_extensions import Buffer  # collections.abc has it from Python 3.12 on

_PLACE = re.compile(r"Parser error (?:at|between) line \d+[^:]*: ")
_TOGETHER = 200  # quads; the window that faults are placed in reaches further back
_STRAY_BRACE = "} is not a valid"

_NOT_THIS_SYNTAX = Message(
    ja="構文の誤りが読めた文より多くあります。形式(Content-Type や拡張子)が正しいか確かめてください。",
    en="There are more syntax errors than statements. See whether the stated syntax is the right one.",
)


@dataclass(slots=True)
class Tally:
    """How many quads and how many syntax errors a document gave so far."""

    given: int = 0
    errors: int = 0


def statements(
    pieces: Iterator[bytes],
    syntax: Syntax,
    base_iri: str,
    limits: Limits,
    report: Callable[[Fault], None],
    window: Window,
    *,
    tally: Tally | None = None,
    line: int = 1,
) -> Iterator[list[Quad]]:
    """The quads of a document in one of the text syntaxes, over its syntax errors, a few at once.

    Args:
        window: is shown each piece before the parser is.
        tally: what the document gave before these pieces.
        line: of the document, that the first piece begins with.

    Raises:
        Unreadable: there are more errors than quads, or it is nested too deep.
    """
    line_based = syntax in (Syntax.N_TRIPLES, Syntax.N_QUADS)
    tally = tally or Tally()
    scan = TextScan(limits, report, line_based=line_based, line=line)
    source = _Statements(scan.scan(pieces), window, line)
    # Lines end statements by themselves and need no such care; a buffer spares the many small reads.
    stream: Any = io.BufferedReader(source, 1 << 16) if line_based else source
    parser = parse(stream, syntax.format, base_iri=base_iri, lenient=True)
    together = _TOGETHER if line_based else 1
    while True:
        some: list[Quad] = []
        failure: SyntaxError | None = None
        try:
            some.extend(islice(parser, together))  # what came before an error stays in it
        except SyntaxError as error:
            failure = error
        if some:
            tally.given += len(some)
            yield some
        elif failure is None:
            return
        if failure is not None:
            place = None if failure.lineno is None else failure.lineno + line - 1
            stray = tally.errors > 0 and _STRAY_BRACE in (failure.msg or "")
            tally.errors += 1
            source.recover(place, failure.offset, stray=stray)
            if not stray:
                report(_fault(failure, place, scan.cut))
            if tally.errors > limits.faults and tally.errors > tally.given:
                raise Unreadable(_NOT_THIS_SYNTAX, place, failure.offset) from failure


class _Statements(io.RawIOBase):
    """Hands out one piece at each read, never more, and knows where it ends."""

    def __init__(self, pieces: Iterator[bytes], window: Window, line: int) -> None:
        self._pieces = pieces
        self._window = window
        self._piece = b""
        self._given = 0
        self._line = line
        self._column = 0  # characters of the line before the piece
        self._full_stop_wanted = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Buffer") -> int:
        target = memoryview(buffer)
        data = self.read(len(target))
        target[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        while self._given >= len(self._piece):
            if not self._next():
                return b""
        data = self._piece[self._given :] if size < 0 else self._piece[self._given : self._given + size]
        self._given += len(data)
        return data

    def _next(self) -> bool:
        self._line, self._column = self._place(len(self._piece))
        if self._full_stop_wanted:
            self._full_stop_wanted = False
            piece: bytes | None = b". "
        else:
            piece = next(self._pieces, None)
            if piece:
                self._window.take(piece, self._line, self._column)
        self._piece, self._given = piece or b"", 0
        return piece is not None

    def recover(self, line: int | None, column: int | None, *, stray: bool) -> None:
        """Told of an error: put a full stop after the piece where the parser would look for one further on."""
        if self._piece.endswith(b"}"):
            self._full_stop_wanted = True
        elif stray or self._piece[-2:-1] == b".":
            at_line, before = self._place(len(self._piece) - 2)
            self._full_stop_wanted = stray or (line, column) == (at_line, before + 1)

    def _place(self, at: int) -> tuple[int, int]:
        """The line of a position in the piece, and the characters of that line before it."""
        start = self._piece.rfind(b"\n", 0, max(at, 0)) + 1
        characters = len(self._piece[start:at].decode("utf-8", "replace")) if start < at else 0
        if start == 0:
            return self._line, self._column + characters
        return self._line + self._piece.count(b"\n", 0, at), characters


def _fault(error: SyntaxError, line: int | None, cut: dict[int, Message]) -> Fault:
    reason = _PLACE.sub("", error.msg or "")
    message = cut.get(line or 0) if MARK.decode() in reason else None
    return Fault("syntax", line, error.offset, shortened(reason), message or left_out(reason))


def left_out(reason: str) -> Message:
    """What is said of a syntax error that cost the rest of its statement."""
    reason = shortened(_PLACE.sub("", reason))
    return Message(
        ja=f"構文の誤りです({reason})。この文の残りを除き、次から読みました。",
        en=f"Syntax error: {reason}. The rest of this statement was left out.",
    )
