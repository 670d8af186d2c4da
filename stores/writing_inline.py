"""SQLite connections that write in the thread of the event loop what takes microseconds, and wait in another.

A transaction waits twice: for the one write lock at its beginning, if another process has it, and for the disk at its
end. What stands between takes SQLite some 20 µs a statement, and many rows at once take longer. Only those three go to
a thread.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, Self, TypeVar

from stores.patience import to_its_end
from stores.reading_inline import InlineConnection, InlineCursor

BEGIN: Final = "BEGIN IMMEDIATE"
_MANY: Final = 100  # rows or values that are worth a thread

Result = TypeVar("Result")


async def elsewhere(work: Callable[..., Result], *arguments: Any) -> Result:
    """What work in a thread comes to; whoever is cancelled waits for its end."""
    return await to_its_end(asyncio.to_thread(work, *arguments))


class WritingCursor(InlineCursor):
    """A cursor of a transaction."""

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        """Run one statement."""
        if statement == BEGIN or len(parameters) > _MANY:
            await elsewhere(self._cursor.execute, statement, parameters)
        else:
            self._cursor.execute(statement, parameters)
        return self

    async def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> Self:  # type: ignore[override]
        """Run a statement for many rows."""
        if len(parameters) > _MANY:
            await elsewhere(self._cursor.executemany, statement, parameters)
        else:
            self._cursor.executemany(statement, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        """All rows left."""
        rows = self._cursor.fetchmany(_MANY)
        return rows if len(rows) < _MANY else rows + await elsewhere(self._cursor.fetchall)


class WritingConnection(InlineConnection):
    """A connection that commits, rolls back and waits for the lock in a thread."""

    def cursor(self) -> WritingCursor:
        """A cursor, at once."""
        return WritingCursor(self._conn.cursor())

    async def commit(self) -> None:
        """End the transaction; what it wrote is on disk."""
        await elsewhere(self._conn.commit)

    async def rollback(self) -> None:
        """End the transaction, if there is one: SQLAlchemy does so again after each commit."""
        if self._conn.in_transaction:
            await elsewhere(self._conn.rollback)
