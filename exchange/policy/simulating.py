"""A draft of a policy over decisions of the past: who would gain, who would lose, for whom nothing changes.

Each logged request is asked of the draft in the world of then. Limits of the draft are counted from the first decision
given. The log holds what the policy of then looked at; where the draft looks at more, the outcome is open.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import orjson
from pyoxigraph import Literal

from exchange.policy.account import account
from exchange.policy.asking import Request, Value, World
from exchange.policy.compiling import Compiled
from exchange.policy.consuming import consumed
from exchange.policy.decision import Decision, Verdict
from exchange.policy.notation import request_of, world_of
from exchange.policy.wording.naming import Names
from exchange.policy.wording.phrasing import begun, joined, quoted, same, say
from ontology.messages import Message


class Change(StrEnum):
    """What a draft does to a decision of the past."""

    GAINS = "gains"
    LOSES = "loses"
    OPEN = "open"
    """Permitted then; the draft needs a value that was not asked for."""
    UNCHANGED = "unchanged"


_CHANGES: Mapping[Change, tuple[str, str]] = MappingProxyType(
    {
        Change.GAINS: ("{count}件が新たに許可される", "{count} newly permitted"),
        Change.LOSES: ("{count}件が許可されなくなる", "{count} no longer permitted"),
        Change.OPEN: ("{count}件は値が足りず分からない", "{count} open for want of values"),
        Change.UNCHANGED: ("{count}件は変わらない", "{count} unchanged"),
    }
)


_NOBODY = Message(ja="名前のない要求者", en="requesters without a name")


@dataclass(frozen=True, slots=True)
class Example:
    """One decision that stands for its like.

    Attributes:
        number: of the line among those given, from 1.
        before: verdict of then.
        after: verdict of the draft.
        reason: why the draft decides so.
    """

    number: int
    action: str
    target: str | None
    before: Verdict
    after: Verdict
    reason: Message


@dataclass(frozen=True, slots=True)
class Effect:
    """What changes for one party, or for those whom the log does not name."""

    party: str | None
    counts: Mapping[Change, int]
    examples: Mapping[Change, Example]
    text: Message


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is no logged decision; it is counted nowhere."""

    number: int
    reason: Message


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a draft would have done.

    Attributes:
        effects: by party, those first who lose most, then those who gain most.
        heading: all counts in one sentence.
    """

    policy: str
    counts: Mapping[Change, int]
    effects: tuple[Effect, ...]
    unreadable: tuple[Unreadable, ...]
    heading: Message

    @property
    def text(self) -> Message:
        """All of it, a line each."""
        return joined([self.heading, *(each.text for each in self.effects)], "\n", "\n")


def simulate(draft: Compiled, past: Iterable[bytes | str], titles: Mapping[str, Message] | None = None) -> Simulation:
    """Ask a draft what was asked in the past.

    Args:
        draft: compiled with `what_if`, if it is an offer.
        past: lines of the log, the oldest first; those of the policy that the draft is to replace.
        titles: of assets and parties, as the catalog and the registry know them.
    """
    run = _Run(draft, Names(draft.words, titles or {}))
    for number, line in enumerate(past, 1):
        run.take(number, line)
    return run.result()


class _Run:
    """Counts as it goes; of the lines themselves only an example of each kind is kept."""

    def __init__(self, draft: Compiled, names: Names) -> None:
        self._draft = draft
        self._names = names
        self._used: Counter[tuple[str, str | None]] = Counter()
        self._counts: dict[str | None, Counter[Change]] = {}
        self._examples: dict[tuple[str | None, Change], Example] = {}
        self._unreadable: list[Unreadable] = []

    def take(self, number: int, line: bytes | str) -> None:
        try:
            before, request, world = _logged(line)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self._unreadable.append(Unreadable(number, _not_logged(error)))
            return
        decision = self._decide(request, world)
        change = _change(before, decision)
        self._counts.setdefault(request.party, Counter())[change] += 1
        if (request.party, change) not in self._examples:
            self._examples[request.party, change] = self._example(number, before, decision)

    def _decide(self, request: Request, world: World) -> Decision:
        party = request.party
        limits = self._draft.limits
        counters = {key: _count(sum(self._used[part, party] for part in parts)) for key, parts in limits.items()}
        decision = self._draft.decide(request, replace(world, counters=counters))
        for one in consumed(self._draft, decision):
            self._used[one.counter, party] += one.amount
        return decision

    def _example(self, number: int, before: Verdict, decision: Decision) -> Example:
        told = account(decision, self._names.vocabulary, self._names.titles)
        reason = told.sentences[0].text if told.sentences else told.heading
        request = decision.request
        return Example(number, request.action, request.target, before, decision.verdict, reason)

    def result(self) -> Simulation:
        total: Counter[Change] = Counter()
        for counts in self._counts.values():
            total += counts
        order = sorted(self._counts, key=lambda party: (*_weight(self._counts[party]), party or ""))
        heading = say("過去の判断{all}件: {counts}。", "{all} past decisions: {counts}.", **_words(total))
        effects = tuple(self._effect(party) for party in order)
        return Simulation(self._draft.policy.iri, total, effects, tuple(self._unreadable), heading)

    def _effect(self, party: str | None) -> Effect:
        counts = self._counts[party]
        examples = {change: self._examples[party, change] for change in Change if counts[change]}
        name = _NOBODY if party is None else self._names.thing(party)
        shown = {"name": name, "examples": _told(examples), **_words(counts)}
        text = say("{name}: {counts}。{examples}", "{name}: {counts}.{examples}", **shown)
        return Effect(party, counts, examples, begun(text))


def _told(examples: Mapping[Change, Example]) -> Message:
    pattern = "例（{number}件目）: {reason}", " For example ({number}): {reason}"
    changed = [each for change, each in examples.items() if change is not Change.UNCHANGED]
    return joined([say(*pattern, number=same(str(each.number)), reason=each.reason) for each in changed])


def _logged(line: bytes | str) -> tuple[Verdict, Request, World]:
    given: Any = orjson.loads(line)
    return Verdict(given["verdict"]), request_of(given["request"]), world_of(given["world"])


def _not_logged(error: Exception) -> Message:
    pattern = "判断の記録として読めません: {error}", "It cannot be read as a logged decision: {error}"
    return say(*pattern, error=quoted(str(error)))


def _change(before: Verdict, decision: Decision) -> Change:
    if (before is Verdict.PERMIT) == decision.permitted:
        return Change.UNCHANGED
    if decision.permitted:
        return Change.GAINS
    undecided = decision.verdict is Verdict.INDETERMINATE and decision.report.missing
    return Change.OPEN if undecided else Change.LOSES


def _count(used: int) -> Value:
    return Value((Literal(used),), "counter")


def _weight(counts: Mapping[Change, int]) -> tuple[int, int, int]:
    return -counts[Change.LOSES], -counts[Change.OPEN], -counts[Change.GAINS]


def _words(counts: Mapping[Change, int]) -> dict[str, Message]:
    return {"all": same(f"{sum(counts.values()):,}"), "counts": joined(list(_said(counts)), "、", ", ")}


def _said(counts: Mapping[Change, int]) -> Iterator[Message]:
    if not any(counts.values()):
        yield Message(ja="判断はありません", en="nothing was decided")
    for change in Change:
        if counts[change]:
            yield say(*_CHANGES[change], count=same(f"{counts[change]:,}"))
