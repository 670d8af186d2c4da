import httpx
import pytest

pytestmark = pytest.mark.anyio
Headers = dict[str, str]


async def test_a_whole_catalog_is_published_and_the_second_time_nothing_changes(
    client: httpx.AsyncClient, writer: Headers, catalog_turtle: str
) -> None:
    first = await client.put("/catalogs/minato", content=catalog_turtle, headers=writer)
    second = await client.put("/catalogs/minato", content=catalog_turtle, headers=writer)
    assert first.status_code == 201
    assert first.json()["by_kind"]["Dataset"]["added"] == 2
    assert second.status_code == 200
    assert [second.json()[name] for name in ("added", "changed", "unchanged")] == [0, 0, 5]


async def test_a_registered_dataset_is_found_by_the_very_next_request(client: httpx.AsyncClient, census: str) -> None:
    found = (await client.get("/search", params={"q": "人口"})).json()
    assert [(item["address"], item["kind"]) for item in found["items"]] == [(census, "Dataset")]


async def test_post_answers_location_and_an_etag_that_if_match_takes(
    client: httpx.AsyncClient, writer: Headers, census: str, census_turtle: str
) -> None:
    etag = (await client.get(census)).headers["etag"]
    changed = census_turtle.replace("Population by block.", "Population.")
    taken = await client.put(census, content=changed, headers={**writer, "if-match": etag})
    refused = await client.put(census, content=census_turtle, headers={**writer, "if-match": etag})
    assert (taken.status_code, refused.status_code) == (200, 412)
    assert refused.json()["type"].endswith("/problems/changed-meanwhile")


async def test_untitled_dataset_is_refused_with_the_violation(
    client: httpx.AsyncClient, writer: Headers, census: str, census_turtle: str
) -> None:
    untitled = census_turtle.replace('dct:title "人口統計"@ja, "Population statistics"@en ;', "").replace("census", "x")
    answer = await client.post("/catalogs/demo/datasets", content=untitled, headers=writer)
    assert answer.status_code == 422
    assert answer.json()["results"][0]["message"]["ja"]
    assert answer.json()["results"][0]["path"] == "http://purl.org/dc/terms/title"


async def test_withdrawal_leaves_a_tombstone_with_its_reason(
    client: httpx.AsyncClient, writer: Headers, census: str
) -> None:
    await client.delete(census, params={"reason": "superseded"}, headers=writer)
    answer = await client.get(census)
    assert answer.status_code == 410
    assert answer.json()["reason"] == "superseded"


async def test_a_draft_is_its_owners_secret_until_it_is_published(
    client: httpx.AsyncClient, writer: Headers, census: str, census_turtle: str
) -> None:
    draft = census_turtle.replace("ex:census", "ex:draft")
    made = await client.post("/catalogs/demo/datasets?state=draft", content=draft, headers=writer)
    address = made.headers["location"]
    hidden = await client.get(address)
    own = await client.get(f"{address}?state=draft", headers=writer)
    published = await client.put(f"{address}?state=published", headers=writer)
    assert [made.status_code, hidden.status_code, own.status_code, published.status_code] == [201, 404, 200, 200]
    assert (await client.get(address)).status_code == 200


async def test_history_and_differences_are_told(
    client: httpx.AsyncClient, writer: Headers, census: str, census_turtle: str
) -> None:
    await client.put(census, content=census_turtle.replace("by block", "by town"), headers=writer)
    listed = (await client.get(f"{census}/revisions")).json()["revisions"]
    told = (await client.get(f"{census}/revisions/1..2")).json()
    assert [one["n"] for one in listed] == [2, 1]
    assert ["by town" in told["added"][0], "by block" in told["removed"][0]] == [True, True]


async def test_the_owners_iri_leads_to_our_address(client: httpx.AsyncClient, census: str) -> None:
    answer = await client.get("/datasets", params={"iri": "https://data.example/census"})
    assert (answer.status_code, answer.headers["location"]) == (303, census)


async def test_a_change_of_audience_holds_from_the_next_request(
    client: httpx.AsyncClient, writer: Headers, census: str
) -> None:
    before = (await client.get("/search", params={"q": "人口"})).json()["total"]
    await client.put(f"{census}/audience", json={"audience": ["participants"]}, headers={**writer, "content-type": "application/json"})  # fmt: skip
    after = (await client.get("/search", params={"q": "人口"})).json()["total"]
    assert (before, after, (await client.get(census)).status_code) == (1, 0, 404)
    assert (await client.get(census, headers=writer)).status_code == 200


async def test_dump_gives_back_what_was_published_in_every_syntax(
    client: httpx.AsyncClient, writer: Headers, catalog_turtle: str
) -> None:
    await client.put("/catalogs/minato", content=catalog_turtle, headers=writer)
    for form in ("ttl", "jsonld", "rdf", "nt", "nq", "trig"):
        answer = await client.get("/catalogs/minato/dump", params={"format": form})
        headers = {**writer, "content-type": answer.headers["content-type"]}
        again = await client.put("/catalogs/minato", content=answer.content, headers=headers)
        assert again.json()["unchanged"] == 5, (form, again.json())


async def test_one_bad_record_harms_no_other(client: httpx.AsyncClient, writer: Headers, catalog_turtle: str) -> None:
    untitled = catalog_turtle.replace('dct:title "大気測定"@ja ;', "")
    answer = await client.put("/catalogs/minato", content=untitled, headers=writer)
    assert answer.json()["by_kind"]["Dataset"] == {
        "added": 1,
        "changed": 0,
        "unchanged": 0,
        "withdrawn": 0,
        "refused": 1,
    }
    assert answer.json()["refusals"][0]["resource"] == "https://data.example/air"


async def test_validation_stores_nothing_and_counts_causes(client: httpx.AsyncClient, catalog_turtle: str) -> None:
    answer = await client.post("/validate", content=catalog_turtle, headers={"content-type": "text/turtle"})
    assert answer.status_code == 200
    assert {"conforms", "results", "profile", "level"} <= answer.json().keys()
    assert (await client.get("/search")).json()["total"] == 0


async def test_a_restricted_catalog_does_not_hide_the_list_of_the_others(
    client: httpx.AsyncClient, writer: Headers, catalog_turtle: str, census: str
) -> None:
    await client.put("/catalogs/minato?audience=participants", content=catalog_turtle, headers=writer)
    listed = await client.get("/catalogs", headers={"accept": "application/json"})
    assert listed.status_code == 200
    assert [one["id"] for one in listed.json()["catalogs"]] == ["demo"]
    assert (await client.get("/catalogs/minato/dump")).status_code == 404


async def test_a_document_that_cannot_be_read_opens_no_catalog(client: httpx.AsyncClient, writer: Headers) -> None:
    refused = await client.put("/catalogs/rubbish", content="this is @@ not turtle", headers=writer)
    assert refused.status_code == 422
    assert (await client.get("/catalogs/rubbish")).status_code == 404


async def test_a_draft_over_a_tombstone_leaves_the_tombstone_to_all_others(
    client: httpx.AsyncClient, writer: Headers, census: str, census_turtle: str
) -> None:
    await client.delete(census, params={"reason": "superseded"}, headers=writer)
    await client.post("/catalogs/demo/datasets?state=draft", content=census_turtle, headers=writer)
    for path in (census, f"{census}/revisions/1", f"{census}/revisions/2", f"{census}/report"):
        answer = await client.get(path, headers={"accept": "application/json, text/turtle"})
        assert (answer.status_code, answer.json()["reason"]) == (410, "superseded"), path
    assert (await client.get(f"{census}?state=draft", headers=writer)).status_code == 200


async def test_history_is_found_under_the_right_kind_alone(client: httpx.AsyncClient, census: str) -> None:
    wrong = census.replace("/datasets/", "/services/")
    assert (await client.get(f"{wrong}/revisions")).status_code == 404


async def test_the_catalog_facet_bears_titles_that_everybody_may_see(
    client: httpx.AsyncClient, writer: Headers, catalog_turtle: str
) -> None:
    await client.put("/catalogs/minato", content=catalog_turtle, headers=writer)
    facet = (await client.get("/search", headers={"accept-language": "en"})).json()["facets"]["catalog"]
    assert [(one["value"], one["label"]) for one in facet] == [("minato", "Minato")]
    await client.put("/catalogs/minato?audience=participants", content=catalog_turtle, headers=writer)
    kept = await client.get("/search", headers={"accept-language": "en", "authorization": writer["authorization"]})
    assert [one["label"] for one in kept.json()["facets"]["catalog"]] == ["minato"]


async def test_what_reading_left_out_is_noted_and_a_replacement_withdraws_nothing(
    client: httpx.AsyncClient, writer: Headers, catalog_turtle: str
) -> None:
    await client.put("/catalogs/minato", content=catalog_turtle, headers=writer)
    torn = catalog_turtle.replace('dct:title "大気測定"@ja', "@@ nonsense")
    asked = {**writer, "accept-language": "ja"}
    answer = await client.put("/catalogs/minato?replace=true&confirm=true", content=torn, headers=asked)
    told = answer.json()
    assert (answer.status_code, told["withdrawn"], told["noted"][0]["kind"]) == (200, 0, "syntax")
    assert told["warning"].endswith("もう一度実行してください。")


async def test_a_replacement_that_needs_consent_tells_what_it_stored_and_what_would_go(
    client: httpx.AsyncClient, writer: Headers, catalog_turtle: str, census_turtle: str
) -> None:
    await client.put("/catalogs/minato", content=catalog_turtle, headers=writer)
    changed = census_turtle.replace("by block", "by town")
    answer = await client.put("/catalogs/minato?replace=true", content=changed, headers=writer)
    told = answer.json()
    assert (answer.status_code, told["count"], told["changed"], told["withdrawn"]) == (409, 3, 1, 0)
    assert told["would_withdraw"] == {"Dataset": 1, "DataService": 1, "Participant": 1}
    assert (await client.get("/search", params={"q": "town"})).json()["total"] == 1
