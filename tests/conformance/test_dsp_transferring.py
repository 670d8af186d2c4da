"""Transfers over the binding of the Dataspace Protocol 2025-1, where its conformance kit does not look."""

from typing import Any

import httpx
import pytest

from exchange.dsp.states import Transfer
from exchange.processes import Kind
from tests.conformance.dsp_bench import BASE, OPERATOR, RIVAL, Bench, both, pids
from tests.conformance.dsp_peer import Json, message

pytestmark = pytest.mark.anyio
SINK = {
    "@type": "DataAddress", "endpointType": "https://w3id.org/idsa/v4.1/HTTP", "endpoint": "https://lab.example/in",
    "endpointProperties": [{"@type": "EndpointProperty", "name": "authorization", "value": "secret-of-the-sink"}],
}  # fmt: skip


def said(kind: str, begun: Json, **more: Any) -> Json:
    return message(f"Transfer{kind}Message", **pids(begun), **more)


def token_of(start: Json) -> dict[str, str]:
    given = {each["name"]: each["value"] for each in start["dataAddress"]["endpointProperties"]}
    return {"authorization": f"Bearer {given['authorization']}"}


def refused(answer: httpx.Response, begun: Json, status: int = 400) -> bool:
    told = answer.json()
    return answer.status_code == status and told["@type"] == "TransferError" and pids(told) == pids(begun)


async def data(two: Bench, start: Json) -> int:
    """What the token of a start opens, as a status."""
    endpoint = start["dataAddress"]["endpoint"].removeprefix(BASE)
    return (await two.client.get(endpoint, headers=token_of(start))).status_code


async def test_a_request_is_answered_201_and_followed_by_a_start_with_a_data_address(two: Bench) -> None:
    asked = two.transfer_request((await two.agreed())["@id"])
    answer = await two.post("/transfers/request", asked)
    assert (answer.status_code, answer.json()["@type"]) == (201, "TransferProcess")
    start = (await two.peer.next("TransferStartMessage")).message
    assert pids(start) == pids(answer.json())
    assert start["dataAddress"]["endpoint"].startswith(f"{BASE}/data/")
    assert {each["name"] for each in start["dataAddress"]["endpointProperties"]} >= {"authorization", "authType"}


async def test_p27_a_repeated_request_begins_no_second_transfer(two: Bench) -> None:
    asked = two.transfer_request((await two.agreed())["@id"])
    before = (await two.service.exchange.processes.listed(Kind.TRANSFER))[0]
    answers = [await two.post("/transfers/request", asked) for _ in range(3)]
    await two.settled(answers[0].json()["providerPid"], Kind.TRANSFER)
    assert {(each.status_code, each.content) for each in answers} == {(201, answers[0].content)}
    assert (await two.service.exchange.processes.listed(Kind.TRANSFER))[0] == before + 1
    other = await two.post("/transfers/request", {**asked, "format": "HttpData-PUSH", "dataAddress": SINK})
    assert other.status_code == 400


async def test_a_push_bears_the_address_of_the_consumer_and_shows_it_to_nobody(two: Bench) -> None:
    asked = two.transfer_request((await two.agreed())["@id"], format="HttpData-PUSH", dataAddress=SINK)
    begun = (await two.post("/transfers/request", asked)).json()
    start = (await two.peer.next("TransferStartMessage")).message
    process = await two.settled(begun["providerPid"], Kind.TRANSFER)
    assert "dataAddress" not in start
    assert two.service.exchange.transfers.address(process) == SINK
    shown = await two.client.get(f"/exchange/transfers/{begun['providerPid']}", headers=OPERATOR)
    assert "secret-of-the-sink" not in shown.text
    assert (await two.client.get(f"/exchange/transfers/{process.pid}/address", headers=OPERATOR)).status_code == 404


async def test_a_push_that_we_ask_for_tells_where_to(two: Bench) -> None:
    wanted = {"agreement": await two.consumed(), "format": "HttpData-PUSH", "dataAddress": SINK}
    answer = await two.client.post("/exchange/transfers", json=wanted, headers=OPERATOR)
    assert answer.status_code == 201, answer.text
    told = (await two.peer.next("TransferRequestMessage")).message
    assert (told["format"], told["dataAddress"]) == ("HttpData-PUSH", SINK)


@pytest.mark.parametrize(
    "changed",
    [
        {"format": "HttpData-PUSH"}, {"dataAddress": SINK}, {"format": "Pigeon-PUSH", "dataAddress": SINK},
        {"format": "HttpData-PULL "}, {"dataAddress": {**SINK, "endpointProperties": []}}, {"format": ""},
    ],
)  # fmt: skip
async def test_a_format_that_is_not_served_or_lacks_its_address_is_refused(two: Bench, changed: Json) -> None:
    asked = {**two.transfer_request((await two.agreed())["@id"]), **changed}
    answer = await two.post("/transfers/request", asked)
    assert (answer.status_code, answer.json()["@type"]) == (400, "TransferError")
    assert answer.json()["consumerPid"] == asked["consumerPid"]


# Agreements


async def test_an_agreement_that_is_unknown_or_anothers_is_not_found(two: Bench) -> None:
    known, seen = (await two.agreed())["@id"], set()
    for iri, who in ((known, RIVAL), (known.replace(known[-4:], "0000"), RIVAL)):
        asked = two.transfer_request(iri)
        answer = await two.post("/transfers/request", asked, who)
        assert answer.status_code == 404
        seen.add(answer.text.replace(iri, "").replace(asked["consumerPid"], ""))
    assert len(seen) == 1


async def test_an_agreement_that_was_ended_or_has_expired_lets_nothing_begin(two: Bench) -> None:
    ended = await two.agreed()
    await two.client.post(f"{ended['@id'].removeprefix(BASE)}/end", json={"reason": "Enough."}, headers=OPERATOR)
    expired = await two.agreed(terms={"templates": {"until": {"end": "2020-03-31"}}})
    for agreement in (ended, expired):
        asked = two.transfer_request(agreement["@id"])
        answer = await two.post("/transfers/request", asked)
        assert refused(answer, {"providerPid": "urn:renkei:none", "consumerPid": asked["consumerPid"]}), answer.text


async def test_the_end_of_an_agreement_ends_what_runs_under_it_and_tells_the_peer(two: Bench) -> None:
    agreement = await two.agreed()
    start = await two.transfer(agreement["@id"])
    await two.client.post(f"{agreement['@id'].removeprefix(BASE)}/end", json={"reason": "Enough."}, headers=OPERATOR)
    told = (await two.peer.next("TransferTerminationMessage")).message
    assert (pids(told), "Enough." in told["reason"]) == (pids(start), True)
    assert await data(two, start) == 401


# Suspended and resumed


async def test_a_consumer_resumes_what_it_suspended_and_the_token_opens_nothing_meanwhile(two: Bench) -> None:
    start = await two.transfer()
    at = f"/transfers/{start['providerPid']}"
    states, opened = [], []
    for word, body in (("suspension", said("Suspension", start, code="1")), ("start", said("Start", start))):
        answer = await two.post(f"{at}/{word}", body)
        states.append((answer.status_code, answer.json()["state"]))
        opened.append(await data(two, start))
    assert states == [(200, "SUSPENDED"), (200, "STARTED")]
    assert opened == [403, 200]


async def test_a_provider_resumes_what_it_suspended_with_a_data_address(two: Bench) -> None:
    start = await two.transfer()
    at = f"/exchange/transfers/{start['providerPid']}"
    await two.client.post(f"{at}/suspend", json={"reason": "Maintenance."}, headers=OPERATOR)
    told = (await two.peer.next("TransferSuspensionMessage")).message
    assert "Maintenance." in told["reason"]
    await two.settled(start["providerPid"], Kind.TRANSFER)
    assert (await two.client.post(f"{at}/resume", headers=OPERATOR)).status_code == 200
    again = (await two.peer.next("TransferStartMessage", 2)).message
    assert (await two.settled(start["providerPid"], Kind.TRANSFER)).state is Transfer.STARTED
    assert await data(two, again) == 200


async def test_a_suspended_transfer_of_ours_goes_on_by_either_side(two: Bench) -> None:
    begun = await two.service.exchange.transfers.ask(await two.consumed(), two.peer.base)
    ids, at = both(await two.settled(begun.pid, Kind.TRANSFER)), f"/transfers/{begun.pid}"
    steps = [("start", said("Start", ids, dataAddress=SINK)), ("suspension", said("Suspension", ids))]
    for word, body in [
        *steps,
        ("start", said("Start", ids, dataAddress={**SINK, "endpoint": "https://lab.example/2"})),
    ]:
        assert (await two.post(f"{at}/{word}", body)).status_code == 200
    access = (await two.client.get(f"/exchange{at}/address", headers=OPERATOR)).json()
    assert access["endpoint"] == "https://lab.example/2"
    await two.post(f"{at}/suspension", said("Suspension", ids, code="again"))
    await two.client.post(f"/exchange{at}/resume", headers=OPERATOR)
    assert "dataAddress" not in (await two.peer.next("TransferStartMessage")).message


# What may not follow, and whose it is


WORDS = {"start": "Start", "completion": "Completion", "suspension": "Suspension", "termination": "Termination"}


@pytest.mark.parametrize("ended", ["completion", "termination"])
async def test_nothing_follows_the_end_of_a_transfer(two: Bench, ended: str) -> None:
    start = await two.transfer()
    at = f"/transfers/{start['providerPid']}"
    first = said(WORDS[ended], start)
    assert (await two.post(f"{at}/{ended}", first)).status_code == 200
    for word in WORDS.keys() - {ended}:
        assert refused(await two.post(f"{at}/{word}", said(WORDS[word], start)), start)
    again = await two.post(f"{at}/{ended}", first)
    assert (again.status_code, await data(two, start)) == (200, 401)


@pytest.mark.parametrize("word", ["completion", "suspension"])
async def test_what_has_not_started_can_be_neither_completed_nor_suspended(two: Bench, word: str) -> None:
    begun = await two.service.exchange.transfers.ask(await two.consumed(), two.peer.base)
    ids = both(await two.settled(begun.pid, Kind.TRANSFER))
    assert refused(await two.post(f"/transfers/{begun.pid}/{word}", said(WORDS[word], ids)), ids)
    assert (await two.settled(begun.pid, Kind.TRANSFER)).state is Transfer.REQUESTED


async def test_what_runs_cannot_be_started_again_by_the_consumer(two: Bench) -> None:
    start = await two.transfer()
    assert refused(await two.post(f"/transfers/{start['providerPid']}/start", said("Start", start)), start)


@pytest.mark.parametrize("who", [None, RIVAL])
async def test_p27_others_find_of_a_transfer_what_they_find_of_none(two: Bench, who: str | None) -> None:
    start = await two.transfer()
    known = start["providerPid"]
    for word, kind in (*WORDS.items(), ("", "")):
        seen = set()
        for pid in (known, f"{known[:-4]}0000"):
            at = f"/transfers/{pid}/{word}".rstrip("/")
            answer = await (two.post(at, said(kind, start), who) if word else two.get(at, who))
            seen.add((answer.status_code, answer.text.replace(pid, "PID")))
        assert len(seen) == 1
        assert seen.pop()[0] == 404
    assert (await two.settled(known, Kind.TRANSFER)).state is Transfer.STARTED


async def test_forged_ids_stop_no_transfer(two: Bench) -> None:
    one, other = await two.transfer(), await two.transfer()
    at = f"/transfers/{one['providerPid']}/termination"
    for forged in ({**one, "consumerPid": other["consumerPid"]}, {**one, "providerPid": other["providerPid"]}, other):
        assert (await two.post(at, said("Termination", forged))).status_code == 404
    assert (await two.settled(one["providerPid"], Kind.TRANSFER)).state is Transfer.STARTED
