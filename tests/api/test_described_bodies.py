"""The OpenAPI document says what the bodies of offers, negotiations and transfers hold."""

from typing import Any

import httpx
import pytest

from api.routes import OPERATIONS

pytestmark = pytest.mark.anyio
READING = [
    each for each in OPERATIONS if each.path.startswith(("/offers", "/exchange/")) and "application/json" in each.body
]


@pytest.mark.parametrize("operation", READING, ids=lambda each: f"{each.method} {each.path}")
async def test_each_body_of_the_exchange_is_described(client: httpx.AsyncClient, operation: Any) -> None:
    described = (await client.get("/openapi.json")).json()["paths"]
    path = operation.path.replace(":path}", "}")
    schema = described[path][operation.method.lower()]["requestBody"]["content"]["application/json"]["schema"]
    assert schema["type"] == "object"
    assert schema["properties"]


@pytest.mark.parametrize("media_type", [5, ["text/turtle"], {}, ""])
async def test_a_media_type_that_is_no_text_is_refused_by_its_name(
    client: httpx.AsyncClient, writer: dict[str, str], media_type: Any
) -> None:
    given = {"terms": {}, "description": {"content": "x", "mediaType": media_type}}
    answer = await client.post("/offers", json=given, headers={"authorization": writer["authorization"]})
    assert (answer.status_code, answer.json()["place"]) == (422, {"member": "mediaType"})


async def test_a_member_that_is_not_described_is_refused_with_those_that_are(
    client: httpx.AsyncClient, writer: dict[str, str]
) -> None:
    headers = {"authorization": writer["authorization"]}
    for operation in READING:
        if "{" in operation.path or operation.json is None or operation.json.get("additionalProperties") is not False:
            continue
        answer = await client.request(operation.method, operation.path, json={"zz": 1}, headers=headers)
        assert answer.json()["place"] == {"member": "zz"}, operation.path
        assert all(name in answer.json()["detail"] for name in operation.json["properties"])
