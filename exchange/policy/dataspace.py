"""What the Dataspace Protocol 2025-1 leaves of ODRL: offers and agreements of plain rules, checked as they were sent.

Facts: contract-schema.json of the protocol (MessageOffer, Offer, Agreement). A policy that says more is refused, since
the other side would evaluate it by the smaller model, and then both have agreed to different things.
"""

from collections.abc import Iterable, Iterator

from pyoxigraph import NamedNode, Triple

from exchange.policy.faults import fault
from exchange.policy.graph import Graph, Node, Term, name
from exchange.policy.model import Fault
from ontology.terms import ODRL, RDF

_RULES = (ODRL.permission, ODRL.prohibition, ODRL.obligation)
_SAID_OF_A_RULE = frozenset((RDF.type, ODRL.action, ODRL.constraint))
_PARTIES = frozenset((ODRL.assigner, ODRL.assignee))
_LEFT_OUT = frozenset((ODRL.conflict, ODRL.inheritFrom, ODRL.action, ODRL.constraint))


def dataspace_restrictions(triples: Iterable[Triple]) -> tuple[Fault, ...]:
    """What keeps the policies of a message or catalog from being policies of the protocol; all of it is VOID.

    Call it with the triples as they were sent: reading copies what stands at a policy into its rules.
    """
    graph = Graph(triples)
    return tuple(each for policy in graph.policies() for each in _policy(graph, policy))


def _policy(graph: Graph, policy: Node) -> Iterator[Fault]:
    kinds = graph.types(policy) & {ODRL.Offer, ODRL.Agreement}
    if len(kinds) != 1:
        yield fault("dataspace-class", name(policy))
    if not graph.values(policy, ODRL.permission, ODRL.prohibition):
        yield fault("dataspace-no-rule", name(policy))
    yield from (_beyond(policy, each) for each in graph.properties(policy) if each in _LEFT_OUT)
    yield from _named(graph, policy, agreed=ODRL.Agreement in kinds)
    for rule in graph.values(policy, *_RULES):
        yield from _rule(graph, rule)


def _named(graph: Graph, policy: Node, *, agreed: bool) -> Iterator[Fault]:
    """An agreement names its asset and both parties; an offer of a catalog belongs to the dataset that has it."""
    if agreed:
        missing = [each for each in (ODRL.target, *sorted(_PARTIES, key=str)) if not graph.values(policy, each)]
        yield from (fault("dataspace-missing", name(policy), each.value) for each in missing)
    elif graph.owners.get((ODRL.hasPolicy, policy)) and graph.values(policy, ODRL.target):
        yield fault("dataspace-offer-target", name(policy))


def _rule(graph: Graph, rule: Term) -> Iterator[Fault]:
    for each in graph.properties(rule):
        if each == ODRL.target:
            yield fault("dataspace-rule-target", name(rule))
        elif each not in _SAID_OF_A_RULE:
            yield _beyond(rule, each)
    for action in graph.values(rule, ODRL.action):
        if graph.values(action, ODRL.refinement):
            yield _beyond(action, ODRL.refinement)


def _beyond(node: Term, said: NamedNode) -> Fault:
    return fault("dataspace-beyond", name(node), said.value)
