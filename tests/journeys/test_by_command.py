"""The same by commands alone: two operators who have nothing but `renkei`, on real open data."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from tests.journeys.acquainting import acquainted, command, dripping, inbox, running
from tests.journeys.pair import DESCRIPTION, RESEARCH, Pair, bearer, participant
from tests.journeys.test_continuing import soon, transfers

FILE = "data/japan/ckan/tokyo_404_resource_list.csv"
OTHER = "data/japan/municipal/kobe/metadata.csv"
DECLARED = ("--declare", f"purpose={RESEARCH['purpose']}")
RESEARCH_ONLY = ("--template", "research")
LIMITED = (*RESEARCH_ONLY, "--template", "until", "--set", "until.end=2099-03-31", "--template", "times", "--set",
           "times.limit=3")  # fmt: skip
ASKED = {"en": "number of times is at most 3", "ja": "回数が3以下"}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with acquainted(tmp_path_factory.mktemp("commands")) as both:
        yield both


def offered(two: Pair, name: str, *how: str) -> str:
    """Offer a dataset by the command; its IRI."""
    dataset = f"https://city.example/d/{name}"
    (two.provider.folder / f"{name}.ttl").write_text(DESCRIPTION % dataset)
    command(two.provider, "offer", f"{name}.ttl", "--catalog", "city", *how)
    return dataset


def agreed(two: Pair, dataset: str) -> str:
    agreement, _ = command(two.consumer, "negotiate", participant(two.provider), dataset)
    return agreement


def fetched(two: Pair, agreement: str, name: str, *, language: str = "en") -> tuple[bytes | None, str]:
    out = two.consumer.folder / name
    _, told = command(two.consumer, "transfer", agreement, "--out", name, *DECLARED, language=language, status=None)
    return (out.read_bytes() if out.exists() else None), told


def test_real_data_are_offered_found_agreed_on_and_fetched_as_often_as_agreed(two: Pair, shared: Path) -> None:
    content = (shared / FILE).read_bytes()
    dataset = offered(two, "limited", "--file", str(shared / FILE), *LIMITED)
    listed, _ = command(two.consumer, "search", "町丁目別の人口", "--json", "--url", two.provider.base)
    assert dataset in [item["iri"] for item in orjson.loads(listed)["items"]]
    agreement = agreed(two, dataset)
    assert [fetched(two, agreement, f"{number}.csv")[0] for number in range(3)] == [content] * 3
    for language, reason in ASKED.items():
        kept, told = fetched(two, agreement, f"{language}.csv", language=language)
        assert (kept, reason in told) == (None, True), told
    command(two.provider, "audit", "verify")
    command(two.consumer, "agreement", "verify", agreement)


def test_a_running_pull_ends_with_the_agreement_and_says_why(two: Pair, shared: Path) -> None:
    with dripping((shared / FILE).read_bytes()) as owner:
        source = two.provider.folder / "source.json"
        source.write_bytes(orjson.dumps({"kind": "http", "url": owner, "mediaType": "text/csv"}))
        agreement = agreed(two, offered(two, "dripping", "--source", "source.json", *RESEARCH_ONLY))
        part = two.consumer.folder / "dripping.csv.part"
        with running(two.consumer, "transfer", agreement, "--out", "dripping.csv", *DECLARED) as one:
            assert soon(lambda: part.exists() and part.stat().st_size, wait_s=90)
            assert (two.consumer.folder / "dripping.csv.part.transfer").read_text().startswith("urn:uuid:")
            command(two.provider, "agreement", "end", agreement, "--reason", "調査の終了")
            _, told = one.communicate(timeout=90)
    assert (one.returncode, "調査の終了" in told.decode()) == (1, True), told.decode()
    assert not (two.consumer.folder / "dripping.csv").exists()


def test_a_pull_that_broke_off_goes_on_as_the_same_use(two: Pair, shared: Path) -> None:
    rows = (shared / FILE).read_bytes() * 60 + b"once"
    (two.provider.folder / "once.csv").write_bytes(rows)
    agreement = agreed(two, offered(two, "once", "--file", "once.csv", "--template", "times", "--set", "times.limit=1"))
    pid, address = two.start(agreement)
    broken_off(two.consumer.folder / "goes-on.csv", pid, address)
    kept, told = fetched(two, agreement, "goes-on.csv")
    assert kept == rows, told
    assert not list(two.consumer.folder.glob("goes-on.csv.part*"))


def broken_off(out: Path, pid: str, address: dict[str, Any]) -> None:
    """Leave what a command leaves that dies while it pulls."""
    with httpx.stream("GET", address["endpoint"], headers=bearer(address), timeout=90, trust_env=False) as answer:
        out.with_name(out.name + ".part").write_bytes(next(answer.iter_raw(1 << 20)))
        out.with_name(out.name + ".part.etag").write_text(answer.headers["etag"])
    out.with_name(out.name + ".part.transfer").write_text(pid)


def test_each_new_state_is_pushed_by_itself_until_the_agreement_ends(two: Pair, shared: Path) -> None:
    first = (shared / FILE).read_bytes()
    second = first + b'"a","b","c"\n'
    (two.provider.folder / "next.csv").write_bytes(second)
    agreement = agreed(two, dataset := offered(two, "pushed", "--file", str(shared / FILE), *RESEARCH_ONLY))
    with inbox("Bearer of-the-lab") as there:
        to = ("--push-to", there.address, "--push-authorization", "Bearer of-the-lab", "--follow")
        with running(two.consumer, "transfer", agreement, *to, *DECLARED) as one:
            assert soon(lambda: there.taken == [first], wait_s=90)
            command(two.provider, "replace", dataset, "--file", "next.csv")
            assert soon(lambda: there.taken == [first, second], wait_s=90)
            command(two.provider, "agreement", "end", agreement, "--reason", "調査の終了")
            _, told = one.communicate(timeout=90)
    assert (one.returncode, "調査の終了" in told.decode(), there.refused) == (0, True, 0), told.decode()


@pytest.mark.parametrize(("language", "remedy"), [("en", "whether it is there"), ("ja", "場所と権限")])
def test_a_file_that_cannot_be_written_is_told_before_a_transfer_begins(two: Pair, language: str, remedy: str) -> None:
    words = ("transfer", "https://city.example/agreements/0", "--out", "nowhere/here.csv")
    _, told = command(two.consumer, *words, language=language, status=1)
    assert (told.startswith("nowhere/here.csv.part"), remedy in told) == (True, True), told


def test_a_provider_that_does_not_answer_is_named_while_the_service_goes_on(two: Pair, shared: Path) -> None:
    agreement = agreed(two, offered(two, "silent", "--file", str(shared / OTHER), *RESEARCH_ONLY))
    two.provider.kill()
    _, told = command(two.consumer, "transfer", agreement, "--out", "silent.csv", "--wait", "2", status=1)
    two.provider.start()
    assert ("the service goes on" in told, "cannot be connected to" in told) == (True, True), told
    assert soon(lambda: transfers(two.provider, agreement), wait_s=90)
