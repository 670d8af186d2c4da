"""Events on a line that stays open, and hooks over HTTP."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from api.serve import server
from api.service import open_books
from api.settings import Settings

pytestmark = pytest.mark.anyio
OPERATOR = {"authorization": "Bearer operator-token-of-the-tests"}


@pytest.fixture
async def client(settings: Callable[..., Settings]) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to a real server: the transport within the process would wait for the end of an answer."""
    with socket.create_server(("127.0.0.1", 0)) as line:
        base = f"http://127.0.0.1:{line.getsockname()[1]}"
        started = asyncio.Event()
        running = server(settings(base_iri=base), started.set)
        task = asyncio.create_task(running.serve([line]))
        await started.wait()
        async with httpx.AsyncClient(base_url=base, headers=OPERATOR) as client:
            yield client
        running.should_exit = True
        await task


async def told(answer: httpx.Response, events: int) -> list[dict[str, Any]]:
    found = []
    async for line in answer.aiter_lines():
        if line.startswith("data: "):
            found.append(json.loads(line.removeprefix("data: ")))
            if len(found) == events:
                break
    return found


async def token(settings: Settings) -> Any:
    async with open_books(settings) as books:
        return await books.tokens.issue("https://lab.example/", "reader", None)


async def test_events_come_as_they_happen_and_go_on_after_the_last(client: httpx.AsyncClient) -> None:
    async with client.stream("GET", "/exchange/events") as line:
        await client.post("/catalogs", json={"id": "demo"})
        first = await told(line, 2)
    async with client.stream("GET", "/exchange/events", headers={"last-event-id": "1"}) as line:
        again = await told(line, 1)
    assert (line.headers["content-type"], [one["kind"] for one in first]) == (
        "text/event-stream; charset=utf-8", ["registered", "catalog-created"],
    )  # fmt: skip
    assert again == first[1:]


async def test_a_line_ends_when_its_token_is_revoked(
    client: httpx.AsyncClient, settings: Callable[..., Settings]
) -> None:
    issued = await token(settings())
    mine = {"authorization": f"Bearer {issued.secret}"}
    async with client.stream("GET", "/exchange/events", headers=mine) as line:
        async with open_books(settings()) as books:
            await books.tokens.revoke(issued.id)
        lines = [text async for text in line.aiter_lines() if text]
    assert lines == ["retry: 2000"]


@pytest.mark.parametrize("which", [{"kinds": "rained"}, {"after": "-1"}, {"after": "1e3"}])
async def test_what_cannot_be_meant_is_refused(client: httpx.AsyncClient, which: dict[str, str]) -> None:
    assert (await client.get("/exchange/events", params=which)).status_code == 400


async def test_hooks_are_made_listed_and_removed_and_their_secret_is_shown_once(client: httpx.AsyncClient) -> None:
    made = await client.post("/exchange/hooks", json={"address": "https://lab.example/", "kinds": ["released"]})
    listed = (await client.get("/exchange/hooks")).json()["items"]
    assert (made.status_code, listed[0]["kinds"], "secret" in listed[0]) == (201, ["released"], False)
    removed = [(await client.delete(f"/exchange/hooks/{listed[0]['id']}")).status_code for _ in range(2)]
    assert (removed, made.json()["secret"][:4]) == ([204, 404], "whs_")


@pytest.mark.parametrize(
    "given",
    [{}, {"address": 1}, {"address": "file:///x"}, {"address": "https://x.example/", "kinds": []},
     {"address": "https://x.example/", "kinds": ["rained"]}, {"address": "https://x.example/", "secret": "mine"}],
)  # fmt: skip
async def test_what_is_no_hook_is_refused(client: httpx.AsyncClient, given: dict[str, Any]) -> None:
    assert (await client.post("/exchange/hooks", json=given)).status_code in (400, 422)
    assert (await client.post("/exchange/hooks", json=given, headers={"authorization": ""})).status_code == 401
