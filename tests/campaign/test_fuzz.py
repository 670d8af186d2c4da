"""R19 and R20 of the reliability campaign: documents, queries and requests made to hurt, against a real server.

Whatever comes in, the answer comes within its limits and is no 5xx, a refusal says what, where and how to mend it, the
process is the same as before, and nothing is fetched from the address that the inputs name.
"""

import gzip
import random
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import requests
import schemathesis

from tests.campaign.harness import TOKEN, Server, amount, deployment
from tests.campaign.inputs import damaged, mild, seeds
from tests.campaign.judging import PATIENCE_S, judge, tried

pytestmark = pytest.mark.campaign
SEED = 20265
DOCUMENTS, REQUESTS = 12_000, 8_000
READERS = ("stranger", "reader", "provider", "operator")


class Canary:
    """A server on this machine that nobody may ask."""

    def __init__(self) -> None:
        self.line = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.line.getsockname()[1]}/"
        self.asked = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.line.accept()
            except OSError:
                return
            self.asked += 1
            connection.close()


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    found = Canary()
    yield found
    found.line.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with deployment(tmp_path_factory.mktemp("fuzz"), RENKEI_LOG_LEVEL="error") as found:
        with found.client() as client:
            client.post("/catalogs", json={"id": "c"})
        yield found


@pytest.mark.parametrize("door", seeds("http://127.0.0.1/").keys())
def test_r19_no_document_or_query_hurts(
    server: Server, canary: Canary, tokens: dict[str, str | None], door: str
) -> None:
    target, media_type, whole = seeds(canary.url)[door]
    dice, pid = random.Random(f"{SEED}{door}"), server.pid
    method, path = target.split()
    wrong, statuses = [], dict[int, int]()
    token = tokens["reader"] if "/dsp/" in path else TOKEN  # there a peer speaks
    with server.client(token=token) as client:
        for number in range(amount(DOCUMENTS) // 24 + 1):
            plain = gzip.decompress(whole) if door == "gzip" else whole
            data = damaged(dice, plain if number % 3 == 0 else mild(plain))
            data = damaged(dice, gzip.compress(data, mtime=0)) if door == "gzip" else data
            began = time.monotonic()
            if method == "GET":
                answer = client.get(path + str(httpx.QueryParams({"q": data.decode("utf-8", "replace")}))[2:][:6000])
            else:
                headers = {"content-type": media_type} if media_type else {}
                answer = client.request(method, path, content=data, headers=headers)
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
            if fault := judge(answer, time.monotonic() - began):
                wrong.append((f"seed {SEED}{door}, input {number}", fault, data[:2000]))
    print(f"{door}: {statuses}")
    assert not wrong, "\n".join(map(repr, wrong))
    assert server.process is not None
    assert server.process.poll() is None
    assert server.pid == pid
    assert canary.asked == 0


@pytest.fixture(scope="module")
def tokens(server: Server) -> dict[str, str | None]:
    found: dict[str, str | None] = {"stranger": None, "operator": TOKEN}
    for role in ("reader", "provider"):
        issued = server.renkei("token", "add", "--participant", "https://a.example/", "--role", role)
        found[role] = issued.stdout.decode().strip()
    return found


@pytest.mark.parametrize("reader", READERS)
def test_r20_no_request_of_the_api_hurts(server: Server, tokens: dict[str, str | None], reader: str) -> None:
    schema = schemathesis.openapi.from_url(f"{server.base}/openapi.json")
    headers = {"authorization": f"Bearer {token}"} if (token := tokens[reader]) else {}
    operations = [found.ok() for found in schema.get_all_operations()]
    each = max(1, amount(REQUESTS) // len(READERS) // len(operations))
    wrong: list[str] = []
    for operation in operations:
        if operation.path != "/operations/rebuild":
            tried(operation.as_strategy(), each, SEED, lambda case: _asked(case, server.base, headers, wrong))
    print(f"{reader}: {each} requests to each of {len(operations)} operations")
    assert not wrong, "\n".join(map(repr, wrong))
    assert server.process is not None
    assert server.process.poll() is None


def _asked(case: object, base: str, headers: dict[str, str], wrong: list[str]) -> None:
    began = time.monotonic()
    asked = case.as_transport_kwargs(base_url=base, headers=headers)
    with requests.request(**asked, timeout=60, stream=True) as answer:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):  # a line that never ends
            answer.content  # noqa: B018 -- reads it
    if (answer.status_code >= 500 and answer.status_code not in (503, 504)) or time.monotonic() - began > PATIENCE_S:
        wrong.append(f"seed {SEED}: {case.as_curl_command(headers)} → {answer.status_code}"[:3000])
