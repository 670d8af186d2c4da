"""The catalog and the version document over the binding of the Dataspace Protocol 2025-1."""

import gzip
from urllib.parse import quote

import httpx
import pytest

from exchange.keeping import Kept
from tests.conformance.dsp_bench import BASE, DSP, PEER, RIVAL, Bench, all_is_valid
from tests.conformance.dsp_peer import Json, Told, message

pytestmark = pytest.mark.anyio
DATASETS = 7


@pytest.fixture(scope="module")
async def stocked(deployed: Bench) -> list[str]:
    return [(await deployed.offer(audience=["public"]))["target"] for _ in range(DATASETS)]


async def catalog(two: Bench, *filters: object, query: str = "", **headers: str) -> httpx.Response:
    asked = message("CatalogRequestMessage", **({"filter": list(filters)} if filters else {}))
    return await two.post(f"/catalog/request{query}", asked, **headers)


def listed(answer: httpx.Response) -> list[str]:
    return [each["@id"] for each in answer.json().get("dataset", ())]


async def test_pages_lead_to_each_other_by_links_and_hold_every_dataset_once(two: Bench, stocked: list[str]) -> None:
    found, pages, query = [], 0, "?limit=3"
    while query:
        answer = await catalog(two, query=query)
        assert answer.status_code == 200
        found, pages = found + listed(answer), pages + 1
        query = answer.links.get("next", {}).get("url", "").removeprefix(f"{BASE}{DSP}/catalog/request")
    assert (sorted(found), pages) == (sorted(stocked), 3)
    back = answer.links["previous"]["url"].removeprefix(f"{BASE}{DSP}/catalog/request")
    assert listed(await catalog(two, query=back)) == found[3:6]


async def test_a_single_page_has_no_links(two: Bench, stocked: list[str]) -> None:
    answer = await catalog(two)
    assert (len(listed(answer)), answer.links) == (len(stocked), {})


async def test_a_catalog_is_packed_for_who_takes_it_packed(two: Bench, stocked: list[str]) -> None:
    plain = await catalog(two, **{"accept-encoding": "identity"})
    packed = await catalog(two, **{"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert packed.content == plain.content
    assert len(gzip.compress(plain.content)) < len(plain.content)


async def test_names_stay_the_same_from_request_to_request(two: Bench, stocked: list[str]) -> None:
    assert (await catalog(two)).content == (await catalog(two)).content


async def test_a_page_holds_every_dataset_however_little_is_kept(
    two: Bench, stocked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(two.service.exchange.offered, "_written_before", Kept[bytes](1))
    assert sorted(listed(await catalog(two, query="?limit=500"))) == sorted(stocked)


@pytest.mark.parametrize(
    "wanted",
    [
        {"a": "b"}, 3, "", "  ", "SELECT ?x WHERE {", "SELECT ?x WHERE { SERVICE <http://127.0.0.1/> { ?x ?y ?z } }",
        {"@type": "QuerySpec", "sortField": "x"}, ["rivers"], None, "page=x" * 5000,
    ],
)  # fmt: skip
async def test_a_filter_that_is_not_understood_is_refused_with_a_catalog_error(
    two: Bench, stocked: list[str], wanted: object
) -> None:
    answer = await catalog(two, wanted, {"also": "unknown"})
    assert (answer.status_code, answer.json()["@type"]) == (400, "CatalogError")
    assert len(answer.json()["reason"]) == 2
    assert not {"providerPid", "consumerPid"} & answer.json().keys()


async def test_more_filters_than_anybody_needs_are_refused_before_any_is_looked_for(two: Bench) -> None:
    assert (await catalog(two, *["rivers"] * 10)).status_code == 200
    answer = await catalog(two, *["rivers"] * 11)
    assert (answer.status_code, answer.json()["code"]) == (400, "FilterRefused")


@pytest.mark.parametrize("said", [b"", b"{", b'{"@type":"CatalogRequestMessage"}', b"[]"])
async def test_what_is_no_catalog_request_is_refused_with_a_catalog_error(two: Bench, said: bytes) -> None:
    answer = await two.post("/catalog/request", said)
    assert (answer.status_code, answer.json()["@type"]) == (400, "CatalogError")


async def test_an_oversized_catalog_request_is_refused_with_a_catalog_error(two: Bench) -> None:
    answer = await two.post("/catalog/request", message("CatalogRequestMessage", filter=["x" * 200_000]))
    assert (answer.status_code, answer.json()["@type"]) == (413, "CatalogError")


async def test_a_dataset_is_found_with_its_offers_by_its_id(two: Bench, stocked: list[str]) -> None:
    answer = await two.get(f"/catalog/datasets/{quote(stocked[0], safe='')}")
    assert (answer.status_code, answer.json()["@id"]) == (200, stocked[0])
    [offer] = answer.json()["hasPolicy"]
    assert "target" not in offer


async def test_a_dataset_that_is_unknown_or_hidden_is_not_found(two: Bench) -> None:
    hidden = (await two.offer(audience=[RIVAL], visibleTo=[RIVAL]))["target"]
    assert (await two.get(f"/catalog/datasets/{quote(hidden, safe='')}", RIVAL)).status_code == 200
    unknown, seen = hidden.replace("/d/", "/e/"), set()
    for dataset in (hidden, unknown):
        answer = await two.get(f"/catalog/datasets/{quote(dataset, safe='')}")
        assert (answer.status_code, answer.json()["@type"]) == (404, "CatalogError")
        seen.add(answer.text.replace(dataset, ""))
    assert len(seen) == 1
    assert hidden not in listed(await catalog(two))


async def test_the_version_document_is_open_to_all_and_leads_to_the_endpoints(two: Bench) -> None:
    found: Json = (await two.client.get("/.well-known/dspace-version")).json()
    all_is_valid(found)
    [version] = found["protocolVersions"]
    assert (version["version"], version["path"], version["binding"]) == ("2025-1", DSP, "HTTPS")
    assert (await two.get("/catalog/datasets/urn:x:none", PEER)).status_code == 404


VERSIONS = b"""{"protocolVersions": [{"version": "0.8", "path": "/old", "binding": "HTTPS"},
  {"version": "2025-1", "path": "/in/here/", "binding": "HTTPS", "auth": {"protocol": "x", "version": "1"}}]}"""


async def test_of_several_versions_of_a_peer_the_one_we_speak_is_taken(two: Bench) -> None:
    two.peer.always = Told(200, VERSIONS)
    await two.service.peers.put("https://versions.example/", two.peer.base)
    assert await two.service.peers.dsp_base("https://versions.example/") == f"{two.peer.base}/in/here"
