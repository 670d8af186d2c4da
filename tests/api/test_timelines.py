"""The timeline of a process, a page at a time: the newest lines first asked for, the earlier ones by their address."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from exchange.dsp.states import Party, Transfer
from exchange.processes import Kind, Process, Processes, Step

pytestmark = pytest.mark.anyio
BASE = "http://127.0.0.1:8000"
OPERATOR = {"authorization": "Bearer operator-token-of-the-tests"}
LINES = 120


async def begun(processes: Processes) -> Process:
    """A transfer with a long past."""
    process = Process(Kind.TRANSFER, Party.CONSUMER, "https://city.example/", "http://city.example", Transfer.STARTED)
    async with processes.database.writing() as connection:
        process = await processes.begin(connection, process, Step("out", "TransferRequestMessage", Transfer.STARTED))
        for _ in range(LINES - 1):
            process = await processes.change(connection, process, Step("in", "", Transfer.STARTED))
    return process


@dataclass
class Asked:
    """The process at its address."""

    client: httpx.AsyncClient
    path: str

    async def get(self, query: str) -> httpx.Response:
        return await self.client.get(self.path + query)


@pytest.fixture
async def transfer(settings: Callable[..., Settings]) -> AsyncIterator["Asked"]:
    app = create_app(settings())
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        process = await begun(app.state.service.exchange.processes)
        client.headers.update(OPERATOR)
        yield Asked(client, f"/exchange/transfers/{process.pid}")


def numbers(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [line["number"] for line in answer.json()["timeline"]]


async def test_a_process_is_shown_with_the_newest_lines_of_its_timeline(transfer: Asked) -> None:
    assert numbers(await transfer.get("")) == list(range(LINES - 49, LINES + 1))


async def test_earlier_lines_are_had_by_the_address_that_stands_with_them(transfer: Asked) -> None:
    found, at = list[int](), transfer.path
    while at:
        answer = await transfer.client.get(at)
        found = numbers(answer) + found
        at = answer.json()["earlier"]
    assert found == list(range(1, LINES + 1))


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "before=x", "before=-1"])
async def test_what_is_no_page_is_refused(transfer: Asked, query: str) -> None:
    assert (await transfer.get(f"?{query}")).status_code == 400
