"""Peers that try to have other terms or other data agreed on than what was on the table."""

from dataclasses import replace
from typing import Any

import pytest

from exchange.dsp.states import Negotiation
from tests.conformance.dsp_bench import OTHER_TERMS, PEER, US, Bench, both, pids
from tests.conformance.dsp_peer import Json, message

pytestmark = pytest.mark.anyio


def agreement(begun: Any, **changed: Any) -> Json:
    """What the peer says was agreed with us."""
    named = {"@id": f"urn:their:agreement:{begun.pid}", "@type": "Agreement", "assigner": PEER, "assignee": US}
    return {**begun.document["offer"], **named, "timestamp": "2026-11-21T09:00:00Z", **changed}


async def test_a_consumer_cannot_put_its_own_terms_into_the_acceptance_of_ours(two: Bench) -> None:
    offer = await two.offer({"templates": {"times": {"limit": "3"}}})
    asked = two.request({**offer, "permission": [{"action": "use"}]})
    begun = (await two.post("/negotiations/request", asked)).json()
    await two.peer.next("ContractOfferMessage")
    await two.settled(begun["providerPid"])
    accepted = message("ContractNegotiationEventMessage", **pids(begun), eventType="ACCEPTED", offer=asked["offer"])
    answer = await two.post(f"/negotiations/{begun['providerPid']}/events", accepted)
    assert answer.status_code == 400, answer.text
    assert (await two.settled(begun["providerPid"])).state is Negotiation.OFFERED


async def test_a_provider_cannot_bring_the_terms_that_its_agreement_is_compared_with(two: Bench) -> None:
    begun = await two.asked()
    worse = {**begun.document["offer"], "permission": OTHER_TERMS}
    said = message(
        "ContractAgreementMessage", **both(begun), offer=worse, agreement=agreement(begun, permission=OTHER_TERMS)
    )
    answer = await two.post(f"/negotiations/{begun.pid}/agreement", said)
    assert answer.status_code == 400, answer.text
    assert (await two.settled(begun.pid)).state is Negotiation.REQUESTED


async def test_the_terms_that_were_asked_for_about_other_data_are_not_accepted_by_rule(two: Bench) -> None:
    begun = await two.asked()
    other = {**begun.document["offer"], "target": "urn:their:other:data"}
    said = message("ContractOfferMessage", **both(begun), offer=other)
    assert (await two.post(f"/negotiations/{begun.pid}/offers", said)).status_code == 200
    found = await two.settled(begun.pid)
    assert (found.state, found.waits_for) == (Negotiation.OFFERED, "person")


async def test_terms_are_taken_from_the_messages_alone_whose_type_bears_them(two: Bench) -> None:
    begun = await two.asked()
    worse = {**begun.document["offer"], "permission": OTHER_TERMS}
    swapped = message("ContractAgreementMessage", **both(begun), offer=worse, agreement=agreement(begun))
    ended = message("ContractNegotiationTerminationMessage", **both(begun), offer=worse, agreement=agreement(begun))
    negotiations, documents = two.service.exchange.negotiations, []
    for said, state in ((swapped, Negotiation.AGREED), (ended, Negotiation.TERMINATED)):  # as if no schema refused them
        turn = await negotiations.heard(replace(begun, state=state), said)
        documents.append(turn.changes["document"])
    assert [each["offer"] for each in documents] == [begun.document["offer"]] * 2
    assert ["agreement" in each for each in documents] == [True, False]
