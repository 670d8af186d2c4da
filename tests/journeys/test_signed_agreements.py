"""Both sides hold both signatures of what they agreed on, and who ends it ends it for both."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.campaign.harness import Server
from tests.journeys.pair import Pair, pair, participant


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with pair(tmp_path_factory.mktemp("signing")) as both:
        _give_key(both.provider, both.consumer)
        _give_key(both.consumer, both.provider)
        yield both


def _give_key(server: Server, other: Server) -> None:
    (key,) = httpx.get(f"{server.base}/.well-known/jwks.json", trust_env=False).json()["keys"]
    with other.client() as client:
        peer = {"participant": participant(server), "address": server.base, "key": key}
        assert client.post("/exchange/peers", json=peer).status_code == 201


def _until(server: Server, iri: str, reached: str) -> dict[str, Any]:
    """An agreement as a service has it, once both signatures are good, notice was given or it is over."""
    with server.client() as client:
        (item,) = [each for each in client.get("/agreements").json()["items"] if each["id"] == iri]
        for _ in range(1200):
            found: dict[str, Any] = client.get(f"{httpx.URL(item['address']).path}?format=json").json()
            signed = all(each["good"] for each in found["signatures"].values())
            if {"signed": signed, "over": not found["inForce"], "noticed": found["reason"]}[reached]:
                return found
            time.sleep(0.05)
    raise AssertionError(found)


def test_both_sides_come_to_hold_both_signatures(two: Pair) -> None:
    iri = two.negotiate(two.offer())["agreement"]
    here, there = _until(two.provider, iri, "signed"), _until(two.consumer, iri, "signed")
    assert here["signatures"] == there["signatures"]
    assert (here["hash"], here["datasetHash"] is None) == (there["hash"], False)


@pytest.mark.parametrize(("one", "other"), [("consumer", "provider"), ("provider", "consumer")])
def test_who_ends_an_agreement_ends_it_for_both_and_stops_what_runs(one: str, other: str, two: Pair) -> None:
    iri = two.negotiate(two.offer(f"a,b\n{one},1\n".encode(), {"templates": {"open": {}}}))["agreement"]
    _, address = two.start(iri)
    assert (pulled := two.pull(address)).status_code == 200, pulled.text
    ender: Server = getattr(two, one)
    with ender.client() as client:
        (item,) = [each for each in client.get("/agreements").json()["items"] if each["id"] == iri]
        assert client.post(f"{httpx.URL(item['address']).path}/end", json={"reason": "調査の終了"}).status_code == 200
    there = _until(getattr(two, other), iri, "over")
    assert (there["reason"], there["endedBy"]) == ("調査の終了", participant(ender))
    assert two.pull(address).status_code in (401, 403)


@pytest.mark.parametrize(("one", "other"), [("consumer", "provider"), ("provider", "consumer")])
def test_notice_of_an_end_to_come_is_told_to_the_other_side_at_once(one: str, other: str, two: Pair) -> None:
    iri = two.negotiate(two.offer(f"a,b\n{one},2\n".encode(), {"templates": {"open": {}}}))["agreement"]
    ender: Server = getattr(two, one)
    given = ender.renkei("agreement", "end", iri, "--reason", "調査の終了", "--at", "2099-01-01")
    assert given.returncode == 0, given.stderr.decode()
    there = _until(getattr(two, other), iri, "noticed")
    assert (there["inForce"], there["endedBy"], there["endedAt"][:10]) == (True, participant(ender), "2099-01-01")
    assert two.pull(two.start(iri)[1]).status_code == 200
