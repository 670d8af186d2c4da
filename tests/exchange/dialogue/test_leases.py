"""R07: a message whose lease ran out is sent by another worker, and the step that it makes is made once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

import exchange.outbox
from exchange.dialogue import Dialogue
from exchange.dsp.states import Negotiation
from exchange.locks import Locks
from exchange.outbox import Letter, Outbox
from exchange.processes import Kind, Process
from stores.exchange_tables import OutboxRow
from tests.conformance.dsp_bench import PEER, Bench
from tests.conformance.dsp_peer import Told

pytestmark = pytest.mark.anyio
OFFER = {"@id": "urn:their:offer", "@type": "Offer", "target": "urn:their:data", "permission": [{"action": "use"}]}


@pytest.fixture
async def other_worker(two: Bench, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Outbox]:
    """A second one over the same database, with locks of its own; leases are short."""
    monkeypatch.setattr(exchange.outbox, "LEASE_S", 0.3)
    outbox = worker(two)
    yield outbox
    await outbox.close()


def worker(two: Bench) -> Outbox:
    """One that sends what it is told to, and looks for more when it is told to."""
    service, outbox = two.service, Outbox(two.service.database, two.service.box)
    dialogue = Dialogue(
        service.exchange.processes, outbox, Locks(), service.peers, service.outgoing, service.exchange.negotiations
    )
    for message in ("ContractRequestMessage", "ContractAgreementMessage", "ContractNegotiationEventMessage"):
        outbox.delivered_by(message, dialogue.deliver)
    return outbox


@pytest.fixture
def at_rest(two: Bench, monkeypatch: pytest.MonkeyPatch) -> Outbox:
    """The outbox of the service, which does not look by itself what is due."""

    async def nothing() -> list[Letter]:
        return []

    monkeypatch.setattr(two.service.exchange.outbox, "_due", nothing)
    return two.service.exchange.outbox


async def until_heard(two: Bench, kind: str, number: int) -> None:
    await two.peer.next(kind, number)


async def taken_over(other_worker: Outbox) -> None:
    """Let the other worker look again and again, as it does every second."""
    for _ in range(8):
        for letter in await other_worker._due():
            other_worker.send_soon(letter)
        await asyncio.sleep(0.1)
    await other_worker.idle()


async def made(two: Bench, process: Process, state: str) -> int:
    """How many steps led into a state."""
    return [each.state for each in await two.service.exchange.processes.steps(process.pid)].count(state)


async def test_r07_a_message_held_longer_than_its_lease_makes_one_step(two: Bench, other_worker: Outbox) -> None:
    two.peer.script.append(Told(delay_s=1.2))
    begun = await two.service.exchange.negotiations.ask(PEER, two.peer.base, OFFER, None)
    await until_heard(two, "ContractRequestMessage", 1)
    await taken_over(other_worker)
    process = await two.settled(begun.pid)
    sent = two.peer.of_kind("ContractRequestMessage")
    assert (len(sent), {each.body for each in sent}) == (2, {sent[0].body})
    assert (process.state, await made(two, process, "REQUESTED")) == (Negotiation.REQUESTED, 1)
    assert await two.service.exchange.outbox.waiting(begun.pid) == []


async def test_r07_a_message_under_lease_is_left_to_who_has_it(two: Bench, other_worker: Outbox) -> None:
    exchange.outbox.LEASE_S = 30.0
    two.peer.script.append(Told(delay_s=1.2))
    begun = await two.service.exchange.negotiations.ask(PEER, two.peer.base, OFFER, None)
    await taken_over(other_worker)
    assert (await two.settled(begun.pid)).state is Negotiation.REQUESTED
    assert len(two.peer.of_kind("ContractRequestMessage")) == 1


async def test_r07_two_workers_that_look_at_once_share_what_is_due(
    two: Bench, at_rest: Outbox, other_worker: Outbox
) -> None:
    two.peer.always = Told(503)
    begun = [await two.service.exchange.negotiations.ask(PEER, two.peer.base, OFFER, None) for _ in range(10)]
    await at_rest.close()
    two.peer.always = Told()
    two.peer.heard.clear()
    async with two.service.database.writing() as connection:
        await connection.execute(update(OutboxRow).values(due_at=datetime.now(UTC), leased_until=None))
    workers = other_worker, worker(two)
    found = await asyncio.gather(*(each._due() for each in workers))
    assert sorted(letter.pid for each in found for letter in each) == sorted(each.pid for each in begun)
    for outbox, letters in zip(workers, found, strict=True):
        for letter in letters:
            outbox.send_soon(letter)
        await outbox.idle()
    assert len(two.peer.of_kind("ContractRequestMessage")) == 10
    assert {(await two.settled(each.pid, Kind.NEGOTIATION)).state for each in begun} == {Negotiation.REQUESTED}
