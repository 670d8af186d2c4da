"""What is asked of a policy, and what is known of the world when it is asked.

Everything a decision depends on stands here. The engine has no clock, no store and no network: who asks brings the
values, and says of each where it comes from, because an operand accepts values of its own sources only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from pyoxigraph import Literal, NamedNode

from ontology.terms import ODRL, XSD

Term = NamedNode | Literal

_NOTHING: Mapping[str, "Value"] = MappingProxyType({})
_EMPTY: frozenset[str] = frozenset()


def _nothing() -> Mapping[str, "Value"]:
    return _NOTHING


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of one left operand.

    Attributes:
        terms: one term, or several where the requester has several (roles, regions).
        source: a value of `vocabulary.Source`, as "token"; an operand that does not accept it has no value.
        unit: IRI of the unit of a number.
        trust: who or what vouches for it, as the issuer of a credential; carried into the report.
        at: aware; since when it is so, where that is known (the order of an andSequence).
        natives: its terms as the kinds of operands compare them, once they were needed.
    """

    terms: tuple[Term, ...]
    source: str
    unit: str | None = None
    trust: str | None = None
    at: datetime | None = None
    natives: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """One action on one asset by one party, asked for now.

    Attributes:
        action: IRI of the action.
        party: IRI of who asks, as authenticated.
        target: IRI of the asset.
        parameters: by the IRI of the left operand.
        iri: name of the request itself, where it has one.
        rule: node of the rule in a request written as an ODRL policy.
    """

    action: str
    party: str | None = None
    target: str | None = None
    parameters: Mapping[str, Value] = field(default_factory=_nothing)
    iri: str | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Performed:
    """An action that was carried out, as a receipt, a log entry or a payment proves it.

    Attributes:
        at: aware; without it nobody can tell whether it was in time, so it fulfils nothing.
        values: what the refinements of a duty are held against.
        fulfils: node of the rule that it was done for; it counts for no other then.
        node: its own name.
    """

    action: str
    party: str | None = None
    target: str | None = None
    at: datetime | None = None
    values: Mapping[str, Value] = field(default_factory=_nothing)
    fulfils: str | None = None
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """What an earlier report says of a rule: "fulfilled", "violated" or "not-set" (decision.Deontic)."""

    rule: str
    deontic: str
    node: str | None = None


@dataclass(frozen=True, slots=True)
class World:
    """The state of the world.

    Attributes:
        now: aware; the clock of the service, never the requester's. None: the time is unknown.
        memberships: asset or party to the collections that it is directly in.
        performed: actions carried out so far.
        reports: earlier reports by the node of their rule.
        counters: what is used up so far, by policy IRI and name of what is counted (`Compiled.limits`) or the node of
            the constraint, for the party that asks. A counter that is not here is unknown, not zero.
        values: of left operands, by IRI.
        now_written: how the source spelt `now`.
    """

    now: datetime | None = None
    memberships: Mapping[str, frozenset[str]] = field(default_factory=dict)
    performed: tuple[Performed, ...] = ()
    reports: Mapping[str, Reported] = field(default_factory=dict)
    counters: Mapping[tuple[str, str], Value] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=_nothing)
    now_written: Literal | None = None

    def within(self, iri: str | None) -> frozenset[str]:
        """An asset or party and all collections it is in, through any number of steps."""
        if iri is None:
            return _EMPTY
        if iri not in self.memberships:
            return frozenset((iri,))
        found, new = {iri}, [iri]
        while new:
            added = self.memberships.get(new.pop(), _EMPTY) - found
            found |= added
            new.extend(added)
        return frozenset(found)

    @property
    def clock(self) -> Value | None:
        """The time as a value of odrl:dateTime."""
        if self.now is None:
            return None
        term = self.now_written or Literal(self.now.astimezone(UTC).isoformat(), datatype=XSD.dateTime)
        return Value((term,), "clock")


def payment(
    *,
    payer: str,
    amount: str,
    unit: str | None,
    at: datetime,
    payee: str | None = None,
    fulfils: str | None = None,
    node: str | None = None,
) -> Performed:
    """A payment as the action of compensating.

    Args:
        amount: decimal, as "5.00".
        unit: IRI of the currency.
    """
    values = {ODRL.NAMESPACE + "payAmount": Value((Literal(amount, datatype=XSD.decimal),), "payment", unit)}
    if payee is not None:
        values[ODRL.NAMESPACE + "compensatedParty"] = Value((NamedNode(payee),), "payment")
    return Performed(ODRL.NAMESPACE + "compensate", payer, None, at, values, fulfils, node)


def members(pairs: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    """Memberships from pairs of member and collection."""
    found: dict[str, set[str]] = {}
    for member, collection in pairs:
        found.setdefault(member, set()).add(collection)
    return {member: frozenset(collections) for member, collections in found.items()}
