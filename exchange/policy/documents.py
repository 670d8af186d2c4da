"""The policies among the triples of a document, each as a description of its own."""

from collections.abc import Iterable, Iterator

from pyoxigraph import BlankNode, Triple

from exchange.policy.faults import fault
from exchange.policy.graph import POLICY_CLASSES, Graph, Node, name
from exchange.policy.model import Fault
from ontology.description import Description
from ontology.terms import ODRL

_OF_A_RULE = frozenset(
    (
        *(ODRL.constraint, ODRL.refinement, ODRL.duty, ODRL.remedy, ODRL.consequence, ODRL.target, ODRL.assignee),
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
    policies = [node for node in graph.policies() if not _is_loose(graph, node)] or graph.policies()
    loose += [node for node in graph.policies() if node not in policies]
    reached = {triple.subject for node in policies for triple in graph.about(node)}
    return tuple(fault("part-astray", name(node)) for node in loose if node not in reached)


def _is_loose(graph: Graph, node: Node) -> bool:
    """Whether a policy is one by a rule alone and nobody refers to it: beside another it may be a part of that."""
    owned = any(value == node for _, value in graph.owners)
    return isinstance(node, BlankNode) and not owned and graph.types(node).isdisjoint(POLICY_CLASSES)
