"""The state database: SQLite by default, PostgreSQL by URL. It is the truth; all else is made from it."""

import sqlite3
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sqlalchemy import and_, bindparam, case, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from stores.committing import Committing
from stores.migrating import upgrade
from stores.prepared import Prepared, Row
from stores.reading_inline import InlineConnection
from stores.tables import TRAFFIC, EventRow
from stores.writing_inline import BEGIN, WritingConnection

_BUSY_TIMEOUT_MS = 30_000  # a bulk load beside the server holds the write lock for one chunk at a time


_SHORT = 4 << 10  # bytes: what fits a window that is cleared in a quarter of the time of a whole one

_Heads = tuple[int, int]
_MOMENT: "ContextVar[tuple[Database, _Heads] | None]" = ContextVar("moment", default=None)
_CONCERNING = and_(*(EventRow.kind != kind for kind in sorted(TRAFFIC)))
_HEAD = Prepared(select(func.max(EventRow.seq).label("newest")))
_SINCE: Any = select(
    func.max(EventRow.seq).label("newest"), func.max(case((_CONCERNING, EventRow.seq))).label("concerning")
)
_HEADS = Prepared(_SINCE.where(EventRow.seq > bindparam("seen")))


class DatabaseError(Exception):
    """The state database cannot be used."""


class DatabaseDamaged(DatabaseError):
    """The database file fails SQLite's own integrity check, or is no database."""

    def __init__(self, path: Path, finding: str) -> None:
        super().__init__(f"{path} is damaged ({finding}); restore it from a backup")
        self.path = path


def packed(data: bytes) -> bytes:
    """Bytes as the large columns hold them."""
    if len(data) > _SHORT:
        return zlib.compress(data, 1)
    packing = zlib.compressobj(level=1, wbits=12, memLevel=5)
    return packing.compress(data) + packing.flush()


def unpacked(data: bytes) -> bytes:
    """The bytes that `packed` was given."""
    return zlib.decompress(data)


class Database:
    """Connections to the state database.

    Reads and writes go through engines of their own: on SQLite a write transaction takes the one write lock at its
    start (`BEGIN IMMEDIATE`), so that it cannot fail half-way, and readers never wait for it (WAL). Of one process, one
    at a time writes.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.path = Path(self.url.database) if self.is_sqlite and self.url.database else None
        self._readers = self._sqlite(self._reader, "BEGIN") if self.is_sqlite else self._postgresql()
        self._committing = Committing(self.url, self._writer, _BUSY_TIMEOUT_MS / 1000) if self.is_sqlite else None
        self._sentinel: sqlite3.Connection | None = None
        self._seen_version = -1
        self._seen: _Heads | None = None

    @classmethod
    def in_folder(cls, folder: Path) -> "Database":
        """The embedded database of a data folder."""
        return cls(f"sqlite+aiosqlite:///{folder / 'renkei.sqlite'}")

    async def open(self) -> None:
        """Create or upgrade the tables; an older file is copied aside first.

        Raises:
            DatabaseDamaged: the file is no sound SQLite database.
        """
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _examine(self.path)
        upgraded = self._sqlite(self._writer, BEGIN) if self.is_sqlite else self._readers
        await upgrade(upgraded, self.path)
        if self.path is not None:
            await upgraded.dispose()
            self._sentinel = sqlite3.connect(
                self.path, timeout=_BUSY_TIMEOUT_MS / 1000, check_same_thread=False, isolation_level=None
            )
            self._sentinel.execute("PRAGMA query_only=ON")
            self._sentinel.execute("PRAGMA cache_size=-16000")  # KiB: the inner pages of the trees for 100,000s of rows

    async def close(self) -> None:
        """Give back every connection."""
        if self._sentinel is not None:
            self._sentinel.close()
            self._sentinel = None
        if self._committing is not None:
            await self._committing.close()
        await self._readers.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One consistent view; nothing can be written through it."""
        async with self._readers.connect() as connection:
            yield connection

    def writing(self, *, settled: bool = True, moves: bool = True) -> AbstractAsyncContextManager[AsyncConnection]:
        """One transaction: committed at the end, rolled back by any exception.

        Args:
            settled: whether all that was written before is committed first, and this by itself. False lets it be
                committed with others of this kind: it may not read beside its transaction, by `rows`, `head` or
                `reading`, what others of them write, for those see what is committed alone.
            moves: whether what is kept of the database as long as its `moves` may be otherwise after it.
        """
        return (
            self._written() if self._committing is None else self._committing.transaction(settled=settled, moves=moves)
        )

    @property
    def moves(self) -> int | None:
        """A number that grows with each such transaction of this process; None where nobody would be told of others."""
        return None if self._committing is None else self._committing.moves

    def moves_within(self) -> int | None:
        """As `moves`, asked in a transaction: then it grew with those of other processes too."""
        return None if self._committing is None else self._committing.moves_within()

    @asynccontextmanager
    async def _written(self) -> AsyncIterator[AsyncConnection]:
        async with self._readers.begin() as connection:
            yield connection

    async def rows(self, query: Prepared, **values: object) -> Sequence[Row]:
        """The rows of one query, read at once; for what every request asks."""
        if self._sentinel is not None:
            return query.run(self._sentinel, self._readers.dialect, values)
        async with self.reading() as connection:
            found: Sequence[Row] = (await connection.execute(query.statement, values)).mappings().all()
            return found

    async def head(self) -> int:
        """The number of the newest journal event, 0 in an empty journal."""
        return (await self._heads())[0]

    async def catalog_head(self) -> int:
        """A number that moves with each event but those of `TRAFFIC`; what is kept of the catalog holds as long as it.

        It is the number of such an event, or of a later one that this process began with.
        """
        return (await self._heads())[1]

    async def _heads(self) -> _Heads:
        """Both, looked up once for each commit of anybody.

        On SQLite `PRAGMA data_version` (microseconds, no I/O) tells whether anybody committed since the last call.
        """
        if (moment := _MOMENT.get()) is not None and moment[0] is self:
            return moment[1]
        version, seen = -1, self._seen
        if self._sentinel is not None:
            version = self._sentinel.execute("PRAGMA data_version").fetchone()[0]
            if seen is not None and version == self._seen_version:
                return seen
        if seen is None:
            head = (await self.rows(_HEAD))[0]["newest"] or 0
            found = head, head
        else:  # of what came since then alone: nothing but traffic may come for hours
            row = (await self.rows(_HEADS, seen=seen[0]))[0]
            found = row["newest"] or seen[0], row["concerning"] or seen[1]
        self._seen_version, self._seen = version, found
        return found

    @asynccontextmanager
    async def one_moment(self) -> AsyncIterator[int]:
        """The head of the catalog, looked up once for all that is asked within.

        For an answer that only reads and waits for nobody: what it takes for true is what was true when it began.
        """
        heads = await self._heads()
        token = _MOMENT.set((self, heads))
        try:
            yield heads[1]
        finally:
            _MOMENT.reset(token)

    async def backup(self, target: Path) -> None:
        """Copy the SQLite database, consistent, while it is used.

        Raises:
            DatabaseError: the database is not SQLite; PostgreSQL has its own tools.
        """
        if self.path is None:
            raise DatabaseError("only the embedded database is backed up by Renkei; use pg_dump for PostgreSQL")
        copy_sqlite(self.path, target)

    async def _reader(self) -> InlineConnection:
        connection = InlineConnection(str(self.path), _BUSY_TIMEOUT_MS / 1000)
        await connection.cursor().execute("PRAGMA query_only=ON")
        return connection

    async def _writer(self) -> WritingConnection:
        connection = WritingConnection(str(self.path), _BUSY_TIMEOUT_MS / 1000)
        for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            # FULL: an acknowledged write survives a power cut.
            await connection.cursor().execute(f"PRAGMA {setting}")
        return connection

    def _sqlite(self, connect: Callable[[], Awaitable[InlineConnection]], begin: str) -> AsyncEngine:
        engine = create_async_engine(self.url, async_creator=connect, pool_size=8)

        @event.listens_for(engine.sync_engine, "begin")
        def _begin(connection: Any) -> None:
            connection.exec_driver_sql(begin)  # SQLAlchemy's own, not the driver's late one

        return engine

    def _postgresql(self) -> AsyncEngine:
        return create_async_engine(self.url, pool_pre_ping=True)


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite database by its backup interface, which sees one consistent state."""
    target.parent.mkdir(parents=True, exist_ok=True)
    origin, copy = sqlite3.connect(source), sqlite3.connect(target)
    try:
        origin.backup(copy)
    finally:
        origin.close()
        copy.close()


def _examine(path: Path) -> None:
    if not path.exists():
        return
    connection = sqlite3.connect(path)
    try:
        finding = connection.execute("PRAGMA quick_check(1)").fetchone()[0] if path.stat().st_size < 64 << 20 else "ok"
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        finding = str(error)
    finally:
        connection.close()
    if finding != "ok":
        raise DatabaseDamaged(path, str(finding))
