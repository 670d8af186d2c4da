"""Finding the one resource that a document given by itself describes."""

import asyncio
from collections.abc import Sequence

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from catalog.errors import NotOneResource
from catalog.kinds import Kind, kind_of
from ontology.description import Description
from ontology.terms import DCAT, DCT, RDF

_SERVED = {  # kinds that a document of another kind may be about as well: a series is a dataset in DCAT 3
    Kind.DATASET: {Kind.DATASET, Kind.SERIES},
}


_MOMENT = 1000  # triples; under it the way to a thread and back costs more than the work


async def single_off_loop(triples: Sequence[Triple], kind: Kind, name_if_blank: str) -> tuple[Kind, Description]:
    """`single`, of a large document in a thread: a canonical form takes seconds, and others are to be answered."""
    if len(triples) < _MOMENT:
        return single(triples, kind, name_if_blank)
    return await asyncio.to_thread(single, triples, kind, name_if_blank)


def single(triples: Sequence[Triple], kind: Kind, name_if_blank: str) -> tuple[Kind, Description]:
    """The description that a document holds, whole; nothing of the document is left out.

    Args:
        triples: the document.
        kind: what it must describe; `Kind.RESOURCE` takes any one IRI that has a type.
        name_if_blank: the IRI the resource gets if the document left it blank.

    Raises:
        NotOneResource: it describes none of this kind, or several.
        TooEntangled: its blank nodes have no canonical form in bounded time.
    """
    types: dict[NamedNode | BlankNode, set[str]] = {}
    for triple in triples:
        subject = triple.subject
        if triple.predicate == RDF.type and isinstance(triple.object, NamedNode):
            assert isinstance(subject, (NamedNode, BlankNode))
            types.setdefault(subject, set()).add(triple.object.value)
    wanted = _SERVED.get(kind, {kind})
    found = [node for node, names in types.items() if kind_of(names) in wanted]
    roots = [node for node in found if not any(_refers(triple, node) for triple in triples)]
    chosen = found if len(found) == 1 else roots
    if len(chosen) != 1:
        raise NotOneResource(kind.value, tuple(node.value for node in found if isinstance(node, NamedNode)))
    node = chosen[0]
    if isinstance(node, NamedNode):
        return kind_of(types[node]), Description.of(node.value, triples)
    named = NamedNode(name_if_blank)
    return kind_of(types[node]), Description.of(name_if_blank, [_renamed(triple, node, named) for triple in triples])


def _refers(triple: Triple, node: NamedNode | BlankNode) -> bool:
    return triple.object == node and triple.subject != node


def _renamed(triple: Triple, old: BlankNode, new: NamedNode) -> Triple:
    subject: NamedNode | BlankNode | Literal | Triple = new if triple.subject == old else triple.subject
    value = new if triple.object == old else triple.object
    assert isinstance(subject, (NamedNode, BlankNode))
    return Triple(subject, triple.predicate, value)


def short_description(iri: str, catalog: str) -> list[Triple]:
    """What we say of a catalog whose publisher said nothing."""
    node = NamedNode(iri)
    return [Triple(node, RDF.type, DCAT.Catalog), Triple(node, DCT.title, Literal(catalog))]
