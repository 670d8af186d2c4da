"""T61 between two services: the consumer proves its key, by itself and for its command line; a thief cannot."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.journeys.pair import ROWS, Pair, bearer, pair, participant
from tests.journeys.test_continuing import NEXT, change, following

OPEN = {"templates": {"open": {}}}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with pair(tmp_path_factory.mktemp("bound")) as both, both.provider.client() as client:
        known = {"participant": participant(both.consumer), "address": both.consumer.base, "bound": True}
        assert client.post("/exchange/peers", json=known).json()["bound"] is True
        yield both


def test_a_token_that_is_bound_opens_nothing_for_who_only_bears_it(two: Pair) -> None:
    _, address = two.start(two.negotiate(two.offer(terms=OPEN))["agreement"])
    headers = bearer(address)
    proved = {"authorization": headers["authorization"].replace("Bearer", "DPoP")}
    for each in (headers, proved):
        answer = httpx.get(address["endpoint"], headers=each, trust_env=False)
        assert (answer.status_code, answer.content.count(b"412")) == (401, 0)


def test_the_consumers_service_pulls_with_proofs_and_changes_its_token(two: Pair) -> None:
    agreement = two.negotiate(two.offer(terms=OPEN))["agreement"]
    with two.consumer.client() as client:
        begun = client.post("/exchange/transfers", json={"agreement": agreement, "every": 1}).json()
        at = f"/exchange/transfers/{begun['pid']}"
        end = time.monotonic() + 20
        while client.get(f"{at}/data").content != ROWS and time.monotonic() < end:
            time.sleep(0.1)
        assert client.get(f"{at}/data").content == ROWS
        theirs = client.get(f"{at}/address").json()
        made = client.post(f"{at}/proof", json={"method": "POST", "below": "/token"}).json()["proof"]
        used = {"authorization": theirs["authorization"], "dpop": made}
        assert httpx.post(f"{theirs['endpoint']}/token", headers=used, trust_env=False).status_code == 200
        while client.get(f"{at}/address").json()["authorization"] == theirs["authorization"] and time.monotonic() < end:
            time.sleep(0.1)
        assert client.get(f"{at}/address").json()["authorization"].startswith("DPoP ")
        assert client.get(at).json()["schedule"]["error"] is None


def test_the_command_line_pulls_with_proofs(two: Pair, tmp_path: Path) -> None:
    agreement, out = two.negotiate(two.offer(terms=OPEN))["agreement"], tmp_path / "rows.csv"
    done = two.consumer.renkei("transfer", agreement, "--out", str(out))
    assert done.returncode == 0, done.stderr.decode()
    assert out.read_bytes() == ROWS


def test_the_command_line_follows_changes_with_proofs_and_new_tokens(two: Pair) -> None:
    dataset = two.offer(terms=OPEN)
    with following(two.consumer, two.negotiate(dataset)["agreement"]) as one:
        assert one.has(ROWS)
        change(two, dataset, NEXT)
        assert one.has(NEXT)
