"""RDF/XML before a parser sees it: no DOCTYPE, bounded depth, and one record at a time.

483 bytes of entities cost minutes or gigabytes (security.md §0, 6), so a document type is refused wherever it stands.
pyoxigraph goes on after an error in RDF/XML, but with its element stack awry; so each child of `rdf:RDF` is parsed as a
document of its own, and an error loses the rest of that child alone.
"""

import re
from collections.abc import Iterator

from ontology.faults import Limits, Unreadable
from ontology.messages import Message

_TOKEN = re.compile(
    rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|</[^<>]*+>|<(?![!?/])(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>", re.DOTALL
)
_DOCTYPE = re.compile(rb"<!doctype", re.IGNORECASE)
_NAME = re.compile(rb"<([^\s/>]+)")
_SPECIAL = re.compile(rb"<!(?:-|-?\Z|\[)")

_REFUSED_DOCTYPE = Message(
    ja="DOCTYPE と実体宣言は安全のため受け付けません。除いてから送ってください。",
    en="A DOCTYPE with its entities is refused as a danger. Remove it and send the document again.",
)
_NOT_CLOSED = Message(
    ja="XML の要素が閉じていません。文書が途中で切れていないか確かめてください。",
    en="An XML element is not closed. See whether the document was cut off.",
)
_NO_XML = Message(ja="XML として読めません。", en="This is not well-formed XML.")


class XmlScan:
    """Cuts an RDF/XML document into the children of its root.

    Attributes:
        line: where the part now given out starts, from 1.
        given: the part as it stands in the document, without the root around it.
    """

    def __init__(self, limits: Limits) -> None:
        self.line = 1
        self.given = b""
        self._limits = limits
        self._depth = 0
        self._start_tag = b""
        self._end_tag = b""

    def parts(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Documents to parse one by one; a root other than `rdf:RDF` is one whole.

        Raises:
            Unreadable: a DOCTYPE, nesting too deep, or no XML.
        """
        held, start, position, line = b"", 0, 0, 1
        for piece in pieces:
            held, position, start = held[start:] + piece, position - start, 0
            first_line = line  # of what is held
            while (token := self._next(held, position, first_line)) is not None:
                position = token.end()
                if not self._step(token):
                    continue
                part = held[start:position]
                self.line = line + part.count(b"\n", 0, len(part) - len(part.lstrip()))
                self.given = part.lstrip()
                yield self._wrapped(part)
                line += part.count(b"\n")
                start = position
        if self._depth or not self._start_tag:
            raise Unreadable(_NOT_CLOSED if self._start_tag else _NO_XML, line + held.count(b"\n", start))

    def _next(self, held: bytes, position: int, line: int) -> re.Match[bytes] | None:
        start = held.find(b"<", position)
        if start < 0:
            return None
        token = _TOKEN.match(held, start)
        if token is None and held[start : start + 2] == b"<!":
            self._refuse_declaration(held, start, line)
        return token

    def _refuse_declaration(self, held: bytes, start: int, line: int) -> None:
        here = line + held.count(b"\n", 0, start)
        if _DOCTYPE.match(held, start):
            raise Unreadable(_REFUSED_DOCTYPE, here, start - held.rfind(b"\n", 0, start))
        if len(held) - start > 9 and not _SPECIAL.match(held, start):
            raise Unreadable(_NO_XML, here)

    def _step(self, token: re.Match[bytes]) -> bool:
        """Follow one token; whether a part ends with it."""
        text = token[0]
        kind = text[1:2]
        if kind in b"!?":
            return False
        if kind == b"/":
            self._depth = max(0, self._depth - 1)
        elif not text.endswith(b"/>"):
            self._depth += 1
            if self._depth > self._limits.xml_depth:
                raise Unreadable(_too_deep(self._limits.xml_depth), self.line)
        if not self._start_tag:
            return self._open(text)
        return self._depth == (1 if self._end_tag else 0) and (kind == b"/" or text.endswith(b"/>"))

    def _open(self, text: bytes) -> bool:
        name = _NAME.match(text)
        self._start_tag = text
        if name and name[1].rpartition(b":")[2] == b"RDF" and not text.endswith(b"/>"):
            self._end_tag = b"</" + name[1] + b">"
            return True
        return text.endswith(b"/>")

    def _wrapped(self, part: bytes) -> bytes:
        if not self._end_tag:
            return part
        return self._start_tag + (b"" if part.endswith(self._start_tag) else part) + self._end_tag


def _too_deep(depth: int) -> Message:
    return Message(
        ja=f"XML の入れ子が深すぎます(上限 {depth} 段)。", en=f"The XML is nested deeper than {depth} levels."
    )
