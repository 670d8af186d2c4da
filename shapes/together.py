"""Many descriptions in one run of the engine, with the results of each as if it had been alone.

A run costs a tenth of a millisecond before it looks at anything, and vocabularies and publishers that many descriptions
mention are parsed once instead of each time: half of the time of a load. Descriptions share a run only where no
constraint can look from one into another; where a finding might be of several, each of them is validated alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from ontology.terms import SH
from shapes.engine import Finding
from shapes.graph import ShapesGraph
from shapes.vocabularies import VocabularyIndex

_TOGETHER = 50  # more make a run no cheaper
_LONG = 200_000  # characters; such a description gains nothing by company

# A constraint made of these looks along a path from a focus node and at nothing else: not back (sh:inversePath), not at
# the whole graph (SPARQL), and its focus nodes have a type or are values.
_LOCAL = """
    path alternativePath zeroOrMorePath oneOrMorePath zeroOrOnePath property node not and or xone qualifiedValueShape
    qualifiedMinCount qualifiedMaxCount qualifiedValueShapesDisjoint targetClass targetObjectsOf class datatype
    nodeKind minCount maxCount minExclusive minInclusive maxExclusive maxInclusive minLength maxLength pattern flags
    languageIn uniqueLang equals disjoint lessThan lessThanOrEquals closed ignoredProperties hasValue in message
    severity deactivated name description order group defaultValue"""
_FORWARD = frozenset(_LOCAL.split())
_BLANK = re.compile(r"^_:(?=\S)|(?<= )_:(?=[A-Za-z0-9]+ \.$)", re.MULTILINE)
_NUMBERED = re.compile(r"_:d\d+x(?=\S+$)")


def looks_forward(shapes: ShapesGraph) -> bool:
    """Whether no constraint of a shapes graph can look from one description into another that it does not mention."""
    terms = {triple.predicate.value for triple in shapes.triples}
    return {term.removeprefix(SH.NAMESPACE) for term in terms if term.startswith(SH.NAMESPACE)} <= _FORWARD


@dataclass(frozen=True, slots=True)
class Alone:
    """One description on its way into a run.

    Attributes:
        data: its canonical text.
        around: what the catalog knows of what it mentions, N-Triples free of blank nodes.
        described: IRIs that it says something about.
        linking: IRIs of which it only says that they have it as a member.
        mentioned: IRIs that it or what is around it uses as objects.
        neighbours: by IRI, what is said around it.
    """

    data: str
    around: str
    described: frozenset[str]
    linking: frozenset[str]
    mentioned: frozenset[str]
    neighbours: Mapping[str, str]

    @classmethod
    def of(cls, iri: str, data: str, around: str) -> "Alone":
        """See what a canonical text and what is around it speak of."""
        described, linking, mentioned = set[str](), set[str](), set[str]()
        own = f"<{iri}> ."
        for line in data.split("\n")[:-1]:
            if line[-3] == ">":
                mentioned.add(line[line.rindex("<") + 1 : -3])
            if line[0] == "<":
                (linking if line.endswith(own) else described).add(line[1 : line.index(">")])
        neighbours, further = _around(around)
        mentioned |= further
        return cls(data, around, frozenset(described), frozenset(linking - described), frozenset(mentioned), neighbours)


@lru_cache(maxsize=4096)
def _around(text: str) -> tuple[Mapping[str, str], frozenset[str]]:
    """The lines by subject, and the objects."""
    lines: dict[str, str] = {}
    mentioned = set[str]()
    for line in text.split("\n")[:-1]:
        subject = line[1 : line.index(">")]
        lines[subject] = f"{lines.get(subject, '')}{line}\n"
        if line[-3] == ">":
            mentioned.add(line[line.rindex("<") + 1 : -3])
    return lines, frozenset(mentioned)


@dataclass(slots=True)
class Company:
    """Descriptions of one run, none of which says anything about what another mentions."""

    members: list[int] = field(default_factory=list)
    texts: list[Alone] = field(default_factory=list)
    _owners: dict[str, int] = field(default_factory=dict)
    _linking: set[str] = field(default_factory=set)
    _mentioned: set[str] = field(default_factory=set)
    _neighbours: dict[str, str] = field(default_factory=dict)

    def takes(self, one: Alone) -> bool:
        """Whether one more can be let in."""
        owners, around = self._owners.keys(), self._neighbours
        return (
            len(self.members) < _TOGETHER
            and owners.isdisjoint(one.described)
            and owners.isdisjoint(one.mentioned)
            and owners.isdisjoint(one.linking)
            and owners.isdisjoint(one.neighbours)
            and self._mentioned.isdisjoint(one.described)
            and self._mentioned.isdisjoint(one.linking)
            and self._linking.isdisjoint(one.described)
            and self._linking.isdisjoint(one.mentioned)
            and self._linking.isdisjoint(one.neighbours)
            and around.keys().isdisjoint(one.described)
            and around.keys().isdisjoint(one.linking)
            # What is known around one must not be seen by another that mentions the same and does not know it.
            and all(around.get(iri) == text for iri, text in one.neighbours.items() if iri in self._mentioned)
            and all(iri in one.neighbours for iri in one.mentioned & around.keys())
        )

    def add(self, number: int, one: Alone) -> None:
        """Let one in."""
        self._owners.update(dict.fromkeys(one.described, len(self.members)))
        self.members.append(number)
        self.texts.append(one)
        self._linking |= one.linking
        self._mentioned |= one.mentioned
        self._neighbours.update(one.neighbours)

    def text(self, index: VocabularyIndex) -> str:
        """The data of one run; blank nodes of each description apart."""
        data = "".join(_numbered(one.data, place) for place, one in enumerate(self.texts))
        mentioned = dict.fromkeys(iri for one in self.texts for iri in sorted(one.mentioned))
        return f"{data}{''.join(self._neighbours.values())}{index.around(mentioned)}"

    def shared_out(
        self, findings: Iterable[Finding], index: VocabularyIndex
    ) -> tuple[dict[int, list[Finding]], set[int]]:
        """Findings by member, and the members that have to be validated alone to know theirs."""
        found: dict[int, list[Finding]] = {number: [] for number in self.members}
        unclear = set[int]()
        for finding in findings:
            focus = finding.focus
            if (place := self._owner(focus)) is not None:
                found[self.members[place]].append(_given(finding))
            elif focus[1:-1] not in index and focus[1:-1] not in self._neighbours:
                holders = {number for number, one in zip(self.members, self.texts, strict=True) if focus in one.data}
                unclear |= holders or set(self.members)
        return found, unclear

    def _owner(self, focus: str) -> int | None:
        if focus.startswith("_:d"):
            return int(focus[3 : focus.index("x")])
        return self._owners.get(focus[1:-1]) if focus[0] == "<" else None


def companies(given: Sequence[Alone], index: VocabularyIndex) -> Iterator[Company]:
    """Descriptions in their order, as many in each run as may be together."""
    company = Company()
    for number, one in enumerate(given):
        if len(one.data) > _LONG or index.speaks_of(one.described | one.linking):
            apart = Company()
            apart.add(number, one)
            yield apart
            continue
        if not company.takes(one):
            yield company
            company = Company()
        company.add(number, one)
    if company.members:
        yield company


def _numbered(data: str, place: int) -> str:
    return _BLANK.sub(f"_:d{place}x", data) if "_:" in data else data


def _given(finding: Finding) -> Finding:
    """The finding with the labels that the description has."""
    value = finding.value
    if finding.focus[0] != "_" and (value is None or value[0] != "_"):
        return finding
    plain = value if value is None or value[0] != "_" else _NUMBERED.sub("_:", value)
    return replace(finding, focus=_NUMBERED.sub("_:", finding.focus), value=plain)
