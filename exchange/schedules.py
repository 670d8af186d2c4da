"""Pulling the data of a transfer of ours again and again, and keeping the newest of what came.

What is due stands in the database, so it goes on after a restart. It ends with the transfer,
which the end of the contract ends.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import structlog
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.data_addresses import access_of
from exchange.dsp.states import Transfer
from exchange.errors import ExchangeError
from exchange.fetching import Fetched, FetchFailed, fetched, refusal_of
from exchange.holding import Holdings
from exchange.keys import SigningKey
from exchange.locks import Locks
from exchange.outgoing import Outgoing
from exchange.processes import Kind, Process, Processes, Step
from exchange.renewing import RenewalRefused, Renewing
from exchange.transfers import Transfers
from ontology.messages import Message
from stores.database import Database
from stores.exchange_tables import ScheduleRow, SourceRow
from stores.prepared import Row

LEASE_S: Final = 60.0
_SWEEP_S: Final = 0.5
_AT_ONCE: Final = 4
_AGAIN_S: Final = 300.0  # after a look that brought nothing, however seldom the others are
_SOON: Final = timedelta(seconds=1)  # until what is asked for has started
_NO_ADDRESS = Message(ja="データの所在がまだ分かりません。", en="Where the data lie is not known yet.")
log: structlog.stdlib.BoundLogger = structlog.get_logger("renkei")


class Schedules:
    """The scheduled transfers of a deployment."""

    def __init__(
        self,
        database: Database,
        processes: Processes,
        locks: Locks,
        transfers: Transfers,
        renewing: Renewing,
        outgoing: Outgoing,
        holdings: Holdings,
        signing: SigningKey,
    ) -> None:
        self._database, self._processes, self._locks, self._transfers = database, processes, locks, transfers
        self._renewing, self._outgoing, self._holdings, self._signing = renewing, outgoing, holdings, signing
        self._running: dict[str, asyncio.Task[None]] = {}

    async def add(self, pid: str, every_s: int, declared: Mapping[str, str]) -> None:
        """Pull a transfer's data from now on, each time so many seconds later."""
        async with self._database.writing() as connection:
            await connection.execute(
                insert(ScheduleRow).values(pid=pid, every_s=every_s, declared=dict(declared), due_at=datetime.now(UTC))
            )

    async def of(self, pids: Sequence[str]) -> Mapping[str, Row]:
        """The schedules of transfers that have one, by pid."""
        if not pids:
            return {}
        async with self._database.reading() as connection:
            rows = await connection.execute(select(ScheduleRow.__table__).where(ScheduleRow.pid.in_(pids)))
            return {row["pid"]: row for row in rows.mappings()}

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Pull what is due, until the end."""
        if self._database.is_sqlite:  # one server has the data folder, so whoever held a lease is gone
            async with self._database.writing() as connection:
                await connection.execute(update(ScheduleRow).values(leased_until=None))
        looking = asyncio.create_task(self._keep_looking())
        try:
            yield
        finally:
            for task in (looking, *self._running.values()):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _keep_looking(self) -> None:
        while True:
            try:
                for row in await self._due():
                    self._begin(row)
            except Exception as error:
                log.warning("looking for scheduled transfers failed, trying again", exc_info=error)
            await asyncio.sleep(_SWEEP_S)

    def _begin(self, row: Row) -> None:
        pid = row["pid"]
        self._running[pid] = asyncio.create_task(self._run(row))
        self._running[pid].add_done_callback(lambda _: self._running.pop(pid, None))

    async def _due(self) -> list[Row]:
        now, free = datetime.now(UTC), _AT_ONCE - len(self._running)
        nobodys = (ScheduleRow.leased_until.is_(None)) | (ScheduleRow.leased_until < now)
        due = select(ScheduleRow.__table__).where(ScheduleRow.due_at <= now, nobodys).order_by(ScheduleRow.due_at)
        async with self._database.reading() as connection:
            rows = (await connection.execute(due.limit(max(0, free)))).mappings().all()
        found = [row for row in rows if row["pid"] not in self._running]
        return [row for row in found if await self._leased(row["pid"], nobodys)]

    async def _leased(self, pid: str, *where: Any) -> bool:
        until = datetime.now(UTC) + timedelta(seconds=LEASE_S)
        async with self._database.writing() as connection:
            done = await connection.execute(
                update(ScheduleRow).where(ScheduleRow.pid == pid, *where).values(leased_until=until)
            )
            return done.rowcount == 1

    async def _run(self, row: Row) -> None:
        """One look: whatever comes of it, the next one is set down with it."""
        try:
            process = await self._processes.get(row["pid"], Kind.TRANSFER)
            if process.is_final:
                await self._set(row, due_at=None)
            elif process.state is not Transfer.STARTED:
                await self._set(row, due_at=datetime.now(UTC) + _SOON)
            else:
                await self._looked(process, row)
        except Exception as error:
            log.warning("a scheduled transfer failed, trying again", pid=row["pid"], exc_info=error)
            await self._set(row, due_at=_next(row, _AGAIN_S))

    async def _looked(self, process: Process, row: Row) -> None:
        try:
            found = await self._fetched(process, row)
        except ExchangeError as error:
            log.warning("a scheduled transfer brought nothing", pid=process.pid, reason=error.message.en)
            told = error.message if row["error"] != [error.message.ja, error.message.en] else None
            await self._noted(row, told, error=[error.message.ja, error.message.en], due_at=_next(row, _AGAIN_S))
            return
        if found is None:
            await self._noted(row, None, error=None)
            return
        held = {"etag": found.etag, "sha256": found.sha256, "size_bytes": found.size_bytes}
        changed = {**held, "media_type": found.media_type, "fetched_at": datetime.now(UTC)}
        await self._noted(row, _came(found), error=None, **changed)
        if row["sha256"] not in (None, found.sha256):
            await self._forget(row)

    async def _fetched(self, process: Process, row: Row) -> Fetched | None:
        """The data if they are in another state than before; raises ExchangeError."""
        access = access_of(self._transfers.address(process) or {})
        if access.endpoint is None:
            raise FetchFailed(_NO_ADDRESS)
        query = urlencode(row["declared"])
        url = f"{access.endpoint}{'&' if '?' in access.endpoint else '?'}{query}" if query else access.endpoint
        known = row["etag"]
        for again in (False, True):
            headers = access.headers(self._signing, "GET", url)
            headers |= {} if known is None else {"if-none-match": known}
            async with self._outgoing.stream_get(url, headers) as answer:
                if answer.status != 401 or again:
                    return await fetched(answer, self._holdings, lambda: self._leased(process.pid))
                refused = await refusal_of(answer)
            try:
                renewed = await self._renewing.renewed(process)
            except RenewalRefused:
                raise refused from None
            access = access_of(self._transfers.address(renewed) or {})
        raise AssertionError

    async def _noted(self, row: Row, note: Message | None, **values: Any) -> None:
        values = {"due_at": _next(row), "looked_at": datetime.now(UTC), "leased_until": None, **values}
        await self._changed(row["pid"], values, note)

    async def _changed(self, pid: str, values: Mapping[str, Any] | None, note: Message | None, **process: Any) -> None:
        """Store what came of a look, with a line in the timeline where there is something to tell."""
        async with self._locks.held(pid):
            found = await self._processes.get(pid, Kind.TRANSFER)
            step = Step("in", "", found.state, note=note) if note is not None else None
            async with self._database.writing() as connection:
                if note is not None or process:
                    await self._processes.change(connection, found, step, **process)
                if values is not None:
                    await _set(connection, pid, values)

    async def _set(self, row: Row, **values: Any) -> None:
        async with self._database.writing() as connection:
            await _set(connection, row["pid"], {"leased_until": None, **values})

    async def _forget(self, row: Row) -> None:
        """Remove what a newer state replaced, unless somebody else needs the same content."""
        same = row["sha256"]
        async with self._database.reading() as connection:
            sources = await connection.scalar(select(func.count()).where(SourceRow.fingerprint == same))
            others = await connection.scalar(select(func.count()).where(ScheduleRow.sha256 == same))
        if not sources and not others:
            await self._holdings.drop(same, row["fetched_at"])


async def _set(connection: AsyncConnection, pid: str, values: Mapping[str, Any]) -> None:
    await connection.execute(update(ScheduleRow).where(ScheduleRow.pid == pid).values(**values))


def _next(row: Row, at_most_s: float = float("inf")) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=min(row["every_s"], at_most_s))


def _came(found: Fetched) -> Message:
    return Message(
        ja=f"新しい内容を取得しました ({found.size_bytes:,} バイト、SHA-256 {found.sha256})。",
        en=f"A new state was fetched ({found.size_bytes:,} bytes, SHA-256 {found.sha256}).",
    )
