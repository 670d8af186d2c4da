"""Peers over HTTP and on the command line: the operator's alone, without secrets, tried step by step."""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import orjson
import pytest
from click.testing import CliRunner, Result
from starlette.applications import Starlette

from api.app import create_app
from api.cli import main
from api.settings import Settings
from exchange.keys import SigningKey

pytestmark = pytest.mark.anyio
BASE, LAB, PEERS = "http://127.0.0.1:8000", "https://lab.example/participant", "/exchange/peers"
OPERATOR = {"authorization": "Bearer operator-token-of-the-tests"}
GIVEN = {
    "participant": LAB,
    "address": "https://lab.example",
    "authorization": "Bearer secret-for-lab",
    "presents": "lab-secret",
}
CATALOG = {
    "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"],
    "@id": "urn:c",
    "@type": "Catalog",
    "participantId": LAB,
}
Connector = Callable[..., Awaitable[str]]


@pytest.fixture
def app(settings: Callable[..., Settings]) -> Starlette:
    return create_app(settings(allow_private=["127.0.0.1"]))


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


@pytest.fixture
async def connector() -> AsyncIterator[Connector]:
    """Serves a version document, and a catalog to who shows the right header."""
    async with contextlib.AsyncExitStack() as stack:

        async def started(catalog: object = CATALOG, versions: object = None, takes: str = "Bearer right") -> str:
            async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                if "dspace-version" in head:
                    status, body = 200, versions or {"protocolVersions": [{"version": "2025-1", "path": "/dsp"}]}
                else:
                    known = f"authorization: {takes}\r\n" in head
                    status, body = (
                        (200, catalog) if known and head.startswith("POST /dsp/catalog/request ") else (401, {})
                    )
                text = orjson.dumps(body)
                writer.write(
                    b"HTTP/1.1 %d X\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % (status, len(text)) + text
                )
                writer.close()

            server = await asyncio.start_server(answer, "127.0.0.1", 0)
            stack.callback(server.close)
            return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

        yield started


async def test_a_peer_is_shown_without_what_proves_anybody(client: httpx.AsyncClient) -> None:
    made = await client.post(PEERS, json=GIVEN, headers=OPERATOR)
    assert (made.status_code, made.json()["authorizes"], made.json()["presents"]) == (201, True, True)
    found = await client.get(PEERS, headers=OPERATOR)
    one = await client.get(f"{PEERS}/{LAB}", headers=OPERATOR)
    assert (found.json()["total"], one.json()["address"]) == (1, "https://lab.example")
    assert "secret" not in made.text + found.text + one.text


async def test_a_peer_that_is_forgotten_is_gone(client: httpx.AsyncClient) -> None:
    await client.post(PEERS, json=GIVEN, headers=OPERATOR)
    assert (await client.delete(f"{PEERS}/{LAB}", headers=OPERATOR)).status_code == 204
    for method in ("GET", "DELETE"):
        assert (await client.request(method, f"{PEERS}/{LAB}", headers=OPERATOR)).status_code == 404


async def test_what_a_peer_presents_proves_it_where_the_protocol_is_spoken_and_nowhere_else(
    client: httpx.AsyncClient,
) -> None:
    await client.post(PEERS, json=GIVEN, headers=OPERATOR)
    shown = {"authorization": "lab-secret"}
    spoken = await client.get("/dsp/2025-1/negotiations/urn:uuid:1", headers=shown)
    elsewhere = await client.get("/agreements", headers=shown)
    assert (spoken.status_code, elsewhere.status_code) == (404, 401)
    message = {"@context": CATALOG["@context"], "@type": "CatalogRequestMessage"}
    for headers, status in ((shown, 200), ({"authorization": "lab-secret2"}, 401)):
        assert (await client.post("/dsp/2025-1/catalog/request", json=message, headers=headers)).status_code == status


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", ""), ("GET", f"/{LAB}"), ("DELETE", f"/{LAB}"),
                                              ("POST", f"/{LAB}/test")])  # fmt: skip
async def test_nobody_but_the_operator_manages_peers(
    method: str, path: str, client: httpx.AsyncClient, app: Starlette
) -> None:
    token = (await app.state.service.tokens.issue(LAB, "provider", None)).secret
    for headers, status in (({}, 401), ({"authorization": f"Bearer {token}"}, 403)):
        assert (await client.request(method, PEERS + path, headers=headers)).status_code == status


@pytest.mark.parametrize("given", [{}, {"participant": LAB}, {"participant": LAB, "address": 7}, [], {**GIVEN, "x": "y"}, {**GIVEN, "key": "k"},
                                   {**GIVEN, "participant": "a b"}, {**GIVEN, "address": "lab"}, {**GIVEN, "key": {}}])  # fmt: skip
async def test_a_peer_that_cannot_be_kept_is_refused_with_the_place(given: object, client: httpx.AsyncClient) -> None:
    answer = await client.post(PEERS, json=given, headers=OPERATOR)
    assert (answer.status_code, "place" in answer.json()) == (422, True)


async def _tried(client: httpx.AsyncClient, address: str, authorization: str) -> dict[str, object]:
    await client.post(
        PEERS, json={"participant": LAB, "address": address, "authorization": authorization}, headers=OPERATOR
    )
    answer = await client.post(f"{PEERS}/{LAB}/test", headers=OPERATOR)
    last = answer.json()["steps"][-1]
    return {"ok": answer.json()["ok"], "steps": len(answer.json()["steps"]), "told": last["told"]["en"]}


async def test_a_connection_that_works_is_told_with_what_can_be_seen(
    client: httpx.AsyncClient, connector: Connector
) -> None:
    found = await _tried(client, await connector(), "Bearer right")
    assert found == {"ok": True, "steps": 3, "told": "0 datasets can be seen."}


@pytest.mark.parametrize(("given", "shown", "steps", "words"), [
    ({"versions": {"protocolVersions": [{"version": "2024-1", "path": "/"}]}}, "Bearer right", 1, "speaks 2024-1"),
    ({}, "Bearer wrong", 2, "does not take the Authorization"),
    ({}, "", 2, "without a proof"),
    ({"catalog": {**CATALOG, "participantId": "urn:other"}}, "Bearer right", 3, "calls itself urn:other"),
    ({"catalog": {"@type": "Catalog"}}, "Bearer right", 3, "context"),
])  # fmt: skip
async def test_the_step_that_fails_says_why(
    given: dict[str, object], shown: str, steps: int, words: str, client: httpx.AsyncClient, connector: Connector
) -> None:
    found = await _tried(client, await connector(**given), shown)
    assert (found["ok"], found["steps"]) == (False, steps)
    assert words in str(found["told"])


@pytest.mark.parametrize(("address", "words"), [("http://127.0.0.1:9999", "cannot be connected to"),
                                                ("http://127.0.0.2:9999", "internal address")])  # fmt: skip
async def test_a_peer_that_is_not_reached_is_told_in_plain_words(
    address: str, words: str, client: httpx.AsyncClient
) -> None:
    found = await _tried(client, address, "")
    assert (found["ok"], found["steps"]) == (False, 1)
    assert words in str(found["told"])


def _peer(folder: Path, *arguments: str, given: str | None = None) -> Result:
    environment = {"RENKEI_SECRET_KEY": base64.urlsafe_b64encode(bytes(32)).decode(), "LANG": "en_US.UTF-8"}
    return CliRunner().invoke(main, ["peer", *arguments, "--data", str(folder)], input=given, env=environment)


def test_a_peer_is_added_listed_and_removed_by_commands(tmp_path: Path) -> None:
    key = SigningKey.in_folder(tmp_path / "lab").public_jwk
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [dict(key)]}))
    added = _peer(
        tmp_path,
        "add",
        LAB,
        "https://lab.example",
        "--authorization",
        "-",
        "--key",
        str(tmp_path / "jwks.json"),
        given="Bearer x\n",
    )
    assert added.exit_code == 0, added.output
    (found,) = json.loads(_peer(tmp_path, "list", "--json").stdout)
    assert (found["participant"], found["authorizes"], found["key"]["x"]) == (LAB, True, key["x"])
    assert LAB in _peer(tmp_path, "list").stdout
    assert _peer(tmp_path, "remove", LAB).exit_code == 0
    assert json.loads(_peer(tmp_path, "list", "--json").stdout) == []


def test_a_command_on_a_peer_that_is_unknown_or_wrong_fails_with_a_sentence(tmp_path: Path) -> None:
    for arguments in (("remove", LAB), ("test", LAB), ("add", "a b", "https://lab.example"), ("add", LAB, "lab")):
        done = _peer(tmp_path, *arguments)
        assert (done.exit_code, bool(done.stderr.strip())) == (1, True), arguments


def test_a_peer_that_is_not_reached_ends_the_trial_with_status_1(tmp_path: Path) -> None:
    _peer(tmp_path, "add", LAB, "http://127.0.0.1:9999")
    done = _peer(tmp_path, "test", LAB)
    assert (done.exit_code, done.stdout.startswith("✗")) == (1, True)
