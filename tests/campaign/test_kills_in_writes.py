"""R01 of the reliability campaign: kill -9 while several clients write single descriptions.

Each client has datasets of its own and remembers what the server acknowledged, and the one request that was under way.
After the next start a dataset must be as it was acknowledged, or as the request under way would have made it.
"""

import random
import threading
import time
from pathlib import Path

import pytest

from tests.campaign.harness import Server, amount, deployment
from tests.campaign.writers import Writer, everything_agrees, found_by_word

pytestmark = pytest.mark.campaign
CLIENTS = 3
SEED = 20261


def test_r01_kill_9_during_single_writes_loses_nothing_acknowledged(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    with deployment(tmp_path) as server:
        with server.client() as client:
            assert client.post("/catalogs", json={"id": "c"}).status_code == 201
        writers = [Writer(server, name, random.Random(f"{SEED}{name}")) for name in "abc"[:CLIENTS]]
        turns = amount(60)
        for turn in range(turns):
            one_kill(server, writers, dice, f"seed {SEED}, turn {turn}")
        acknowledged = sum(one.acknowledged for one in writers)
        print(f"{turns} kills, {acknowledged} writes acknowledged, none lost")
        assert acknowledged > turns
        server.stop()
        assert server.check()["clean"]


def one_kill(server: Server, writers: list[Writer], dice: random.Random, place: str) -> None:
    """Write, kill, look at the remains and start again."""
    until = threading.Event()
    threads = [threading.Thread(target=one.run, args=(until,)) for one in writers]
    before = sum(one.acknowledged for one in writers)
    for thread in threads:
        thread.start()
    # The first write of a process compiles the shapes and takes long: mostly the kill comes after it.
    patience = time.monotonic() + dice.choice([0.3, 20, 20, 20])
    while sum(one.acknowledged for one in writers) == before and time.monotonic() < patience:
        time.sleep(0.002)
    time.sleep(dice.uniform(0, 1.5))
    server.kill()
    until.set()
    for thread in threads:
        thread.join(60)
    print(place)
    assert not any(one.unexpected for one in writers), [one.unexpected for one in writers]
    server.recover()
    with server.client() as client:
        for one in writers:
            one.settle(client)
            found_by_word(client, one)
        everything_agrees(client, writers)
