"""What has to hold of single constraints for whole conditions to come out as wanted, one case after the other.

Conditions are three-valued (unknown where a value is absent), so there are four things to want of one: that it is
true, false, not true or not false. A logical constraint leaves several ways to get there; each is a case. The cases
multiply with every `or` and `xone`, so their search is cut where a branch is impossible already, and pays its way.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from exchange.policy.model import Condition, Constraint, Logic, LogicalConstraint


class Truth(StrEnum):
    """What is wanted of a condition."""

    TRUE = "true"
    FALSE = "false"
    NOT_TRUE = "not true"
    NOT_FALSE = "not false"

    def admits(self, outcome: bool | None) -> bool:
        """Whether a condition that came out as true, false or unknown (none) is as wanted."""
        if self is Truth.TRUE:
            return outcome is True
        if self is Truth.FALSE:
            return outcome is False
        return outcome is not (self is Truth.NOT_TRUE)


class Subject(StrEnum):
    """Whose value a constraint speaks of: that of the request, or by refinement of one of its parts."""

    REQUEST = "request"
    ACTION = "action"
    TARGET = "target"
    ASSIGNEE = "assignee"


class TooManyCases(Exception):
    """The conditions have more cases than may be looked at."""


class Budget:
    """How much looking may be done.

    Attributes:
        left: in comparisons of one value with one right operand, at about a microsecond each.
    """

    def __init__(self, limit: int) -> None:
        self.left = limit

    def spend(self, amount: int) -> None:
        """Pay before looking.

        Raises:
            TooManyCases: not enough is left; what comes after gets nothing either.
        """
        self.left -= amount
        if self.left < 0:
            raise TooManyCases


@dataclass(frozen=True, slots=True)
class Goal:
    """What is wanted of one condition.

    Attributes:
        sequenced: stands in an andSequence, so it need not hold at the same time as the others there.
    """

    condition: Condition
    truth: Truth = Truth.TRUE
    subject: Subject = Subject.REQUEST
    sequenced: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Goals of which one way is to be reached whole; none at all where there is no way."""

    ways: tuple[tuple[Goal, ...], ...]


@dataclass(frozen=True, slots=True)
class Demand:
    """What is wanted of one constraint."""

    constraint: Constraint
    truth: Truth
    subject: Subject
    sequenced: bool


def cases(
    goals: Iterable[Goal | Choice], possible: Callable[[tuple[Demand, ...]], bool], budget: Budget
) -> Iterator[tuple[Demand, ...]]:
    """Every way to reach all goals, as demands on constraints.

    Args:
        possible: false for demands that cannot be met together; their branch is left.

    Raises:
        TooManyCases: the budget is used up.
    """
    branches: list[tuple[tuple[Goal | Choice, ...], tuple[Demand, ...]]] = [(tuple(goals), ())]
    while branches:
        agenda, demands = branches.pop()
        budget.spend(_STEP + sum(map(_breadth, agenda)))
        settled = tuple(demand for goal in agenda if (demand := _demand(goal)) is not None)
        if settled and not possible(demands := demands + settled):
            continue
        # Goals with few ways come first: they cut branches before those are multiplied.
        branching = sorted((_ways(goal) for goal in agenda if _demand(goal) is None), key=len)
        if not branching:
            yield demands
            continue
        rest = tuple(Choice(tuple(ways)) for ways in branching[1:])
        branches.extend((way + rest, demands) for way in reversed(branching[0]))


_STEP = 100  # what one step costs besides looking at values


def _breadth(goal: Goal | Choice) -> int:
    """How much there is to write down for the ways of a goal."""
    if isinstance(goal, Choice):
        return len(goal.ways)
    if isinstance(goal.condition, Constraint):
        return 1
    parts = len(goal.condition.parts)
    return parts * parts if goal.condition.logic is Logic.XONE else parts


def _demand(goal: Goal | Choice) -> Demand | None:
    if isinstance(goal, Goal) and isinstance(goal.condition, Constraint):
        return Demand(goal.condition, goal.truth, goal.subject, goal.sequenced)
    return None


def _ways(goal: Goal | Choice) -> Sequence[tuple[Goal, ...]]:
    """The alternatives to reach a goal, by Kleene's logic."""
    if isinstance(goal, Choice):
        return goal.ways
    logical = goal.condition
    assert isinstance(logical, LogicalConstraint)
    sequenced = goal.sequenced or logical.logic is Logic.AND_SEQUENCE

    def want(part: Condition, truth: Truth) -> Goal:
        return Goal(part, truth, goal.subject, sequenced)

    if logical.logic is Logic.XONE:
        return _ways_of_one(logical.parts, goal.truth, want)
    together = goal.truth in (Truth.TRUE, Truth.NOT_FALSE)
    if logical.logic is Logic.OR:
        together = not together
    each = [want(part, goal.truth) for part in logical.parts]
    return [tuple(each)] if together else [(one,) for one in each]


def _ways_of_one(
    parts: tuple[Condition, ...], truth: Truth, want: Callable[[Condition, Truth], Goal]
) -> list[tuple[Goal, ...]]:
    """Exactly one: true with one part true and all others false; false with none or two true; else unknown."""
    if truth in (Truth.TRUE, Truth.NOT_FALSE):
        others = Truth.FALSE if truth is Truth.TRUE else Truth.NOT_TRUE
        places = range(len(parts))
        return [tuple(want(parts[at], truth if at == one else others) for at in places) for one in places]
    none = tuple(want(part, truth) for part in parts)
    pair = Truth.TRUE if truth is Truth.FALSE else Truth.NOT_FALSE
    return [none, *((want(one, pair), want(other, pair)) for one, other in combinations(parts, 2))]
