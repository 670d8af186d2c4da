"""Either side of negotiations and transfers dies at any moment: afterwards both agree, and every use counts once."""

import random
import re
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.campaign.exchanges import People, agreements_agree, at_work, both_agree, counters_are_exact, settle, steps
from tests.campaign.forking import ForkedServer, nursery
from tests.campaign.harness import FULL, amount
from tests.journeys.pair import Pair, introduce

pytestmark = pytest.mark.campaign
SEED = 20265
CRASHED = 137
SETTINGS = {"RENKEI_ALLOW_PRIVATE": '["127.0.0.1"]', "RENKEI_ALARM_S": "600"}
DATASETS = 3
DEAL = 8  # steps of people that a negotiation with its transfer comes to
COMMITS = {"before a commit": 7, "after a commit": 7}  # a start makes some itself, a step several


def places() -> list[str]:
    """The names of all fail-points of the exchange, and those around what it stores."""
    spec = find_spec("exchange")
    assert spec is not None
    texts = [
        file.read_text("utf-8")
        for folder in spec.submodule_search_locations or ()
        for file in sorted(Path(folder).rglob("*.py"))
    ]
    return [*re.findall(r"""^\s+passing\(["']([^"']+)["']\)""", "".join(texts), re.MULTILINE), *COMMITS]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Pair]:
    with nursery() as opened:
        sides = []
        for name in ("provider", "consumer"):
            (tmp_path / name).mkdir()
            sides.append(ForkedServer(opened, tmp_path / name, **SETTINGS))
            sides[-1].start()
        provider, consumer = sides
        introduce(provider, consumer)
        introduce(consumer, provider)
        yield Pair(provider, consumer)


def offered(two: Pair) -> list[str]:
    """Datasets that may be had three times under each agreement."""
    return [two.offer(content=f"row\n{number}\n".encode()) for number in range(DATASETS)]


def all_is_well(two: Pair, people: list[People]) -> str:
    """Both sides agree, at rest; then everything stored does."""
    settle(two)
    states = both_agree(two)
    for side in (two.provider, two.consumer):
        side.stop()
        verified = side.renkei("audit", "verify")
        assert verified.returncode == 0, verified.stdout.decode() + verified.stderr.decode()
    return f"{dict(states)}, {agreements_agree(two)} agreements, {counters_are_exact(two, people)} uses"


def test_r01_kill_9_of_either_side_leaves_both_in_agreement(two: Pair) -> None:
    dice, kills = random.Random(SEED), amount(500)
    people = [People(two, offered(two), f"{SEED}{name}") for name in "ab"]
    with at_work(people):
        for _ in range(kills):
            sides = dice.choice(
                ([two.provider], [two.consumer], [two.provider], [two.consumer], [two.provider, two.consumer])
            )
            steps(people, dice.choice((0, 1, 2, 4)))
            time.sleep(dice.choice((0, 0.05, 0.3)) * dice.random())
            for side in sides:
                side.kill()
            for side in sides:
                side.launch()
            if dice.random() < 0.7:  # else the next kill may come while they start
                assert all(side.answers() for side in sides)
        assert all(side.answers() for side in (two.provider, two.consumer))
    said = all_is_well(two, people)
    print(f"seed {SEED}, {kills} kills: {said}")
    assert sum(one.finalized for one in people) > kills // 10


@pytest.mark.parametrize("count", [1, 2, 3, 5] if FULL else [1])
def test_r02_a_crash_between_any_two_steps_leaves_both_in_agreement(two: Pair, count: int) -> None:
    datasets, crashes = offered(two), 0
    people = [People(two, datasets, f"{SEED}step{name}") for name in "ab"]
    with at_work(people):
        for place in places():
            for side in (two.provider, two.consumer):
                side.kill()
                process = side.launch(RENKEI_FAILPOINT=f"{place}:{count * COMMITS.get(place, 1)}")
                crashes += ended(process, people, DEAL * (count + 1))
                (side.kill if process.poll() is None else side.reap)()
                side.start()
    print(f"seed {SEED}, {crashes} crashes: {all_is_well(two, people)}")
    assert crashes >= len(places())


def ended(process: object, people: list[People], number: int, wait_s: float = 30) -> bool:
    """Whether a server came to its fail-point while people came so many steps on.

    One side passes some places in no process that the other begins.
    """
    end, wanted = time.monotonic() + wait_s, sum(one.steps for one in people) + number
    while time.monotonic() < end and sum(one.steps for one in people) < wanted:
        if process.poll() is not None:  # type: ignore[attr-defined]
            return bool(process.poll() == CRASHED)  # type: ignore[attr-defined]
        time.sleep(0.02)
    return False
