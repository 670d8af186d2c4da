"""Decisions, negotiations and releases leave the pages in memory; what changes who sees what still holds at once."""

from typing import Any

import httpx
import pytest

from journal.events import Event, EventKind, append
from stores.tables import TRAFFIC

pytestmark = pytest.mark.anyio
OPERATOR = {"authorization": "Bearer operator-token-of-the-tests"}


def service(client: httpx.AsyncClient) -> Any:
    return client._transport.app.state.service  # type: ignore[attr-defined]


async def traffic(client: httpx.AsyncClient) -> None:
    async with service(client).database.writing() as connection:
        await append(connection, [Event(EventKind(kind), subject="x") for kind in sorted(TRAFFIC)])


async def test_a_page_stays_in_memory_over_any_traffic(client: httpx.AsyncClient, census: str) -> None:
    await client.get(census)
    (kept,) = service(client).cache._entries.values()
    await traffic(client)
    await client.get(census)
    assert list(service(client).cache._entries.values()) == [kept]


async def test_an_audience_changed_among_traffic_holds_at_the_next_request(
    client: httpx.AsyncClient, census: str
) -> None:
    seen = [(await client.get(census)).status_code]
    await traffic(client)
    address = census.removeprefix("http://127.0.0.1:8000") + "/audience"
    changed = await client.put(address, json={"audience": ["participants"]}, headers=OPERATOR)
    await traffic(client)
    seen += [(await client.get(census)).status_code, (await client.get("/search?q=人口&as=json")).json()["total"]]
    assert (changed.status_code < 300, seen) == (True, [200, 404, 0])


async def test_a_token_revoked_among_traffic_is_refused_at_the_next_request(
    client: httpx.AsyncClient, census: str
) -> None:
    issued = await service(client).tokens.issue("https://lab.example/", "reader", None)
    lab = {"authorization": f"Bearer {issued.secret}"}
    seen = [(await client.get(census, headers=lab)).status_code]
    await traffic(client)
    await service(client).tokens.revoke(issued.id)
    await traffic(client)
    assert [*seen, (await client.get(census, headers=lab)).status_code] == [200, 401]


async def test_what_is_registered_among_traffic_is_found_by_the_next_request(
    client: httpx.AsyncClient, census: str, census_turtle: str, writer: dict[str, str]
) -> None:
    await traffic(client)
    other = census_turtle.replace("ex:census", "ex:second").replace("人口統計", "港湾統計")
    posted = await client.post("/catalogs/demo/datasets", content=other, headers=writer)
    assert posted.status_code == 201, posted.text
    await traffic(client)
    assert (await client.get("/search?q=港湾&as=json")).json()["total"] == 1
