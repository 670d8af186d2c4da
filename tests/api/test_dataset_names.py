"""Datasets of one IRI by two parties: the terms of who brought the data, or made the offer, decide."""

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

OPERATOR = {"authorization": "Bearer operator-token-of-the-tests"}
DATASET = "https://city.example/census"
PREFIXES = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix odrl: <http://www.w3.org/ns/odrl/2/> .
"""
DATA = f'<{DATASET}> a dcat:Dataset ; dct:title "x"@en ; dct:description "x"@en ; odrl:hasPolicy '
OPEN = "[ a odrl:Set ; odrl:permission [ odrl:action odrl:use ] ] ."
CLOSED = OPEN.replace("permission", "prohibition")
NAMED = "<https://city.example/terms>"
TERMS = {"@type": "Offer", "permission": [{"action": "use"}]}


class Party:
    """A provider with a catalog of its name."""

    def __init__(self, client: httpx.AsyncClient, name: str, token: str) -> None:
        self.client, self.name, self.bearer = client, name, {"authorization": f"Bearer {token}"}

    async def publish(self, turtle: str, kind: str = "datasets") -> str:
        """Publish a description; answers its path."""
        headers = {**self.bearer, "content-type": "text/turtle"}
        address = f"/catalogs/{self.name}/{kind}"
        answer = await self.client.post(address, content=PREFIXES + turtle, headers=headers)
        assert answer.status_code == 201, answer.text
        return httpx.URL(answer.headers["location"]).path

    async def bring(self) -> None:
        """Bring the data."""
        headers = {**self.bearer, "content-type": "text/csv"}
        answer = await self.client.put(
            "/exchange/files", content=b"a,b\n", headers=headers, params={"dataset": DATASET}
        )
        assert answer.status_code == 200, answer.text


@pytest.fixture
async def parties(client: httpx.AsyncClient) -> dict[str, Party]:
    found = {}
    for name in ("city", "town"):
        await client.post("/catalogs", json={"id": name}, headers=OPERATOR)
        tokens = client._transport.app.state.service.tokens  # type: ignore[attr-defined]
        issued = await tokens.issue(participant=f"https://{name}.example/", role="provider", catalogs=None)
        found[name] = Party(client, name, issued.secret)
    return found


async def test_data_are_let_out_by_the_terms_of_who_brought_them(
    client: httpx.AsyncClient, parties: dict[str, Party]
) -> None:
    paths = [await parties["town"].publish(DATA + OPEN), await parties["city"].publish(DATA + CLOSED)]
    await parties["city"].bring()
    assert [(await client.get(f"{path}/data")).status_code for path in paths] == [403, 403]


async def test_a_namesake_that_came_first_does_not_close_open_data(
    client: httpx.AsyncClient, parties: dict[str, Party]
) -> None:
    await parties["town"].publish(DATA + CLOSED)
    path = await parties["city"].publish(DATA + OPEN)
    await parties["city"].bring()
    assert (await client.get(f"{path}/data")).content == b"a,b\n"


async def test_nobody_opens_data_by_a_policy_that_their_owner_only_names(
    client: httpx.AsyncClient, parties: dict[str, Party]
) -> None:
    path = await parties["city"].publish(f"{DATA} {NAMED} .")
    await parties["city"].bring()
    policy = f"{NAMED} a odrl:Set ; odrl:permission [ odrl:action odrl:use ] ."
    await parties["town"].publish(policy, "policies")
    assert (await client.get(f"{path}/data")).status_code == 403
    await parties["city"].publish(policy, "policies")
    assert (await client.get(f"{path}/data")).status_code == 200


async def test_an_offer_is_of_the_dataset_of_who_made_it(client: httpx.AsyncClient, parties: dict[str, Party]) -> None:
    city = parties["city"]
    await parties["town"].publish(DATA + OPEN)
    await city.publish(DATA + CLOSED)
    body: dict[str, Any] = {"dataset": DATASET, "terms": TERMS, "audience": ["public"]}
    made = await client.post("/offers", json=body, headers=city.bearer)
    assert made.status_code == 201, made.text
    shown = await client.get(httpx.URL(made.json()["offer"]).path)
    found = await client.get(shown.headers["location"], headers={"accept": "text/turtle"})
    assert (shown.status_code, made.json()["offer"] in found.text) == (303, True)
