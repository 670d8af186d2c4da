"""The log of decisions: one JSON line each, holding all that was read, so that the same answer can be had again."""

from collections.abc import Callable
from typing import Any

import orjson

from exchange.policy.asking import Request, World
from exchange.policy.decision import Decision
from exchange.policy.notation import request_of, world_of, written_performed, written_request, written_value
from exchange.policy.rulebook import Rulebook
from exchange.policy.rules import ACTIVE, GRANTS

_LETTERS: dict[bool | None, str] = {True: "T", False: "F", None: "U"}
# What a rule grants and whether it is active.
_PAIRS = {one: {other: letter + _LETTERS[other] for other in _LETTERS} for one, letter in _LETTERS.items()}
_letter = _LETTERS.__getitem__


class NotTheSame(ValueError):
    """A logged decision cannot be decided again: another version of the policy, the vocabulary or the options."""

    def __init__(self, what: str, logged: str, now: str) -> None:
        super().__init__(f"the {what} is not the one of the log: {now} instead of {logged}")
        self.what = what


def line(compiled: Rulebook, decision: Decision) -> bytes:
    """One line without its line feed."""
    written = {
        "states": "".join(map(_letter, decision.states)),
        "rules": "".join([_PAIRS[its[GRANTS]][its[ACTIVE]] for its in decision.outcomes]),
        "request": written_request(decision.request),
        "world": world_read(compiled, decision.request, decision.world),
    }
    return compiled.heads[decision.verdict] + orjson.dumps(written)[1:]


def world_read(compiled: Rulebook, request: Request, world: World) -> dict[str, Any]:
    """What of the world the decision could see."""
    written: dict[str, Any] = {}
    if world.now is not None:
        written["now"] = world.now
        if world.now_written is not None:
            written["nowWritten"] = str(world.now_written)
    if world.memberships and (inside := _memberships(request, world)):
        written["memberships"] = inside
    if world.performed:
        written["performed"] = [written_performed(done) for done in world.performed]
    if world.reports:
        reports = world.reports.items()
        written["reports"] = {rule: {"deontic": its.deontic, "node": its.node} for rule, its in reports}
    if world.counters or world.values:
        written.update(_values(compiled, world))
    return written


def _memberships(request: Request, world: World) -> dict[str, list[str]]:
    starts = {request.target, request.party, *(name for done in world.performed for name in (done.target, done.party))}
    reached = frozenset[str]().union(*(world.within(name) for name in starts))
    return {name: sorted(world.memberships[name]) for name in sorted(reached) if name in world.memberships}


def _values(compiled: Rulebook, world: World) -> dict[str, Any]:
    counters: dict[str, dict[str, Any]] = {}
    values: dict[str, Any] = {}
    for place in compiled.program.places:
        for policy, name in (place.counter, place.label) if place.counter and place.label else ():
            if value := world.counters.get((policy, name)):
                counters.setdefault(policy, {})[name] = written_value(value)
        if found := world.values.get(place.left):
            values[place.left] = written_value(found)
    return {"counters": counters, "values": values}


def replay(logged: bytes | str, decide: "Callable[[Request, World], Decision]") -> Decision:
    """Decide again what a line of the log holds.

    Args:
        decide: of the policy that the line names, compiled with the vocabulary and options of then.

    Raises:
        NotTheSame: policy, vocabulary or options are others.
        ValueError: no line of the log.
    """
    given = orjson.loads(logged)
    decision = decide(request_of(given["request"]), world_of(given["world"]))
    now = orjson.loads(decision.line)
    for what in ("policy", "hash", "vocabulary", "options"):
        if given[what] != now[what]:
            raise NotTheSame(what, given[what], now[what])
    return decision
