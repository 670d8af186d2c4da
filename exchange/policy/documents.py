"""The policies among the triples of a document, each as a description of its own."""

from collections.abc import Iterable, Iterator

from pyoxigraph import Triple

from exchange.policy.graph import Graph, name
from ontology.description import Description


def described(triples: Iterable[Triple]) -> Iterator[Description]:
    """One description for each policy among the triples."""
    graph = Graph(triples)
    for node in graph.policies():
        yield Description.of(name(node), graph.about(node))
