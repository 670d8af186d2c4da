"""Data packed on their way: only where that is wanted and helps, told as what they are, and never in parts."""

import asyncio
import hashlib
import zlib
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.packing import PackedFlow, takes_gzip
from api.settings import Settings
from ontology.messages import Message
from tests.exchange.release.city import LIMIT, TRANSFER, Deployment, agreed

pytestmark = pytest.mark.anyio
BASE = "http://127.0.0.1:8000"
ROWS = b"name,age\n" + b"".join(b"person %d,%d\n" % (n, n % 90) for n in range(50_000))
DIGEST = f"sha-256=:{b64encode(hashlib.sha256(ROWS).digest()).decode()}:"


@dataclass
class Site(Deployment):
    """The deployment behind an application."""

    client: httpx.AsyncClient
    token: str = ""

    async def get(self, method: str = "GET", **headers: str) -> tuple[httpx.Response, bytes]:
        """An answer, and its body as it came."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        bearer = {"authorization": f"Bearer {self.token}", "accept-encoding": "gzip"}
        async with self.client.stream(method, f"/data/{TRANSFER}", headers={**bearer, **named}) as answer:
            return answer, b"".join([piece async for piece in answer.aiter_raw()])


@pytest.fixture
async def site(tmp_path: Path, settings: Callable[..., Settings]) -> AsyncIterator[Site]:
    app = create_app(settings())
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client,
    ):
        service = app.state.service
        site = Site(tmp_path, service.database, service.gate, service.grants, service.outgoing, client)
        await site.hold(ROWS)
        site.token = await site.agree(agreed())
        yield site


async def test_who_takes_gzip_gets_less_and_the_same(site: Site) -> None:
    answer, body = await site.get()
    assert (answer.status_code, answer.headers["content-encoding"]) == (200, "gzip")
    assert zlib.decompress(body, 31) == ROWS
    assert len(body) < len(ROWS) / 3
    (row,) = await site.releases()
    assert (row.state, row.size_bytes, row.sha256) == ("done", len(ROWS), hashlib.sha256(ROWS).hexdigest())


async def test_what_is_said_of_packed_data_is_true_of_them(site: Site) -> None:
    plain, _ = await site.get(accept_encoding="identity")
    packed, _ = await site.get()
    assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
    assert (packed.headers["unencoded-digest"], plain.headers["repr-digest"]) == (DIGEST, DIGEST)
    assert not {"repr-digest", "content-length"} & packed.headers.keys()
    assert packed.headers["accept-ranges"] == "none"
    assert all("Accept-Encoding" in each.headers["vary"] for each in (plain, packed))


async def test_head_tells_what_get_would(site: Site) -> None:
    told, _ = await site.get("HEAD")
    got, _ = await site.get()
    kept = ("etag", "content-encoding", "unencoded-digest", "vary", "accept-ranges", "content-type")
    assert {name: told.headers[name] for name in kept} == {name: got.headers[name] for name in kept}


@pytest.mark.parametrize("accepted", ["", "identity", "br, zstd", "gzip;q=0", "identity, gzip;q=0.5", "gzip;q=x"])
async def test_who_does_not_want_it_gets_the_data_as_they_are(site: Site, accepted: str) -> None:
    answer, body = await site.get(accept_encoding=accepted)
    assert ("content-encoding" in answer.headers, body) == (False, ROWS)


@pytest.mark.parametrize("accepted", ["gzip", "GZIP", "x-gzip", "br;q=1, gzip;q=0.8", "gzip;q=1.0, identity; q=0.5"])
def test_gzip_is_taken_in_every_spelling(accepted: str) -> None:
    assert takes_gzip(accepted)


async def test_a_part_is_of_the_data_as_they_are(site: Site) -> None:
    answer, body = await site.get(range="bytes=10-19")
    assert (answer.status_code, body, "content-encoding" in answer.headers) == (206, ROWS[10:20], False)


async def test_a_part_of_packed_data_cannot_be_asked_for(site: Site) -> None:
    packed, _ = await site.get()
    answer, body = await site.get(range="bytes=10-19", if_range=packed.headers["etag"], accept_encoding="identity")
    assert (answer.status_code, body) == (200, ROWS)


async def test_who_has_the_state_packed_has_it(site: Site) -> None:
    packed, _ = await site.get()
    answer, _ = await site.get(if_none_match=packed.headers["etag"])
    assert (answer.status_code, answer.headers["etag"]) == (304, packed.headers["etag"])


@pytest.mark.parametrize("media_type", ["application/zip", "image/png", "application/vnd.apache.parquet"])
async def test_what_does_not_shrink_is_sent_as_it_is(site: Site, media_type: str) -> None:
    await site.hold(ROWS, media_type=media_type)
    answer, body = await site.get()
    assert ("content-encoding" in answer.headers, body) == (False, ROWS)


async def test_small_data_are_sent_as_they_are(site: Site) -> None:
    await site.hold(ROWS[:60_000])
    answer, body = await site.get()
    assert ("content-encoding" in answer.headers, len(body)) == (False, 60_000)


async def test_what_is_refused_is_refused_whatever_is_accepted(site: Site) -> None:
    site.token = await site.agree(agreed(LIMIT.format(1), iri="urn:a:1"), iri="urn:a:1", transfer="urn:p:1")
    url, headers = "/data/urn:p:1", {"authorization": f"Bearer {site.token}", "accept-encoding": "gzip"}
    got = [(await site.client.get(url, headers=headers)) for _ in range(2)]
    assert [each.status_code for each in got] == [200, 403]
    assert got[0].content == ROWS


async def test_a_packed_stream_is_left_without_its_end_when_the_permit_goes(site: Site) -> None:
    await site.hold(ROWS * 20)
    release = await site.gate.open(await site.wanted(site.token))
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)
        if len(sent) == 3:
            release.stop((Message(ja="終わり", en="over"),))

    await PackedFlow(release)({"type": "http"}, asyncio.Event().wait, send)  # type: ignore[arg-type]
    assert sent[-1]["more_body"]
    assert [row.state for row in await site.releases()] == ["stopped"]


async def test_each_piece_can_be_unpacked_when_it_is_there(site: Site) -> None:
    await site.hold(ROWS * 6)  # several pieces
    unpacker, got = zlib.decompressobj(31), 0
    headers = {"authorization": f"Bearer {site.token}", "accept-encoding": "gzip"}
    async with site.client.stream("GET", f"/data/{TRANSFER}", headers=headers) as answer:
        async for piece in answer.aiter_raw():
            got += len(unpacker.decompress(piece))
            assert got % (1 << 20) == 0 or got == 6 * len(ROWS)
    assert got == 6 * len(ROWS)


async def test_who_comes_while_all_processors_pack_gets_the_data_as_they_are(site: Site) -> None:
    await site.hold(ROWS * 20)
    answers = await asyncio.gather(*(site.get() for _ in range(40)))
    packed = [body for answer, body in answers if "content-encoding" in answer.headers]
    plain = [body for answer, body in answers if "content-encoding" not in answer.headers]
    assert (len(packed) > 0, len(plain) > len(packed)) == (True, True)
    assert {zlib.decompress(body, 31) for body in packed} == {*plain} == {ROWS * 20}
