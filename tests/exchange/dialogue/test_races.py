"""R05, T59: who asks at the same moment for what is limited gets no more of it together than was agreed."""

import asyncio
from collections import Counter

import pytest

from tests.conformance.dsp_bench import BASE, Bench
from tests.conformance.dsp_peer import Json

pytestmark = pytest.mark.anyio
TEN = {"templates": {"times": {"limit": "10"}}}


async def pulled(two: Bench, start: Json) -> int:
    """The status of one pull by the token of a start."""
    named = {each["name"]: each["value"] for each in start["dataAddress"]["endpointProperties"]}
    endpoint = start["dataAddress"]["endpoint"].removeprefix(BASE)
    headers = {"authorization": f"Bearer {named['authorization']}"}
    return (await two.client.get(endpoint, headers=headers)).status_code


async def test_r05_twenty_clients_at_once_use_a_limit_of_ten_exactly_ten_times(two: Bench) -> None:
    start = await two.transfer((await two.agreed(terms=TEN))["@id"])
    found = Counter(await asyncio.gather(*(pulled(two, start) for _ in range(20))))
    assert found == {200: 10, 403: 10}
    assert await pulled(two, start) == 403


async def test_r05_two_transfers_of_one_agreement_share_its_limit(two: Bench) -> None:
    agreement = (await two.agreed(terms=TEN))["@id"]
    starts = [await two.transfer(agreement) for _ in range(2)]
    found = Counter(await asyncio.gather(*(pulled(two, starts[number % 2]) for number in range(20))))
    assert found == {200: 10, 403: 10}


async def test_r05_two_agreements_on_one_offer_have_a_limit_each(two: Bench) -> None:
    offer = await two.offer(terms=TEN)
    starts = []
    for _ in range(2):
        asked = two.request(offer)
        await two.post("/negotiations/request", asked)
        starts.append(await two.transfer(await two.concluded(asked["consumerPid"])))
    found = Counter(await asyncio.gather(*(pulled(two, starts[number % 2]) for number in range(24))))
    assert found == {200: 20, 403: 4}
