"""What an operator ended or suspended stays so, whatever a peer answers; what proves us is shown to the peer alone."""

import asyncio

import httpx
import pytest
from sqlalchemy import update

from exchange.dsp.states import Negotiation
from exchange.processes import Kind
from stores.exchange_tables import OutboxRow
from tests.conformance.dsp_bench import OPERATOR, SHOWN, Bench, pids
from tests.conformance.dsp_peer import Told, message

pytestmark = pytest.mark.anyio
REASON = {"reason": "The project was stopped."}


async def test_a_negotiation_that_was_ended_is_not_gone_on_with_by_a_peer_that_refuses_the_end(two: Bench) -> None:
    begun = await two.negotiation(approval="rule")
    agreed = (await two.peer.next("ContractAgreementMessage")).message
    await two.settled(begun["providerPid"])
    two.peer.always = Told(500)
    at = f"/negotiations/{begun['providerPid']}"
    assert (await two.client.post(f"/exchange{at}/terminate", json=REASON, headers=OPERATOR)).status_code == 200
    verified = message("ContractAgreementVerificationMessage", **pids(agreed))
    answer = await two.post(f"{at}/agreement/verification", verified)
    await two.peer.next("ContractNegotiationTerminationMessage")
    two.peer.always = Told()
    for _ in range(200):
        if (process := await two.settled(begun["providerPid"])).is_final:
            break
        await asyncio.sleep(0.02)
    assert (answer.status_code, process.state) == (400, Negotiation.TERMINATED)


async def test_nothing_is_pulled_under_a_transfer_that_was_suspended_though_the_peer_has_not_answered(
    two: Bench,
) -> None:
    start = await two.transfer()
    assert (await pulled(two, start)).status_code == 200
    two.peer.always = Told(500)
    at = f"/exchange/transfers/{start['providerPid']}/suspend"
    assert (await two.client.post(at, json=REASON, headers=OPERATOR)).status_code == 200
    assert (await pulled(two, start)).status_code == 403


async def pulled(two: Bench, start: dict[str, object]) -> httpx.Response:
    address = start["dataAddress"]
    assert isinstance(address, dict)
    token = next(each["value"] for each in address["endpointProperties"] if each["name"] == "authorization")
    headers = {"authorization": f"Bearer {token.removeprefix('Bearer ')}"}
    return await two.client.get(httpx.URL(address["endpoint"]).path, headers=headers)


async def test_what_proves_us_to_a_peer_goes_to_no_other_address_that_a_message_names(two: Bench) -> None:
    elsewhere = two.peer.base.replace("127.0.0.1", "localhost")
    begun = await two.negotiation(approval="rule")
    assert (await two.peer.next("ContractAgreementMessage")).headers["authorization"] == SHOWN
    two.peer.forget()
    offer = begun["offer"]
    await two.post("/negotiations/request", two.request(offer, callbackAddress=elsewhere))
    assert "authorization" not in (await two.peer.next("ContractAgreementMessage")).headers


async def test_a_message_sealed_with_a_key_that_is_gone_is_parked_and_keeps_no_other_back(two: Bench) -> None:
    two.peer.always = Told(500)
    lost = await two.negotiation(approval="rule")
    async with two.service.database.writing() as connection:
        its = update(OutboxRow).where(OutboxRow.pid == lost["providerPid"])
        await connection.execute(its.values(sealed=b"\x01broken", leased_until=None))
    await two.service.exchange.outbox.close()
    two.peer.always = Told()
    at = f"/exchange/negotiations/{lost['providerPid']}"
    assert (await two.client.post(f"{at}/retry", headers=OPERATOR)).json() == {"messages": 0}
    await two.agreed()
    assert (await two.client.post(f"{at}/terminate", json=REASON, headers=OPERATOR)).status_code == 200
    assert (await two.settled(lost["providerPid"], Kind.NEGOTIATION)).state is Negotiation.TERMINATED


async def test_what_our_people_suspended_is_gone_on_with_by_them_alone(two: Bench) -> None:
    start = await two.transfer()
    at, ours = f"/transfers/{start['providerPid']}", message("TransferStartMessage", **pids(start))
    await two.client.post(f"/exchange{at}/suspend", json=REASON, headers=OPERATOR)
    await two.settled(start["providerPid"], Kind.TRANSFER)
    answer = await two.post(f"{at}/start", ours)
    assert (answer.status_code, answer.json()["@type"]) == (400, "TransferError")
    assert (await pulled(two, start)).status_code == 403
    assert (await two.client.post(f"/exchange{at}/resume", headers=OPERATOR)).status_code == 200
    again = (await two.peer.next("TransferStartMessage", 2)).message
    await two.settled(start["providerPid"], Kind.TRANSFER)
    assert (await pulled(two, again)).status_code == 200
    await two.post(f"{at}/suspension", message("TransferSuspensionMessage", **pids(start), code="1"))
    assert (await two.post(f"{at}/start", ours)).status_code == 200
