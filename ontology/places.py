"""Where in a text a faulty term stands: parsers give terms without their places, so it is looked for in what they read.

What is found is the first place that spells the term; a term behind a prefix, an escape or a base has none, and is told
with the line where its statement begins, where that is known.
"""

import re
from collections import deque

from ontology.faults import Fault
from ontology.syntax import Syntax

_BUDGET_BYTES = 1 << 29  # looked through for one document: a thousand faults of 64 MB of JSON would cost a minute
_ABOUT_IRI = ("iri", "iri-length")


class Window:
    """The last pieces that a parser took, a statement each or a few hundred kilobytes of lines.

    Args:
        syntax: of the text.
    """

    def __init__(self, syntax: Syntax) -> None:
        self._syntax = syntax
        # Where a piece is one statement or record, its first line says something by itself.
        self._by_statement = syntax in (Syntax.TURTLE, Syntax.TRIG, Syntax.RDF_XML)
        self._budget_bytes = _BUDGET_BYTES
        self._pieces: deque[tuple[int, int, bytes]] = deque(maxlen=2)

    def take(self, piece: bytes, line: int, column: int = 0) -> None:
        """Move on.

        Args:
            piece: what the parser is given next.
            line: of its first byte, from 1.
            column: characters of that line before it.
        """
        self._pieces.append((line, column, piece))

    def place_of(self, fault: Fault) -> tuple[int | None, int | None]:
        """Line and column, from 1, as far as they can be told."""
        needle = _needle(fault, self._syntax)
        for line, column, piece in self._pieces:
            at = self._found(needle, piece) if needle is not None else None
            if at is not None:
                return _place(piece, at, line, column)
        if not (self._by_statement and self._pieces):
            return None, None
        line, column, piece = self._pieces[-1]
        return line + piece.count(b"\n", 0, len(piece) - len(piece.lstrip())), None

    def _found(self, needle: tuple[bytes, re.Pattern[bytes]], piece: bytes) -> int | None:
        """Where a term is; `find` first, which is many times as fast as the pattern."""
        spelt, pattern = needle
        at = piece.find(spelt) if self._budget_bytes > 0 else -1
        while at >= 0 and not pattern.match(piece, at):
            at = piece.find(spelt, at + 1)
        self._budget_bytes -= len(piece) if at < 0 else at
        return None if at < 0 else at


def _place(piece: bytes, at: int, line: int, column: int) -> tuple[int, int]:
    start = piece.rfind(b"\n", 0, at) + 1
    before = len(piece[start:at].decode("utf-8", "replace"))
    return line + piece.count(b"\n", 0, at), before + 1 + (column if start == 0 else 0)


def _needle(fault: Fault, syntax: Syntax) -> tuple[bytes, re.Pattern[bytes]] | None:
    """How the syntax spells a term, its beginning at least."""
    text = fault.text.removesuffix("…")
    if not text or "\n" in text or fault.kind not in (*_ABOUT_IRI, "datatype"):
        return None
    given = text.encode("utf-8", "surrogatepass")
    return given, re.compile(_spelling(fault, syntax, re.escape(given)))


def _spelling(fault: Fault, syntax: Syntax, spelt: bytes) -> bytes:
    if fault.kind in _ABOUT_IRI:
        return rb"(?<=[<\"'])" + spelt
    if syntax is Syntax.RDF_XML:
        return rb"(?<=>)" + spelt + rb"(?=<)"
    if syntax is Syntax.JSON_LD:
        return rb"(?<=\")" + spelt + rb"(?=\"\s*[,}\]])"
    # With its type, for the same text may be a right value of another one.
    name = fault.message.en.partition("xsd:")[2].partition(",")[0]
    # No quotation mark is in the type: without that, a text of many such marks is gone through again from each of them.
    return rb"(?<=[\"'])" + spelt + rb"(?=[\"']{1,3}\^\^[^\s\"'^]*" + re.escape(name.encode()) + rb"\b)"
