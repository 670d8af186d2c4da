"""The policies among the triples of a document, each as a description of its own."""

from collections.abc import Iterable, Iterator

from pyoxigraph import Triple

from exchange.policy.faults import fault
from exchange.policy.graph import Graph, name
from exchange.policy.model import Fault
from ontology.description import Description
from ontology.terms import ODRL

_OF_A_RULE = frozenset(
    (
        *(ODRL.action, ODRL.leftOperand, ODRL.operator, ODRL.rightOperand, ODRL.rightOperandReference),
        *(ODRL.and_, ODRL.or_, ODRL.xone, ODRL.andSequence),
    )
)


def described(triples: Iterable[Triple]) -> Iterator[Description]:
    """One description for each policy among the triples."""
    graph = Graph(triples)
    for node in graph.policies():
        yield Description.of(name(node), graph.about(node))


def astray(triples: Iterable[Triple]) -> tuple[Fault, ...]:
    """What looks like a rule or constraint and belongs to no policy, if there are policies.

    A constraint comes loose by `@included`, `@graph` or `@reverse` of JSON-LD, and leaves a rule that allows more.
    """
    graph = Graph(triples)
    loose = [node for node in graph.subjects() if not _OF_A_RULE.isdisjoint(graph.properties(node))]
    reached = {triple.subject for node in graph.policies() for triple in graph.about(node)}
    return tuple(fault("part-astray", name(node)) for node in loose if node not in reached)
