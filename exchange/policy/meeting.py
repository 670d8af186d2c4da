"""Whether two rules are about the same thing, and whether one request can come under both."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from exchange.policy.cases import Choice, Goal, Subject, Truth
from exchange.policy.domains import Doubt
from exchange.policy.model import Condition, Constraint, Logic, LogicalConstraint, Rule, Scope, Term
from exchange.policy.solving import DELAY, ELAPSED, METERED, Solver
from exchange.policy.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Witness:
    """A request that shows what was found.

    Attributes:
        target: none where any asset will do; so with `assignee`.
        values: by left operand; no term where there must be no value.
    """

    action: str
    target: str | None = None
    assignee: str | None = None
    values: tuple[tuple[str, tuple[Term, ...]], ...] = ()


class Overlap(IntEnum):
    """How far two rules are about the same thing; the least of action, target and party counts."""

    NO = 0
    MAYBE = 1
    YES = 2


@dataclass(frozen=True, slots=True)
class Common:
    """What two rules are both about, their conditions left aside."""

    overlap: Overlap
    witness: Witness
    doubt: Doubt | None = None


def common(one: Rule, other: Rule, vocabulary: Vocabulary) -> Common:
    """The action, asset and party that come under both rules."""
    action, acting = _action(one.action.iri, other.action.iri, vocabulary)
    target, aimed = _scope(one.target, other.target)
    assignee, who = _scope(one.assignee, other.assignee)
    overlap = min(acting, aimed, who)
    doubt = None
    if overlap is Overlap.MAYBE:
        doubt = Doubt.ACTION if acting is Overlap.MAYBE else Doubt.MEMBERS
    return Common(overlap, Witness(action, target, assignee), doubt)


def implying(one: Rule, other: Rule, vocabulary: Vocabulary) -> Common:
    """As `common`, where doing the one's action may imply doing the other's (odrl:implies)."""
    met = common(one, other, vocabulary)
    if met.overlap is not Overlap.NO:
        return met
    for implied in sorted(vocabulary.implied(one.action.iri)):
        if _action(implied, other.action.iri, vocabulary)[1] is Overlap.YES:
            target, aimed = _scope(one.target, other.target)
            assignee, who = _scope(one.assignee, other.assignee)
            overlap = min(aimed, who)
            doubt = Doubt.MEMBERS if overlap is Overlap.MAYBE else None
            return Common(overlap, Witness(one.action.iri, target, assignee), doubt)
    return met


def _action(one: str, other: str, vocabulary: Vocabulary) -> tuple[str, Overlap]:
    """The more particular of two actions, or one that both include."""
    if one == other or vocabulary.covers(other, one):
        return one, Overlap.YES
    if vocabulary.covers(one, other):
        return other, Overlap.YES
    if vocabulary.action(one) is None or vocabulary.action(other) is None:
        return one, Overlap.MAYBE
    shared = sorted(vocabulary.covered(one) & vocabulary.covered(other))
    return (shared[0], Overlap.YES) if shared else (one, Overlap.NO)


def _scope(one: Scope | None, other: Scope | None) -> tuple[str | None, Overlap]:
    if one is None or other is None:
        named = one or other
        return None if named is None else named.iri, Overlap.YES
    if one.iri == other.iri:
        return one.iri, Overlap.YES
    if one.collection or other.collection:
        return (other if one.collection else one).iri, Overlap.MAYBE
    return one.iri, Overlap.NO


def covering(general: Rule, particular: Rule, vocabulary: Vocabulary) -> Overlap:
    """How far all that the one rule is about is something that the other is about too, conditions left aside."""
    wide, narrow = general.action.iri, particular.action.iri
    if wide == narrow or vocabulary.covers(wide, narrow):
        acting = Overlap.YES
    else:
        unknown = vocabulary.action(wide) is None or vocabulary.action(narrow) is None
        acting = Overlap.MAYBE if unknown else Overlap.NO
    return min(acting, _covering(general.target, particular.target), _covering(general.assignee, particular.assignee))


def _covering(general: Scope | None, particular: Scope | None) -> Overlap:
    if general is None:
        return Overlap.YES
    if particular is None:
        return Overlap.MAYBE
    if general.iri == particular.iri:
        return Overlap.YES if general.collection or not particular.collection else Overlap.MAYBE
    return Overlap.MAYBE if general.collection else Overlap.NO


def conditions(rule: Rule) -> Iterator[tuple[Subject, Condition]]:
    """All conditions of a rule with whose they are; parts of an `and` each by itself."""
    yield from ((Subject.REQUEST, each) for each in _flat(rule.constraints))
    yield from ((Subject.ACTION, each) for each in _flat(rule.action.refinements))
    for subject, scope in ((Subject.TARGET, rule.target), (Subject.ASSIGNEE, rule.assignee)):
        if scope is not None:
            yield from ((subject, each) for each in _flat(scope.refinements))


def _flat(conditions: Iterable[Condition]) -> Iterator[Condition]:
    for each in conditions:
        if isinstance(each, LogicalConstraint) and each.logic is Logic.AND:
            yield from _flat(each.parts)
        else:
            yield each


def holds(rule: Rule, truth: Truth = Truth.TRUE) -> list[Goal]:
    """The goals for all conditions of a rule to be true, or at least not false."""
    return [Goal(condition, truth, subject) for subject, condition in conditions(rule)]


def fails(rule: Rule, truth: Truth = Truth.NOT_TRUE, but: frozenset[str] = frozenset()) -> Choice:
    """The choice for a condition of a rule to be false, or at least not true.

    Args:
        but: left operands whose conditions are left aside.
    """
    wanted = ((subject, each) for subject, each in conditions(rule) if not set(operands(each)) & but)
    return Choice(tuple((Goal(condition, truth, subject),) for subject, condition in wanted))


def operands(condition: Condition) -> Iterator[str]:
    """All left operands that a condition speaks of."""
    if isinstance(condition, Constraint):
        yield condition.left
    else:
        for part in condition.parts:
            yield from operands(part)


def spoken(rule: Rule, solver: Solver) -> frozenset[str]:
    """All left operands that a rule speaks of, by the names of today.

    Metered time speaks of elapsed time, which it cannot exceed, and so do the delays of a sequence.
    """
    found = {solver.operand(left) for _, each in conditions(rule) for left in operands(each)}
    sequenced = any(DELAY in _sequenced(each) for each in rule.constraints)
    if METERED in found or sequenced:
        found = found - {METERED} | {ELAPSED}
    return frozenset(found - {DELAY} if sequenced else found)


def _sequenced(condition: Condition) -> set[str]:
    if isinstance(condition, Constraint):
        return set()
    if condition.logic is Logic.AND_SEQUENCE:
        return set(operands(condition))
    return {left for part in condition.parts for left in _sequenced(part)}
