"""Transfers pulled by clients of S3: every request signed, and every byte through the gate."""

import asyncio
import hashlib
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from exchange.aws_signing import Signer
from exchange.grants import Bound
from exchange.rooms import Rooms
from exchange.storefront import REGION, Pair, Storefront, bucket_of
from stores.exchange_tables import AgreementRow
from tests.exchange.release.city import AGREEMENT, CSV, DATASET, LAB, LIMIT, TRANSFER, Deployment, agreed

pytestmark = pytest.mark.anyio
BASE = "http://127.0.0.1:8000"
OBJECT = f"{BASE}/s3/{bucket_of(TRANSFER)}/data"


@dataclass
class Shop(Deployment):
    """A deployment whose transfer is opened by a key pair."""

    client: httpx.AsyncClient
    front: Storefront
    pair: Pair

    async def give(self, rules: str = "") -> None:
        await self.agree(agreed(rules))
        self.pair = await self.key()

    async def key(self, transfer: str = TRANSFER) -> Pair:
        pair = self.front.pair()
        async with self.database.writing() as connection:
            bound = Bound(transfer, AGREEMENT, LAB, DATASET)
            await self.grants.issue_within(connection, bound, key=pair.access_key)
        return pair

    async def ask(
        self, url: str = OBJECT, method: str = "GET", *, pair: Pair | None = None, at: datetime | None = None,
        headers: dict[str, str] | None = None, **signed: str,
    ) -> httpx.Response:  # fmt: skip
        pair = pair or self.pair
        made = Signer(pair.access_key, pair.secret_key, REGION).headers(method, url, at=at, **signed)
        return await self.client.request(method, url, headers={**made, **(headers or {})})


@pytest.fixture
async def shop(tmp_path: Path, settings: Callable[..., Settings]) -> AsyncIterator[Shop]:
    app = create_app(settings())
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client,
    ):
        service = app.state.service
        front = service.exchange.transfers.storefront
        parts = (service.database, service.gate, service.grants, service.outgoing)
        shop = Shop(tmp_path, *parts, client, front, front.pair())
        await shop.hold()
        yield shop


def code(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/xml"
    return re.findall("<Code>(.*)</Code>", answer.text)[0]


async def test_who_signs_with_the_pair_gets_the_data_and_their_digest(shop: Shop) -> None:
    await shop.give()
    answer = await shop.ask()
    assert (answer.status_code, answer.content) == (200, CSV)
    assert answer.headers["x-amz-checksum-sha256"] == b64encode(hashlib.sha256(CSV).digest()).decode()
    (row,) = await shop.releases()
    assert (row.state, row.transfer, row.participant, row.size_bytes) == ("done", TRANSFER, LAB, len(CSV))


async def test_a_span_is_part_of_the_same_gate(shop: Shop) -> None:
    await shop.give()
    answer = await shop.ask(headers={"range": "bytes=10-19"})
    assert (answer.status_code, answer.content) == (206, CSV[10:20])
    assert "x-amz-checksum-sha256" not in answer.headers
    assert code(await shop.ask(headers={"range": f"bytes={len(CSV)}-"})) == "InvalidRange"


async def test_head_tells_size_and_state_and_uses_nothing_up(shop: Shop) -> None:
    await shop.give(LIMIT.format(1))
    told = await shop.ask(method="HEAD")
    assert (told.status_code, told.headers["content-length"], told.content) == (200, str(len(CSV)), b"")
    assert (await shop.ask(headers={"if-match": told.headers["etag"]})).content == CSV
    assert code(await shop.ask(headers={"if-match": '"another"'})) in ("AccessDenied", "PreconditionFailed")


async def test_another_state_than_the_one_that_is_meant_is_not_sent(shop: Shop) -> None:
    await shop.give()
    assert code(await shop.ask(headers={"if-match": '"another"'})) == "PreconditionFailed"
    assert await shop.releases() == []


async def test_what_the_terms_refuse_is_refused_with_their_reason_and_without_a_byte(shop: Shop) -> None:
    await shop.give(LIMIT.format(1))
    assert (await shop.ask()).status_code == 200
    answer = await shop.ask()
    assert (answer.status_code, code(answer)) == (403, "AccessDenied")
    assert "at most 1" in answer.text
    assert "回" in answer.text
    assert b"person" not in answer.content


async def test_purposes_are_declared_in_the_query_that_is_signed(shop: Shop) -> None:
    research = "https://w3id.org/dpv#AcademicResearch"
    await shop.give(
        f"odrl:constraint [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:isA ; odrl:rightOperand <{research}> ] ;"
    )
    assert code(await shop.ask()) == "AccessDenied"
    answer = await shop.ask(f"{OBJECT}?purpose=https%3A%2F%2Fw3id.org%2Fdpv%23AcademicResearch&x-id=GetObject")
    assert answer.content == CSV


async def test_from_the_end_of_the_agreement_or_the_keys_on_nothing_is_given(shop: Shop) -> None:
    await shop.give()
    await shop.grants.revoke(transfer=TRANSFER)
    assert code(await shop.ask()) == "InvalidAccessKeyId"
    shop.pair = await shop.key()
    await shop.change(AgreementRow, state="ended", ended_at=datetime.now(UTC))
    assert code(await shop.ask()) == "AccessDenied"
    assert [row.state for row in await shop.releases()] == ["refused"]


async def test_pairs_run_out(shop: Shop) -> None:
    await shop.give()
    pair = shop.front.pair()
    async with shop.database.writing() as connection:
        bound = Bound(TRANSFER, AGREEMENT, LAB, DATASET)
        await shop.grants.issue_within(connection, bound, key=pair.access_key, ttl_s=0)
    assert code(await shop.ask(pair=pair)) == "InvalidAccessKeyId"


async def test_the_pair_of_one_transfer_opens_no_other_and_none_that_there_is_not(shop: Shop) -> None:
    """T60."""
    await shop.give()
    await shop.begin("urn:uuid:other")
    assert code(await shop.ask(f"{BASE}/s3/other/data")) == "AccessDenied"
    assert code(await shop.ask(f"{BASE}/s3/unknown/data")) == "AccessDenied"
    assert code(await shop.ask(f"{BASE}/s3/{bucket_of(TRANSFER)}/other")) == "NoSuchKey"


async def test_an_access_key_alone_is_no_token(shop: Shop) -> None:
    """P28: it stands in the clear in every request."""
    await shop.give()
    bearer = {"authorization": f"Bearer {shop.pair.access_key}"}
    assert (await shop.client.get(f"/data/{TRANSFER}", headers=bearer)).status_code == 401
    assert (await shop.client.post(f"/data/{TRANSFER}/token", headers=bearer)).status_code == 401
    assert code(await shop.client.get(OBJECT, headers=bearer)) == "AccessDenied"


async def test_secrets_are_not_in_the_database(shop: Shop) -> None:
    await shop.give()
    await shop.ask()
    await shop.gate.settled()
    with suppress(FileNotFoundError):
        kept = await asyncio.to_thread(lambda: [path.read_bytes() for path in shop.folder.rglob("*.sqlite*")])
    assert kept
    assert not [each for each in kept if shop.pair.secret_key.encode() in each or shop.pair.access_key.encode() in each]


@pytest.mark.parametrize("hours", [-1, 1])
async def test_requests_of_another_time_are_refused(shop: Shop, hours: int) -> None:
    await shop.give()
    assert code(await shop.ask(at=datetime.now(UTC) + timedelta(hours=hours))) == "RequestTimeTooSkewed"


async def test_a_wrong_secret_signs_nothing(shop: Shop) -> None:
    await shop.give()
    for pair in (Pair(shop.pair.access_key, "wrong"), Pair("AKIAIOSFODNN7EXAMPLE", shop.pair.secret_key)):
        assert code(await shop.ask(pair=pair)) == "SignatureDoesNotMatch"
    unknown = shop.front.pair()
    assert code(await shop.ask(pair=unknown)) == "InvalidAccessKeyId"


async def test_what_is_changed_after_signing_is_noticed(shop: Shop) -> None:
    await shop.give()
    signed = Signer(shop.pair.access_key, shop.pair.secret_key, REGION).headers("GET", OBJECT)
    assert code(await shop.client.get(f"{OBJECT}?purpose=x", headers=signed)) == "SignatureDoesNotMatch"
    assert (await shop.client.head(OBJECT, headers=signed)).status_code == 403
    assert code(await shop.client.get(OBJECT, headers={**signed, "x-amz-meta-a": "b"})) == "AccessDenied"
    assert (await shop.client.get(OBJECT, headers=signed)).status_code == 200


RUBBISH = [
    {}, {"authorization": "AWS4-HMAC-SHA256 "}, {"authorization": "AWS4-HMAC-SHA256 " + "a" * 100_000},
    {"x-amz-date": "yesterday"}, {"x-amz-date": "20260230T999999Z"}, {"x-amz-content-sha256": "0" * 64},
]  # fmt: skip


@pytest.mark.parametrize("rubbish", RUBBISH)
async def test_rubbish_is_refused(shop: Shop, rubbish: dict[str, str]) -> None:
    await shop.give()
    signed = Signer(shop.pair.access_key, shop.pair.secret_key, REGION).headers("GET", OBJECT)
    answer = await shop.client.get(OBJECT, headers={**signed, **rubbish} if rubbish else {})
    assert (answer.status_code, code(answer)) == (403, "AccessDenied")
    assert await shop.releases() == []


@pytest.mark.parametrize("path", ["/%733/abc/data", "/s%33/abc/data"])
async def test_an_address_that_is_spelt_otherwise_is_refused(shop: Shop, path: str) -> None:
    await shop.give()
    assert code(await shop.ask(BASE + path)) == "AccessDenied"
    assert (await shop.client.get(path)).status_code == 403


async def test_too_much_at_once_is_told_as_s3_tells_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await shop.give()
    monkeypatch.setattr(shop.gate, "_rooms", Rooms(0, patience_s=0.01))
    answer = await shop.ask()
    assert (answer.status_code, code(answer)) == (503, "SlowDown")


@pytest.mark.parametrize("query", ["partNumber=1", "versionId=1", "acl="])
async def test_other_things_of_s3_are_not_there(shop: Shop, query: str) -> None:
    await shop.give()
    assert code(await shop.ask(f"{OBJECT}?{query}")) == "NotImplemented"
