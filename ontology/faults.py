"""What reading may find wrong: a fault is reported and lived with, an unreadable document is refused."""

from dataclasses import dataclass

from ontology.messages import Message


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a document that was kept as given, mended, or left out.

    Attributes:
        kind: "syntax" (left out up to the next statement), "iri" (kept as given), "language" (kept under a private
            tag), "datatype" (kept as given), "literal" or "iri-length" (too long, or what no store keeps: left out),
            "term" (a JSON-LD key or value without meaning: left out), "json" (a key given twice: the last counts),
            "null" (of JSON, under a word of ODRL: left out),
            "triple-term" (RDF 1.2, left out), "encoding" (decoded from another character set).
        line: from 1, where known.
        column: from 1, where known.
        text: the term or the place as given, shortened.
        message: reason and remedy.
    """

    kind: str
    line: int | None
    column: int | None
    text: str
    message: Message


class Unreadable(ValueError):
    """A document that cannot be taken, with place, reason and remedy.

    Attributes:
        message: reason and remedy.
        line: from 1, where known.
        column: from 1, where known.
    """

    def __init__(self, message: Message, line: int | None = None, column: int | None = None) -> None:
        place = "" if line is None else f" (line {line}" + ("" if column is None else f", column {column}") + ")"
        super().__init__(message.en + place)
        self.message = message
        self.line = line
        self.column = column


class DocumentTooLarge(Unreadable):
    """A document of more bytes than are taken."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may cost (security.md §5: P06 to P09, P17).

    Attributes:
        size_bytes: of the decompressed document, the text syntaxes.
        xml_size_bytes: of a decompressed RDF/XML document.
        json_size_bytes: of a decompressed JSON-LD document, which is held in memory whole.
        ratio: decompressed by compressed bytes.
        depth: nesting of `[`, `(` and `<<` in the text syntaxes and of JSON.
        xml_depth: nesting of XML elements; pyoxigraph's reader is superlinear in it.
        contexts: different JSON-LD contexts of one document.
        iri_characters: of one IRI.
        literal_bytes: of one literal in UTF-8.
        integer_digits: of one number; rdflib stops at 4,300.
        faults: how many are kept for the report; all are counted.
    """

    size_bytes: int = 4 << 30
    xml_size_bytes: int = 128 << 20
    json_size_bytes: int = 64 << 20
    ratio: int = 100
    depth: int = 64
    xml_depth: int = 256
    contexts: int = 16
    iri_characters: int = 2048
    literal_bytes: int = 1 << 20
    integer_digits: int = 1000
    faults: int = 1000


def shortened(text: str, length: int = 200) -> str:
    """Text for a report: never longer than a few lines of a terminal."""
    return text if len(text) <= length else text[: length - 1] + "…"
