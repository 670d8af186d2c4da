"""Whether what many clients saw at once could have happened one after the other (linearizability: Wing and Gong, Lowe).

Each operation takes effect at one moment between its call and its answer. A history is sound if some order of these
moments, which keeps what ended before something else began before it, gives every answer by a sequential model.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

Model = Callable[[Any, str, Any, Any], Hashable | None]
"""State, name of the operation, what it was given, its answer → the state after it; None where it answers otherwise."""
_MOST = 2_000_000  # steps of the search; an unsound history of many clients may have more orders than that


@dataclass(frozen=True, slots=True)
class Done:
    """One operation as its client saw it."""

    name: str
    given: Any
    answer: Any
    began: float
    ended: float


@dataclass
class History:
    """What clients did."""

    done: list[Done] = field(default_factory=list)

    async def note(self, name: str, given: Any, work: Awaitable[Any]) -> Any:
        """Do something, and remember how it was answered and when."""
        began = time.perf_counter()
        answer = await asyncio.ensure_future(work)
        self.done.append(Done(name, given, answer, began, time.perf_counter()))
        return answer


def linearizable(done: Sequence[Done], initial: Hashable, model: Model) -> bool:
    """Whether some order explains all answers."""
    ordered = sorted(done, key=lambda each: each.began)
    everything, seen = (1 << len(ordered)) - 1, set[tuple[int, Hashable]]()
    open_ = [(0, initial)]
    while open_:
        taken, state = open_.pop()
        if taken == everything:
            return True
        for number in _next(ordered, taken):
            one = ordered[number]
            after = model(state, one.name, one.given, one.answer)
            found = (taken | 1 << number, after)
            if after is not None and found not in seen:
                seen.add(found)
                open_.append(found)
        assert len(seen) < _MOST, "no order was found in time"
    return False


def _next(ordered: Sequence[Done], taken: int) -> list[int]:
    """The operations that may take effect next: what began before anything else that is left has ended."""
    found, first_end = [], float("inf")
    for number in range(_lowest_free(taken), len(ordered)):
        if taken >> number & 1:
            continue
        if ordered[number].began > first_end:
            break
        found.append(number)
        first_end = min(first_end, ordered[number].ended)
    return [number for number in found if ordered[number].began <= first_end]


def _lowest_free(taken: int) -> int:
    return (~taken & (taken + 1)).bit_length() - 1
