"""What of a description is searched, counted and shown: triples in, SearchDocument out.

Real catalogs give an IRI, a blank node with a name, or a plain text where one of them is expected; all are taken.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from catalog.formats import format_name
from ontology.description import Description
from ontology.lines import is_literal, is_named, named, plain, statements, text_of
from ontology.messages import Message
from ontology.terms import ADMS, DCAT, DCT, FOAF, LOCN, RDFS, SCHEMA, SKOS, VCARD
from stores.fulltext.port import Coded, SearchDocument

Labels = Callable[[str], Message | None]
Term = str
"""A term as it stands in the canonical text: a batch of a load has half a million of them, too many for objects."""

_NAMING: Final = tuple(map(str, (SKOS.prefLabel, FOAF.name, DCT.title, RDFS.label, VCARD.fn)))
_DISTRIBUTION: Final = str(DCAT.distribution)
_ISSUED: Final = str(DCT.issued)
_MODIFIED: Final = str(DCT.modified)
_DESCRIPTIONS: Final = (str(DCT.description), str(DCT.abstract))
_KEYWORD: Final = str(DCAT.keyword)
_PUBLISHER: Final = str(DCT.publisher)
_CREATOR: Final = str(DCT.creator)
_THEME: Final = str(DCAT.theme)
_LICENSE: Final = str(DCT.license)
_ACCESS: Final = str(DCT.accessRights)
_SERIES: Final = str(DCAT.inSeries)
_FORMAT: Final = str(DCT.format)
_MEDIA_TYPE: Final = str(DCAT.mediaType)
_LANGUAGE: Final = str(DCT.language)
_IDENTIFIER: Final = str(DCT.identifier)
_OTHER_IDENTIFIER: Final = str(ADMS.identifier)
_NOTATION: Final = str(SKOS.notation)
_ALTERNATIVE: Final = (str(DCT.alternative), str(SKOS.altLabel))
_SPATIAL: Final = str(DCT.spatial)
_MENTIONED: Final = tuple(map(str, (DCAT.contactPoint, DCT.creator, DCT.spatial, DCT.rightsHolder)))
_PLACE_NAMES: Final = (*_NAMING, str(LOCN.geographicName))
_DISTRIBUTION_TEXTS: Final = (str(DCT.title), str(DCT.description))
_EXTENT: Final = tuple(map(str, (DCAT.bbox, LOCN.geometry, DCAT.centroid)))
_TEMPORAL: Final = str(DCT.temporal)
_START: Final = (str(DCAT.startDate), str(SCHEMA.startDate))
_END: Final = (str(DCAT.endDate), str(SCHEMA.endDate))
_NUMBER: Final = re.compile(r"-?[0-9]{1,4}(?:\.[0-9]{1,20})?(?:[eE][-+]?[0-9]{1,2})?")
_GEOMETRY_CHARACTERS: Final = 20_000
_VALUE_CHARACTERS: Final = 500

# Languages as records give them: codes of the EU list and of ISO 639, names; label in Japanese and English.
_LANGUAGES: Final = (
    ("ja", "JPN JA JAPANESE 日本語 JA-JP", "日本語", "Japanese"),
    ("en", "ENG EN ENGLISH 英語 EN-US EN-GB", "英語", "English"),
    ("de", "DEU GER DE GERMAN", "ドイツ語", "German"),
    ("fr", "FRA FRE FR FRENCH", "フランス語", "French"),
    ("es", "SPA ES SPANISH", "スペイン語", "Spanish"),
    ("it", "ITA IT ITALIAN", "イタリア語", "Italian"),
    ("nl", "NLD DUT NL DUTCH", "オランダ語", "Dutch"),
    ("sv", "SWE SV SWEDISH", "スウェーデン語", "Swedish"),
    ("no", "NOR NOB NNO NO NB NN NORWEGIAN", "ノルウェー語", "Norwegian"),
    ("da", "DAN DA DANISH", "デンマーク語", "Danish"),
    ("fi", "FIN FI FINNISH", "フィンランド語", "Finnish"),
    ("pl", "POL PL POLISH", "ポーランド語", "Polish"),
    ("cs", "CES CZE CS CZECH", "チェコ語", "Czech"),
    ("pt", "POR PT PORTUGUESE", "ポルトガル語", "Portuguese"),
    ("zh", "ZHO CHI ZH CHINESE 中国語", "中国語", "Chinese"),
    ("ko", "KOR KO KOREAN 韓国語 朝鮮語", "韓国語", "Korean"),
)
_BY_LANGUAGE: Final = MappingProxyType(
    {alias: Coded(code, Message(ja, en)) for code, aliases, ja, en in _LANGUAGES for alias in aliases.split()}
)


def document_of(
    description: Description, *, key: int, short_id: str, kind: str, catalog: str, audience: str, labels: Labels
) -> SearchDocument:
    """Gather what is searched.

    Args:
        audience: one audience, or several separated by spaces.
        labels: what an IRI is called where the description itself does not say; None if unknown.
    """
    facts = _Facts(description.canonical, labels)
    this = named(description.iri)
    parts = [this, *facts.nodes(this, _DISTRIBUTION)]
    issued, modified = facts.first_text(this, _ISSUED), facts.first_text(this, _MODIFIED)
    return SearchDocument(
        key=key,
        short_id=short_id,
        iri=description.iri,
        kind=kind,
        catalog=catalog,
        audience=audience,
        titles=facts.texts(this, *_NAMING) or {"": [short_id]},
        descriptions=facts.texts(this, *_DESCRIPTIONS),
        keywords=facts.texts(this, _KEYWORD),
        publishers=facts.coded([this], _PUBLISHER) or facts.coded([this], _CREATOR),
        themes=facts.coded([this], _THEME),
        formats=_formats(facts, parts),
        licenses=facts.coded(parts, _LICENSE),
        languages=_languages(facts, parts),
        access=facts.coded([this], _ACCESS),
        series=facts.coded([this], _SERIES),
        identifiers=_identifiers(facts, this),
        other_text=list(_other_text(facts, this, parts[1:])),
        issued=issued,
        modified=modified,
        bbox=_bbox(facts, this),
        period=_period(facts, this),
    )


class _Facts:
    """The statements of one description by subject and predicate."""

    def __init__(self, canonical: str, labels: Labels) -> None:
        self._labels = labels
        self._by: dict[Term, dict[str, list[Term]]] = {}
        for subject, predicate, value in statements(canonical):
            self._by.setdefault(subject, {}).setdefault(predicate, []).append(value)

    def values(self, subject: Term, *predicates: str) -> list[Term]:
        """Objects of any of the predicates."""
        known = self._by.get(subject)
        if known is None:
            return []
        return [value for predicate in predicates if predicate in known for value in known[predicate]]

    def nodes(self, subject: Term, *predicates: str) -> list[Term]:
        """Objects that are no literals."""
        return [value for value in self.values(subject, *predicates) if not is_literal(value)]

    def texts(self, subject: Term, *predicates: str) -> dict[str, list[str]]:
        """Literals by language, each once."""
        found: dict[str, list[str]] = {}
        for value in self.values(subject, *predicates):
            if is_literal(value):
                text, language = text_of(value)
                if text.strip() and text not in (held := found.setdefault(language, [])):
                    held.append(text)
        return found

    def first_text(self, subject: Term, *predicates: str) -> str | None:
        """The first literal in the order of its text, so that it is the same each time."""
        return min((plain(value) for value in self.values(subject, *predicates) if is_literal(value)), default=None)

    def coded(self, subjects: Iterable[Term], predicate: str) -> list[Coded]:
        """Values with what they are called, each once."""
        found: dict[str, Coded] = {}
        for subject in subjects:
            for value in self.values(subject, predicate):
                if one := self._coded(value):
                    found.setdefault(one.value, one)
        return list(found.values())

    def _coded(self, value: Term) -> Coded | None:
        if is_literal(value):
            text = " ".join(plain(value).split())[:_VALUE_CHARACTERS]
            return Coded(text, Message(text, text)) if text else None
        label = self.label(value)
        if is_named(value):
            iri = plain(value)
            return Coded(iri, label or self._labels(iri) or _tail(iri))
        return Coded(label.ja, label) if label else None

    def label(self, node: Term) -> Message | None:
        """What the description itself calls a thing."""
        names: dict[str, str] = {}
        for language, texts in self.texts(node, *_NAMING).items():
            names.setdefault(language.split("-")[0], texts[0])
        if not names:
            return None
        some = names.get("") or names[min(names)]
        return Message(names.get("ja") or some, names.get("en") or some)


@lru_cache(maxsize=1 << 12)
def _tail(iri: str) -> Message:
    """The last part of an IRI, for want of a name."""
    tail = re.split(r"[/#:]", iri.rstrip("/#"))[-1] or iri
    return Message(tail, tail)


def _formats(facts: _Facts, parts: Iterable[Term]) -> list[Coded]:
    names: dict[str, None] = {}
    for part in parts:
        # The media type speaks where no format does: text/plain for a CSV file is common.
        given = [*facts.values(part, _FORMAT)] or [*facts.values(part, _MEDIA_TYPE)]
        for value in given:
            text = plain(value) if is_literal(value) or is_named(value) else _name_of(facts, value)
            if text and (name := format_name(text)):
                names[name] = None
    return [Coded(name, Message(name, name)) for name in names]


def _name_of(facts: _Facts, node: Term) -> str | None:
    label = facts.label(node)
    return label.en if label else None


def _languages(facts: _Facts, parts: Iterable[Term]) -> list[Coded]:
    found: dict[str, Coded] = {}
    for one in facts.coded(parts, _LANGUAGE):
        code = re.split(r"[/#]", one.value.rstrip("/#"))[-1].upper()
        known = _BY_LANGUAGE.get(code, one)
        found.setdefault(known.value, known)
    return list(found.values())


def _identifiers(facts: _Facts, this: Term) -> list[str]:
    found = [plain(value) for value in facts.values(this, _IDENTIFIER) if is_literal(value) or is_named(value)]
    for node in facts.nodes(this, _OTHER_IDENTIFIER):
        found += [plain(value) for value in facts.values(node, _NOTATION) if is_literal(value)]
    return list(dict.fromkeys(found))


def _other_text(facts: _Facts, this: Term, distributions: Iterable[Term]) -> Iterator[str]:
    yield from _all_texts(facts, this, *_ALTERNATIVE)
    for node in facts.nodes(this, *_MENTIONED):
        yield from _all_texts(facts, node, *_PLACE_NAMES)
    for coded in facts.coded([this], _SPATIAL):
        yield coded.label.ja
    for distribution in distributions:
        yield from _all_texts(facts, distribution, *_DISTRIBUTION_TEXTS)


def _all_texts(facts: _Facts, subject: Term, *predicates: str) -> Iterator[str]:
    for texts in facts.texts(subject, *predicates).values():
        yield from texts


def _bbox(facts: _Facts, this: Term) -> tuple[float, float, float, float] | None:
    """The box around all places: WKT and GeoJSON both list longitude before latitude."""
    longitudes: list[float] = []
    latitudes: list[float] = []
    for place in facts.nodes(this, _SPATIAL):
        for value in facts.values(place, *_EXTENT):
            if is_literal(value):
                numbers = _coordinates(plain(value))
                longitudes += numbers[::2]
                latitudes += numbers[1::2]
    if not longitudes or not all(-180 <= x <= 180 for x in longitudes) or not all(-90 <= y <= 90 for y in latitudes):
        return None
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def _coordinates(text: str) -> list[float]:
    plain = re.sub(r"^\s*<[^>]*>|\"crs\".*$|SRID=[0-9]+;", " ", text[:_GEOMETRY_CHARACTERS], flags=re.DOTALL)
    numbers = [float(number) for number in _NUMBER.findall(plain)]
    return numbers if len(numbers) % 2 == 0 else []


def _period(facts: _Facts, this: Term) -> tuple[str | None, str | None] | None:
    starts: list[str] = []
    ends: list[str] = []
    for span in facts.nodes(this, _TEMPORAL):
        start = facts.first_text(span, *_START)
        end = facts.first_text(span, *_END)
        starts += [start] if start else []
        ends += [end] if end else []
    return (min(starts, default=None), max(ends, default=None)) if starts or ends else None
