"""Places on one scale that meet demands, each demand as a set of places: as bits, because there can be thousands.

Constraints see no more of a value than its order to their right operands, so one place for each order is every value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from math import ceil, floor
from operator import and_, or_

from exchange.policy import scales
from exchange.policy.cases import Demand, Truth
from exchange.policy.mentioned import operator
from exchange.policy.model import Constraint, Term
from exchange.policy.scales import Span

Spans = Mapping[tuple[Constraint, Term], Span]


@dataclass(frozen=True, slots=True)
class Range:
    """Places of one scale.

    Attributes:
        places: in order.
        index: of each end of a right operand among the places.
    """

    scale: str
    spans: Spans
    places: tuple[Fraction, ...]
    index: Mapping[Fraction, int]

    @classmethod
    def of(cls, spans: Mapping[tuple[Constraint, Term], Span | None], *, counted: bool) -> "Range | None":
        """None if not all right operands have their place on the same scale.

        Args:
            counted: whole numbers from one on.
        """
        found = {key: each for key, each in spans.items() if each is not None}
        names = sorted({each.scale for each in found.values()})
        if len(found) < len(spans) or not (len(names) == 1 or _ordered_anyway(list(found.values()))):
            return None
        ends = {end for span in found.values() for end in (span.low, span.high)}
        places = sorted(ends | _around(names[-1], sorted(ends)))
        if counted:
            places = sorted({*places, *(Fraction(round_(each)) for each in places for round_ in (floor, ceil))})
        return cls(names[-1], found, tuple(places), {place: index for index, place in enumerate(places)})

    def meets(self, demand: Demand) -> int | None:
        """The places that meet a demand; None if its operator says nothing about places."""
        holds = self._holds(demand.constraint)
        if holds is None:
            return None
        return holds if demand.truth in (Truth.TRUE, Truth.NOT_FALSE) else self._all & ~holds

    def allowed(self, *, counted: bool) -> int:
        """The places that a value can have at all."""
        bits = 0
        for index, place in enumerate(self.places):
            if scales.writable(self.scale, place) and not (counted and (place < 1 or place.denominator > 1)):
                bits |= 1 << index
        return bits

    @property
    def _all(self) -> int:
        return (1 << len(self.places)) - 1

    def _holds(self, constraint: Constraint) -> int | None:
        name = operator(constraint)
        spans = [self.spans[constraint, term] for term in constraint.right]
        equal = [self._before(span.high, span) & ~self._before(span.low) for span in spans]
        if name in ("isAnyOf", "isNoneOf"):
            among = reduce(or_, equal)
            return among if name == "isAnyOf" else self._all & ~among
        if name == "isAllOf":
            return reduce(and_, equal)
        if len(spans) != 1:
            return None
        before = self._before(spans[0].low)
        holds = {
            "eq": equal[0],
            "neq": ~equal[0],
            "lt": before,
            "gteq": ~before,
            "lteq": before | equal[0],
            "gt": ~(before | equal[0]),
        }
        return self._all & holds[name] if name in holds else None

    def _before(self, end: Fraction, span: Span | None = None) -> int:
        """Places before an end; of a span that is a point, the point with them."""
        with_it = span is not None and span.low == span.high
        return (1 << (self.index[end] + with_it)) - 1


def blamed(met: Sequence[tuple[Demand, int]], allowed: int) -> tuple[Demand, ...]:
    """Demands that leave no place together: of those that leave least of what is left, one after the other."""
    chosen: list[Demand] = []
    left = allowed
    while left:
        demand, bits = min(met, key=lambda each: (left & each[1]).bit_count())
        others = [one for one, its in met if not left & bits & its]
        chosen.append(demand)
        left &= bits
        if left and others:
            return *chosen, others[0]
    return tuple(chosen)


def _around(scale: str, ends: Sequence[Fraction]) -> set[Fraction]:
    """A place between each two ends, in front of the first and behind the last; simple ones where there is a choice."""
    unit = 1 if scale == scales.MONTHS or scale.startswith(scales.NUMBER) else 86_400
    between = {(low + high) / 2 for low, high in pairwise(ends)}
    zero = set() if scale in (scales.ZONED, scales.LOCAL) else {Fraction(0), ends[0] / 2}
    return {ends[0] - unit, ends[-1] + unit} | between | zero


def _ordered_anyway(spans: Sequence[Span]) -> bool:
    """Whether times with and without zone lie so far apart that any zone gives the same order."""
    if {span.scale for span in spans} != {scales.ZONED, scales.LOCAL}:
        return False
    ends = sorted((end, span.scale) for span in spans for end in (span.low, span.high))
    return all(one[1] == other[1] or other[0] - one[0] > scales.ZONE_S for one, other in pairwise(ends))
