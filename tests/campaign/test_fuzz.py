"""R19 and R20 of the reliability campaign: documents, queries and requests made to hurt, against a real server.

Whatever comes in, the answer comes within its limits and is no 5xx, a refusal says what, where and how to mend it, the
process is the same as before, and nothing is fetched from the address that the inputs name.
"""

import gzip
import random
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from tests.campaign.harness import PREFIXES, TOKEN, Server, amount, deployment

pytestmark = pytest.mark.campaign
SEED = 20265
PATIENCE_S = 40
DOCUMENTS, REQUESTS = 12_000, 8_000
READERS = ("stranger", "reader", "provider", "operator")


class Canary:
    """A server on this machine that nobody may ask."""

    def __init__(self) -> None:
        self.line = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.line.getsockname()[1]}/"
        self.asked = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.line.accept()
            except OSError:
                return
            self.asked += 1
            connection.close()


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    found = Canary()
    yield found
    found.line.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with deployment(tmp_path_factory.mktemp("fuzz"), RENKEI_LOG_LEVEL="error") as found:
        with found.client() as client:
            client.post("/catalogs", json={"id": "c"})
        yield found


def seeds(address: str) -> dict[str, tuple[str, str, bytes]]:
    """For each front door a well-formed input that names the canary wherever something might be fetched."""
    turtle = f'{PREFIXES}@prefix owl: <http://www.w3.org/2002/07/owl#> .\nex:a a dcat:Dataset ; dct:title "人口 \\u00e9"@ja , """long"""@en-US ; owl:imports <{address}> ; dct:issued "2024-01-01"^^<http://www.w3.org/2001/XMLSchema#date> ; dcat:distribution [ a dcat:Distribution ; dcat:byteSize 1.5e3 ; dcat:accessURL <{address}f> ] , ( 1 true <{address}> ) .\n'
    lines = f'<urn:a> <http://purl.org/dc/terms/title> "t\\u00e9\\n"@en .\n_:b <urn:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .\n<urn:a> <{address}> <<( <urn:s> <urn:p> "o" )>> .\n'
    xml = f'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE r [<!ENTITY e SYSTEM "{address}e">]><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dct="http://purl.org/dc/terms/" xml:base="{address}"><rdf:Description rdf:about="urn:a"><dct:title xml:lang="ja">人口&e;</dct:title><dct:x rdf:parseType="Collection"><rdf:Description rdf:nodeID="b"/></dct:x></rdf:Description></rdf:RDF>'
    linked = f'{{"@context": ["{address}c.jsonld", {{"@import": "{address}i.jsonld", "dct": "http://purl.org/dc/terms/"}}], "@id": "urn:a", "@type": "http://www.w3.org/ns/dcat#Dataset", "dct:title": [{{"@value": "人口", "@language": "ja"}}, 1.5, null, true], "@graph": [{{"@id": "_:b", "dct:y": {{"@list": [1, "2"]}}, "@reverse": {{"dct:x": {{"@id": "urn:z"}}}}}}]}}'
    ckan = f'{{"success": true, "result": {{"name": "n", "title": "人口", "notes": "x", "url": "{address}", "extras": [{{"key": "spatial", "value": "{{}}"}}], "tags": [{{"name": "t"}}], "resources": [{{"id": "r", "url": "{address}", "format": "CSV", "size": 12, "created": "2024-01-01T00:00:00"}}], "organization": {{"title": "o"}}}}}}'
    yaml = f"---\nname: n\ntitle: 人口\nnotes: &a x\nurl: {address}\nresources:\n  - {{id: r, url: '{address}', name: *a}}\n---\nname: m\ntitle: t\n"
    dcat_us = f'{{"@context": "{address}", "conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "describedBy": "{address}", "dataset": [{{"@type": "dcat:Dataset", "identifier": "i", "title": "t", "description": "d", "keyword": ["k"], "modified": "R/P1Y", "publisher": {{"name": "p"}}, "contactPoint": {{"fn": "f", "hasEmail": "mailto:a@b.example"}}, "accessLevel": "public", "distribution": [{{"downloadURL": "{address}", "mediaType": "text/csv"}}]}}]}}'
    query = f'PREFIX dct: <http://purl.org/dc/terms/> SELECT ?s (COUNT(*) AS ?n) FROM <{address}> WHERE {{ ?s dct:title ?t . OPTIONAL {{ ?s dct:x/dct:y* ?o FILTER(REGEX(?t, "^(a+)+$") && ?o > 1) }} {{ SERVICE <{address}> {{ ?a ?b ?c }} }} UNION {{ VALUES ?s {{ <urn:a> }} }} }} GROUP BY ?s ORDER BY DESC(?n) LIMIT 5'
    return {
        "Turtle": ("POST /validate", "text/turtle", turtle.encode()),
        "TriG": ("POST /validate", "application/trig", f"{turtle} ex:g {{ ex:a ex:b ex:c }}".encode()),
        "N-Triples": ("POST /validate", "application/n-triples", lines.encode()),
        "N-Quads": ("POST /validate", "application/n-quads", lines.replace(" .\n", " <urn:g> .\n").encode()),
        "RDF/XML": ("POST /validate", "application/rdf+xml", xml.encode()),
        "JSON-LD": ("POST /validate", "application/ld+json", linked.encode()),
        "unnamed": ("POST /validate", "", turtle.encode()),
        "gzip": ("PUT /catalogs/c", "text/turtle", gzip.compress(turtle.encode(), mtime=0)),
        "CKAN JSON": ("PUT /catalogs/c", "application/json", ckan.encode()),
        "CKAN YAML": ("PUT /catalogs/c", "application/yaml", yaml.encode()),
        "DCAT-US": ("PUT /catalogs/c", "application/json", dcat_us.encode()),
        "a dataset": ("POST /catalogs/c/datasets", "text/turtle", turtle.encode()),
        "SPARQL": ("POST /sparql", "application/sparql-query", query.encode()),
        "search": ("GET /search?as=json&q=", "", '人口 "統計 data" -word title:x* OR (京都'.encode()),
    }


PIECES = tuple(
    piece.encode()
    for piece in ("<<( ", "[ ", "{ ", "( ", '"', "'", '"""', "\\u0000", "\\uD800", "\0", "\ufeff", "\u202e", "@en_US", "^^", "<", ">", "&e;",
                  "<!DOCTYPE x [", "]]>", "1E99999999", "9" * 400, "NaN", "_:", "@prefix", "BASE <", "SERVICE", "LOAD <", "#\n", "\r", ",", ";",
                  "javascript:alert(1)", "http://a b", "*a", "&a [*a,*a]", "-" * 30, "{{{{", "!!!!", "\\", "%00", "../")
)  # fmt: skip


def mild(data: bytes) -> bytes:
    """The input without what is refused at sight, so that damage reaches what lies behind."""
    text = re.sub(r"<!DOCTYPE.*?]>|&e;|SERVICE <[^>]*>|FROM <[^>]*>|<<\(|\)>>", "", data.decode())
    text = re.sub(r'"@context": \[.*?}\]', '"@context": {"dct": "http://purl.org/dc/terms/"}', text)
    return text.encode()


def damaged(dice: random.Random, data: bytes) -> bytes:
    """The input with some of its bytes changed, doubled, cut or repeated until it hurts."""
    text = bytearray(data)
    for _ in range(dice.choice((0, 1, 1, 2, 3, 8))):
        at = dice.randrange(len(text) + 1)
        to = min(len(text), at + dice.choice((0, 1, 3, 20, 200)))
        match dice.randrange(7):
            case 0:
                del text[at:to]
            case 1:
                text[at:at] = dice.choice(PIECES)
            case 2:
                text[at:to] = dice.randbytes(to - at)
            case 3:
                text[at:at] = dice.choice(PIECES) * dice.choice((2, 70, 3000))
            case 4:
                text[at:at] = text[at:to] * dice.choice((1, 5, 50))
            case 5:
                del text[at:]
            case _:
                text[at:to] = dice.choice(PIECES)
    return bytes(text)


def judge(answer: httpx.Response, took_s: float) -> str | None:
    """What is wrong with an answer, None if nothing."""
    if answer.status_code >= 500 and answer.status_code not in (503, 504):  # a query over its limits is a 503 or 504
        return f"{answer.status_code}: {answer.text[:300]}"
    if took_s > PATIENCE_S:
        return f"took {took_s:.0f} s"
    if answer.status_code >= 400:
        told = answer.json() if answer.headers.get("content-type") == "application/problem+json" else {}
        if missing := {"type", "title", "status", "detail", "remedy"} - {name for name, value in told.items() if value}:
            return f"{answer.status_code} without {sorted(missing)}: {answer.text[:200]}"
    return None


@pytest.mark.parametrize("door", seeds("http://127.0.0.1/").keys())
def test_r19_no_document_or_query_hurts(server: Server, canary: Canary, door: str) -> None:
    target, media_type, whole = seeds(canary.url)[door]
    dice, pid = random.Random(f"{SEED}{door}"), server.pid
    method, path = target.split()
    wrong, statuses = [], dict[int, int]()
    with server.client() as client:
        for number in range(amount(DOCUMENTS) // 14 + 1):
            plain = gzip.decompress(whole) if door == "gzip" else whole
            data = damaged(dice, plain if number % 3 == 0 else mild(plain))
            data = damaged(dice, gzip.compress(data, mtime=0)) if door == "gzip" else data
            began = time.monotonic()
            if method == "GET":
                answer = client.get(path + str(httpx.QueryParams({"q": data.decode("utf-8", "replace")}))[2:][:6000])
            else:
                headers = {"content-type": media_type} if media_type else {}
                answer = client.request(method, path, content=data, headers=headers)
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
            if fault := judge(answer, time.monotonic() - began):
                wrong.append((f"seed {SEED}{door}, input {number}", fault, data[:2000]))
    print(f"{door}: {statuses}")
    assert wrong == []
    assert server.process is not None
    assert server.process.poll() is None
    assert server.pid == pid
    assert canary.asked == 0


@pytest.fixture(scope="module")
def tokens(server: Server) -> dict[str, str | None]:
    found: dict[str, str | None] = {"stranger": None, "operator": TOKEN}
    for role in ("reader", "provider"):
        issued = server.renkei("token", "add", "--participant", "https://a.example/", "--role", role)
        found[role] = issued.stdout.decode().strip()
    return found


@pytest.mark.parametrize("reader", READERS)
def test_r20_no_request_of_the_api_hurts(server: Server, tokens: dict[str, str | None], reader: str) -> None:
    schema = schemathesis.openapi.from_url(f"{server.base}/openapi.json")
    headers = {"authorization": f"Bearer {token}"} if (token := tokens[reader]) else {}
    operations = [found.ok() for found in schema.get_all_operations()]
    each = max(1, amount(REQUESTS) // len(READERS) // len(operations))
    wrong: list[str] = []
    for operation in operations:
        if operation.path != "/operations/rebuild":
            _try(operation.as_strategy(), each, lambda case: _asked(case, server.base, headers, wrong))
    print(f"{reader}: {each} requests to each of {len(operations)} operations")
    assert wrong == []
    assert server.process is not None
    assert server.process.poll() is None


def _try(strategy: object, times: int, work: Callable[..., None]) -> None:
    @seeded(SEED)
    @settings(
        max_examples=times,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def run(case: object) -> None:
        work(case)

    run()


def _asked(case: object, base: str, headers: dict[str, str], wrong: list[str]) -> None:
    began = time.monotonic()
    answer = case.call(base_url=base, headers=headers, timeout=60)
    if (answer.status_code >= 500 and answer.status_code not in (503, 504)) or time.monotonic() - began > PATIENCE_S:
        wrong.append(f"seed {SEED}: {case.as_curl_command(headers)} → {answer.status_code}"[:3000])
