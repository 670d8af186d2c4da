"""A shapes graph in memory: SHACL triples indexed for reading, with names for its unnamed shapes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TypeGuard

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from ontology.terms import RDF, RDFS, RENKEI, SH

Term = NamedNode | BlankNode | Literal
Subject = NamedNode | BlankNode

UNNAMED = "urn:renkei:unnamed-shape:"
"""IRI prefix given to shapes that are blank nodes, so that a result of any engine can be led back to its shape."""


def sh(name: str) -> NamedNode:
    """The SHACL term of this local name; for tables that go through all of SHACL."""
    return NamedNode(SH.NAMESPACE + name)


TARGETS = (sh("targetClass"), sh("targetNode"), sh("targetSubjectsOf"), sh("targetObjectsOf"), sh("target"))
_FOR_PEOPLE = frozenset({SH.name, sh("description"), sh("order"), sh("group"), RDFS.label, RDFS.comment})
SHAPE_LISTS = (sh("and"), sh("or"), sh("xone"))
SHAPE_REFERENCES = (SH.property, sh("node"), sh("not"), sh("qualifiedValueShape"))


def n_triples(triples: Iterable[Triple]) -> str:
    """Triples as N-Triples text."""
    return (serialize(triples, format=RdfFormat.N_TRIPLES) or b"").decode()


class ListMalformed(ValueError):
    """An RDF list has no end, a loop or two first members."""


class ShapesGraph:
    """Immutable triples of one shapes graph."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.triples: tuple[Triple, ...] = tuple(dict.fromkeys(triples))
        self._index: dict[Term, dict[NamedNode, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for triple in self.triples:
            self._index[triple.subject][triple.predicate].append(triple.object)  # type: ignore[index, arg-type]

    def __contains__(self, subject: Term) -> bool:
        return subject in self._index

    def objects(self, subject: Term, predicate: NamedNode) -> list[Term]:
        """Objects of a subject and predicate, as written."""
        about = self._index.get(subject)
        return about.get(predicate, []) if about else []

    def one(self, subject: Term, predicate: NamedNode) -> Term | None:
        """The first object, if there is any."""
        return next(iter(self.objects(subject, predicate)), None)

    def about(self, subject: Term) -> dict[NamedNode, list[Term]]:
        """All objects of a subject by predicate."""
        return self._index.get(subject, {})

    def members(self, head: Term) -> list[Term]:
        """Members of an RDF list.

        Raises:
            ListMalformed: it is none.
        """
        members: list[Term] = []
        seen: set[Term] = set()
        while head != RDF.nil:
            first, rest = self.objects(head, RDF.first), self.objects(head, RDF.rest)
            if head in seen or len(first) != 1 or len(rest) != 1:
                raise ListMalformed(str(head))
            seen.add(head)
            members.append(first[0])
            head = rest[0]
        return members

    def references(self, shape: Term) -> Iterator[tuple[NamedNode, Term, Term]]:
        """Shapes that a shape refers to, as (predicate, object of the triple, shape referred to)."""
        for predicate in SHAPE_REFERENCES:
            for target in self.objects(shape, predicate):
                yield predicate, target, target
        for predicate in SHAPE_LISTS:
            for head in self.objects(shape, predicate):
                try:
                    members = self.members(head)
                except ListMalformed:
                    continue
                for member in members:
                    yield predicate, head, member

    @cached_property
    def shapes(self) -> frozenset[Term]:
        """Every node that SHACL takes for a shape (SHACL §2.1): typed, targeting, or referred to and described."""
        found = {subject for subject in self._index if self._declared(subject)}
        queue = list(found)
        while queue:
            for _, _, target in self.references(queue.pop()):
                if target not in found and target in self._index:
                    found.add(target)
                    queue.append(target)
        return frozenset(found)

    @cached_property
    def property_shapes(self) -> frozenset[Term]:
        """Everything that sh:property refers to."""
        return frozenset(target for shape in self.shapes for target in self.objects(shape, SH.property))

    def _declared(self, subject: Term) -> bool:
        about = self._index[subject]
        types = about.get(RDF.type, [])
        return SH.NodeShape in types or SH.PropertyShape in types or any(target in about for target in TARGETS)

    @cached_property
    def _owners(self) -> dict[Term, Term]:
        return {target: shape for shape in self.shapes for _, _, target in self.references(shape)}

    def named_owner(self, shape: Term) -> NamedNode | None:
        """The shape itself, or the nearest one around it, that its author gave an IRI."""
        seen: set[Term] = set()
        term: Term | None = shape
        while term is not None and term not in seen:
            if is_named(term):
                return term
            seen.add(term)
            term = self._owners.get(term)
        return None

    def without(self, dropped: set[Triple]) -> "ShapesGraph":
        """The graph without some of its triples."""
        return ShapesGraph(triple for triple in self.triples if triple not in dropped)

    def named(self) -> "ShapesGraph":
        """The graph with an IRI for each shape that is a blank node; `unnamed_label` leads back.

        A blank node typed rdfs:Class stays: as an IRI it would become a target class (SHACL §2.1.3.3).
        """
        names: dict[Term, NamedNode] = {
            shape: NamedNode(UNNAMED + shape.value)
            for shape in self.shapes
            if isinstance(shape, BlankNode) and RDFS.Class not in self.objects(shape, RDF.type)
        }
        return ShapesGraph(
            Triple(names.get(t.subject, t.subject), t.predicate, names.get(t.object, t.object))  # type: ignore[arg-type]
            for t in self.triples
        )

    def bare(self) -> "ShapesGraph":
        """The graph without what engines do not need: an engine copies its terms at every run.

        Messages of SPARQL constraints stay, engines fill them in.
        """
        shapes = self.shapes
        return ShapesGraph(
            triple
            for triple in self.triples
            if triple.predicate not in _FOR_PEOPLE
            and not triple.predicate.value.startswith(RENKEI.NAMESPACE)
            and not (triple.predicate == SH.message and triple.subject in shapes)
        )

    @cached_property
    def text(self) -> str:
        """The graph as N-Triples."""
        return n_triples(self.triples)

    @cached_property
    def blank_nodes(self) -> int:
        """How many blank nodes the graph holds."""
        ends = {end for triple in self.triples for end in (triple.subject, triple.object)}
        return sum(isinstance(end, BlankNode) for end in ends)


def is_named(shape: Term) -> TypeGuard[NamedNode]:
    """Whether a shape has an IRI of its author's."""
    return isinstance(shape, NamedNode) and not shape.value.startswith(UNNAMED)


def unnamed_label(shape: str) -> str | None:
    """The blank node (`_:label`) behind the N-Triples text of a shape that `ShapesGraph.named` gave a name."""
    if shape.startswith(f"<{UNNAMED}"):
        return "_:" + shape[len(UNNAMED) + 1 : -1]
    return None
