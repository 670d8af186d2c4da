"""How much one peer may have open here: it fills no database, and keeps no other peer from beginning anything."""

from collections.abc import AsyncIterator

import httpx
import pytest

from exchange.dsp.states import Negotiation
from exchange.processes import Kind
from tests.conformance.dsp_bench import OPERATOR, PEER, RIVAL, Bench, bench, fresh, pids
from tests.conformance.dsp_peer import Json, message

pytestmark = pytest.mark.anyio
MOST = 3


@pytest.fixture
async def two(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    async with bench(tmp_path_factory.mktemp("service"), peer_processes=MOST) as made, fresh(made) as both_sides:
        yield both_sides


async def begin(two: Bench, count: int = MOST, who: str = PEER) -> list[tuple[Json, httpx.Response]]:
    """Requests for one offer that waits for a person, each with its answer."""
    offer = await two.offer(approval="person")
    asked = [two.request(offer) for _ in range(count)]
    return [(each, await two.post("/negotiations/request", each, who)) for each in asked]


async def test_a_peer_with_too_much_open_is_told_to_end_some_or_wait(two: Bench) -> None:
    *_, (asked, refused) = await begin(two, MOST + 1)
    said = refused.json()
    assert (refused.status_code, said["@type"], said["consumerPid"]) == (
        429, "ContractNegotiationError", asked["consumerPid"],
    )  # fmt: skip
    assert all(str(MOST) in each for each in said["reason"])
    assert len(said["reason"]) == 2
    assert int(refused.headers["retry-after"]) > 0
    assert (await two.service.exchange.processes.listed(Kind.NEGOTIATION, peer=PEER))[0] == MOST


async def test_other_peers_and_what_the_peer_repeats_are_answered_as_before(two: Bench) -> None:
    begun = await begin(two)
    assert [answer.status_code for _, answer in await begin(two, 1, RIVAL)] == [201]
    again = await two.post("/negotiations/request", begun[0][0])
    assert (again.status_code, again.content) == (201, begun[0][1].content)


async def test_what_has_ended_makes_room_for_more(two: Bench) -> None:
    (_, first), *_ = await begin(two)
    ended = message("ContractNegotiationTerminationMessage", **pids(first.json()))
    await two.post(f"/negotiations/{first.json()['providerPid']}/termination", ended)
    assert [answer.status_code for _, answer in await begin(two, 2)] == [201, 429]


async def test_transfers_have_a_limit_of_their_own_and_unasked_offers_too(two: Bench) -> None:
    agreement = (await two.agreed())["@id"]
    await begin(two)
    answers = [await two.post("/transfers/request", two.transfer_request(agreement)) for _ in range(MOST + 1)]
    offer = {"@id": "urn:o", "@type": "Offer", "target": "urn:d", "permission": [{"action": "use"}]}
    said = {"offer": offer, "callbackAddress": two.peer.base}
    offers = [
        await two.post("/negotiations/offers", message("ContractOfferMessage", providerPid=f"urn:{number}", **said))
        for number in range(MOST + 1)
    ]
    assert [each.status_code for each in answers] == [each.status_code for each in offers] == [201] * MOST + [429]
    assert answers[-1].json()["@type"] == "TransferError"


async def test_what_our_side_begins_is_not_limited(two: Bench) -> None:
    begun = [await two.asked() for _ in range(MOST + 1)]
    assert {each.state for each in begun} == {Negotiation.REQUESTED}
    assert (await two.client.get("/exchange/negotiations", headers=OPERATOR)).json()["total"] == MOST + 1
