"""The transaction of the gate: what is in force is looked up, the policy decided, the use counted and written down.

Wishes that come while others are being committed are taken together: a commit costs the disk the same for one and for
ten.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.decisions import Answer, Decisions, Question
from exchange.policy.consuming import consumed
from exchange.resuming import Resumable, broken_off, resumable
from exchange.standing import Standing
from exchange.wanting import Admitted, Entry, joined
from journal.digests import digest_of
from journal.events import Event, EventKind, append
from ontology.messages import Message
from stores.database import Database
from stores.exchange_tables import GrantRow, ReleaseRow
from stores.patience import to_its_end
from stores.prepared import Write

log: structlog.stdlib.BoundLogger = structlog.get_logger("renkei")
_GATHER_S: Final = 0.05  # how long ends wait for a wish to be written with
_AGAIN_S: Final = 2.0  # after ends could not be written
_TOGETHER: Final = 64  # wishes in one transaction
_CLOSED = Message(
    ja="このデータには、公開の条件も合意もありません。",
    en="These data are open to nobody without an agreement, and there is none.",
)
_SPENT = Message(ja="このトークンはもう使われました。", en="This token has been used.")
_ENDS = ("state", "ended_at", "size_bytes", "sha256", "etag", "whole_bytes", "reason")
_BEGIN = Write(insert(ReleaseRow))
_END = Write(
    update(ReleaseRow)
    .where(ReleaseRow.id == bindparam("key"))
    .values({name: bindparam(f"new_{name}") for name in _ENDS})
)
_USED = (
    update(GrantRow)
    .where(GrantRow.hash == bindparam("key"), GrantRow.uses_left > 0)
    .where(GrantRow.revoked_at.is_(None), GrantRow.expires_at > bindparam("now"))  # it may just have been renewed
    .values(uses_left=GrantRow.uses_left - 1)
)


class Admission:
    """Lets wishes in, in groups, and writes down how they ended.

    Args:
        anew: looks up again what a wish rests on, where that moved since.
        resume_s: how long after it broke off a release may be gone on with.
    """

    def __init__(
        self, database: Database, decisions: Decisions, anew: Callable[[Entry], Awaitable[Entry]], resume_s: float
    ) -> None:
        self._database = database
        self._decisions = decisions
        self._anew = anew
        self._resume = timedelta(seconds=resume_s)
        self._entries: list[tuple[Entry, asyncio.Future[Admitted]]] = []
        self._ends: list[Mapping[str, Any]] = []
        self._owed: list[Mapping[str, Any]] = []
        self._again: asyncio.TimerHandle | None = None
        self._working: asyncio.Task[None] | None = None
        self._later: asyncio.TimerHandle | None = None

    async def enter(self, entry: Entry) -> Admitted:
        """Decide a wish; when this returns, the decision, what it consumed and the release are committed."""
        future: asyncio.Future[Admitted] = asyncio.get_running_loop().create_future()
        self._entries.append((entry, future))
        self._work()
        return await future

    def note(self, row: Mapping[str, Any]) -> None:
        """Write down how far a release is or how it ended; soon, and before anything that comes after is decided."""
        self._ends.append(row)
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(_GATHER_S, self._work)

    async def settled(self) -> None:
        """Wait until everything given so far is written, or was tried once more."""
        self._ends, self._owed = [*self._owed, *self._ends], []
        while self._ends or self._entries or self._working is not None:
            self._work()
            if self._working is not None:
                await to_its_end(self._working)

    async def close(self) -> None:
        """Write what is left, as far as it can be; the next start writes the end of what could not."""
        await self.settled()
        if self._again is not None:
            self._again.cancel()

    def _work(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self._working is None:
            self._working = asyncio.create_task(self._worked())

    async def _worked(self) -> None:
        try:
            while self._entries or self._ends:
                entries, self._entries = self._entries[:_TOGETHER], self._entries[_TOGETHER:]
                ends, self._ends = self._ends, []
                await self._together(entries, ends)
        finally:
            self._working = None

    async def _together(
        self, entries: list[tuple[Entry, asyncio.Future[Admitted]]], ends: list[Mapping[str, Any]]
    ) -> None:
        try:
            found = await self._written([entry for entry, _ in entries], ends)
        except Exception as error:
            if not entries:
                return self._write_later(ends, error)
            if len(entries) > 1 or (ends and entries):  # one of them may be what fails: each by itself then
                await self._together([], ends)
                for each in entries:
                    await self._together([each], [])
                return
            for _, future in entries:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), admitted in zip(entries, found, strict=True):
            if not future.done():
                future.set_result(admitted)

    def _write_later(self, ends: Sequence[Mapping[str, Any]], error: Exception) -> None:
        """Keep ends that could not be written, as with a full disk: without them a use would look as if it went on."""
        log.warning("the ends of releases could not be written, trying again", ends=len(ends), exc_info=error)
        self._owed += ends
        self._again = asyncio.get_running_loop().call_later(_AGAIN_S, self._write_owed)

    def _write_owed(self) -> None:
        self._ends, self._owed = [*self._owed, *self._ends], []
        self._work()

    async def _written(self, entries: Sequence[Entry], ends: Sequence[Mapping[str, Any]]) -> list[Admitted]:
        async with self._database.writing(settled=True, moves=False) as connection:
            ended = await _end(connection, ends)
            moves = self._database.moves_within()
            current = [entry if entry.ground.moves in (None, moves) else await self._anew(entry) for entry in entries]
            found = await self._decided(connection, current)
            await append(connection, ended)  # last: on PostgreSQL who appends waits for others, who may wait for rows
            return found

    async def _decided(self, connection: AsyncConnection, entries: Sequence[Entry]) -> list[Admitted]:
        """All that is asked, each seeing what those before it used up."""
        if not entries:
            return []
        standing = await Standing.of(connection, [entry.wanted for entry in entries])
        transfers = {entry.wanted.transfer for entry in entries if entry.wanted.transfer is not None}
        broken = {each for each in transfers if await broken_off(connection, each)}
        going_on = [entry for entry in entries if entry.wanted.transfer in broken or entry.wanted.again]
        resuming = await resumable(connection, going_on, self._resume)
        refused = {
            entry.id: reason for entry in entries if (reason := await self._refusal(connection, entry, standing))
        }
        asked = [entry for entry in entries if entry.id not in refused]
        answers = await self._answers(connection, asked, resuming)
        admitted = [
            Admitted(entry, False, refused[entry.id]) if entry.id in refused
            else _admitted(entry, answers[entry.id], resuming.get(entry.id))
            for entry in entries
        ]  # fmt: skip
        return await _written_down(connection, admitted)

    async def _refusal(self, connection: AsyncConnection, entry: Entry, standing: Standing) -> tuple[Message, ...]:
        """What refuses before any policy is asked."""
        if entry.policy is None:
            return entry.ground.reasons or (_CLOSED,)
        if reason := standing.refusal(entry.wanted, datetime.now(UTC)):  # however long it waited for its turn
            return (reason,)
        if entry.consume and standing.limited(entry.wanted):
            used = await connection.execute(_USED, {"key": entry.wanted.grant, "now": datetime.now(UTC)})
            return () if used.rowcount else (_SPENT,)
        return ()

    async def _answers(
        self, connection: AsyncConnection, entries: Sequence[Entry], resuming: Mapping[str, Resumable]
    ) -> dict[str, Answer]:
        found: dict[str, Answer] = {}
        for consume in (True, False):
            asked = [entry for entry in entries if entry.consume is consume]
            if asked:
                questions = [_question(entry, resuming.get(entry.id)) for entry in asked]
                actors = [entry.wanted.participant.name for entry in asked]
                answers = await self._decisions.within(connection, questions, consume=consume, actors=actors)
                found |= {entry.id: answer for entry, answer in zip(asked, answers, strict=True)}
        return found

    async def recover(self) -> int:
        """What a crash left open ended there; asked once, at start, before anything is let in."""
        left = select(ReleaseRow.__table__).where(ReleaseRow.state == "open")
        async with self._database.writing() as connection:
            rows = (await connection.execute(left)).mappings().all()
            ended = [{**row, "state": "failed", "ended_at": datetime.now(UTC)} for row in rows]
            await append(connection, await _end(connection, ended))
        return len(rows)


def _question(entry: Entry, resuming: Resumable | None) -> Question:
    assert entry.policy is not None
    return Question(entry.policy, entry.wanted.request, entry.world, None if resuming is None else resuming.own)


def _admitted(entry: Entry, answer: Answer, resuming: Resumable | None) -> Admitted:
    decision = answer.decision
    if not decision.permitted:
        return Admitted(entry, False, decision.report.reasons, answer.id, decision)
    if resuming is not None:
        return Admitted(entry, True, (), answer.id, decision, resuming.own, resuming.root, resuming.etag)
    own: dict[tuple[str, str], int] = {}
    for one in consumed(entry.policy, decision) if entry.policy is not None else ():
        own[one.policy, one.counter] = own.get((one.policy, one.counter), 0) + one.amount
    return Admitted(entry, True, (), answer.id, decision, own)


async def _written_down(connection: AsyncConnection, admitted: Iterable[Admitted]) -> list[Admitted]:
    """Each with the row that says so; what was only asked leaves none, its decision is logged."""
    found = [_with_row(each) for each in admitted]
    rows = [each.row for each in found if each.row]
    if rows:
        await _BEGIN.each(connection, rows)
        await append(connection, [_event(each) for each in found if each.row])
    return found


def _with_row(admitted: Admitted) -> Admitted:
    entry, wanted = admitted.entry, admitted.entry.wanted
    if not entry.consume and admitted.permitted:
        return admitted
    reason = joined(admitted.reasons)
    row: dict[str, Any] = {
        "id": entry.id, "at": entry.at, "agreement": wanted.agreement, "transfer": wanted.transfer,
        "participant": wanted.participant.participant, "dataset": wanted.dataset, "decision": admitted.decision,
        "state": "open" if admitted.permitted else "refused", "size_bytes": 0, "offset_bytes": entry.first,
        "continues": admitted.continues, "request_id": entry.request_id, "sha256": None, "etag": None,
        "whole_bytes": None, "ended_at": None if admitted.permitted else entry.at,
        "consumed": [[*key, amount] for key, amount in admitted.own.items()] or None, "reason": reason,
    }  # fmt: skip
    return Admitted(
        entry, admitted.permitted, admitted.reasons, admitted.decision, admitted.decided, admitted.own,
        admitted.continues, admitted.etag, row,
    )  # fmt: skip


def _event(admitted: Admitted) -> Event:
    kind = EventKind.RELEASED if admitted.permitted else EventKind.REFUSED
    actor, row = admitted.entry.wanted.participant.name, admitted.row
    return Event(kind, actor=actor, subject=row["id"], digest=digest_of(kind, row))


async def _end(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> list[Event]:
    """Write down how releases ended, or how far they are; the events that say so."""
    if not rows:
        return []
    await _END.each(connection, [{"key": row["id"], **{f"new_{name}": row[name] for name in _ENDS}} for row in rows])
    kind = EventKind.RELEASE_ENDED
    ended = [row for row in rows if row["state"] != "open"]
    return [Event(kind, actor=row["participant"], subject=row["id"], digest=digest_of(kind, row)) for row in ended]
