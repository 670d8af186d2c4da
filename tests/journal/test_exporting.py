"""Events for those whom they concern, of journals of any length."""

from typing import Any

import pytest

from journal import exporting
from journal.events import Event, EventKind, append
from journal.exporting import Wanted, export
from stores.database import Database

from .conftest import CITY, DATASET, LAB

pytestmark = pytest.mark.anyio


async def numbers(database: Database, after: int = 0, **wanted: Any) -> list[int]:
    return [entry["seq"] async for entry in export(database, Wanted(**wanted), after)]


@pytest.mark.parametrize("stretch", [1, 7, 30, 1000])
async def test_nothing_is_left_out_or_told_twice_between_two_stretches(
    stretch: int, busy: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_STRETCH", stretch)
    async with busy.writing() as connection:
        await append(connection, [Event(EventKind.CHANGED, actor=LAB)])
    assert await numbers(busy) == list(range(1, 32))
    assert await numbers(busy, 29) == [30, 31]
    assert await numbers(busy, reader=LAB) == [1, 2, 3, 4, 5, 31]


async def test_what_concerns_a_party_a_dataset_or_a_kind_is_found_by_the_rows_that_events_name(busy: Database) -> None:
    assert await numbers(busy, participant=CITY) == [3]
    assert await numbers(busy, dataset=DATASET) == [1, 3, 4, 5]
    assert await numbers(busy, reader=LAB, kinds=("released", "registered")) == [4]
    assert await numbers(busy, reader="https://firm.example/") == []


async def test_rows_are_told_without_what_they_hold(busy: Database) -> None:
    (release,) = [entry async for entry in export(busy, Wanted(kinds=("release-ended",)))]
    assert (release["about"]["size_bytes"], release["about"]["decision"]) == (20_480, "d1")
    (decision,) = [entry async for entry in export(busy, Wanted(kinds=("decided",)))]
    assert decision["about"] == {"policy": "urn:p", "party": LAB, "target": DATASET, "verdict": "permit"}
