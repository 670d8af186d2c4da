"""Offers and agreements of messages as RDF, so that the policy engine can read them.

What a policy of a message says is what its tree says: names that a peer gives to rules and constraints are passed over.
A member without a meaning here may restrict a rule, so it refuses the policy.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import cache
from itertools import count
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

import orjson
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from exchange.dsp.errors import MessageInvalid, PolicyBeyondProtocol
from exchange.dsp.spelling import DSPACE, LOCAL, MEMBERS, PREFIXES
from exchange.dsp.writing import Json
from exchange.policy.faults import fault
from exchange.policy.graph import Node, is_name
from ontology.description import GENID
from ontology.faults import shortened
from ontology.jsonld_contexts import known_context
from ontology.messages import Message
from ontology.terms import ODRL, RDF, XSD, iri

Policy = Mapping[str, Any]

RULES: Final = ("permission", "prohibition", "obligation")
LOGIC: Final = ("and", "andSequence", "or", "xone")
COMPARISON: Final = ("leftOperand", "operator", "rightOperand")
PARTIES: Final = ("target", "assigner", "assignee")
NAMING: Final = frozenset(("@id", "@type", "@context"))
_NOTHING: Final[tuple[Any, ...]] = ([], {}, None)  # what some peers write where they have nothing to say
_DATATYPES: Final = MappingProxyType({str: XSD.string, bool: XSD.boolean, int: XSD.integer, float: XSD.double})
_TIMESTAMP: Final = NamedNode(DSPACE + "timestamp")
_PROPERTY: Final = MappingProxyType({name: NamedNode(MEMBERS[name][0]) for name in MEMBERS})


def policy_triples(policy: Policy, target: str | None = None, *, named: bool = False) -> tuple[Triple, ...]:
    """The RDF of an offer or agreement.

    Args:
        policy: as `checking.check` lets it pass.
        target: its asset, where the policy itself does not say.
        named: rules and constraints get IRIs instead of blank nodes; no time then goes into a canonical form.

    Raises:
        PolicyBeyondProtocol: members that have no meaning here, or that the protocol leaves out of ODRL.
        MessageInvalid: a value that RDF cannot hold.
    """
    faults = tuple(beyond(policy))
    if faults:
        raise PolicyBeyondProtocol(tuple(fault(code, str(policy.get("@id")), member) for code, member in faults))
    try:
        return tuple(_Statements(BlankNode if not named else _named).policy(policy, target))
    except ValueError as error:
        reason = shortened(str(error))
        raise MessageInvalid(
            Message(ja=f"RDF にできない値があります({reason})。", en=f"A value is none of RDF: {reason}.")
        ) from error


def term(text: str) -> str:
    """IRI of a word: of ODRL, of a prefix of the protocol's context, or as it stands."""
    return _odrl().get(text) or expanded(text)


def expanded(text: str) -> str:
    """IRI of an identifier; a prefix of the protocol's context stands for its namespace."""
    prefix, colon, local = text.partition(":")
    return PREFIXES[prefix] + local if colon and prefix in PREFIXES else text


def identifier(text: str) -> str:
    """IRI of an asset or party: the protocol's ids need not be IRIs, and a policy knows nothing else."""
    name = expanded(text)
    return name if is_name(name) else LOCAL + quote(text, safe="")


def values(right: Any) -> Iterator[Any]:
    """The single values of a right operand."""
    if isinstance(right, Mapping) and "@list" in right:
        right = right["@list"]
    if isinstance(right, list):
        for each in right:
            yield from values(each)
    else:
        yield right


def rule_key(rule: Policy, of_value: Callable[[Any], Hashable]) -> Hashable:
    """What a rule says, the same for every spelling of it.

    Args:
        of_value: what of a single value of a right operand counts.
    """
    conditions = frozenset(condition_key(each, of_value) for each in rule.get("constraint", ()))
    return (term(rule["action"]), conditions, others(rule, ("action", "constraint")))


def condition_key(condition: Policy, of_value: Callable[[Any], Hashable]) -> Hashable:
    """What a constraint says, as `rule_key`; of combined ones only a sequence goes by order."""
    for logic in LOGIC:
        if logic in condition:
            parts = [condition_key(part, of_value) for part in condition[logic]]
            together = tuple(parts) if logic == "andSequence" else frozenset(Counter(parts).items())
            return (logic, together, others(condition, (logic,)))
    right = frozenset(map(of_value, values(condition["rightOperand"])))
    return (term(condition["leftOperand"]), term(condition["operator"]), right, others(condition, COMPARISON))


def others(node: Policy, known: Iterable[str]) -> bytes:
    """What else a node says: it may restrict, so it makes a difference."""
    allowed = {*NAMING, *known}
    said = {name: value for name, value in node.items() if name not in allowed and value not in _NOTHING}
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS) if said else b""


def unknown_members(policy: Policy) -> Json:
    """Members at a policy itself that have no meaning here; those of other vocabularies are metadata."""
    known = {*NAMING, *RULES, *PARTIES, "profile", "timestamp"}
    return {
        name: value
        for name, value in policy.items()
        if name not in known and value not in _NOTHING and (":" not in name or term(name).startswith(ODRL.NAMESPACE))
    }


def beyond(policy: Policy) -> Iterator[tuple[str, str]]:
    """Members that may restrict and have no meaning at their place, each with the code of its fault."""
    yield from map(_unknown, unknown_members(policy))
    for rule in _rules(policy):
        yield from _strange(rule, {"action", "constraint"})
        for condition in rule.get("constraint", ()):
            yield from _strange_condition(condition)


def _strange_condition(condition: Policy) -> Iterator[tuple[str, str]]:
    parts = [name for name in LOGIC if name in condition]
    yield from _strange(condition, parts or COMPARISON)
    for name in parts:
        for part in condition[name]:
            yield from _strange_condition(part)


def _strange(node: Policy, known: Iterable[str]) -> Iterator[tuple[str, str]]:
    allowed = {*NAMING, *known}
    return (_unknown(name) for name, value in node.items() if name not in allowed and value not in _NOTHING)


def _unknown(name: str) -> tuple[str, str]:
    return ("dataspace-beyond", term(name)) if term(name).startswith(ODRL.NAMESPACE) else ("key-dropped", name)


def _rules(policy: Policy) -> Iterator[Policy]:
    for name in RULES:
        yield from policy.get(name, ())


@cache
def _odrl() -> Mapping[str, str]:
    """The words of ODRL that may stand without a prefix."""
    context = known_context("https://www.w3.org/ns/odrl.jsonld")
    assert context is not None
    named = {name: said["@id"] if isinstance(said, dict) else said for name, said in context.terms.items() if said}
    found = {name: expanded(said) for name, said in named.items() if isinstance(said, str) and said.startswith("odrl:")}
    return MappingProxyType({**found, "term-lteq": ODRL.lteq.value})  # misspelt so by the schema of the protocol


class _Statements:
    """Makes the triples of one policy; each rule is said once, however often it is repeated."""

    def __init__(self, made: Callable[[str], Node]) -> None:
        self._labels = count()
        self._made = made

    def policy(self, policy: Policy, target: str | None) -> Iterator[Triple]:
        node = iri(expanded(policy["@id"]))
        yield Triple(node, RDF.type, NamedNode(term(policy.get("@type", "Offer"))))
        for name in PARTIES:
            named = policy.get(name) or (target if name == "target" else None)
            if named:
                yield Triple(node, _PROPERTY[name], iri(identifier(named)))
        profile = policy.get("profile", [])
        for each in [profile] if isinstance(profile, str) else profile:
            yield Triple(node, ODRL.profile, iri(expanded(each)))
        if isinstance(policy.get("timestamp"), str):
            yield Triple(node, _TIMESTAMP, Literal(policy["timestamp"], datatype=XSD.dateTime))
        for name in RULES:
            for rule in {rule_key(each, _exactly): each for each in policy.get(name, ())}.values():
                yield from self._rule(node, _PROPERTY[name], rule)

    def _new(self) -> Node:
        return self._made(f"b{next(self._labels)}")

    def _rule(self, policy: NamedNode, prop: NamedNode, rule: Policy) -> Iterator[Triple]:
        node = self._new()
        yield Triple(policy, prop, node)
        yield Triple(node, ODRL.action, iri(term(rule["action"])))
        for condition in {condition_key(each, _exactly): each for each in rule.get("constraint", ())}.values():
            its = self._new()
            yield Triple(node, ODRL.constraint, its)
            yield from self._condition(its, condition)

    def _condition(self, node: Node, condition: Policy) -> Iterator[Triple]:
        logic = next((name for name in LOGIC if name in condition), None)
        if logic is None:
            yield Triple(node, ODRL.leftOperand, iri(term(condition["leftOperand"])))
            yield Triple(node, ODRL.operator, iri(term(condition["operator"])))
            for value in values(condition["rightOperand"]):
                yield Triple(node, ODRL.rightOperand, _value(value))
            return
        owner, link = node, _PROPERTY[logic]
        for part in condition[logic]:
            cell, its = self._new(), self._new()
            yield Triple(owner, link, cell)
            yield Triple(cell, RDF.first, its)
            yield from self._condition(its, part)
            owner, link = cell, RDF.rest
        yield Triple(owner, link, RDF.nil)


def _value(value: Any) -> NamedNode | Literal:
    if not isinstance(value, Mapping):
        return Literal(value)
    if "@id" in value:
        return iri(expanded(value["@id"]))
    given = value["@value"]
    if "@language" in value:
        return Literal(lexical(given), language=value["@language"])
    datatype = iri(expanded(value["@type"])) if "@type" in value else _DATATYPES[type(given)]
    return Literal(lexical(given), datatype=datatype)


def lexical(value: Any) -> str:
    """A JSON value as the text of a literal."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _named(label: str) -> NamedNode:
    return NamedNode(GENID + label)


def _exactly(value: Any) -> Hashable:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
