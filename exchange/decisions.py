"""Decisions asked of the service: decided, counted and logged in one transaction.

A limit of ten uses is only worth something if the tenth and the eleventh asking at once cannot both be the tenth: the
counter is read, the policy decided and the counter moved under one lock, and the log line is written with it.
"""

import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pyoxigraph import Literal
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.counters import Ledger
from exchange.policy.asking import Request, Value, World
from exchange.policy.compiling import Compiled
from exchange.policy.consuming import consumed
from exchange.policy.decision import Decision
from journal.digests import digest_of
from journal.events import Event, EventKind, append
from stores.database import Database, packed, unpacked
from stores.prepared import Write
from stores.tables import DecisionRow

_LOG = Write(insert(DecisionRow))


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to decide; its world knows no counters, these are kept here.

    Attributes:
        world: the time in it is a supposed one; without one it is that at which the decision is made.
        own: of a use that goes on, what it used up when it began, by policy and counter: it is not held against it and
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


@dataclass(frozen=True, slots=True)
class Anew:
    """How to put questions again.

    Attributes:
        head: of the catalog, before their policies were looked up.
    """

    head: int
    questions: Callable[[], Awaitable[Sequence[Question]]]


class Decisions:
    """The log of decisions and the counters that permits use up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def decide(
        self, questions: Sequence[Question], *, consume: bool, actor: str | None, anew: Anew | None = None
    ) -> list[Answer]:
        """Decide in the order given, each seeing what those before it used up.

        Args:
            consume: whether a permit uses up what its policy limits; without it the answer is what it would be.
            actor: who asks, for the journal.
            anew: asks for the policies again where they may have changed before it was this decision's turn.
        """
        async with self._database.writing(settled=anew is not None) as connection:
            if anew is not None and await self._database.catalog_head() != anew.head:
                questions = await anew.questions()
            return await self.within(connection, questions, consume=consume, actors=[actor] * len(questions))

    async def within(
        self, connection: AsyncConnection, questions: Sequence[Question], *, consume: bool, actors: Sequence[str | None]
    ) -> list[Answer]:
        """`decide` inside a transaction of the caller's, which commits what rests on the answers with them.

        Args:
            actors: who asks, question by question.
        """
        ledger = await _ledger(connection, questions, lock=consume)
        now = datetime.now(UTC)  # not before: who waited for the lock is not decided by the time it came
        answers = [self._answer(question, ledger, consume and question.own is None, now) for question in questions]
        await ledger.write(connection)
        await self._log(connection, answers, actors)
        return answers

    async def would(self, questions: Sequence[Question]) -> list[Decision]:
        """What the answers would be now; nothing is counted or logged."""
        async with self._database.reading() as connection:
            ledger = await _ledger(connection, questions, lock=False)
        now = datetime.now(UTC)
        return [self._answer(question, ledger, False, now).decision for question in questions]

    def _answer(self, question: Question, ledger: Ledger, consume: bool, now: datetime) -> Answer:
        party = question.request.party or ""
        used = ledger.used(question.policy, party, question.own or {})
        counters = {key: Value((Literal(amount),), "counter") for key, amount in used.items()}
        world = replace(question.world, counters=counters, now=question.world.now or now)
        decision = question.policy.decide(question.request, world)
        if consume:
            ledger.move(consumed(question.policy, decision), party)
        return Answer(_ordered_id(), now, decision)

    async def _log(self, connection: AsyncConnection, answers: Sequence[Answer], actors: Sequence[str | None]) -> None:
        if not answers:
            return
        lines = [each.decision.line for each in answers]
        rows = [_row(each, line) for each, line in zip(answers, lines, strict=True)]
        await _LOG.each(connection, rows)
        kind = EventKind.DECIDED
        told = [
            Event(kind, actor=actor, subject=row["id"], digest=digest_of(kind, row, {"line": line}))
            for row, actor, line in zip(rows, actors, lines, strict=True)
        ]
        await append(connection, told)

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


def _row(answer: Answer, line: bytes) -> dict[str, Any]:
    return {
        "id": answer.id,
        "at": answer.at,
        "policy": answer.decision.compiled.policy.iri,
        "party": answer.decision.request.party,
        "target": answer.decision.request.target,
        "verdict": answer.decision.verdict.value,
        "line": packed(line),
    }


async def _ledger(connection: AsyncConnection, questions: Sequence[Question], *, lock: bool) -> Ledger:
    asked = [(question.policy, question.request.party or "") for question in questions]
    return await Ledger.opened(connection, asked, lock=lock)


def _ordered_id() -> str:
    """32 hexadecimal digits, those of a later decision the greater: one transaction has one time for all of its own."""
    return f"{time.time_ns():016x}{secrets.token_hex(8)}"
