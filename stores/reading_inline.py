"""SQLite connections that read in the thread of the event loop.

An indexed read takes SQLite some 20 µs; handing each call of it to a thread and back costs aiosqlite five times that,
and a page makes forty such calls. In WAL mode a reader never waits for a writer, so there is nothing to wait for.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self


class InlineCursor:
    """What SQLAlchemy uses of an aiosqlite cursor."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor
        self.arraysize = cursor.arraysize

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> Any:
        """Of the columns of the last query."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """Rows that the last statement changed."""
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        """Key of the last row inserted."""
        return self._cursor.lastrowid

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        """Run one statement."""
        self._cursor.execute(statement, parameters)
        return self

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> Self:
        """Run a statement for many rows."""
        self._cursor.executemany(statement, parameters)
        return self

    async def fetchone(self) -> Any:
        """The next row."""
        return self._cursor.fetchone()

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """Some rows."""
        return self._cursor.fetchmany(self.arraysize if size is None else size)

    async def fetchall(self) -> list[Any]:
        """All rows left."""
        return self._cursor.fetchall()

    async def close(self) -> None:
        """Let go of the statement."""
        self._cursor.close()


class InlineConnection:
    """What SQLAlchemy uses of an aiosqlite connection."""

    def __init__(self, path: str, timeout_s: float) -> None:
        self._connection: sqlite3.Connection | None = sqlite3.connect(
            path, timeout=timeout_s, isolation_level=None, check_same_thread=False
        )

    @property
    def _conn(self) -> sqlite3.Connection:
        if self._connection is None:
            raise ValueError("no active connection")  # the words that SQLAlchemy looks for
        return self._connection

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection itself, for statements that go past SQLAlchemy."""
        return self._conn

    @property
    def isolation_level(self) -> str | None:
        """None: transactions are begun by SQLAlchemy."""
        return self._conn.isolation_level

    def cursor(self) -> InlineCursor:
        """A cursor, at once."""
        return InlineCursor(self._conn.cursor())

    async def create_function(self, name: str, arguments: int, function: Callable[..., Any], **how: Any) -> None:
        """Make a function known to SQL."""
        self._conn.create_function(name, arguments, function, **how)

    async def commit(self) -> None:
        """End the transaction."""
        self._conn.commit()

    async def rollback(self) -> None:
        """End the transaction."""
        self._conn.rollback()

    async def close(self) -> None:
        """Close, once or more."""
        self.stop()

    def stop(self) -> None:
        """Close without waiting."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
