"""Reading a vocabulary: from triples to tables, with a reason for each entry that cannot be used."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from exchange.policy.errors import Reason
from exchange.policy.hierarchies import Edges, alike, circle, closure, first, grouped
from exchange.policy.operands import Operand, Source, ValueKind, suppliers
from ontology.messages import Message
from ontology.terms import DCT, ODRL, OWL, RDF, RDFS, RENKEI, SKOS

LEFT_OPERAND: Final = ODRL.NAMESPACE + "LeftOperand"
ACTION: Final = ODRL.NAMESPACE + "Action"
INCLUDED_IN: Final = ODRL.NAMESPACE + "includedIn"
IMPLIES: Final = ODRL.NAMESPACE + "implies"
PROFILE: Final = RENKEI.PolicyProfile.value
KIND: Final = RENKEI.valueKind.value
SOURCE: Final = RENKEI.valueSource.value
SEVERAL: Final = RENKEI.severalValues.value
SUPPLIER: Final = RENKEI.supplier.value
TYPE: Final = RDF.type.value
SAME: Final = SKOS.exactMatch.value
LABELS: Final = (SKOS.prefLabel.value, RDFS.label.value)

# GeoNames says parentFeature under http; what is written by hand often says https.
_UPWARD: Final = (
    SKOS.broader.value,
    SKOS.NAMESPACE + "broaderTransitive",
    RDFS.subClassOf.value,
    DCT.NAMESPACE + "isPartOf",
    "http://www.geonames.org/ontology#parentFeature",
    "https://www.geonames.org/ontology#parentFeature",
)
# A type of one of these says what kind of entry a term is, not what it belongs to.
_OF_THE_LANGUAGE: Final = (
    RDF.NAMESPACE,
    RDFS.NAMESPACE,
    OWL.NAMESPACE,
    SKOS.NAMESPACE,
    ODRL.NAMESPACE,
    RENKEI.NAMESPACE,
)
_LABELLED: Final = frozenset({"ja", "en"})


class Entries:
    """Triples by predicate and subject, and what was found wrong with them."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.reasons: list[Reason] = []
        self._of: dict[str, dict[str, list[NamedNode | Literal | BlankNode]]] = defaultdict(dict)
        for triple in triples:
            if isinstance(triple.subject, NamedNode) and not isinstance(triple.object, Triple):
                self._of[triple.predicate.value].setdefault(triple.subject.value, []).append(triple.object)

    def typed(self, kind: str) -> list[str]:
        """Subjects of this type."""
        return [term for term, its in self._of[TYPE].items() if any(each.value == kind for each in its)]

    def values(self, term: str, predicate: str) -> list[str]:
        """Objects as text, whatever they are."""
        return [each.value for each in self._of[predicate].get(term, ())]

    def pairs(self, predicate: str) -> Iterator[tuple[str, str]]:
        """Subjects and objects of a predicate, blank nodes left out."""
        for term, its in self._of[predicate].items():
            yield from ((term, each.value) for each in its if not isinstance(each, BlankNode))

    def text(self, term: str, *predicates: str) -> Message | None:
        """A sentence in both languages; one language alone stands for both."""
        for predicate in predicates:
            found: dict[str, str] = {}
            for each in self._of[predicate].get(term, ()):
                if isinstance(each, Literal):
                    language = (each.language or "").split("-")[0]
                    found.setdefault(language if language in _LABELLED else "", each.value)
            if found:
                en = found.get("en") or found.get("") or found["ja"]
                return Message(found.get("ja", en), en)
        return None

    def labels(self) -> dict[str, Message]:
        """Every label by its term."""
        terms = {term for predicate in LABELS for term in self._of[predicate]}
        found = {term: self.text(term, *LABELS) for term in terms}
        return {term: label for term, label in found.items() if label is not None}

    def wrong(self, place: str, ja: str, en: str) -> None:
        """Note that an entry cannot be used."""
        self.reasons.append(Reason(place, Message(ja, en)))


def synonyms(entries: Entries, terms: Iterable[str]) -> dict[str, str]:
    """Each of the terms with the one that it stands for, by skos:exactMatch; its own where it stands for none."""
    known = dict.fromkeys(terms)
    matches = {term: [its for its in entries.values(term, SAME) if its in known][:1] for term in known}
    if round_ := circle(matches):
        _circle(entries, round_, "skos:exactMatch")
        return {}
    found: dict[str, str] = {}
    for term in known:
        name = term
        while matches[name]:
            name = matches[name][0]
        found[term] = name
    return found


def operands(entries: Entries, labels: Mapping[str, Message]) -> dict[str, Operand]:
    """Left operands by each of their names."""
    names = synonyms(entries, entries.typed(LEFT_OPERAND))
    found = {name: _operand(entries, labels, name) for name in dict.fromkeys(names.values())}
    return {term: operand for term, name in names.items() if (operand := found[name]) is not None}


def _operand(entries: Entries, labels: Mapping[str, Message], iri: str) -> Operand | None:
    kinds, sources = entries.values(iri, KIND), entries.values(iri, SOURCE)
    several = entries.values(iri, SEVERAL)
    before = len(entries.reasons)
    if len(kinds) != 1 or kinds[0] not in set(ValueKind):
        allowed = ", ".join(ValueKind)
        entries.wrong(
            iri,
            f"左項には値の種類（rk:valueKind）が1つ必要です。使える値：{allowed}",
            f"A left operand needs one kind of value (rk:valueKind), one of {allowed}.",
        )
    unknown = [source for source in sources if source not in set(Source)]
    if unknown or not sources:
        allowed = ", ".join(Source)
        entries.wrong(
            iri,
            f"左項には値の出所（rk:valueSource）が必要です。使える値：{allowed}",
            f"A left operand needs a source of its values (rk:valueSource), out of {allowed}.",
        )
    if several not in ([], ["each"], ["any"]):
        entries.wrong(
            iri,
            "複数の値の扱い（rk:severalValues）は each か any のどちらか1つです。",
            "How several values of a left operand count (rk:severalValues) is one of each, any.",
        )
    if len(entries.reasons) > before:
        return None
    ordered = tuple(source for source in Source if source in sources)
    label = labels.get(iri) or named(iri)
    supplier = entries.text(iri, SUPPLIER) or suppliers(ordered)
    attested = ordered == (Source.ATTESTED,)
    return Operand(iri, ValueKind(kinds[0]), ordered, label, supplier, attested, each=several != ["any"])


def included(entries: Entries, names: Mapping[str, str], predicate: str) -> dict[str, frozenset[str]]:
    """Actions, by the names of today, with all that they are included in or imply, themselves among them."""
    edges: dict[str, list[str]] = {name: [] for name in names.values()}
    for term, above in entries.pairs(predicate):
        if term not in names or above not in names:
            stranger = term if term not in names else above
            entries.wrong(
                term,
                f"{stranger}は行為（odrl:Action）として宣言されていません。",
                f"{stranger} is not declared as an action (odrl:Action).",
            )
            continue
        edges[names[term]].append(names[above])
    return _closed(entries, edges, predicate)


def concepts(entries: Entries, but: Iterable[str]) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """What is broader than each concept, itself among it, and what means the same; codes (skos:notation) too.

    Args:
        but: terms whose skos:exactMatch says something else, as that of a deprecated action.
    """
    others = frozenset(but)
    same = [(one, other) for one, other in entries.pairs(SAME) if one not in others and one != other]
    same += _codes(entries, alike(same))
    groups = alike(same)
    edges: dict[str, set[str]] = defaultdict(set)
    for predicate in _UPWARD:
        for term, above in entries.pairs(predicate):
            edges[term].add(above)
    for above, term in entries.pairs(SKOS.narrower.value):
        edges[term].add(above)
    for term, kind in entries.pairs(TYPE):
        if not kind.startswith(_OF_THE_LANGUAGE):
            edges[term].add(kind)
    closed = _closed(entries, grouped(edges, groups), SKOS.broader.value)
    whole = {
        name: frozenset(its for each in above for its in groups.get(each, (each,))) for name, above in closed.items()
    }
    members = {term: whole[name] for term in groups if (name := first(term, groups)) in whole}
    return {**groups, **whole, **members}, groups


def _codes(entries: Entries, groups: Mapping[str, frozenset[str]]) -> list[tuple[str, str]]:
    """Concepts with their codes; two concepts of one code would be taken for one another."""
    owners: dict[str, str] = {}
    found: list[tuple[str, str]] = []
    for concept, code in entries.pairs(SKOS.notation.value):
        owner = owners.setdefault(code, concept)
        if owner != concept and concept not in groups.get(owner, ()):
            entries.wrong(
                concept,
                f"コード「{code}」は{owner}のものでもあります。",
                f'The code "{code}" is that of {owner} too.',
            )
        elif concept != code:
            found.append((concept, code))
    return found


def named(iri: str) -> Message:
    """The local name of a term without a label."""
    name = iri.rstrip("/#").replace("#", "/").rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    return Message(name, name)


def _closed(entries: Entries, edges: Edges, predicate: str) -> dict[str, frozenset[str]]:
    if round_ := circle(edges):
        _circle(entries, round_, named(predicate).en)
        return {}
    return closure(edges)


def _circle(entries: Entries, terms: tuple[str, ...], predicate: str) -> None:
    way = " → ".join(terms)
    entries.wrong(terms[0], f"{predicate}が循環しています：{way}", f"{predicate} goes in a circle: {way}")
