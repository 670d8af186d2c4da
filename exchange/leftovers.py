"""Files that are held here and that nothing needs any more: removed after a time of grace."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.holding import Holdings, Unneeded
from journal.events import Event, EventKind, append
from stores.database import Database
from stores.exchange_tables import ScheduleRow, SourceRow

_EVERY: Final = timedelta(hours=1)
_SETTLED_S: Final = 60.0  # after a start, when there is more urgent work
log: structlog.stdlib.BoundLogger = structlog.get_logger("renkei")


class _NeededAgain(Exception):
    """Somebody needs a file that nothing needed a moment ago."""


class Leftovers:
    """Finds and removes them.

    Needed are the data of every source and the newest state of every scheduled transfer. A file that was brought and is
    nobody's data yet has the same time of grace.
    """

    def __init__(self, database: Database, holdings: Holdings, grace: timedelta) -> None:
        self._database = database
        self._holdings = holdings
        self._grace = grace

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Look now and then, until the end."""
        looking = asyncio.create_task(self._keep_looking())
        try:
            yield
        finally:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking

    async def sweep(self, now: datetime) -> int:
        """Remove what nothing has needed for the time of grace; answers how many files that were."""
        removed = 0
        for number in range(256):  # a part of them at a time, for there may be many
            begin = f"{number:02x}"
            async with self._database.reading() as connection:
                needed = await _needed(connection, begin)
            for file in await asyncio.to_thread(self._holdings.unneeded, begin, needed, now):
                if now - file.since > self._grace:
                    removed += await self._removed(file)
        return removed

    async def _removed(self, file: Unneeded) -> bool:
        try:
            async with self._database.writing() as connection:
                # First, so that who makes it a source at this moment comes before us or finds it gone.
                await append(connection, [Event(EventKind.FILE_REMOVED, subject=file.sha256)])
                if file.sha256 in await _needed(connection, file.sha256):
                    raise _NeededAgain
                size = await self._holdings.remove(file)
                if not size:
                    raise _NeededAgain
        except _NeededAgain:
            return False
        log.info("a file that nothing needed was removed", sha256=file.sha256, size_bytes=size)
        return True

    async def _keep_looking(self) -> None:
        await asyncio.sleep(_SETTLED_S)
        while True:
            try:
                await self.sweep(datetime.now(UTC))
            except Exception as error:
                log.warning("looking for files that nothing needs failed, trying again", exc_info=error)
            await asyncio.sleep(min(_EVERY, self._grace).total_seconds())


async def _needed(connection: AsyncConnection, begin: str) -> set[str]:
    """Hashes of files that something needs, of those that begin so."""
    data = select(SourceRow.fingerprint).where(SourceRow.kind == "file", SourceRow.fingerprint.startswith(begin))
    newest = select(ScheduleRow.sha256).where(ScheduleRow.sha256.startswith(begin))
    return {str(each) for each in await connection.scalars(union_all(data, newest))}
