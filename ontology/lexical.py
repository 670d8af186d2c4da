"""Whether terms are what they claim: IRIs of RFC 3987, language tags of BCP 47, lexical forms of XSD."""

import hashlib
import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from itertools import starmap

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from ontology.faults import Fault, Limits, shortened
from ontology.messages import Message
from ontology.terms import XSD

_PRIVATE = "x-renkei-"
_PRIVATE_TAG = re.compile(r"x-renkei((?:-[0-9a-f]{1,8})+)", re.IGNORECASE)
_LABEL = re.compile(r"\w(?:[\w.-]*[\w-])?", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")

_ZONE = r"(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?"
_YEAR = r"-?(?:[1-9]\d{3,8}|0\d{3})"
_DAY = rf"({_YEAR})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME = r"(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)"
_FORMS = {
    "date": _DAY + _ZONE,
    "dateTime": _DAY + "T" + _TIME + _ZONE,
    "dateTimeStamp": _DAY + "T" + _TIME + _ZONE.removesuffix("?"),
    "time": _TIME + _ZONE,
    "gYear": _YEAR + _ZONE,
    "gYearMonth": rf"{_YEAR}-(?:0[1-9]|1[0-2]){_ZONE}",
    "duration": r"-?P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?",
    "boolean": "true|false|0|1",
    "decimal": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)",
    "double": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?INF|NaN",
    "float": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?INF|NaN",
    "integer": r"[+-]?\d+",
    "nonNegativeInteger": r"\+?\d+|-0+",
    "positiveInteger": r"\+?0*[1-9]\d*",
    "int": r"[+-]?\d{1,10}",
    "long": r"[+-]?\d{1,19}",
    "hexBinary": r"(?:[0-9a-fA-F]{2})*",
    "anyURI": r"[^\s<>\"{}|^`\\]*",
    "language": r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*",
}
_FORM_OF = {XSD.NAMESPACE + name: re.compile(form) for name, form in _FORMS.items()}
_DATED = frozenset((XSD.NAMESPACE + "date", XSD.NAMESPACE + "dateTime", XSD.NAMESPACE + "dateTimeStamp"))
_NUMBERS = frozenset(
    XSD.NAMESPACE + name
    for name in ("decimal", "double", "float", "integer", "nonNegativeInteger", "positiveInteger", "int", "long")
)
_EXAMPLES = {
    "date": "2026-03-31",
    "dateTime": "2026-03-31T09:00:00+09:00",
    "dateTimeStamp": "2026-03-31T09:00:00+09:00",
    "time": "09:00:00",
    "gYear": "2026",
    "gYearMonth": "2026-03",
    "duration": "P1Y",
    "boolean": "true",
    "decimal": "1.5",
    "double": "1.5E0",
    "float": "1.5E0",
    "hexBinary": "0A1B",
    "anyURI": "https://example.org/",
    "language": "ja",
}
_REMEMBERED = 10_000
_IRI = r"<([^\x00-\x20<>\"{}|^`\\]++)>"
_NODE = r"_:[A-Za-z0-9]++"
# No escapes, and no characters that are written as such: what is left has one spelling.
_TEXT = r'"[^"\\\x00-\x1f\x7f\ufffe\uffff]*+"'
# Groups: the IRIs of subject, predicate and object, the language and the datatype.
_STATEMENT = re.compile(
    rf"^(?:{_IRI}|{_NODE}) {_IRI} (?:{_IRI}|{_NODE}|{_TEXT}(?:@([a-z0-9-]++)|\^\^{_IRI})?+) \.\n", re.MULTILINE
)
_TYPED = re.compile(r'"([^"\n]*+)"\^\^<([^>\n]*+)> \.\n')
_NEEDLESS_TYPE = f'"^^{XSD.string} .\n'
_EXPONENT_DIGITS = 34  # of xsd:decimal: "1E99999999" is 14 bytes here and 100 MB once a library writes it out


def mend_language(given: str) -> str:
    """A language tag as RDF can hold it: itself if well-formed, else a private one that `given_language` turns back.

    The private tag is `x-renkei-` and the UTF-8 of the given one in hexadecimal, in groups of eight.
    """
    if is_language(given):
        return given
    digits = given.encode("utf-8", "surrogatepass").hex()
    return _PRIVATE + "-".join(digits[at : at + 8] for at in range(0, len(digits), 8))


def given_language(tag: str) -> str:
    """The tag as its publisher gave it; the inverse of `mend_language`."""
    private = _PRIVATE_TAG.fullmatch(tag)
    if not private:
        return tag
    try:
        return bytes.fromhex(private[1].replace("-", "")).decode("utf-8", "surrogatepass")
    except ValueError:
        return tag


def spoken_language(tag: str) -> str:
    """What browsers, stemmers and readers take a tag for: `en_US`, which RDF cannot hold, is en-us; "" for none."""
    if not is_private(tag):
        return tag.lower()
    given = given_language(tag).partition("--")[0].replace("_", "-").lower()
    return given if is_language(given) else ""


def is_private(tag: str | None) -> bool:
    """Whether a tag stands for one that RDF cannot hold."""
    return tag is not None and given_language(tag) != tag


def is_iri(value: str) -> bool:
    """Whether a string is an absolute IRI by RFC 3987, as strict parsers ask."""
    try:
        NamedNode(value)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1000)
def is_language(tag: str) -> bool:
    """Whether a language tag is well-formed by BCP 47, as strict parsers ask; the grammar of Turtle takes more."""
    try:
        Literal("", language=tag)
    except ValueError:
        return False
    return True


def is_well_typed(value: str, datatype: str) -> bool:
    """Whether a lexical form belongs to its datatype; datatypes that we do not know hold anything."""
    form = _FORM_OF.get(datatype)
    if form is None:
        return True
    match = form.fullmatch(value.strip(" \t\r\n"))  # XSD collapses white space around all of these
    if not match:
        return False
    if datatype not in _DATED:
        return True
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    return _exists(year, month, day)


def _exists(year: int, month: int, day: int) -> bool:
    # The calendar repeats every 400 years; outside 1–9999 any year of the cycle tells.
    try:
        date(year if 1 <= year <= 9999 else 2000 + year % 400, month, day)
    except ValueError:
        return False
    return True


class TermCheck:
    """Goes through the triples of one document; what is odd is reported, what no store should take is left out.

    Attributes:
        graphs: names of the graphs seen, at most a thousand.
    """

    def __init__(self, limits: Limits, report: Callable[[Fault], None]) -> None:
        self.graphs: set[str] = set()
        self._limits = limits
        self._report = report
        self._known: dict[str, bool] = {}
        self._sound: set[str] = set()  # IRIs seen before: a subject, theme or format comes again and again

    def triple_of(self, quad: Quad) -> Triple | None:
        """The triple to pass on, or None where it is left out."""
        if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode):
            quad = _plainly_labelled(quad)
        subject, value = quad.subject, quad.object
        if not (isinstance(subject, NamedNode) and subject.value in self._sound) and not self._takes(subject):
            return None
        predicate = quad.predicate.value
        if not self._known.get(predicate) and not self._takes_predicate(predicate):
            return None
        if isinstance(value, Literal):
            literal = self._literal(value)
            if literal is None:
                return None
            if literal is not value:
                return Triple(subject, quad.predicate, literal)
        elif not (isinstance(value, NamedNode) and value.value in self._sound) and not self._takes(value):
            return None
        graph = quad.graph_name
        if isinstance(graph, (NamedNode, BlankNode)) and len(self.graphs) < 1000:
            self.graphs.add(str(graph))
        return quad.triple

    def sound_lines(self, block: bytes) -> list[str] | None:
        """Whole lines of N-Triples as they go on, where each is written in the one plain way and nothing is to be said.

        They are what parsing and writing them would give, in a quarter of the time. Else, and where in doubt, None.
        """
        try:
            text = block.decode().replace(_NEEDLESS_TYPE, '" .\n')
        except UnicodeDecodeError:
            return None
        lines, rows = text.split("\n"), _STATEMENT.findall(text)
        if not rows or lines.pop() or len(rows) != len(lines) or max(map(len, lines)) > self._limits.literal_bytes // 4:
            return None
        subjects, predicates, objects, languages, datatypes = zip(*rows, strict=True)
        if not all(map(is_language, {*languages} - {""})):
            return None
        iris = {*subjects, *predicates, *objects, *datatypes} - {""}
        return lines if self._all_known(iris) and all(starmap(self._is_sound, set(_TYPED.findall(text)))) else None

    def _is_sound(self, text: str, datatype: str) -> bool:
        return is_well_typed(text, datatype) and (datatype not in _NUMBERS or self._is_bounded(text, datatype))

    def _all_known(self, iris: set[str]) -> bool:
        new = iris - self._sound
        if not all(len(one) <= self._limits.iri_characters and is_iri(one) for one in new):
            return False
        if len(self._sound) + len(new) > _REMEMBERED:
            self._sound.clear()
        self._sound |= new
        return True

    def _takes(self, term: NamedNode | BlankNode | Literal | Triple) -> bool:
        if isinstance(term, NamedNode):
            return self._takes_iri(term.value)
        if isinstance(term, Triple):
            self._report(Fault("triple-term", None, None, shortened(str(term)), _TRIPLE_TERM))
            return False
        return True

    def _takes_predicate(self, value: str) -> bool:
        known = self._known.get(value)
        if known is None:
            if _SCHEME.match(value):
                known = self._takes_iri(value)
            else:
                self._report(Fault("term", None, None, shortened(value), _NO_MEANING))
                known = False
            if len(self._known) < 10_000:
                self._known[value] = known
        return known

    def _takes_iri(self, value: str) -> bool:
        if is_iri(value):
            if len(value) <= self._limits.iri_characters:
                if len(self._sound) >= _REMEMBERED:
                    self._sound.clear()
                self._sound.add(value)
                return True
            self._report(Fault("iri-length", None, None, shortened(value), _too_long_iri(self._limits.iri_characters)))
            return False
        if len(value) > self._limits.iri_characters or "\0" in value or value.startswith("@"):
            self._report(Fault("iri-length", None, None, shortened(value), _too_long_iri(self._limits.iri_characters)))
            return False
        self._report(Fault("iri", None, None, shortened(value), _BAD_IRI))
        return True

    def _literal(self, literal: Literal) -> Literal | None:
        value, language = literal.value, literal.language
        if len(value) > self._limits.literal_bytes // 4 and len(value.encode()) > self._limits.literal_bytes:
            self._report(Fault("literal", None, None, shortened(value, 80), _too_long(self._limits.literal_bytes)))
            return None
        if "\0" in value:
            self._report(Fault("literal", None, None, shortened(value, 80), _NUL))
            return None
        if language is not None:
            return self._with_language(literal, value, language)
        datatype = literal.datatype.value
        if datatype == _STRING or self._is_typed(value, datatype):
            return literal
        return None

    def _with_language(self, literal: Literal, value: str, language: str) -> Literal:
        if literal.direction is not None:
            # RDF 1.2; kept under a private tag until shapes and stores know directions.
            language = f"{language}--{str(literal.direction).rpartition('.')[2].lower()}"
        elif is_language(language):
            return literal
        self._report(language_fault(language))
        return Literal(value, language=mend_language(language))

    def _is_typed(self, value: str, datatype: str) -> bool:
        """Whether the literal is passed on; ill-typed ones are, with a fault."""
        if datatype in _NUMBERS and not self._is_bounded(value, datatype):
            self._report(Fault("literal", None, None, shortened(value, 80), _NUMBER_TOO_LONG))
            return False
        if not is_well_typed(value, datatype):
            self._report(Fault("datatype", None, None, shortened(value, 80), _ill_typed(datatype)))
        return self._takes_iri(datatype)

    def _is_bounded(self, value: str, datatype: str) -> bool:
        if sum(map(str.isdecimal, value)) > self._limits.integer_digits:
            return False
        _, _, exponent = value.lower().partition("e")
        digits = exponent.lstrip("+-")
        if datatype in (XSD.double.value, XSD.float.value) or not digits.isdecimal():
            return True
        return int(digits) <= _EXPONENT_DIGITS


def _plainly_labelled(quad: Quad) -> Quad:
    """Blank nodes under labels that N-Triples can write: in JSON-LD a label may hold spaces and line feeds."""
    subject, value = quad.subject, quad.object
    given = [node for node in (subject, value) if isinstance(node, BlankNode)]
    new = {node: BlankNode(_plain_label(node.value)) for node in given if not _LABEL.fullmatch(node.value)}
    if not new:
        return quad
    return Quad(new.get(subject, subject), quad.predicate, new.get(value, value), quad.graph_name)  # type: ignore[arg-type]


def _plain_label(given: str) -> str:
    return "odd" + hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()


def language_fault(given: str, line: int | None = None) -> Fault:
    """The report of a tag that travels as a private one."""
    shown = shortened(given, 40)
    return Fault(
        "language",
        line,
        None,
        shortened(given, 80),
        Message(
            ja=f"言語タグ {shown!r} は規格(BCP 47)に合いません。例: ja、en-US。受け取ったまま保存します。",
            en=f"The language tag {shown!r} is not well-formed (BCP 47), as ja or en-US are. It is kept as given.",
        ),
    )


_STRING = XSD.string.value
_BAD_IRI = Message(
    ja="IRI に使えない文字があります(空白や山括弧など)。%20 のように符号化してください。受け取ったまま保存します。",
    en="The IRI is not well-formed (a space or another forbidden character). Percent-encode it. It is kept as given.",
)
_TRIPLE_TERM = Message(
    ja="三つ組を値とする記述(RDF 1.2)は扱いません。この文は除きました。",
    en="Triples as values (RDF 1.2) are not taken. The statement was left out.",
)
_NO_MEANING = Message(
    ja="この名前は @context にないので意味が定まりません。値は除きました。@context に加えてください。",
    en="No @context gives this name a meaning. Its values were left out. Add it to the context.",
)
_NUL = Message(ja="文字 U+0000 を含む値は除きました。", en="A value with the character U+0000 was left out.")
_NUMBER_TOO_LONG = Message(
    ja="数値の桁数が多すぎるため除きました。", en="The number has too many digits; the statement was left out."
)


def _too_long_iri(characters: int) -> Message:
    return Message(
        ja=f"IRI として扱えない({characters:,} 文字を超えるなど)ため、この文は除きました。",
        en=f"Not usable as an IRI (longer than {characters:,} characters, or a keyword); the statement was left out.",
    )


def _too_long(size_bytes: int) -> Message:
    return Message(
        ja=f"値が {size_bytes:,} バイトを超えるため除きました。",
        en=f"A value larger than {size_bytes:,} bytes was left out.",
    )


def _ill_typed(datatype: str) -> Message:
    name = datatype.removeprefix(XSD.NAMESPACE)
    example = _EXAMPLES.get(name, "42")
    return Message(
        ja=f"値が xsd:{name} の形ではありません。例: {example}。受け取ったまま保存します。",
        en=f"The value is not of the form of xsd:{name}, such as {example}. It is kept as given.",
    )
