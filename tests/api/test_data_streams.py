"""Data over a real connection: what leaves, what stops, and what the service notices of its receiver."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import psutil
import pytest
import uvicorn

from api.app import create_app
from api.serve import free_port
from api.settings import Settings
from exchange.upstreams import Upstream
from participants.principal import OPERATOR
from stores.exchange_tables import ProcessRow
from tests.exchange.release.city import DATASET, LIMIT, TRANSFER, Deployment, agreed

pytestmark = pytest.mark.anyio
PIECE = bytes(1 << 20)


class Served(Deployment):
    """A deployment behind a real server."""

    client: httpx.AsyncClient

    async def hold_large(self, mebibytes: int) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(mebibytes):
                yield PIECE

        held = await self.gate.holdings.take(chunks())
        place = {"sha256": held.sha256, "size_bytes": held.size_bytes}
        await self.gate.sources.set(DATASET, Upstream("file", place), OPERATOR)

    async def ended(self) -> str:
        """The state in which the last release ended."""
        for _ in range(500):
            if (state := (await self.releases())[-1].state) != "open":
                return str(state)
            await asyncio.sleep(0.02)
        raise AssertionError("it goes on")


@pytest.fixture
async def served(tmp_path: Path, settings: Callable[..., Settings]) -> AsyncIterator[Served]:
    port = free_port("127.0.0.1")
    app = create_app(settings(base_iri=f"http://127.0.0.1:{port}", allow_private=("127.0.0.1",)))
    config = uvicorn.Config(app, port=port, http="httptools", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  (the server offers no event)
        await asyncio.sleep(0.01)
    service = app.state.service
    served = Served(tmp_path, service.database, service.gate, service.grants, service.outgoing)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
        served.client = client
        yield served
    server.should_exit = True
    await running


async def test_a_running_stream_is_cut_when_its_transfer_is_terminated(served: Served) -> None:
    await served.hold_large(256)
    headers = {"authorization": f"Bearer {await served.agree(agreed())}"}
    async with served.client.stream("GET", f"/data/{TRANSFER}", headers=headers) as answer:
        chunks = answer.aiter_raw()
        got = len(await anext(chunks))
        await served.change(ProcessRow, state="TERMINATED")
        with pytest.raises(httpx.RemoteProtocolError):
            await asyncio.sleep(2.5)
            async for chunk in chunks:
                got += len(chunk)
    assert got < 256 << 20
    assert await served.ended() == "stopped"


async def test_a_receiver_that_reads_no_more_is_cut_off_too(served: Served) -> None:
    await served.hold_large(64)
    headers = {"authorization": f"Bearer {await served.agree(agreed())}"}
    async with served.client.stream("GET", f"/data/{TRANSFER}", headers=headers) as answer:
        await anext(answer.aiter_raw())
        await served.change(ProcessRow, state="SUSPENDED")
        assert await served.ended() == "stopped"


async def test_a_receiver_that_leaves_is_noticed_and_what_it_got_is_written_down(served: Served) -> None:
    await served.hold_large(64)
    headers = {"authorization": f"Bearer {await served.agree(agreed())}"}
    async with served.client.stream("GET", f"/data/{TRANSFER}", headers=headers) as answer:
        await anext(answer.aiter_raw())
    assert await served.ended() == "stopped"
    row = (await served.releases())[-1]
    assert 0 < row.size_bytes < 64 << 20
    assert (row.reason[1], row.sha256) == ("The receiver left before the end.", None)


async def test_what_broke_off_is_gone_on_with_over_http(served: Served) -> None:
    await served.hold_large(64)
    headers = {"authorization": f"Bearer {await served.agree(agreed(LIMIT.format(1)))}"}
    async with served.client.stream("GET", f"/data/{TRANSFER}", headers=headers) as answer:
        got, etag = len(await anext(answer.aiter_raw())), answer.headers["etag"]
    await served.ended()
    rest = await served.client.get(f"/data/{TRANSFER}", headers={**headers, "range": f"bytes={got}-", "if-range": etag})
    assert (rest.status_code, got + len(rest.content)) == (206, 64 << 20)
    assert (await served.client.get(f"/data/{TRANSFER}", headers=headers)).status_code == 403


async def test_data_of_any_size_take_the_same_memory(served: Served) -> None:
    await served.hold_large(512)
    headers = {"authorization": f"Bearer {await served.agree(agreed())}"}
    process, before, most, size = psutil.Process(), psutil.Process().memory_info().rss, 0, 0
    async with served.client.stream("GET", f"/data/{TRANSFER}", headers=headers) as answer:
        async for chunk in answer.aiter_raw(1 << 20):
            size += len(chunk)
            most = max(most, process.memory_info().rss)
    assert size == 512 << 20
    assert most - before < 64 << 20


async def test_a_source_that_leads_back_to_this_service_is_asked_once(served: Served) -> None:
    other, its_transfer = "https://city.example/other", "urn:uuid:22222222-2222-4222-8222-222222222222"
    token = await served.agree(agreed(LIMIT.format(9)))
    back = await served.agree(agreed(iri="urn:x:2", dataset=other), iri="urn:x:2", dataset=other, transfer=its_transfer)
    base = f"{served.client.base_url}".rstrip("/")
    for dataset, transfer, bearer in ((DATASET, its_transfer, back), (other, TRANSFER, token)):
        upstream = Upstream("http", {"url": f"{base}/data/{transfer}"}, {"scheme": "bearer", "token": bearer})
        await served.set_source(upstream, dataset)
    answer = await served.client.get(f"/data/{TRANSFER}", headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (502, "source-unavailable")
    assert len(await served.releases()) == 1
