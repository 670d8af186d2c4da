"""R08: whatever a peer does, our message has one effect on it, and nothing sticks without being told."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from exchange.alarms import Alarms
from exchange.dsp.states import Negotiation, Transfer
from exchange.outbox import Letter
from exchange.outgoing import OutgoingLimits
from exchange.processes import Kind, Process, Waiting
from journal.events import EventKind, since
from stores.exchange_tables import OutboxRow
from tests.campaign.harness import FULL
from tests.conformance.dsp_bench import OPERATOR, PEER, Bench, both, pids
from tests.conformance.dsp_peer import CONTEXT, Json, Told, message

pytestmark = pytest.mark.anyio
AT_ONCE = 100 if FULL else 1
RUBBISH = (b"", b"{", b"[]", b'"AGREED"', b"\xff" * 99, b'{"consumerPid": 3, "providerPid": {}}', b"null")


async def until(two: Bench, pid: str, state: Any, kind: Kind = Kind.NEGOTIATION, wait_s: float = 20) -> Process:
    """A process once it is in a state."""
    for _ in range(round(wait_s / 0.02)):
        found = await two.service.exchange.processes.get(pid, kind)
        if found.state is state:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"it never was {state}: {found}")


@pytest.fixture
def hasty(two: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits half a second for an answer, where the service waits longer."""
    monkeypatch.setattr(two.service.outgoing, "limits", OutgoingLimits(total_s=0.5))


async def asked(two: Bench) -> Process:
    """A negotiation that we have just begun, answered or not."""
    offer = {"@id": "urn:their:offer", "@type": "Offer", "target": "urn:their:data", "permission": [{"action": "use"}]}
    return await two.service.exchange.negotiations.ask(PEER, two.peer.base, offer, None)


TOXICS = {
    "silent": Told(fault="silent"),
    "slow": Told(delay_s=0.8),
    "cut off": Told(fault="reset"),
    "cut off in the middle": Told(fault="half"),
    "500": Told(500, b"oops"),
    "503": Told(503),
    "429": Told(429),
    "not there yet": Told(404, b"<html>"),
    "half closed": Told(fault="shut"),
    "a byte at a time": Told(fault="trickling"),
    "no HTTP": Told(fault="rubbish"),
}


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("toxic", TOXICS)
async def test_a_message_that_was_not_answered_comes_again_with_the_same_ids_and_has_one_effect(
    two: Bench, toxic: str
) -> None:
    two.peer.script.extend([TOXICS[toxic]] * (2 * AT_ONCE))
    begun = [await asked(two) for _ in range(AT_ONCE)]
    for each in begun:
        process = await until(two, each.pid, Negotiation.REQUESTED, wait_s=20 + AT_ONCE)
        assert process.peer_pid == two.peer.pids[each.pid]
    sent = two.peer.of_kind("ContractRequestMessage")
    assert len(sent) == 3 * AT_ONCE
    assert len({each.body for each in sent}) == AT_ONCE
    assert len(set(two.peer.pids.values())) == len(two.peer.pids)


@pytest.mark.usefixtures("hasty")
async def test_an_answer_in_slices_is_one_answer(two: Bench) -> None:
    two.peer.script.append(Told(fault="sliced"))
    begun = await asked(two)
    process = await until(two, begun.pid, Negotiation.REQUESTED)
    assert (len(two.peer.heard), process.peer_pid) == (1, two.peer.pids[begun.pid])


@pytest.mark.parametrize("body", RUBBISH)
async def test_a_success_with_rubbish_is_a_success_and_the_peers_id_comes_later(two: Bench, body: bytes) -> None:
    two.peer.script.append(Told(201, body))
    begun = await asked(two)
    process = await until(two, begun.pid, Negotiation.REQUESTED)
    ids = {"consumerPid": begun.pid, "providerPid": f"{begun.pid}:late"}
    offer = message("ContractOfferMessage", **ids, offer=begun.document["offer"])
    answer = await two.post(f"/negotiations/{begun.pid}/offers", offer)
    assert (process.peer_pid, answer.status_code, answer.json()["providerPid"]) == (None, 200, ids["providerPid"])


async def test_p27_two_processes_of_one_peer_cannot_have_one_id(two: Bench) -> None:
    one = await until(two, (await asked(two)).pid, Negotiation.REQUESTED)
    ack = {"@context": [CONTEXT], "@type": "ContractNegotiation", "providerPid": one.peer_pid, "state": "REQUESTED"}
    two.peer.script.append(Told(201, orjson.dumps(ack)))
    other = await until(two, (await asked(two)).pid, Negotiation.REQUESTED)
    ids = {"consumerPid": other.pid, "providerPid": one.peer_pid}
    offer = message("ContractOfferMessage", **ids, offer=one.document["offer"])
    answer = await two.post(f"/negotiations/{other.pid}/offers", offer)
    assert (other.peer_pid, answer.status_code, answer.json()["code"]) == (None, 400, "ProcessTaken")


async def test_a_redirect_is_not_followed_and_a_person_is_asked(two: Bench) -> None:
    inside = f"{two.peer.base}/inside"
    two.peer.script.append(Told(307, headers={"location": inside}))
    begun = await asked(two)
    process = await two.settled(begun.pid)
    assert (process.state, process.waits_for) == (Negotiation.INITIAL, Waiting.PERSON)
    assert [each.path for each in two.peer.heard] == ["/negotiations/request"]
    assert process.error is not None
    assert "307" in process.error.en


async def test_a_callback_inside_the_network_is_never_asked(two: Bench) -> None:
    offer = await two.offer()
    for address in ("http://10.1.2.3:8080", "http://[::1]:8080", "http://169.254.169.254", "http://192.168.0.1:8080"):
        begun = (await two.post("/negotiations/request", two.request(offer, callbackAddress=address))).json()
        process = await two.settled(begun["providerPid"])
        steps = await two.service.exchange.processes.steps(process.pid)
        assert process.state is Negotiation.REQUESTED
        assert [each.status for each in steps] == [None, None]
        assert steps[-1].note is not None


async def test_a_refusal_that_only_says_it_was_taken_before_counts_as_taken(two: Bench) -> None:
    begun = await two.negotiation()
    await two.client.post(f"/exchange/negotiations/{begun['providerPid']}/accept", headers=OPERATOR)
    await two.settled(begun["providerPid"])
    again = await two.negotiation()
    two.peer.script.append(Told(409, b"{}"))
    two.peer.states["ContractNegotiation"] = "AGREED"
    await two.client.post(f"/exchange/negotiations/{again['providerPid']}/accept", headers=OPERATOR)
    assert (await two.settled(again["providerPid"])).state is Negotiation.AGREED


async def test_a_refusal_is_told_with_the_peers_reason_and_sent_again_by_hand(two: Bench) -> None:
    begun = await two.negotiation()
    error = b'{"@type": "ContractNegotiationError", "code": "42", "reason": ["Not on a Sunday."]}'
    two.peer.script.append(Told(422, error))
    at = f"/exchange/negotiations/{begun['providerPid']}"
    await two.client.post(f"{at}/accept", headers=OPERATOR)
    await two.settled(begun["providerPid"])
    shown = (await two.client.get(at, headers=OPERATOR)).json()
    assert (shown["state"], shown["waitsFor"], shown["stuck"]) == ("REQUESTED", "person", True)
    assert "Not on a Sunday." in shown["error"]["en"]
    assert (await two.client.post(f"{at}/retry", headers=OPERATOR)).json() == {"messages": 1}
    process = await until(two, begun["providerPid"], Negotiation.AGREED)
    assert process.error is None


async def test_pauses_between_tries_grow_to_half_a_minute(two: Bench) -> None:
    outbox, pauses = two.service.exchange.outbox, []
    async with two.service.database.writing() as connection:
        letter = await outbox.put(
            connection, Letter("urn:uuid:none", "ContractOfferMessage", "http://x", b"{}", "OFFERED")
        )
        for attempts in range(12):
            before = datetime.now(UTC)
            await outbox.later(connection, Letter(**{**parts(letter), "attempts": attempts}))
            pauses.append((await due(two, connection, letter.id) - before) / timedelta(seconds=1))
        await outbox.drop(connection, letter)
    assert pauses[0] < 0.2
    assert all(later > 1.2 * sooner for sooner, later in pairwise(pauses[:8]))
    assert all(20 < pause < 40 for pause in pauses[10:])


async def pending(two: Bench, pid: str) -> list[Letter]:
    async with two.service.database.reading() as connection:
        return await two.service.exchange.outbox.pending(connection, pid)


def parts(letter: Letter) -> Json:
    return {name: getattr(letter, name) for name in letter.__dataclass_fields__}


async def due(two: Bench, connection: Any, number: int) -> datetime:
    found: datetime = await connection.scalar(select(OutboxRow.due_at).where(OutboxRow.id == number))
    return found


async def test_sending_again_by_hand_makes_no_second_row_of_tries(two: Bench) -> None:
    two.peer.always = Told(503)
    begun = await asked(two)
    for _ in range(5):
        await two.service.exchange.outbox.retry(begun.pid)
        await two.settled(begun.pid)
        letters = await pending(two, begun.pid)
        assert len([each for each in letters if each.id in two.service.exchange.outbox._timers]) == 1
    two.peer.always = Told()
    await two.service.exchange.outbox.retry(begun.pid)
    await until(two, begun.pid, Negotiation.REQUESTED)


async def test_a_peer_that_stays_silent_is_told_as_stuck_with_its_reason_and_an_event(two: Bench) -> None:
    two.peer.always = Told(503, b'{"reason": ["Down for repair."]}')
    begun = await asked(two)
    alarms = Alarms(two.service.exchange.processes)
    told = []
    for later_s in (1, 3, 3):
        await alarms.sweep(begun.made_at + timedelta(seconds=later_s))
        async with two.service.database.reading() as connection:
            events = await since(connection, 0, 10_000)
        told.append(len([each for each in events if each.kind == EventKind.STUCK and each.subject == begun.pid]))
    shown = (await two.client.get(f"/exchange/negotiations/{begun.pid}", headers=OPERATOR)).json()
    assert (told, shown["stuck"], set(shown["error"])) == ([0, 1, 1], True, {"ja", "en"})


# Ended by hand


async def test_what_the_peer_never_answered_is_ended_by_hand_at_once(two: Bench) -> None:
    two.peer.always = Told(fault="silent")
    begun = await asked(two)
    await two.peer.next("ContractRequestMessage")
    at = f"/exchange/negotiations/{begun.pid}/terminate"
    async with asyncio.timeout(10):
        answer = await two.client.post(at, json={"reason": "Nobody there."}, headers=OPERATOR)
    assert (answer.status_code, answer.json()["state"], answer.json()["waitsFor"]) == (200, "TERMINATED", "nobody")
    assert answer.json()["timeline"][-1]["note"]["en"] == "Nobody there."
    two.peer.always = Told()
    await two.settled(begun.pid)
    assert len(two.peer.heard) == 1


async def test_a_peer_that_answers_after_the_end_is_told_of_it(two: Bench) -> None:
    two.peer.script.append(Told(fault="silent"))
    begun = await asked(two)
    await two.peer.next("ContractRequestMessage")
    await two.client.post(f"/exchange/negotiations/{begun.pid}/terminate", json={"reason": "x"}, headers=OPERATOR)
    ids = {"consumerPid": begun.pid, "providerPid": f"{begun.pid}:late"}
    offer = message("ContractOfferMessage", **ids, offer=begun.document["offer"])
    assert (await two.post(f"/negotiations/{begun.pid}/offers", offer)).status_code == 400
    assert pids((await two.peer.next("ContractNegotiationTerminationMessage")).message) == ids
    assert (await two.settled(begun.pid)).state is Negotiation.TERMINATED


async def test_a_transfer_is_ended_by_hand_while_its_peer_is_silent(two: Bench) -> None:
    start = await two.transfer()
    two.peer.script.append(Told(fault="silent"))
    at = f"/exchange/transfers/{start['providerPid']}"
    await two.client.post(f"{at}/suspend", json={"reason": "x"}, headers=OPERATOR)
    await two.peer.next("TransferSuspensionMessage")
    async with asyncio.timeout(10):
        await two.client.post(f"{at}/terminate", json={"reason": "y"}, headers=OPERATOR)
        await two.peer.next("TransferTerminationMessage")
    await until(two, start["providerPid"], Transfer.TERMINATED, Kind.TRANSFER)


async def test_a_transfer_that_the_peer_never_answered_is_ended_by_hand(two: Bench) -> None:
    agreement = await two.consumed()
    two.peer.always = Told(503)
    begun = await two.service.exchange.transfers.ask(agreement, two.peer.base)
    at = f"/exchange/transfers/{begun.pid}"
    assert (await two.client.post(f"{at}/complete", headers=OPERATOR)).status_code == 409
    answer = await two.client.post(f"{at}/terminate", json={"reason": "x"}, headers=OPERATOR)
    assert (answer.status_code, answer.json()["state"]) == (200, "TERMINATED")


# Again and out of order


async def test_a_message_that_comes_again_while_ours_is_on_its_way_does_not_undo_ours(two: Bench) -> None:
    start = await two.transfer()
    at = f"/transfers/{start['providerPid']}"
    suspension = message("TransferSuspensionMessage", **pids(start), code="1")
    await two.post(f"{at}/suspension", suspension)
    two.peer.script.append(Told(503))
    await two.client.post(f"/exchange{at}/resume", headers=OPERATOR)
    await two.peer.next("TransferStartMessage", 2)
    again = await two.post(f"{at}/suspension", suspension)
    assert (again.status_code, again.json()["state"]) == (200, "SUSPENDED")
    await until(two, start["providerPid"], Transfer.STARTED, Kind.TRANSFER)


async def test_a_step_that_shows_our_message_was_taken_takes_its_answers_place(two: Bench) -> None:
    begun = await two.negotiation()
    two.peer.script.extend([Told(fault="reset")] * 50)
    await two.client.post(f"/exchange/negotiations/{begun['providerPid']}/accept", headers=OPERATOR)
    await two.peer.next("ContractAgreementMessage")
    at = f"/negotiations/{begun['providerPid']}/agreement/verification"
    verified = await two.post(at, message("ContractAgreementVerificationMessage", **pids(begun)))
    assert (verified.status_code, verified.json()["state"]) == (200, "VERIFIED")
    two.peer.script.clear()
    await until(two, begun["providerPid"], Negotiation.FINALIZED)


async def test_two_sides_that_end_at_the_same_moment_agree_within_seconds(two: Bench) -> None:
    begun = [await two.negotiation() for _ in range(5)]
    two.peer.always = Told(delay_s=0.3)

    async def ended(ids: Json) -> int:
        said = message("ContractNegotiationTerminationMessage", **pids(ids), code="theirs")
        path = f"/negotiations/{ids['providerPid']}/termination"
        for _ in range(50):
            if (answer := await two.post(path, said)).status_code != 503:
                break
            await asyncio.sleep(0.1)
        return answer.status_code

    ours = [
        two.client.post(
            f"/exchange/negotiations/{ids['providerPid']}/terminate", json={"reason": "ours"}, headers=OPERATOR
        )
        for ids in begun
    ]
    async with asyncio.timeout(10):
        await asyncio.gather(*ours, *(ended(ids) for ids in begun))
    for ids in begun:
        assert (await until(two, ids["providerPid"], Negotiation.TERMINATED)).waits_for is Waiting.NOBODY


async def test_p27_a_message_sent_ten_times_at_once_is_one_step(two: Bench) -> None:
    begun = await two.negotiation(approval="rule")
    await two.peer.next("ContractAgreementMessage")
    said = message("ContractAgreementVerificationMessage", **pids(begun))
    path = f"/negotiations/{begun['providerPid']}/agreement/verification"
    answers = await asyncio.gather(*(two.post(path, said) for _ in range(10)))
    assert {each.status_code for each in answers} <= {200, 503}
    await until(two, begun["providerPid"], Negotiation.FINALIZED)
    steps = await two.service.exchange.processes.steps(begun["providerPid"])
    assert [each.message for each in steps].count("ContractAgreementVerificationMessage") == 1
    assert len(two.peer.of_kind("ContractNegotiationEventMessage")) == 1


async def test_p27_a_request_sent_ten_times_at_once_begins_one_negotiation(two: Bench) -> None:
    request = two.request(await two.offer(approval="person"))
    answers = await asyncio.gather(*(two.post("/negotiations/request", request) for _ in range(10)))
    assert {(each.status_code, each.json()["providerPid"]) for each in answers} == {
        (201, answers[0].json()["providerPid"])
    }
    assert both(await two.settled(answers[0].json()["providerPid"]))["consumerPid"] == request["consumerPid"]
    assert request["@context"] == [CONTEXT]
