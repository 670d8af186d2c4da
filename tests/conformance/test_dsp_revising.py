"""Offers that are revised or withdrawn while somebody negotiates them: nothing is agreed on what is offered no more."""

from dataclasses import replace
from urllib.parse import quote

import pytest
from pyoxigraph import RdfFormat, parse, serialize

from exchange.agreements import Wanted
from exchange.dsp.states import Negotiation
from exchange.errors import OfferMoved
from exchange.processes import Process
from participants.principal import OPERATOR as WE
from tests.conformance.dsp_bench import BASE, OPERATOR, OTHER_TERMS, Bench, pids
from tests.conformance.dsp_peer import Json, message

pytestmark = pytest.mark.anyio
THREE = {"templates": {"times": {"limit": "3"}}}


async def withdraw(two: Bench, offer: Json) -> None:
    answer = await two.client.delete(offer["@id"].removeprefix(BASE), headers=OPERATOR)
    assert answer.status_code == 204


async def revise(two: Bench, offer: Json, old: str = "毎時の水位", new: str = "毎分の水位") -> None:
    """Put another description in the place of a dataset's."""
    place = (await two.client.get(offer["@id"].removeprefix(BASE), headers=OPERATOR)).headers["location"]
    address = place.removeprefix(BASE)
    told = await two.client.get(address, headers={**OPERATOR, "accept": "application/n-triples"})
    kept = [each.triple for each in parse(told.content, RdfFormat.N_TRIPLES)]
    whole = serialize(kept, format=RdfFormat.N_TRIPLES).decode()
    assert old in whole
    headers = {**OPERATOR, "content-type": "application/n-triples", "if-match": told.headers["etag"]}
    answer = await two.client.put(address, content=whole.replace(old, new).encode(), headers=headers)
    assert answer.status_code == 200, answer.text


async def requested(two: Bench, offer: Json) -> Process:
    """A negotiation as it is decided upon, which is not stored yet."""
    begun = await two.negotiation()
    process = await two.settled(begun["providerPid"])
    return replace(process, offer=offer["@id"], dataset=offer["target"], document={"offer": offer})


async def agreements(two: Bench) -> int:
    return (await two.service.agreements.listed(WE, Wanted(role="provider")))[1]


async def test_an_agreement_pins_the_description_that_its_terms_were_read_in(two: Bench) -> None:
    offer = await two.offer()
    await revise(two, offer)
    await two.post("/negotiations/request", asked := two.request(offer))
    agreed = await two.service.agreements.get(await two.concluded(asked["consumerPid"]), WE)
    stored = await two.service.reading.by_iri(offer["target"], WE)
    assert (agreed.revision, agreed.dataset_hash) == (2, stored.description.hash)


@pytest.mark.parametrize("meanwhile", [withdraw, revise])
async def test_what_was_decided_on_an_offer_is_not_stored_once_the_offer_is_another(
    two: Bench, meanwhile: object
) -> None:
    assert callable(meanwhile)
    offer, before = await two.offer(), await agreements(two)
    process = await requested(two, offer)
    said = message("ContractRequestMessage", **pids(two.request(offer) | {"providerPid": process.pid}), offer=offer)
    turn = await two.service.exchange.negotiations.heard(process, said)
    await meanwhile(two, offer)
    assert turn.along is not None
    with pytest.raises(OfferMoved):
        async with two.service.database.writing() as connection:
            await turn.along(connection, replace(process, **turn.changes))
    assert await agreements(two) == before


async def test_a_person_cannot_agree_to_an_offer_that_was_withdrawn(two: Bench) -> None:
    begun = await two.negotiation()
    await withdraw(two, begun["offer"])
    at = f"/exchange/negotiations/{begun['providerPid']}"
    answer = await two.client.post(f"{at}/accept", headers=OPERATOR)
    assert (answer.status_code, answer.json()["type"]) == (409, f"{BASE}/problems/offer-moved")
    assert (await two.settled(begun["providerPid"])).state is Negotiation.REQUESTED
    await two.client.post(f"{at}/terminate", json={"reason": "No longer."}, headers=OPERATOR)
    assert (await two.settled(begun["providerPid"])).state is Negotiation.TERMINATED


async def test_a_person_may_agree_to_other_terms_and_pins_the_description_of_that_moment(two: Bench) -> None:
    offer = await two.offer(approval="person")
    asked = two.request({**offer, "permission": OTHER_TERMS})
    begun = (await two.post("/negotiations/request", asked)).json()
    await revise(two, offer)
    await two.client.post(f"/exchange/negotiations/{begun['providerPid']}/accept", headers=OPERATOR)
    agreed = await two.service.agreements.get(await two.concluded(asked["consumerPid"]), WE)
    assert (agreed.revision, agreed.document["permission"]) == (2, OTHER_TERMS)


async def offered(two: Bench, offer: Json) -> Json:
    """A negotiation in which our terms were said, for others were asked for."""
    asked = two.request({**offer, "permission": OTHER_TERMS})
    begun: Json = (await two.post("/negotiations/request", asked)).json()
    await two.peer.next("ContractOfferMessage")
    await two.settled(begun["providerPid"])
    return begun


async def accept(two: Bench, begun: Json) -> Process:
    said = message("ContractNegotiationEventMessage", **pids(begun), eventType="ACCEPTED")
    assert (await two.post(f"/negotiations/{begun['providerPid']}/events", said)).status_code == 200
    return await two.settled(begun["providerPid"])


async def test_a_consumer_that_accepts_what_is_offered_no_more_is_told_so(two: Bench) -> None:
    gone, revised = await two.offer(THREE), await two.offer(THREE)
    both = [await offered(two, gone), await offered(two, revised)]
    await withdraw(two, gone)
    await revise(two, revised, '"3"', '"2"')
    ended = [(await accept(two, begun)).state for begun in both]
    reasons = [each.message["reason"] for each in two.peer.of_kind("ContractNegotiationTerminationMessage")]
    assert ended == [Negotiation.TERMINATED] * 2
    assert [len(each) for each in reasons] == [2, 2]


async def test_a_consumer_may_accept_what_was_said_before_a_description_was_revised(two: Bench) -> None:
    begun = await offered(two, offer := await two.offer(THREE))
    await revise(two, offer)
    assert (await accept(two, begun)).state is Negotiation.AGREED


async def test_terms_that_a_person_put_on_the_table_hold_though_others_are_offered(two: Bench) -> None:
    begun = await two.negotiation()
    at = f"/exchange/negotiations/{begun['providerPid']}"
    await two.client.post(f"{at}/counter", json={"offer": {"permission": OTHER_TERMS}}, headers=OPERATOR)
    await two.settled(begun["providerPid"])
    assert (await accept(two, begun)).state is Negotiation.AGREED


async def test_a_revised_dataset_stands_in_the_catalog_as_it_now_is(two: Bench) -> None:
    offer, seen = await two.offer(), []
    for _ in range(2):
        answer = await two.get(f"/catalog/datasets/{quote(offer['target'], safe='')}")
        seen.append([each["@value"] for each in answer.json()["dct:description"] if each["@language"] == "ja"])
        if len(seen) == 1:
            await revise(two, offer)
    assert seen == [["毎時の水位。"], ["毎分の水位。"]]
