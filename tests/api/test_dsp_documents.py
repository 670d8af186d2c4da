"""The documents of the protocol can be had by who wants to check messages."""

from pathlib import Path

import httpx
import pytest
from jsonschema_rs import Draft202012, Draft202012Validator, Registry
from starlette.applications import Starlette

from api.app import create_app
from api.docs import routes_of
from api.routes.dsp_documents import OPERATIONS
from exchange.dsp.checking import SCHEMAS
from exchange.dsp.writing import CONTEXT, catalog_request
from tests.api.conftest import settings_in

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


@pytest.mark.parametrize("root", ["", "/data/renkei"])
async def test_our_did_document_stands_where_the_method_looks_for_it(tmp_path: Path, root: str) -> None:
    base = f"http://city.example{root}"
    app = create_app(settings_in(tmp_path, base_iri=base))
    places = {"": "/.well-known/did.json", "/data/renkei": "/did.json"}
    async with app.router.lifespan_context(app), client_of(app, "http://city.example") as client:
        answers = {place: await client.get(place) for place in places.values()}
        versions = await client.get("/.well-known/dspace-version")
        keys = await client.get("/.well-known/jwks.json")
    found = answers.pop(places[root]).json()
    assert [each.status_code for each in answers.values()] == [404]
    ends = {each["type"]: each["serviceEndpoint"] for each in found["service"]}
    path = versions.json()["protocolVersions"][0]["path"]
    assert ends == {"CatalogService": f"{base}{path}/catalog", "DataService": f"{base}/.well-known/dspace-version"}
    assert found["verificationMethod"][0]["publicKeyJwk"]["x"] == keys.json()["keys"][0]["x"]


def client_of(app: Starlette, base: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base)
