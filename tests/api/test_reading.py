import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("text/turtle", "text/turtle; charset=utf-8"),
        ("application/ld+json", "application/ld+json"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("application/n-triples", "application/n-triples"),
        ("application/n-quads", "application/n-quads"),
        ("application/trig", "application/trig"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("application/json", "application/ld+json"),
        ("text/turtle;q=0.4, application/rdf+xml", "application/rdf+xml"),
        ("*/*", "text/turtle; charset=utf-8"),
    ],
)
async def test_each_client_gets_the_form_it_prefers(
    client: httpx.AsyncClient, census: str, accept: str, content_type: str
) -> None:
    answer = await client.get(census, headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    assert "Accept" in answer.headers["vary"]


async def test_what_nobody_offers_is_406_and_names_what_there_is(client: httpx.AsyncClient, census: str) -> None:
    answer = await client.get(census, headers={"accept": "image/png"})
    assert answer.status_code == 406
    assert "text/turtle" in answer.json()["offered"]


@pytest.mark.parametrize("accept", ["text/turtle", "application/ld+json", "text/html"])
async def test_an_unchanged_form_is_304_and_head_has_the_same_headers(
    client: httpx.AsyncClient, census: str, accept: str
) -> None:
    first = await client.get(census, headers={"accept": accept})
    second = await client.get(census, headers={"accept": accept, "if-none-match": first.headers["etag"]})
    head = await client.head(census, headers={"accept": accept})
    assert (second.status_code, second.content) == (304, b"")
    assert (head.content, head.headers["etag"]) == (b"", first.headers["etag"])


async def test_forms_have_different_entity_tags(client: httpx.AsyncClient, census: str) -> None:
    tags = [(await client.get(census, params={"format": name})).headers["etag"] for name in ("ttl", "jsonld", "html")]
    assert len(set(tags)) == 3


async def test_catalog_pages_are_linked_by_hydra(
    client: httpx.AsyncClient, writer: dict[str, str], catalog_turtle: str
) -> None:
    await client.put("/catalogs/minato", content=catalog_turtle, headers=writer)
    text = (await client.get("/catalogs/minato?page=2&size=1&format=nt")).text
    for name in ("firstPage", "lastPage", "nextPage", "previousPage", "totalItems"):
        assert f"http://www.w3.org/ns/hydra/core#{name}" in text


async def test_sparql_answers_get_post_and_describes_itself(client: httpx.AsyncClient, census: str) -> None:
    query = "SELECT ?t WHERE { <https://data.example/census> <http://purl.org/dc/terms/title> ?t }"
    by_get = await client.get("/sparql", params={"query": query})
    by_form = await client.post("/sparql", data={"query": query})
    direct = await client.post("/sparql", content=query, headers={"content-type": "application/sparql-query"})
    assert [len(one.json()["results"]["bindings"]) for one in (by_get, by_form, direct)] == [2, 2, 2]
    assert "sparql-service-description" in (await client.get("/sparql", headers={"accept": "text/turtle"})).text


@pytest.mark.parametrize(
    "query", ["SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "DELETE WHERE { ?s ?p ?o }", "SELECT"]
)
async def test_sparql_that_is_refused_says_where(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get("/sparql", params={"query": query}, headers={"accept-language": "ja"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "ja"


async def test_health_and_figures(client: httpx.AsyncClient, census: str) -> None:
    assert (await client.get("/health/live")).json()["status"] == "live"
    assert (await client.get("/health/ready")).json()["status"] == "ready"
    figures = (await client.get("/metrics")).text
    assert 'renkei_http_requests_total{method="POST",route="/catalogs/{id}/datasets",status="201"} 1.0' in figures


@pytest.mark.parametrize("form", ["ttl", "nt", "rdf", "jsonld"])
async def test_head_of_a_dump_has_its_headers_without_its_body(
    client: httpx.AsyncClient, census: str, form: str
) -> None:
    asked = {"url": f"/catalogs/demo/dump?format={form}", "headers": {"accept-encoding": "identity"}}
    head, dump = await client.head(**asked), await client.get(**asked)
    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, "x-request-id": ""} == {**dump.headers, "x-request-id": ""}


async def test_a_hit_names_its_catalog_by_title(
    client: httpx.AsyncClient, catalog_turtle: str, writer: dict[str, str]
) -> None:
    await client.put("/catalogs/minato", content=catalog_turtle.encode(), headers=writer)
    hits = (await client.get("/search?as=json", headers={"accept-language": "en"})).json()["items"]
    assert {one["catalog_title"] for one in hits} == {"Minato"}
    assert "<span>Minato</span>" in (await client.get("/search?as=html", headers={"accept-language": "en"})).text


async def test_a_page_never_shows_a_name_that_is_secret_by_now(
    client: httpx.AsyncClient, census: str, writer: dict[str, str]
) -> None:
    city = '<https://data.example/city> a <http://xmlns.com/foaf/0.1/Agent> ; <http://xmlns.com/foaf/0.1/name> "Port" .'
    named = await client.post("/catalogs/demo/participants", content=city, headers=writer)
    page = await client.get(census, headers={"accept": "text/html"})
    change = client.put(named.headers["location"] + "/audience", json={"audience": ["participants"]},
                        headers={"authorization": writer["authorization"]})  # fmt: skip
    pages = await _while(change, lambda: client.get(census, headers={"accept": "text/html"}))
    assert ("Port" in page.text, "Port" in pages[-1].text) == (True, False)


async def _while(
    change: Awaitable[httpx.Response], look: Callable[[], Awaitable[httpx.Response]]
) -> list[httpx.Response]:
    """What is seen during a change and after it."""
    changing, seen = asyncio.ensure_future(change), []
    while not changing.done():
        seen.append(await look())
        await asyncio.sleep(0)
    assert changing.result().status_code == 200
    return [*seen, await look()]
