"""Policies out of a document as it comes: Turtle, JSON-LD and their like, in UTF-8 or UTF-16."""

from collections.abc import Callable, Iterable, Iterator

from pyoxigraph import Triple

from exchange.policy.graph import Graph, name
from exchange.policy.model import Policy
from exchange.policy.normalising import Library, Shelf, read_policy
from ontology.description import Description
from ontology.faults import Limits
from ontology.reading import read

_LIMITS = Limits(size_bytes=64 << 20, json_size_bytes=16 << 20, depth=1024)
BASE_IRI = "urn:renkei:policy:"


def policies(
    data: bytes,
    *,
    media_type: str | None = None,
    name: str | None = None,
    base_iri: str = BASE_IRI,
    knows_profile: Callable[[str], bool] = lambda profile: False,
    library: Library | None = None,
) -> tuple[Policy, ...]:
    """All policies of a document, each with what the others in it give it to inherit.

    Args:
        name: of the file, which tells the syntax.

    Raises:
        Unreadable, SyntaxUnknown: no triples could be read.
    """
    triples = list(read(data, media_type=media_type, name=name, base_iri=base_iri, limits=_LIMITS))
    descriptions = list(described(triples))
    shelf = Shelf({**(library or {}), **{each.iri: each.triples for each in descriptions}})
    return tuple(read_policy(each, knows_profile=knows_profile, library=shelf) for each in descriptions)


def described(triples: Iterable[Triple]) -> Iterator[Description]:
    """One description for each policy among the triples."""
    graph = Graph(triples)
    for node in graph.policies():
        yield Description.of(name(node), graph.about(node))
