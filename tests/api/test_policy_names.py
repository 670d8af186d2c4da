"""Names that several parties use: nobody's policy is overridden by what another publishes under the same one."""

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

PREFIXES = "@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix dct: <http://purl.org/dc/terms/> .\n"
OPERATOR = {"authorization": "Bearer operator-token-of-the-tests", "content-type": "text/turtle"}
NO = "<urn:ex:w> a odrl:Set ; odrl:prohibition [ odrl:action odrl:use ] ."
YES = "<urn:ex:w> a odrl:Set ; odrl:permission [ odrl:action odrl:use ] ."
CHILD = "<urn:ex:child> a odrl:Set ; odrl:inheritFrom <urn:ex:w> ; odrl:permission [ odrl:action odrl:use ] ."
TWICE = (
    "<urn:ex:w> a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:constraint"
    " [ odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 2 ] ] ."
)


class Party:
    """A provider with a catalog of its name."""

    def __init__(self, client: httpx.AsyncClient, name: str, headers: dict[str, str]) -> None:
        self.client, self.name, self.headers = client, name, headers

    async def publish(self, turtle: str, **where: str) -> str:
        """Publish a policy; answers its address."""
        address = f"/catalogs/{self.name}/policies"
        answer = await self.client.post(address, params=where, content=PREFIXES + turtle, headers=self.headers)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["location"])

    async def ask(self, policy: Any, **more: Any) -> httpx.Response:
        """Ask for a decision."""
        body = {"policy": policy, "request": {"action": "odrl:use", "target": "urn:ex:data"}, **more}
        headers = {**self.headers, "content-type": "application/json"}
        return await self.client.post("/policies/decide", json=body, headers=headers)

    async def verdict(self, policy: Any) -> Any:
        """The verdict, or the kind of refusal."""
        found = (await self.ask(policy)).json()
        return found.get("verdict") or found["type"].rpartition("/")[2]


@pytest.fixture
async def city(client: httpx.AsyncClient) -> Party:
    return await _party(client, "city")


@pytest.fixture
async def town(client: httpx.AsyncClient) -> Party:
    return await _party(client, "town")


@pytest.fixture
def anybody(client: httpx.AsyncClient) -> Party:
    return Party(client, "nobody", {})


@pytest.fixture
def operator(client: httpx.AsyncClient) -> Party:
    return Party(client, "operator", OPERATOR)


async def _party(client: httpx.AsyncClient, name: str) -> Party:
    await client.post("/catalogs", json={"id": name}, headers={"authorization": OPERATOR["authorization"]})
    tokens = client._transport.app.state.service.tokens  # type: ignore[attr-defined]
    issued = await tokens.issue(participant=f"https://{name}.example/", role="provider", catalogs=None)
    return Party(client, name, {"authorization": f"Bearer {issued.secret}", "content-type": "text/turtle"})


def of(party: Party, iri: str = "urn:ex:w") -> dict[str, str]:
    return {"iri": iri, "catalog": party.name}


@pytest.mark.parametrize("hidden", [{"audience": "participants"}, {"state": "draft"}])
async def test_a_hidden_parent_is_not_replaced_by_a_namesake_of_another(
    city: Party, town: Party, anybody: Party, hidden: dict[str, str]
) -> None:
    await city.publish(NO, **hidden)
    await city.publish(CHILD)
    await town.publish(YES)
    found = (await anybody.ask("urn:ex:child")).json()
    assert (found["verdict"], [fault["code"] for fault in found["faults"]]) == ("indeterminate", ["parent-missing"])


async def test_a_withdrawn_parent_is_not_replaced_by_a_namesake_of_another(
    city: Party, town: Party, anybody: Party
) -> None:
    parent = await city.publish(NO)
    await city.publish(CHILD)
    await town.publish(YES)
    await city.client.delete(parent, headers=city.headers)
    assert [await one.verdict("urn:ex:child") for one in (city, town, anybody)] == ["indeterminate"] * 3


async def test_a_parent_is_that_of_the_same_owner_whoever_came_first(city: Party, town: Party, anybody: Party) -> None:
    await town.publish(YES)
    await city.publish(NO)
    await city.publish(CHILD)
    assert await anybody.verdict("urn:ex:child") == "deny"


async def test_a_parent_of_two_others_is_nobodys(client: httpx.AsyncClient, city: Party, town: Party) -> None:
    village = await _party(client, "village")
    await city.publish(YES, audience="https://friend.example/")
    await town.publish(YES)
    await village.publish(CHILD)
    assert await village.verdict("urn:ex:child") == "indeterminate"


async def test_a_replacement_is_that_of_the_same_owner(city: Party, town: Party, anybody: Party) -> None:
    await city.publish(NO, audience="participants")
    await city.publish("<urn:ex:old> a odrl:Set ; dct:isReplacedBy <urn:ex:w> .")
    await town.publish(YES)
    assert [await one.verdict("urn:ex:old") for one in (anybody, town)] == ["indeterminate", "deny"]


async def test_a_name_that_two_parties_use_is_asked_back(
    city: Party, town: Party, anybody: Party, operator: Party
) -> None:
    await town.publish(YES)
    await city.publish(NO)
    for one in (anybody, operator):
        found = (await one.ask("urn:ex:w")).json()
        assert (found["status"], found["catalogs"], found["place"]) == (409, ["town", "city"], {"member": "policy"})
    assert [await one.verdict(of(city)) for one in (anybody, operator, town)] == ["deny"] * 3
    assert [await one.verdict(of(town)) for one in (anybody, operator, city)] == ["permit"] * 3


async def test_whoever_has_a_policy_of_the_name_means_its_own(city: Party, town: Party) -> None:
    await town.publish(YES)
    await city.publish(NO)
    assert [await one.verdict("urn:ex:w") for one in (city, town)] == ["deny", "permit"]


async def test_a_name_taken_first_does_not_keep_its_owner_from_counting(city: Party, town: Party) -> None:
    await town.publish(YES)
    await city.publish(TWICE)
    answers = [await city.ask("urn:ex:w", consume=True) for _ in range(3)]
    assert [answer.json().get("permitted") for answer in answers] == [True, True, False]


async def test_nobody_uses_up_the_limit_of_another_by_its_name(city: Party, town: Party, anybody: Party) -> None:
    await city.publish(TWICE)
    await town.publish(TWICE)
    for _ in range(3):
        await town.ask("urn:ex:w", consume=True, request={"action": "odrl:use", "party": "urn:ex:alice"})
    asked = {"action": "odrl:use", "party": "urn:ex:alice"}
    assert [(await anybody.ask(of(one), request=asked)).json()["permitted"] for one in (city, town)] == [True, False]


async def test_a_withdrawn_policy_is_not_followed_by_a_namesake(city: Party, town: Party, anybody: Party) -> None:
    mine = await city.publish(NO)
    await town.publish(YES)
    await city.client.delete(mine, headers=city.headers)
    assert [await one.verdict("urn:ex:w") for one in (anybody, city, town)] == [
        "policy-name-shared", "policy-unknown", "permit",
    ]  # fmt: skip


async def test_the_answer_says_whose_policy_it_is(city: Party, town: Party, anybody: Party) -> None:
    await city.publish(NO)
    await town.publish("<urn:ex:mine> a odrl:Set ; dct:isReplacedBy <urn:ex:w> .")
    its = {"iri": "urn:ex:w", "catalog": "city", "owner": "https://city.example/"}
    assert (await anybody.ask("urn:ex:w")).json()["decidedBy"] == its
    assert (await anybody.ask("urn:ex:mine")).json()["decidedBy"] == its


async def test_a_policy_within_a_dataset_does_not_pass_for_that_of_another(
    client: httpx.AsyncClient, city: Party, town: Party, anybody: Party
) -> None:
    data = f'<urn:ex:data> a <http://www.w3.org/ns/dcat#Dataset> ; dct:title "x"@en ; odrl:hasPolicy <urn:ex:w> . {NO}'
    stored = await client.post("/catalogs/city/datasets", content=PREFIXES + data, headers=city.headers)
    assert (stored.status_code, await anybody.verdict("urn:ex:w")) == (201, "deny")
    await town.publish(YES)
    assert [await anybody.verdict(each) for each in ("urn:ex:w", of(city))] == ["policy-name-shared", "deny"]


async def test_policies_are_compared_by_catalog_and_name(city: Party, town: Party, client: httpx.AsyncClient) -> None:
    await city.publish(NO)
    await town.publish(YES)
    found = await client.post("/policies/compare", json={"a": of(city), "b": of(town)})
    assert found.json()["verdict"] == "conflict"
    assert (await client.post("/policies/compare", json={"a": "urn:ex:w", "b": of(town)})).status_code == 409
