"""Two writers at once: one wins, the other is told, nobody is lost; and who may see a catalog itself."""

import asyncio
from collections.abc import Sequence

import httpx
import pytest

pytestmark = pytest.mark.anyio
Headers = dict[str, str]
AS_JSON = {"content-type": "application/json"}


async def together(*requests: object) -> list[int]:
    answers: Sequence[httpx.Response] = await asyncio.gather(*requests)  # type: ignore[call-overload]
    return sorted(answer.status_code for answer in answers)


async def etag(client: httpx.AsyncClient, address: str, writer: Headers) -> str:
    return (
        await client.get(address, headers={"accept": "text/turtle", "authorization": writer["authorization"]})
    ).headers["etag"]


async def test_of_two_writers_of_a_dataset_one_wins(
    client: httpx.AsyncClient, writer: Headers, census: str, census_turtle: str
) -> None:
    based = {**writer, "if-match": await etag(client, census, writer)}
    bodies = [census_turtle.replace("by block", f"by {word}") for word in ("town", "ward", "mesh")]
    assert await together(*(client.put(census, content=body, headers=based) for body in bodies)) == [200, 412, 412]


async def test_of_two_who_change_an_audience_one_wins(client: httpx.AsyncClient, writer: Headers, census: str) -> None:
    based = {**writer, **AS_JSON, "if-match": await etag(client, census, writer)}
    names = [["participants"], ["https://p.example/"]]
    asked = [client.put(f"{census}/audience", json={"audience": name}, headers=based) for name in names]
    assert await together(*asked) == [200, 412]


async def test_of_two_who_change_the_rules_of_a_catalog_one_wins(
    client: httpx.AsyncClient, writer: Headers, census: str
) -> None:
    based = {**writer, **AS_JSON, "if-match": await etag(client, "/catalogs/demo", writer)}
    asked = [client.patch("/catalogs/demo", json={"level": level}, headers=based) for level in ("base", "full")]
    assert await together(*asked) == [200, 412]


async def test_of_two_who_publish_or_withdraw_a_whole_catalog_one_wins(
    client: httpx.AsyncClient, writer: Headers, catalog_turtle: str, census_turtle: str
) -> None:
    await client.put("/catalogs/minato", content=catalog_turtle, headers=writer)
    based = {**writer, "if-match": await etag(client, "/catalogs/minato", writer)}
    bodies = [census_turtle.replace("by block", f"by {word}") for word in ("town", "ward")]
    asked = [client.put("/catalogs/minato", content=body, headers=based) for body in bodies]
    assert await together(*asked) == [200, 412]
    based["if-match"] = await etag(client, "/catalogs/minato", writer)
    gone = [client.delete("/catalogs/minato", headers=based) for _ in range(2)]
    assert await together(*gone) == [204, 410]


async def test_a_tag_of_a_catalog_that_is_not_there_fits_nothing(
    client: httpx.AsyncClient, writer: Headers, catalog_turtle: str
) -> None:
    answer = await client.put("/catalogs/minato", content=catalog_turtle, headers={**writer, "if-match": '"x-1"'})
    assert (answer.status_code, (await client.get("/catalogs/minato")).status_code) == (412, 404)


async def test_two_first_publications_of_one_catalog_both_come_in(
    client: httpx.AsyncClient, writer: Headers, catalog_turtle: str
) -> None:
    asked = [client.put("/catalogs/minato", content=catalog_turtle, headers=writer) for _ in range(2)]
    assert await together(*asked) == [200, 201]
    assert (await client.get("/search", params={"q": "大気"})).json()["total"] == 1


async def test_a_catalog_is_opened_once_and_never_under_the_id_of_a_resource(
    client: httpx.AsyncClient, writer: Headers, census: str
) -> None:
    headers = {"authorization": writer["authorization"]}
    asked = [client.post("/catalogs", json={"id": "twice"}, headers=headers) for _ in range(3)]
    assert await together(*asked) == [201, 409, 409]
    taken = await client.post("/catalogs", json={"id": census.rsplit("/", 1)[1]}, headers=headers)
    assert taken.status_code == 409


async def test_a_draft_is_changed_and_published_on_the_basis_of_its_own_tag(
    client: httpx.AsyncClient, writer: Headers, census: str, census_turtle: str
) -> None:
    first = await client.put(f"{census}?state=draft", content=census_turtle.replace("block", "town"), headers=writer)
    based = {**writer, "if-match": first.headers["etag"]}
    second = await client.put(f"{census}?state=draft", content=census_turtle.replace("block", "ward"), headers=based)
    stale = await client.put(f"{census}?state=published", headers=based)
    fresh = await client.put(f"{census}?state=published", headers={**writer, "if-match": second.headers["etag"]})
    assert [one.status_code for one in (first, second, stale, fresh)] == [200, 200, 412, 200]


async def test_the_audience_of_a_catalogs_own_description_holds_from_the_next_request(
    client: httpx.AsyncClient, writer: Headers, catalog_turtle: str
) -> None:
    await client.put("/catalogs/minato", content=catalog_turtle, headers=writer)
    asked = "ASK { ?c a <http://www.w3.org/ns/dcat#Catalog> ; <http://purl.org/dc/terms/title> ?t }"
    reads = [("/catalogs/minato", {}), ("/catalogs/minato/dump", {}), ("/catalogs/minato/revisions", {}),
             ("/search", {"kind": "Catalog"}), ("/sparql", {"query": asked})]  # fmt: skip
    before = [await client.get(path, params=given) for path, given in reads]
    changed = await client.put(
        "/catalogs/minato/audience", json={"audience": ["participants"]}, headers={**writer, **AS_JSON}
    )
    after = [await client.get(path, params=given) for path, given in reads]
    assert (changed.status_code, [one.status_code for one in before]) == (200, [200] * 5)
    assert [one.status_code for one in after] == [404, 404, 404, 200, 200]
    assert [before[3].json()["total"], after[3].json()["total"]] == [1, 0]
    assert [before[4].json()["boolean"], after[4].json()["boolean"]] == [True, False]


@pytest.mark.parametrize(
    ("given", "member"),
    [({"audience": "public"}, "audience"), ({"audience": []}, "audience"), ({"audience": [1]}, "audience"),
     ({}, "audience"), ([], "audience"), ({"audience": ["public"], "rights": 1}, "rights"),
     ({"audience": ["everybody"]}, "audience")],
)  # fmt: skip
async def test_an_audience_is_a_list_of_texts_and_nothing_else(
    client: httpx.AsyncClient, writer: Headers, census: str, given: object, member: str
) -> None:
    answer = await client.put(f"{census}/audience", json=given, headers={**writer, **AS_JSON})
    assert (answer.status_code, answer.json()["place"]) == (422, {"member": member})
