"""Policies asked over HTTP: decided, validated, compared, and nothing believed that the caller cannot vouch for."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.settings import Settings

pytestmark = pytest.mark.anyio

BASE = "http://127.0.0.1:8000"
ODRL = "http://www.w3.org/ns/odrl/2/"
OPERATOR = {"authorization": "Bearer operator-token-of-the-tests"}
TURTLE = {**OPERATOR, "content-type": "text/turtle"}
PREFIXES = "@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
OPEN = PREFIXES + "<urn:ex:p> a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:target <urn:ex:data> ] ."
TEN = PREFIXES + (
    "<urn:ex:ten> a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:target <urn:ex:data> ;"
    " odrl:constraint <urn:ex:limit> ] .\n"
    "<urn:ex:limit> odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 2 ."
)
FORBIDDEN = OPEN.replace("odrl:permission", "odrl:prohibition").replace("urn:ex:p>", "urn:ex:q>")
READ = {"action": "odrl:read", "target": "urn:ex:data", "party": "urn:ex:alice"}


def constrained(left: str, right: str) -> str:
    rule = f"odrl:leftOperand {left} ; odrl:operator odrl:eq ; odrl:rightOperand {right}"
    return OPEN.replace("<urn:ex:data> ]", f"<urn:ex:data> ; odrl:constraint [ {rule} ] ]")


def inline(turtle: str) -> dict[str, str]:
    return {"text": turtle, "mediaType": "text/turtle"}


async def decide(client: httpx.AsyncClient, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
    return await client.post("/policies/decide", json=body, headers=headers or {})


async def stored(client: httpx.AsyncClient, turtle: str, audience: str = "public") -> str:
    await client.post("/catalogs", json={"id": "demo"}, headers=OPERATOR)
    answer = await client.post("/catalogs/demo/policies", params={"audience": audience}, content=turtle, headers=TURTLE)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


async def token(client: httpx.AsyncClient, participant: str, role: str) -> dict[str, str]:
    tokens = client._transport.app.state.service.tokens  # type: ignore[attr-defined]
    issued = await tokens.issue(participant=participant, role=role, catalogs=None)
    return {"authorization": f"Bearer {issued.secret}"}


async def test_a_policy_in_the_body_is_decided_and_explained(client: httpx.AsyncClient) -> None:
    answer = await decide(client, {"policy": inline(OPEN), "request": READ})
    found = answer.json()
    assert (found["verdict"], found["enforced"], found["permitted"]) == ("permit", "permit", True)
    assert found["text"]["en"].startswith("Permitted.")
    assert found["text"]["ja"].startswith("許可します。")


async def test_a_policy_in_json_ld_is_decided_alike(client: httpx.AsyncClient) -> None:
    rule = {"target": "urn:ex:data", "action": "use"}
    policy = {"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Set", "uid": "urn:ex:p", "permission": [rule]}
    assert (await decide(client, {"policy": policy, "request": READ})).json()["verdict"] == "permit"


async def test_a_stored_policy_is_decided_by_its_iri_and_logged(client: httpx.AsyncClient) -> None:
    await stored(client, OPEN)
    found = (await decide(client, {"policy": "urn:ex:p", "request": READ})).json()
    decisions = client._transport.app.state.service.decisions  # type: ignore[attr-defined]
    assert found["permitted"]
    assert found["logged"]
    assert b'"policy":"urn:ex:p"' in await decisions.line(found["id"])


async def test_decisions_leave_no_lag_of_graphs_or_index(client: httpx.AsyncClient) -> None:
    await stored(client, OPEN)
    await decide(client, {"policy": "urn:ex:p", "request": READ})
    await client._transport.app.state.service.follow()  # type: ignore[attr-defined]
    figures = (await client.get("/metrics")).text.splitlines()
    assert {line for line in figures if line.startswith("renkei_projection_lag{")} == {
        'renkei_projection_lag{projection="graphs"} 0.0',
        'renkei_projection_lag{projection="fulltext"} 0.0',
    }


async def test_a_changed_policy_is_in_force_for_the_next_decision(client: httpx.AsyncClient) -> None:
    address = await stored(client, OPEN)
    assert (await decide(client, {"policy": "urn:ex:p", "request": READ})).json()["permitted"]
    changed = await client.put(address, content=OPEN.replace("odrl:permission", "odrl:prohibition"), headers=TURTLE)
    assert changed.is_success, changed.text
    assert (await decide(client, {"policy": "urn:ex:p", "request": READ})).json()["verdict"] == "deny"


async def test_a_change_that_came_first_is_in_force_for_who_waits_behind_it(client: httpx.AsyncClient) -> None:
    address, database = await stored(client, OPEN), client._transport.app.state.service.database  # type: ignore[attr-defined]
    async with database.writing():
        forbidding = OPEN.replace("odrl:permission", "odrl:prohibition")
        change = asyncio.create_task(client.put(address, content=forbidding, headers=TURTLE))
        await waiting(database, 1)
        decision = asyncio.create_task(decide(client, {"policy": "urn:ex:p", "request": READ}))
        await waiting(database, 2)
        let_go = datetime.now(UTC)
    found = (await decision).json()
    assert ((await change).status_code, found["verdict"]) == (200, "deny")
    assert datetime.fromisoformat(found["at"]) > let_go


async def waiting(database: Any, count: int) -> None:
    """Wait until so many others wait for the lock."""
    for _ in range(1000):
        if database._committing._waiting >= count:
            return
        await asyncio.sleep(0.01)


async def test_a_changed_parent_is_in_force_for_the_next_decision(client: httpx.AsyncClient) -> None:
    parent = await stored(client, OPEN)
    await stored(client, PREFIXES + "<urn:ex:child> a odrl:Set ; odrl:inheritFrom <urn:ex:p> .")
    assert (await decide(client, {"policy": "urn:ex:child", "request": READ})).json()["permitted"]
    await client.put(parent, content=OPEN.replace("odrl:permission", "odrl:prohibition"), headers=TURTLE)
    assert not (await decide(client, {"policy": "urn:ex:child", "request": READ})).json()["permitted"]


async def test_an_invisible_policy_is_answered_like_none(client: httpx.AsyncClient) -> None:
    await stored(client, OPEN, audience="https://friend.example/")
    hidden = await decide(client, {"policy": "urn:ex:p", "request": READ})
    none = await decide(client, {"policy": "urn:ex:z", "request": READ})
    same = ("type", "status", "title", "place")
    assert [hidden.json()[name] for name in same] == [none.json()[name] for name in same]
    assert hidden.status_code == 404
    assert (await decide(client, {"policy": "urn:ex:p", "request": READ}, OPERATOR)).json()["permitted"]


async def test_what_inherits_from_an_invisible_policy_is_void(client: httpx.AsyncClient) -> None:
    await stored(client, OPEN, audience="https://friend.example/")
    await stored(client, PREFIXES + "<urn:ex:child> a odrl:Set ; odrl:inheritFrom <urn:ex:p> .")
    found = (await decide(client, {"policy": "urn:ex:child", "request": READ})).json()
    assert (found["verdict"], [fault["code"] for fault in found["faults"]]) == ("indeterminate", ["parent-missing"])


async def test_a_draft_is_no_policy_yet(client: httpx.AsyncClient) -> None:
    await client.post("/catalogs", json={"id": "demo"}, headers=OPERATOR)
    await client.post("/catalogs/demo/policies", params={"state": "draft"}, content=OPEN, headers=TURTLE)
    assert (await decide(client, {"policy": "urn:ex:p", "request": READ}, OPERATOR)).status_code == 404


@pytest.mark.parametrize("source", ["clock", "token", "credential", "counter", "payment", "catalog", "attested"])
async def test_nobody_without_a_token_states_a_trusted_source(client: httpx.AsyncClient, source: str) -> None:
    purpose = {ODRL + "purpose": {"value": "x", "source": source}}
    for body in ({"request": {**READ, "parameters": purpose}}, {"request": READ, "world": {"values": purpose}}):
        answer = await decide(client, {"policy": inline(OPEN), "whatIf": True, **body})
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (403, "source-refused")


async def test_nobody_without_a_token_says_who_vouches_for_a_value(client: httpx.AsyncClient) -> None:
    said = {ODRL + "purpose": {"value": "x", "trust": "https://issuer.example/"}}
    body = {"policy": inline(OPEN), "request": {**READ, "parameters": said}}
    assert (await decide(client, body)).json()["place"] == {"member": f"request.parameters.{ODRL}purpose"}
    assert (await decide(client, body, OPERATOR)).json()["permitted"]


@pytest.mark.parametrize(
    "world",
    [
        {"memberships": {"urn:ex:alice": ["urn:ex:members"]}},
        {"performed": [{"action": "odrl:compensate", "at": "2026-01-01T00:00:00Z"}]},
        {"reports": {"urn:ex:rule": {"deontic": "fulfilled"}}},
        {"counters": {"urn:ex:p": {"urn:ex:limit": 0}}},
    ],
)
async def test_nobody_without_a_token_states_facts_of_the_world(client: httpx.AsyncClient, world: Any) -> None:
    answer = await decide(client, {"policy": inline(OPEN), "request": READ, "world": world, "whatIf": True})
    assert answer.status_code == 403
    assert answer.json()["place"]["member"].startswith("world.")


async def test_the_time_is_that_of_the_service(client: httpx.AsyncClient) -> None:
    past = {"policy": inline(OPEN), "request": READ, "at": "2020-01-01T00:00:00Z"}
    now = {"policy": inline(OPEN), "request": READ, "world": {"now": "2020-01-01T00:00:00Z"}}
    answers = [await decide(client, body, headers) for body in (past, now) for headers in ({}, OPERATOR)]
    answers.append(await decide(client, {**past, "whatIf": True}))
    assert [answer.status_code for answer in answers] == [422] * 5


async def test_whoever_has_a_token_may_suppose_another_time(client: httpx.AsyncClient) -> None:
    rule = "odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lt ; odrl:rightOperand '2021-01-01'^^xsd:date"
    past = OPEN.replace("<urn:ex:data> ]", f"<urn:ex:data> ; odrl:constraint [ {rule} ] ]")
    asked = {"policy": inline(past), "request": READ, "whatIf": True}
    supposed = await decide(client, {**asked, "at": "2020-01-01T00:00:00Z"}, OPERATOR)
    assert (supposed.json()["permitted"], supposed.json()["logged"]) == (True, False)
    assert not (await decide(client, asked, OPERATOR)).json()["permitted"]


async def test_a_date_is_a_day_in_the_zone_of_the_settings(settings: Callable[..., Settings]) -> None:
    app = create_app(settings(policy_zone="+09:00"))
    rule = "odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lteq ; odrl:rightOperand '2027-03-31'^^xsd:date"
    until = OPEN.replace("<urn:ex:data> ]", f"<urn:ex:data> ; odrl:constraint [ {rule} ] ]")
    asked = {"policy": inline(until), "request": READ, "whatIf": True}
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        times = [{"at": f"2027-03-31T{time}Z"} for time in ("14:59:59", "15:00:00")]
        found = [(await decide(client, {**asked, **at}, OPERATOR)).json() for at in times]
    assert [each["permitted"] for each in found] == [True, False]
    assert "UTC+09:00" in json.dumps(found)


async def test_the_provider_of_a_policy_states_what_tokens_prove(client: httpx.AsyncClient) -> None:
    await client.post("/catalogs", json={"id": "demo"}, headers=OPERATOR)
    provider, other = [await token(client, f"https://{name}.example/", "provider") for name in ("city", "town")]
    await client.post("/catalogs/demo/policies", content=OPEN, headers={**provider, "content-type": "text/turtle"})
    purpose = {ODRL + "purpose": {"value": "x", "source": "token"}}
    body = {"policy": "urn:ex:p", "request": {**READ, "parameters": purpose}}
    assert (await decide(client, body, provider)).status_code == 200
    assert (await decide(client, body, other)).status_code == 403


async def test_a_declared_value_does_not_open_what_asks_for_a_credential(client: httpx.AsyncClient) -> None:
    vocabulary = client._transport.app.state.service.policies.vocabulary()  # type: ignore[attr-defined]
    left = next(its.iri for its in vocabulary.operands if "declared" not in its.sources and its.kind == "concept")
    body = {"policy": inline(constrained(f"<{left}>", '"x"')), "request": {**READ, "parameters": {left: "x"}}}
    found = (await decide(client, body)).json()
    assert not found["permitted"]
    assert [each["operand"] for each in found["missing"]] == [left]


async def test_a_limit_is_used_up_in_one_step_with_the_decision(client: httpx.AsyncClient) -> None:
    await stored(client, TEN)
    batch = [{"policy": "urn:ex:ten", "request": READ, "report": "brief"}] * 3
    found = (await decide(client, {"batch": batch, "consume": True}, OPERATOR)).json()["decisions"]
    assert [each["permitted"] for each in found] == [True, True, False]
    assert not (await decide(client, {"policy": "urn:ex:ten", "request": READ}, OPERATOR)).json()["permitted"]


async def test_only_who_answers_for_a_policy_uses_up_its_limit(client: httpx.AsyncClient) -> None:
    await stored(client, TEN)
    body = {"policy": "urn:ex:ten", "request": READ, "consume": True}
    assert (await decide(client, body)).status_code == 401
    assert (await decide(client, body, await token(client, "https://town.example/", "provider"))).status_code == 403
    assert (await decide(client, {**body, "policy": inline(TEN)}, OPERATOR)).status_code == 403
    assert (await decide(client, {**body, "whatIf": True}, OPERATOR)).status_code == 403


async def test_who_repeats_the_name_of_a_policy_learns_nothing_of_its_use(client: httpx.AsyncClient) -> None:
    await stored(client, TEN)
    batch = [{"policy": "urn:ex:ten", "request": READ}] * 2
    await decide(client, {"batch": batch, "consume": True}, OPERATOR)
    assert (await decide(client, {"policy": inline(TEN), "request": READ})).json()["permitted"]
    assert not (await decide(client, {"policy": "urn:ex:ten", "request": READ})).json()["permitted"]


async def test_an_offer_releases_nothing_but_may_be_asked_what_if(client: httpx.AsyncClient) -> None:
    offer = OPEN.replace("odrl:Set", "odrl:Offer")
    asked = {"policy": inline(offer), "request": READ}
    assert (await decide(client, asked)).json()["verdict"] == "not-applicable"
    assert (await decide(client, {**asked, "whatIf": True})).json()["permitted"]


async def test_a_batch_has_a_limit(client: httpx.AsyncClient) -> None:
    answer = await decide(client, {"batch": [{"policy": "urn:ex:p", "request": {"action": "x:y"}}] * 1001})
    assert (answer.status_code, answer.json()["place"]) == (413, {"member": "batch"})


async def test_the_wrong_one_of_a_batch_is_named_and_nothing_is_decided(client: httpx.AsyncClient) -> None:
    await stored(client, TEN)
    good = {"policy": "urn:ex:ten", "request": READ}
    answer = await decide(client, {"batch": [good, {"policy": "urn:ex:ten"}], "consume": True}, OPERATOR)
    assert answer.json()["place"] == {"member": "batch[1].request"}
    assert (await decide(client, {"batch": [good] * 2, "consume": True}, OPERATOR)).json()["decisions"][1]["permitted"]


@pytest.mark.parametrize(
    "body",
    [
        [], "x", 1, None, {}, {"policy": 1}, {"policy": "urn:ex:p", "request": []}, {"batch": {}}, {"batch": []},
        {"policy": {"text": 1}}, {"policy": {"text": "", "mediaType": "text/turtle"}, "request": READ},
        {"policy": {"text": "rubbish <", "mediaType": "text/turtle"}, "request": READ},
        {"policy": {}, "request": READ}, {"policy": {"@context": 1}, "request": READ},
        {"policy": inline(OPEN), "request": {"action": 1}}, {"policy": inline(OPEN), "request": {**READ, "x": 1}},
        {"policy": inline(OPEN), "request": {**READ, "parameters": {"a": {"terms": ["<"]}}}},
        {"policy": inline(OPEN), "request": {**READ, "parameters": {"a": {"value": {"@id": "no iri"}}}}},
        {"policy": inline(OPEN), "request": {**READ, "parameters": {"a": {"value": 1, "source": []}}}},
        {"policy": inline(OPEN), "request": {**READ, "parameters": {"a": {"value": 1, "source": {"a": 1}}}}},
        {"policy": inline(OPEN), "request": READ, "world": 1}, {"policy": inline(OPEN), "request": READ, "at": 5},
        {"policy": inline(OPEN), "request": READ, "world": {"performed": [1]}},
        {"policy": inline(OPEN), "request": READ, "dutyMode": []}, {"policy": inline(OPEN), "request": READ, "consume": 1},
    ],
)  # fmt: skip
async def test_rubbish_is_refused_with_place_and_remedy(client: httpx.AsyncClient, body: Any) -> None:
    answer = await decide(client, body)
    assert 400 <= answer.status_code < 500, answer.text
    assert {"title", "detail", "remedy"} <= answer.json().keys()


async def test_json_in_utf_16_is_refused_with_the_reason(client: httpx.AsyncClient) -> None:
    answer = await client.post("/policies/decide", content='{"policy": "urn:ex:p"}'.encode("utf-16"))
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (400, "json-refused")


async def test_an_unknown_context_is_not_fetched_but_named(client: httpx.AsyncClient) -> None:
    policy = {"@context": "http://127.0.0.1:1/context.jsonld", "@type": "Set", "permission": []}
    answer = await decide(client, {"policy": policy, "request": READ})
    assert answer.status_code == 422
    assert "http://127.0.0.1:1/context.jsonld" in answer.json()["detail"]


async def test_a_key_that_no_context_defines_voids_the_policy(client: httpx.AsyncClient) -> None:
    rule = {"target": "urn:ex:data", "action": "use", "constraints": [{"leftOperand": "dateTime"}]}
    policy = {"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Set", "uid": "urn:ex:p", "permission": [rule]}
    found = (await decide(client, {"policy": policy, "request": READ})).json()
    assert (found["permitted"], found["faults"][0]["code"]) == (False, "key-dropped")


async def test_a_stored_policy_of_which_a_key_was_dropped_is_void(client: httpx.AsyncClient) -> None:
    await client.post("/catalogs", json={"id": "demo"}, headers=OPERATOR)
    rule = {"target": "urn:ex:data", "action": "use", "constraints": [{"leftOperand": "dateTime"}]}
    policy = {"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Set", "uid": "urn:ex:p", "permission": [rule]}
    headers = {**OPERATOR, "content-type": "application/ld+json"}
    assert (await client.post("/catalogs/demo/policies", json=policy, headers=headers)).status_code == 201
    found = (await decide(client, {"policy": "urn:ex:p", "request": READ})).json()
    assert (found["verdict"], found["faults"][0]["code"]) == ("indeterminate", "part-lost")


async def test_a_policy_of_a_whole_catalog_of_which_a_key_was_dropped_is_void(client: httpx.AsyncClient) -> None:
    rule = {"target": "urn:ex:data", "action": "use", "constraints": [{"leftOperand": "dateTime"}]}
    policy = {"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Set", "uid": "urn:ex:p", "permission": [rule]}
    headers = {**OPERATOR, "content-type": "application/ld+json"}
    assert (await client.put("/catalogs/demo", json=policy, headers=headers)).is_success
    found = (await decide(client, {"policy": "urn:ex:p", "request": READ})).json()
    assert (found["verdict"], found["faults"][0]["code"]) == ("indeterminate", "part-lost")


@pytest.mark.parametrize("depth", [120, 900])
async def test_what_is_nested_too_deep_is_void_and_no_crash(client: httpx.AsyncClient, depth: int) -> None:
    inner = "odrl:leftOperand odrl:dateTime ; odrl:operator odrl:gt ; odrl:rightOperand '2020-01-01'^^xsd:date"
    nested = "[ odrl:and " * depth + f"[ {inner} ]" + " ]" * depth
    deep = OPEN.replace("<urn:ex:data> ]", f"<urn:ex:data> ; odrl:constraint {nested} ]")
    found = (await decide(client, {"policy": inline(deep), "request": READ})).json()
    assert (found["verdict"], found["faults"][0]["code"]) == ("indeterminate", "too-deep")


@pytest.mark.parametrize("text", ["{{7*7}}", "{0.__class__}", "%(x)s", "';DROP TABLE x;--", "__import__('os')", "${x}"])
async def test_text_in_a_policy_is_never_more_than_text(client: httpx.AsyncClient, text: str) -> None:
    asked = {**READ, "parameters": {ODRL + "purpose": text}}
    same = await decide(client, {"policy": inline(constrained("odrl:purpose", f'"{text}"')), "request": asked})
    other = await decide(client, {"policy": inline(constrained("odrl:purpose", '"49"')), "request": asked})
    assert (same.json()["permitted"], other.json()["permitted"]) == (True, False)
    assert text in same.json()["text"]["en"]


async def test_who_names_a_party_is_told_whether_it_was_proved(client: httpx.AsyncClient) -> None:
    body = {"policy": inline(OPEN), "request": READ}
    own = await decide(
        client, {**body, "request": {**READ, "party": None}}, await token(client, "https://a.example/", "reader")
    )
    assert (await decide(client, body)).json()["party"] == {"iri": "urn:ex:alice", "source": "declared"}
    assert own.json()["party"] == {"iri": "https://a.example/", "source": "token"}


async def test_the_refusal_is_in_the_language_of_the_reader(client: httpx.AsyncClient) -> None:
    answer = await decide(client, {"policy": "urn:ex:z", "request": READ}, {"accept-language": "ja"})
    assert answer.json()["title"] == "ポリシーがありません"


async def validated(client: httpx.AsyncClient, content: str | bytes, media_type: str) -> Any:
    answer = await client.post("/policies/validate", content=content, headers={"content-type": media_type})
    return answer.json() if answer.is_success else answer


async def test_a_sound_policy_is_valid(client: httpx.AsyncClient) -> None:
    found = await validated(client, OPEN, "text/turtle")
    assert (found["valid"], found["results"]) == (True, [])
    assert found["policies"][0]["evaluable"]


async def test_words_that_nothing_declares_are_invalid(client: httpx.AsyncClient) -> None:
    found = await validated(client, constrained("odrl:dateTim", "1"), "text/turtle")
    assert not found["valid"]
    assert "policy-left-operand" in {each["cause"] for each in found["results"]}


async def test_a_document_without_policies_is_invalid(client: httpx.AsyncClient) -> None:
    found = await validated(client, "<urn:a> <urn:b> <urn:c> .", "text/turtle")
    assert (found["valid"], found["policies"]) == (False, [])


async def test_json_ld_in_utf_16_is_validated(client: httpx.AsyncClient) -> None:
    text = '{"@context":"http://www.w3.org/ns/odrl.jsonld","@type":"Set","uid":"urn:ex:p","permission":[{"action":"use","target":"urn:ex:d"}]}'
    found = await validated(client, text.encode("utf-16"), "application/ld+json")
    assert found["policies"][0]["permissions"] == 1


async def test_two_policies_that_conflict_are_told_with_a_witness(client: httpx.AsyncClient) -> None:
    answer = await client.post("/policies/compare", json={"a": inline(OPEN), "b": inline(FORBIDDEN)})
    found = answer.json()
    assert found["verdict"] == "conflict"
    assert found["findings"][0]["witness"]["target"] == "urn:ex:data"


async def test_a_stored_policy_is_compared_only_by_who_may_see_it(client: httpx.AsyncClient) -> None:
    await stored(client, OPEN, audience="https://friend.example/")
    body = {"a": "urn:ex:p", "b": inline(OPEN)}
    assert (await client.post("/policies/compare", json=body)).status_code == 404
    assert (await client.post("/policies/compare", json=body, headers=OPERATOR)).json()["verdict"] == "none"


def many(count: int) -> str:
    rules = ",".join(f"[odrl:action odrl:read;odrl:target <urn:d:{n}>]" for n in range(count))
    return f"{PREFIXES}<urn:ex:p> a odrl:Set;odrl:permission {rules}."


async def test_of_ten_thousand_rules_those_about_the_request_are_told(client: httpx.AsyncClient) -> None:
    body = {"policy": inline(many(10_000)), "request": {**READ, "target": "urn:d:7"}}
    found = (await decide(client, body)).json()
    assert (found["permitted"], len(found["rules"]), found["rulesLeftOut"]) == (True, 1, 9_999)


async def test_more_than_ten_thousand_rules_are_void(client: httpx.AsyncClient) -> None:
    body = {"policy": inline(many(10_001)), "request": {**READ, "target": "urn:d:7"}}
    found = (await decide(client, body)).json()
    assert (found["verdict"], "too-many-rules" in {each["code"] for each in found["faults"]}) == ("indeterminate", True)


async def test_a_batch_goes_through_a_bounded_number_of_rules(client: httpx.AsyncClient) -> None:
    await stored(client, many(600))
    batch = [{"policy": "urn:ex:p", "request": READ, "report": "brief"}] * 84
    assert (await decide(client, {"batch": batch})).status_code == 413
    assert (await decide(client, {"batch": batch[:83]})).is_success
