"""People who negotiate, transfer and end things while servers die, and what must hold of both sides afterwards."""

import contextlib
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import orjson

from tests.campaign.harness import Server
from tests.campaign.inquest import inquest
from tests.journeys.pair import RESEARCH, Pair, bearer, participant

_LOST = (httpx.HTTPError, KeyError, ValueError)  # the server died, is not up yet, or the other one is not
LIMIT, TOLD = 3, 3
WORDS = ("suspend", "suspend", "resume", "complete", "terminate")
SETTLED_S = 150  # a request that a dying server took in is given up after 30 s, and tried again


class People:
    """Ask, pull and end again and again, and remember how often data came whole."""

    def __init__(self, two: Pair, datasets: list[str], seed: str) -> None:
        self.two, self.datasets, self.dice = two, datasets, random.Random(seed)
        self.pulled: Counter[str] = Counter()
        self.attempts: Counter[str] = Counter()
        self.finalized = self.steps = 0
        self.agreements: list[str] = []
        self.provider: httpx.Client

    def work(self, until: threading.Event) -> None:
        with self.two.consumer.client() as client, self.two.provider.client() as self.provider:
            client.timeout = self.provider.timeout = httpx.Timeout(5)
            while not until.is_set():
                with contextlib.suppress(*_LOST):
                    self._negotiate(client, until)
                time.sleep(0.01)

    def _negotiate(self, client: httpx.Client, until: threading.Event) -> None:
        if self.agreements and self.dice.random() < 0.5:
            return self._transfer(client, self.dice.choice(self.agreements), until)
        asked = {"provider": participant(self.two.provider), "dataset": self.dice.choice(self.datasets)}
        pid = client.post("/exchange/negotiations", json=asked).json()["pid"]  # else the provider is not there
        self.steps += 1
        if self.dice.random() < 0.2:
            time.sleep(self.dice.uniform(0, 0.1))
            self._say(client, "negotiations", pid)
        agreed = self._settled(client, "negotiations", pid, until)
        if agreed["state"] != "FINALIZED":
            return
        self.finalized += 1
        self.agreements.append(agreed["agreement"])
        self._transfer(client, agreed["agreement"], until)

    def _transfer(self, client: httpx.Client, agreement: str, until: threading.Event) -> None:
        begun = client.post("/exchange/transfers", json={"agreement": agreement}).json()
        if self.dice.random() < 0.2:
            self._say(client, "transfers", begun["pid"])
        moved = self._settled(client, "transfers", begun["pid"], until)
        if moved["state"] == "STARTED":
            address = client.get(f"/exchange/transfers/{begun['pid']}/address").json()["dataAddress"]
            for _ in range(2):
                self.attempts[agreement] += 1
                answer = self.provider.get(address["endpoint"], params=RESEARCH, headers=bearer(address))
                self.pulled[agreement] += answer.status_code == 200
                self.steps += 1
        for _ in range(self.dice.choice((0, 1, 2, 3))):
            self._say(client, "transfers", begun["pid"])

    def _say(self, client: httpx.Client, kind: str, pid: str) -> None:
        """By the consumer, or by the provider, who knows it by another id; an earlier word may be on its way still."""
        word = "terminate" if kind == "negotiations" else self.dice.choice(WORDS)
        said = {"reason": "x"} if word in ("suspend", "terminate") else None
        if self.dice.random() < 0.5:
            client.post(f"/exchange/{kind}/{pid}/{word}", json=said)
            return
        theirs = client.get(f"/exchange/{kind}/{pid}").json()["peerPid"]
        self.provider.post(f"/exchange/{kind}/{theirs}/{word}", json=said)

    def _settled(self, client: httpx.Client, kind: str, pid: str, until: threading.Event) -> dict[str, Any]:
        found: dict[str, Any] = {"state": "unknown"}
        end = time.monotonic() + 5
        while time.monotonic() < end and not until.is_set():
            found = client.get(f"/exchange/{kind}/{pid}").json()
            if found["waitsFor"] != "peer":
                self.steps += 1
                break
            time.sleep(0.01)
        return found


def all_of(server: Server, kind: str) -> list[dict[str, Any]]:
    """Every negotiation or transfer of a side."""
    found: list[dict[str, Any]] = []
    with server.client() as client:
        while True:
            page = client.get(f"/exchange/{kind}", params={"limit": 500, "offset": len(found)}).json()
            found += page["items"]
            if len(found) >= page["total"] or not page["items"]:
                return found


def settle(two: Pair) -> None:
    """Wait until no side waits for the other; what waits out a pause between two tries is sent at once."""
    end = time.monotonic() + SETTLED_S
    while time.monotonic() < end:
        waiting = [
            (server, kind, each)
            for server in (two.provider, two.consumer)
            for kind in ("negotiations", "transfers")
            for each in all_of(server, kind)
            if each["waitsFor"] == "peer"
        ]
        if not waiting:
            return
        for server, kind, each in waiting:
            with server.client() as client:
                client.post(f"/exchange/{kind}/{each['pid']}/retry")
        time.sleep(0.3)
    raise AssertionError(f"still waiting: {inquest(two, [each['pid'] for _, _, each in waiting][:TOLD])}")


def both_agree(two: Pair) -> Counter[str]:
    """Each process is on both sides, once, in one state; how many are in which."""
    states: Counter[str] = Counter()
    for kind in ("negotiations", "transfers"):
        theirs = {each["peerPid"]: each for each in all_of(two.provider, kind)}
        ours = all_of(two.consumer, kind)
        assert len(theirs) == len(all_of(two.provider, kind)), "one process of the consumer began two at the provider"
        assert set(theirs) <= {each["pid"] for each in ours}
        for each in ours:
            other = theirs.get(each["pid"])
            alone = other is None and (each["state"], each["peerPid"]) == ("TERMINATED", None)
            same = other is not None and (each["state"], each["peerPid"]) == (other["state"], other["pid"])
            assert alone or same, inquest(two, [each["pid"]])
            states[f"{kind} {each['state']}"] += 1
    return states


def stored(server: Server, query: str) -> list[tuple[Any, ...]]:
    """Rows of the database of a side."""
    with contextlib.closing(sqlite3.connect(server.data / "renkei.sqlite")) as database:
        return database.execute(query).fetchall()


def agreements_agree(two: Pair) -> int:
    """What one side holds as concluded, the other holds with the same content; how many these are."""
    query = "SELECT iri, hash FROM agreements WHERE state = 'finalized'"
    theirs, ours = sorted(stored(two.provider, query)), sorted(stored(two.consumer, query))
    assert theirs == ours
    return len(ours)


def counters_are_exact(two: Pair, people: list[People]) -> int:
    """Each use is counted once, no agreement is used more than agreed, and nothing came that was not counted."""
    counted: Counter[str] = Counter()
    for agreement, consumed, continues in stored(
        two.provider, "SELECT agreement, consumed, continues FROM releases WHERE agreement IS NOT NULL"
    ):
        counted[agreement] += sum(amount for *_, amount in orjson.loads(consumed or "[]")) if not continues else 0
    used = dict(stored(two.provider, "SELECT policy, SUM(used) FROM counters WHERE node <> '' GROUP BY policy"))
    for agreement, number in counted.items():
        assert used.get(agreement, 0) == number <= LIMIT, agreement
    for one in people:
        for agreement, number in one.pulled.items():
            assert number <= counted[agreement] <= one.attempts[agreement], agreement
    return counted.total()


def steps(people: list[People], number: int, wait_s: float = 5) -> None:
    """Wait until they came so many steps on, or for so long."""
    end, wanted = time.monotonic() + wait_s, sum(one.steps for one in people) + number
    while sum(one.steps for one in people) < wanted and time.monotonic() < end:
        time.sleep(0.005)


@contextlib.contextmanager
def at_work(people: list[People]) -> Iterator[None]:
    """Let them work meanwhile."""
    until = threading.Event()
    threads = [threading.Thread(target=one.work, args=(until,)) for one in people]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        until.set()
        for thread in threads:
            thread.join(60)
