"""Decisions asked of the service: decided, counted and logged in one transaction.

A limit of ten uses is only worth something if the tenth and the eleventh asking at once cannot both be the tenth: the
counter is read, the policy decided and the counter moved under one lock, and the log line is written with it.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

from pyoxigraph import Literal
from sqlalchemy import insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.policy.asking import Request, Value, World
from exchange.policy.compiling import Compiled
from exchange.policy.decision import Decision
from journal.events import Event, EventKind, append
from stores.database import Database, packed, unpacked
from stores.tables import CounterRow, DecisionRow

_Key = tuple[str, str, str]
_READ_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to decide; its world knows no counters, these are kept here.

    Attributes:
        own: of a use that goes on, what it used up when it began, by policy and node: it is not held against it and
            not used up again. None of a new use.
    """

    policy: Compiled
    request: Request
    world: World
    own: Mapping[tuple[str, str], int] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision as it was logged.

    Attributes:
        id: of its entry in the log.
    """

    id: str
    at: datetime
    decision: Decision


class Decisions:
    """The log of decisions and the counters that permits use up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def decide(self, questions: Sequence[Question], *, consume: bool, actor: str | None) -> list[Answer]:
        """Decide in the order given, each seeing what those before it used up.

        Args:
            consume: whether a permit uses up what its policy limits; without it the answer is what it would be.
            actor: who asks, for the journal.
        """
        async with self._database.writing() as connection:
            return await self.within(connection, questions, consume=consume, actors=[actor] * len(questions))

    async def within(
        self, connection: AsyncConnection, questions: Sequence[Question], *, consume: bool, actors: Sequence[str | None]
    ) -> list[Answer]:
        """`decide` inside a transaction of the caller's, which commits what rests on the answers with them.

        Args:
            actors: who asks, question by question.
        """
        used = await self._used(connection, questions, lock=consume)
        answers = [self._answer(question, used, consume and question.own is None) for question in questions]
        if consume:
            await self._count(connection, used)
        await self._log(connection, answers, actors)
        return answers

    async def would(self, questions: Sequence[Question]) -> list[Decision]:
        """What the answers would be now; nothing is counted or logged."""
        async with self._database.reading() as connection:
            used = await self._used(connection, questions, lock=False)
        return [self._answer(question, used, False).decision for question in questions]

    def _answer(self, question: Question, used: dict[_Key, int], consume: bool) -> Answer:
        party = question.request.party or ""
        own = question.own or {}
        counters = {key: _counted(used[*key, party] - own.get(key, 0)) for key in _counters(question.policy)}
        decision = question.policy.decide(question.request, replace(question.world, counters=counters))
        if consume and decision.permitted and counters:
            for one in decision.report.consumed:
                used[one.policy, one.node, party] += one.amount
        return Answer(uuid4().hex, datetime.now(UTC), decision)

    async def _used(self, connection: AsyncConnection, questions: Iterable[Question], *, lock: bool) -> dict[_Key, int]:
        """What is used up of each limit that the questions touch; locked, so that others wait for what is decided."""
        keys = sorted({(*key, each.request.party or "") for each in questions for key in _counters(each.policy)})
        used = dict.fromkeys(keys, 0)
        for start in range(0, len(keys), _READ_AT_ONCE):
            part = keys[start : start + _READ_AT_ONCE]
            if lock:
                await connection.execute(_absent(connection), [_row(key, 0) for key in part])
            row = CounterRow
            found = select(row.policy, row.node, row.party, row.used).where(
                tuple_(row.policy, row.node, row.party).in_(part)
            )
            for policy, node, party, amount in await connection.execute(found.with_for_update() if lock else found):
                used[policy, node, party] = amount
        return used

    async def _count(self, connection: AsyncConnection, used: Mapping[_Key, int]) -> None:
        for key, amount in used.items():
            policy, node, party = key
            its = (CounterRow.policy == policy) & (CounterRow.node == node) & (CounterRow.party == party)
            await connection.execute(update(CounterRow).where(its, CounterRow.used != amount).values(used=amount))

    async def _log(self, connection: AsyncConnection, answers: Sequence[Answer], actors: Sequence[str | None]) -> None:
        if not answers:
            return
        await connection.execute(
            insert(DecisionRow),
            [
                {
                    "id": each.id,
                    "at": each.at,
                    "policy": each.decision.compiled.policy.iri,
                    "party": each.decision.request.party,
                    "target": each.decision.request.target,
                    "verdict": each.decision.verdict.value,
                    "line": packed(each.decision.line),
                }
                for each in answers
            ],
        )
        asked = zip(answers, actors, strict=True)
        await append(connection, [Event(EventKind.DECIDED, actor=actor, subject=each.id) for each, actor in asked])

    async def past(self, policy: str | None = None, *, since: datetime | None = None) -> AsyncIterator[bytes]:
        """The log lines, oldest first: of one policy or of all, from a time on."""
        found = select(DecisionRow.line).order_by(DecisionRow.at, DecisionRow.id)
        if policy is not None:
            found = found.where(DecisionRow.policy == policy)
        if since is not None:
            found = found.where(DecisionRow.at >= since)
        async with self._database.reading() as connection:
            async for line in await connection.stream_scalars(found):
                yield unpacked(line)

    async def line(self, decision: str) -> bytes | None:
        """The log line of one decision, None if there is no such decision."""
        async with self._database.reading() as connection:
            found = await connection.scalar(select(DecisionRow.line).where(DecisionRow.id == decision))
        return None if found is None else unpacked(found)


def _counters(policy: Compiled) -> list[tuple[str, str]]:
    return [place.counter for place in policy.program.places if place.counter is not None]


def _counted(amount: int) -> Value:
    return Value((Literal(amount),), "counter")


def _row(key: _Key, used: int) -> dict[str, str | int]:
    policy, node, party = key
    return {"policy": policy, "node": node, "party": party, "used": used}


def _absent(connection: AsyncConnection) -> sqlite.Insert | postgresql.Insert:
    """Begin a counter where there is none, so that there is a row to lock."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(CounterRow).on_conflict_do_nothing()
    return sqlite.insert(CounterRow).on_conflict_do_nothing()
