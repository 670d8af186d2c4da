"""The documents of the protocol can be had by who wants to check messages."""

import httpx
import pytest
from jsonschema_rs import Draft202012, Draft202012Validator, Registry
from starlette.applications import Starlette

from api.docs import routes_of
from api.routes.dsp_documents import OPERATIONS
from exchange.dsp.checking import SCHEMAS
from exchange.dsp.writing import CONTEXT, catalog_request

BASE = "http://renkei.example/dsp/2025-1/"
pytestmark = pytest.mark.anyio


async def answer(path: str) -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=routes_of(OPERATIONS)))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        return await client.get(path)


async def test_the_schemas_find_each_other_where_they_are_served() -> None:
    served = [(f"{BASE}schemas/{name}.json", (await answer(f"schemas/{name}.json")).json()) for name in SCHEMAS]
    registry = Registry(served, draft=Draft202012)
    whole = {"$ref": f"{BASE}schemas/negotiation.json#/$defs/ContractRequestMessage"}
    validator = Draft202012Validator(whole, registry=registry, offline=True)
    assert not validator.is_valid(catalog_request())


async def test_the_context_says_what_a_message_says() -> None:
    found = await answer("context.jsonld")
    assert found.headers["content-type"] == "application/ld+json"
    assert found.json()["@context"]["providerPid"] == {"@id": "dspace:providerPid", "@type": "@id"}
    assert CONTEXT.endswith("/context.jsonld")
