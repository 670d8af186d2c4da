"""The SPARQL 1.1 Protocol suite of the W3C, sent to the whole application.

Its updates are refused here by design, so of its update tests those that expect a refusal are run as they are and those
that expect success are held to be refused (UPDATES). The store is filled with the suite's graphs as plain named graphs,
which a deployment of ours offers only when told to (`open_dataset`).
"""

import dataclasses
import tarfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from pyoxigraph import BlankNode, Dataset, Literal, NamedNode, RdfFormat, parse

from api.app import create_app
from api.settings import Settings
from catalog.sparql import Sparql
from stores.graphs.port import GraphChange

pytestmark = pytest.mark.anyio
FOLDER = "sparql/sparql11/protocol"
BASE = f"http://suite.example/{FOLDER}/"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
HT = "http://www.w3.org/2011/http#"
CNT = "http://www.w3.org/2011/content#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
RDF_NS = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
FORMATS = {"boolean": "sparql-results", "tabular": "sparql-results", "RDF": ""}
NAMES = [
    "query_post_form",
    "query_dataset_default_graphs_get",
    "query_dataset_default_graphs_post",
    "query_dataset_named_graphs_post",
    "query_dataset_named_graphs_get",
    "query_dataset_full",
    "query_multiple_dataset",
    "query_get",
    "query_content_type_select",
    "query_content_type_ask",
    "query_content_type_describe",
    "query_content_type_construct",
    "query_post_direct",
    "bad_query_method",
    "bad_multiple_queries",
    "bad_query_wrong_media_type",
    "bad_query_missing_form_type",
    "bad_query_missing_direct_type",
    "bad_query_non_utf8",
    "bad_query_syntax",
    "bad_update_get",
    "bad_multiple_updates",
    "bad_update_wrong_media_type",
    "bad_update_missing_form_type",
    "bad_update_non_utf8",
    "bad_update_syntax",
    "bad_update_dataset_conflict",
]
UPDATES = [
    "update_dataset_default_graph",
    "update_dataset_default_graphs",
    "update_dataset_named_graphs",
    "update_dataset_full",
    "update_post_form",
    "update_post_direct",
    "update_base_uri",
]


@dataclass(frozen=True)
class Step:
    """One request of a test, and what its answer must be."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    status: frozenset[str]
    boolean: bool | None
    format: str | None


class Manifest:
    """The suite's manifest, read as a graph."""

    def __init__(self, shared: Path) -> None:
        with tarfile.open(shared / "data/dcat/testsuites/w3c-sparql.tar.gz") as archive:
            self.files = {
                member.name.removeprefix(FOLDER + "/"): stream.read()
                for member in archive
                if member.name.startswith(FOLDER) and (stream := archive.extractfile(member))
            }
        self.graph = Dataset(parse(self.files["manifest.ttl"], RdfFormat.TURTLE, base_iri=BASE + "manifest.ttl"))
        [self.prefix] = {
            quad.subject.value.rsplit("#", 1)[0] + "#"
            for quad in self.graph.quads_for_object(NamedNode(MF + "ProtocolTest"))
        }

    def values(self, node: Any, name: str) -> list[Any]:
        return [quad.object for quad in self.graph.quads_for_subject(node) if quad.predicate.value == name]

    def value(self, node: Any, name: str) -> Any:
        return next(iter(self.values(node, name)), None)

    def items(self, node: Any) -> Iterator[Any]:
        while isinstance(node, BlankNode):
            yield self.value(node, RDF_NS + "first")
            node = self.value(node, RDF_NS + "rest")

    @property
    def tests(self) -> set[str]:
        found = self.graph.quads_for_object(NamedNode(MF + "ProtocolTest"))
        return {quad.subject.value.removeprefix(self.prefix) for quad in found}

    def graphs(self, test: str) -> dict[str, bytes]:
        nodes = self.values(NamedNode(self.prefix + test), UT + "graphData")
        return {
            self.value(node, LABEL).value: self.files[self.value(node, UT + "graph").value.removeprefix(BASE)]
            for node in nodes
        }

    def steps(self, test: str) -> list[Step]:
        action = self.value(NamedNode(self.prefix + test), MF + "action")
        return [self.step(node) for node in self.items(self.value(action, HT + "requests"))]

    def step(self, node: Any) -> Step:
        body, answer = self.value(node, HT + "body"), self.value(node, HT + "resp")
        headers = [
            (self.value(header, HT + "fieldName").value, self.value(header, HT + "fieldValue").value)
            for header in self.items(self.value(node, HT + "headers"))
        ]
        encoding = self.value(body, CNT + "characterEncoding").value if body else "UTF-8"
        boolean, form = self.value(answer, MF + "expectedBoolean"), self.value(answer, MF + "expectedFormat")
        return Step(
            self.value(node, HT + "methodName").value,
            self.value(node, HT + "absolutePath").value.replace("/sparql/", "/sparql", 1),
            tuple(headers),
            self.value(body, CNT + "chars").value.encode(encoding) if body else b"",
            frozenset(code.value[-3] for code in self.values(answer, MF + "expectedStatus")),
            boolean.value == "true" if isinstance(boolean, Literal) else None,
            form.value if form else None,
        )


@cache
def manifest_of(shared: Path) -> Manifest:
    return Manifest(shared)


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Any]:
    values = {"data": tmp_path, "operator_token": "x", "log_level": "error", "base_iri": "http://www.example"}
    app = create_app(Settings.model_validate(values))
    async with app.router.lifespan_context(app):
        service = app.state.service
        sparql = Sparql(service.graphs, open_dataset=True)
        app.state.service = dataclasses.replace(service, sparql=sparql)
        yield app
        await sparql.close()


async def answers(app: Any, shared: Path, test: str) -> list[tuple[Step, httpx.Response]]:
    manifest = manifest_of(shared)
    changes = [
        GraphChange(f"graph/{name}", (), data.decode().splitlines()) for name, data in manifest.graphs(test).items()
    ]
    await app.state.service.graphs.apply(changes, 0)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://www.example") as client:
        return [
            (step, await client.request(step.method, step.path, headers=dict(step.headers), content=step.body))
            for step in manifest.steps(test)
        ]


@pytest.mark.parametrize("test", NAMES)
async def test_the_endpoint_answers_as_the_protocol_says(app: Any, shared: Path, test: str) -> None:
    for step, answer in await answers(app, shared, test):
        assert str(answer.status_code)[0] in step.status, answer.text
        if step.boolean is not None:
            assert answer.json()["boolean"] is step.boolean
        if step.format is not None:
            assert FORMATS[step.format] in answer.headers["content-type"]


@pytest.mark.parametrize("test", UPDATES)
async def test_an_update_is_refused_whatever_its_form(app: Any, shared: Path, test: str) -> None:
    updates = [answer for step, answer in await answers(app, shared, test) if b"ASK" not in step.body]
    assert updates
    assert all(400 <= answer.status_code < 500 for answer in updates)


def test_no_test_of_the_suite_is_left_out(shared: Path) -> None:
    assert manifest_of(shared).tests == {*NAMES, *UPDATES}


async def test_the_endpoint_describes_itself(app: Any) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://www.example") as client:
        answer = await client.get("/sparql", headers={"accept": "text/turtle"})
    triples = {
        (quad.predicate.value, quad.object.value) for quad in parse(answer.content, RdfFormat.TURTLE)
        if not isinstance(quad.object, BlankNode)
    }  # fmt: skip
    sd = "http://www.w3.org/ns/sparql-service-description#"
    assert {(RDF_NS + "type", sd + "Service"), (sd + "endpoint", "http://www.example/sparql")} <= triples
