"""Offers and agreements as the protocol writes them, and their way into RDF and back."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pyoxigraph import BlankNode, NamedNode, Triple

from exchange.dsp.errors import MessageInvalid, PolicyBeyondProtocol
from exchange.dsp.policy_rdf import RULES, Policy, policy_triples
from exchange.dsp.spelling import OPERATORS, framed
from exchange.dsp.terms_compared import differences, same_terms
from exchange.dsp.writing import Json
from exchange.policy.dataspace import dataspace_restrictions
from exchange.policy.faults import fault
from exchange.policy.graph import Graph, Node, Term, name
from exchange.policy.model import Fault
from ontology.description import Description, TooEntangled
from ontology.messages import Message
from ontology.terms import DCT, ODRL, RDF
from ontology.terms import iri as node_of

__all__ = [
    "Policy",
    "agreement",
    "description_of",
    "differences",
    "offer_json",
    "policy_hash",
    "policy_triples",
    "same_terms",
]

_RULES: Final = (ODRL.permission, ODRL.prohibition, ODRL.obligation)
_LOGIC: Final = (ODRL.and_, ODRL.andSequence, ODRL.or_, ODRL.xone)
_COMPARISON: Final = (ODRL.leftOperand, ODRL.operator, ODRL.rightOperand)
_OPERATORS: Final = frozenset(NamedNode(ODRL.NAMESPACE + operator) for operator in OPERATORS)
_OF_A_POLICY: Final = frozenset(
    (*_RULES, ODRL.target, ODRL.assigner, ODRL.assignee, ODRL.profile, ODRL.uid, ODRL.hasPolicy)
)
_NAMED: Final = (ODRL.target, ODRL.assigner, ODRL.assignee)
_COLLECTIONS: Final = frozenset((ODRL.AssetCollection, ODRL.PartyCollection))
_DEPTH: Final = 32
_CONDITIONS: Final = 10_000  # of one policy; shared ones are written out at each place


def offer_json(source: Description | Iterable[Triple], iri: str) -> Json:
    """An offer or agreement as the protocol writes it.

    A target that is nothing but the dataset which has the offer is left out: the protocol has it so.

    Args:
        source: what holds the policy; may hold much else.
        iri: of the policy.

    Raises:
        PolicyBeyondProtocol: it says what the protocol has no words for, or there is none.
    """
    node = node_of(iri)
    whole = list(Graph(source.triples if isinstance(source, Description) else source).about(node))
    triples = _without_own_target(whole, node)
    graph = Graph(whole)
    if not graph.is_policy(node):
        raise PolicyBeyondProtocol((fault("no-policy", iri),))
    if faults := (*dataspace_restrictions(triples), *_beyond(graph, node)):
        raise PolicyBeyondProtocol(tuple(dict.fromkeys(faults)))
    return _tidied(framed([each for each in triples if each.predicate != RDF.type or each.subject == node], node))


def agreement(offer: Policy, *, iri: str, target: str, assigner: str, assignee: str, timestamp: datetime | str) -> Json:
    """The agreement that takes an offer over.

    Args:
        offer: its rules and profile become those of the agreement.
        timestamp: when it was agreed, aware.
    """
    time = timestamp if isinstance(timestamp, str) else timestamp.astimezone(UTC).isoformat().replace("+00:00", "Z")
    taken = {name: offer[name] for name in ("profile", *RULES) if offer.get(name)}
    named = {"@id": iri, "@type": "Agreement", "target": target, "assigner": assigner, "assignee": assignee}
    return {**named, "timestamp": time, **taken}


def description_of(policy: Policy, target: str | None = None) -> Description:
    """The RDF document of an offer or agreement of a message.

    Raises:
        PolicyBeyondProtocol, MessageInvalid: as `policy_triples`; also if it has no canonical form.
    """
    triples = policy_triples(policy, target)
    try:
        return Description.of(str(triples[0].subject.value), triples)  # type: ignore[union-attr]
    except TooEntangled as error:
        raise MessageInvalid(
            Message(
                ja="ポリシーが複雑すぎて標準形にできません。", en="The policy is too entangled for a canonical form."
            )
        ) from error


def policy_hash(policy: Policy) -> str:
    """SHA-256 of what a policy says, its name, parties and target included; spelling and order do not matter."""
    return description_of(policy).hash


def _without_own_target(triples: list[Triple], policy: Node) -> list[Triple]:
    owners = {each.subject for each in triples if each.predicate == ODRL.hasPolicy and each.object == policy}
    return [
        each
        for each in triples
        if not (each.subject == policy and each.predicate == ODRL.target and each.object in owners)
        and each.predicate != ODRL.hasPolicy
    ]


def _beyond(graph: Graph, policy: Node) -> Iterator[Fault]:
    """What the protocol cannot say, besides the restrictions that hold for what was received."""
    for prop in graph.properties(policy):
        if prop == DCT.isReplacedBy or (prop.value.startswith(ODRL.NAMESPACE) and prop not in _OF_A_POLICY):
            yield fault("dataspace-beyond", name(policy), prop.value)
    for prop in _NAMED:
        named = graph.values(policy, prop)
        if len(named) > 1 or any(isinstance(each, BlankNode) or _narrowed(graph, each) for each in named):
            yield fault("dataspace-beyond", name(policy), prop.value)
    rules = graph.values(policy, *_RULES)
    for rule in rules:
        actions = graph.values(rule, ODRL.action)
        if not actions or not all(isinstance(each, NamedNode) for each in actions):
            yield fault("rule-without-action", name(rule))
    yield from _beyond_conditions(
        graph, policy, [each for rule in rules for each in graph.values(rule, ODRL.constraint)]
    )


def _narrowed(graph: Graph, node: Term) -> bool:
    return bool(graph.values(node, ODRL.refinement, ODRL.source)) or not graph.types(node).isdisjoint(_COLLECTIONS)


def _beyond_conditions(graph: Graph, policy: Node, tops: list[Term]) -> Iterator[Fault]:
    waiting = [(each, 0) for each in tops]
    seen = 0
    while waiting:
        node, depth = waiting.pop()
        seen += 1
        if depth > _DEPTH or seen > _CONDITIONS:
            yield fault("too-deep" if depth > _DEPTH else "too-many-constraints", name(policy))
            return
        parts = [part for prop in _LOGIC for head in graph.values(node, prop) for part in _parts(graph, head)]
        waiting += [(part, depth + 1) for part in parts]
        yield from _beyond_condition(graph, node, combined=bool(parts))


def _parts(graph: Graph, head: Term) -> list[Term]:
    return (graph.listed(head) or []) if graph.is_list(head) else [head]


def _beyond_condition(graph: Graph, node: Term, *, combined: bool) -> Iterator[Fault]:
    allowed = {RDF.type, *(_LOGIC if combined else _COMPARISON)}
    for prop in graph.properties(node):
        if prop not in allowed:
            yield fault("dataspace-beyond", name(node), prop.value)
    counted = [len(graph.values(node, prop)) for prop in _COMPARISON]
    logic = [prop for prop in _LOGIC if graph.values(node, prop)]
    if len(logic) != 1 if combined else (counted[:2] != [1, 1] or not counted[2]):
        yield fault("constraint-incomplete", name(node))
    for operator in graph.values(node, ODRL.operator):
        if operator not in _OPERATORS:
            yield fault("dataspace-beyond", name(node), name(operator))


def _tidied(policy: Json) -> Json:
    """Without names of rules, which the protocol has no use for; one action to a rule; lists of values as arrays."""
    tidied: Json = {**policy}
    for kind in RULES:
        if kind in policy:
            tidied[kind] = [rule for given in policy[kind] for rule in _tidied_rules(given)]
    return tidied


def _tidied_rules(rule: Mapping[str, Any]) -> Iterator[Json]:
    said = [_tidied_condition(each) for each in rule.get("constraint", ())]
    actions = rule["action"] if isinstance(rule["action"], list) else [rule["action"]]
    for action in actions:
        yield {"action": action, **({"constraint": said} if said else {})}


def _tidied_condition(condition: Mapping[str, Any]) -> Json:
    made = {key: value for key, value in condition.items() if key != "@id"}
    for key, value in made.items():
        if key == "rightOperand" and isinstance(value, dict) and "@list" in value:
            made[key] = value["@list"]
        elif key != "rightOperand" and isinstance(value, list):
            made[key] = [_tidied_condition(part) for part in value]
    return made
