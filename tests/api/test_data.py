"""Data over HTTP: by the token of a transfer, or open by the dataset's own terms; refusals hold no byte."""

import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from exchange.grants import Bound
from stores.exchange_tables import ProcessRow
from tests.exchange.release.city import AGREEMENT, CSV, DATASET, LAB, LIMIT, TRANSFER, Deployment, agreed

pytestmark = pytest.mark.anyio
BASE = "http://127.0.0.1:8000"
AS_THEY_ARE = {"accept-encoding": "identity"}
OPEN = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix odrl: <http://www.w3.org/ns/odrl/2/> .
<{iri}> a dcat:Dataset ; dct:title "Open"@en, "公開"@ja ; dct:description "d"@en, "d"@ja ; odrl:hasPolicy {policy}
"""
ANYBODY = "[ a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:target <{iri}> ] ] ."


@dataclass
class Site(Deployment):
    """The deployment behind an application."""

    client: httpx.AsyncClient

    async def get(self, token: str, transfer: str = TRANSFER, query: str = "", **headers: str) -> httpx.Response:
        bearer = {"authorization": f"Bearer {token}"} if token else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(f"/data/{transfer}{query}", headers={**bearer, **named})

    async def publish(self, turtle: str, **query: str) -> str:
        writer = {"authorization": "Bearer operator-token-of-the-tests", "content-type": "text/turtle"}
        await self.client.post("/catalogs", json={"id": "demo"}, headers={"authorization": writer["authorization"]})
        answer = await self.client.post("/catalogs/demo/datasets", content=turtle, headers=writer, params=query)
        assert answer.status_code == 201, answer.text
        return httpx.URL(answer.headers["location"]).path


@pytest.fixture
async def site(tmp_path: Path, settings: Callable[..., Settings]) -> AsyncIterator[Site]:
    app = create_app(settings())
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE, headers=AS_THEY_ARE) as client,
    ):
        service = app.state.service
        site = Site(tmp_path, service.database, service.gate, service.grants, service.outgoing, client)
        await site.hold()
        yield site


async def test_the_bearer_of_a_token_gets_the_data_and_their_digest(site: Site) -> None:
    answer = await site.get(await site.agree(agreed()))
    assert (answer.status_code, answer.content) == (200, CSV)
    digest = b64encode(hashlib.sha256(CSV).digest()).decode()
    assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"
    assert (answer.headers["content-type"], answer.headers["accept-ranges"]) == ("text/csv", "bytes")


async def test_data_are_never_shown_in_a_page_of_ours(site: Site) -> None:
    """P21."""
    answer = await site.get(await site.agree(agreed()), accept="text/html")
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["cache-control"] == "private, no-store"


RUBBISH = {
    "nothing": {},
    "another scheme": {"authorization": "Basic cmVua2VpOnNlY3JldA=="},
    "an unknown token": {"authorization": "Bearer rg_" + "a" * 43},
    "the operator's token": {"authorization": "Bearer operator-token-of-the-tests"},
    "an empty token": {"authorization": "Bearer "},
    "two tokens": {"authorization": "Bearer rg_a rg_b"},
    "a JWT without signature": {"authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
    "200 KB": {"authorization": "Bearer rg_" + "a" * 200_000},
    "no ASCII": {"authorization": "Bearer rg_é".encode("latin-1").decode("latin-1")},
}


@pytest.mark.parametrize("case", RUBBISH)
async def test_what_is_no_token_of_ours_is_refused_as_nobodys(site: Site, case: str) -> None:
    """T62."""
    await site.agree(agreed())
    headers = {name: value.encode("latin-1") for name, value in RUBBISH[case].items()}
    answer = await site.client.get(f"/data/{TRANSFER}", headers=headers)
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert await site.releases() == []


async def test_the_token_of_one_transfer_is_refused_at_another(site: Site) -> None:
    """T60."""
    token = await site.agree(agreed())
    await site.begin("urn:uuid:other")
    assert (await site.get(token, "urn:uuid:other")).status_code == 403
    assert (await site.get(token, "urn:uuid:unknown")).status_code == 403


async def test_a_token_bound_to_another_dataset_gets_none_of_this_one(site: Site) -> None:
    """T60."""
    await site.hold(b"secret", "https://city.example/other")
    await site.agree(agreed())
    grant = await site.grants.issue(Bound(TRANSFER, AGREEMENT, LAB, "https://city.example/other"))
    answer = await site.get(grant.token)
    assert (answer.status_code, b"secret" in answer.content) == (403, False)


@pytest.mark.parametrize(("language", "word"), [("ja", "許可しません"), ("en", "Denied")])
async def test_a_refusal_tells_its_reason_in_the_language_of_the_reader(site: Site, language: str, word: str) -> None:
    token = await site.agree(agreed(LIMIT.format(1)))
    assert (await site.get(token)).status_code == 200
    answer = await site.get(token, accept_language=language)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    problem = answer.json()
    assert word in problem["detail"]
    assert problem["explained"][0].keys() == {"ja", "en"}
    assert b"person" not in answer.content


async def test_head_asks_the_gate_and_uses_nothing_up(site: Site) -> None:
    token = await site.agree(agreed(LIMIT.format(1)))
    bearer = {"authorization": f"Bearer {token}"}
    for _ in range(2):
        answer = await site.client.head(f"/data/{TRANSFER}", headers=bearer)
        assert (answer.status_code, answer.headers["content-length"]) == (200, str(len(CSV)))
    assert (await site.get(token)).status_code == 200
    assert (await site.client.head(f"/data/{TRANSFER}", headers=bearer)).status_code == 403


async def test_a_span_is_answered_with_its_place(site: Site) -> None:
    answer = await site.get(await site.agree(agreed()), range="bytes=10-19")
    assert (answer.status_code, answer.content) == (206, CSV[10:20])
    assert answer.headers["content-range"] == f"bytes 10-19/{len(CSV)}"


async def test_a_span_beyond_the_end_is_answered_with_the_size(site: Site) -> None:
    answer = await site.get(await site.agree(agreed()), range=f"bytes={len(CSV)}-")
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(CSV)}")


async def test_a_span_of_another_state_is_answered_with_the_whole(site: Site) -> None:
    answer = await site.get(await site.agree(agreed()), range="bytes=10-19", if_range='"another"')
    assert (answer.status_code, answer.content) == (200, CSV)


async def test_a_purpose_is_declared_in_the_query(site: Site) -> None:
    research = "https://w3id.org/dpv#AcademicResearch"
    rule = (
        f"odrl:constraint [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:isA ; odrl:rightOperand <{research}> ] ;"
    )
    token = await site.agree(agreed(rule))
    assert (await site.get(token)).status_code == 403
    assert (await site.get(token, query="?purpose=https://w3id.org/dpv%23AcademicResearch")).status_code == 200


async def test_a_clock_or_count_of_the_client_is_not_believed(site: Site) -> None:
    token = await site.agree(agreed(LIMIT.format(1)))
    assert (await site.get(token, query="?count=0")).status_code == 200
    assert (await site.get(token, query="?count=0")).status_code == 403


async def test_a_token_is_changed_for_a_new_one(site: Site) -> None:
    old = await site.agree(agreed())
    answer = await site.client.post(f"/data/{TRANSFER}/token", headers={"authorization": f"Bearer {old}"})
    assert answer.status_code == 200
    assert (await site.get(answer.json()["token"])).status_code == 200
    assert (await site.get(old)).status_code == 401


async def test_open_data_go_to_everybody_and_are_counted(site: Site) -> None:
    path = await site.publish(OPEN.format(iri=DATASET, policy=ANYBODY.format(iri=DATASET)))
    answer = await site.client.get(f"{path}/data")
    assert (answer.status_code, answer.content) == (403, answer.content)  # the source is the city's, the dataset ours
    await site.hold_as_operator()
    answer = await site.client.get(f"{path}/data")
    assert (answer.status_code, answer.content) == (200, CSV)
    row = (await site.releases())[-1]
    assert (row.state, row.agreement, row.participant, row.dataset) == ("done", None, None, DATASET)


CLOSED = {
    "nothing is said": "<urn:ex:none> .",
    "an offer is to be negotiated": '[ a odrl:Offer ; odrl:permission [ odrl:action odrl:use ; odrl:constraint [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:eq ; odrl:rightOperand "x" ] ] ] .',
    "it is for somebody": "[ a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:assignee <https://lab.example/> ] ] .",
    "it is forbidden": "[ a odrl:Set ; odrl:permission [ odrl:action odrl:use ] ; odrl:prohibition [ odrl:action odrl:use ] ] .",
    "it is an agreement": "[ a odrl:Agreement ; odrl:permission [ odrl:action odrl:use ] ] .",
}


@pytest.mark.parametrize("case", CLOSED)
async def test_data_are_closed_where(site: Site, case: str) -> None:
    path = await site.publish(OPEN.format(iri=DATASET, policy=CLOSED[case]))
    await site.hold_as_operator()
    answer = await site.client.get(f"{path}/data")
    assert (answer.status_code, b"person" in answer.content) == (403, False)


async def test_an_offer_without_conditions_is_open(site: Site) -> None:
    policy = f"[ a odrl:Offer ; odrl:permission [ odrl:action odrl:use ; odrl:target <{DATASET}> ] ] ."
    path = await site.publish(OPEN.format(iri=DATASET, policy=policy))
    await site.hold_as_operator()
    assert (await site.client.get(f"{path}/data")).status_code == 200


async def test_who_may_not_see_a_dataset_is_not_told_of_its_data(site: Site) -> None:
    path = await site.publish(OPEN.format(iri=DATASET, policy=ANYBODY.format(iri=DATASET)), audience="participants")
    await site.hold_as_operator()
    assert (await site.client.get(f"{path}/data")).status_code == 404


async def test_a_suspended_transfer_gives_nothing(site: Site) -> None:
    token = await site.agree(agreed())
    await site.change(ProcessRow, state="SUSPENDED")
    answer = await site.get(token)
    assert (answer.status_code, b"person" in answer.content) == (403, False)


async def sent(site: Site, content: bytes, token: str, **query: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}", "content-type": "text/csv"}
    return await site.client.put("/exchange/files", content=content, headers=headers, params=query)


@pytest.fixture
async def tokens(site: Site) -> dict[str, str]:
    """Tokens of two providers and a reader, and a dataset of the first."""
    made = {}
    for name, role in (("city", "provider"), ("rival", "provider"), ("lab", "reader")):
        issued = await site.client._transport.app.state.service.tokens.issue(f"https://{name}.example/", role, None)  # type: ignore[attr-defined]
        made[name] = issued.secret
    operator = {"authorization": "Bearer operator-token-of-the-tests"}
    await site.client.post("/catalogs", json={"id": "demo"}, headers=operator)
    headers = {"authorization": f"Bearer {made['city']}", "content-type": "text/turtle"}
    turtle = OPEN.format(iri="https://city.example/new", policy="<urn:ex:p> .")
    answer = await site.client.post("/catalogs/demo/datasets", content=turtle, headers=headers)
    assert answer.status_code == 201, answer.text
    return made


async def test_a_provider_uploads_the_data_of_its_dataset(site: Site, tokens: dict[str, str]) -> None:
    answer = await sent(site, b"a,b\n1,2\n", tokens["city"], dataset="https://city.example/new")
    assert answer.status_code == 200, answer.text
    dataset = "https://city.example/new"
    token = await site.agree(agreed(dataset=dataset), dataset=dataset)
    got = await site.get(token)
    assert (got.content, got.headers["content-type"]) == (b"a,b\n1,2\n", "text/csv")


@pytest.mark.parametrize(("who", "forgetting"), [("rival", 404), ("lab", 403)])
async def test_nobody_else_says_where_the_data_come_from(
    site: Site, tokens: dict[str, str], who: str, forgetting: int
) -> None:
    assert (await sent(site, b"forged", tokens[who], dataset="https://city.example/new")).status_code == 403
    given = {"dataset": "https://city.example/new", "kind": "http", "url": "https://rival.example/x"}
    headers = {"authorization": f"Bearer {tokens[who]}"}
    assert (await site.client.put("/exchange/sources", json=given, headers=headers)).status_code == 403
    answer = await site.client.request("DELETE", "/exchange/sources", params={"dataset": DATASET}, headers=headers)
    assert answer.status_code == forgetting


async def test_who_only_knows_the_hash_of_a_file_cannot_make_it_a_source(site: Site, tokens: dict[str, str]) -> None:
    headers = {"authorization": f"Bearer {tokens['city']}"}
    brought = (await sent(site, CSV, tokens["rival"])).json()
    place = {"dataset": "https://city.example/new", "kind": "file", "sha256": brought["sha256"]}
    for receipt in ({}, {"receipt": brought["receipt"]}, {"receipt": "AAAA"}):
        answer = await site.client.put("/exchange/sources", json={**place, **receipt}, headers=headers)
        assert answer.status_code == 422, answer.text
    own = (await sent(site, CSV, tokens["city"])).json()["receipt"]
    assert (
        await site.client.put("/exchange/sources", json={**place, "receipt": own}, headers=headers)
    ).status_code == 200


async def test_credentials_are_told_to_nobody_again(site: Site, tokens: dict[str, str]) -> None:
    headers = {"authorization": f"Bearer {tokens['city']}"}
    secret = {"scheme": "bearer", "token": "opensesame"}
    given = {
        "dataset": "https://city.example/new",
        "kind": "http",
        "url": "https://city.example/x",
        "credentials": secret,
    }
    put = await site.client.put("/exchange/sources", json=given, headers=headers)
    shown = await site.client.get("/exchange/sources", headers=headers)
    credentials = {each["dataset"]: each["credentials"] for each in shown.json()["sources"]}
    assert (put.status_code, credentials) == (200, {DATASET: False, "https://city.example/new": True})
    assert "opensesame" not in put.text + shown.text


@pytest.mark.parametrize(
    ("given", "member"),
    [
        ({"kind": "ftp"}, "kind"), ({"kind": "http"}, "url"), ({"kind": "http", "url": "file:///etc/passwd"}, "url"),
        ({"kind": "http", "url": "http://u:p@x/"}, "url"), ({"kind": "http", "url": "http://x/", "key": "k"}, "key"),
        ({"kind": "http", "url": "http://x/", "mediaType": "text/csv\r\nset-cookie: a=b"}, "mediaType"),
        ({"kind": "http", "url": "http://x/", "credentials": {"scheme": "header", "name": "Host", "value": "y"}}, "credentials.name"),
        ({"kind": "s3", "endpoint": "http://x", "bucket": "a/b", "key": "c"}, "bucket"),
        ({"kind": "file", "sha256": "../../etc/passwd"}, "sha256"),
        *(({"kind": "file", "sha256": "0" * 64, "size_bytes": size}, "size_bytes") for size in (-5, True, "7", 1.5)),
    ],
)  # fmt: skip
async def test_a_source_that_cannot_be_is_refused_by_its_member(
    site: Site, tokens: dict[str, str], given: dict[str, Any], member: str
) -> None:
    headers = {"authorization": f"Bearer {tokens['city']}"}
    answer = await site.client.put(
        "/exchange/sources", json={"dataset": "https://city.example/new", **given}, headers=headers
    )
    assert (answer.status_code, answer.json()["place"]["member"]) == (422, member)


async def test_a_file_that_is_too_large_is_refused_and_not_kept(
    tmp_path: Path, settings: Callable[..., Settings]
) -> None:
    app = create_app(settings(file_bytes=1000))
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        headers = {"authorization": "Bearer operator-token-of-the-tests"}
        answer = await client.put("/exchange/files", content=bytes(1001), headers=headers)
    assert answer.status_code == 413
    assert [path for path in (tmp_path / "data" / "files").rglob("*") if path.is_file()] == []


async def test_a_file_that_there_is_no_room_for_is_refused_with_what_can_be_done(
    settings: Callable[..., Settings],
) -> None:
    app = create_app(settings(held_bytes=1000))
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        headers = {"authorization": "Bearer operator-token-of-the-tests"}
        kept = await client.put("/exchange/files", content=bytes(1000), headers=headers)
        answer = await client.put("/exchange/files", content=b"x", headers={**headers, "accept-language": "ja"})
    assert (kept.status_code, answer.status_code) == (201, 507)
    assert ("1,000" in answer.json()["detail"], "RENKEI_HELD_BYTES" in answer.json()["remedy"]) == (True, True)


async def test_a_receipt_of_a_file_that_is_gone_makes_no_source(site: Site, tokens: dict[str, str]) -> None:
    held = (await sent(site, b"soon gone", tokens["city"])).json()
    site.gate.holdings.path(held["sha256"]).unlink()
    given = {"kind": "file", "dataset": "https://city.example/new", **held}
    headers = {"authorization": f"Bearer {tokens['city']}"}
    answer = await site.client.put("/exchange/sources", json=given, headers=headers)
    assert (answer.status_code, answer.json()["place"]["member"]) == (422, "sha256")


async def test_a_file_is_as_large_as_it_is_and_not_as_its_provider_says(site: Site, tokens: dict[str, str]) -> None:
    held = (await sent(site, CSV, tokens["city"])).json()
    given = {"kind": "file", "dataset": "https://city.example/new", **held, "size_bytes": len(CSV) + 1}
    headers = {"authorization": f"Bearer {tokens['city']}"}
    answer = await site.client.put("/exchange/sources", json=given, headers=headers)
    assert (answer.status_code, answer.json()["place"]["member"]) == (422, "size_bytes")


async def test_the_provider_writes_a_receipt_and_the_consumer_its_deletion(site: Site, tokens: dict[str, str]) -> None:
    await site.agree(agreed())
    paid = {
        "agreement": AGREEMENT,
        "action": "odrl:compensate",
        "values": {"odrl:payAmount": {"value": 500, "source": "payment"}},
    }
    deleted = {"agreement": AGREEMENT, "action": "odrl:delete", "proof": {"sha256": "0" * 64}}

    async def note(who: str, given: dict[str, Any]) -> int:
        headers = {"authorization": f"Bearer {tokens[who]}"}
        return (await site.client.post("/exchange/performed", json=given, headers=headers)).status_code

    assert [await note(who, paid) for who in ("city", "lab", "rival")] == [201, 403, 403]
    assert [await note(who, deleted) for who in ("lab", "rival")] == [201, 403]
    assert [await note("lab", {**deleted, **wrong}) for wrong in ({"proof": 1}, {"action": 7}, {"x": 1})] == [422] * 3
    shown = await site.client.get(
        "/exchange/performed", params={"agreement": AGREEMENT}, headers={"authorization": f"Bearer {tokens['lab']}"}
    )
    assert [(each["action"].rpartition("/")[2], each["proof"]) for each in shown.json()["performed"]] == [
        ("compensate", {}),
        ("delete", {"sha256": "0" * 64}),
    ]


QUERY = "CONSTRUCT { ?d <http://purl.org/dc/terms/title> ?t } WHERE { ?d <http://purl.org/dc/terms/title> ?t }"


@pytest.mark.parametrize(("consumer", "seen"), [("https://lab.example/", False), ("https://partner.example/", True)])
async def test_a_query_over_the_catalog_shows_what_its_receiver_may_see(
    site: Site, tokens: dict[str, str], consumer: str, seen: bool
) -> None:
    dataset = "https://city.example/new"
    hidden = OPEN.format(iri="https://city.example/hidden", policy="<urn:ex:p> .").replace('"Open"', '"Hidden"')
    await site.publish(hidden, audience="https://partner.example/")
    headers = {"authorization": f"Bearer {tokens['city']}"}
    put = await site.client.put(
        "/exchange/sources", json={"dataset": dataset, "kind": "sparql", "query": QUERY}, headers=headers
    )
    assert put.status_code == 200, put.text
    token = await site.agree(agreed(dataset=dataset, consumer=consumer), dataset=dataset, consumer=consumer)
    answer = await site.get(token)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/n-triples")
    assert ('"Open"' in answer.text, '"Hidden"' in answer.text) == (True, seen)


async def test_only_a_construct_is_a_source(site: Site, tokens: dict[str, str]) -> None:
    headers = {"authorization": f"Bearer {tokens['city']}"}
    for query in (
        "SELECT * { ?s ?p ?o }",
        "DELETE WHERE { ?s ?p ?o }",
        "CONSTRUCT { } WHERE { SERVICE <http://x/> { } }",
        "{",
    ):
        given = {"dataset": "https://city.example/new", "kind": "sparql", "query": query}
        assert (await site.client.put("/exchange/sources", json=given, headers=headers)).status_code == 422


async def test_who_registers_bytes_of_another_is_not_told_of_the_others_dataset(
    site: Site, tokens: dict[str, str]
) -> None:
    """P29, P04."""
    await site.hold(CSV, "urn:ex:secret", owner="https://rival.example/")
    told = await sent(site, CSV, tokens["city"], dataset="https://city.example/new")
    assert (told.status_code, told.json()["sameAs"]) == (200, [DATASET])
    operator = await sent(site, CSV, "operator-token-of-the-tests", dataset="https://city.example/new")
    assert set(operator.json()["sameAs"]) == {DATASET, "urn:ex:secret"}
