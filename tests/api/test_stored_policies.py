"""Stored policies whose parts stand in several descriptions: the target at a dataset, a refinement at a collection."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

OPERATOR = {"authorization": "Bearer operator-token-of-the-tests"}
TURTLE = {**OPERATOR, "content-type": "text/turtle"}
PREFIXES = """@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> . @prefix ex: <urn:ex:> .
"""
NEVER = "[ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lt ; odrl:rightOperand '2000-01-01'^^xsd:date ]"
USE = "odrl:permission [ odrl:action odrl:use ]"
OFFER = f"ex:p a odrl:Offer ; {USE} ."
DATA = 'ex:data a dcat:Dataset ; dct:title "x"@en ; dct:description "x"@en ; odrl:hasPolicy '
CATALOG = 'ex:cat a dcat:Catalog ; dct:title "c"@en ; dct:description "c"@en ; dcat:dataset ex:data .\n'


async def load(client: httpx.AsyncClient, turtle: str, headers: dict[str, str] = TURTLE) -> None:
    """A whole catalog, cut into descriptions."""
    answer = await client.put("/catalogs/demo", content=PREFIXES + CATALOG + turtle, headers=headers)
    assert answer.is_success, answer.text


async def post(client: httpx.AsyncClient, kind: str, turtle: str, audience: str = "public") -> httpx.Response:
    await client.post("/catalogs", json={"id": "demo"}, headers=OPERATOR)
    where = {"audience": audience}
    answer = await client.post(f"/catalogs/demo/{kind}", params=where, content=PREFIXES + turtle, headers=TURTLE)
    assert answer.is_success, answer.text
    return answer


async def verdict(client: httpx.AsyncClient, target: str = "urn:ex:data", policy: str = "urn:ex:p") -> str:
    request = {"action": "odrl:read", "target": target, "party": "urn:ex:alice"}
    answer = await client.post("/policies/decide", json={"policy": policy, "request": request, "whatIf": True})
    found: dict[str, Any] = answer.json()
    return str(found.get("verdict", answer.status_code))


async def _own_description(client: httpx.AsyncClient) -> None:
    await post(client, "policies", OFFER)
    await post(client, "datasets", DATA + "ex:p .")


async def _own_description_first_the_dataset(client: httpx.AsyncClient) -> None:
    await post(client, "datasets", DATA + "ex:p .")
    await post(client, "policies", OFFER)


async def _embedded(client: httpx.AsyncClient) -> None:
    await post(client, "datasets", f"{DATA} ex:p . {OFFER}")


async def _embedded_without_a_class(client: httpx.AsyncClient) -> None:
    await load(client, f"{DATA} ex:p . ex:p {USE} .")


async def _whole_catalog(client: httpx.AsyncClient) -> None:
    await load(client, f"{DATA} ex:p . {OFFER}")


@pytest.mark.parametrize(
    "store",
    [_own_description, _own_description_first_the_dataset, _embedded, _embedded_without_a_class, _whole_catalog],
)
async def test_a_policy_without_a_target_is_about_the_dataset_that_has_it(
    client: httpx.AsyncClient, store: Callable[..., Any]
) -> None:
    await store(client)
    assert await verdict(client) == "permit"
    assert await verdict(client, target="urn:ex:other") == "not-applicable"


async def test_a_nameless_offer_is_asked_for_by_its_dataset(client: httpx.AsyncClient) -> None:
    await load(client, f"{DATA} [ a odrl:Offer ; {USE} ] .")
    assert await verdict(client, policy="urn:ex:data") == "permit"
    assert await verdict(client, target="urn:ex:other", policy="urn:ex:data") == "not-applicable"


async def test_of_two_nameless_offers_none_is_meant(client: httpx.AsyncClient) -> None:
    await load(client, f"{DATA} [ a odrl:Offer ; {USE} ], [ a odrl:Set ; {USE} ] .")
    assert await verdict(client, policy="urn:ex:data") == "404"


async def test_a_dataset_that_gives_its_policy_up_is_no_target_for_the_next_decision(client: httpx.AsyncClient) -> None:
    await post(client, "policies", OFFER)
    made = await post(client, "datasets", DATA + "ex:p .")
    await post(client, "datasets", DATA.replace("ex:data", "ex:more") + "ex:p .")
    changed = await client.put(made.headers["location"], content=PREFIXES + DATA + "ex:q .", headers=TURTLE)
    assert changed.is_success
    assert [await verdict(client, target=f"urn:ex:{name}") for name in ("data", "more")] == ["not-applicable", "permit"]


@pytest.mark.parametrize("part", ["target", "assignee"])
async def test_a_refinement_in_a_description_of_its_own_holds(client: httpx.AsyncClient, part: str) -> None:
    name = {"target": "ex:data", "assignee": "ex:alice"}[part]
    rule = f"ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:{part} {name} ] ."
    await load(client, f"{DATA} ex:z . {rule} {name} odrl:refinement {NEVER} .")
    assert await verdict(client) != "permit"


async def test_a_party_that_is_a_policy_as_well_keeps_its_refinement(client: httpx.AsyncClient) -> None:
    rule = "ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:assignee ex:alice ] ."
    await load(client, f"{DATA} ex:z . {rule} ex:alice a odrl:Set ; odrl:refinement {NEVER} .")
    assert await verdict(client) != "permit"


async def test_a_dataset_that_the_reader_may_not_see_makes_no_policy_one_for_everything(
    client: httpx.AsyncClient,
) -> None:
    await post(client, "policies", OFFER)
    await post(client, "datasets", DATA + "ex:p .", audience="https://friend.example/")
    request = {"action": "odrl:read", "target": "urn:ex:other"}
    answer = await client.post("/policies/decide", json={"policy": "urn:ex:p", "request": request, "whatIf": True})
    assert not answer.json()["permitted"]
    assert "urn:ex:data" not in answer.text


async def test_nobody_else_says_what_a_policy_is_about(client: httpx.AsyncClient) -> None:
    tokens = client._transport.app.state.service.tokens  # type: ignore[attr-defined]
    await client.post("/catalogs", json={"id": "demo"}, headers=OPERATOR)
    city, town = [
        await tokens.issue(participant=f"https://{name}.example/", role="provider", catalogs=None)
        for name in ("city", "town")
    ]
    for kind, text, token in (("policies", OFFER, city), ("datasets", DATA + "ex:p .", city),
                              ("datasets", DATA.replace("ex:data", "ex:other") + "ex:p .", town)):  # fmt: skip
        headers = {"authorization": f"Bearer {token.secret}", "content-type": "text/turtle"}
        answer = await client.post(f"/catalogs/demo/{kind}", content=PREFIXES + text, headers=headers)
        assert answer.is_success, answer.text
    assert [await verdict(client, f"urn:ex:{name}") for name in ("data", "other")] == ["permit", "not-applicable"]


LOST: dict[str, Any] = {"constraints": [{"leftOperand": "dateTime"}]}


def lossy(whole_catalog: bool, lost: dict[str, Any] = LOST) -> dict[str, Any]:
    """A dataset, perhaps in its catalog, with an offer of which a constraint is lost."""
    rule = {"action": "use", **lost}
    offer = {"@id": "urn:ex:p", "permission": [rule]}
    titled = {"dct:title": {"@value": "x", "@language": "en"}, "dct:description": {"@value": "x", "@language": "en"}}
    data = {"@id": "urn:ex:data", "@type": "dcat:Dataset", **titled, "odrl:hasPolicy": offer}
    whole = {"@id": "urn:ex:cat", "@type": "dcat:Catalog", **titled, "dcat:dataset": data}
    return {"@context": ["http://www.w3.org/ns/odrl.jsonld", {"dcat": "http://www.w3.org/ns/dcat#"}],
            **(whole if whole_catalog else data)}  # fmt: skip


@pytest.mark.parametrize("lost", [LOST, {"constraint": None}])
async def test_an_offer_within_a_dataset_of_which_a_key_was_dropped_is_void(
    client: httpx.AsyncClient, lost: dict[str, Any]
) -> None:
    headers = {**OPERATOR, "content-type": "application/ld+json"}
    await client.post("/catalogs", json={"id": "demo"}, headers=OPERATOR)
    stored = await client.post("/catalogs/demo/datasets", json=lossy(False, lost), headers=headers)
    assert (stored.is_success, await verdict(client)) == (True, "indeterminate")


async def test_an_offer_within_a_dataset_of_a_whole_catalog_is_void_alike(client: httpx.AsyncClient) -> None:
    headers = {**OPERATOR, "content-type": "application/ld+json"}
    stored = await client.put("/catalogs/demo", json=lossy(True), headers=headers)
    assert (stored.is_success, await verdict(client)) == (True, "indeterminate")


async def test_a_policy_beside_which_a_constraint_came_loose_is_void(client: httpx.AsyncClient) -> None:
    await post(client, "policies", f"{OFFER} {NEVER} odrl:uid ex:p .")
    assert await verdict(client) == "indeterminate"
