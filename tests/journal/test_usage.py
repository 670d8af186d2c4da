"""What was used by whom, and who may know it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from journal.usage import Asked, Period, as_csv, usage
from stores.database import Database
from stores.exchange_tables import AgreementRow, ReleaseRow, SourceRow

from .conftest import AGREEMENT, CITY, LAB, RELEASE

pytestmark = pytest.mark.anyio
FIRM = "https://firm.example/"
OPEN = "https://data.example/open"


def release(number: int, **columns: Any) -> dict[str, Any]:
    return {**RELEASE, "id": f"r{number}", "ended_at": None, "sha256": None, **columns}


@pytest.fixture
async def used(database: Database) -> Database:
    """The city offers two datasets: one under an agreement with the lab, one open to all."""
    october = datetime(2026, 10, 31, 23, 59, tzinfo=UTC)
    rows = [
        release(1), release(2, at=october), release(3, state="refused", size_bytes=0),
        *(release(n, participant=LAB, agreement=None, dataset=OPEN, size_bytes=10) for n in range(4, 7)),
        *(release(n, participant=FIRM, agreement=None, dataset=OPEN, size_bytes=10) for n in range(7, 9)),
        release(9, participant=FIRM, agreement=None, dataset="https://data.example/of-another"),
    ]  # fmt: skip
    source = {"owner": CITY, "kind": "file", "place": {}, "fingerprint": "f", "changed_at": october}
    async with database.writing() as connection:
        await connection.execute(insert(ReleaseRow), rows)
        await connection.execute(insert(AgreementRow).values({**AGREEMENT, "owner": CITY}))
        await connection.execute(insert(SourceRow).values(dataset=OPEN, **source))
    return database


async def table(used: Database, **asked: Any) -> list[tuple[Any, ...]]:
    found = await usage(used, Asked(**asked))
    return [(one.period, one.participant, one.dataset.rpartition("/")[2], one.requests, one.permitted, one.refused,
             one.size_bytes) for one in found]  # fmt: skip


async def test_the_operator_sees_all_by_name(used: Database) -> None:
    assert await table(used) == [
        ("2026-10", LAB, "census", 1, 1, 0, 20_480),
        ("2026-11", LAB, "census", 2, 1, 1, 20_480),
        ("2026-11", FIRM, "of-another", 1, 1, 0, 20_480),
        ("2026-11", FIRM, "open", 2, 2, 0, 20),
        ("2026-11", LAB, "open", 3, 3, 0, 30),
    ]


async def test_a_provider_sees_partners_by_name_and_the_rest_of_its_readers_as_one(used: Database) -> None:
    assert await table(used, reader=CITY, period=Period.YEAR) == [
        ("2026", LAB, "census", 3, 2, 1, 40_960),
        ("2026", None, "open", 5, 5, 0, 50),
    ]


async def test_few_readers_are_not_counted_for_another_participant(used: Database) -> None:
    assert (await table(used, reader=CITY, dataset=OPEN, until=datetime(2026, 11, 22, tzinfo=UTC)))[0][3] == 5
    async with used.writing() as connection:
        await connection.execute(ReleaseRow.__table__.delete().where(ReleaseRow.id == "r8"))
    assert await table(used, reader=CITY, dataset=OPEN) == [("2026-11", None, "open", None, None, None, None)]


async def test_a_consumer_sees_what_it_used_itself_and_nothing_of_others(used: Database) -> None:
    assert await table(used, reader=FIRM, period=Period.ALL) == [
        ("", FIRM, "of-another", 1, 1, 0, 20_480),
        ("", FIRM, "open", 2, 2, 0, 20),
    ]


async def test_a_filter_by_name_tells_a_provider_nothing_that_the_answer_would_not(used: Database) -> None:
    assert await table(used, reader=CITY, participant=FIRM) == []
    assert [row[3] for row in await table(used, reader=CITY, participant=LAB)] == [1, 2]


async def test_a_spreadsheet_takes_no_cell_for_a_formula(used: Database) -> None:
    async with used.writing() as connection:
        await connection.execute(insert(ReleaseRow), [release(20, participant='=cmd|"/c calc"!A1', dataset="@x")])
    line = as_csv(await usage(used, Asked(dataset="@x"))).splitlines()[1]
    assert line == '2026-11,"\'=cmd|""/c calc""!A1",\'@x,urn:a1,1,1,0,20480'
