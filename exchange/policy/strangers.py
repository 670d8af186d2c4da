"""What may restrict a rule and has no meaning where it stands: misspelt, misplaced, or a namesake of another namespace.

Left out, it would leave more allowed than was meant; so whoever finds it lets nothing be granted by that place.
"""

import re
from collections.abc import Collection, Iterator

from pyoxigraph import NamedNode

from exchange.policy.graph import Graph, Term
from ontology.terms import ODRL

FUNCTIONS = (
    ODRL.attributedParty,
    ODRL.attributingParty,
    ODRL.compensatedParty,
    ODRL.compensatingParty,
    ODRL.consentedParty,
    ODRL.consentingParty,
    ODRL.contractedParty,
    ODRL.contractingParty,
    ODRL.informedParty,
    ODRL.informingParty,
    ODRL.trackedParty,
    ODRL.trackingParty,
)
_WORDS = re.compile(r"[\w-]+")
_ABOUT_ASSETS = frozenset(
    (ODRL.uid, ODRL.source, ODRL.partOf, ODRL.hasPolicy, ODRL.assignerOf, ODRL.assigneeOf, ODRL.output)
)
_ABOUT_ACTIONS = frozenset(NamedNode(ODRL.NAMESPACE + local) for local in ("includedIn", "implies"))
_OF_A_COMPARISON = frozenset(
    (
        *(ODRL.leftOperand, ODRL.operator, ODRL.rightOperand, ODRL.rightOperandReference),
        *(ODRL.dataType, ODRL.datatype, ODRL.unit, ODRL.status),
    )
)
_RESTRICTING = ("constraint", "refinement", "duty", "duties", "condition")
_REFINING = ("constraint", "refinement")
_NARROWING = frozenset(("target", "assignee"))
_OF_A_POLICY = frozenset(
    (
        *("prohibition", "prohibitions", "prohibit", "prohibited", "obligation", "obligations", "duty", "duties"),
        *("constraint", "constraints", "refinement", "refinements", "inheritfrom"),
    )
)

IN_A_SCOPE = _ABOUT_ASSETS | {ODRL.refinement}
IN_AN_ACTION = _ABOUT_ACTIONS | {ODRL.uid, ODRL.source, ODRL.refinement}
IN_A_COMPARISON = _OF_A_COMPARISON | {ODRL.uid}
IN_A_COMBINATION = frozenset((ODRL.uid, ODRL.and_, ODRL.or_, ODRL.xone, ODRL.andSequence))
IN_A_POLICY = _ABOUT_ASSETS | {
    *(ODRL.permission, ODRL.prohibition, ODRL.obligation, ODRL.duty, ODRL.constraint, ODRL.action, ODRL.target),
    *(ODRL.assigner, ODRL.assignee, ODRL.profile, ODRL.conflict, ODRL.inheritFrom, ODRL.isReplacedBy, *FUNCTIONS),
    # Of ODRL 2.1; none of them restricts.
    *(NamedNode(ODRL.NAMESPACE + local) for local in ("undefined", "inheritAllowed", "inheritRelation")),
}


def strange_in_rule(graph: Graph, node: Term, known: Collection[NamedNode]) -> Iterator[NamedNode]:
    """Properties of a rule."""
    for prop, local in _unknown(graph, node, known):
        if _odrl(prop) or local.startswith(_RESTRICTING) or local.endswith(_RESTRICTING) or local in _NARROWING:
            yield prop


def strange_in_part(graph: Graph, node: Term, known: Collection[NamedNode]) -> Iterator[NamedNode]:
    """Properties of an action, asset, party or constraint; one that is a policy as well may have those of a policy."""
    found = [prop for prop, local in _unknown(graph, node, known) if _odrl(prop) or local.startswith(_REFINING)]
    if found and graph.is_policy(node):
        found = [prop for prop in found if prop not in IN_A_POLICY or prop in (ODRL.constraint, ODRL.duty)]
    yield from found


def strange_in_policy(graph: Graph, node: Term, known: Collection[NamedNode]) -> Iterator[NamedNode]:
    """Properties of a policy; much metadata stands there, so of other namespaces only namesakes count."""
    for prop, local in _unknown(graph, node, known):
        if _odrl(prop) or local in _OF_A_POLICY:
            yield prop


def _odrl(prop: NamedNode) -> bool:
    return prop.value.startswith(ODRL.NAMESPACE)


def _unknown(graph: Graph, node: Term, known: Collection[NamedNode]) -> Iterator[tuple[NamedNode, str]]:
    for prop in graph.properties(node):
        if prop not in known:
            yield prop, local_name(prop.value)


def local_name(iri: str) -> str:
    """The last word of an IRI, in lower case."""
    words = _WORDS.findall(iri)
    return words[-1].lower() if words else ""
