"""What can be known of a foreign SPARQL text before any parser sees it.

Short texts crash the parser or keep the planner busy for minutes (4 KB of braces, 200 patterns, one collection of 400
items), and nothing in the engine can forbid SERVICE. So the text is cut into tokens here and a small automaton counts
what is dangerous. It follows the grammar of SPARQL 1.2 where that matters for counting, accepts more than the grammar
where it does not, and leaves the judgement on syntax to the parser in its worker.

The engine parses without a tokeniser (PEG): to it, `SERVICE:x` may be a keyword and a name, `1SERVICE` a number and a
keyword. Wherever the two readings could differ this scan takes the dangerous one.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from catalog.sparql_errors import SparqlForbidden, SparqlSyntax, SparqlTooComplex, SparqlTooLarge
from ontology.messages import Message

# Productions PN_CHARS_BASE, PN_CHARS_U, PN_CHARS of SPARQL 1.1 §19.8.
_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_CHARS = f"{_BASE}_0-9\u00b7\u0300-\u036f\u203f-\u2040-"
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
# Bounded, or 16 KB of `a.a.a.` would be read to its end from each of its letters.
_PREFIX = f"[{_BASE}](?:[{_CHARS}.]{{0,98}}[{_CHARS}])?"
_LOCAL = f"(?:[{_BASE}_0-9:]|{_ESCAPED})(?:(?:[{_CHARS}.:]|{_ESCAPED})*(?:[{_CHARS}:]|{_ESCAPED}))?"
_UNICODE = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"

_TOKEN = re.compile(
    "|".join(
        f"(?P<{kind}>{pattern})"
        for kind, pattern in {
            "space": r"[ \t\r\n]+|#[^\r\n]*",
            "iri": rf"<(?:[^<>\"{{}}|^`\\\x00-\x20]|{_UNICODE})*>",
            "string": r'"""(?:"{0,2}(?:[^"\\]|\\.))*"""' + r"|'''(?:'{0,2}(?:[^'\\]|\\.))*'''"
            r'|"(?:[^"\\\r\n]|\\.)*"' + r"|'(?:[^'\\\r\n]|\\.)*'",
            "variable": f"[?$][{_BASE}_0-9][{_CHARS.rstrip('-')}]*",
            "blank": f"_:[{_BASE}_0-9](?:[{_CHARS}.]*[{_CHARS}])?",
            "name": f"(?:{_PREFIX})?:(?:{_LOCAL})?",
            "overlong": f"[{_BASE}][{_CHARS}.]{{100,}}",
            "language": r"@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?",
            "number": r"[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+\.?[eE][+-]?[0-9]+|[0-9]+",
            "word": r"[A-Za-z][A-Za-z0-9_]*",
            "mark": r"<<\(|\)>>|<<|>>|\{\||\|\}|\^\^|&&|\|\||!=|<=|>=|[{}()\[\].,;=<>!|/^*+?~-]",
        }.items()
    ),
    re.DOTALL,
)

_UPDATE = frozenset(["LOAD", "INSERT", "DELETE", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH", "USING"])
# The engine ends a word wherever another can begin: `trueSERVICE:x` is three words to it, so is `SERVICESILENT:x`.
_HIDDEN_IN_PREFIX = re.compile(r"(?:true|false)?service", re.IGNORECASE)
# What looks like an IRI after a value may be a comparison to the engine: `?x<1)SERVICE#>`.
_HIDDEN_IN_IRI = re.compile(r"\)\.?service", re.IGNORECASE)
_FORMS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
_TERMS = frozenset({"iri", "string", "variable", "blank", "name", "number"})
_OPERATORS = frozenset(["&&", "||", "!", "=", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "^", "|"])
# What may stand before itself any number of times; `^` twice reads as the mark of a datatype.
_UNARY = frozenset({"!", "+", "-", "^", "^^"})


@dataclass(frozen=True, slots=True)
class ScanLimits:
    """How much of each thing a query may hold."""

    size_bytes: int = 16 << 10
    depth: int = 32
    patterns: int = 64
    template: int = 256
    branches: int = 32
    filters: int = 64
    path: int = 32
    operators: int = 1_000


@dataclass(frozen=True, slots=True)
class Scan:
    """What the scan learnt.

    Attributes:
        form: SELECT, ASK, CONSTRUCT or DESCRIBE; None if the text begins with nothing of the kind.
        names_dataset: whether the query has FROM or FROM NAMED.
        counts: triple patterns, branches and so on, by the names of ScanLimits.
    """

    form: str | None
    names_dataset: bool
    counts: Counter[str]


_NAMES: Final = {
    "depth": Message(ja="入れ子の深さ", en="levels of nesting"),
    "patterns": Message(ja="トリプルパターンの数", en="triple patterns (collection items and path steps count too)"),
    "template": Message(ja="CONSTRUCT の型のトリプルの数", en="triples in the template"),
    "branches": Message(ja="OPTIONAL、UNION、MINUS の数", en="OPTIONAL, UNION, MINUS and path alternatives"),
    "filters": Message(ja="FILTER、BIND、EXISTS の数", en="FILTER, HAVING, BIND and EXISTS"),
    "path": Message(ja="プロパティパスの長さ", en="steps in one property path"),
    "operators": Message(ja="演算子の数", en="operators"),
}


class Token(NamedTuple):
    """One token and where it begins."""

    kind: str
    text: str
    offset: int


class _Frame:
    """One open bracket and what is expected next within it.

    Kinds: head (what precedes and follows the outermost braces), group, template, expression, data, collection,
    properties ([…] and {|…|}), path, triple (<<…>>). States of those that hold triples: subject, predicate, path (after
    one step of a predicate), object, end; besides, of a group: head (a sub-select), test (before an expression).
    """

    __slots__ = ("in_template", "kind", "path", "state")

    def __init__(self, kind: str, state: str) -> None:
        self.kind = kind
        self.state = state
        self.path = 0
        self.in_template = kind == "template"


def scan(text: str, limits: ScanLimits | None = None) -> Scan:
    """Measure a foreign query.

    Raises:
        SparqlTooLarge, SparqlTooComplex: it goes beyond the limits.
        SparqlForbidden: it holds SERVICE, a word of SPARQL Update, or a codepoint escape outside strings and IRIs.
        SparqlSyntax: it holds what is no token at all, or an unclosed string.
    """
    limits = limits or ScanLimits()
    size_bytes = len(text.encode("utf-8", "replace"))
    if size_bytes > limits.size_bytes:
        raise SparqlTooLarge(size_bytes, limits.size_bytes)
    if surrogate := re.search("[\ud800-\udfff]", text):
        raise SparqlSyntax("half a surrogate pair is no character", *place(text, surrogate.start()))
    scanner = _Scanner(text, limits)
    for token in _tokens(text):
        scanner.take(token)
    return Scan(scanner.form, scanner.names_dataset, scanner.counts)


def _tokens(text: str) -> Iterator[Token]:
    offset = 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None or match.lastgroup == "overlong":
            raise _no_token(text, offset)
        kind = match.lastgroup
        assert kind is not None, "every alternative is named"
        if kind != "space":
            token = Token(kind, match.group(), offset)
            _check_words(text, token)
            yield token
        offset = match.end()


def _no_token(text: str, offset: int) -> SparqlForbidden | SparqlSyntax:
    line, column = place(text, offset)
    if re.match(_UNICODE, text[offset : offset + 10]):
        return SparqlForbidden("\\u", line, column)
    if text[offset] in "\"'":
        return SparqlSyntax("this string does not end", line, column)
    if _TOKEN.match(text, offset):
        return SparqlSyntax("no prefix or word has more than 100 characters", line, column)
    return SparqlSyntax(f"{text[offset]!r} begins no token", line, column)


def _check_words(text: str, token: Token) -> None:
    if token.kind == "word":
        hidden = "SERVICE" in token.text.upper()
        if hidden or token.text.upper() in _UPDATE:
            raise SparqlForbidden("SERVICE" if hidden else token.text.upper(), *place(text, token.offset))
    elif token.kind == "iri" and _HIDDEN_IN_IRI.search(token.text):
        raise SparqlForbidden("SERVICE", *place(text, token.offset))
    elif token.kind == "name" and _HIDDEN_IN_PREFIX.match(token.text):
        raise SparqlForbidden(token.text.partition(":")[0] + ":", *place(text, token.offset))


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1; a line ends at LF, CR or CRLF."""
    before = re.split(r"\r\n|\r|\n", text[:offset])
    return len(before), len(before[-1]) + 1


class _Scanner:
    """The automaton: a stack of open brackets and the counts."""

    def __init__(self, text: str, limits: ScanLimits) -> None:
        self.form: str | None = None
        self.names_dataset = False
        self.counts: Counter[str] = Counter()
        self._text = text
        self._limits = limits
        self._stack = [_Frame("head", "head")]
        self._previous = Token("mark", "", 0)
        self._unary = 0
        self._template_next = False

    def take(self, token: Token) -> None:
        frame = self._stack[-1]
        if token.text not in _UNARY:
            self._unary = 0
        if token.kind == "word":
            self._word(frame, token)
        elif token.kind == "mark":
            self._mark(frame, token)
        elif token.kind in _TERMS:
            self._term(frame, token)
        self._previous = token

    # --- words -----------------------------------------------------------------------------------------------------

    def _word(self, frame: _Frame, token: Token) -> None:
        word = token.text.upper()
        if word in ("TRUE", "FALSE") or token.text == "a":
            self._term(frame, token)
        elif word in ("OPTIONAL", "UNION", "MINUS", "LATERAL"):
            self._count("branches", token)
            frame.state = "subject"
        elif word in ("FILTER", "HAVING", "BIND", "EXISTS"):
            self._count("filters", token)
            if frame.state != "head":
                self._expect(frame, "test")
        elif word == "VALUES":
            self._expect(frame, "data")
        elif word in _FORMS:
            self._form(frame, word)
        elif word in ("FROM", "WHERE") and frame.kind == "head":
            self._template_next = False  # CONSTRUCT WHERE and CONSTRUCT FROM … WHERE have no template
            self.names_dataset = self.names_dataset or word == "FROM"
        elif word == "GRAPH":
            frame.state = "subject"

    def _form(self, frame: _Frame, word: str) -> None:
        if frame.kind == "head" and self.form is None:
            self.form = word
            self._template_next = word == "CONSTRUCT"
        else:
            self._expect(frame, "head")

    @staticmethod
    def _expect(frame: _Frame, state: str) -> None:
        if frame.kind in ("group", "head"):
            frame.state = state

    # --- terms -----------------------------------------------------------------------------------------------------

    def _term(self, frame: _Frame, token: Token) -> None:
        if frame.kind == "expression":
            self._refuse_hidden_comparison(token)
        elif frame.kind == "collection":
            self._triples(2, token)
        elif frame.kind in ("group", "template", "properties"):
            self._in_triples(frame, token)

    def _in_triples(self, frame: _Frame, token: Token) -> None:
        if frame.state in ("subject", "end"):
            frame.state = "predicate"
        elif frame.state == "predicate":
            frame.state = "path"
        elif frame.state in ("path", "object"):
            self._triples(1, token)
            frame.state, frame.path = "end", 0

    def _refuse_hidden_comparison(self, token: Token) -> None:
        # After a value `<` compares; to a tokeniser `?x<1)SERVICE#>` holds an IRI, to the engine it holds SERVICE.
        before = self._previous
        after_value = (
            before.kind in _TERMS
            or before.kind == "language"
            or before.text in (")", "}", "]", ">>", ")>>")
            or before.text.lower() in ("true", "false")
        )
        if token.kind == "iri" and after_value:
            line, column = place(self._text, token.offset)
            raise SparqlSyntax("put a space after < where it compares", line, column)

    # --- brackets and other marks ----------------------------------------------------------------------------------

    def _mark(self, frame: _Frame, token: Token) -> None:
        text = token.text
        if text in _UNARY:
            self._unary += len(text)
            if self._unary > self._limits.depth:
                raise self._too_complex("depth", token)
        if text in _OPERATORS:
            self._operator(frame, token)
        elif text in ("{", "(", "[", "<<", "<<(", "{|"):
            self._open(frame, token)
        elif text in ("}", ")", "]", ">>", ")>>", "|}"):
            self._close(frame)
        elif frame.kind in ("group", "template", "properties"):
            states = {".": "subject", ";": "predicate", ",": "object"}
            frame.state = states.get(text, frame.state)

    def _operator(self, frame: _Frame, token: Token) -> None:
        self._count("operators", token)
        if frame.kind == "path" or frame.state in ("predicate", "path"):
            self._path_step(frame, token)

    def _path_step(self, frame: _Frame, token: Token) -> None:
        """`/` is one more join and `|` one more branch; after either the next step of the predicate is due."""
        if token.text not in ("/", "|"):
            return
        frame.path += 1
        if frame.path >= self._limits.path:
            raise self._too_complex("path", token)
        self._count("patterns" if token.text == "/" else "branches", token)
        if frame.kind != "path":
            frame.state = "predicate"

    def _open(self, frame: _Frame, token: Token) -> None:
        if len(self._stack) > self._limits.depth:
            raise self._too_complex("depth", token)
        if token.text == "{":
            opened = self._open_braces(frame)
        elif token.text == "(":
            opened = self._open_parenthesis(frame, token)
        elif token.text in ("[", "{|"):
            self._triples(1, token)
            opened = _Frame("properties", "predicate")
        else:
            self._triples(2, token)
            opened = _Frame("triple", "triple")
        opened.in_template |= frame.in_template
        self._stack.append(opened)

    def _open_braces(self, frame: _Frame) -> _Frame:
        if frame.state == "data":
            return _Frame("data", "rows")
        if self._template_next:
            self._template_next = False
            return _Frame("template", "subject")
        return _Frame("group", "subject")

    def _open_parenthesis(self, frame: _Frame, token: Token) -> _Frame:
        if frame.kind == "data" or frame.state == "data":
            return _Frame("data", "row")
        if frame.kind == "path" or (frame.state == "predicate" and frame.kind in ("group", "template", "properties")):
            return _Frame("path", "path")
        if frame.kind == "collection" or frame.state in ("subject", "object", "end", "path"):
            self._triples(2, token)
            return _Frame("collection", "object")
        return _Frame("expression", "test")

    def _close(self, frame: _Frame) -> None:
        if len(self._stack) == 1:
            return  # the parser will say so
        self._stack.pop()
        outer = self._stack[-1]
        if frame.kind in ("collection", "properties", "triple"):
            outer.state = {"subject": "predicate", "object": "end", "path": "end"}.get(outer.state, outer.state)
        elif frame.kind == "path":
            outer.state = "path"
        elif frame.kind in ("group", "template", "expression", "data") and outer.kind == "group":
            self._after_block(frame, outer)

    @staticmethod
    def _after_block(inner: _Frame, outer: _Frame) -> None:
        """A block ends what the keyword before it began; the head of a sub-select goes on to its closing brace."""
        variables = inner.kind == "data" and inner.state == "row"
        if outer.state != "head" and not variables:
            outer.state = "subject"

    # --- counting --------------------------------------------------------------------------------------------------

    def _triples(self, number: int, token: Token) -> None:
        for _ in range(number):
            self._count("template" if self._stack[-1].in_template else "patterns", token)

    def _count(self, name: str, token: Token) -> None:
        self.counts[name] += 1
        if self.counts[name] > getattr(self._limits, name):
            raise self._too_complex(name, token)

    def _too_complex(self, name: str, token: Token) -> SparqlTooComplex:
        line, column = place(self._text, token.offset)
        return SparqlTooComplex(_NAMES[name], getattr(self._limits, name), line, column)
