"""A consumer follows data: what changed is fetched again by itself, until the contract is over."""

import contextlib
import functools
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.campaign.harness import RENKEI, TOKEN, Server
from tests.journeys.pair import ROWS, Pair, bearer, pair

OPEN = {"templates": {"open": {}}}
TWICE = {"templates": {"times": {"limit": "2"}}}
NEXT = ROWS + "麻布台三丁目,90\n".encode()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with pair(tmp_path_factory.mktemp("pair")) as both:
        yield both


class Following:
    """`renkei transfer --follow`, running."""

    def __init__(self, server: Server, agreement: str, **settings: str) -> None:
        self.out = server.folder / f"{time.monotonic_ns()}.csv"
        self.process = subprocess.Popen(
            [RENKEI, "transfer", agreement, "--out", self.out, "--follow", "--every", "1", "--url", server.base,
             "--token", TOKEN],
            env={**server.environment, "LC_ALL": "C", "RENKEI_LANGUAGE": "en", **settings}, cwd=server.folder, stderr=subprocess.PIPE,
        )  # fmt: skip

    def has(self, content: bytes) -> bool:
        """Wait until the file holds this."""
        return soon(lambda: self.out.exists() and self.out.read_bytes() == content)

    def ended(self) -> tuple[int, str]:
        """Wait for the end: status and what was told."""
        _, told = self.process.communicate(timeout=120)
        return self.process.returncode, told.decode()


@contextlib.contextmanager
def following(server: Server, agreement: str, **settings: str) -> Iterator[Following]:
    one = Following(server, agreement, **settings)
    try:
        yield one
    finally:
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate()


def soon(condition: Callable[[], Any], wait_s: float = 90) -> bool:
    end = time.monotonic() + wait_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def change(two: Pair, dataset: str, content: bytes) -> None:
    """Put another file in the place of the data."""
    with two.provider.client() as client:
        answer = client.put(
            "/exchange/files", params={"dataset": dataset}, content=content, headers={"content-type": "text/csv"}
        )
        assert answer.status_code == 200, answer.text


def transfers(server: Server, agreement: str) -> list[dict[str, Any]]:
    with server.client() as client:
        items: list[dict[str, Any]] = client.get("/exchange/transfers").json()["items"]
    return [each for each in items if each["agreement"] == agreement]


def end(server: Server, agreement: str, reason: str) -> None:
    with server.client() as client:
        items = client.get("/agreements", params={"format": "json"}).json()["items"]
        (address,) = [each["address"] for each in items if each["id"] == agreement]
        assert client.post(f"{address}/end", json={"reason": reason}).status_code == 200


@pytest.mark.parametrize(("language", "over"), [("en", "The agreement is over."), ("ja", "合意が終わりました。")])
def test_each_change_is_fetched_until_the_provider_ends_the_agreement(two: Pair, language: str, over: str) -> None:
    dataset = two.offer(terms=OPEN)
    agreement = two.negotiate(dataset)["agreement"]
    with following(two.consumer, agreement, RENKEI_LANGUAGE=language) as one:
        assert one.has(ROWS)
        change(two, dataset, NEXT)
        assert one.has(NEXT)
        end(two.provider, agreement, "The project is over.")
        status, told = one.ended()
    assert (status, over in told, "The project is over." in told) == (0, True, True), told
    assert one.out.read_bytes() == NEXT


@contextlib.contextmanager
def followed(two: Pair) -> Iterator[tuple[str, Following]]:
    """Open data that are followed, and were fetched once."""
    agreement = two.negotiate(two.offer(terms=OPEN))["agreement"]
    with following(two.consumer, agreement) as one:
        assert one.has(ROWS)
        yield agreement, one


def test_one_who_stops_following_completes_the_transfer(two: Pair) -> None:
    with followed(two) as (agreement, one):
        time.sleep(0.5)
        one.process.send_signal(signal.SIGINT)
        status, told = one.ended()
    assert status == 0, told
    assert soon(lambda: [each["state"] for each in transfers(two.provider, agreement)] == ["COMPLETED"])


def test_only_changes_count_as_uses_and_the_last_use_ends_it_with_its_reason(two: Pair) -> None:
    dataset = two.offer(terms=TWICE)
    agreement = two.negotiate(dataset)["agreement"]
    with following(two.consumer, agreement) as one:
        assert one.has(ROWS)
        time.sleep(1.5)
        change(two, dataset, NEXT)
        assert one.has(NEXT)
        status, told = one.ended()
    assert (status, "at most 2" in told) == (1, True), told


def test_who_follows_changes_its_token_for_a_new_one(two: Pair) -> None:
    with followed(two) as (agreement, _):
        (begun,) = transfers(two.consumer, agreement)
        with two.consumer.client() as client:
            first = client.get(f"/exchange/transfers/{begun['pid']}/address").json()["dataAddress"]
        answer = httpx.get(first["endpoint"], headers=bearer(first), trust_env=False)
    assert answer.status_code == 401


def test_a_transfer_that_was_ended_by_hand_is_told_with_its_reason(two: Pair) -> None:
    with followed(two) as (agreement, one):
        (theirs,) = transfers(two.provider, agreement)
        with two.provider.client() as client:
            client.post(f"/exchange/transfers/{theirs['pid']}/terminate", json={"reason": "Moved elsewhere."})
        status, told = one.ended()
    assert (status, "Moved elsewhere." in told) == (1, True), told


def test_a_suspended_transfer_is_followed_again_once_it_goes_on(two: Pair) -> None:
    dataset = two.offer(terms=OPEN)
    agreement = two.negotiate(dataset)["agreement"]
    with following(two.consumer, agreement) as one, two.provider.client() as client:
        assert one.has(ROWS)
        (theirs,) = transfers(two.provider, agreement)
        client.post(f"/exchange/transfers/{theirs['pid']}/suspend", json={"reason": "Maintenance."})
        change(two, dataset, NEXT)
        time.sleep(2)
        assert one.out.read_bytes() == ROWS
        client.post(f"/exchange/transfers/{theirs['pid']}/resume")
        assert one.has(NEXT)


def scheduled(two: Pair, dataset: str, every: int | str = 1) -> tuple[str, str]:
    """Let the consumer's service pull again and again; the agreement and the path of the transfer."""
    agreement = two.negotiate(dataset)["agreement"]
    with two.consumer.client() as client:
        answer = client.post("/exchange/transfers", json={"agreement": agreement, "every": every})
        assert answer.status_code == 201, answer.text
        return agreement, f"/exchange/transfers/{answer.json()['pid']}"


def test_the_consumers_service_keeps_the_newest_through_a_restart_until_the_contract_ends(two: Pair) -> None:
    dataset = two.offer(terms=OPEN)
    agreement, path = scheduled(two, dataset)
    with two.consumer.client() as client:
        assert soon(lambda: client.get(f"{path}/data").content == ROWS)
        two.consumer.kill()
        change(two, dataset, NEXT)
        two.consumer.start()
        assert soon(lambda: client.get(f"{path}/data").content == NEXT)
        end(two.provider, agreement, "The project is over.")
        assert soon(lambda: client.get(path).json()["schedule"]["nextAt"] is None)
        notes = [each["note"]["en"] for each in client.get(path).json()["timeline"] if each["note"]]
        assert len([each for each in notes if "new state was fetched" in each]) == 2
        assert client.get(f"{path}/data").content == NEXT


def test_a_service_whose_token_ran_out_gets_another_by_what_it_is(two: Pair) -> None:
    dataset = two.offer(terms=OPEN)
    _, path = scheduled(two, dataset)
    with two.consumer.client() as client:
        assert soon(lambda: client.get(f"{path}/data").content == ROWS)
        address = client.get(f"{path}/address").json()
        used = {"authorization": address["authorization"]}
        assert httpx.post(f"{address['endpoint']}/token", headers=used, trust_env=False).status_code == 200
        change(two, dataset, NEXT)
        assert soon(lambda: client.get(f"{path}/data").content == NEXT)
        assert client.get(f"{path}/address").json()["authorization"] != address["authorization"]


def test_a_scheduled_pull_that_is_refused_says_why_in_the_list(two: Pair) -> None:
    dataset = two.offer(terms={"templates": {"times": {"limit": "1"}}})
    _, path = scheduled(two, dataset)
    with two.consumer.client() as client:
        assert soon(lambda: client.get(path).json()["schedule"]["error"])
        items = client.get("/exchange/transfers").json()["items"]
        (item,) = [each for each in items if each["address"].endswith(path)]
        assert "at most 1" in item["schedule"]["error"]["en"]
        assert "回" in item["schedule"]["error"]["ja"]
        assert client.get(f"{path}/data").content == ROWS
        assert client.post(f"{path}/complete").status_code == 200


def test_what_a_newer_state_replaced_is_not_kept(two: Pair) -> None:
    dataset = two.offer(content=(first := b"first,%d\n" % time.time_ns()), terms=OPEN)
    _, path = scheduled(two, dataset)
    with two.consumer.client() as client:
        assert soon(lambda: client.get(f"{path}/data").content == first)
        change(two, dataset, NEXT)
        assert soon(lambda: client.get(f"{path}/data").content == NEXT)
    kept = two.consumer.data / "files"
    assert soon(lambda: not [each for each in kept.rglob("*") if each.is_file() and each.read_bytes() == first])


def test_what_lies_elsewhere_is_looked_at_now_and_then(two: Pair, tmp_path: Path) -> None:
    dataset = two.offer(terms=OPEN)
    with kept_by_its_owner(tmp_path) as url, two.provider.client() as client:
        lay(tmp_path, ROWS, age_s=200)
        upstream = {"dataset": dataset, "kind": "http", "url": url, "mediaType": "text/csv"}
        assert client.put("/exchange/sources", json=upstream).status_code == 200
        with following(two.consumer, two.negotiate(dataset)["agreement"]) as one:
            assert one.has(ROWS)
            lay(tmp_path, NEXT, age_s=100)
            assert one.has(NEXT)
            one.process.send_signal(signal.SIGTERM)
            status, told = one.ended()
    assert (status, told.count("Kept in")) == (0, 2), told


@contextlib.contextmanager
def kept_by_its_owner(folder: Path) -> Iterator[str]:
    """A web server of the owner of the data."""
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/data.csv"
        server.shutdown()


def lay(folder: Path, content: bytes, age_s: float) -> None:
    """Put data there; a Last-Modified of less than a minute would tell no state from the next."""
    (folder / "data.csv").write_bytes(content)
    os.utime(folder / "data.csv", (time.time() - age_s,) * 2)
