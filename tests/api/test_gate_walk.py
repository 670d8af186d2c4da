"""Every route and function that could give out data refuses without a byte, and without touching an upstream (P30)."""

import asyncio
import contextlib
import inspect
import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from itertools import product
from pathlib import Path
from typing import get_type_hints

import httpx
import pytest
from sqlalchemy import select

from api.app import create_app
from api.routes import ROUTES
from api.service import Service
from api.settings import Settings
from exchange import release
from exchange.aws_signing import Signer
from exchange.grants import Bound
from exchange.opened import Opened
from exchange.release import Gate, Release
from exchange.storefront import REGION, Pair, bucket_of
from exchange.upstreams import Upstream
from stores.exchange_tables import AgreementRow
from stores.tables import EventRow
from tests.exchange.release.city import AGREEMENT, CITY, DATASET, LAB, TRANSFER, Deployment, agreed
from tests.exchange.release.owner import Owner

pytestmark = pytest.mark.anyio
BASE = "http://127.0.0.1:8000"
CANARY = b"canary-in-the-data"
REMOTE = "https://city.example/remote"
OPERATOR = {"authorization": "Bearer operator-token-of-the-tests"}
DESCRIBED = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<{iri}> a dcat:Dataset ; dct:title "Closed"@en, "非公開"@ja ; dct:description "d"@en, "d"@ja .
"""
# Ways around a gate that only looks at a plain GET.
DETOURS: list[dict[str, str]] = [
    {}, {"range": "bytes=0-5"}, {"range": "bytes=-5"}, {"range": "bytes=5-", "if-range": '"x"'}, {"if-none-match": "*"},
    {"if-modified-since": "Sat, 21 Nov 2026 20:00:00 GMT"}, {"x-http-method-override": "GET"}, {"accept": "text/html"},
    {"accept": "application/n-triples"}, {"accept-encoding": "gzip"}, {"expect": "100-continue"},
]  # fmt: skip
ENDLESS = {"/exchange/events"}  # a stream of ids without an end; what it tells stands in the journal, which is searched
SIGNED = {"authorization", "x-amz-date", "x-amz-content-sha256"}
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")


class Closed(Deployment):
    """A deployment whose agreement has ended, with data here and data elsewhere."""

    client: httpx.AsyncClient
    upstream: Owner
    tokens: dict[str, str]
    paths: dict[str, str]
    pairs: dict[str, Pair]


async def published(client: httpx.AsyncClient, iri: str) -> str:
    headers = {**OPERATOR, "content-type": "text/turtle"}
    answer = await client.post("/catalogs/demo/datasets", content=DESCRIBED.format(iri=iri), headers=headers)
    return httpx.URL(answer.headers["location"]).path.rsplit("/", 1)[1]


@pytest.fixture
async def closed(tmp_path: Path, settings: Callable[..., Settings]) -> AsyncIterator[Closed]:
    upstream = Owner(CANARY, ranges=True, tag='"one"', broken_at=None, status=200)
    listening = await asyncio.start_server(upstream, "127.0.0.1", 0)
    upstream.port = listening.sockets[0].getsockname()[1]
    app = create_app(settings(allow_private=("127.0.0.1",)))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        service = app.state.service
        closed = Closed(tmp_path, service.database, service.gate, service.grants, service.outgoing)
        closed.client, closed.upstream = client, upstream
        await client.post("/catalogs", json={"id": "demo"}, headers=OPERATOR)
        closed.paths = {iri: await published(client, iri) for iri in (DATASET, REMOTE)}
        await closed.hold_as_operator(CANARY)
        await closed.set_source(Upstream("http", {"url": upstream.url}), REMOTE, CITY)
        here = await closed.agree(agreed())
        there = await closed.agree(
            agreed(iri="urn:ex:2", dataset=REMOTE), iri="urn:ex:2", dataset=REMOTE, transfer="urn:uuid:2"
        )
        closed.tokens = {TRANSFER: here, "urn:uuid:2": there}
        bounds = [Bound(TRANSFER, AGREEMENT, LAB, DATASET), Bound("urn:uuid:2", "urn:ex:2", LAB, REMOTE)]
        closed.pairs = {each.transfer: await pair_of(service, each) for each in bounds}
        yield closed
    await upstream.close(listening)


async def pair_of(service: Service, bound: Bound) -> Pair:
    """The key pair by which a client of S3 pulls a transfer."""
    pair = service.exchange.transfers.storefront.pair()
    async with service.database.writing() as connection:
        await service.grants.issue_within(connection, bound, key=pair.access_key)
    return pair


def signed(closed: Closed) -> list[tuple[str, str, dict[str, str]]]:
    """What clients of S3 ask who have the key pair of a transfer, in every way."""
    found = []
    for (transfer, pair), method in product(closed.pairs.items(), METHODS):
        address = f"/s3/{bucket_of(transfer)}/data"
        headers = Signer(pair.access_key, pair.secret_key, REGION).headers(method, BASE + address)
        found += [(method, address, {**headers, **detour}) for detour in (DETOURS if method == "GET" else DETOURS[:1])]
    return found


def addresses(closed: Closed, path: str) -> set[str]:
    """A route's template with everything that leads to data in its places."""
    values = [*closed.tokens, *closed.paths.values(), DATASET, REMOTE, "urn:ex:2"]
    return {re.sub(r"\{[^}]+\}", lambda _, value=value: value, path) for value in values}  # type: ignore[misc]


def moving_data(path: str) -> bool:
    """Whether an address is one that data leave by, and worth every detour."""
    return "/data" in path or path.startswith("/s3/")


async def test_no_route_gives_a_byte_or_asks_an_upstream_without_a_permit(closed: Closed) -> None:
    await closed.change(AgreementRow, state="ended")
    bearers = [OPERATOR, {}, *({"authorization": f"Bearer {token}"} for token in closed.tokens.values())]
    for path in sorted({route.path for route in ROUTES} - ENDLESS):
        full = moving_data(path)
        asked = [
            (method, address, {**bearer, **detour})
            for address in sorted(addresses(closed, path))
            for bearer in (bearers if full else bearers[:1])
            for method in (METHODS if full else METHODS[:1])
            for detour in (DETOURS if full and method == "GET" else DETOURS[:1])
        ]
        await without_the_data(closed, asked)
    await without_the_data(closed, signed(closed))
    assert closed.upstream.asked == []
    async with closed.database.reading() as connection:
        told = [repr(row) for row in await connection.execute(select(EventRow.__table__))]
    assert not [row for row in told if CANARY.decode() in row]


async def without_the_data(closed: Closed, asked: list[tuple[str, str, dict[str, str]]]) -> None:
    for method, address, headers in asked:
        answer = await closed.client.request(method, address, headers=headers)
        assert CANARY not in answer.content + repr(answer.headers.raw).encode(), (method, address, headers)


async def test_with_a_permit_the_same_walk_finds_the_data(closed: Closed) -> None:
    for transfer, token in closed.tokens.items():
        answer = await closed.client.get(f"/data/{transfer}", headers={"authorization": f"Bearer {token}"})
        assert answer.content == CANARY
    whole = [asked for asked in signed(closed) if asked[0] == "GET" and asked[2].keys() <= SIGNED]
    assert [(await closed.client.request(*asked[:2], headers=asked[2])).content for asked in whole] == [CANARY] * 2
    assert len(closed.upstream.asked) == 2


def test_nothing_but_open_and_look_of_the_gate_gives_something_to_read() -> None:
    giving = {
        name
        for name, function in inspect.getmembers(Gate, inspect.isfunction)
        if not name.startswith("_") and get_type_hints(function).get("return") in (Release, Opened)
    }
    assert giving == {"open", "look"}
    sources = [
        name for name, value in vars(release).items() if getattr(value, "__module__", "").startswith("exchange.sources")
    ]
    assert sorted(sources) == ["Origins", "Source"]


def naming(*words: str) -> set[str]:
    root = Path(release.__file__).parents[1]
    packages = ("ontology", "shapes", "stores", "journal", "participants", "catalog", "exchange", "loaders", "api")
    files = [path for package in packages for path in (root / package).rglob("*.py")]
    return {str(path.relative_to(root)) for path in files if all(word in path.read_text() for word in words)}


def test_nobody_else_reads_the_folder_of_files() -> None:
    assert naming(".path(", "oldings") == {"exchange/holding.py", "exchange/sources/origins.py"}


def test_copies_of_our_own_alone_are_read_past_the_gate() -> None:
    assert naming("holdings.read(") == {"api/routes/fetched.py"}


async def test_decision_and_release_are_on_disk_before_an_upstream_is_asked(closed: Closed) -> None:
    seen: list[list[str]] = []
    answer = closed.upstream.answer

    def watched(asked: str) -> bytes:
        with contextlib.closing(sqlite3.connect(closed.database.path or "")) as apart:
            rows = apart.execute("SELECT state FROM releases UNION ALL SELECT verdict FROM decisions").fetchall()
        seen.append([text for (text,) in rows])
        return answer(asked)

    closed.upstream.answer = watched  # type: ignore[method-assign]
    opened = await closed.gate.open(await closed.wanted(closed.tokens["urn:uuid:2"]))
    await opened.close()
    assert seen == [["open", "permit"]]
