"""Either side says another word while its last one, or the peer's, is on its way: afterwards both agree all the same."""

import random
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.campaign.exchanges import agreements_agree, both_agree, settle, stored
from tests.campaign.harness import amount
from tests.journeys.pair import Pair, pair, participant, settled

pytestmark = pytest.mark.campaign
SEED = 20266
PAIRS = (("complete", "terminate"), ("suspend", "complete"), ("complete", "suspend"), ("suspend", "terminate"))


class Hurry:
    """Ends negotiations in the moment of their conclusion, and says two words of a transfer at once."""

    def __init__(self, two: Pair, consumer: httpx.Client, provider: httpx.Client) -> None:
        self.two, self.consumer, self.provider = two, consumer, provider
        self.dice = random.Random(SEED)

    def turn(self, dataset: str) -> None:
        asked = {"provider": participant(self.two.provider), "dataset": dataset}
        pid = self.consumer.post("/exchange/negotiations", json=asked).json()["pid"]
        theirs = self._verified(pid)
        self.provider.post(f"/exchange/negotiations/{theirs}/terminate", json={"reason": "x"})
        agreed = settled(self.consumer, "negotiations", pid)
        if agreed["state"] == "FINALIZED":
            self._transfer(agreed["agreement"])

    def _verified(self, pid: str) -> str:
        """The provider's id of a negotiation, at once when it is verified there: the next message is on its way then."""
        its = f"SELECT pid FROM processes WHERE peer_pid = '{pid}' AND state IN ('VERIFIED', 'FINALIZED')"
        while not (found := stored(self.two.provider, its)):
            time.sleep(0.0005)
        return str(found[0][0])

    def _transfer(self, agreement: str) -> None:
        begun = self.consumer.post("/exchange/transfers", json={"agreement": agreement}).json()
        moved = settled(self.consumer, "transfers", begun["pid"])
        who, pid = self.dice.choice(((self.consumer, moved["pid"]), (self.provider, moved["peerPid"])))
        words = [threading.Thread(target=_say, args=(who, pid, word)) for word in self.dice.choice(PAIRS)]
        for word in words:
            word.start()
            time.sleep(self.dice.choice((0.005, 0.01, 0.02)))
        for word in words:
            word.join(60)


def _say(who: httpx.Client, pid: str, word: str) -> None:
    said: Any = None if word == "complete" else {"reason": "x"}
    assert who.post(f"/exchange/transfers/{pid}/{word}", json=said).status_code in (200, 409)


def test_whatever_is_said_instead_of_something_else_both_sides_end_alike(tmp_path: Path) -> None:
    with pair(tmp_path) as two, two.consumer.client() as consumer, two.provider.client() as provider:
        hurry, dataset = Hurry(two, consumer, provider), two.offer()
        for _ in range(amount(200)):
            hurry.turn(dataset)
        settle(two)
        late = "SELECT count(*) FROM steps WHERE note LIKE '%too late%'"
        number = sum(stored(side, late)[0][0] for side in (two.provider, two.consumer))
        print(f"seed {SEED}: {dict(both_agree(two))}, {agreements_agree(two)} agreements, {number} words too late")
