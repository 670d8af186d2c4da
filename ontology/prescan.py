"""Looking through RDF text before a parser sees it: depth, broken tokens, broken language tags.

Nested `<<(` crashes pyoxigraph and `shacl` (security.md §0, 1), so depth is counted first, with the tokens the parser
takes. pyoxigraph resynchronises at the next full stop by itself, but takes a string that its line does not close
as going on, so that all that follows is read inside out; such a token is cut out here up to the end of its statement.
Language tags that RDF cannot hold (`"x"@en_US`) would end a statement half-way: they travel as private tags.
"""

import re
from collections.abc import Callable, Iterator

from ontology.faults import Fault, Limits, Unreadable
from ontology.lexical import language_fault, mend_language
from ontology.messages import Message

MARK = b"\x1a"
"""Stands where a token was cut out; no syntax allows it, so the parser reports the place and goes on after it."""

_TAG = rb"@[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*+(?:--(?:ltr|rtl))?+(?=[^A-Za-z0-9_-])"
_SHORT = rb"\"(?!\"\")(?:[^\"\\\r\n]++|\\[^\r\n])*+\"|'(?!'')(?:[^'\\\r\n]++|\\[^\r\n])*+'"
_LONG = rb'"""(?:[^"\\]++|\\.|"(?!""))*+"""|' + rb"'''(?:[^'\\]++|\\.|'(?!''))*+'''"
# What holds nothing to look at, as long a stretch as there is; a token that the piece does not complete ends it.
_QUIET = re.compile(
    rb"(?:[^\[\](){}<>\"'#\\.]++"
    rb"|<[^<>\"{}|^`\\\x00-\x20]*+>"
    rb"|(?:" + _SHORT + rb"|" + _LONG + rb")(?:(?=[^@])|" + _TAG + rb")"
    rb"|\.(?=[^\s])|\\[^\r\n]|#[^\r\n]*+(?=[\r\n]))*+",
    re.DOTALL,
)
# The parser looks at an unfinished name anew with each kilobyte of it: 20 MB of letters cost it 16 s.
_NAME_CHARACTERS = rb"(?:[^\s\[\](){}<>\"'#\\.;,]|\.(?=\S)|\\[^\r\n])"
_LONG_NAME = re.compile(_NAME_CHARACTERS + rb"{4096}")
_QUIET_BOUNDED = re.compile(
    _QUIET.pattern.replace(
        rb"[^\[\](){}<>\"'#\\.]++", rb"[\s;,]++|" + _NAME_CHARACTERS + rb"{1,8192}+(?!" + _NAME_CHARACTERS + rb")", 1
    ).replace(rb"|\.(?=[^\s])|\\[^\r\n]", b""),
    re.DOTALL,
)
_WHOLE_IRI = rb"<[^<>\"{}|^`\\\x00-\x20]*+>"
_WHOLE_NODE = rb"(?:" + _WHOLE_IRI + rb"|_:[^\s<>\"\\]{1,200}+)"
_WHOLE_LITERAL = rb"\"[^\"\\\r\n]*+(?:\\[^\r\n][^\"\\\r\n]*+)*+\"(?:" + _TAG + rb"|\^\^" + _WHOLE_IRI + rb")?+"
# Whole statements of N-Triples with nothing to look at, nearly all of any file: a third of the time that tokens take.
_PLAIN_LINES = re.compile(
    rb"[\r\n]*+(?:%b %b (?:%b|%b) \.\r?\n)++" % (_WHOLE_NODE, _WHOLE_IRI, _WHOLE_NODE, _WHOLE_LITERAL)
)
_STRING = re.compile(_SHORT + rb"|" + _LONG, re.DOTALL)
_ODD_TAG = re.compile(rb"@([A-Za-z0-9_-]++)(?=[^A-Za-z0-9_-])")
_ODD_IRI = re.compile(rb"<[^<>\r\n]*+>")
_BROKEN_IRI = re.compile(rb"<[^<>\r\n]*+[<\r\n]")
_BROKEN_STRING = re.compile(
    rb"\"(?!\"\")(?:[^\"\\\r\n]++|\\[^\r\n])*+\\?[\r\n]|'(?!'')(?:[^'\\\r\n]++|\\[^\r\n])*+\\?[\r\n]"
)
_LONG_START = re.compile(rb'"""|' + rb"'''")
_LONG_ENDS = {b'"""': re.compile(rb'(?<!\\)"""'), b"'''": re.compile(rb"(?<!\\)'''")}
_LINE_END = re.compile(rb"(?=[\r\n])")
_STATEMENT_END = re.compile(rb"(?=\.[ \t]*[\r\n])")
_LOOK_AHEAD = 128  # bytes kept back while skipping, so that a full stop and its line end are seen together

_CUT = Message(
    ja="引用符か山括弧がその行の中で閉じていません。この文の残りを除き、次の文から読みました。",
    en="A quotation mark or angle bracket is not closed on its line. The rest of the statement was left out.",
)
_CUT_OFF = Message(
    ja="文書が途中で切れています。最後の文を除きました。",
    en="The document is cut off. Its last statement was left out.",
)


class _Incomplete(Exception):
    """The token at hand may go on in the next piece."""


class _Broken(Exception):
    """The token at hand is none."""


class TextScan:
    """Goes through Turtle, TriG, N-Triples or N-Quads piece by piece; memory is bounded by the longest literal allowed.

    Attributes:
        cut: what was wrong in each line where a token was cut out.
    """

    def __init__(self, limits: Limits, report: Callable[[Fault], None], *, line_based: bool, line: int = 1) -> None:
        self.cut: dict[int, Message] = {}
        self._limits = limits
        self._report = report
        self._resync = _LINE_END if line_based else _STATEMENT_END
        self._line = line
        self._depth = 0
        self._skipping_to: re.Pattern[bytes] | None = None
        self._line_based = line_based
        self._edits: list[tuple[int, int, bytes]] = []
        self._ends: list[int] = []

    def scan(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The document as the parser may see it, each line where it was.

        A piece of Turtle or TriG ends with the full stop or brace of a statement, so that one is read at a time.

        Raises:
            Unreadable: nested too deep.
        """
        tail = b""
        for piece in pieces:
            data = tail + piece
            done = self._walk(data, final=False)
            yield from self._edited(data[:done])
            tail = data[done:]
        # The line feed lets the last token be told from a longer one.
        data = tail + b"\n"
        self._walk(data, final=True)
        yield from self._edited(data)

    def _edited(self, data: bytes) -> Iterator[bytes]:
        """The piece with its edits made, cut after each statement."""
        self._line += data.count(b"\n")
        edits, ends = iter(self._edits), self._ends
        self._edits, self._ends = [], []
        edit = next(edits, None)
        position = 0
        for end in (*ends, len(data)):
            out: list[bytes] = []
            while edit is not None and edit[0] < end:
                out += (data[position : edit[0]], edit[2])
                position = edit[1]
                edit = next(edits, None)
            yield b"".join((*out, data[position:end]))
            position = end

    def _walk(self, data: bytes, *, final: bool) -> int:
        """Look at what the piece completes; where the look ended."""
        position, end = 0, len(data)
        quiet_pattern = _QUIET_BOUNDED if _has_long_name(data) else _QUIET
        while position < end:
            if self._skipping_to is not None:
                position, done = self._skip(data, position, final)
                if done:
                    return position
            if self._line_based and (plain := _PLAIN_LINES.match(data, position)):
                self._depth = 0
                position = plain.end()
                if position == end:
                    return end
            quiet = quiet_pattern.match(data, position)
            position = quiet.end() if quiet else position
            if position == end:
                return end
            try:
                position = self._token(data, position)
            except _Incomplete:
                if not final and end - position <= self._limits.literal_bytes + _LOOK_AHEAD:
                    return position
                self._cut_long(data, position, final)
            except _Broken:
                self._cut(data, position, _CUT)
        return end

    def _token(self, data: bytes, at: int) -> int:
        """Where the token at hand ends."""
        char = data[at : at + 1]
        following = data[at + 1 : at + 2]
        if char not in b"\"'#[({<])}>.\\":
            raise _Broken  # a name without end
        if char in b"\"'":
            return self._string(data, at)
        if char == b"#":
            self._skipping_to = _LINE_END  # a comment longer than the piece
            return at
        if not following:
            raise _Incomplete
        if char in b"[({":
            return self._deeper(data, at, 1)
        if char == b"<":
            return self._deeper(data, at, 2) if following == b"<" else self._iri(data, at)
        return at + self._closed(char, following, at)

    def _closed(self, char: bytes, following: bytes, at: int) -> int:
        """Follow a token that ends something; its length."""
        if char in b"])}":
            self._depth = max(0, self._depth - 1)
            if char == b"}":
                self._ends.append(at + 1)
        elif char == b">" == following:
            self._depth = max(0, self._depth - 1)
            return 2
        elif char == b".":
            self._depth = 0
            if not self._line_based:
                self._ends.append(at + 2)
                return 2
        return 1

    def _deeper(self, data: bytes, at: int, length: int) -> int:
        self._depth += 1
        if self._depth > self._limits.depth:
            line, column = self._place(data, at)
            raise Unreadable(too_deep(self._limits.depth), line, column)
        return at + length

    def _iri(self, data: bytes, at: int) -> int:
        if odd := _ODD_IRI.match(data, at):
            return odd.end()  # a space in it: the term check reports it, and it is kept
        if _BROKEN_IRI.match(data, at):
            raise _Broken
        raise _Incomplete

    def _string(self, data: bytes, at: int) -> int:
        string = _STRING.match(data, at)
        if not string:
            if _BROKEN_STRING.match(data, at):
                raise _Broken
            raise _Incomplete
        end = string.end()
        if end + 1 >= len(data):
            raise _Incomplete
        if data[end : end + 1] != b"@":
            return end
        if tag := _ODD_TAG.match(data, end):
            given = tag[1].decode()
            self._report(language_fault(given, self._place(data, at)[0]))
            self._edits.append((end, tag.end(), b"@" + mend_language(given).encode()))
            return tag.end()
        if len(data) - end > 1000 or not re.fullmatch(rb"@[A-Za-z0-9_-]*", data[end:]):
            return end + 1  # no tag at all; the parser reports it
        raise _Incomplete

    def _cut(self, data: bytes, at: int, why: Message) -> None:
        self.cut.setdefault(self._place(data, at)[0], why)
        self._edits.append((at, at, MARK))
        self._skipping_to = self._resync

    def _cut_long(self, data: bytes, at: int, final: bool) -> None:
        """Cut out a token that is longer than any may be, or that the end of the document cuts off."""
        too_long = Message(
            ja=f"{self._limits.literal_bytes:,} バイトを超える値があります。この文の残りを除きました。",
            en=f"A value is larger than {self._limits.literal_bytes:,} bytes. The rest of the statement was left out.",
        )
        self._cut(data, at, _CUT_OFF if final else too_long)
        if start := _LONG_START.match(data, at):
            self._skipping_to = _LONG_ENDS[start[0]]
            self._edits.append((at, at + 3, b"   "))

    def _skip(self, data: bytes, at: int, final: bool) -> tuple[int, bool]:
        """Drop what is skipped but for its line feeds; where it ended, and whether the piece ended with it."""
        assert self._skipping_to is not None
        start = max([at, *(end for _, end, _ in self._edits[-1:])])
        found = self._skipping_to.search(data, start)
        end = found.end() if found else len(data) if final else max(start, len(data) - _LOOK_AHEAD)
        self._edits.append((start, end, b"\n" * data.count(b"\n", start, end)))
        if found:
            self._skipping_to = None
        return end, found is None

    def _place(self, data: bytes, at: int) -> tuple[int, int]:
        line = self._line + data.count(b"\n", 0, at)
        return line, at - data.rfind(b"\n", 0, at)


def _has_long_name(data: bytes) -> bool:
    """Whether a name of 8,192 characters may be in it: such a one covers a whole stride."""
    return any(_LONG_NAME.match(data, at) for at in range(0, len(data), 4096))


def too_deep(depth: int) -> Message:
    """The refusal of a document whose nesting could end the process that parses it."""
    return Message(
        ja=f"入れ子が深すぎます(上限 {depth} 段)。空白ノードに名前を付けて平らにしてください。",
        en=f"Nested deeper than {depth} levels. Give the inner nodes names of their own.",
    )
