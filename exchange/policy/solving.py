"""Whether conditions can come out as wanted in one request: all values of it together.

Operands are independent of each other, but for two facts about time: what is metered of a use cannot be longer than
what elapsed since it began, and the delays of a sequence pass one after the other.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from exchange.policy import scales
from exchange.policy.cases import Budget, Choice, Demand, Goal, TooManyCases, Truth, cases
from exchange.policy.domains import Doubt, Found, Status, value
from exchange.policy.model import Constraint, Term
from exchange.policy.operands import ValueKind
from exchange.policy.vocabulary import Vocabulary
from ontology.terms import ODRL

METERED = ODRL.NAMESPACE + "meteredTime"
ELAPSED = ODRL.NAMESPACE + "elapsedTime"
DELAY = ODRL.NAMESPACE + "delayPeriod"

_SHOWN = 4  # pairs of constraints that exclude each other, for a reader


@dataclass(frozen=True, slots=True)
class Solution:
    """What was found of conditions.

    Attributes:
        values: by left operand, where possible; no term where there must be no value.
        because: groups of constraints that exclude each other, where it is not.
    """

    status: Status
    values: tuple[tuple[str, tuple[Term, ...]], ...] = ()
    because: tuple[tuple[Constraint, ...], ...] = ()
    doubt: Doubt | None = None


class Solver:
    """Looks for requests; remembers what it found of single values.

    Args:
        limit: how much looking all questions together may take (`cases.Budget`).
    """

    def __init__(self, vocabulary: Vocabulary, limit: int) -> None:
        self.vocabulary = vocabulary
        self._budget = Budget(limit)
        self._known: dict[tuple[object, ...], Found] = {}

    def solve(self, goals: Iterable[Goal | Choice]) -> Solution:
        """Find values for which all goals are reached, or why there are none."""
        blamed: dict[tuple[Constraint, ...], None] = {}
        doubts: list[Doubt] = []

        def possible(demands: tuple[Demand, ...]) -> bool:
            self._budget.spend(len(demands))
            for found in self._values(demands).values():
                if found.status is Status.EMPTY:
                    blamed[found.because] = None
                    return False
            return True

        try:
            for demands in cases(goals, possible, self._budget):
                found = self._together(demands)
                if found.status is Status.POSSIBLE:
                    return found
                doubts += [found.doubt] if found.doubt is not None else []
                blamed.update(dict.fromkeys(found.because))
        except TooManyCases:
            doubts.append(Doubt.CASES)
        if doubts:
            return Solution(Status.UNCLEAR, doubt=doubts[0])
        return Solution(Status.EMPTY, because=tuple(blamed)[:_SHOWN])

    @property
    def exhausted(self) -> bool:
        """Whether nothing more can be told."""
        return self._budget.left < 0

    def operand(self, iri: str) -> str:
        """The name that a left operand has today."""
        operand = self.vocabulary.operand(iri)
        return iri if operand is None else operand.iri

    def _values(self, demands: Sequence[Demand]) -> dict[str, Found]:
        return {left: self._value(its) for left, its in self._grouped(demands).items()}

    def _grouped(self, demands: Sequence[Demand]) -> dict[str, list[Demand]]:
        groups: dict[str, list[Demand]] = defaultdict(list)
        for each in demands:
            groups[self.operand(each.constraint.left)].append(each)
        return groups

    def _value(self, demands: Sequence[Demand]) -> Found:
        key = tuple((id(each.constraint), each.truth, each.subject, each.sequenced) for each in demands)
        if key not in self._known:
            # Names: each right operand is tried as a value, and held against each demand.
            self._budget.spend(10 * len(demands) + len(demands) * sum(len(each.constraint.right) for each in demands))
            self._known[key] = value(demands, self.vocabulary)
        return self._known[key]

    def _together(self, demands: Sequence[Demand]) -> Solution:
        """One case, no single value of which is impossible."""
        found = self._values(demands)
        unclear = next((each for each in found.values() if each.status is Status.UNCLEAR), None)
        if unclear is not None:
            return Solution(Status.UNCLEAR, doubt=unclear.doubt)
        values = {left: each.terms for left, each in found.items()}
        timed = self._timed(self._grouped(demands), values)
        if timed.status is not Status.POSSIBLE:
            return timed
        return Solution(Status.POSSIBLE, tuple({**values, **dict(timed.values)}.items()))

    def _timed(self, groups: dict[str, list[Demand]], values: dict[str, tuple[Term, ...]]) -> Solution:
        """The values that depend on each other, so that they can be had together."""
        delays = _delays(groups.get(DELAY, ()))
        if not values.get(ELAPSED) or not (delays or values.get(METERED)):
            return Solution(Status.POSSIBLE)
        others = [each.constraint for each in groups.get(METERED, ())]
        longest = value(groups[ELAPSED], self.vocabulary, [*others, *_at(groups[ELAPSED], delays)], largest=True)
        has = _length(longest)
        if has is None or has < delays:
            return Solution(Status.UNCLEAR, doubt=Doubt.SEQUENCE)
        if not values.get(METERED):
            return Solution(Status.POSSIBLE, ((ELAPSED, longest.terms),))
        shortest = value(groups[METERED], self.vocabulary, [each.constraint for each in groups[ELAPSED]])
        needs = _length(shortest)
        if needs is None:
            return Solution(Status.UNCLEAR, doubt=Doubt.MIXED)
        if needs > has:
            both = [each.constraint for each in (*groups[METERED], *groups[ELAPSED])]
            return Solution(Status.EMPTY, because=(tuple(both),))
        return Solution(Status.POSSIBLE, ((ELAPSED, longest.terms), (METERED, shortest.terms)))


def _length(found: Found) -> Fraction | None:
    """Seconds of a duration that was found."""
    if not found.terms:
        return None
    span = scales.span(_NOWHERE, found.terms[0], ValueKind.DURATION)
    return span.low if span is not None and span.scale == scales.DAYS else None


_NOWHERE = Constraint("", "", "", ())


def _delays(demands: Sequence[Demand]) -> Fraction:
    """The least time that the delays of a sequence take together, in seconds."""
    least = Fraction(0)
    for each in demands:
        after = each.constraint.operator.removeprefix(ODRL.NAMESPACE) in ("eq", "gt", "gteq")
        if each.sequenced and each.truth is Truth.TRUE and after and len(each.constraint.right) == 1:
            span = scales.span(each.constraint, each.constraint.right[0], ValueKind.DURATION)
            least += span.low if span is not None and span.scale == scales.DAYS else 0
    return least


def _at(demands: Sequence[Demand], seconds: Fraction) -> list[Constraint]:
    """A constraint to try this length with."""
    return [replace(demands[0].constraint, right=(scales.term(scales.DAYS, seconds),), data_type=None)]
