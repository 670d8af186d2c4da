"""The front door of RDF: bytes of any of the six syntaxes become triples, or a reason why not.

Lenient on the way in: one bad record must not lose a catalog. What breaks a rule is kept as given where RDF terms can
carry it, mended reversibly or left out where they cannot, and reported as a `Fault` in either case. Limits of size,
depth and length are held before a parser sees the bytes, nothing is ever fetched, and any exception of a parser becomes
`Unreadable` with place, reason and remedy.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import BinaryIO, TypeVar

from pyoxigraph import Quad, RdfFormat, Triple, parse

from ontology.description import lines_of_each
from ontology.faults import Fault, Limits, Unreadable, shortened
from ontology.incoming import blocks, chunks, lines_in
from ontology.jsonld_input import prepared
from ontology.lexical import TermCheck, given_language, mend_language
from ontology.messages import Message
from ontology.places import Window
from ontology.resync import Tally, left_out, statements
from ontology.syntax import Syntax, SyntaxUnknown, syntax_of
from ontology.xml_input import XmlScan

__all__ = [
    "Fault",
    "Limits",
    "Reading",
    "Syntax",
    "SyntaxUnknown",
    "Unreadable",
    "given_language",
    "mend_language",
    "read",
    "syntax_of",
]

Given = TypeVar("Given")

_HEAD = 1 << 14  # what the syntax is told from
_BLANK = 1 << 20  # so many blanks are a document without content


class Reading:
    """The triples of one document, in its order, given out once.

    Iterating raises `Unreadable` where the document cannot be read further, and where nothing of it could.

    Attributes:
        syntax: as told by media type, name or content.
        faults: what was found wrong so far; complete after the iteration, at most `Limits.faults` of kind "syntax"
            (statements are lost there, which must never go unseen) and as many of all others.
        fault_count: how many there were in all.
        graphs: how many named graphs were merged into one (at most a thousand are counted).
    """

    def __init__(self, syntax: Syntax, base_iri: str, limits: Limits) -> None:
        self.syntax = syntax
        self.faults: list[Fault] = []
        self.fault_count = 0
        self._room = {True: limits.faults, False: limits.faults}
        self._base_iri = base_iri
        self._limits = limits
        self._checks = TermCheck(limits, self.report)
        self._window = Window(syntax)
        self._seen: set[tuple[str, int | None, str]] = set()
        self._triples: Iterator[Triple] = iter(())
        self._lines: Iterator[str] = iter(())

    def __iter__(self) -> Iterator[Triple]:
        return self._triples

    def lines(self) -> Iterator[str]:
        """The triples as lines of N-Triples, instead of iterating; of a document of lines in half the time."""
        return self._lines

    @property
    def graphs(self) -> int:
        """Named graphs seen so far."""
        return len(self._checks.graphs)

    def report(self, fault: Fault) -> None:
        """Take note of a fault; the same one at the same place is one."""
        key = (fault.kind, fault.line, fault.text)
        if key in self._seen:
            return
        self.fault_count += 1
        self._room[fault.kind == "syntax"] -= 1
        if self._room[fault.kind == "syntax"] >= 0:
            self._seen.add(key)
            self.faults.append(self._placed(fault))

    def _placed(self, fault: Fault) -> Fault:
        if fault.line is not None or fault.kind == "encoding":
            return fault
        line, column = self._window.place_of(fault)
        return replace(fault, line=line, column=column)

    def start(self, pieces: Iterator[bytes]) -> None:
        """Set the source; called once by `read`."""
        self._triples = self._guarded(self._taken(self._quads(pieces)))
        self._lines = chain.from_iterable(self._guarded(self._written(pieces)))

    def _guarded(self, given: Iterator[Given]) -> Iterator[Given]:
        count = 0
        try:
            for count, one in enumerate(given, 1):  # noqa: B007 how many there were is asked at the end
                yield one
        except (Unreadable, GeneratorExit):
            raise
        except Exception as error:  # the net: whatever a parser throws is the document's fault, told with a reason
            raise Unreadable(_reason(str(error))) from error
        syntax_fault = next((fault for fault in self.faults if fault.kind in ("syntax", "term")), None)
        if count == 0 and syntax_fault is not None:
            raise Unreadable(syntax_fault.message, syntax_fault.line, syntax_fault.column)

    def _taken(self, quads: Iterator[Iterable[Quad]]) -> Iterator[Triple]:
        checked = map(self._checks.triple_of, chain.from_iterable(quads))
        return (triple for triple in checked if triple is not None)

    def _written(self, pieces: Iterator[bytes]) -> Iterator[list[str]]:
        if self.syntax is Syntax.N_TRIPLES:
            return self._by_blocks(pieces)
        return lines_of_each(self._taken(self._quads(pieces)))

    def _by_blocks(self, pieces: Iterator[bytes]) -> Iterator[list[str]]:
        """Blocks of lines: taken as they stand where there is nothing to say of them, else parsed."""
        tally, line = Tally(), 1
        for block in blocks(pieces):
            if (sound := self._checks.sound_lines(block)) is not None:
                tally.given += len(sound)
                yield sound
            else:
                yield from lines_of_each(self._taken(self._statements(iter((block,)), tally, line)))
            line += lines_in(block)

    def _statements(self, pieces: Iterator[bytes], tally: Tally | None = None, line: int = 1) -> Iterator[list[Quad]]:
        return statements(
            pieces, self.syntax, self._base_iri, self._limits, self.report, self._window, tally=tally, line=line
        )

    def _quads(self, pieces: Iterator[bytes]) -> Iterator[Iterable[Quad]]:
        if self.syntax is Syntax.JSON_LD:
            given = b"".join(pieces)
            self._window.take(given, 1)
            document = prepared(given, self._limits, self.report)
            yield parse(document, RdfFormat.JSON_LD, base_iri=self._base_iri, lenient=True)
        elif self.syntax is Syntax.RDF_XML:
            yield self._xml(pieces)
        else:
            yield from self._statements(pieces)

    def _xml(self, pieces: Iterator[bytes]) -> Iterator[Quad]:
        scan = XmlScan(self._limits)
        for part in scan.parts(pieces):
            self._window.take(scan.given, scan.line)
            try:
                yield from parse(part, RdfFormat.RDF_XML, base_iri=self._base_iri, lenient=True)
            except SyntaxError as error:
                self.report(Fault("syntax", scan.line, None, shortened(str(error)), left_out(str(error))))


def read(
    data: bytes | BinaryIO,
    *,
    media_type: str | None = None,
    name: str | None = None,
    base_iri: str,
    limits: Limits = Limits(),
) -> Reading:
    """Read an RDF document.

    Args:
        data: the bytes, or a stream of them, perhaps gzipped; UTF-8, UTF-16 with a byte order mark, or Shift_JIS.
        media_type: as the sender states it.
        name: of the file, or its address.
        base_iri: what relative IRIs are resolved against, absolute.
        limits: what the document may cost.

    Returns:
        The triples, streamed: memory is constant for the text syntaxes, one record for RDF/XML, all for JSON-LD.

    Raises:
        SyntaxUnknown: no RDF syntax was recognised.
        Unreadable: damaged, too large, in an unknown character set; here or during the iteration.
    """
    early: list[Fault] = []
    pieces = chunks(data, limits.size_bytes, limits, early.append)
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= _HEAD and (head.strip() or len(head) >= _BLANK):
            break
    if not head.strip():
        raise Unreadable(Message(ja="文書が空です。", en="The document is empty."))
    syntax = syntax_of(media_type, name, head[:_HEAD])
    reading = Reading(syntax, base_iri, limits)
    for fault in early:
        reading.report(fault)
    reading.start(_bounded(head, pieces, syntax, limits))
    return reading


def _bounded(head: bytes, pieces: Iterator[bytes], syntax: Syntax, limits: Limits) -> Iterator[bytes]:
    limit = {Syntax.JSON_LD: limits.json_size_bytes, Syntax.RDF_XML: limits.xml_size_bytes}.get(syntax)
    total = len(head)
    yield head
    for piece in pieces:
        total += len(piece)
        yield piece
        if limit is not None and total > limit:
            break
    if limit is not None and total > limit:
        raise Unreadable(
            Message(
                ja=f"この形式の文書は {limit:,} バイトまでです。分割するか、N-Triples か Turtle にしてください。",
                en=f"A document of this syntax may have {limit:,} bytes. Split it, or send N-Triples or Turtle.",
            )
        )


def _reason(text: str) -> Message:
    reason = shortened(text)
    return Message(
        ja=f"読めませんでした({reason})。構文を確かめてください。", en=f"Not readable: {reason}. See to its syntax."
    )
