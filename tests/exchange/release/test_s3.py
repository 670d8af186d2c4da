"""Objects of S3 as a source, from a store that checks signatures."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from exchange.aws_signing import UNSIGNED, Signer
from exchange.release_errors import SourceUnavailable
from exchange.spans import Span
from exchange.upstreams import Upstream
from tests.exchange.release.city import Deployment, agreed
from tests.exchange.release.signed_store import CREDENTIALS, KEY, REGION, SECRET, Store, signature_of

pytestmark = pytest.mark.anyio
CONTENT = bytes(range(256)) * 4096
KEYS = ["census.csv", "2026/人口 統計+1.csv", "a b/c&d=e.csv", "odd~name_(1)!*'.csv"]


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    store = Store()
    listening = await asyncio.start_server(store, "127.0.0.1", 0)
    store.port = listening.sockets[0].getsockname()[1]
    yield store
    await store.close(listening)


def object_of(store: Store, key: str = KEYS[0], credentials: dict[str, str] = CREDENTIALS) -> Upstream:
    return Upstream("s3", {"endpoint": store.endpoint, "region": REGION, "bucket": "open", "key": key}, credentials)


@pytest.mark.parametrize("key", KEYS)
async def test_an_object_is_fetched_with_a_signature_that_its_store_accepts(
    city: Deployment, store: Store, key: str
) -> None:
    store.objects[f"/open/{key}"] = CONTENT
    await city.set_source(object_of(store, key))
    assert await city.pull(await city.agree(agreed())) == CONTENT
    assert store.refused == []


async def test_a_temporary_key_brings_its_token(city: Deployment, store: Store) -> None:
    store.objects["/open/census.csv"] = CONTENT
    await city.set_source(object_of(store, credentials={**CREDENTIALS, "sessionToken": "for/an+hour=="}))
    assert await city.pull(await city.agree(agreed())) == CONTENT


async def test_a_part_of_an_object_is_fetched_as_a_part(city: Deployment, store: Store) -> None:
    store.objects["/open/census.csv"] = CONTENT
    await city.set_source(object_of(store))
    assert await city.pull(await city.agree(agreed()), span=Span(5, 99)) == CONTENT[5:100]


async def test_a_wrong_key_gets_nothing_and_the_store_is_not_quoted(city: Deployment, store: Store) -> None:
    store.objects["/open/census.csv"] = CONTENT
    await city.set_source(object_of(store, credentials={**CREDENTIALS, "secretKey": "wrong"}))
    with pytest.raises(SourceUnavailable) as told:
        await city.pull(await city.agree(agreed()))
    assert len(store.refused) == 1
    assert "Signature" not in str(told.value)


@pytest.mark.parametrize(
    "query", ["", "?uploads=", "?partNumber=12&uploadId=a%2Fb%2Bc", "?list-type=2&prefix=%E4%BA%BA"]
)
def test_signatures_are_those_of_the_client_of_aws(query: str) -> None:
    url = f"https://s3.example/open/2026/%E4%BA%BA%20x.csv{query}"
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    headers = Signer(KEY, SECRET, REGION).headers("PUT", url, UNSIGNED, at)
    assert headers["authorization"].endswith(signature_of("PUT", url, headers, None))
