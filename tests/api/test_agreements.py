"""Agreements over HTTP: to their parties in every form and both languages, to others not at all."""

import io
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pyoxigraph import Literal, NamedNode

from api.app import create_app
from api.service import Service
from api.settings import Settings
from exchange.dsp.states import Party
from exchange.keys import SigningKey, verify
from ontology.reading import read
from ontology.terms import ODRL, PROV, RENKEI
from participants.principal import Principal

pytestmark = pytest.mark.anyio
BASE, LAB, OFFICE = "http://127.0.0.1:8000", "https://lab.example/", "https://office.example/"
US = f"{BASE}/participant"
ADDRESS = f"/agreements/{'a1' * 16}"
IRI = BASE + ADDRESS
UNTIL = {"@value": "2099-03-31T00:00:00Z", "@type": "xsd:dateTime"}
DOCUMENT = {
    "@id": IRI, "@type": "Agreement", "target": "https://city.example/census", "assigner": US, "assignee": LAB,
    "timestamp": "2026-11-21T09:00:00Z",
    "permission": [{"action": "use", "constraint": [{"leftOperand": "dateTime", "operator": "lt", "rightOperand": UNTIL}]}],
}  # fmt: skip


class Deployment:
    """A service with an agreement, and clients who bear tokens."""

    def __init__(self, service: Service, client: httpx.AsyncClient) -> None:
        self.service, self.client = service, client

    async def as_(self, participant: str | None, role: str = "reader") -> dict[str, str]:
        if participant is None:
            return {"authorization": "Bearer operator-token-of-the-tests"}
        issued = await self.service.tokens.issue(participant, role, None)  # type: ignore[arg-type]
        return {"authorization": f"Bearer {issued.secret}"}


@pytest.fixture
async def city(settings: Callable[..., Settings]) -> AsyncIterator[Deployment]:
    app = create_app(settings())
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        service: Service = app.state.service
        async with service.database.writing() as connection:
            await service.agreements.conclude(
                connection, DOCUMENT, negotiation="urn:uuid:1", role=Party.PROVIDER, owner=OFFICE, revision=3
            )
            await service.agreements.finalized(connection, IRI)
        yield Deployment(service, client)


@pytest.mark.parametrize("name", ["ttl", "jsonld", "rdf", "nt", "nq", "trig"])
async def test_a_party_reads_it_in_every_syntax(name: str, city: Deployment) -> None:
    answer = await city.client.get(ADDRESS, params={"format": name}, headers=await city.as_(LAB))
    read_back = read(io.BytesIO(answer.content), media_type=answer.headers["content-type"], base_iri=BASE)
    said = {each.predicate: each.object for each in read_back if each.subject == NamedNode(IRI)}
    assert answer.status_code == 200, answer.text
    assert said[ODRL.assignee] == NamedNode(LAB)
    assert said[RENKEI.agreementState] == Literal("finalized")
    assert {ODRL.permission, ODRL.target, PROV.generatedAtTime, PROV.invalidatedAtTime, RENKEI.signature} <= set(said)


async def test_its_json_tells_the_terms_and_how_the_signatures_stand(city: Deployment) -> None:
    found = (await city.client.get(ADDRESS, params={"format": "json"}, headers=await city.as_(LAB))).json()
    assert (found["document"], found["inForce"], found["revision"]) == (DOCUMENT, True, 3)
    assert (found["signatures"][US]["good"], found["signatures"][LAB]["good"]) == (True, False)
    assert found["signatures"][LAB]["fault"]["ja"]


async def test_our_signature_is_verified_by_the_published_key(city: Deployment) -> None:
    found = (await city.client.get(ADDRESS, params={"format": "json"}, headers=await city.as_(LAB))).json()
    (key,) = (await city.client.get("/.well-known/jwks.json")).json()["keys"]
    assert IRI.encode() in verify(found["signatures"][US]["signature"], key, "renkei-agreement")
    assert "d" not in key


@pytest.mark.parametrize(("language", "words"), [("ja", ["合意", "有効", "署名を確認済み", "利用", "2099"]),
                                                 ("en", ["Agreement", "in force", "signed and verified", "use", "2099"])])  # fmt: skip
async def test_its_page_reads_in_both_languages(language: str, words: list[str], city: Deployment) -> None:
    headers = {**await city.as_(OFFICE, "provider"), "accept": "text/html", "accept-language": language}
    answer = await city.client.get(ADDRESS, headers=headers)
    assert answer.status_code == 200, answer.text
    assert [word for word in words if word not in answer.text] == []


async def test_p20_what_a_peer_writes_stays_text_on_the_page(city: Deployment) -> None:
    evil = "<script>alert(1)</script>"
    await city.service.agreements.end(IRI, Principal(LAB, authenticated=True), evil)
    for path in (ADDRESS, "/agreements"):
        answer = await city.client.get(path, headers={**await city.as_(None), "accept": "text/html"})
        assert (answer.status_code, evil in answer.text) == (200, False)


@pytest.mark.parametrize("accept", ["text/turtle", "application/json", "text/html"])
async def test_p25_to_others_there_is_no_such_agreement(accept: str, city: Deployment) -> None:
    stranger = await city.as_("https://other.example/", "provider")
    for headers in ({}, stranger):
        there = await city.client.get(ADDRESS, headers={**headers, "accept": accept})
        nowhere = await city.client.get(f"/agreements/{'b2' * 16}", headers={**headers, "accept": accept})
        assert (there.status_code, nowhere.status_code) == (404, 404)
        assert LAB not in there.text


async def test_a_list_holds_what_concerns_who_asks(city: Deployment) -> None:
    for headers, total in (
        (await city.as_(LAB), 1),
        (await city.as_(None), 1),
        (await city.as_("https://other.example/"), 0),
    ):
        found = (await city.client.get("/agreements", headers=headers)).json()
        assert (found["total"], [each["id"] for each in found["items"]]) == (total, [IRI] * total)
    assert (await city.client.get("/agreements")).status_code == 401


@pytest.mark.parametrize(("query", "total"), [("state=finalized", 1), ("state=ended", 0), ("role=provider", 1), ("role=consumer", 0),
                                              ("dataset=https://city.example/census", 1), ("participant=x", 0)])  # fmt: skip
async def test_a_list_is_narrowed_by_what_is_asked(query: str, total: int, city: Deployment) -> None:
    assert (await city.client.get(f"/agreements?{query}", headers=await city.as_(None))).json()["total"] == total


@pytest.mark.parametrize("query", ["state=x", "role=operator", "page=0", "size=1000", "page=x"])
async def test_a_list_by_nonsense_is_refused(query: str, city: Deployment) -> None:
    assert (await city.client.get(f"/agreements?{query}", headers=await city.as_(None))).status_code == 400


async def test_the_other_party_ends_it_with_a_reason(city: Deployment) -> None:
    headers = await city.as_(LAB)
    answer = await city.client.post(f"{ADDRESS}/end", json={"reason": "調査が終わりました"}, headers=headers)
    assert (answer.status_code, answer.json()["state"], answer.json()["inForce"]) == (200, "ended", False)
    again = await city.client.post(f"{ADDRESS}/end", json={"reason": "again"}, headers=headers)
    assert (again.status_code, again.json()["type"]) == (409, f"{BASE}/problems/agreement-over")


async def test_a_notice_ends_it_later(city: Deployment) -> None:
    at = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    answer = await city.client.post(f"{ADDRESS}/end", json={"reason": "notice", "at": at}, headers=await city.as_(LAB))
    assert (answer.json()["endedAt"], answer.json()["inForce"]) == (at, True)


@pytest.mark.parametrize("given", [{}, {"reason": ""}, {"reason": 7}, {"reason": "x" * 2001}, {"reason": "x", "at": "soon"}, [],
                                   {"reason": "x", "at": "2020-01-01T00:00:00Z"}, {"reason": "x", "at": "2099-01-01T00:00:00"},
                                   {"reason": "x", "at": 7}, {"reason": "x", "why": "y"}])  # fmt: skip
async def test_an_end_without_reason_or_with_a_time_gone_by_is_refused(given: object, city: Deployment) -> None:
    answer = await city.client.post(f"{ADDRESS}/end", json=given, headers=await city.as_(None))
    assert answer.status_code == 422
    assert (await city.service.agreements.in_force(IRI)).ended_at is None


async def test_the_other_party_signs_and_is_given_our_signature(city: Deployment, tmp_path: Path) -> None:
    key = SigningKey.in_folder(tmp_path / "lab")
    await city.service.peers.put(LAB, "https://lab.example", key=key.public_jwk)
    made = (await city.service.agreements.in_force(IRI)).signed(key)
    answer = await city.client.post(f"{ADDRESS}/signatures", json={"signature": made}, headers=await city.as_(LAB))
    assert (answer.status_code, set(answer.json()["signatures"])) == (200, {US, LAB})
    found = (await city.client.get(ADDRESS, params={"format": "json"}, headers=await city.as_(LAB))).json()
    assert found["signatures"][LAB]["good"] is True


@pytest.mark.parametrize("given", [{}, {"signature": 7}, {"signature": "x.y.z"}])
async def test_what_is_no_signature_is_refused(given: object, city: Deployment) -> None:
    answer = await city.client.post(f"{ADDRESS}/signatures", json=given, headers=await city.as_(LAB))
    assert answer.status_code == 422
