"""The one connection that writes a SQLite database; transactions that end while others wait are committed together.

A commit waits for the disk, in a thread, and takes several times as long as the statements of a step. So whoever ends
while others wait leaves its commit to the end of their row, and they go on in the same transaction of SQLite, each
within a savepoint of its own. Nobody is told that it is done before the commit that holds what it wrote; what fails is
undone alone. Other connections see none of it before that commit: so only those take part who say that they read
nothing beside their transaction that others of them write.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from stores.failpoints import passing
from stores.patience import Aside
from stores.writing_inline import BEGIN, WritingConnection, elsewhere

_OURS: Final = "one_of_several"
_KEEP, _UNDO = f"RELEASE {_OURS}", f"ROLLBACK TO {_OURS}"
_GONE: Final = "the transaction was rolled back with another"


class _Group:
    """Transactions that are committed together.

    Attributes:
        done: the outcome of their commit.
        moves: whether one of them changed what others keep.
        closing: what commits them, where the first did not do so itself.
    """

    def __init__(self) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closing: asyncio.Task[None] | None = None
        self.moves = False

    def fail(self, error: BaseException) -> None:
        """Tell all that nothing of theirs is stored."""
        if not self.done.done():
            self.done.set_exception(error)
            self.done.exception()  # seen, even if all of them gave up


class Committing:
    """Gives out the connection, to one after the other.

    Args:
        url: of the database.
        connect: opens it.
        timeout_s: how long a transaction waits for another process.

    Attributes:
        moves: grows with each commit of what others keep.
    """

    def __init__(self, url: URL, connect: Callable[[], Awaitable[WritingConnection]], timeout_s: float) -> None:
        self._connect, self._timeout_s = connect, timeout_s
        self._engine = create_async_engine(url, async_creator=self._raw_connection, pool_size=1)
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._kept: AsyncConnection | None = None
        self._raw: sqlite3.Connection | None = None
        self._group: _Group | None = None
        self.moves = 0
        self._foreign = -1
        self._aside = Aside()

    @contextlib.asynccontextmanager
    async def transaction(self, *, settled: bool = True, moves: bool = True) -> AsyncIterator[AsyncConnection]:
        """One transaction: durable at the end, undone by any exception.

        Args:
            settled: whether it is committed by itself, and what was written before it is so before it begins.
            moves: whether it may change what others keep.
        """
        await self._take_turn()
        try:
            connection, raw = await self._opened()
            group, first = await self._entered(raw, settled=settled)
            try:
                yield connection
                passing("before a commit")
                group.moves = group.moves or moves
                await self._left(raw, group, first=first, alone=settled)
            except BaseException as error:
                self._undone(raw, group, error, first=first)
                raise
        finally:
            self._turn.release()
        if not group.done.done():
            await asyncio.shield(group.done)
        group.done.result()
        passing("after a commit")

    def moves_within(self) -> int:
        """As `moves`, asked in a transaction: with the commits of other processes too."""
        assert self._raw is not None
        foreign: int = self._raw.execute("PRAGMA data_version").fetchone()[0]  # of its own commits it takes no notice
        if foreign != self._foreign:
            self._foreign = foreign
            self.moves += 1
        return self.moves

    async def close(self) -> None:
        """Give the connection back; what still waits to be committed is so before."""
        async with self._turn:
            if self._group is not None and self._raw is not None:
                await self._end(self._raw, self._group)
            await self._forget()
            await self._engine.dispose()
        self._aside.end()

    async def _take_turn(self) -> None:
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1

    async def _raw_connection(self) -> WritingConnection:
        made = await self._connect()
        self._raw = made.raw
        self._raw.execute("PRAGMA busy_timeout=0")  # who has to wait for another process does so in a thread
        self._foreign = -1  # counted anew for each connection
        return made

    async def _opened(self) -> tuple[AsyncConnection, sqlite3.Connection]:
        if self._kept is not None and (self._kept.invalidated or self._kept.closed):
            await self._forget()
        if self._kept is None:
            self._kept = await self._engine.connect()
            await self._kept.begin()  # for SQLAlchemy one transaction lasts for ever; ours begin and end below it
        assert self._raw is not None
        return self._kept, self._raw

    async def _forget(self) -> None:
        kept, self._kept = self._kept, None
        if self._group is not None and self._raw is not None:  # the connection was lost
            self._fail(self._raw, self._group, _GONE)
        if kept is not None:
            await kept.close()

    async def _entered(self, raw: sqlite3.Connection, *, settled: bool) -> tuple[_Group, bool]:
        """Begin, or go on in what others have begun; and whether it is the first."""
        if settled and self._group is not None:
            await self._end(raw, self._group)
        if self._group is not None and not self._group.done.done() and raw.in_transaction:
            raw.execute(f"SAVEPOINT {_OURS}")
            return self._group, False
        if self._group is not None:
            self._fail(raw, self._group, _GONE)
        await self._begin(raw)
        self._group = _Group()
        return self._group, True

    async def _begin(self, raw: sqlite3.Connection) -> None:
        try:
            raw.execute(BEGIN)  # in nearly all cases nobody else is there
        except sqlite3.OperationalError:
            try:
                await elsewhere(_begin_patiently, raw, self._timeout_s)
            except BaseException:
                if raw.in_transaction:  # it was cancelled while it got it
                    raw.execute("ROLLBACK")
                raise

    async def _left(self, raw: sqlite3.Connection, group: _Group, *, first: bool, alone: bool) -> None:
        if not first:
            raw.execute(_KEEP)
        elif self._waiting and not alone:
            group.closing = asyncio.create_task(self._close(raw, group))  # its turn comes after all who wait now
        else:
            await self._commit(raw, group)

    async def _close(self, raw: sqlite3.Connection, group: _Group) -> None:
        try:
            async with self._turn:
                await self._end(raw, group)
        except BaseException:
            group.fail(sqlite3.OperationalError(_GONE))  # the next one undoes it
            raise

    async def _end(self, raw: sqlite3.Connection, group: _Group) -> None:
        """Commit what several did, and tell them; none of them is stored if that fails."""
        if group.done.done():
            return
        try:
            await self._commit(raw, group)
        except sqlite3.Error as error:
            self._fail(raw, group, f"the commit failed: {error}")

    async def _commit(self, raw: sqlite3.Connection, group: _Group) -> None:
        if not raw.in_transaction:
            raise sqlite3.OperationalError(_GONE)
        committed = False

        def commit() -> None:
            nonlocal committed
            raw.execute("COMMIT")
            committed = True

        try:
            await self._aside.run(commit)
        finally:  # who is cancelled here has committed, and the others are told so
            self.moves += group.moves
            if committed:
                self._group = None
                group.done.set_result(None)

    def _undone(self, raw: sqlite3.Connection, group: _Group, error: BaseException, *, first: bool) -> None:
        """Undo what one of a group did; where SQLite undid all, as when the disk is full, none of them is stored."""
        if not first and not group.done.done() and _is_in_transaction(raw):
            raw.execute(_UNDO)
            raw.execute(_KEEP)
        else:
            self._fail(raw, group, f"{_GONE}: {error}")

    def _fail(self, raw: sqlite3.Connection, group: _Group, why: str) -> None:
        if _is_in_transaction(raw):
            raw.execute("ROLLBACK")
        group.fail(sqlite3.OperationalError(why))
        self._group = None


def _begin_patiently(raw: sqlite3.Connection, timeout_s: float) -> None:
    raw.execute(f"PRAGMA busy_timeout={int(1000 * timeout_s)}")
    try:
        raw.execute(BEGIN)
    finally:
        raw.execute("PRAGMA busy_timeout=0")


def _is_in_transaction(raw: sqlite3.Connection) -> bool:
    try:
        return raw.in_transaction
    except sqlite3.ProgrammingError:  # SQLAlchemy closes a connection whose statement was given up half-way
        return False
