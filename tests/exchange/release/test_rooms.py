"""One who opens much at once and reads slowly neither takes all memory nor keeps all others out."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import exchange.flowing
from exchange.release_errors import ReleaseBusy, ReleaseStopped
from exchange.rooms import Rooms
from tests.exchange.release.city import CSV, LIMIT, Deployment, agreed

pytestmark = pytest.mark.anyio
OTHER = "urn:uuid:22222222-2222-4222-8222-222222222222"


@pytest.fixture
async def small(opening: Callable[..., Any]) -> Deployment:
    """A deployment that sends four at once, two of them of one transfer."""
    city: Deployment = await opening(rooms=Rooms(4, 2, 0.05, 4))
    await city.hold()
    return city


async def test_one_transfer_has_its_share_and_others_have_theirs(small: Deployment) -> None:
    token, other = await small.agree(agreed(LIMIT.format(3))), await small.begin(OTHER)
    releases = [await small.gate.open(await small.wanted(token)) for _ in range(2)]
    with pytest.raises(ReleaseBusy):
        await small.pull(token)
    assert await small.pull(other) == CSV
    await releases[0].close()
    with pytest.raises(Exception, match="at most 3"):  # who waited in vain used nothing up
        await small.pull(token)
    await releases[1].close()
    assert [row.state for row in await small.releases()] == ["stopped", "stopped", "done", "refused"]


async def test_all_together_have_no_more_than_there_is(small: Deployment) -> None:
    token, other = await small.agree(agreed()), await small.begin(OTHER)
    third = await small.begin("urn:uuid:33333333-3333-4333-8333-333333333333")
    releases = [await small.gate.open(await small.wanted(each)) for each in (token, token, other, other)]
    with pytest.raises(ReleaseBusy):
        await small.pull(third)
    for each in releases:
        await each.close()
    assert [await small.pull(third) for _ in range(6)] == [CSV] * 6


async def test_neither_one_participant_nor_readers_of_open_data_take_all_there_is() -> None:
    rooms = Rooms(4, 2, 0.02, of_party=3)
    leaving = [await rooms.enter(transfer, "urn:a") for transfer in ("urn:1", "urn:2", "urn:3")]
    with pytest.raises(ReleaseBusy):
        await rooms.enter("urn:4", "urn:a")
    leaving.append(await rooms.enter("urn:5", "urn:b"))
    for leave in leaving:
        leave()
    leaving = [await rooms.enter(None, name) for name in ("anonymous", "anonymous", "urn:a")]
    with pytest.raises(ReleaseBusy):
        await rooms.enter(None, "urn:c")
    leaving.append(await rooms.enter("urn:1", "urn:a"))


async def test_what_failed_or_was_refused_gives_its_turn_back(small: Deployment) -> None:
    token = await small.agree(agreed(LIMIT.format(0)))
    for _ in range(6):
        with pytest.raises(Exception, match="at most 0"):
            await small.pull(token)


async def test_who_takes_nothing_for_long_is_cut_off(
    opening: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange.flowing, "PATIENCE_S", 0.1)
    city = await opening(recheck_s=0.05)
    await city.gate.start()
    await city.hold(bytes(4 << 20))
    release = await city.gate.open(await city.wanted(await city.agree(agreed())))
    chunks = release.chunks()
    await anext(chunks)
    await asyncio.wait_for(release.stopped.wait(), 20)
    with pytest.raises(ReleaseStopped):
        await anext(chunks)
    await release.close()
    assert "five minutes" in (await city.releases())[0].reason[1]
