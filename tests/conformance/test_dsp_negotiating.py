"""Negotiations over the binding of the Dataspace Protocol 2025-1, where its conformance kit does not look."""

from typing import Any

import httpx
import pytest

from exchange.dsp.states import Negotiation
from exchange.processes import Kind, Waiting
from tests.conformance.dsp_bench import BASE, DSP, OPERATOR, OTHER_TERMS, PEER, RIVAL, SHOWN, US, Bench, both, pids
from tests.conformance.dsp_peer import Json, message

pytestmark = pytest.mark.anyio


def verification(begun: Json) -> Json:
    return message("ContractAgreementVerificationMessage", **pids(begun))


def event(begun: Json, kind: str) -> Json:
    return message("ContractNegotiationEventMessage", **pids(begun), eventType=kind)


def termination(begun: Json, **more: Any) -> Json:
    return message("ContractNegotiationTerminationMessage", **pids(begun), **more)


def agreement(begun: Json) -> Json:
    agreed = {**begun["offer"], "@id": "urn:x:agreement", "@type": "Agreement", "assigner": US, "assignee": PEER}
    return message("ContractAgreementMessage", **pids(begun), agreement={**agreed, "timestamp": "2026-11-21T09:00:00Z"})


async def test_a_request_is_answered_201_with_both_ids_and_its_state(two: Bench) -> None:
    asked = two.request(await two.offer(approval="person"))
    answer = await two.post("/negotiations/request", asked)
    said = answer.json()
    assert (answer.status_code, said["@type"], said["state"]) == (201, "ContractNegotiation", "REQUESTED")
    assert said["consumerPid"] == asked["consumerPid"]
    assert (await two.get(f"/negotiations/{said['providerPid']}")).json() == said
    assert answer.headers["content-type"] == "application/json"


async def test_a_negotiation_by_rule_ends_finalized_with_the_ids_and_proof_on_every_message(two: Bench) -> None:
    agreed = await two.agreed()
    assert (agreed["assigner"], agreed["assignee"]) == (US, PEER)
    kinds = [each["@type"] for each in two.peer.messages]
    assert kinds == ["ContractAgreementMessage", "ContractNegotiationEventMessage"]
    assert {each.headers["authorization"] for each in two.peer.heard} == {SHOWN}
    assert two.peer.heard[0].path == f"/negotiations/{two.peer.messages[0]['consumerPid']}/agreement"


@pytest.mark.parametrize("slash", ["", "/"])
async def test_a_callback_address_works_with_and_without_a_slash(two: Bench, slash: str) -> None:
    begun = two.request(await two.offer(), callbackAddress=f"{two.peer.base}/below{slash}")
    await two.post("/negotiations/request", begun)
    got = await two.peer.next("ContractAgreementMessage")
    assert got.path == f"/below/negotiations/{begun['consumerPid']}/agreement"


# What may not follow


WRONG = {
    "verification of what was not agreed": ("agreement/verification", verification),
    "acceptance of what was not offered": ("events", lambda begun: event(begun, "ACCEPTED")),
    "finalization by a consumer": ("events", lambda begun: event(begun, "FINALIZED")),
    "an agreement by a consumer": ("agreement", agreement),
    "an offer by a consumer": ("offers", lambda begun: message("ContractOfferMessage", **pids(begun), offer=begun["offer"])),
    "a request after a request": (
        "request", lambda begun: message("ContractRequestMessage", **pids(begun), offer=begun["offer"]),
    ),
}  # fmt: skip


def refused(answer: httpx.Response, begun: Json, kind: str = "ContractNegotiationError", status: int = 400) -> bool:
    """An error of the protocol that names both ids, and why, in both languages."""
    said = answer.json()
    whole = said["@type"] == kind and pids(said) == pids(begun) and said["code"] and len(said["reason"]) == 2
    return answer.status_code == status and bool(whole)


@pytest.mark.parametrize("case", WRONG)
async def test_a_message_that_may_not_follow_is_refused_with_400_and_changes_nothing(two: Bench, case: str) -> None:
    begun, (word, make) = await two.negotiation(), WRONG[case]
    before = await two.settled(begun["providerPid"])
    answer = await two.post(f"/negotiations/{begun['providerPid']}/{word}", make(begun))
    assert refused(answer, begun), answer.text
    assert await two.settled(begun["providerPid"]) == before


async def test_nothing_follows_the_end(two: Bench) -> None:
    begun = await two.negotiation()
    at = f"/negotiations/{begun['providerPid']}"
    assert (await two.post(f"{at}/termination", termination(begun, code="1"))).status_code == 200
    for word, make in (*WRONG.values(), ("termination", lambda given: termination(given, code="2"))):
        assert refused(await two.post(f"{at}/{word}", make(begun)), begun)
    assert (await two.get(at)).json()["state"] == "TERMINATED"


async def test_a_consumers_own_offer_cannot_be_accepted_by_itself(two: Bench) -> None:
    offer = await two.offer()
    asked = two.request({**offer, "permission": OTHER_TERMS})
    begun = (await two.post("/negotiations/request", asked)).json()
    offered = await two.peer.next("ContractOfferMessage")
    await two.settled(begun["providerPid"])
    at = f"/negotiations/{begun['providerPid']}"
    again = message("ContractRequestMessage", **pids(begun), offer={**offer, "permission": OTHER_TERMS})
    assert offered.message["offer"]["permission"] == offer["permission"]
    assert (await two.post(f"{at}/request", again)).status_code == 200
    assert refused(await two.post(f"{at}/events", event(begun, "ACCEPTED")), begun)


# Whose negotiation it is


def masked(answer: httpx.Response, pid: str) -> tuple[int, bytes, str]:
    return answer.status_code, answer.content.replace(pid.encode(), b"PID"), answer.headers["content-type"]


WORDS = ("request", "offers", "events", "agreement", "agreement/verification", "termination")


@pytest.mark.parametrize("who", [None, RIVAL])
async def test_p27_others_find_of_a_negotiation_what_they_find_of_none(two: Bench, who: str | None) -> None:
    begun = await two.negotiation()
    known, unknown = begun["providerPid"], f"{begun['providerPid'][:-4]}0000"
    bodies = [termination(begun), b"{", termination(begun, code="x" * 200)]
    for word in WORDS:
        for body in bodies:
            seen = {masked(await two.post(f"/negotiations/{pid}/{word}", body, who), pid) for pid in (known, unknown)}
            assert {each[0] for each in seen} == {404}
            assert len(seen) == 1
    assert len({masked(await two.get(f"/negotiations/{pid}", who), pid) for pid in (known, unknown)}) == 1
    assert (await two.settled(known)).state is Negotiation.REQUESTED


async def test_a_token_that_proves_nothing_opens_no_negotiation(two: Bench) -> None:
    begun = await two.negotiation()
    for header in ("Bearer nothing", "Basic YTpi", "Bearer", SHOWN):
        answer = await two.get(f"/negotiations/{begun['providerPid']}", None, authorization=header)
        assert answer.status_code == 404
        asked = await two.post("/negotiations/request", two.request(begun["offer"]), None, authorization=header)
        assert (asked.status_code, asked.json()["@type"]) == (401, "ContractNegotiationError")


async def test_forged_ids_in_a_message_find_nothing(two: Bench) -> None:
    one, other = await two.negotiation(), await two.negotiation()
    at = f"/negotiations/{one['providerPid']}/termination"
    for forged in ({**one, "consumerPid": other["consumerPid"]}, {**one, "providerPid": other["providerPid"]}, other):
        assert (await two.post(at, termination(forged))).status_code == 404
    for begun in (one, other):
        assert (await two.settled(begun["providerPid"])).state is Negotiation.REQUESTED


async def test_a_consumer_of_ours_is_not_found_by_another_provider(two: Bench) -> None:
    begun = await two.asked()
    offer = message("ContractOfferMessage", **both(begun), offer=begun.document["offer"])
    assert (await two.post(f"/negotiations/{begun.pid}/offers", offer, RIVAL)).status_code == 404
    assert (await two.post(f"/negotiations/{begun.pid}/offers", offer)).status_code == 200


# What can be asked for


async def test_an_offer_that_is_unknown_withdrawn_or_for_others_is_refused_alike(two: Bench) -> None:
    withdrawn, hidden = await two.offer(), await two.offer(audience=[RIVAL])
    await two.client.delete(withdrawn["@id"].removeprefix(BASE), headers=OPERATOR)
    unknown, elsewhere = {**hidden, "@id": f"{BASE}/offers/0"}, {**await two.offer(), "target": "urn:x:other"}
    before, seen = (await two.service.exchange.processes.listed(Kind.NEGOTIATION))[0], set()
    for offer in (withdrawn, hidden, unknown, elsewhere):
        asked = two.request(offer)
        answer = await two.post("/negotiations/request", asked)
        assert refused(answer, {"providerPid": "urn:renkei:none", "consumerPid": asked["consumerPid"]})
        seen.add(answer.content.replace(offer["@id"].encode(), b"").replace(asked["consumerPid"].encode(), b""))
    assert len(seen) == 1
    assert (await two.service.exchange.processes.listed(Kind.NEGOTIATION))[0] == before


# Again and at once


async def test_p27_a_repeated_request_finds_what_the_first_began(two: Bench) -> None:
    asked = two.request(await two.offer())
    first = await two.post("/negotiations/request", asked)
    await two.settled(first.json()["providerPid"])
    again = await two.post("/negotiations/request", dict(reversed(asked.items())))
    assert (again.status_code, again.content) == (201, first.content)
    assert len(two.peer.of_kind("ContractAgreementMessage")) == 1
    other = await two.post("/negotiations/request", {**asked, "callbackAddress": f"{two.peer.base}/other"})
    assert (other.status_code, other.json()["consumerPid"]) == (400, asked["consumerPid"])


async def test_p27_repeated_messages_are_answered_like_the_first_also_after_the_state_went_on(two: Bench) -> None:
    begun = await two.negotiation(approval="rule")
    await two.peer.next("ContractAgreementMessage")
    at = f"/negotiations/{begun['providerPid']}/agreement/verification"
    answers = [await two.post(at, verification(begun)) for _ in range(2)]
    await two.peer.next("ContractNegotiationEventMessage")
    await two.settled(begun["providerPid"])
    answers.append(await two.post(at, verification(begun)))
    assert [(each.status_code, each.json()["state"]) for each in answers] == [(200, "VERIFIED")] * 3
    assert len(two.peer.of_kind("ContractNegotiationEventMessage")) == 1


async def test_p27_the_same_id_of_two_peers_begins_two_negotiations(two: Bench) -> None:
    asked = two.request(await two.offer(approval="person"))
    one = (await two.post("/negotiations/request", asked)).json()
    other = (await two.post("/negotiations/request", asked, RIVAL)).json()
    assert one["providerPid"] != other["providerPid"]


# A provider that begins


async def test_an_unasked_offer_of_a_provider_waits_for_a_person_and_can_be_finalized(two: Bench) -> None:
    offer = {"@id": "urn:their:offer", "@type": "Offer", "target": "urn:their:data", "permission": [{"action": "use"}]}
    said = message("ContractOfferMessage", providerPid="urn:uuid:p1", offer=offer, callbackAddress=two.peer.base)
    answer = await two.post("/negotiations/offers", said)
    assert (answer.status_code, answer.json()["state"]) == (201, "OFFERED")
    begun = {**pids(answer.json()), "offer": offer}
    assert (await two.settled(begun["consumerPid"])).waits_for is Waiting.PERSON
    await two.client.post(f"/exchange/negotiations/{begun['consumerPid']}/accept", headers=OPERATOR)
    assert (await two.peer.next("ContractNegotiationEventMessage")).message["eventType"] == "ACCEPTED"
    concluded = agreement(begun)
    concluded["agreement"] |= {"assigner": PEER, "assignee": US}
    await two.post(f"/negotiations/{begun['consumerPid']}/agreement", concluded)
    await two.peer.next("ContractAgreementVerificationMessage")
    await two.settled(begun["consumerPid"])
    done = await two.post(f"/negotiations/{begun['consumerPid']}/events", event(begun, "FINALIZED"))
    assert (done.status_code, done.json()["state"]) == (200, "FINALIZED")


async def test_an_offer_of_ours_to_a_consumer_that_did_not_ask_ends_in_an_agreement(two: Bench) -> None:
    made = await two.service.exchange.offers.find((await two.offer())["@id"], None, await reader(two))
    begun = await two.service.exchange.negotiations.propose(PEER, two.peer.base, made)
    said = await two.peer.next("ContractOfferMessage")
    assert said.path == "/negotiations/offers"
    assert said.message["callbackAddress"] == BASE + DSP
    assert "consumerPid" not in said.message
    ids = both(await two.settled(begun.pid))
    assert (await two.post(f"/negotiations/{begun.pid}/events", event(ids, "ACCEPTED"))).status_code == 200
    await two.peer.next("ContractAgreementMessage")
    await two.post(f"/negotiations/{begun.pid}/agreement/verification", verification(ids))
    await two.peer.next("ContractNegotiationEventMessage")
    assert (await two.settled(begun.pid)).state is Negotiation.FINALIZED


async def reader(two: Bench) -> Any:
    return await two.service.tokens.verify(two.tokens[PEER]["authorization"].removeprefix("Bearer "))  # type: ignore[arg-type]


# What we agree to as a consumer


@pytest.mark.parametrize(
    "changed",
    [
        {"assignee": RIVAL}, {"assigner": RIVAL}, {"target": "urn:their:other"}, {"permission": OTHER_TERMS},
        {"assigner": PEER.replace("a", "\u0430", 1)}, {"assignee": US.replace("p", "\u0440", 1)},
    ],
)  # fmt: skip
async def test_an_agreement_that_says_other_than_was_asked_ends_the_negotiation(two: Bench, changed: Json) -> None:
    begun = await two.asked()
    ids = {**both(begun), "offer": begun.document["offer"]}
    said = agreement(ids)
    said["agreement"] |= {"assigner": PEER, "assignee": US, **changed}
    await two.post(f"/negotiations/{begun.pid}/agreement", said)
    told = await two.peer.next("ContractNegotiationTerminationMessage")
    assert len(told.message["reason"]) == 2
    assert (await two.settled(begun.pid)).state is Negotiation.TERMINATED
