"""SQLite connections that write in the thread of the event loop what takes microseconds, and wait in another.

A transaction waits twice: for the one write lock at its beginning, if another process has it, and for the disk at its
end. What stands between takes SQLite some 20 µs a statement, and many rows at once take longer. Only those three go to
a thread.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final, Self, TypeVar

from stores.patience import to_its_end
from stores.reading_inline import InlineConnection, InlineCursor

BEGIN: Final = "BEGIN IMMEDIATE"
_MANY: Final = 100  # rows or values that are worth a thread

Result = TypeVar("Result")


async def _elsewhere(work: Callable[..., Result], *arguments: Any) -> Result:
    return await to_its_end(asyncio.to_thread(work, *arguments))


class WritingCursor(InlineCursor):
    """A cursor of a transaction.

    Args:
        timeout_s: how long its beginning waits for the lock.
    """

    def __init__(self, cursor: sqlite3.Cursor, timeout_s: float) -> None:
        super().__init__(cursor)
        self._timeout_s = timeout_s

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        """Run one statement."""
        if statement == BEGIN and self._begun():
            return self
        if statement == BEGIN or len(parameters) > _MANY:
            await _elsewhere(self._cursor.execute, statement, parameters)
        else:
            self._cursor.execute(statement, parameters)
        return self

    def _begun(self) -> bool:
        """Whether the lock was free: of one process only one asks for it at a time, and others are rare."""
        self._cursor.execute("PRAGMA busy_timeout=0")
        try:
            self._cursor.execute(BEGIN)
        except sqlite3.OperationalError:
            return False
        finally:
            self._cursor.execute(f"PRAGMA busy_timeout={int(1000 * self._timeout_s)}")
        return True

    async def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> Self:  # type: ignore[override]
        """Run a statement for many rows."""
        if len(parameters) > _MANY:
            await _elsewhere(self._cursor.executemany, statement, parameters)
        else:
            self._cursor.executemany(statement, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        """All rows left."""
        rows = self._cursor.fetchmany(_MANY)
        return rows if len(rows) < _MANY else rows + await _elsewhere(self._cursor.fetchall)


class WritingConnection(InlineConnection):
    """A connection that commits, rolls back and waits for the lock in a thread."""

    def __init__(self, path: str, timeout_s: float) -> None:
        super().__init__(path, timeout_s)
        self._timeout_s = timeout_s

    def cursor(self) -> WritingCursor:
        """A cursor, at once."""
        return WritingCursor(self._conn.cursor(), self._timeout_s)

    async def commit(self) -> None:
        """End the transaction; what it wrote is on disk."""
        await _elsewhere(self._conn.commit)

    async def rollback(self) -> None:
        """End the transaction, if there is one: SQLAlchemy does so again after each commit."""
        if self._conn.in_transaction:
            await _elsewhere(self._conn.rollback)
