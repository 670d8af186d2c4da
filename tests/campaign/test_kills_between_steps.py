"""R02 of the reliability campaign: the process ends between each pair of steps of a write.

The places are found by reading the source, so a new one is tried without anybody writing it down here.
"""

import random
import re
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from tests.campaign.harness import FULL, Server, deployment
from tests.campaign.shelves import Shelf
from tests.campaign.writers import Writer

pytestmark = pytest.mark.campaign
SEED = 20263
CRASHED = 137
ROUNDS = 8


def places() -> list[str]:
    """The names of all fail-points in the source."""
    found = []
    for package in ("stores", "journal", "participants", "catalog", "loaders", "api"):
        spec = find_spec(package)
        assert spec is not None
        for folder in spec.submodule_search_locations or ():
            for file in sorted(Path(folder).rglob("*.py")):
                found += re.findall(r"""^\s+passing\(["']([^"']+)["']\)""", file.read_text("utf-8"), re.MULTILINE)
    return found


def test_every_step_that_writes_has_places_around_it_and_each_name_is_unique() -> None:
    found = places()
    assert len(found) == len(set(found))
    for step in ("a commit", "a small change of the graphs", "a checkpoint", "a commit of the index"):
        assert {f"before {step}", f"after {step}"} <= set(found)


class Work:
    """Everything that makes a server write: single writes, a query, a whole catalog that replaces the former."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.writer = Writer(server, "step", random.Random(SEED))
        self.shelf = Shelf("put")

    def until_the_end(self) -> None:
        """Work until the server is gone; it must be gone within some rounds."""
        try:
            with self.server.client() as client:
                for _ in range(ROUNDS):
                    self._round(client)
        except httpx.TransportError:
            return
        raise AssertionError(f"not passed in {ROUNDS} rounds of work")

    def _round(self, client: httpx.Client) -> None:
        for _ in range(3):
            self.writer.write(client)
        client.post("/sparql", data={"query": "ASK { ?s ?p ?o }"})
        self.shelf.under_way += 1
        answer = client.put(
            "/catalogs/put?replace=true&confirm=true", content=self.shelf.text(self.shelf.under_way),
            headers={"content-type": "text/turtle"},
        )  # fmt: skip
        assert answer.status_code in (200, 201), answer.text
        self.shelf.acknowledged = self.shelf.under_way

    def settle(self) -> None:
        """What was acknowledged is there, and what was not is there whole or not at all."""
        assert not self.writer.unexpected, self.writer.unexpected
        with self.server.client() as client:
            self.writer.settle(client)
            self.shelf.settle(client)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    with deployment(tmp_path_factory.mktemp("steps")) as server:
        with server.client() as client:
            assert client.post("/catalogs", json={"id": "c"}).status_code == 201
        yield Work(server)


@pytest.mark.parametrize("place", places())
@pytest.mark.parametrize("time", [1, 2, 3] if FULL else [1])
def test_r02_a_crash_between_two_steps_loses_nothing(work: Work, place: str, time: int) -> None:
    server = work.server
    server.stop()
    if place.endswith("emptied"):  # what only a rebuild does, once
        assert server.renkei("rebuild", RENKEI_FAILPOINT=f"{place}:1").returncode == CRASHED
    else:
        process = server.launch(RENKEI_FAILPOINT=f"{place}:{time}")
        if server.answers():
            work.until_the_end()
        assert process.wait(20) == CRASHED
        server.reap()
    server.recover()
    work.settle()
