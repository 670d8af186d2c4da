"""Statements made from the keys of JSON records; what has no place in DCAT is kept under its key, nothing dropped."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias
from urllib.parse import quote

import orjson
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ontology.eras import western_year
from ontology.messages import Message
from ontology.terms import RDF, XSD, iri

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Node: TypeAlias = NamedNode | BlankNode

_JSON: Final = NamedNode(f"{RDF.NAMESPACE}JSON")
_ABSOLUTE = re.compile(
    r"(?:https?|ftp|ftps|sftp)://\S|(?:urn|doi|info|mailto|tel|geo|data|tag|ark|did):\S", re.IGNORECASE
)
_DATE = re.compile(r"-?\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:Z|[+-]\d{2}:\d{2})?")
_DATE_TIME = re.compile(
    r"-?\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?"
)
_LOOSE_DATE = re.compile(r"(\d{4})\s*[年/.-]\s*(\d{1,2})\s*[月/.-]\s*(\d{1,2})\s*日?")
_ERA_DATE = re.compile(r"(\D+?\s?\w+?)\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_KANA = re.compile("[\u3041-\u30ff]")
_HAN = re.compile("[\u3041-\u30ff\u4e00-\u9fff]")
_KEPT_FORBIDDEN = re.compile(r'[\x00-\x20<>"{}|^`\\%]')


class Statements:
    """The statements of one record as they are made, and what was noticed on the way.

    Attributes:
        triples: what was said so far.
        faults: what was kept as given because it could not be read, in words.
        language: tag for texts in Japanese letters, if the record is in Japanese; others bear none.
    """

    def __init__(self, namespace: str, *, language: str | None = None) -> None:
        self.triples: list[Triple] = []
        self.faults: list[Message] = []
        self.language = language
        self._namespace = namespace

    def say(self, subject: Node, predicate: NamedNode, value: Node | Literal) -> None:
        """State one triple."""
        self.triples.append(Triple(subject, predicate, value))

    def part(self, subject: Node, predicate: NamedNode, *types: NamedNode) -> BlankNode:
        """A new blank node that the subject owns."""
        node = BlankNode()
        self.say(subject, predicate, node)
        for kind in types:
            self.say(node, RDF.type, kind)
        return node

    def text(self, subject: Node, predicate: NamedNode, value: str, language: str | None = None) -> None:
        """State a text, tagged where its language is known."""
        tag = language or (self.language if self.language and _HAN.search(value) else None)
        try:
            self.say(subject, predicate, Literal(value, language=tag) if tag else Literal(value))
        except ValueError:  # a key such as "en_US" is not a language tag
            self.say(subject, predicate, Literal(value))
            self.keep(subject, f"{_local(predicate)}_{tag}", value)

    def link(self, subject: Node, predicate: NamedNode, value: str) -> bool:
        """State a link; False and nothing if the value is no address."""
        node = address(value)
        if node is not None:
            self.say(subject, predicate, node)
        return node is not None

    def link_or_text(self, subject: Node, predicate: NamedNode, value: str) -> None:
        """State a link where the value is one, else the text."""
        if not self.link(subject, predicate, value):
            self.text(subject, predicate, value)

    def moment(self, subject: Node, predicate: NamedNode, value: str, key: str) -> None:
        """State a date or time; one written the Japanese or a loose way is also kept as given, under its key."""
        literal, exact = moment(value)
        self.say(subject, predicate, literal)
        if not exact:
            self.keep(subject, key, value)
        if literal.datatype == XSD.string:
            self.faults.append(
                Message(
                    f"{key}「{value[:80]}」は日付として読めないため、そのまま残しました。",
                    f"{key} {value[:80]!r} is not a date; kept as given.",
                )
            )

    def keep(self, subject: Node, key: str, value: Json, *, group: str = "") -> None:
        """State a value under its own key in the loader's namespace; empty values say nothing and are left out."""
        if value is None or value in ("", [], {}):
            return
        predicate = NamedNode(f"{self._namespace}{group}{_escaped(key)}")
        values: Sequence[Json] = (
            value if isinstance(value, list) and all(isinstance(v, str) for v in value) else [value]
        )
        for each in values:
            self.say(subject, predicate, _literal(each))


def _literal(value: Json) -> Literal:
    if isinstance(value, bool):
        return Literal("true" if value else "false", datatype=XSD.boolean)
    if isinstance(value, int):
        return Literal(str(value), datatype=XSD.integer)
    if isinstance(value, float):
        return Literal(repr(value), datatype=XSD.double)
    if isinstance(value, str):
        return Literal(value)
    return Literal(orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode(), datatype=_JSON)


def _escaped(key: str) -> str:
    return _KEPT_FORBIDDEN.sub(lambda found: quote(found[0]), unicodedata.normalize("NFC", key))


def _local(predicate: NamedNode) -> str:
    return re.split("[#/]", predicate.value)[-1]


def address(value: str) -> NamedNode | None:
    """The IRI that a text is, also one with characters that RFC 3987 forbids; None if it is none."""
    text = value.strip()
    if not _ABSOLUTE.match(text) or "\n" in text or len(text) > 2048:
        return None
    try:
        return iri(text)
    except ValueError:
        return None


def moment(value: str) -> tuple[Literal, bool]:
    """A date or time as a typed literal, and whether its text is the given one.

    Reads ISO 8601, `2019/4/1`, `2019年4月1日` and era years (`令和元年5月1日`); what it cannot read stays a plain text.
    """
    text = unicodedata.normalize("NFKC", value).strip()
    for pattern, datatype in ((_DATE, XSD.date), (_DATE_TIME, XSD.dateTime)):
        if pattern.fullmatch(text):
            return Literal(text, datatype=datatype), text == value
    if re.fullmatch(r"\d{4}", text):
        return Literal(text, datatype=XSD.gYear), text == value
    if re.fullmatch(r"\d{4}-(?:0[1-9]|1[0-2])", text):
        return Literal(text, datatype=XSD.gYearMonth), text == value
    spaced = text.replace(" ", "T", 1)
    if _DATE_TIME.fullmatch(spaced):
        return Literal(spaced, datatype=XSD.dateTime), False
    return _loose(text, value)


def _loose(text: str, value: str) -> tuple[Literal, bool]:
    if found := _ERA_DATE.fullmatch(text):
        year = western_year(found[1])
        text = f"{year}-{found[2]}-{found[3]}" if year else text
    if found := _LOOSE_DATE.fullmatch(text):
        date = f"{int(found[1]):04d}-{int(found[2]):02d}-{int(found[3]):02d}"
        if _DATE.fullmatch(date):
            return Literal(date, datatype=XSD.date), False
    return Literal(value), True


def language_of(record: Mapping[str, Json]) -> str | None:
    """`ja` when a record's titles or notes hold kana, which no other language writes."""
    texts = [record.get(key) for key in ("title", "notes", "name", "description")]
    organization, resources = record.get("organization"), record.get("resources")
    if isinstance(organization, dict):
        texts.append(organization.get("title"))
    if isinstance(resources, list):
        texts += [each.get("name") for each in resources if isinstance(each, dict)]
    extras = record.get("extras")
    known = any(isinstance(text, str) and _KANA.search(text) for text in texts)
    return "ja" if known or (extras and _KANA.search(str(extras))) else None


def strings(value: Json) -> list[str]:
    """The texts of a value that may be one text, a list of them, or a list written as JSON in a text."""
    if isinstance(value, str) and value.startswith("["):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return [str(value)]
    if isinstance(value, list):
        return [str(each) for each in value if each not in (None, "") and not isinstance(each, (dict, list))]
    return [] if value is None or value == "" or isinstance(value, dict) else [str(value)]


def is_strange(value: Json) -> bool:
    """Whether a value holds more than the texts that `strings` finds in it."""
    if isinstance(value, list):
        return any(isinstance(each, (dict, list)) for each in value)
    return isinstance(value, dict)


def name_part(value: str) -> str:
    """A name as it can stand inside a URN."""
    return quote(unicodedata.normalize("NFC", value), safe="-._~")
