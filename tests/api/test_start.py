"""What a server does before and beside answering: catching up, large bodies, proxies it trusts."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api.app import create_app
from api.serve import free_port, server
from api.service import open_books
from api.settings import Settings
from journal.events import Event, EventKind, append

pytestmark = pytest.mark.anyio
BASE = "http://127.0.0.1:8000"
Made = Callable[..., Settings]


@asynccontextmanager
async def started(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


async def test_a_start_far_behind_the_journal_answers_at_once_and_says_when_it_is_ready(settings: Made) -> None:
    async with open_books(settings()) as books, books.database.writing() as connection:
        await append(connection, [Event(EventKind.TOKEN_ISSUED)] * 40_000)
    async with started(settings()) as client:
        live, early = await client.get("/health/live"), await client.get("/health/ready")
        found = await client.get("/search")
        late = await client.get("/health/ready")
    assert [one.status_code for one in (live, early, found, late)] == [200, 503, 200, 200]
    assert (early.json()["behind"] > 0, late.json()["behind"]) == (True, 0)


async def test_a_large_document_keeps_nobody_from_being_answered(settings: Made, writer: dict[str, str]) -> None:
    lines = "".join(f'  dct:subject "subject number {n}, of many" ;\n' for n in range(60_000))
    head = "@prefix dct: <http://purl.org/dc/terms/> .\n<https://data.example/large> a <http://www.w3.org/ns/dcat#Dataset> ;"
    large = f'{head}\n{lines} dct:title "Large" .'
    async with started(settings()) as client:
        await client.post("/catalogs", json={"id": "c"}, headers={"authorization": writer["authorization"]})
        under_way = asyncio.create_task(client.post("/catalogs/c/datasets", content=large, headers=writer, timeout=120))
        answered = 0
        while not under_way.done():
            async with asyncio.timeout(10):
                assert (await client.get("/health/live")).status_code == 200
            answered += 1
            await asyncio.sleep(0.05)
    assert (under_way.result().status_code, answered > 3) == (201, True)


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [((), "10.0.0.5 http"), (("10.0.0.0/8",), "203.0.113.9 https"), (("10.9.9.9",), "10.0.0.5 http")],
)
async def test_the_address_of_a_client_is_believed_from_trusted_proxies_alone(
    settings: Made, proxies: tuple[str, ...], seen: str
) -> None:
    async def whoami(request: Request) -> PlainTextResponse:
        assert request.client
        return PlainTextResponse(f"{request.client.host} {request.scope['scheme']}")

    app = create_app(settings(trusted_proxies=proxies))
    app.router.routes.append(Route("/whoami", whoami))
    transport = httpx.ASGITransport(app, client=("10.0.0.5", 4000))
    forwarded = {"x-forwarded-for": "198.51.100.1, 203.0.113.9", "x-forwarded-proto": "https"}
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        assert (await client.get("/whoami", headers=forwarded)).text == seen


def test_a_trusted_proxy_is_an_address_or_a_network(settings: Made) -> None:
    for wrong in ("*", "proxy.example", "10.0.0.0/99"):
        with pytest.raises(ValueError, match="trusted_proxies"):
            settings(trusted_proxies=(wrong,))


async def test_what_the_start_has_made_is_set_aside_from_collections_of_garbage(settings: Made) -> None:
    aside: list[int] = []

    def started() -> None:
        aside.append(gc.get_freeze_count())
        one.should_exit = True

    one = server(settings(port=free_port("127.0.0.1")), started)
    try:
        await one.serve()
    finally:
        gc.unfreeze()
    assert aside[0] > 10_000
