"""Transactions of SQLite that are committed together."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from journal.events import Event, EventKind, append
from stores.database import Database

pytestmark = pytest.mark.anyio

Work = Callable[[AsyncConnection], Awaitable[None]]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.in_folder(tmp_path)
    await database.open()
    yield database
    await database.close()


def raw_of(connection: AsyncConnection) -> sqlite3.Connection:
    assert connection.sync_connection is not None
    raw = connection.sync_connection.connection.driver_connection.raw  # type: ignore[union-attr]
    assert isinstance(raw, sqlite3.Connection)
    return raw


async def nothing(connection: AsyncConnection) -> None:
    pass


async def failing(connection: AsyncConnection) -> None:
    raise ZeroDivisionError


async def undoing_all(connection: AsyncConnection) -> None:
    """As SQLite does by itself where the disk is full."""
    raw_of(connection).execute("ROLLBACK")
    raise sqlite3.OperationalError("database or disk is full")


async def closing(connection: AsyncConnection) -> None:
    await connection.invalidate()
    raise ConnectionError


async def write(database: Database, number: int, then: Work = nothing) -> None:
    async with database.writing(settled=False) as connection:
        await append(connection, [Event(EventKind.REGISTERED, "demo", number)])
        await then(connection)


async def together(database: Database, *works: Work) -> list[type[BaseException] | None]:
    """What comes of one who writes while several wait for him, and of these; they are numbered from 1."""
    writing: list[asyncio.Task[None]] = []

    async def let_wait(connection: AsyncConnection) -> None:
        writing.extend(asyncio.create_task(write(database, number, work)) for number, work in enumerate(works, 1))
        await asyncio.sleep(0)

    first = await asyncio.gather(write(database, 0, let_wait), return_exceptions=True)
    ends = [*first, *await asyncio.gather(*writing, return_exceptions=True)]
    return [None if end is None else type(end) for end in ends]


def stored(folder: Path) -> list[int]:
    """What is committed, seen by somebody else."""
    other = sqlite3.connect(folder / "renkei.sqlite")
    found = [number for (number,) in other.execute("SELECT resource_id FROM events ORDER BY seq")]
    other.close()
    return found


async def test_what_ends_while_others_wait_is_committed_with_them(database: Database, tmp_path: Path) -> None:
    said: list[str] = []
    async with database.writing() as connection:
        raw_of(connection).set_trace_callback(said.append)
    await together(database, *[nothing] * 20)
    assert stored(tmp_path) == list(range(21))
    assert said.count("COMMIT") == 1 + 1  # of who began to count, and of all these


async def test_nobody_goes_on_before_what_he_wrote_is_committed(database: Database, tmp_path: Path) -> None:
    async def write_and_look(number: int) -> bool:
        await write(database, number)
        return number in stored(tmp_path)

    assert all(await asyncio.gather(*map(write_and_look, range(30))))


async def test_what_fails_among_several_is_undone_alone(database: Database, tmp_path: Path) -> None:
    outcomes = await together(database, nothing, failing, nothing, failing, nothing)
    assert outcomes == [None, None, ZeroDivisionError, None, ZeroDivisionError, None]
    assert stored(tmp_path) == [0, 1, 3, 5]


@pytest.mark.parametrize("ending", [undoing_all, closing])
async def test_what_is_undone_for_all_is_stored_for_none_and_all_are_told(
    ending: Work, database: Database, tmp_path: Path
) -> None:
    outcomes = await together(database, nothing, ending, nothing)
    assert [each is None for each in outcomes] == [False, False, False, True]  # the last began anew
    await write(database, 4)
    assert stored(tmp_path) == [3, 4]


async def test_a_commit_that_fails_stores_nothing_of_any_and_all_are_told(database: Database, tmp_path: Path) -> None:
    async def owing(connection: AsyncConnection) -> None:
        raw = raw_of(connection)
        raw.execute("CREATE TABLE owed (to_whom TEXT REFERENCES tokens (id) DEFERRABLE INITIALLY DEFERRED)")
        raw.execute("INSERT INTO owed VALUES ('nobody')")

    outcomes = await together(database, nothing, owing)
    assert outcomes == [sqlite3.OperationalError] * 3
    await write(database, 3)
    assert stored(tmp_path) == [3]


async def test_who_gives_up_waiting_for_the_commit_keeps_it_from_nobody(database: Database, tmp_path: Path) -> None:
    async def give_up(connection: AsyncConnection) -> None:
        asyncio.current_task().cancel()  # type: ignore[union-attr]

    outcomes = await together(database, nothing, give_up, nothing)
    assert outcomes == [None, None, asyncio.CancelledError, None]
    assert {0, 1, 3} <= set(stored(tmp_path))


async def test_closing_commits_what_waits_for_it(database: Database, tmp_path: Path) -> None:
    async with database.writing(settled=False):
        closed = asyncio.create_task(database.close())
        await asyncio.sleep(0)
        writing = [asyncio.create_task(write(database, number)) for number in (1, 2)]
        await asyncio.sleep(0)
    await asyncio.gather(closed, *writing)
    assert stored(tmp_path) == [1, 2]


async def test_who_reads_beside_its_transaction_finds_committed_what_was_written_before_it(database: Database) -> None:
    heads: list[int] = []

    async def reading_beside() -> None:
        async with database.writing():
            heads.append(await database.head())

    async with database.writing(settled=False) as connection:
        waiting = asyncio.create_task(reading_beside())
        await asyncio.sleep(0)
        await append(connection, [Event(EventKind.REGISTERED, "demo", 1)])
    await waiting
    assert heads == [1]


async def test_who_writes_alone_is_committed_before_the_next_begins(database: Database, tmp_path: Path) -> None:
    found: list[list[int]] = []

    async def look(connection: AsyncConnection) -> None:
        found.append(stored(tmp_path))

    async with database.writing() as connection:
        waiting = asyncio.create_task(write(database, 2, look))
        await asyncio.sleep(0)
        await append(connection, [Event(EventKind.REGISTERED, "demo", 1)])
    await waiting
    assert found == [[1]]


async def test_what_is_kept_is_told_of_every_change_here_and_elsewhere_but_of_no_quiet_one(
    database: Database, tmp_path: Path
) -> None:
    async def moves() -> int | None:
        async with database.writing(moves=False):
            return database.moves_within()

    other = Database.in_folder(tmp_path)
    await other.open()
    found = [await moves(), await moves()]
    await write(database, 1)
    found.append(await moves())
    await write(other, 2)
    found.append(await moves())
    assert [number is not None and number - (found[0] or 0) for number in found] == [0, 0, 1, 2]
    await other.close()


async def test_who_is_cancelled_while_committing_for_others_leaves_them_what_they_wrote(
    database: Database, tmp_path: Path
) -> None:
    async def member(number: int, held: asyncio.Event) -> None:
        async with database.writing(settled=False) as connection:
            await append(connection, [Event(EventKind.REGISTERED, "demo", number)])
            await held.wait()

    async def settled() -> None:
        async with database.writing():
            pass

    async def given_up(work: Callable[[], object]) -> object:
        committing.set()
        return await run(lambda: (work(), time.sleep(0.3)))

    committing, held, free = asyncio.Event(), asyncio.Event(), asyncio.Event()
    free.set()
    assert database._committing is not None
    members = [asyncio.create_task(member(number, each)) for number, each in ((1, held), (2, free))]
    last = asyncio.create_task(settled())
    await asyncio.sleep(0.1)
    aside = database._committing._aside
    run, aside.run = aside.run, given_up  # type: ignore[method-assign, assignment]
    held.set()
    await committing.wait()
    await asyncio.sleep(0.05)
    last.cancel()
    await asyncio.gather(*members)
    assert {1, 2} <= set(stored(tmp_path))
