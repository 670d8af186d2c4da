"""The database fails for a while in the middle of releases."""

import pytest
from sqlalchemy import text

import exchange.admission
from tests.exchange.release.city import CSV, Deployment, agreed

pytestmark = pytest.mark.anyio


async def run(city: Deployment, statement: str) -> None:
    async with city.database.writing() as connection:
        await connection.execute(text(statement))


async def test_an_end_that_could_not_be_written_is_written_later(
    city: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange.admission, "_AGAIN_S", 0.05)
    await city.hold()
    token = await city.agree(agreed())
    await run(city, "CREATE TRIGGER full BEFORE UPDATE ON releases BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    assert await city.pull(token) == CSV
    assert [row.state for row in await city.releases()] == ["open"]
    await run(city, "DROP TRIGGER full")
    assert [row.state for row in await city.releases()] == ["done"]
