"""P32: a clock that is set an hour forth or back ends what has ended by it, and keeps nothing running that was ended."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest

from exchange.grants import UnverifiedGrant
from exchange.release_errors import GrantRefused, ReleaseRefused, ReleaseStopped
from journal.events import since
from stores.exchange_tables import ProcessRow
from tests.exchange.release.city import CSV, Deployment, agreed

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)
READERS = ("exchange.admission", "exchange.decisions", "exchange.grants", "exchange.release", "journal.events")


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Sets the clock of the machine, as everything here reads it that decides or writes down."""

    def set_by(shift: timedelta) -> None:
        class Shifted(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz) + shift

        for module in READERS:
            monkeypatch.setattr(f"{module}.datetime", Shifted)

    return set_by


async def test_a_contract_ends_by_the_clock_of_the_server(city: Deployment, set_clock: Any) -> None:
    token = await city.agree(agreed(), ends_at=datetime.now(UTC) + HOUR / 12)
    set_clock(-HOUR)
    assert await city.pull(token) == CSV
    wanted = await city.wanted(token)
    set_clock(HOUR)
    with pytest.raises(ReleaseRefused, match="expired"):
        await city.gate.open(wanted)


async def test_a_token_ends_by_it_too(city: Deployment, set_clock: Any) -> None:
    token = await city.agree(agreed())
    set_clock(HOUR)
    with pytest.raises(GrantRefused):
        await city.grants.verify(UnverifiedGrant(token))


async def test_a_time_in_the_terms_is_read_by_it_and_not_by_who_asks(city: Deployment, set_clock: Any) -> None:
    soon = (datetime.now(UTC) + HOUR / 2).isoformat()
    rule = f'odrl:constraint [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lt ; odrl:rightOperand "{soon}"^^xsd:dateTime ] ;'
    token = await city.agree(agreed(rule))
    assert await city.pull(token) == CSV
    wanted = await city.wanted(token)
    set_clock(HOUR)
    with pytest.raises(ReleaseRefused):
        await city.gate.open(wanted)


async def test_a_clock_set_back_keeps_no_stream_running(opening: Callable[..., Any], set_clock: Any) -> None:
    city = await opening(recheck_s=0.05)
    await city.gate.start()
    await city.hold(bytes(4 << 20))
    release = await city.gate.open(await city.wanted(await city.agree(agreed())))
    await anext(release.chunks())
    set_clock(-HOUR)
    await city.change(ProcessRow, state="TERMINATED")
    await asyncio.wait_for(release.stopped.wait(), 20)
    with pytest.raises(ReleaseStopped):
        await anext(release.chunks())
    await release.close()


async def test_p31_a_clock_set_back_leaves_the_numbers_of_events_in_their_order(
    city: Deployment, set_clock: Any
) -> None:
    token = await city.agree(agreed())
    await city.pull(token)
    set_clock(-HOUR)
    await city.pull(token)
    await city.gate.settled()
    async with city.database.reading() as connection:
        events = await since(connection, 0, 1000)
    assert [event.seq for event in events] == sorted({event.seq for event in events})
    assert [event.kind.value for event in events].count("released") == 2
