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


def separated(triples: Iterable[Triple]) -> tuple[list[Description], tuple[Fault, ...]]:
    """The policies as `described`, and what is `astray` beside them; very large ones are gone through once."""
    graph = Graph(triples)
    found: list[Description] = []
    parts = _Parts(graph)
    for node in graph.policies():
        said = list(graph.about(node))
        parts.reach(node, said)
        found.append(Description.of(name(node), said))
    return found, parts.astray()


def astray(triples: Iterable[Triple]) -> tuple[Fault, ...]:
    """What looks like a rule or constraint and belongs to no policy, if there are policies.

    A constraint comes loose by `@included`, `@graph` or `@reverse` of JSON-LD, and leaves a rule that allows more.
    """
    graph = Graph(triples)
    parts = _Parts(graph)
    for node in graph.policies():
        parts.reach(node, graph.about(node))
    return parts.astray()


class _Parts:
    """The nodes of a document that belong to a policy.

    A nameless policy that is one by a rule alone, and that nobody refers to, may be a part of another beside it.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._owned = {value for _, value in graph.owners}
        self._reached: set[Node | Triple] = set()
        policies = graph.policies()
        self._loose = [node for node in policies if self._is_loose(node)]
        if len(self._loose) == len(policies):
            self._loose = []
        self._beside = frozenset(self._loose)
        self._any = bool(policies)

    def _is_loose(self, node: Node) -> bool:
        classes = self._graph.types(node)
        return isinstance(node, BlankNode) and node not in self._owned and classes.isdisjoint(POLICY_CLASSES)

    def reach(self, policy: Node, said: Iterable[Triple]) -> None:
        """Take in what belongs to a policy."""
        if policy not in self._beside:
            self._reached.update(triple.subject for triple in said)

    def astray(self) -> tuple[Fault, ...]:
        graph = self._graph
        parts = [node for node in graph.subjects() if not _OF_A_RULE.isdisjoint(graph.properties(node))]
        astray = [node for node in (*parts, *self._loose) if node not in self._reached] if self._any else []
        return tuple(fault("part-astray", name(node)) for node in dict.fromkeys(astray))
