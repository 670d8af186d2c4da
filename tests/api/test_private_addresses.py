"""Private addresses that the operator opens for one purpose are not reached for another (P01)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import orjson
import pytest

from api.app import create_app
from api.service import Service
from api.settings import Settings
from exchange.processes import Kind
from exchange.upstreams import Upstream
from stores.database import packed
from stores.exchange_tables import ProcessRow
from tests.exchange.release.city import CITY, TRANSFER, Deployment, agreed
from tests.exchange.release.owner import Owner

pytestmark = pytest.mark.anyio
BASE = "http://127.0.0.1:8000"
OPERATOR = {"authorization": "Bearer operator-token-of-the-tests"}
REMOTE = "https://city.example/remote"


@pytest.fixture
async def inside() -> AsyncIterator[Owner]:
    """A server in the private network."""
    owner = Owner(b"{}", ranges=False, tag=None, broken_at=None, status=200)
    listening = await asyncio.start_server(owner, "127.0.0.1", 0)
    owner.port = listening.sockets[0].getsockname()[1]
    yield owner
    await owner.close(listening)


async def fetch(city: Deployment, service: Service, client: httpx.AsyncClient, url: str) -> None:
    """Pull what lies there."""
    await city.set_source(Upstream("http", {"url": f"{url}/source"}), REMOTE, CITY)
    token = await city.agree(agreed(iri="urn:a:2", dataset=REMOTE), iri="urn:a:2", dataset=REMOTE, transfer="urn:p:2")
    await client.get("/data/urn:p:2", headers={"authorization": f"Bearer {token}"})


async def push(city: Deployment, service: Service, client: httpx.AsyncClient, url: str) -> None:
    """Begin to send data there."""
    await city.hold(b"name\n")
    await city.agree(agreed())
    transfers = service.exchange.transfers
    process = await service.exchange.processes.get(TRANSFER, Kind.TRANSFER)
    address = {"endpoint": f"{url}/push"}
    document = packed(orjson.dumps({"format": "HttpData-PUSH"}))
    await city.change(ProcessRow, sealed=transfers.sealed(process, address), document=document)
    assert transfers.started is not None
    await transfers.started(await service.exchange.processes.get(TRANSFER, Kind.TRANSFER))


async def greet(city: Deployment, service: Service, client: httpx.AsyncClient, url: str) -> None:
    """Try the connection to a peer there."""
    peer = {"participant": "https://peer.example/", "address": f"{url}/peer"}
    await client.post("/exchange/peers", json=peer, headers=OPERATOR)
    await client.post("/exchange/peers/https://peer.example//test", headers=OPERATOR)


async def notify(city: Deployment, service: Service, client: httpx.AsyncClient, url: str) -> None:
    """Let an address there be told of what happens."""
    await client.post("/exchange/hooks", json={"address": f"{url}/hook"}, headers=OPERATOR)
    await client.post("/catalogs", json={"id": "new"}, headers=OPERATOR)


@pytest.mark.parametrize("purpose", ["source", "push", "peer", "hook"])
async def test_what_is_opened_for_one_purpose_is_reached_for_that_alone(
    tmp_path: Path, settings: Callable[..., Settings], inside: Owner, purpose: str
) -> None:
    app = create_app(settings(allow_private=(f"{purpose}:127.0.0.1",)))
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        service = app.state.service
        city = Deployment(tmp_path, service.database, service.gate, service.grants, service.outgoing)
        for act in (push, fetch, greet, notify):
            await act(city, service, client, f"http://127.0.0.1:{inside.port}")
        for _ in range(200):  # hooks are told, and data pushed, in their own time
            await asyncio.sleep(0.1 if not inside.asked else 0.01)
    assert {asked.split(" ")[1].split("/")[1] for asked in inside.asked} == {purpose}
