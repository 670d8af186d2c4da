"""A provider that begins: an operator proposes an offer by command, and a person of the other side decides."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.campaign.harness import OPERATOR
from tests.journeys.acquainting import acquainted, command
from tests.journeys.pair import DESCRIPTION, Pair, participant
from tests.journeys.test_continuing import soon

WAITING = {"waitsFor": "person"}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with acquainted(tmp_path_factory.mktemp("proposals")) as both:
        yield both


def offered(two: Pair, name: str) -> str:
    """An offer that the consumer has not asked for; its IRI."""
    (two.provider.folder / f"{name}.ttl").write_text(DESCRIPTION % f"https://city.example/d/{name}")
    (two.provider.folder / f"{name}.csv").write_text(f"hour,{name}\n1,2\n")
    offer, _ = command(
        two.provider, "offer", f"{name}.ttl", "--catalog", "city", "--file", f"{name}.csv", "--template", "open"
    )
    return offer


def queue(two: Pair) -> list[dict[str, Any]]:
    """What waits for a person of the consumer."""
    told = httpx.get(f"{two.consumer.base}/exchange/negotiations", params=WAITING, headers=OPERATOR, timeout=90)
    found: list[dict[str, Any]] = told.json()["items"]
    return found


def decide(two: Pair, act: str, **given: str) -> None:
    assert soon(lambda: queue(two))
    (waiting,) = queue(two)
    assert (waiting["role"], waiting["state"], waiting["peer"]) == ("consumer", "OFFERED", participant(two.provider))
    answer = httpx.post(f"{waiting['address']}/{act}", json=given, headers=OPERATOR, timeout=90)
    assert answer.status_code == 200, answer.text


def test_what_is_proposed_and_accepted_is_an_agreement_whose_data_the_consumer_pulls(two: Pair) -> None:
    offer = offered(two, "accepted")
    pid, _ = command(two.provider, "propose", participant(two.consumer), offer)
    decide(two, "accept")
    shown = f"{two.provider.base}/exchange/negotiations/{pid}"
    found = soon(lambda: httpx.get(shown, headers=OPERATOR, timeout=90).json()["state"] == "FINALIZED")
    assert found
    agreement = httpx.get(shown, headers=OPERATOR, timeout=90).json()["agreement"]
    command(two.consumer, "transfer", agreement, "--out", "accepted.csv")
    assert (two.consumer.folder / "accepted.csv").read_text() == "hour,accepted\n1,2\n"


def test_a_proposal_that_is_refused_is_told_with_the_reason(two: Pair) -> None:
    pid, _ = command(two.provider, "propose", participant(two.consumer), offered(two, "refused"))
    decide(two, "terminate", reason="We have these already.")
    shown = f"{two.provider.base}/exchange/negotiations/{pid}"
    assert soon(lambda: httpx.get(shown, headers=OPERATOR, timeout=90).json()["state"] == "TERMINATED")
    assert "We have these already." in httpx.get(shown, headers=OPERATOR, timeout=90).text


def test_what_cannot_be_proposed_is_told_in_the_language_of_the_reader(two: Pair) -> None:
    for language, said in (("en", "no offer"), ("ja", "提供条件はありません")):
        unknown = f"{two.provider.base}/offers/0000"
        _, told = command(two.provider, "propose", participant(two.consumer), unknown, language=language, status=1)
        assert said in told
