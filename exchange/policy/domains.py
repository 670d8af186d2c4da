"""Whether one value can meet all demands made on it: yes with a value to show, no with the reason, or cannot tell.

"Yes" is only said with a value that was tried, "no" only where every possible value is ruled out. On a scale trying
the right operands, the middle between neighbours and a place beyond each end is trying everything, because constraints
see no more of a value than its order to them. Among names the ones mentioned, what is broader, and one that nobody
mentions are tried; but purposes and places can lie below several names at once, which no vocabulary lists in full. So
there "no" needs two demands that exclude each other by themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import combinations, pairwise
from math import ceil, floor

from exchange.policy import scales
from exchange.policy.cases import Demand, Truth
from exchange.policy.mentioned import Mentioned, operator
from exchange.policy.model import Constraint, Term
from exchange.policy.operands import ValueKind
from exchange.policy.scales import Span
from exchange.policy.vocabulary import Vocabulary
from ontology.terms import ODRL


class Status(StrEnum):
    """What was found of a value."""

    POSSIBLE = "possible"
    EMPTY = "empty"
    UNCLEAR = "unclear"


class Doubt(StrEnum):
    """Why nobody can tell."""

    NAMES = "names"
    """Whether one thing can fall under several names."""
    OPERATOR = "operator"
    """An operator, right operand or datatype that cannot be judged."""
    MIXED = "mixed"
    """Units, datatypes or zones that have no common order."""
    RECURRENCE = "recurrence"
    """When recurrences begin is not said."""
    SEQUENCE = "sequence"
    """Constraints of a sequence need not hold at the same time."""
    CASES = "cases"
    """More cases than are looked at."""
    SILENCE = "silence"
    """Only one side says something about an operand."""
    MEMBERS = "members"
    """Who or what belongs to a collection."""
    ACTION = "action"
    """An action that no vocabulary knows."""
    PARTS = "parts"
    """A constraint and a refinement speak of one operand, each perhaps of another value."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one value.

    Attributes:
        terms: a value that meets all demands; none where it may also be absent, or is not possible.
        because: the constraints that exclude each other.
    """

    status: Status
    terms: tuple[Term, ...] = ()
    because: tuple[Constraint, ...] = ()
    doubt: Doubt | None = None


# Whole numbers from one on, as the use that is asked for counts too.
_COUNTED = frozenset({ODRL.NAMESPACE + "count"})


def value(
    demands: Sequence[Demand], vocabulary: Vocabulary, besides: Iterable[Constraint] = (), *, largest: bool = False
) -> Found:
    """A value of one operand that meets all demands.

    Args:
        besides: constraints whose right operands are worth trying too.
        largest: prefer a large value to a small one, on a scale.
    """
    if not any(demand.truth in (Truth.TRUE, Truth.FALSE) for demand in demands):
        return _perhaps_absent(demands, vocabulary, besides, largest=largest)
    if len({demand.subject for demand in demands}) > 1:
        return _of_several(demands, vocabulary)
    found = _present(demands, vocabulary, besides, largest=largest)
    if found.status is Status.EMPTY and sum(demand.sequenced for demand in demands) > 1:
        return Found(Status.UNCLEAR, doubt=Doubt.SEQUENCE)
    return found


def _of_several(demands: Sequence[Demand], vocabulary: Vocabulary) -> Found:
    """A request has one value of an operand for constraints and refinements; for what they mean it may be several."""
    together = _present(demands, vocabulary, (), largest=False)
    if together.status is Status.POSSIBLE:
        return together
    subjects = dict.fromkeys(demand.subject for demand in demands)
    each = [value([one for one in demands if one.subject is subject], vocabulary) for subject in subjects]
    return next((found for found in each if found.status is Status.EMPTY), Found(Status.UNCLEAR, doubt=Doubt.PARTS))


def _perhaps_absent(
    demands: Sequence[Demand], vocabulary: Vocabulary, besides: Iterable[Constraint], *, largest: bool
) -> Found:
    """Without a value constraints are unknown, which is neither true nor false; but a value shows more."""
    strict = {Truth.NOT_TRUE: Truth.FALSE, Truth.NOT_FALSE: Truth.TRUE}
    wanted = [Demand(each.constraint, strict[each.truth], each.subject, each.sequenced) for each in demands]
    found = _present(wanted, vocabulary, besides, largest=largest)
    return found if found.status is Status.POSSIBLE else Found(Status.POSSIBLE)


def _present(
    demands: Sequence[Demand], vocabulary: Vocabulary, besides: Iterable[Constraint], *, largest: bool
) -> Found:
    operand = vocabulary.operand(demands[0].constraint.left)
    kind = operand.kind if operand is not None else None
    constraints = [each.constraint for each in demands]
    if kind is ValueKind.RECURRENCE and len(demands) > 1:
        return Found(Status.UNCLEAR, doubt=Doubt.RECURRENCE)
    if any(each.reference is not None or not each.right for each in constraints):
        return Found(Status.UNCLEAR, doubt=Doubt.OPERATOR)
    if len(demands) > 1 and any(each.status is not None for each in constraints):
        return Found(Status.UNCLEAR, doubt=Doubt.MIXED)
    spans = {(each, term): scales.span(each, term, kind) for each in (*constraints, *besides) for term in each.right}
    if kind in scales.ORDERED or any(spans.values()):
        return _on_scale(demands, _Scale.of(spans), largest=largest)
    return _named(Mentioned(vocabulary, kind, tuple(demands)))


# On a scale


@dataclass(frozen=True, slots=True)
class _Scale:
    """Right operands on one scale."""

    name: str
    spans: Mapping[tuple[Constraint, Term], Span]

    @classmethod
    def of(cls, spans: Mapping[tuple[Constraint, Term], Span | None]) -> "_Scale | None":
        """None if not all of them have their place on the same one."""
        found = {key: each for key, each in spans.items() if each is not None}
        names = sorted({each.scale for each in found.values()})
        if len(found) < len(spans) or not (len(names) == 1 or _ordered_anyway(list(found.values()))):
            return None
        return cls(names[-1], found)

    def places(self, *, counted: bool) -> list[Fraction]:
        """One place for each way to lie to the right operands, those in front and behind included."""
        ends = sorted({end for span in self.spans.values() for end in (span.low, span.high)})
        unit = 1 if self.name == scales.MONTHS or self.name.startswith(scales.NUMBER) else 86_400
        places = [ends[0] - unit, *ends, *((low + high) / 2 for low, high in pairwise(ends)), ends[-1] + unit]
        if self.name not in (scales.ZONED, scales.LOCAL):
            places += [Fraction(0), ends[0] / 2]
        if counted:
            places = [whole for each in places for whole in (Fraction(floor(each)), Fraction(ceil(each))) if whole >= 1]
        return sorted({place for place in places if scales.writable(self.name, place)})

    def judge(self, constraint: Constraint, place: Fraction) -> bool | None:
        """How a constraint comes out for a place; None if its operator says nothing about places."""
        spans = [self.spans[constraint, term] for term in constraint.right]
        name = operator(constraint)
        equal = [bool(span.compare("eq", place)) for span in spans]
        if name in ("isAnyOf", "isNoneOf"):
            return any(equal) is (name == "isAnyOf")
        if name == "isAllOf":
            return all(equal)
        return spans[0].compare(name, place) if len(spans) == 1 else None


def _ordered_anyway(spans: Sequence[Span]) -> bool:
    """Whether times with and without zone lie so far apart that any zone gives the same order."""
    if {span.scale for span in spans} != {scales.ZONED, scales.LOCAL}:
        return False
    zoned, local = (
        [end for span in spans if span.scale == scale for end in (span.low, span.high)]
        for scale in (scales.ZONED, scales.LOCAL)
    )
    return all(abs(one - other) > scales.ZONE_S for one in zoned for other in local)


def _on_scale(demands: Sequence[Demand], scale: _Scale | None, *, largest: bool) -> Found:
    if scale is None:
        return Found(Status.UNCLEAR, doubt=Doubt.MIXED)
    tried = scale.places(counted=all(each.constraint.left in _COUNTED for each in demands))
    outcomes = {(each.constraint, place): scale.judge(each.constraint, place) for each in demands for place in tried}
    if None in outcomes.values():
        return Found(Status.UNCLEAR, doubt=Doubt.OPERATOR)

    def first(wanted: Sequence[Demand]) -> Fraction | None:
        fitting = (p for p in tried if all(each.truth.admits(outcomes[each.constraint, p]) for each in wanted))
        return (max if largest else min)(fitting, default=None)

    place = first(demands)
    if place is not None:
        return Found(Status.POSSIBLE, (scales.term(scale.name, place),))
    groups = (group for size in (1, 2) for group in combinations(demands, size) if first(group) is None)
    blamed = next(groups, tuple(demands))
    return Found(Status.EMPTY, because=tuple(each.constraint for each in blamed))


# Among names


def _named(mentioned: Mentioned) -> Found:
    if not mentioned.judgeable:
        return Found(Status.UNCLEAR, doubt=Doubt.OPERATOR)
    for candidate in mentioned.candidates():
        outcomes = [(each.truth, mentioned.judge(each.constraint, candidate)) for each in mentioned.demands]
        # A prohibition forbids where nobody can tell; a permission that nobody can tell may cover what is asked.
        told = (Truth.NOT_TRUE, None) not in outcomes
        if told and all(truth.admits(outcome) for truth, outcome in outcomes):
            return Found(Status.POSSIBLE, candidate)
    blamed = mentioned.blamed()
    return Found(Status.EMPTY, because=blamed) if blamed else Found(Status.UNCLEAR, doubt=Doubt.NAMES)
