"""Messages that have to leave: stored with the state that demands them, sent at once, tried again until answered.

No message is lost with the process that was to send it: it is written in the same transaction as the state, and stays
until its answer is stored. So one may be sent twice; the other side knows it again and answers alike.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import structlog
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.keys import SecretBox
from exchange.partner_errors import SealBroken
from stores.database import Database
from stores.exchange_tables import OutboxRow
from stores.prepared import Prepared, Row, Write

LEASE_S = 30.0  # longer than a message may take; a server that died holds it no longer than this
_SWEEP_S = 1.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 30.0
_AT_ONCE = 64  # taken from the table in one sweep
_AT_ONCE_TO_ONE = 8
_ASIDES = 256
_PURPOSE = "outbox"
_PARKED = datetime(9999, 1, 1, tzinfo=UTC)
log: structlog.stdlib.BoundLogger = structlog.get_logger("renkei")


@dataclass(frozen=True, slots=True)
class Letter:
    """One message on its way.

    Attributes:
        pid: the process it belongs to.
        message: its type.
        address: what it is posted to.
        enters: the state that the process is in once it was taken.
        attempts: how often it failed.
    """

    pid: str
    message: str
    address: str
    body: bytes
    enters: str
    id: int = 0
    attempts: int = 0
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))


Deliver = Callable[[Letter], Awaitable[None]]


class Outbox:
    """The messages of a deployment that have not been answered."""

    def __init__(self, database: Database, box: SecretBox) -> None:
        self._database = database
        self._box = box
        self._delivers: dict[str, Deliver] = {}
        self._sending: dict[int, asyncio.Task[None]] = {}
        self._asides: dict[str, asyncio.Task[None]] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._slots: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def delivered_by(self, message: str, deliver: Deliver) -> None:
        """Say who sends messages of a type."""
        self._delivers[message] = deliver

    async def put(self, connection: AsyncConnection, letter: Letter) -> Letter:
        """Store a message with the state that demands it; `send_soon` it after the commit."""
        now = datetime.now(UTC)
        (made,) = await _PUT.rows(
            connection, pid=letter.pid, message=letter.message, address=letter.address, enters=letter.enters,
            sealed=self._box.seal(letter.body, _PURPOSE), attempts=0, made_at=now, due_at=now,
            leased_until=now + timedelta(seconds=LEASE_S),
        )  # fmt: skip
        return replace(letter, id=int(made["id"]), made_at=now)

    async def pending(self, connection: AsyncConnection, pid: str) -> list[Letter]:
        """What a process has to say and was not answered yet, oldest first."""
        return [self._letter(row) for row in await _OF_PROCESS.rows(connection, pid=pid)]

    async def waiting(self, pid: str) -> list[Letter]:
        """`pending` of what is committed."""
        return [self._letter(row) for row in await self._database.rows(_WAITING, pid=pid)]

    async def drop(self, connection: AsyncConnection, letter: Letter) -> bool:
        """Take a message out that was answered, or that nobody needs any more; False if it was out already."""
        self._unwind(letter.id)
        return await _DROP.run(connection, key=letter.id) == 1

    async def later(self, connection: AsyncConnection, letter: Letter) -> None:
        """Try a message again after a pause that grows with each failure; some chance keeps two sides out of step."""
        pause = min(_FIRST_PAUSE_S * 2 ** min(letter.attempts, 16), _LONGEST_PAUSE_S) * random.uniform(0.8, 1.2)  # noqa: S311
        await self._put_off(connection, letter, datetime.now(UTC) + timedelta(seconds=pause))
        again = replace(letter, attempts=letter.attempts + 1)
        self._unwind(letter.id)
        self._timers[letter.id] = asyncio.get_running_loop().call_later(pause, self.send_soon, again)

    async def park(self, connection: AsyncConnection, letter: Letter) -> None:
        """Keep a message that will not be taken as it is, until somebody says to try again."""
        self._unwind(letter.id)
        await self._put_off(connection, letter, _PARKED)

    async def retry(self, pid: str) -> int:
        """Try what a process has to say again now, and for as long as at first; what was taken back for it stays so.

        Returns:
            How many messages these are, one or none.
        """
        async with self._database.writing() as connection:
            now = datetime.now(UTC)
            newest = (await self.pending(connection, pid))[-1:]
            letters = [replace(each, made_at=now, attempts=0) for each in newest if each.body]
            for letter in letters:
                again = {"key": letter.id, "made_at": now, "due_at": now, "leased_until": None, "attempts": 0}
                await connection.execute(_PUT_OFF, again)
        for letter in letters:
            self.send_soon(letter)
        return len(letters)

    def send_soon(self, letter: Letter, pause_s: float = 0) -> None:
        """Send a message now or after a pause, in the background; never twice at the same time."""
        self._unwind(letter.id)  # whoever asked first: a message has one row of tries, not one for each who asks
        if letter.id in self._sending:
            return
        task = asyncio.create_task(self._send(letter, pause_s))
        self._sending[letter.id] = task
        task.add_done_callback(lambda _: self._sending.pop(letter.id, None))

    def aside(self, pid: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do something for a process beside what is sent, that nobody waits for and that is lost with this server.

        One thing at a time for a process and few for all: what makes us do so is said by peers, as often as they like.
        """
        if pid in self._asides or len(self._asides) >= _ASIDES:
            return
        task = self._asides[pid] = asyncio.create_task(_tried(work()))
        task.add_done_callback(lambda _: self._asides.pop(pid, None))

    async def run(self) -> None:
        """Send what is due and nobody is sending, for ever: what a pause, a crash or another server left."""
        if self._database.is_sqlite:  # one server has the data folder, so whoever held a lease is gone
            await self._release_all()
        while True:
            try:
                for letter in await self._due():
                    self.send_soon(letter)
            except Exception as error:
                log.warning("looking for messages to send failed, trying again", exc_info=error)
            await asyncio.sleep(_SWEEP_S)

    async def close(self) -> None:
        """Leave what is being sent, and what waits to be, to the next start."""
        sending = [*self._sending.values(), *self._asides.values()]
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
        for timer in self._timers.values():  # at last: who was about to fail has set one meanwhile
            timer.cancel()
        self._timers.clear()

    async def idle(self) -> None:
        """Wait until nothing is being sent."""
        while self._sending or self._asides:
            await asyncio.wait([*self._sending.values(), *self._asides.values()])

    async def _send(self, letter: Letter, pause_s: float) -> None:
        await asyncio.sleep(pause_s)
        async with self._slot(letter.address):
            try:
                await self._delivers[letter.message](letter)
            except Exception as error:
                log.warning("a message could not be sent, trying again", message=letter.message, exc_info=error)
                async with self._database.writing() as connection:
                    await self.later(connection, letter)

    def _slot(self, address: str) -> asyncio.Semaphore:
        """The turns of one peer: few at once are quicker than many, and one that hangs keeps nobody else waiting."""
        place = urlsplit(address).netloc
        slot = self._slots.get(place)
        if slot is None:
            slot = self._slots[place] = asyncio.Semaphore(_AT_ONCE_TO_ONE)
        return slot

    def _unwind(self, number: int) -> None:
        if (timer := self._timers.pop(number, None)) is not None:
            timer.cancel()

    async def _put_off(self, connection: AsyncConnection, letter: Letter, due: datetime) -> None:
        await connection.execute(
            _PUT_OFF, {"key": letter.id, "due_at": due, "attempts": letter.attempts + 1, "leased_until": None}
        )

    async def _release_all(self) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(OutboxRow).where(OutboxRow.leased_until.is_not(None)).values(leased_until=None)
            )

    async def _due(self) -> list[Letter]:
        now = datetime.now(UTC)
        free = (OutboxRow.leased_until.is_(None)) | (OutboxRow.leased_until < now)
        waiting = OutboxRow.id.not_in(list(self._sending))  # those of a silent peer must not hide those of others
        due = select(OutboxRow.__table__).where(OutboxRow.due_at <= now, free, waiting)
        async with self._database.reading() as connection:
            rows = (await connection.execute(due.order_by(OutboxRow.due_at).limit(_AT_ONCE))).mappings().all()
        found = [self._letter(row) for row in rows]
        if not found:
            return []
        lease = now + timedelta(seconds=LEASE_S)
        async with self._database.writing() as connection:
            for lost in (each for each in found if not each.body):
                log.error("a message cannot be opened: the secret-key is another one", pid=lost.pid)
                await self.park(connection, lost)
            return [each for each in found if each.body and await self._leased(connection, each, now, lease)]

    async def _leased(self, connection: AsyncConnection, letter: Letter, now: datetime, until: datetime) -> bool:
        done = await connection.execute(_LEASE, {"key": letter.id, "now": now, "leased_until": until})
        return done.rowcount == 1

    def _letter(self, found: Row) -> Letter:
        try:
            body = self._box.open(found["sealed"], _PURPOSE)
        except SealBroken:  # it can still be taken back
            body = b""
        return Letter(
            found["pid"], found["message"], found["address"], body, found["enters"], found["id"], found["attempts"],
            found["made_at"],
        )  # fmt: skip


async def _tried(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception as error:
        log.warning("something beside the messages could not be done", exc_info=error)


_PUT = Write(insert(OutboxRow).returning(OutboxRow.id))
_OF_PROCESS = Write(select(OutboxRow.__table__).where(OutboxRow.pid == bindparam("pid")).order_by(OutboxRow.id))
_WAITING = Prepared(select(OutboxRow.__table__).where(OutboxRow.pid == bindparam("pid")).order_by(OutboxRow.id))
_DROP = Write(delete(OutboxRow).where(OutboxRow.id == bindparam("key")))
_PUT_OFF = update(OutboxRow).where(OutboxRow.id == bindparam("key"))
_LEASE = update(OutboxRow).where(
    OutboxRow.id == bindparam("key"), (OutboxRow.leased_until.is_(None)) | (OutboxRow.leased_until < bindparam("now"))
)
