"""R19, bodies that are well-formed and odd all the same: refused with a reason, or taken and read back as given."""

import itertools
import time
from collections.abc import Iterator, Sequence

import httpx
import pytest
from hypothesis import strategies as st
from pyoxigraph import Triple

from ontology.description import TooEntangled, canonicalize
from ontology.reading import Syntax, read
from ontology.writing import write
from tests.campaign.graphs import CKAN, Body, json_ld, turtle
from tests.campaign.harness import Server, amount, deployment
from tests.campaign.judging import judge, tried

pytestmark = pytest.mark.campaign
SEED = 20267
BODIES = 3_000  # of which each of three addresses gets a third
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with deployment(tmp_path_factory.mktemp("structured"), RENKEI_LOG_LEVEL="error") as found:
        with found.client() as client:
            client.post("/catalogs", json={"id": "c"})
        yield found


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as found:
        yield found


class Trial:
    """Sends bodies and keeps what went wrong."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.wrong: list[tuple[str, str, bytes]] = []
        self.statuses: dict[int, int] = {}

    def send(self, method: str, path: str, body: Body) -> httpx.Response:
        began = time.monotonic()
        answer = self.client.request(method, path, content=body.data, headers={"content-type": body.media_type})
        self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
        self.note(judge(answer, time.monotonic() - began), body)
        return answer

    def compare(self, given: Sequence[Triple], path: str, body: Body) -> None:
        """What is at the address is what was given, both up to the names of blank nodes."""
        answer = self.client.get(path)
        try:
            back = list(read(answer.content, media_type="application/n-triples", base_iri="urn:x:"))
            same = canonicalize(back) == canonicalize(given)
        except TooEntangled:
            return  # nobody can tell
        self.note(None if same else f"{path} reads {answer.text[:1500]}", body)

    def note(self, fault: str | None, body: Body) -> None:
        if fault is not None:
            self.wrong.append((f"seed {SEED}: {fault}", body.media_type, body.data[:3000]))

    def end(self, server: Server) -> None:
        print(self.statuses)
        assert not self.wrong, "\n".join(map(repr, self.wrong))
        assert server.process is not None
        assert server.process.poll() is None


def named(body: Body, iri: str, number: int) -> Body:
    data = body.data.replace(b"{iri}", iri.encode()).replace(b"{name}", f"n{number}".encode())
    return Body(body.media_type, data)


def test_r19_no_odd_body_hurts_a_validation(server: Server, client: httpx.Client) -> None:
    trial = Trial(client)
    bodies = st.one_of(turtle("Dataset"), json_ld("Dataset"), CKAN)
    tried(bodies, amount(BODIES) // 3, SEED, lambda body: trial.send("POST", "/validate", named(body, "urn:d", 0)))
    trial.end(server)


def test_r19_an_odd_dataset_is_refused_or_reads_back_as_given(server: Server, client: httpx.Client) -> None:
    trial = Trial(client)

    def work(case: Body) -> None:
        number = next(NUMBERS)
        body = named(case, f"https://city.example/odd/{number}", number)
        answer = trial.send("POST", "/catalogs/c/datasets", body)
        if answer.status_code == 201:
            given = list(read(body.data, media_type=body.media_type, base_iri=f"{server.base}/"))
            kept = write(given, Syntax.N_TRIPLES).data  # without what strict readers would stumble over
            strict = list(read(kept, media_type="application/n-triples", base_iri="urn:x:"))
            trial.compare(strict, f"{answer.headers['location']}?format=nt", body)

    tried(st.one_of(turtle("Dataset"), json_ld("Dataset")), amount(BODIES) // 3, SEED, work)
    assert trial.statuses[201] > amount(BODIES) // 30
    trial.end(server)


def test_r19_an_odd_catalog_is_refused_or_its_dump_is_as_given(server: Server, client: httpx.Client) -> None:
    trial = Trial(client)

    def work(case: Body) -> None:
        number = next(NUMBERS)
        body = named(case, f"https://city.example/cat/{number}", number)
        answer = trial.send("PUT", f"/catalogs/o{number}", body)
        if answer.status_code == 201 and b'"name": "n' not in body.data and answer.json()["refused"] == 0:
            base = f"urn:renkei:source:o{number}/"
            given = list(read(body.data, media_type=body.media_type, base_iri=base))
            trial.compare(given, f"/catalogs/o{number}/dump?format=nt&exact=true", body)

    tried(st.one_of(turtle("Catalog"), json_ld("Catalog"), CKAN), amount(BODIES) // 3, SEED, work)
    assert trial.statuses[201] > amount(BODIES) // 30
    trial.end(server)
