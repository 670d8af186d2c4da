"""Nobody reads, counts or guesses what is not for them: secrets in every audience, every read path, every reader.

Every field of a secret holds a word that stands nowhere else. Each answer of the service may hold only the words of
secrets that its reader may see, and all answers together must hold them all. A route that this walk does not know fails
it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from api.routes import ROUTES
from tests.campaign.harness import PREFIXES, TOKEN, Server, deployment

A, B, C = "https://a.example/", "https://b.example/", "https://c.example/"
WORD = re.compile(r"zq([a-z]+?)y([a-z]+?)x", re.IGNORECASE)
FORMS = ("ttl", "jsonld", "rdf", "nt", "nq", "trig")
FIELDS = ("iri", "title", "text", "keyword", "publisher", "theme", "contact", "identifier", "place", "file", "link")
REPLY_HEADERS_THAT_DIFFER = {"date", "x-request-id", "content-length"}
MORE_PREFIXES = PREFIXES + """@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix odrl: <http://www.w3.org/ns/odrl/2/> .
"""  # fmt: skip
READERS = ("stranger", "reader of A", "provider A", "provider B", "provider C", "operator")
TOKENED = frozenset(READERS) - {"stranger"}
OF_A = frozenset({"reader of A", "provider A"})


@dataclass
class Secret:
    """A description with a word of its own in every field.

    Attributes:
        seen_by: who may read it today.
        hinted_to: who may know that it exists without reading it (410, or another revision).
    """

    name: str
    seen_by: frozenset[str]
    segment: str = "datasets"
    catalog: str = "open"
    audience: tuple[str, ...] = ("public",)
    draft: bool = False
    hinted_to: frozenset[str] = frozenset()
    place: int = 0
    id: str = ""
    words: frozenset[str] = field(default_factory=frozenset)

    def word(self, part: str) -> str:
        return f"zq{self.name}y{part}x"

    @property
    def iri(self) -> str:
        return f"https://city.example/{self.word('iri')}"

    def turtle(self) -> str:
        """All fields; bbox and years differ from those of every other secret."""
        w, classes = self.word, {"datasets": "dcat:Dataset", "series": "dcat:DatasetSeries", "services": "dcat:DataService",
                                 "policies": "odrl:Set", "participants": "foaf:Organization", "resources": "skos:Concept"}  # fmt: skip
        x, year = 10 * self.place, 1500 + self.place
        return f"""{MORE_PREFIXES}<{self.iri}> a {classes[self.segment]} ; dct:title "{w("title")} 統計"@ja ; foaf:name "{w("title")}" ;
 dct:description "{w("text")} の説明"@ja ; dcat:keyword "{w("keyword")}"@en ; dct:identifier "{w("identifier")}" ;
 dct:publisher [ a foaf:Organization ; foaf:name "{w("publisher")}" ] ; dcat:theme <https://city.example/t/{self.name}> ;
 dcat:contactPoint [ a vcard:Organization ; vcard:fn "{w("contact")}" ] ; dct:issued "{year}-01-01"^^xsd:date ;
 dct:spatial [ a dct:Location ; skos:prefLabel "{w("place")}" ; dcat:bbox
  "POLYGON(({x} 1, {x + 1} 1, {x + 1} 2, {x} 2, {x} 1))"^^<http://www.opengis.net/ont/geosparql#wktLiteral> ] ;
 dct:temporal [ a dct:PeriodOfTime ; dcat:startDate "{year}-02-01"^^xsd:date ; dcat:endDate "{year}-03-01"^^xsd:date ] ;
 dcat:distribution [ a dcat:Distribution ; dct:title "{w("file")}" ; dcat:accessURL <https://city.example/{w("link")}> ] .
<https://city.example/t/{self.name}> a skos:Concept ; skos:prefLabel "{w("theme")}"@ja ."""


EVERYONE = frozenset(READERS)
SECRETS = {
    one.name: one
    for one in (
        Secret("open", EVERYONE),
        Secret("club", TOKENED, audience=("participants",)),
        Secret("alone", OF_A | {"operator"}, audience=(A,)),
        Secret("several", TOKENED, audience=(B, C)),
        Secret("draft", OF_A, audience=("public",), draft=True),
        Secret("gone", frozenset(), hinted_to=EVERYONE),
        Secret("buried", frozenset(), audience=(A,), hinted_to=OF_A | {"operator"}),
        Secret("former", OF_A | {"operator"}, audience=(A,), hinted_to=EVERYONE),
        Secret("vault", OF_A | {"operator"}, catalog="vault", audience=(A,)),
        *(
            Secret(segment, OF_A | {"operator"}, segment=segment, audience=(A,))
            for segment in ("series", "services", "policies", "participants", "resources")
        ),
    )
}
for number, one in enumerate(SECRETS.values()):
    one.place = number


@dataclass
class House:
    """A running service full of secrets, and the tokens of its readers."""

    server: Server
    tokens: dict[str, str | None]

    def ask(self, reader: str, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {"x-request-id": "walk-0123456789", **given.pop("headers", {})}
        if token := self.tokens[reader]:
            headers["authorization"] = f"Bearer {token}"
        return self.client.request(method, path, headers=headers, **given)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.server.base, trust_env=False, timeout=60)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with deployment(tmp_path_factory.mktemp("leak")) as server:
        tokens: dict[str, str | None] = {"stranger": None, "operator": TOKEN}
        for reader, participant, role in (
            ("reader of A", A, "reader"), ("provider A", A, "provider"), ("provider B", B, "provider"),
            ("provider C", C, "provider"),
        ):  # fmt: skip
            issued = server.renkei("token", "add", "--participant", participant, "--role", role, "--json")
            tokens[reader] = orjson.loads(issued.stdout)["secret"]
        found = House(server, tokens)
        _fill(found)
        yield found
        found.client.close()


def _fill(house: House) -> None:
    for name, audience in (("open", ["public"]), ("vault", [A])):
        assert house.ask("provider A", "POST", "/catalogs", json={"id": name, "audience": audience}).status_code == 201
    for secret in SECRETS.values():
        answer = house.ask(
            "provider A", "POST", f"/catalogs/{secret.catalog}/{secret.segment}", content=secret.turtle().encode(),
            params={"audience": list(secret.audience), "state": "draft" if secret.draft else "published"},
            headers={"content-type": "text/turtle"},
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        secret.id = answer.json()["id"]
    former = f'{PREFIXES}<{SECRETS["former"].iri}> a dcat:Dataset ; dct:title "now open" .'
    done = house.ask(
        "provider A", "PUT", f"/datasets/{SECRETS['former'].id}", content=former, params={"audience": "public"},
        headers={"content-type": "text/turtle"},
    )  # fmt: skip
    assert done.status_code == 200, done.text
    for name in ("gone", "buried"):
        reason = {"reason": SECRETS[name].word("reason")}
        assert house.ask("provider A", "DELETE", f"/datasets/{SECRETS[name].id}", params=reason).status_code == 204


# --- the walk -----------------------------------------------------------------------------------------------------

HTML = ({"accept": "text/html", "accept-language": "ja"}, {"accept": "text/html", "accept-language": "en"})
PLAIN: tuple[dict[str, str], ...] = ({},)
Ask = tuple[str, dict[str, str]]


def _of_segment(path: str) -> list[Secret]:
    segment = path.split("/")[1]
    return [one for one in SECRETS.values() if one.segment == segment]


def _resource(path: str) -> Iterator[Ask]:
    for one in _of_segment(path):
        base = path.replace("{id}", one.id)
        for state in ("published", "draft"):
            yield from ((f"{base}?state={state}", headers) for headers in HTML)
            yield from ((f"{base}?state={state}&format={form}", {}) for form in FORMS)


def _history(path: str) -> Iterator[Ask]:
    for one in _of_segment(path):
        base = path.replace("{id}", one.id)
        yield base, {}
        yield from ((base, headers) for headers in HTML)


def _revision(path: str) -> Iterator[Ask]:
    for one, spec in product(_of_segment(path), ("1", "2", "1..2", "2..1", "1..1")):
        base = path.replace("{id}", one.id).replace("{spec}", spec)
        forms = ("json", "html") if ".." in spec else (*FORMS, "html")
        yield from ((f"{base}?format={form}", {}) for form in forms)


def _report(path: str) -> Iterator[Ask]:
    for one in _of_segment(path):
        for form, revision in product(("json", "html", "ttl"), ("", "&revision=1", "&revision=2")):
            yield f"{path.replace('{id}', one.id)}?format={form}{revision}", {}


def _catalogs(*tails: str) -> Callable[[str], Iterator[Ask]]:
    def asks(path: str) -> Iterator[Ask]:
        for name, tail in product(("open", "vault"), tails):
            yield path.replace("{id}", name).replace("{spec}", "1") + tail, {}

    return asks


def _search(path: str) -> Iterator[Ask]:
    for form in ("json", "html"):
        yield f"{path}?as={form}&size=100", {}
        yield f"{path}?as={form}&q=統計", {}
        yield f"{path}?as={form}&q=zq*", {}
        yield f"{path}?as={form}&catalog=vault", {}
        yield f"{path}?as={form}&sort=modified&issued=1400..1600", {}
        yield f"{path}?as={form}&bbox=-180,-90,180,90", {}


def _suggest(path: str) -> Iterator[Ask]:
    for typed in ("zq", "z", "統", "now", *(f"zq{name}" for name in SECRETS)):
        yield f"{path}?q={typed}&size=20", {}


QUERIES = (
    "SELECT * { ?s ?p ?o } LIMIT 5000",
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
    "SELECT * { GRAPH ?g { ?s ?p ?o } } LIMIT 5000",
    "SELECT * FROM <urn:renkei:audience:participants> { ?s ?p ?o } LIMIT 5000",
    "SELECT * FROM NAMED <urn:renkei:audience:participants> { GRAPH ?g { ?s ?p ?o } } LIMIT 5000",
    "SELECT * { VALUES ?g { <urn:renkei:audience:public> <urn:renkei:audience:participants> <urn:renkei:projection> } GRAPH ?g { ?s ?p ?o } }",
    "SELECT * { ?s (<urn:none>|!<urn:none>)* ?o } LIMIT 5000",
    *(f"DESCRIBE <{one.iri}>" for one in SECRETS.values()),
    *(f"ASK {{ <{one.iri}> ?p ?o }}" for one in SECRETS.values()),
)


def _sparql(path: str) -> Iterator[Ask]:
    for query in QUERIES:
        graph = query.startswith(("CONSTRUCT", "DESCRIBE"))
        for form in ("ttl", "jsonld", "nt") if graph else ("json", "csv", "xml", "tsv", "html"):
            # A DESCRIBE of a secret's IRI names it: the page would show the query back.
            if form != "html" or "city.example" not in query:
                yield str(httpx.URL(path, params={"query": query, "format": form})), {}
    yield path, {}
    for graph in ("participants", "only/0123456789abcdef", "projection"):
        both = {"default-graph-uri": f"urn:renkei:audience:{graph}", "named-graph-uri": f"urn:renkei:audience:{graph}"}
        yield str(httpx.URL(path, params={"query": QUERIES[0], "format": "json", **both})), {}


def _simple(path: str) -> Iterator[Ask]:
    for headers in (*PLAIN, *HTML):
        yield path, headers
        yield f"{path}?q=zq&page=1&size=100", headers


def _named(*names: str) -> Callable[[str], Iterator[Ask]]:
    return lambda path: ((re.sub(r"\{[^}]*\}", name, path), {}) for name in names)


READ: dict[str, Callable[[str], Iterator[Ask]]] = {
    "/": _simple,
    "/catalogs": _simple,
    "/catalogs/{id}": _catalogs(
        *(f"?format={form}&page={page}&size=3" for form, page in product((*FORMS, "html"), (1, 2, 3, 4))),
    ),
    "/catalogs/{id}/dump": _catalogs(*(f"?format={form}" for form in FORMS)),
    "/catalogs/{id}/revisions": _catalogs("", "?format=html"),
    "/catalogs/{id}/revisions/{spec}": _catalogs("?format=ttl", "?format=html"),
    "/catalogs/{id}/report": _catalogs("", "?format=html", "?format=ttl"),
    "/search": _search,
    "/search/suggest": _suggest,
    "/sparql": _sparql,
    "/audit/proof/{seq}": _named(*map(str, range(1, 60))),
    "/audit/export": lambda path: ((f"{path}?format={form}", {}) for form in ("jsonl", "prov")),
    "/exchange/events": lambda path: (),  # never ends; it tells what /audit/export does, by the same function
    "/exchange/performed": lambda path: ((f"{path}?agreement={name}", {}) for name in (A, "urn:none")),
    "/dsp/2025-1/catalog/datasets/{iri:path}": lambda path: (
        (path.replace("{iri:path}", one.iri), {}) for one in _of_segment("/datasets")
    ),
    "/dsp/2025-1/schemas/{name}.json": _named("catalog", "nothing"),
    "/exchange/peers/{participant:path}": _named(A, "https://none.example/"),
    # What is agreed and exchanged has canary words of its own, in test_exchange_leak.py.
    **dict.fromkeys(("/data/{transfer}", "/s3/{bucket}/{key:path}", "/data/{transfer}/changes", "/dsp/2025-1/negotiations/{pid}",
                     "/dsp/2025-1/transfers/{pid}", "/exchange/negotiations/{pid}", "/exchange/transfers/{pid}",
                     "/exchange/transfers/{pid}/address", "/exchange/transfers/{pid}/data"), _named("urn:uuid:0")),
    **dict.fromkeys(("/agreements/{id}", "/offers/{id}"), _named("0" * 32)),
    "/problems/{slug}": _named("resource-not-found", "nothing"),
    "/static/{name:path}": _named("renkei.css", "swagger/swagger-ui.css", "../openapi.json"),
    "/contexts/{name}": _named("dcat.jsonld", "other"),
    **dict.fromkeys(
        ("/ns", "/problems", "/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs", "/opensearch.xml",
         "/favicon.ico", "/robots.txt", "/audit/checkpoint", "/exchange/hooks", "/usage", "/agreements", "/offers",
         "/exchange/negotiations", "/exchange/transfers", "/exchange/peers", "/exchange/sources",
         "/.well-known/jwks.json", "/.well-known/did.json", "/did.json", "/.well-known/dspace-version", "/dsp/2025-1/context.jsonld"), _simple,
    ),
    **{
        path: walk
        for segment in ("datasets", "series", "services", "policies", "participants", "resources")
        for path, walk in (
            (f"/{segment}", _simple),
            (f"/{segment}/{{id}}", _resource),
            (f"/{segment}/{{id}}/revisions", _history),
            (f"/{segment}/{{id}}/revisions/{{spec}}", _revision),
            (f"/{segment}/{{id}}/report", _report),
        )
    },
    "/datasets/{id}/data": _history,
}  # fmt: skip
# Routes that only write: that they tell nothing is tested with the answers to ids that do not exist.
WRITE = {
    "/exchange/hooks/{id}", "/exchange/files", "/exchange/proposals", "/exchange/peers/{participant:path}/test", "/data/{transfer}/token",
    "/exchange/transfers/{pid}/proof",
    "/agreements/{id}/end", "/agreements/{id}/signatures", "/tck/negotiations", "/tck/transfers",
    "/dsp/2025-1/catalog/request", "/dsp/2025-1/negotiations/offers",
    *(f"/dsp/2025-1/{kind}/request" for kind in ("negotiations", "transfers")),
    *(f"/dsp/2025-1/negotiations/{{pid}}/{word}" for word in (
        "request", "offers", "events", "agreement", "agreement/verification", "termination")),
    *(f"/dsp/2025-1/transfers/{{pid}}/{word}" for word in ("start", "completion", "suspension", "termination")),
    *(f"/exchange/negotiations/{{pid}}/{word}" for word in ("accept", "counter", "terminate", "retry")),
    *(f"/exchange/transfers/{{pid}}/{word}" for word in ("suspend", "resume", "complete", "terminate", "retry")),
    "/policies/decide", "/policies/validate", "/policies/compare",
    "/validate", "/operations/rebuild", "/operations/check", "/catalogs/{id}/audience",
    *(f"/catalogs/{{id}}/{segment}" for segment in ("datasets", "series", "services", "policies", "participants", "resources")),
    *(f"/{segment}/{{id}}/audience" for segment in ("datasets", "series", "services", "policies", "participants", "resources")),
}  # fmt: skip


def words_in(answer: httpx.Response) -> set[str]:
    """The names of the secrets of which the answer, headers included, holds any word but those of the address.

    Only names that were given away: now and then the base64 of a hash or signature looks like a word.
    """
    text = answer.text + "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
    for asked in WORD.finditer(answer.url.path):
        text = text.replace(asked[0], "")
    return {name.lower() for name, _ in WORD.findall(text)} & SECRETS.keys()


def test_every_route_is_walked() -> None:
    assert {route.path for route in ROUTES} == READ.keys() | WRITE
    reads = {route.path for route in ROUTES if "GET" in (route.methods or ())}
    assert reads == READ.keys()


def _asked_of(house: House, reader: str, iri: str) -> list[str]:
    """Every answer on a policy, without what differs between two questions in any case."""
    question = {"policy": iri, "request": {"action": "http://www.w3.org/ns/odrl/2/use"}}
    child = f"{MORE_PREFIXES}<urn:ex:child> a odrl:Set ; odrl:inheritFrom <{iri}> ."
    own = {"text": child, "mediaType": "text/turtle"}
    turtle = {"content-type": "text/turtle"}
    answers = [
        house.ask(reader, "POST", "/policies/decide", json=question),
        house.ask(reader, "POST", "/policies/decide", json={**question, "whatIf": True}),
        house.ask(reader, "POST", "/policies/decide", json={**question, "policy": own}),
        house.ask(reader, "POST", "/policies/decide", json={"batch": [question]}),
        house.ask(reader, "POST", "/policies/compare", json={"a": own, "b": iri}),
        house.ask(reader, "POST", "/policies/validate", content=child, headers=turtle),
    ]
    told = [f"{answer.status_code} {answer.text}" for answer in answers]
    varying = r"[0-9a-f]{64}|[0-9a-f]{32}|\d{4}-\d\d-\d\dT[^\"]*"
    return [re.sub(varying, "-", text.replace(iri, "IRI")) for text in told]


@pytest.mark.parametrize("reader", READERS)
def test_a_policy_of_others_is_asked_like_one_that_does_not_exist(house: House, reader: str) -> None:
    policy = SECRETS["policies"]
    hidden, none = _asked_of(house, reader, policy.iri), _asked_of(house, reader, "https://city.example/nothing")
    assert [text[:3] for text in none] == ["404", "404", "200", "404", "404", "200"]
    if reader in policy.seen_by:
        assert [text[:3] for text in hidden] == ["200"] * 6
    else:
        assert hidden == none


@pytest.mark.parametrize("reader", READERS)
def test_canary_words_appear_exactly_where_they_may(house: House, reader: str) -> None:
    allowed = {one.name for one in SECRETS.values() if reader in one.seen_by}
    wrong, seen, walked = [], dict[str, set[str]](), 0
    for path, walk in READ.items():
        for address, headers in walk(path):
            answer = house.ask(reader, "GET", address, headers=headers)
            walked += 1
            found = words_in(answer)
            assert answer.status_code < 500, (address, answer.text)
            seen.setdefault(path, set()).update(found)
            wrong += [(address, str(headers)[:60], name) for name in found - allowed - _told(reader, answer)]
            wrong += [
                (f"HEAD {address}", headers, "")
                for _ in [0]
                if not _head_agrees(house, reader, address, headers, answer)
            ]
    print(f"{reader}: {walked} reads")
    assert wrong == []
    now = allowed - {"draft", "former"}
    assert seen["/sparql"] >= now
    assert seen["/catalogs/{id}/dump"] >= now
    assert seen["/search"] >= now - {"policies", "participants", "resources"}
    assert seen["/datasets/{id}"] >= {one.name for one in SECRETS.values() if one.segment == "datasets"} & (
        now | {"draft"} & allowed
    )
    assert seen["/datasets/{id}/revisions/{spec}"] >= {"former"} & allowed


def _told(reader: str, answer: httpx.Response) -> set[str]:
    """The reason of a withdrawal is told to those who could see the resource; IRIs of former revisions are the present ones'.

    The audit trail of those who could see it names it, too.
    """
    hints = answer.status_code == 410 or answer.url.path == "/audit/export"
    told = {name for name in ("gone", "buried") if hints and reader in SECRETS[name].hinted_to}
    text = answer.text + str(answer.headers)
    parts = {part.lower() for name, part in WORD.findall(text) if name.lower() == "former"}
    return told | ({"former"} if parts <= {"iri"} else set())


def _head_agrees(house: House, reader: str, address: str, headers: dict[str, str], answer: httpx.Response) -> bool:
    if not re.match(r"/(datasets|catalogs)/", address) or "dump" in address or "html" in str(headers):
        return True
    head = house.ask(reader, "HEAD", address, headers=headers | {"accept-encoding": "identity"})
    length = int(head.headers.get("content-length", len(answer.content)))
    tags = {one.headers.get("etag") for one in (head, answer)}
    return (head.status_code, head.content, length, len(tags)) == (answer.status_code, b"", len(answer.content), 1)


# --- what does not exist, and what is not for the reader -------------------------------------------------------------

NO_ID, NO_IRI = "aaaabbbbcccc", "https://city.example/zqnothingyirix"
PROBES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    *(("GET", "/{segment}/{id}" + tail, {}) for tail in (
        "", "?format=ttl", "?state=draft", "/revisions", "/revisions/1", "/revisions/1..2", "/report", "/report?revision=1",
    )),
    ("HEAD", "/{segment}/{id}", {}),
    ("GET", "/{segment}/{id}", {"headers": {"if-none-match": "*"}}),
    ("GET", "/{segment}/{id}", {"headers": {"accept": "text/html", "accept-language": "ja"}}),
    ("GET", "/datasets/{id}", {}),
    ("GET", "/{segment}?iri={iri}", {}),
    ("GET", "/search?as=json&q={word}", {}),
    ("GET", "/search?as=html&q={word}", {}),
    ("GET", "/search?as=json&keyword={word}", {}),
    ("GET", "/search?as=json&theme={theme}", {}),
    ("GET", "/search/suggest?q={word}", {}),
    ("GET", "/sparql?format=json&query=ASK%20%7B%20%3C{iri}%3E%20%3Fp%20%3Fo%20%7D", {}),
    ("PUT", "/{segment}/{id}", {"content": "", "headers": {"content-type": "text/turtle"}}),
    ("PUT", "/{segment}/{id}?state=published", {"content": ""}),
    ("PUT", "/{segment}/{id}", {"content": f'{PREFIXES}<urn:x> a dcat:Dataset ; dct:title "x" .',
                                "headers": {"content-type": "text/turtle", "if-match": '"x"'}}),
    ("PUT", "/{segment}/{id}/audience", {"json": {"audience": ["public"]}}),
    ("DELETE", "/{segment}/{id}", {}),
    ("DELETE", "/{segment}/{id}?reason=x", {"headers": {"if-match": '"x"'}}),
)  # fmt: skip


@pytest.mark.parametrize("reader", [reader for reader in READERS if reader != "operator"])
def test_a_secret_and_nothing_give_equal_answers(house: House, reader: str) -> None:
    different = []
    for one in SECRETS.values():
        if reader in one.seen_by | one.hinted_to:
            continue
        secret = {
            "id": one.id,
            "iri": one.iri,
            "word": one.word("title"),
            "theme": f"https://city.example/t/{one.name}",
        }
        nothing = {"id": NO_ID, "iri": NO_IRI, "word": "zqnothingytitlex", "theme": "https://city.example/t/nothing"}
        for method, template, given in PROBES:
            told, blank = (
                _shape(house.ask(reader, method, template.format(segment=one.segment, **names), **given), names)
                for names in (secret, nothing)
            )
            if told != blank:
                different.append((method, template, one.name, told, blank))
    assert different == []


def _shape(answer: httpx.Response, names: dict[str, str]) -> tuple[int, dict[str, str], str]:
    """An answer with what was asked for taken out of it."""
    text = answer.text
    headers = {name: value for name, value in answer.headers.items() if name not in REPLY_HEADERS_THAT_DIFFER}
    for what, name in sorted(names.items(), key=lambda item: -len(item[1])):
        for form in (name, str(httpx.QueryParams({"q": name}))[2:]):
            text = text.replace(form, f"<{what}>")
    if "text/html" in headers.get("content-type", ""):
        headers.pop("etag", None)  # made from the body, which is compared itself
    return answer.status_code, headers, text


@pytest.mark.parametrize("reader", [reader for reader in READERS if reader not in OF_A | {"operator"}])
def test_a_secret_catalog_and_none_give_equal_answers(house: House, reader: str) -> None:
    turtle = {
        "content": f'{PREFIXES}<urn:x> a dcat:Dataset ; dct:title "x" .',
        "headers": {"content-type": "text/turtle"},
    }
    for method, tail, given in (
        *(("GET", tail, {}) for tail in ("", "?format=ttl", "/dump", "/revisions", "/revisions/1", "/report")),
        ("POST", "/datasets", turtle), ("DELETE", "", {}), ("PATCH", "", {"json": {"level": "base"}}),
    ):  # fmt: skip
        told, blank = (
            _shape(house.ask(reader, method, f"/catalogs/{name}{tail}", **given), {"id": name})
            for name in ("vault", "vacua")
        )
        assert told == blank, (method, tail)


def test_a_known_entity_tag_proves_nothing_to_who_may_not_read(house: House) -> None:
    address = f"/datasets/{SECRETS['alone'].id}?format=ttl"
    tag = house.ask("provider A", "GET", address).headers["etag"]
    asked = {"if-none-match": tag}
    assert house.ask("reader of A", "GET", address, headers=asked).status_code == 304
    assert house.ask("provider B", "GET", address, headers=asked).status_code == 404
    assert house.ask("stranger", "GET", address, headers=asked).status_code == 404


# --- counts --------------------------------------------------------------------------------------------------------

INDEXED = ("datasets", "series", "services")


def _readable(reader: str, segments: tuple[str, ...]) -> list[Secret]:
    """What a reader finds today: nothing withdrawn or drafted, and `former` by its open revision."""
    return [
        one for one in SECRETS.values()
        if one.segment in segments and not one.draft and (reader in one.seen_by or one.name == "former")
    ]  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
def test_counts_are_those_of_what_the_reader_sees(house: House, reader: str) -> None:
    indexed = _readable(reader, INDEXED)
    catalogs = 1 + (reader in OF_A | {"operator"})
    found = house.ask(reader, "GET", "/search?as=json&size=100").json()
    assert found["total"] == len(found["items"]) == len(indexed) + catalogs
    for name, buckets in found["facets"].items():
        for bucket in buckets:
            same = house.ask(reader, "GET", "/search", params={"as": "json", name: bucket["value"]}).json()
            assert same["total"] == bucket["count"], (name, bucket)
    listed = house.ask(reader, "GET", "/catalogs", headers={"accept": "application/json"}).json()["catalogs"]
    assert len(listed) == catalogs
    every = ("datasets", "series", "services", "policies", "participants", "resources")
    assert sum(one["n"] for one in listed) == len(_readable(reader, every))
    open_ones = [one for one in _readable(reader, every) if one.catalog == "open"]
    hydra = house.ask(reader, "GET", "/catalogs/open?format=nt").text
    assert f'totalItems> "{len(open_ones)}"^^' in hydra
    query = "PREFIX dcat: <http://www.w3.org/ns/dcat#> SELECT (COUNT(DISTINCT ?d) AS ?n) { ?d a dcat:Dataset }"
    (row,) = house.ask(reader, "GET", "/sparql", params={"query": query, "format": "json"}).json()["results"][
        "bindings"
    ]
    assert int(row["n"]["value"]) == len(_readable(reader, ("datasets",)))


@pytest.mark.parametrize("reader", READERS)
def test_places_and_periods_find_only_what_the_reader_sees(house: House, reader: str) -> None:
    for one in SECRETS.values():
        if one.segment not in INDEXED:
            continue
        expected = int(reader in one.seen_by and not one.draft and one.name != "former")
        x, year = 10 * one.place, 1500 + one.place
        for name, value in (("bbox", f"{x + 0.2},1.2,{x + 0.4},1.4"), ("period", f"{year}-02-02..{year}-02-03"),
                            ("issued", f"{year}-01-01..{year}-01-02")):  # fmt: skip
            found = house.ask(reader, "GET", "/search", params={"as": "json", name: value}).json()
            assert found["total"] == expected, (one.name, name)


def test_metrics_count_what_is_public(house: House) -> None:
    for reader in ("stranger", "operator"):
        text = house.ask(reader, "GET", "/metrics").text
        assert 'renkei_resources{kind="Dataset"} 2.0' in text


def test_the_name_of_a_thing_is_not_shown_once_it_is_no_longer_public(house: House) -> None:
    office = f'{MORE_PREFIXES}ex:office a foaf:Organization ; foaf:name "zqofficeynamex" .'
    uses = f'{MORE_PREFIXES}ex:uses a dcat:Dataset ; dct:title "uses" ; dct:publisher ex:office .'
    kind = {"content-type": "text/turtle"}
    made = house.ask("provider A", "POST", "/catalogs/open/participants", content=office, headers=kind)
    used = house.ask("provider A", "POST", "/catalogs/open/datasets", content=uses, headers=kind)
    try:
        before = house.ask("stranger", "GET", "/search?as=json&q=uses").text
        audience = {"json": {"audience": [A]}}
        assert (
            house.ask("provider A", "PUT", f"/participants/{made.json()['id']}/audience", **audience).status_code == 200
        )
        after = [house.ask("stranger", "GET", path).text for path in (
            "/search?as=json&q=uses", "/search?as=html&q=uses", f"/datasets/{used.json()['id']}?format=html",
            "/search?as=json&q=zqofficeynamex", "/search/suggest?q=zqoffice",
        )]  # fmt: skip
        assert "zqofficeynamex" in before
        assert not any("zqofficeynamex" in text for text in (*after[:3], after[4]))
        assert orjson.loads(after[3])["total"] == 0
    finally:
        for answer, segment in ((made, "participants"), (used, "datasets")):
            house.ask("provider A", "DELETE", f"/{segment}/{answer.json()['id']}")


@pytest.mark.parametrize("reader", ["stranger", "provider B", "provider A"])
def test_commands_over_http_read_as_their_token(house: House, reader: str, tmp_path: Path) -> None:
    how = ("--url", house.server.base, *(("--token", token) if (token := house.tokens[reader]) else ()))
    texts = [
        house.server.renkei("search", "--size", "100", "--json", *how).stdout,
        house.server.renkei("query", QUERIES[0], *how).stdout,
        house.server.renkei("export", "open", "--format", "nt", *how).stdout,
    ]
    allowed = {one.name for one in SECRETS.values() if reader in one.seen_by}
    for text in texts:
        found = {name for name, part in WORD.findall(text.decode()) if (name, part) != ("former", "iri")}
        assert found <= allowed
        assert found >= {"open"}
