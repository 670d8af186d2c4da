"""A peer that takes a message for days no more: it is not tried for ever, a person is told, and may try again."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from exchange.alarms import Alarms
from exchange.dsp.states import Negotiation
from exchange.processes import Kind, Process, Waiting
from journal.events import EventKind, since
from tests.conformance.dsp_bench import OPERATOR, Bench, bench, fresh
from tests.conformance.dsp_peer import Told

pytestmark = pytest.mark.anyio


@pytest.fixture
async def two(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    made = bench(tmp_path_factory.mktemp("service"), alarm_s=0.2, retry_s=1.5)
    async with made as both_sides, fresh(both_sides) as one:
        yield one


async def given_up(two: Bench) -> Process:
    """A negotiation that the peer, which is away, never took."""
    two.peer.always = Told(503, b'{"reason": ["Gone fishing."]}')
    offer = {"@id": "urn:their:offer", "@type": "Offer", "target": "urn:their:data", "permission": [{"action": "use"}]}
    peer = "https://lab.example/participant"
    begun = await two.service.exchange.negotiations.ask(peer, two.peer.base, offer, None)
    return await until(two, begun.pid, Waiting.PERSON)


async def until(two: Bench, pid: str, waits_for: Waiting) -> Process:
    for _ in range(1000):
        found = await two.service.exchange.processes.get(pid, Kind.NEGOTIATION)
        if found.waits_for is waits_for:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(found)


async def test_what_the_peer_does_not_take_in_time_is_parked_and_waits_for_a_person(two: Bench) -> None:
    process = await given_up(two)
    tries = len(two.peer.heard)
    (letter,) = await two.service.exchange.outbox.waiting(process.pid)
    assert letter.id not in two.service.exchange.outbox._timers
    assert process.state is Negotiation.INITIAL
    assert process.error is not None
    assert "Gone fishing." in process.error.en
    assert "Gone fishing." in process.error.ja
    assert tries > 1


async def test_that_it_is_not_tried_any_more_is_an_event_and_shown_as_stuck(two: Bench) -> None:
    process = await given_up(two)
    await Alarms(two.service.exchange.processes).sweep(datetime.now(UTC) + timedelta(seconds=1))
    async with two.service.database.reading() as connection:
        events = await since(connection, 0, 10_000)
    shown = (await two.client.get(f"/exchange/negotiations/{process.pid}", headers=OPERATOR)).json()
    told = [each for each in events if each.kind == EventKind.STUCK and each.subject == process.pid]
    assert (len(told) > 0, shown["stuck"], shown["waitsFor"]) == (True, True, "person")
    assert (await two.service.exchange.processes.get(process.pid, Kind.NEGOTIATION)).alarm_at is None


async def test_by_hand_it_is_tried_again_for_as_long_as_at_first(two: Bench) -> None:
    process = await given_up(two)
    two.peer.forget()
    two.peer.script.extend([Told(503)] * 2)
    answer = await two.client.post(f"/exchange/negotiations/{process.pid}/retry", headers=OPERATOR)
    assert answer.json() == {"messages": 1}
    found = await until(two, process.pid, Waiting.PEER)
    assert (found.state, found.error, len(two.peer.heard)) == (Negotiation.REQUESTED, None, 3)


async def test_what_moves_on_while_it_is_marked_is_marked_as_it_then_is(two: Bench) -> None:
    process = await given_up(two)
    processes, late = two.service.exchange.processes, datetime.now(UTC) + timedelta(days=1)
    async with two.service.database.writing() as connection:
        waiting = replace(process, version=(await processes.get(process.pid, process.kind)).version)
        moved = await processes.change(connection, waiting, None, alarm_at=late - timedelta(hours=1))
    async with two.service.database.writing() as connection:
        sweep = asyncio.create_task(Alarms(processes).sweep(late))
        await asyncio.sleep(0.2)  # it has read the process, and waits for its turn to write
        await processes.change(connection, moved, None)
    assert await sweep == 1
    assert (await processes.get(process.pid, process.kind)).alarm_at is None
