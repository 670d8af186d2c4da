"""A provider that begins: people propose an offer of theirs to a participant that has not asked for it."""

import httpx
import pytest

from exchange.dsp.states import Negotiation
from participants.principal import OPERATOR as WE
from tests.conformance.dsp_bench import BASE, DSP, OPERATOR, PEER, RIVAL, Bench, both
from tests.conformance.dsp_peer import Json, message

pytestmark = pytest.mark.anyio
OWNER = "https://bureau.example/"


async def propose(two: Bench, offer: Json, consumer: str = PEER, headers: dict[str, str] = OPERATOR) -> httpx.Response:
    given = {"consumer": consumer, "offer": offer["@id"]}
    return await two.client.post("/exchange/proposals", json=given, headers=headers)


async def token(two: Bench, participant: str, role: str) -> dict[str, str]:
    issued = await two.service.tokens.issue(participant, role, None)
    return {"authorization": f"Bearer {issued.secret}"}


async def test_an_offer_that_is_proposed_is_said_to_the_consumer_and_ends_in_an_agreement(two: Bench) -> None:
    begun = (await propose(two, offer := await two.offer(approval="person"))).json()
    said = await two.peer.next("ContractOfferMessage")
    assert (said.path, said.message["callbackAddress"]) == ("/negotiations/offers", BASE + DSP)
    assert said.message["offer"]["target"] == offer["target"]
    ids = both(await two.settled(begun["pid"]))
    accepted = message("ContractNegotiationEventMessage", **ids, eventType="ACCEPTED")
    assert (await two.post(f"/negotiations/{begun['pid']}/events", accepted)).status_code == 200
    agreed = await two.service.agreements.get(await two.concluded(ids["consumerPid"]), WE)
    assert (agreed.consumer, agreed.offer, agreed.revision) == (PEER, offer["@id"], 1)


async def test_a_proposal_is_answered_with_its_negotiation_which_waits_for_the_consumer(two: Bench) -> None:
    answer = await propose(two, offer := await two.offer())
    told = answer.json()
    assert (answer.status_code, told["role"], told["peer"], told["offer"]) == (201, "provider", PEER, offer["@id"])
    assert (await two.settled(told["pid"])).state is Negotiation.OFFERED
    shown = (await two.client.get(f"/exchange/negotiations/{told['pid']}", headers=OPERATOR)).json()
    assert (shown["state"], shown["waitsFor"]) == ("OFFERED", "peer")


async def test_who_made_an_offer_may_propose_it_and_others_do_not_find_it(two: Bench) -> None:
    await two.client.post("/catalogs", json={"id": "bureau"}, headers=OPERATOR)
    mine, theirs = await token(two, OWNER, "provider"), await token(two, RIVAL, "provider")
    offer = await offer_of(two, mine)
    own, other = await propose(two, offer, headers=mine), await propose(two, offer, headers=theirs)
    assert (own.status_code, (await two.settled(own.json()["pid"])).actor) == (201, OWNER)
    assert (other.status_code, other.json()["type"]) == (404, f"{BASE}/problems/offer-unknown")


async def offer_of(two: Bench, headers: dict[str, str]) -> Json:
    """One that a provider of ours made."""
    dataset = "https://bureau.example/d"
    words = f'<{dataset}> a <http://www.w3.org/ns/dcat#Dataset> ; <http://purl.org/dc/terms/title> "x"@en .'
    given = {"catalog": "bureau", "description": {"content": words}, "terms": {"templates": {"open": {}}}}
    answer = await two.client.post("/offers", json=given, headers=headers)
    assert answer.status_code == 201, answer.text
    return {**answer.json()["terms"], "target": dataset}


async def test_what_cannot_be_proposed_is_refused_with_its_reason_and_nothing_is_said(two: Bench) -> None:
    hidden, gone = await two.offer(audience=[RIVAL]), await two.offer()
    await two.client.delete(gone["@id"].removeprefix(BASE), headers=OPERATOR)
    reader = await token(two, "https://only.example/", "reader")
    answers = [
        await propose(two, hidden),
        await propose(two, gone),
        await propose(two, await two.offer(), "https://nobody.example/"),
        await propose(two, await two.offer(), headers=reader),
        await two.client.post("/exchange/proposals", json={"consumer": PEER}, headers=OPERATOR),
    ]
    told = [(each.status_code, each.json()["type"].rsplit("/", 1)[-1]) for each in answers]
    assert told == [(409, "offer-hidden"), (404, "offer-unknown"), (404, "peer-unknown"), (403, "write-forbidden"),
                    (422, "member-invalid")]  # fmt: skip
    assert two.peer.heard == []
