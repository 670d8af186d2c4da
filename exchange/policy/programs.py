"""The conditions of a policy as one list of closures over one list of values, each read once.

Reports want the state of every condition, so nothing is cut short; what costs is looking a value up, and that is done
once for each left operand.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from pyoxigraph import Literal, NamedNode

from exchange.policy.asking import Request, Value, World
from exchange.policy.counting import Counting
from exchange.policy.kleene import all_of, any_of
from exchange.policy.model import Condition, Constraint, Logic, LogicalConstraint
from exchange.policy.operands import Operand, Source, ValueKind
from exchange.policy.operators import OPERATORS, SCALES, Check, check, unknown
from exchange.policy.values import Native, microseconds, native, reader
from exchange.policy.vocabulary import Vocabulary
from ontology.terms import ODRL

Key = tuple[str, str]
Reader = Callable[[Request, World], Any]
_Typing = Callable[[Value], Any]
_Lookup = tuple[str, frozenset[str], str, _Typing, Reader]
"""Left operand, sources that it takes, key of its native value, what makes that, and the reader of what is unusual."""
States = list[bool | None]
_Combine = Callable[[States, Request, World], bool | None]

_CLOCK = ODRL.dateTime.value
_CLOCK_ONLY = (Source.CLOCK,)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is looked up.

    Attributes:
        operand: None where nothing declares the left operand.
        counter: policy IRI and name of what the constraint counts.
        label: policy IRI and node of that constraint, by which people and older lines of the log may name its counter.
        status: what odrl:status says is used up already.
    """

    left: str
    operand: Operand | None
    unit: str | None = None
    counter: Key | None = None
    label: Key | None = None
    status: Any = None

    @property
    def timed(self) -> bool:
        """Whether its value is the time: odrl:dateTime, and every other instant that only a clock can tell."""
        its = self.operand
        return self.left == _CLOCK or (its is not None and (its.kind, its.sources) == (ValueKind.INSTANT, _CLOCK_ONLY))

    def value(self, request: Request, world: World) -> Value | None:
        """The value to be used, or the one that would be if its source were accepted.

        What the world says stands before what the request says: a requester gains nothing by leaving out a value.
        """
        if self.timed:
            return world.clock
        found = [
            value
            for value in (
                self.counted(world) if self.counter else None,
                world.values.get(self.left),
                request.parameters.get(self.left),
                request.parameters.get(self.unit) if self.unit else None,
            )
            if value is not None
        ]
        return next((value for value in found if self.accepts(value)), found[0] if found else None)

    def counted(self, world: World) -> Value | None:
        """What is used up, where it is a counter."""
        counters = world.counters
        return (
            None
            if self.counter is None or self.label is None
            else counters.get(self.counter) or counters.get(self.label)
        )

    def accepts(self, value: Value) -> bool:
        """Whether the operand takes values of this source and this unit."""
        if self.operand is None or value.source not in self.operand.sources:
            return False
        # A counter counts in the unit of its constraint, whatever that is called.
        return self.unit is None or self.counter is not None or same_unit(self.unit, value.unit)


def same_unit(one: str, other: str | None) -> bool:
    """Whether two units are one, however the scheme of their address is written."""
    return other is not None and one.partition("://")[2] == other.partition("://")[2] and bool(one)


class Program:
    """The conditions of a policy, or the refinements of a duty.

    Attributes:
        places: of the values, in the order in which they are read.
        place_of: for each condition the index of its value, None for combined ones.
        limits: counters that it looks at, each with those that it is the sum of.
    """

    def __init__(
        self, conditions: Iterable[Condition], words: Vocabulary, counting: Counting, zone_minutes: int = 0
    ) -> None:
        self.words = words
        self.places: list[Place] = []
        self.place_of: list[int | None] = []
        self.limits: dict[Key, tuple[str, ...]] = {}
        self._counts = counting
        self._zone = zone_minutes
        self._index: dict[int, int] = {}
        self._kept: list[Condition] = []  # indices go by identity, so what they name must stay
        self._same_place: dict[Place, int] = {}
        self._checks: list[Check] = []
        self._combined: list[_Combine] = []
        simple, logical = _leaves(conditions)
        self._add_simple(simple)
        for condition in logical:
            self._keep(condition, len(self.place_of))
            self.place_of.append(None)
            self._combined.append(self._combine(condition))
        self._lookups = [self._lookup(place) for place in self.places]

    def index(self, condition: Condition) -> int:
        """Of the state of a condition."""
        return self._index[id(condition)]

    def run(self, request: Request, world: World) -> States:
        """The state of every condition."""
        values, parameters = world.values, request.parameters
        seen: list[Any] = []
        for left, sources, key, typed, read in self._lookups:
            # The common case in as few steps as there are: the first value is one that the operand takes, or none is.
            if not sources:
                seen.append(read(request, world))
                continue
            value = values.get(left)
            if value is None and (value := parameters.get(left)) is None:
                seen.append(None)
            elif value.source in sources:
                natives = value.natives
                seen.append(natives[key] if key in natives else typed(value))
            else:
                seen.append(read(request, world))
        states = [holds(seen) for holds in self._checks]
        for combine in self._combined:
            states.append(combine(states, request, world))
        return states

    def _keep(self, condition: Condition, index: int) -> None:
        self._index[id(condition)] = index
        self._kept.append(condition)

    def _add_simple(self, constraints: Iterable[Constraint]) -> None:
        known: dict[tuple[object, ...], int] = {}
        for constraint in constraints:
            place = self._place(constraint)
            key = (place, constraint.operator, constraint.right, constraint.listed, constraint.data_type)
            if key not in known:
                known[key] = len(self.place_of)
                self.place_of.append(place)
                self._checks.append(self._check(constraint, place))
            self._keep(constraint, known[key])

    def _place(self, constraint: Constraint) -> int:
        operand, counter = self.words.operand(constraint.left), self._counter(constraint)
        place = Place(
            operand.iri if operand else constraint.left,
            operand,
            constraint.unit,
            counter,
            counter and (counter[0], constraint.node),
            constraint.status,
        )
        if place not in self._same_place:
            self._same_place[place] = len(self.places)
            self.places.append(place)
        return self._same_place[place]

    def _counter(self, constraint: Constraint) -> Key | None:
        counting = self._counts
        counter = counting.counter(constraint) if counting.counts(constraint) else None
        if counter is None:
            return None
        key = counting.policy, counter.name
        self.limits[key] = counter.parts
        return key

    def _check(self, constraint: Constraint, place: int) -> Check:
        operand, timed = self.places[place].operand, self.places[place].timed
        right = self.right(constraint)
        if operand is None or right is None or constraint.operator not in OPERATORS:
            return unknown
        if self.places[place].counter is None and (constraint.status is not None or self._counts.counts(constraint)):
            return unknown  # what was used up is added where uses are counted; passed over, it would allow more
        words = self._broader(operand), self.words.alike
        return check(place, operand.kind, constraint.operator, right, words, timed, operand.each)

    def right(self, constraint: Constraint) -> tuple[Native, ...] | None:
        """The right operand in the kind of the left one, None if it is not of that kind."""
        operand = self.words.operand(constraint.left)
        if operand is None or not constraint.right:
            return None
        values = [native(_typed(term, constraint.data_type), operand.kind, self._zone) for term in constraint.right]
        return None if None in values else tuple(value for value in values if value is not None)

    def _broader(self, operand: Operand) -> Callable[[str], frozenset[str]]:
        if operand.kind in (ValueKind.LANGUAGE, ValueKind.MEDIA):
            sign = "-" if operand.kind is ValueKind.LANGUAGE else "/"
            return lambda name: frozenset(_prefixes(name, sign))
        return self.words.broader

    def _reader(self, place: Place) -> Reader:
        if place.timed:
            return lambda request, world: None if world.now is None else microseconds(world.now)
        if place.operand is None:
            return lambda request, world: None
        kind = place.operand.kind
        return self._counting(place, self._typing(kind)) if place.counter else self._first(place, kind)

    def _lookup(self, place: Place) -> _Lookup:
        """Values that need no more than being looked up name their sources; all others have none there."""
        operand, read = place.operand, self._reader(place)
        kind = ValueKind.TEXT if operand is None else operand.kind
        plain = operand is not None and not place.timed and place.unit is None and place.counter is None
        sources = frozenset(source.value for source in operand.sources) if operand and plain else frozenset[str]()
        return place.left, sources, self._key(kind), self._typing(kind), read

    def _first(self, place: Place, kind: ValueKind) -> Reader:
        """The first value that the operand takes: what the world says stands before what the request says."""
        typed = self._typing(kind)

        def read(request: Request, world: World) -> Any:
            value = place.value(request, world)
            return None if value is None or not place.accepts(value) else typed(value)

        return read

    def _counting(self, place: Place, typed: Callable[[Value], Any]) -> Reader:
        used = 0 if place.status is None else native(place.status, ValueKind.NUMBER, self._zone)
        counted, left = place.counted, place.left

        def read(request: Request, world: World) -> Any:
            value = counted(world) or world.values.get(left) or request.parameters.get(left)
            if value is None or not place.accepts(value):
                return None
            count = typed(value)
            if not _is_count(count) or not _is_count(used):
                return None
            return count + used + 1  # the use asked for is one more

        return read

    def _key(self, kind: ValueKind) -> str:
        return f"{kind}{self._zone:+d}"

    def _typing(self, kind: ValueKind) -> Callable[[Value], Any]:
        """Reads a value as operands of a kind do, a number or the names that it has, and keeps that with it."""
        zone, single, key, read = self._zone, kind in SCALES, self._key(kind), reader(kind)

        def typed(value: Value) -> Any:
            terms = value.terms
            if len(terms) == 1:  # nearly always, and a third of the time of the way below
                found: Any = read(terms[0], zone)
                if not single and found is not None:
                    found = (found,)
            else:
                several = tuple([read(term, zone) for term in terms])
                found = None if single or not several or None in several else several
            value.natives[key] = found
            return found

        return typed

    def _combine(self, condition: LogicalConstraint) -> _Combine:
        indices = [self._index[id(part)] for part in condition.parts]
        if condition.logic is Logic.AND_SEQUENCE:
            return self._sequence(indices)
        combine = _COMBINED[condition.logic]
        return lambda states, request, world: combine([states[index] for index in indices])

    def _sequence(self, indices: Sequence[int]) -> _Combine:
        """All parts hold, and none of them since later than the next, as far as it is known since when."""
        places = [self.place_of[index] for index in indices]

        def holds(states: States, request: Request, world: World) -> bool | None:
            times = [None if each is None else self._since(self.places[each], request, world) for each in places]
            known = [time for time in times if time is not None]
            in_order = all(one <= other for one, other in pairwise(known))
            return all_of([states[index] for index in indices]) if in_order else False

        return holds

    def _since(self, place: Place, request: Request, world: World) -> datetime | None:
        value = place.value(request, world)
        return None if value is None else value.at


def _is_count(value: Any) -> bool:
    """Whether a number can be one of uses: a debt would allow more, arithmetic ends at the huge."""
    return isinstance(value, (int, Decimal)) and 0 <= value < 1 << 63


def _leaves(conditions: Iterable[Condition]) -> tuple[list[Constraint], list[LogicalConstraint]]:
    """Simple constraints, and combined ones after their parts; each object once, however often it is shared."""
    simple: list[Constraint] = []
    logical: list[LogicalConstraint] = []
    done: set[int] = set()

    def walk(condition: Condition) -> None:
        if id(condition) in done:
            return
        done.add(id(condition))
        if isinstance(condition, Constraint):
            simple.append(condition)
            return
        for part in condition.parts:
            walk(part)
        logical.append(condition)

    for condition in conditions:
        walk(condition)
    return simple, logical


def _xone(states: Sequence[bool | None]) -> bool | None:
    if states.count(True) > 1:
        return False
    return None if None in states else True in states


_COMBINED: dict[Logic, Callable[[Sequence[bool | None]], bool | None]] = {
    Logic.AND: all_of,
    Logic.OR: any_of,
    Logic.XONE: _xone,
}


def _typed(term: Any, data_type: str | None) -> Any:
    """A plain string with the datatype that odrl:dataType gives it."""
    if data_type is None or not isinstance(term, Literal) or not term.datatype.value.endswith("#string"):
        return term
    return Literal(term.value, datatype=NamedNode(data_type))


def _prefixes(name: str, sign: str) -> Iterable[str]:
    parts = name.split(sign)
    yield from (sign.join(parts[: length + 1]) for length in range(len(parts)))
    yield ""  # so that no known name looks like one that nobody has placed
