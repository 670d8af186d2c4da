"""What the log says of requests that went wrong: our own mistakes with their place in the code, others in a line."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
import structlog
from structlog.testing import capture_logs

import api.request_net
from api.app import create_app
from api.serve import free_port
from api.settings import Settings

pytestmark = pytest.mark.anyio
BASE, LAB = "http://127.0.0.1:8000", "https://lab.example/participant"
OPERATOR = {"authorization": "Bearer operator-token-of-the-tests"}


@pytest.fixture
async def client(settings: Callable[..., Settings]) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings(allow_private=["127.0.0.1"]))
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


async def test_a_peer_that_is_not_there_is_told_in_a_line_and_not_as_a_mistake_of_ours(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.request_net, "log", structlog.get_logger("renkei"))  # one used before keeps its processors
    gone = f"http://127.0.0.1:{free_port('127.0.0.1')}"
    known = await client.post("/exchange/peers", json={"participant": LAB, "address": gone}, headers=OPERATOR)
    assert known.status_code == 201, known.text
    with capture_logs() as logs:
        asked = {"provider": LAB, "dataset": "https://lab.example/d/1"}
        answer = await client.post("/exchange/negotiations", json=asked, headers=OPERATOR)
    (told,) = (each for each in logs if each["event"] == "failed")
    assert (answer.status_code, told["log_level"], "exc_info" in told) == (502, "warning", False)
    assert "Connection refused" in told["reason"]
