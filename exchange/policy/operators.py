"""The twelve operators as tables of closures: one that knows its right operand and is given values by their place.

A closure answers True, False, or None for what nobody can tell. An absent value is None to every operator, also to
those that deny (neq, isNoneOf): what is not known cannot differ.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from exchange.policy.coordinates import RELATIONS
from exchange.policy.kleene import all_of, any_of, not_
from exchange.policy.manyvalues import of_all_together, of_each
from exchange.policy.operands import ValueKind
from exchange.policy.values import Duration, Interval, Native, compare_durations
from ontology.terms import ODRL

Check = Callable[[Sequence[Any]], bool | None]
"""What holds of the values seen, each None, one native value, or a tuple of names."""

Broader = Callable[[str], frozenset[str]]
_Order = Callable[[Any, Any], bool | None]
_Make = Callable[[int, Sequence[Any], tuple[Broader, Broader]], Check]

SCALES = frozenset((ValueKind.INSTANT, ValueKind.DURATION, ValueKind.NUMBER, ValueKind.RECURRENCE))
OPERATORS = frozenset(
    ODRL.NAMESPACE + name
    for name in (
        *("eq", "neq", "lt", "lteq", "gt", "gteq"),
        *("isA", "hasPart", "isPartOf", "isAnyOf", "isAllOf", "isNoneOf"),
    )
)


def unknown(_seen: Sequence[Any]) -> bool | None:
    """A comparison that has no answer whatever the value is."""
    return None


def check(
    place: int,
    kind: ValueKind,
    operator: str,
    right: tuple[Native, ...],
    words: tuple[Broader, Broader],
    clock: bool = False,
    each: bool = False,
) -> Check:
    """The closure of one constraint.

    Args:
        place: of the value among those seen.
        right: native values of the kind of the operand.
        words: what is broader than a name, and what means the same.
        clock: whether the value is that of the clock, which is a moment and never a whole day.
        each: whether it has to hold of each of several values, not of any.
    """
    local = operator.removeprefix(ODRL.NAMESPACE)
    if kind in SCALES:
        return _scale(place, kind, local, right, clock)
    if local in ("eq", "neq") and len(right) != 1:
        return unknown
    make = _coordinates(local) if kind is ValueKind.COORDINATES else _NAMES.get(local)
    if make is None:
        return unknown
    plain = make(place, right, words)
    if not each:
        return plain
    if local not in _WHOLE:
        return of_each(place, plain, make(0, right, words))
    touches = _coordinates(_WHOLE[local]) if kind is ValueKind.COORDINATES else _TOUCHES[local]
    return plain if touches is None else of_all_together(place, plain, touches(0, right, words))


def _scale(place: int, kind: ValueKind, local: str, right: tuple[Native, ...], clock: bool) -> Check:
    if local in ("isAnyOf", "isAllOf", "isNoneOf"):
        parts = [_scale(place, kind, "eq", (each,), clock) for each in right]
        return _SETS[local](parts)
    if len(right) != 1:
        return unknown
    bound = right[0]
    if kind is ValueKind.NUMBER and local in _POINTS:
        return _POINTS[local](place, bound)
    if kind is ValueKind.INSTANT:
        return _times(place, local, bound, clock)
    return _durations(place, local, bound)


def _times(place: int, local: str, bound: Any, clock: bool) -> Check:
    """Times against a time or a whole day: lt is before the day, lteq not after it, eq within it."""
    if local not in _INTERVALS:
        return unknown
    order = _INTERVALS[local]
    low, high = bound if isinstance(bound, tuple) else (bound, bound)
    fast = _POINTS[local](place, bound) if low == high else _days(place, local, low, high)
    if clock:
        return fast

    def holds(seen: Sequence[Any]) -> bool | None:
        value = seen[place]
        return order(value, (low, high)) if isinstance(value, tuple) else fast(seen)

    return holds


def _days(place: int, local: str, low: int, high: int) -> Check:
    if local in ("eq", "neq"):
        within = local == "eq"
        return lambda seen: None if (value := seen[place]) is None else (low <= value <= high) is within
    return _POINTS[local](place, low if local in ("lt", "gteq") else high)


def _durations(place: int, local: str, bound: Any) -> Check:
    signs = _SIGNS.get(local)
    if signs is None:
        return unknown

    def holds(seen: Sequence[Any]) -> bool | None:
        value: Duration | None = seen[place]
        sign = None if value is None else compare_durations(value, bound)
        return None if sign is None else sign in signs

    return holds


def _overlap(value: Interval, bound: Interval) -> bool | None:
    if bound[0] <= value[0] and value[1] <= bound[1]:
        return True
    return False if value[1] < bound[0] or value[0] > bound[1] else None


_INTERVALS: Mapping[str, _Order] = MappingProxyType(
    {
        "eq": _overlap,
        "neq": lambda value, bound: not_(_overlap(value, bound)),
        "lt": lambda value, bound: True if value[1] < bound[0] else False if value[0] >= bound[0] else None,
        "lteq": lambda value, bound: True if value[1] <= bound[1] else False if value[0] > bound[1] else None,
        "gt": lambda value, bound: True if value[0] > bound[1] else False if value[1] <= bound[1] else None,
        "gteq": lambda value, bound: True if value[0] >= bound[0] else False if value[1] < bound[0] else None,
    }
)
_POINTS: Mapping[str, Callable[[int, Any], Check]] = MappingProxyType(
    {
        "eq": lambda place, bound: lambda seen: None if (value := seen[place]) is None else value == bound,
        "neq": lambda place, bound: lambda seen: None if (value := seen[place]) is None else value != bound,
        "lt": lambda place, bound: lambda seen: None if (value := seen[place]) is None else value < bound,
        "lteq": lambda place, bound: lambda seen: None if (value := seen[place]) is None else value <= bound,
        "gt": lambda place, bound: lambda seen: None if (value := seen[place]) is None else value > bound,
        "gteq": lambda place, bound: lambda seen: None if (value := seen[place]) is None else value >= bound,
    }
)
_SIGNS = {"eq": (0,), "neq": (-1, 1), "lt": (-1,), "lteq": (-1, 0), "gt": (1,), "gteq": (0, 1)}


_SETS: Mapping[str, Callable[[Sequence[Check]], Check]] = MappingProxyType(
    {
        "isAnyOf": lambda parts: lambda seen: any_of([part(seen) for part in parts]),
        "isAllOf": lambda parts: lambda seen: all_of([part(seen) for part in parts]),
        "isNoneOf": lambda parts: lambda seen: not_(any_of([part(seen) for part in parts])),
    }
)


def _coordinates(local: str) -> _Make | None:
    relation = RELATIONS.get(local)
    if relation is None:
        return None

    def make(place: int, right: Sequence[Any], words: tuple[Broader, Broader]) -> Check:
        return lambda seen: None if (value := seen[place]) is None else relation(value, right, words[0])

    return make


def _groups(right: Sequence[Any], alike: Broader) -> list[frozenset[str]]:
    return [alike(each) for each in right]


def _is_any(place: int, right: Sequence[Any], words: tuple[Broader, Broader]) -> Check:
    names = frozenset().union(*_groups(right, words[1]))
    return lambda seen: None if (value := seen[place]) is None else not names.isdisjoint(value)


def _is_none(place: int, right: Sequence[Any], words: tuple[Broader, Broader]) -> Check:
    names = frozenset().union(*_groups(right, words[1]))
    return lambda seen: None if (value := seen[place]) is None else names.isdisjoint(value)


def _is_all(place: int, right: Sequence[Any], words: tuple[Broader, Broader]) -> Check:
    groups = _groups(right, words[1])
    return lambda seen: None if (value := seen[place]) is None else not any(map(frozenset(value).isdisjoint, groups))


def _is_part(place: int, right: Sequence[Any], words: tuple[Broader, Broader]) -> Check:
    """Instance, kind or part of any of the right operands. Of a name that no vocabulary places, nobody can tell."""
    names = frozenset().union(*_groups(right, words[1]))
    broader = words[0]

    def holds(seen: Sequence[Any]) -> bool | None:
        if seen[place] is None:
            return None
        above = [broader(value) for value in seen[place]]
        if any(not names.isdisjoint(each) for each in above):
            return True
        return None if any(len(each) == 1 for each in above) else False

    return holds


def _has_part(place: int, right: Sequence[Any], words: tuple[Broader, Broader]) -> Check:
    """All of the right operands are parts of the value."""
    above = [words[0](each) for each in right]

    def holds(seen: Sequence[Any]) -> bool | None:
        if seen[place] is None:
            return None
        value = frozenset(seen[place])
        return all_of([True if not each.isdisjoint(value) else None if len(each) == 1 else False for each in above])

    return holds


def _has_some_part(place: int, right: Sequence[Any], words: tuple[Broader, Broader]) -> Check:
    names = frozenset().union(*(words[0](each) for each in right))
    return lambda seen: not names.isdisjoint(seen[place])


_NAMES: Mapping[str, _Make] = MappingProxyType(
    {
        "eq": _is_any,
        "neq": _is_none,
        "isAnyOf": _is_any,
        "isNoneOf": _is_none,
        "isAllOf": _is_all,
        "isA": _is_part,
        "isPartOf": _is_part,
        "hasPart": _has_part,
    }
)
# Operators that look at all values at once, and for coordinates what a value has to do with a right operand.
_WHOLE = {"isAllOf": "isAnyOf", "hasPart": "hasSomePart"}
_TOUCHES: Mapping[str, _Make] = MappingProxyType({"isAllOf": _is_any, "hasPart": _has_some_part})
