"""A consumer finds data, agrees on their terms and gets them, as often as was agreed; then either side ends it."""

import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.campaign.harness import TOKEN
from tests.journeys.pair import DESCRIPTION, RESEARCH, ROWS, Pair, bearer, pair


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with pair(tmp_path_factory.mktemp("pair")) as both:
        yield both


def test_data_found_by_search_are_agreed_on_and_pulled_as_often_as_agreed(two: Pair) -> None:
    dataset = two.offer()
    found = httpx.get(
        f"{two.provider.base}/search", params={"q": "人口"}, headers={"accept": "application/json"}
    ).json()
    assert dataset in [item["iri"] for item in found["items"]]
    agreed = two.negotiate(dataset)
    assert agreed["state"] == "FINALIZED"
    _, address = two.start(agreed["agreement"])
    pulled = [two.pull(address, **RESEARCH) for _ in range(3)]
    assert [(each.status_code, each.content) for each in pulled] == [(200, ROWS)] * 3
    refused = {language: two.pull(address, language, **RESEARCH) for language in ("ja", "en")}
    assert [each.status_code for each in refused.values()] == [403, 403]
    assert "3" in refused["en"].json()["detail"]
    assert "at most 3" in refused["en"].json()["detail"]
    assert "回" in refused["ja"].json()["detail"]


def test_a_use_for_another_purpose_is_refused_and_counts_for_nothing(two: Pair) -> None:
    _, address = two.start(two.negotiate(two.offer())["agreement"])
    assert two.pull(address, purpose="https://w3id.org/dpv#Marketing").status_code == 403
    assert [two.pull(address, **RESEARCH).status_code for _ in range(4)] == [200, 200, 200, 403]


def test_a_running_stream_stops_when_its_transfer_is_terminated(two: Pair) -> None:
    dataset = two.offer(content=b"x" * (64 << 20), terms={"templates": {"open": {}}})
    pid, address = two.start(two.negotiate(dataset)["agreement"])
    ending = threading.Timer(0.5, _terminate, (two, pid))
    received = 0
    with httpx.stream("GET", address["endpoint"], headers=bearer(address), timeout=90, trust_env=False) as answer:
        ending.start()
        with pytest.raises(httpx.TransportError):
            for chunk in answer.iter_raw(1 << 14):
                received += len(chunk)
                time.sleep(0.03)
    assert received < 64 << 20


def _terminate(two: Pair, pid: str) -> None:
    with two.consumer.client() as client:
        assert (
            client.post(f"/exchange/transfers/{pid}/terminate", json={"reason": "no longer needed"}).status_code == 200
        )


def test_the_command_line_alone_agrees_and_fetches(two: Pair) -> None:
    (two.provider.folder / "loans.ttl").write_text(DESCRIPTION % "https://city.example/d/by-command")
    (two.provider.folder / "loans.csv").write_bytes(ROWS)
    terms = ("--template", "research", "--template", "times", "--set", "times.limit=3")
    offered = two.provider.renkei("offer", "loans.ttl", "--catalog", "city", "--file", "loans.csv", *terms)
    assert offered.returncode == 0, offered.stderr.decode()
    at = ("--url", two.consumer.base, "--token", TOKEN)
    dataset = "https://city.example/d/by-command"
    agreed = two.consumer.renkei("negotiate", f"{two.provider.base}/participant", dataset, *at)
    assert agreed.returncode == 0, agreed.stderr.decode()
    agreement = agreed.stdout.decode().strip()
    declared = ("--declare", f"purpose={RESEARCH['purpose']}")
    codes = [
        two.consumer.renkei("transfer", agreement, "--out", f"{number}.csv", *declared, *at).returncode
        for number in range(4)
    ]
    assert codes == [0, 0, 0, 1]
    assert (two.consumer.folder / "0.csv").read_bytes() == ROWS
    assert not (two.consumer.folder / "3.csv").exists()
    assert two.provider.renkei("audit", "verify").returncode == 0


def test_an_offer_for_a_person_waits_in_the_queue_until_somebody_agrees(two: Pair) -> None:
    dataset = two.offer(approval="person")
    with two.consumer.client() as consumer, two.provider.client() as provider:
        asked = {"provider": f"{two.provider.base}/participant", "dataset": dataset}
        pid = consumer.post("/exchange/negotiations", json=asked).json()["pid"]
        waiting = _queued(provider, dataset)
        assert provider.post(f"/exchange/negotiations/{waiting['pid']}/accept").status_code == 200
        for _ in range(4500):
            found = consumer.get(f"/exchange/negotiations/{pid}").json()
            if found["state"] == "FINALIZED":
                break
            time.sleep(0.02)
    assert found["state"] == "FINALIZED"


def test_a_refusal_tells_its_reason_to_the_other_side(two: Pair) -> None:
    dataset = two.offer(approval="person")
    with two.consumer.client() as consumer, two.provider.client() as provider:
        asked = {"provider": f"{two.provider.base}/participant", "dataset": dataset}
        pid = consumer.post("/exchange/negotiations", json=asked).json()["pid"]
        waiting = _queued(provider, dataset)
        why = {"reason": "Only members of the council."}
        provider.post(f"/exchange/negotiations/{waiting['pid']}/terminate", json=why)
        for _ in range(4500):
            found = consumer.get(f"/exchange/negotiations/{pid}").json()
            if found["state"] == "TERMINATED":
                break
            time.sleep(0.02)
    assert why["reason"] in found["timeline"][-1]["body"]["reason"]


def _queued(provider: httpx.Client, dataset: str) -> dict[str, str]:
    for _ in range(4500):
        items: list[dict[str, str]] = provider.get("/exchange/negotiations?waitsFor=person").json()["items"]
        if found := [each for each in items if each["dataset"] == dataset]:
            return found[0]
        time.sleep(0.02)
    raise AssertionError("nothing waits for a person")


@pytest.mark.parametrize(
    ("language", "reason"), [("en", "does not offer https://city.example/d/nothing"), ("ja", "提供していないか")]
)
def test_what_the_provider_does_not_offer_is_told_in_the_language_of_who_asks(
    two: Pair, language: str, reason: str
) -> None:
    asked = {"provider": f"{two.provider.base}/participant", "dataset": "https://city.example/d/nothing"}
    with two.consumer.client() as client:
        answer = client.post("/exchange/negotiations", json=asked, headers={"accept-language": language})
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (404, "not-offered")
    assert reason in answer.json()["detail"]
