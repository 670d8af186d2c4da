"""Whether one value can meet all demands made on it: yes with a value to show, no with the reason, or cannot tell.

"Yes" is only said with a value that was tried, "no" only where every possible value is ruled out. On a scale that is
every order that a value can have to the right operands. Among names the ones mentioned, what is broader, and one that
nobody mentions are tried; but purposes and places can lie below several names at once, which no vocabulary lists in
full. So there "no" needs demands that exclude each other by themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from exchange.policy import scales
from exchange.policy.cases import Demand, Truth
from exchange.policy.mentioned import Mentioned
from exchange.policy.model import Constraint, Term
from exchange.policy.operands import ValueKind
from exchange.policy.ranges import Range, blamed
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


_TERMS = 2_000  # right operands of all constraints on one operand
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
    if sum(len(each.right) for each in constraints) > _TERMS:
        return Found(Status.UNCLEAR, doubt=Doubt.CASES)
    spans = {(each, term): scales.span(each, term, kind) for each in (*constraints, *besides) for term in each.right}
    if kind in scales.ORDERED or any(spans.values()):
        return _on_scale(demands, spans, largest=largest)
    return _named(Mentioned(vocabulary, kind, tuple(demands)))


def _on_scale(
    demands: Sequence[Demand], spans: Mapping[tuple[Constraint, Term], Span | None], *, largest: bool
) -> Found:
    counted = all(each.constraint.left in _COUNTED for each in demands)
    places = Range.of(spans, counted=counted)
    if places is None:
        return Found(Status.UNCLEAR, doubt=Doubt.MIXED)
    met: list[tuple[Demand, int]] = []
    left = allowed = places.allowed(counted=counted)
    for demand in demands:
        bits = places.meets(demand)
        if bits is None:
            return Found(Status.UNCLEAR, doubt=Doubt.OPERATOR)
        met.append((demand, bits))
        left &= bits
    if not left:
        return Found(Status.EMPTY, because=tuple(each.constraint for each in blamed(met, allowed)))
    index = left.bit_length() - 1 if largest else (left & -left).bit_length() - 1
    return Found(Status.POSSIBLE, (scales.term(places.scale, places.places[index]),))


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
