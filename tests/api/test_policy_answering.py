"""Who answers for a policy: what a caller may choose or state that would turn the answer is for those alone."""

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

PREFIXES = "@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix dct: <http://purl.org/dc/terms/> .\n"
PAID = (
    "<urn:ex:paid> a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:duty [ odrl:action odrl:compensate ] ] ."
)
TWICE = (
    "<urn:ex:twice> a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:constraint"
    " [ odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 2 ] ] ."
)
REPLACED = "<urn:ex:mine> a odrl:Set ; dct:isReplacedBy <urn:ex:twice> ."


@pytest.fixture
async def providers(client: httpx.AsyncClient) -> dict[str, dict[str, str]]:
    """Headers of two providers, by name; the one called city has published the policies above."""
    service = client._transport.app.state.service  # type: ignore[attr-defined]
    found = {}
    for name in ("city", "town"):
        issued = await service.tokens.issue(participant=f"https://{name}.example/", role="provider", catalogs=None)
        found[name] = {"authorization": f"Bearer {issued.secret}", "content-type": "text/turtle"}
    operator = {"authorization": "Bearer operator-token-of-the-tests"}
    await client.post("/catalogs", json={"id": "demo"}, headers=operator)
    for policy in (PAID, TWICE):
        await client.post("/catalogs/demo/policies", content=PREFIXES + policy, headers=found["city"])
    return found


async def asked(client: httpx.AsyncClient, policy: Any, headers: dict[str, str], **more: Any) -> httpx.Response:
    body = {"policy": policy, "request": {"action": "odrl:use", "target": "urn:ex:data"}, **more}
    return await client.post("/policies/decide", json=body, headers={**headers, "content-type": "application/json"})


async def test_nobody_else_chooses_that_a_duty_need_not_be_done_first(
    client: httpx.AsyncClient, providers: dict[str, dict[str, str]]
) -> None:
    looser = {"dutyMode": "not-violated"}
    for other in ({}, providers["town"]):
        answer = await asked(client, "urn:ex:paid", other, **looser)
        assert (answer.status_code, answer.json()["place"]) == (403, {"member": "dutyMode"})
    assert (await asked(client, "urn:ex:paid", {}, whatIf=True, **looser)).json()["permitted"]
    assert (await asked(client, "urn:ex:paid", providers["city"], **looser)).json()["permitted"]


async def test_who_is_replaced_by_the_policy_of_another_does_not_answer_for_that(
    client: httpx.AsyncClient, providers: dict[str, dict[str, str]]
) -> None:
    town, facts = providers["town"], {"world": {"memberships": {"urn:ex:data": ["urn:ex:all"]}}}
    stored = await client.post("/catalogs/demo/policies", content=PREFIXES + REPLACED, headers=town)
    assert stored.status_code == 201, stored.text
    assert (await asked(client, "urn:ex:mine", town)).json()["permitted"]
    assert (await asked(client, "urn:ex:mine", town, consume=True)).status_code == 403
    assert (await asked(client, "urn:ex:mine", town, **facts)).status_code == 403
    assert (await asked(client, "urn:ex:mine", providers["city"], consume=True)).json()["permitted"]
