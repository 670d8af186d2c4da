"""Files that are held here: as much as there is room for, and as long as something needs them."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert

from exchange.holding import Held, Holdings, StorageFull
from exchange.leftovers import Leftovers
from exchange.release_errors import SourceInvalid
from exchange.upstreams import Upstream
from participants.principal import Principal
from stores.exchange_tables import ScheduleRow, SourceRow
from tests.exchange.release.city import CITY, CSV, DATASET, TRANSFER, Deployment, agreed

pytestmark = pytest.mark.anyio
GRACE = timedelta(days=7)
PROVIDER = Principal(CITY, "provider", None, True)


async def pieces(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_no_more_is_kept_than_there_is_room_for(tmp_path: Path) -> None:
    holdings = Holdings(tmp_path, 100, 150)
    await holdings.take(pieces(b"a" * 100))
    with pytest.raises(StorageFull):
        await holdings.take(pieces(b"b" * 30, b"b" * 30))
    await holdings.take(pieces(b"c" * 50))
    assert list((tmp_path / "coming").iterdir()) == []


async def test_the_same_content_takes_room_once(tmp_path: Path) -> None:
    holdings = Holdings(tmp_path, 100, 150)
    for _ in range(5):
        await holdings.take(pieces(b"a" * 70))
    await holdings.take(pieces(b"b" * 80))


async def test_what_was_kept_before_a_start_takes_room_after_it(tmp_path: Path) -> None:
    await Holdings(tmp_path, 100, 150).take(pieces(b"a" * 100))
    with pytest.raises(StorageFull):
        await Holdings(tmp_path, 100, 150).take(pieces(b"b" * 60))


async def test_room_is_shared_by_uploads_that_come_at_once(tmp_path: Path) -> None:
    holdings = Holdings(tmp_path, 100, 150)

    async def meanwhile() -> AsyncIterator[bytes]:
        yield b"a" * 90
        with pytest.raises(StorageFull):
            await holdings.take(pieces(b"b" * 90))
        yield b"a" * 10

    await holdings.take(meanwhile())
    await holdings.take(pieces(b"b" * 50))


async def test_what_is_dropped_leaves_its_room_and_nothing_else(tmp_path: Path) -> None:
    holdings = Holdings(tmp_path, 100, 150)
    held = await holdings.take(pieces(b"a" * 100))
    holdings.unneeded(held.sha256[:2], (), datetime.now(UTC))
    await holdings.drop(held.sha256, datetime.now(UTC))
    await holdings.take(pieces(b"b" * 100))
    assert [path.name for path in (tmp_path / "unneeded").iterdir()] == []


class Swept:
    """Sweeps of a deployment, at times that the test says."""

    def __init__(self, city: Deployment) -> None:
        self.city = city
        self.now = datetime.now(UTC)

    async def __call__(self, later: timedelta = timedelta()) -> None:
        """Once, that much later."""
        self.now += later
        # Begun anew each time: whatever it knows stands on disk.
        await Leftovers(self.city.database, self.city.gate.holdings, GRACE).sweep(self.now)

    def holds(self, content: bytes = CSV) -> bool:
        return any(path.read_bytes() == content for path in (self.city.folder / "files").glob("??/*"))


@pytest.fixture
def sweep(city: Deployment) -> Swept:
    city.gate.sources.size_of = city.gate.holdings.size_of
    return Swept(city)


async def test_a_file_that_is_somebodys_data_stays(city: Deployment, sweep: Swept) -> None:
    for _ in range(5):
        await sweep(GRACE)
    assert await city.pull(await city.agree(agreed())) == CSV


async def test_a_file_goes_when_nothing_needed_it_for_the_time_of_grace(city: Deployment, sweep: Swept) -> None:
    await sweep(10 * GRACE)
    await city.gate.sources.remove(DATASET, PROVIDER)
    for later in (timedelta(), GRACE * 0.9):
        await sweep(later)
        assert sweep.holds()
    await sweep(GRACE * 0.2)
    assert not sweep.holds()
    assert "file-removed" in await city.events()


async def test_a_file_that_is_needed_again_begins_its_time_of_grace_anew(city: Deployment, sweep: Swept) -> None:
    held = await brought(city)
    await sweep()
    await sweep(GRACE * 0.9)
    await city.gate.sources.set(DATASET, upstream(city, held), PROVIDER)
    await sweep(GRACE * 0.2)
    await city.hold()
    await sweep()
    await sweep(GRACE * 0.9)
    assert sweep.holds(b"another")


async def brought(city: Deployment, content: bytes = b"another") -> Held:
    return await city.gate.holdings.take(pieces(content))


def upstream(city: Deployment, held: Held) -> Upstream:
    receipt = {"receipt": city.gate.sources.receipt(held, PROVIDER)}
    return Upstream("file", {"sha256": held.sha256, "size_bytes": held.size_bytes}, receipt)


async def test_a_file_that_is_brought_once_more_begins_its_time_of_grace_anew(city: Deployment, sweep: Swept) -> None:
    held = await brought(city)
    await sweep()
    await sweep(GRACE * 0.9)
    await brought(city)
    os.utime(city.gate.holdings.path(held.sha256), (sweep.now.timestamp(),) * 2)
    await sweep(GRACE * 0.2)
    assert sweep.holds(b"another")
    await sweep(GRACE)
    assert not sweep.holds(b"another")


@pytest.mark.parametrize("nanoseconds", [100, 499, 501, 999])
async def test_the_time_of_grace_ends_whatever_the_clock_of_the_disk_counts(
    city: Deployment, sweep: Swept, nanoseconds: int
) -> None:
    held = await brought(city)
    at = int(sweep.now.timestamp()) * 10**9 + 10**9 + nanoseconds  # after the first look
    os.utime(city.gate.holdings.path(held.sha256), ns=(at, at))
    await sweep()
    await sweep(2 * GRACE)
    assert not sweep.holds(b"another")


async def test_the_newest_of_a_scheduled_transfer_stays(city: Deployment, sweep: Swept) -> None:
    await city.agree(agreed())
    held, now = await brought(city), datetime.now(UTC)
    async with city.database.writing() as connection:
        row = {"pid": TRANSFER, "every_s": 60, "declared": {}, "due_at": now, "sha256": held.sha256}
        await connection.execute(insert(ScheduleRow).values(**row))
    for _ in range(3):
        await sweep(GRACE)
    assert sweep.holds(b"another")
    async with city.database.writing() as connection:
        await connection.execute(delete(ScheduleRow))
    await sweep()
    await sweep(2 * GRACE)
    assert not sweep.holds(b"another")


async def test_the_receipt_of_a_file_that_went_makes_no_source(city: Deployment, sweep: Swept) -> None:
    held = await brought(city)
    await sweep()
    await sweep(2 * GRACE)
    with pytest.raises(SourceInvalid):
        await city.gate.sources.set(DATASET, upstream(city, held), PROVIDER)
    assert await city.pull(await city.agree(agreed())) == CSV


async def test_a_pull_that_runs_ends_well_though_its_file_goes(city: Deployment, sweep: Swept) -> None:
    release = await city.gate.open(await city.wanted(await city.agree(agreed())))
    chunks = release.chunks()
    async with city.database.writing() as connection:
        await connection.execute(delete(SourceRow))
    await sweep()
    await sweep(2 * GRACE)
    assert not sweep.holds()
    assert b"".join([chunk async for chunk in chunks]) == CSV
    await release.close()


async def test_removed_files_leave_their_room(city: Deployment, sweep: Swept) -> None:
    city.gate.holdings.total_bytes = len(CSV) + 10
    with pytest.raises(StorageFull):
        await brought(city, b"x" * 11)
    await city.gate.sources.remove(DATASET, PROVIDER)
    await sweep()
    await sweep(2 * GRACE)
    await brought(city, b"x" * 11)


async def test_what_is_no_file_of_ours_in_the_folder_is_left_alone(city: Deployment, sweep: Swept) -> None:
    stray = city.folder / "files" / "ab" / "notes.txt"
    stray.parent.mkdir(exist_ok=True)
    stray.write_text("mine")
    for _ in range(3):
        await sweep(GRACE)
    assert stray.read_text() == "mine"
