"""Something else is said before the peer answered: what it had taken by then stands, and both sides end alike."""

import pytest

from exchange.dsp.states import Negotiation, State, Transfer
from exchange.processes import Kind, Process, Step, Waiting
from tests.conformance.dsp_bench import OPERATOR, Bench, pids
from tests.conformance.dsp_peer import Told, message

pytestmark = pytest.mark.anyio
REASON = {"reason": "The project was stopped."}
REFUSED = Told(400, b"{}")
TOLD = {"suspend": "TransferSuspensionMessage", "complete": "TransferCompletionMessage"}


async def finalizing(two: Bench) -> str:
    """A negotiation that the peer took as finalized, and did not answer; our id of it."""
    agreed = await two.negotiation(approval="rule")
    await two.peer.next("ContractAgreementMessage")
    await two.settled(agreed["providerPid"])
    two.peer.script.append(Told(fault="silent"))
    two.peer.states["ContractNegotiation"] = "FINALIZED"
    verified = message("ContractAgreementVerificationMessage", **pids(agreed))
    await two.post(f"/negotiations/{agreed['providerPid']}/agreement/verification", verified)
    await two.peer.next("ContractNegotiationEventMessage")
    return str(agreed["providerPid"])


async def say(two: Bench, kind: Kind, pid: str, word: str) -> int:
    answer = await two.client.post(f"/exchange/{kind.value}s/{pid}/{word}", json=REASON, headers=OPERATOR)
    return answer.status_code


async def test_an_end_that_comes_after_the_peer_took_the_agreement_leaves_it_in_force_on_both_sides(
    two: Bench,
) -> None:
    pid = await finalizing(two)
    two.peer.script.append(REFUSED)
    assert await say(two, Kind.NEGOTIATION, pid, "terminate") == 200
    process = await two.settled(pid)
    assert (process.state, process.waits_for) == (Negotiation.FINALIZED, Waiting.NOBODY)
    assert (await two.service.agreements.in_force(process.agreement or "")).negotiation == pid
    assert "too late" in (await refusal(two, process)).note.en  # type: ignore[union-attr]
    assert await left(two, pid) == 0


async def refusal(two: Bench, process: Process) -> Step:
    """The line of the timeline before the last."""
    return (await two.service.exchange.processes.steps(process.pid))[-2]


async def left(two: Bench, pid: str) -> int:
    return len(await two.service.exchange.outbox.waiting(pid))


async def test_an_end_that_the_peer_takes_leaves_nothing_of_what_was_to_be_said_before(two: Bench) -> None:
    pid = await finalizing(two)
    assert await say(two, Kind.NEGOTIATION, pid, "terminate") == 200
    process = await two.settled(pid)
    assert (process.state, await left(two, pid)) == (Negotiation.TERMINATED, 0)
    assert len(two.peer.of_kind("ContractNegotiationEventMessage")) == 1


async def test_an_end_that_is_refused_for_another_reason_is_what_is_sent_again_by_hand(two: Bench) -> None:
    pid = await finalizing(two)
    two.peer.states["ContractNegotiation"] = "VERIFIED"
    two.peer.script.append(REFUSED)
    await say(two, Kind.NEGOTIATION, pid, "terminate")
    process = await two.settled(pid)
    assert (process.state, process.waits_for) == (Negotiation.VERIFIED, Waiting.PERSON)
    assert await two.service.exchange.outbox.retry(pid) == 1
    assert (await two.settled(pid)).state is Negotiation.TERMINATED
    assert len(two.peer.of_kind("ContractNegotiationEventMessage")) == 1


@pytest.mark.parametrize(
    ("first", "then", "state"),
    [
        ("complete", "terminate", Transfer.COMPLETED),
        ("complete", "suspend", Transfer.COMPLETED),
        ("suspend", "complete", Transfer.SUSPENDED),
    ],
)
async def test_a_transfer_stays_in_what_the_peer_took_where_nothing_else_may_follow(
    two: Bench, first: str, then: str, state: State
) -> None:
    pid = str((await two.transfer())["providerPid"])
    two.peer.states["TransferProcess"] = state.value
    two.peer.script.extend([Told(fault="silent"), REFUSED])
    await say(two, Kind.TRANSFER, pid, first)
    await two.peer.next(TOLD[first])
    await say(two, Kind.TRANSFER, pid, then)
    process = await two.settled(pid, Kind.TRANSFER)
    assert (process.state, process.waits_for, await left(two, pid)) == (state, Waiting.NOBODY, 0)


async def test_nothing_is_said_instead_of_an_end(two: Bench) -> None:
    pid = str((await two.transfer())["providerPid"])
    two.peer.always = Told(500)
    assert await say(two, Kind.TRANSFER, pid, "terminate") == 200
    assert await say(two, Kind.TRANSFER, pid, "suspend") == 409
    two.peer.always = Told()
    assert await two.service.exchange.outbox.retry(pid) == 1
    assert (await two.settled(pid, Kind.TRANSFER)).state is Transfer.TERMINATED
