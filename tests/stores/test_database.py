import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from journal.events import Event, EventKind, append, since
from stores.database import Database, DatabaseDamaged, packed, unpacked
from stores.migrating import DatabaseTooNew
from stores.tables import TRAFFIC, AudienceRow, TokenRow

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.in_folder(tmp_path)
    await database.open()
    yield database
    await database.close()


async def test_the_head_follows_every_commit_of_any_connection(database: Database, tmp_path: Path) -> None:
    other = Database.in_folder(tmp_path)
    await other.open()
    heads = [await database.head()]
    for writer in (database, other):
        async with writer.writing() as connection:
            await append(connection, [Event(EventKind.REGISTERED, "demo", 1)])
        heads.append(await database.head())
    await other.close()
    assert heads == [0, 1, 2]


def test_traffic_is_made_of_kinds_that_there_are() -> None:
    assert set(TRAFFIC) < {kind.value for kind in EventKind}


@pytest.mark.parametrize("kind", EventKind)
async def test_the_head_of_the_catalog_moves_with_all_but_traffic_of_anybody(
    kind: EventKind, database: Database, tmp_path: Path
) -> None:
    other = Database.in_folder(tmp_path)
    await other.open()
    heads = []
    for writer in (database, other):
        before = await database.catalog_head()
        async with writer.writing() as connection:
            await append(connection, [Event(kind), Event(EventKind.DECIDED)])
        heads.append((before, await database.catalog_head()))
    await other.close()
    assert heads == ([(0, 0), (0, 0)] if kind.value in TRAFFIC else [(0, 1), (1, 3)])


async def test_within_one_moment_the_head_stays_and_after_it_is_the_newest(database: Database, tmp_path: Path) -> None:
    other = Database.in_folder(tmp_path)
    async with database.one_moment() as begun:
        async with other.writing() as connection:
            await append(connection, [Event(EventKind.TOKEN_ISSUED)])
        within, elsewhere = await database.head(), await other.head()
    assert (begun, within, elsewhere, await database.head()) == (0, 0, 1, 1)
    await other.close()


async def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.writing() as connection:
            await append(connection, [Event(EventKind.REGISTERED)])
            raise ZeroDivisionError
    assert await database.head() == 0


async def test_events_come_back_in_order_and_as_they_were(database: Database) -> None:
    given = [Event(EventKind.CHANGED, "demo", n, n, "public", n + 1, "participants", "operator") for n in range(3)]
    async with database.writing() as connection:
        await append(connection, given)
    async with database.reading() as connection:
        found = await since(connection, 1, 10)
    assert [(event.seq, event.resource, event.now_revision) for event in found] == [(2, 1, 2), (3, 2, 3)]


async def test_times_come_back_aware_and_naive_ones_are_refused(database: Database) -> None:
    now = datetime.now(UTC)
    row = {"id": "a", "hash": "h", "role": "reader", "created_at": now}
    async with database.writing() as connection:
        await connection.execute(insert(TokenRow), [row])
    async with database.reading() as connection:
        assert await connection.scalar(select(TokenRow.created_at)) == now
    with pytest.raises(Exception, match="naive"):
        async with database.writing() as connection:
            await connection.execute(insert(TokenRow), [row | {"id": "b", "created_at": datetime(2026, 1, 1)}])


async def test_a_write_waits_for_no_reader_and_a_reader_sees_one_moment(database: Database) -> None:
    async with database.reading() as reader:
        before = (await reader.execute(select(AudienceRow.audience))).all()
        async with database.writing() as writer:
            await writer.execute(insert(AudienceRow), [{"audience": "public"}])
        assert (await reader.execute(select(AudienceRow.audience))).all() == before == []


async def test_a_backup_taken_while_serving_opens_elsewhere(database: Database, tmp_path: Path) -> None:
    async with database.writing() as connection:
        await append(connection, [Event(EventKind.REGISTERED)])
    await database.backup(tmp_path / "copy" / "renkei.sqlite")
    copy = Database.in_folder(tmp_path / "copy")
    await copy.open()
    assert await copy.head() == 1
    await copy.close()


async def test_a_damaged_file_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "renkei.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(DatabaseDamaged, match="restore it from a backup"):
        await Database.in_folder(tmp_path).open()


async def test_a_database_of_a_newer_version_is_refused(database: Database, tmp_path: Path) -> None:
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    newer = Database.in_folder(tmp_path)
    with pytest.raises(DatabaseTooNew, match="9999"):
        await newer.open()
    await newer.close()


@pytest.mark.parametrize("size", [0, 1, 4096, 4097, 100_000])
def test_packing_is_lossless(size: int) -> None:
    data = ("人口" * size).encode()[:size]
    assert unpacked(packed(data)) == data


async def test_a_write_waits_for_another_and_the_rest_goes_on(database: Database, tmp_path: Path) -> None:
    other = Database.in_folder(tmp_path)
    await other.open()
    async with other.writing():
        waiting, given_up = (asyncio.create_task(_append_one(database)) for _ in range(2))
        await asyncio.sleep(0.05)
        given_up.cancel()
    await waiting
    with pytest.raises(asyncio.CancelledError):
        await given_up
    await other.close()
    await _append_one(database)
    assert await database.head() == 2


async def _append_one(database: Database) -> None:
    async with database.writing() as connection:
        await append(connection, [Event(EventKind.REGISTERED)])


async def test_many_rows_come_and_go_whole(database: Database) -> None:
    async with database.writing() as connection:
        await append(connection, [Event(EventKind.REGISTERED, resource=n) for n in range(1000)])
        found = await since(connection, 0, 2000)
    assert [event.resource for event in found] == list(range(1000))


async def test_many_writers_at_once_all_get_their_turn(database: Database) -> None:
    async def write(number: int) -> None:
        async with database.writing() as connection:
            await append(connection, [Event(EventKind.REGISTERED, "demo", number)])

    await asyncio.gather(*(write(number) for number in range(40)))  # more than there are threads or connections
    assert await database.head() == 40


async def test_who_is_cancelled_again_and_again_still_leaves_no_thread_behind(
    database: Database, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "renkei.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    ended = asyncio.Event()
    waiting = asyncio.create_task(_write_and_tell(database, ended))
    for _ in range(5):
        await asyncio.sleep(0.02)
        waiting.cancel()
    assert not ended.is_set()
    other.execute("COMMIT")
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with database.writing() as connection:
        await append(connection, [Event(EventKind.REGISTERED)])


async def _write_and_tell(database: Database, ended: asyncio.Event) -> None:
    try:
        async with database.writing() as connection:
            await append(connection, [Event(EventKind.REGISTERED)])
    finally:
        ended.set()
