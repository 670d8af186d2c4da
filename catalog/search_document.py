"""What of a description is searched, counted and shown: triples in, SearchDocument out.

Real catalogs give an IRI, a blank node with a name, or a plain text where one of them is expected; all are taken.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from catalog.formats import format_name
from ontology.description import Description
from ontology.messages import Message
from ontology.terms import ADMS, DCAT, DCT, FOAF, LOCN, RDFS, SCHEMA, SKOS, VCARD, iri
from stores.fulltext.port import Coded, SearchDocument

Labels = Callable[[str], Message | None]
Term = NamedNode | BlankNode | Literal | Triple

_NAMING: Final = (SKOS.prefLabel, FOAF.name, DCT.title, RDFS.label, VCARD.fn)
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
    facts = _Facts(description.triples, labels)
    this = facts.node(description.iri) or iri(description.iri)
    parts = [this, *facts.nodes(this, DCAT.distribution)]
    issued, modified = facts.first_text(this, DCT.issued), facts.first_text(this, DCT.modified)
    return SearchDocument(
        key=key,
        short_id=short_id,
        iri=description.iri,
        kind=kind,
        catalog=catalog,
        audience=audience,
        titles=facts.texts(this, *_NAMING) or {"": [short_id]},
        descriptions=facts.texts(this, DCT.description, DCT.abstract),
        keywords=facts.texts(this, DCAT.keyword),
        publishers=facts.coded([this], DCT.publisher) or facts.coded([this], DCT.creator),
        themes=facts.coded([this], DCAT.theme),
        formats=_formats(facts, parts),
        licenses=facts.coded(parts, DCT.license),
        languages=_languages(facts, parts),
        access=facts.coded([this], DCT.accessRights),
        series=facts.coded([this], DCAT.inSeries),
        identifiers=_identifiers(facts, this),
        other_text=list(_other_text(facts, this, parts[1:])),
        issued=issued,
        modified=modified,
        bbox=_bbox(facts, this),
        period=_period(facts, this),
    )


class _Facts:
    """The triples of one description by subject and predicate."""

    def __init__(self, triples: Iterable[Triple], labels: Labels) -> None:
        self._labels = labels
        self._by: dict[Term, dict[NamedNode, list[Term]]] = defaultdict(lambda: defaultdict(list))
        self._named: dict[str, NamedNode] = {}
        for triple in triples:
            self._by[triple.subject][triple.predicate].append(triple.object)
            if isinstance(triple.subject, NamedNode):
                self._named[triple.subject.value] = triple.subject

    def node(self, iri: str) -> NamedNode | None:
        """The subject with this IRI."""
        return self._named.get(iri)

    def values(self, subject: Term, *predicates: NamedNode) -> Iterator[Term]:
        """Objects of any of the predicates."""
        known = self._by.get(subject)
        if known:
            for predicate in predicates:
                yield from known.get(predicate, ())

    def nodes(self, subject: Term, *predicates: NamedNode) -> list[Term]:
        """Objects that are no literals."""
        return [value for value in self.values(subject, *predicates) if isinstance(value, NamedNode | BlankNode)]

    def texts(self, subject: Term, *predicates: NamedNode) -> dict[str, list[str]]:
        """Literals by language, each once."""
        found: dict[str, list[str]] = {}
        for value in self.values(subject, *predicates):
            if isinstance(value, Literal) and value.value.strip():
                held = found.setdefault((value.language or "").lower(), [])
                if value.value not in held:
                    held.append(value.value)
        return found

    def first_text(self, subject: Term, *predicates: NamedNode) -> str | None:
        """The first literal in the order of its text, so that it is the same each time."""
        found = sorted(value.value for value in self.values(subject, *predicates) if isinstance(value, Literal))
        return found[0] if found else None

    def coded(self, subjects: Iterable[Term], predicate: NamedNode) -> list[Coded]:
        """Values with what they are called, each once."""
        found: dict[str, Coded] = {}
        for subject in subjects:
            for value in self.values(subject, predicate):
                if one := self._coded(value):
                    found.setdefault(one.value, one)
        return list(found.values())

    def _coded(self, value: Term) -> Coded | None:
        if isinstance(value, Literal):
            text = " ".join(value.value.split())[:_VALUE_CHARACTERS]
            return Coded(text, Message(text, text)) if text else None
        label = self.label(value)
        if isinstance(value, NamedNode):
            return Coded(value.value, label or self._labels(value.value) or _tail(value.value))
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


def _tail(iri: str) -> Message:
    """The last part of an IRI, for want of a name."""
    tail = re.split(r"[/#:]", iri.rstrip("/#"))[-1] or iri
    return Message(tail, tail)


def _formats(facts: _Facts, parts: Iterable[Term]) -> list[Coded]:
    names: dict[str, None] = {}
    for part in parts:
        # The media type speaks where no format does: text/plain for a CSV file is common.
        given = [*facts.values(part, DCT.format)] or [*facts.values(part, DCAT.mediaType)]
        for value in given:
            text = value.value if isinstance(value, Literal | NamedNode) else _name_of(facts, value)
            if text and (name := format_name(text)):
                names[name] = None
    return [Coded(name, Message(name, name)) for name in names]


def _name_of(facts: _Facts, node: Term) -> str | None:
    label = facts.label(node)
    return label.en if label else None


def _languages(facts: _Facts, parts: Iterable[Term]) -> list[Coded]:
    found: dict[str, Coded] = {}
    for one in facts.coded(parts, DCT.language):
        code = re.split(r"[/#]", one.value.rstrip("/#"))[-1].upper()
        known = _BY_LANGUAGE.get(code, one)
        found.setdefault(known.value, known)
    return list(found.values())


def _identifiers(facts: _Facts, this: Term) -> list[str]:
    plain = [value.value for value in facts.values(this, DCT.identifier) if isinstance(value, Literal | NamedNode)]
    for node in facts.nodes(this, ADMS.identifier):
        plain += [value.value for value in facts.values(node, SKOS.notation) if isinstance(value, Literal)]
    return list(dict.fromkeys(plain))


def _other_text(facts: _Facts, this: Term, distributions: Iterable[Term]) -> Iterator[str]:
    yield from _all_texts(facts, this, DCT.alternative, SKOS.altLabel)
    for node in facts.nodes(this, DCAT.contactPoint, DCT.creator, DCT.spatial, DCT.rightsHolder):
        yield from _all_texts(facts, node, *_NAMING, LOCN.geographicName)
    for coded in facts.coded([this], DCT.spatial):
        yield coded.label.ja
    for distribution in distributions:
        yield from _all_texts(facts, distribution, DCT.title, DCT.description)


def _all_texts(facts: _Facts, subject: Term, *predicates: NamedNode) -> Iterator[str]:
    for texts in facts.texts(subject, *predicates).values():
        yield from texts


def _bbox(facts: _Facts, this: Term) -> tuple[float, float, float, float] | None:
    """The box around all places: WKT and GeoJSON both list longitude before latitude."""
    longitudes: list[float] = []
    latitudes: list[float] = []
    for place in facts.nodes(this, DCT.spatial):
        for value in facts.values(place, DCAT.bbox, LOCN.geometry, DCAT.centroid):
            if isinstance(value, Literal):
                numbers = _coordinates(value.value)
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
    for span in facts.nodes(this, DCT.temporal):
        start = facts.first_text(span, DCAT.startDate, SCHEMA.startDate)
        end = facts.first_text(span, DCAT.endDate, SCHEMA.endDate)
        starts += [start] if start else []
        ends += [end] if end else []
    return (min(starts, default=None), max(ends, default=None)) if starts or ends else None
