"""DID documents: ours leads to our endpoints, those of peers are taken for no more than they say."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from exchange.addresses import ANY_PRIVATE, Inside
from exchange.dids import address_of, did_document, did_of, place_below
from exchange.dsp.writing import CONTEXT
from exchange.keys import SecretBox
from exchange.outgoing import Outgoing
from exchange.partner_errors import AddressRefused, AnswerRefused, OutgoingFailed, PeerInvalid
from exchange.peers import Peers
from stores.database import Database

pytestmark = pytest.mark.anyio
KEY = {"kty": "OKP", "crv": "Ed25519", "x": "abc", "kid": "k1", "alg": "Ed25519", "use": "sig"}
Served = Callable[[Any], Awaitable[str]]
VERSIONS = "/.well-known/dspace-version"
NONE = {"no service": {}, "another type": {"type": "LinkedDomains"}, "no text": {"serviceEndpoint": {"uri": "x"}},
        "another end": {"serviceEndpoint": "https://x.example/cat"}}  # fmt: skip


@pytest.fixture
async def outgoing() -> AsyncIterator[Outgoing]:
    made = Outgoing(ANY_PRIVATE)
    yield made
    await made.close()


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """Serves a document, with the DID of the server as its id where it has none; the DID."""
    async with contextlib.AsyncExitStack() as stack:

        async def serving(document: Any) -> str:
            async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.readuntil(b"\r\n\r\n")
                whole = {"id": did, **document} if isinstance(document, dict) else document
                body = whole if isinstance(whole, bytes) else orjson.dumps(whole)
                head = b"HTTP/1.1 200 X\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
                writer.write(head % len(body) + body)
                writer.close()

            server = await asyncio.start_server(answer, "127.0.0.1", 0)
            stack.callback(server.close)
            did = did_of(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            return did

        yield serving


@pytest.mark.parametrize(
    ("base", "did", "place"),
    [
        ("https://city.example", "did:web:city.example", "/.well-known/did.json"),
        ("https://city.example:8443", "did:web:city.example%3A8443", "/.well-known/did.json"),
        ("https://city.example/data/renkei", "did:web:city.example:data:renkei", "/did.json"),
    ],
)
def test_the_did_of_a_service_is_its_address_as_the_method_writes_it(base: str, did: str, place: str) -> None:
    assert (did_of(base), place_below(base.partition("example")[2].lstrip(":0123456789"))) == (did, place)


def test_our_document_names_our_catalog_our_versions_and_our_key() -> None:
    found = did_document("https://city.example", "https://city.example/dsp/2025-1", KEY)
    places = {each["type"]: each["serviceEndpoint"] for each in found["service"]}
    assert places == {
        "CatalogService": "https://city.example/dsp/2025-1/catalog",
        "DataService": f"https://city.example{VERSIONS}",
    }
    assert {"https://www.w3.org/ns/did/v1", CONTEXT} <= set(found["@context"])
    assert {each["id"].partition("#")[0] for each in found["service"]} == {found["id"]}
    assert found["assertionMethod"] == [found["verificationMethod"][0]["id"]]


async def test_a_peer_is_found_by_what_its_document_says(served: Served, outgoing: Outgoing) -> None:
    data = {"type": "DataService", "serviceEndpoint": f"https://lab.example/renkei{VERSIONS}"}
    catalog = {"type": ["CatalogService"], "serviceEndpoint": "https://lab.example/dsp/catalog"}
    found = []
    for services in ([catalog, data], [catalog], [{**data, "serviceEndpoint": "x"}, catalog, catalog]):
        found.append(await address_of(await served({"service": services}), outgoing, "http"))
    assert found == ["https://lab.example/renkei", "https://lab.example/dsp", "https://lab.example/dsp"]


@pytest.mark.parametrize("case", NONE)
async def test_a_document_that_leads_to_no_connector_is_refused(case: str, served: Served, outgoing: Outgoing) -> None:
    whole = {"type": "DataService", "serviceEndpoint": f"https://lab.example{VERSIONS}"}
    document = {"service": [{**whole, **NONE[case]}]} if NONE[case] else {}
    with pytest.raises(AnswerRefused):
        await address_of(await served(document), outgoing, "http")


@pytest.mark.parametrize("document", [b"", b"[]", b"<html>", {"id": "did:web:other.example", "service": []}])
async def test_what_is_no_document_of_this_did_is_refused(document: Any, served: Served, outgoing: Outgoing) -> None:
    with pytest.raises(AnswerRefused):
        await address_of(await served(document), outgoing, "http")


@pytest.mark.parametrize("did", ["did:web:", "did:web:a%40b.example", "did:web:127.0.0.1", "did:web:169.254.169.254"])
async def test_a_did_leads_to_no_address_that_the_guard_forbids(did: str) -> None:
    guarded = Outgoing(Inside.read(()))
    with pytest.raises(AddressRefused):
        await address_of(did, guarded)
    await guarded.close()


@pytest.mark.parametrize("place", ["ftp://x.example", "https://a@x.example", "https://x.example/\\y"])
async def test_a_document_leads_to_no_address_that_cannot_be_a_peers(
    place: str, served: Served, outgoing: Outgoing
) -> None:
    service = {"type": "DataService", "serviceEndpoint": f"{place}{VERSIONS}"}
    with pytest.raises(OutgoingFailed):
        await address_of(await served({"service": [service]}), outgoing, "http")


async def test_an_operator_may_name_a_peer_by_its_did_and_hears_why_that_leads_nowhere(tmp_path: Path) -> None:
    database, outgoing = Database.in_folder(tmp_path), Outgoing(Inside.read(()))
    await database.open()
    peers = Peers(database, SecretBox(bytes(32)), outgoing)
    with pytest.raises(PeerInvalid) as refused:
        await peers.put("did:web:127.0.0.1", "did:web:127.0.0.1")
    assert (refused.value.member, "127.0.0.1" in refused.value.message.en) == ("address", True)
    assert await peers.all() == []
    await outgoing.close()
    await database.close()
