"""Real open data of Japanese administrations on terms: found, agreed on, fetched as often as agreed, and no more."""

import hashlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.campaign.harness import Server
from tests.journeys.pair import RESEARCH, Pair, bearer, pair

# 1,913 links that led nowhere, UTF-8; the list of Kobe's files in Shift_JIS; sights of Kobe with a byte order mark.
FILES = ("ckan/tokyo_404_resource_list.csv", "municipal/kobe/metadata.csv", "municipal/kobe/tourism_2707.csv")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Pair]:
    with pair(tmp_path_factory.mktemp("real")) as both:
        yield both


def found(two: Pair, words: str) -> list[str]:
    """The datasets that somebody finds who searches at the provider's."""
    asked = {"q": words, "kind": "Dataset", "size": "100"}
    answer = httpx.get(f"{two.provider.base}/search", params=asked, headers={"accept": "application/json"})
    return [item["iri"] for item in answer.json()["items"]]


@pytest.mark.parametrize("file", FILES)
def test_a_real_csv_is_found_agreed_on_and_pulled_three_times_byte_for_byte(two: Pair, shared: Path, file: str) -> None:
    content = (shared / "data/japan" / file).read_bytes()
    offered = two.offer(content=content)
    (dataset,) = set(found(two, "町丁目別の人口")) & {offered}
    _, address = two.start(two.negotiate(dataset)["agreement"])
    pulled = [two.pull(address, **RESEARCH).content for _ in range(3)]
    assert pulled == [content] * 3
    assert {hashlib.sha256(each).digest() for each in pulled} == {hashlib.sha256(content).digest()}
    fourth = {language: two.pull(address, language, **RESEARCH) for language in ("ja", "en")}
    assert [each.status_code for each in fourth.values()] == [403, 403]
    assert "回数が3以下" in fourth["ja"].json()["detail"]
    assert "number of times is at most 3" in fourth["en"].json()["detail"]
    assert used(two, dataset) == {"permitted": 3, "refused": 2, "size_bytes": 3 * len(content)}


def used(two: Pair, dataset: str) -> dict[str, int]:
    with two.provider.client() as client:
        (item,) = client.get("/usage", params={"dataset": dataset, "format": "json"}).json()["usage"]
    return {name: item[name] for name in ("permitted", "refused", "size_bytes")}


@pytest.mark.parametrize("ender", ["provider", "consumer"])
def test_a_running_stream_of_real_rows_stops_when_either_side_ends_the_agreement(
    two: Pair, shared: Path, ender: str
) -> None:
    rows = (shared / "data/japan" / FILES[0]).read_bytes() * 160 + ender.encode()  # 70 MB, read in minutes
    agreement = two.negotiate(two.offer(content=rows, terms={"templates": {"open": {}}}))["agreement"]
    _, address = two.start(agreement)
    ending = threading.Timer(0.5, ended_by, (getattr(two, ender), agreement))
    received = bytearray()
    with httpx.stream("GET", address["endpoint"], headers=bearer(address), timeout=90, trust_env=False) as answer:
        ending.start()
        with pytest.raises(httpx.TransportError):
            for chunk in answer.iter_raw(1 << 14):
                received += chunk
                time.sleep(0.03)
    ending.join()
    assert bytes(received) == rows[: len(received)]
    assert two.pull(address).status_code in (401, 403)


def ended_by(server: Server, agreement: str) -> None:
    with server.client() as client:
        items = client.get("/agreements", params={"format": "json"}).json()["items"]
        (address,) = [each["address"] for each in items if each["id"] == agreement]
        assert client.post(f"{address}/end", json={"reason": "調査の終了"}).status_code == 200
