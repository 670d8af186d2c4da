"""What a provider answers when it is asked for a new token is read before it takes the place of the good one."""

from typing import Any

import orjson
import pytest

from exchange.processes import Kind
from tests.conformance.dsp_bench import OPERATOR, Bench, both
from tests.conformance.dsp_peer import Told, message

pytestmark = pytest.mark.anyio
UNCLEAR = {"@type": "DataAddress", "endpointType": "AmazonS3"}
ANSWERS: list[tuple[str, Any]] = [
    ("AmazonS3-PULL", {"dataAddress": {"endpointProperties": 5}}),
    ("AmazonS3-PULL", {"dataAddress": UNCLEAR}),
    ("AmazonS3-PULL", {"dataAddress": {**UNCLEAR, "endpoint": "x" * 20_000}}),
    ("AmazonS3-PULL", {"dataAddress": None}),
    ("HttpData-PULL", {"token": 5}),
    ("HttpData-PULL", {"token": "x" * 513}),
    ("HttpData-PULL", {"token": ""}),
]


@pytest.mark.parametrize(("form", "answer"), ANSWERS)
async def test_what_is_no_token_or_address_leaves_the_good_one_in_place(two: Bench, form: str, answer: Any) -> None:
    begun = await two.service.exchange.transfers.ask(await two.consumed(), two.peer.base, form=form)
    at, ids = f"/transfers/{begun.pid}", both(await two.settled(begun.pid, Kind.TRANSFER))
    good = {"@type": "DataAddress", "endpointType": "HttpData", "endpoint": f"{two.peer.base}/data"}
    start = message("TransferStartMessage", **ids, dataAddress=good)
    assert (await two.post(f"{at}/start", start)).status_code == 200
    two.peer.script.append(Told(200, orjson.dumps(answer)))
    told = await two.client.post(f"/exchange{at}/address", headers=OPERATOR)
    assert told.json()["type"].rpartition("/")[2] == "renewal-refused"
    kept = await two.client.get(f"/exchange{at}/address", headers=OPERATOR)
    assert (kept.status_code, kept.json()["dataAddress"]) == (200, good)
