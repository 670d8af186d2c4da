"""R01 of the reliability campaign: kill -9 of the server or of the loader while whole catalogs are published.

A catalog file has versions; every description of a version bears its number twice. After a kill each dataset must be of
the version last acknowledged or of the one that was being loaded, all of it, and the same load again must end the work.
"""

import random
import subprocess
import threading
import time
from pathlib import Path

import httpx
import orjson
import pytest

from tests.campaign.harness import FULL, Server, amount, deployment
from tests.campaign.shelves import DATASETS, Shelf

pytestmark = pytest.mark.campaign
SEED = 20262


class Campaign:
    """Loads by command beside the server and by PUT through it, each cut short."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.file = folder / "catalog.ttl"
        self.dice = random.Random(SEED)
        self.by_command, self.by_put = Shelf("loaded"), Shelf("put")

    def turn(self) -> str:
        """One load, cut short by a kill of the server, of the loader or of both."""
        victim = self.dice.choice(["server in PUT", "server in PUT", "loader", "loader and server", "server in load"])
        if victim == "server in PUT":
            self._put(self.by_put)
        else:
            self._load(self.by_command, victim)
        if self.server.process is None:
            self.server.recover()
        with self.server.client() as client:
            for shelf in (self.by_command, self.by_put):
                shelf.settle(client)
        return victim

    def _put(self, shelf: Shelf) -> None:
        shelf.under_way += 1
        content, moment_s = shelf.text(shelf.under_way), self.dice.uniform(0, 1.1 * shelf.how_long_s)

        def send() -> None:
            with self.server.client() as client:
                began = time.monotonic()
                try:
                    answer = client.put(
                        f"/catalogs/{shelf.id}", content=content, headers={"content-type": "text/turtle"}
                    )
                except httpx.TransportError:
                    return
                assert answer.status_code in (200, 201), answer.text
                shelf.acknowledged, shelf.how_long_s = shelf.under_way, time.monotonic() - began

        sender = threading.Thread(target=send)
        sender.start()
        time.sleep(moment_s)
        self.server.kill()
        sender.join(60)

    def _load(self, shelf: Shelf, victim: str) -> None:
        shelf.under_way += 1
        self.file.write_text(shelf.text(shelf.under_way), "utf-8")
        began = time.monotonic()
        loader = self.server.began("load", str(self.file), "--catalog", shelf.id, "--json")
        moment_s = self.dice.uniform(0.2 * shelf.how_long_s, 1.1 * shelf.how_long_s)
        ended = self._ended(loader, moment_s)
        if "server" in victim:
            self.server.kill()
        if "loader" in victim:
            loader.kill()
        output, _ = loader.communicate(timeout=120)  # a loader beside a killed server goes on to its end
        if loader.returncode == 0:
            found = orjson.loads(output)
            assert sum(found["by_kind"]["Dataset"].values()) == DATASETS, found
            shelf.acknowledged = shelf.under_way
        else:
            assert "loader" in victim, output
        if ended:
            shelf.how_long_s = time.monotonic() - began

    @staticmethod
    def _ended(loader: subprocess.Popen[bytes], within_s: float) -> bool:
        try:
            loader.wait(within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def finish(self) -> None:
        """What was cut short is ended by the same load again; a second one changes nothing."""
        for shelf in (self.by_command, self.by_put):
            shelf.under_way += 1
            self.file.write_text(shelf.text(shelf.under_way), "utf-8")
            for _ in range(2):
                done = self.server.renkei("load", str(self.file), "--catalog", shelf.id, "--json")
                assert done.returncode == 0, done.stderr
            assert orjson.loads(done.stdout)["by_kind"]["Dataset"]["unchanged"] == DATASETS
            shelf.acknowledged = shelf.under_way


def test_r01_kill_9_during_loads_loses_nothing_acknowledged_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    turns = amount(140)
    with deployment(tmp_path) as server:
        campaign = Campaign(server, tmp_path)
        for turn in range(turns):
            print(f"seed {SEED}, turn {turn}", end=": ", flush=True)
            print(campaign.turn(), flush=FULL)
        campaign.finish()
        with server.client() as client:
            for shelf in (campaign.by_command, campaign.by_put):
                shelf.settle(client)
        server.stop()
        assert server.check()["clean"]
