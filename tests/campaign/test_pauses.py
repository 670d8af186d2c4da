"""R07: a side that stands still in the middle of its steps, and goes on, does none of them twice."""

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.campaign.exchanges import (
    People,
    agreements_agree,
    at_work,
    both_agree,
    counters_are_exact,
    settle,
    steps,
    stored,
)
from tests.campaign.forking import ForkedServer, nursery
from tests.campaign.harness import FULL, Server
from tests.journeys.pair import Pair, introduce

pytestmark = pytest.mark.campaign
SEED = 20265
PAUSES, LONG_S = (20, 35) if FULL else (6, 1)  # the lease of a message is 30 s
SETTINGS = {"RENKEI_ALLOW_PRIVATE": '["127.0.0.1"]', "RENKEI_ALARM_S": "600"}


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Pair]:
    with nursery() as opened:
        sides = []
        for name in ("provider", "consumer"):
            (tmp_path / name).mkdir()
            sides.append(ForkedServer(opened, tmp_path / name, **SETTINGS))
            sides[-1].start()
        introduce(sides[0], sides[1])
        introduce(sides[1], sides[0])
        yield Pair(*sides)
        for side in sides:
            if side.process is not None:
                side.kill()


def paused(sides: list[Server], seconds: float) -> None:
    """Let processes stand still for a time."""
    for side in sides:
        os.kill(side.pid, signal.SIGSTOP)
    time.sleep(seconds)
    for side in sides:
        os.kill(side.pid, signal.SIGCONT)


def done_twice(server: Server) -> list[object]:
    """Steps that led a process into one state twice, where it can be in it only once."""
    query = (
        "SELECT pid, state, count(*) FROM steps WHERE direction = 'out' AND status BETWEEN 200 AND 299 "
        "AND state NOT IN ('STARTED', 'SUSPENDED') GROUP BY pid, message, state HAVING count(*) > 1"
    )
    return list(stored(server, query))


def test_r07_a_pause_in_the_middle_of_steps_doubles_none(two: Pair) -> None:
    dice = random.Random(SEED)
    datasets = [two.offer(content=f"row\n{number}\n".encode()) for number in range(3)]
    people = [People(two, datasets, f"{SEED}{name}") for name in "abcd"]
    with at_work(people):
        for _ in range(PAUSES):
            steps(people, dice.choice((1, 2, 3)))
            sides = dice.choice(([two.provider], [two.consumer], [two.provider, two.consumer]))
            paused(sides, LONG_S * dice.uniform(0.5, 1))
    settle(two)
    states = both_agree(two)
    for side in (two.provider, two.consumer):
        side.stop()
        assert side.renkei("audit", "verify").returncode == 0
        assert done_twice(side) == []
    uses, agreements = counters_are_exact(two, people), agreements_agree(two)
    print(f"seed {SEED}, {PAUSES} pauses: {dict(states)}, {agreements} agreements, {uses} uses")
    assert sum(one.finalized for one in people) >= PAUSES // 2
