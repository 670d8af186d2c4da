"""A consumer that asks again for a transfer that runs: it lost our answers, and is told again without a second one."""

import httpx
import pytest

from exchange.dsp.states import Transfer
from exchange.processes import Kind
from tests.conformance.dsp_bench import BASE, OPERATOR, Bench, both, pids
from tests.conformance.dsp_peer import Json, Told, message

pytestmark = pytest.mark.anyio


async def begun(two: Bench, **changed: object) -> tuple[Json, Json]:
    """A request of the peer's and the start that it was answered with."""
    asked = two.transfer_request((await two.agreed())["@id"], **changed)
    answer = await two.post("/transfers/request", asked)
    start = (await two.peer.next("TransferStartMessage")).message
    await two.settled(answer.json()["providerPid"], Kind.TRANSFER)
    return asked, start


async def repeated(two: Bench, asked: Json) -> list[Json]:
    """All starts that the peer got, once it has asked again."""
    answer = await two.post("/transfers/request", asked)
    assert (answer.status_code, answer.json()["state"]) == (201, "REQUESTED")
    await two.settled(answer.json()["providerPid"], Kind.TRANSFER)
    return [each.message for each in two.peer.of_kind("TransferStartMessage")]


async def pulled(two: Bench, start: Json) -> httpx.Response:
    given = {each["name"]: each["value"] for each in start["dataAddress"]["endpointProperties"]}
    bearer = {"authorization": f"Bearer {given['authorization']}"}
    return await two.client.get(start["dataAddress"]["endpoint"].removeprefix(BASE), headers=bearer)


async def test_a_start_that_waits_for_its_next_try_is_sent_at_once(two: Bench) -> None:
    asked = two.transfer_request((await two.agreed())["@id"])
    two.peer.script.extend([Told(503)] * 7)
    pid = (await two.post("/transfers/request", asked)).json()["providerPid"]
    await two.peer.next("TransferStartMessage", 7, 30)
    await two.settled(pid, Kind.TRANSFER)
    assert (await two.settled(pid, Kind.TRANSFER)).state is Transfer.REQUESTED
    assert len(await repeated(two, asked)) == 8
    assert (await two.settled(pid, Kind.TRANSFER)).state is Transfer.STARTED


async def test_a_consumer_that_is_not_where_we_are_is_told_again_and_both_tokens_are_good(two: Bench) -> None:
    asked, start = await begun(two)
    starts = await repeated(two, asked)
    assert [pids(each) for each in starts] == [pids(start)] * 2
    assert [(await pulled(two, each)).status_code for each in starts] == [200, 200]
    assert (await two.settled(start["providerPid"], Kind.TRANSFER)).state is Transfer.STARTED
    shown = (await two.client.get(f"/exchange/transfers/{start['providerPid']}", headers=OPERATOR)).json()
    assert [each["message"] for each in shown["timeline"][1:]] == ["TransferStartMessage"] * 2
    assert (shown["waitsFor"], shown["stuck"]) == ("nobody", False)


@pytest.mark.parametrize("there", ["STARTED", "SUSPENDED", "COMPLETED", "TERMINATED"])
async def test_a_consumer_that_says_it_heard_is_not_told_again(two: Bench, there: str) -> None:
    asked, _ = await begun(two)
    two.peer.states["TransferProcess"] = there
    assert len(await repeated(two, asked)) == 1


async def test_a_consumer_that_has_pulled_or_spoken_since_is_not_told_again(two: Bench) -> None:
    asked, start = await begun(two)
    await pulled(two, start)
    assert len(await repeated(two, asked)) == 1
    two.peer.forget()
    other, start = await begun(two)
    for word, kind in (("suspension", "Suspension"), ("start", "Start")):
        said = message(f"Transfer{kind}Message", **pids(start))
        assert (await two.post(f"/transfers/{start['providerPid']}/{word}", said)).status_code == 200
    assert len(await repeated(two, other)) == 1


@pytest.mark.parametrize("refusal", [Told(400, b"{}"), Told(fault="reset"), Told(500)])
async def test_whatever_it_answers_the_transfer_runs_on_and_nothing_is_tried_again(two: Bench, refusal: Told) -> None:
    asked, start = await begun(two)
    two.peer.script.append(refusal)
    await repeated(two, asked)
    process = await two.settled(start["providerPid"], Kind.TRANSFER)
    assert (process.state, process.error) == (Transfer.STARTED, None)
    assert await two.service.exchange.outbox.waiting(process.pid) == []


async def test_a_consumer_that_asks_without_end_is_told_a_few_times(two: Bench) -> None:
    asked, _ = await begun(two)
    for _ in range(8):
        found = await repeated(two, asked)
    assert len(found) == 3


async def test_a_transfer_that_has_ended_is_not_started_again(two: Bench) -> None:
    asked, start = await begun(two)
    at = f"/exchange/transfers/{start['providerPid']}/complete"
    await two.client.post(at, headers=OPERATOR)
    await two.settled(start["providerPid"], Kind.TRANSFER)
    assert len(await repeated(two, asked)) == 1


async def test_a_second_start_changes_nothing_for_a_consumer_of_ours_that_has_started(two: Bench) -> None:
    begun = await two.service.exchange.transfers.ask(await two.consumed(), two.peer.base)
    ids = both(await two.settled(begun.pid, Kind.TRANSFER))
    statuses = []
    for place in ("https://lab.example/1", "https://lab.example/2"):
        to = {"@type": "DataAddress", "endpointType": "https://w3id.org/idsa/v4.1/HTTP", "endpoint": place}
        answer = await two.post(f"/transfers/{begun.pid}/start", message("TransferStartMessage", **ids, dataAddress=to))
        statuses.append(answer.status_code)
    process = await two.settled(begun.pid, Kind.TRANSFER)
    kept = two.service.exchange.transfers.address(process)
    assert (statuses, process.state, kept and kept["endpoint"]) == (
        [200, 400],
        Transfer.STARTED,
        "https://lab.example/1",
    )
