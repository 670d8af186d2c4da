"""Data that stay with their owner: fetched through, with the owner's credentials, and never without a permit."""

import hashlib
from collections.abc import Awaitable, Callable

import pytest

from exchange.release_errors import ReleaseRefused, SourceUnavailable
from exchange.spans import Span
from exchange.upstreams import Upstream
from stores.exchange_tables import ProcessRow
from tests.exchange.release.city import LIMIT, Deployment, agreed
from tests.exchange.release.owner import CONTENT, Owner

pytestmark = pytest.mark.anyio


Serve = Callable[..., Awaitable[Owner]]


async def fetched_through(city: Deployment, owner: Owner, rules: str = "", **credentials: str) -> str:
    await city.set_source(Upstream("http", {"url": owner.url}, credentials))
    return await city.agree(agreed(rules))


async def test_bytes_of_an_upstream_pass_through_and_are_hashed_on_the_way(city: Deployment, serve: Serve) -> None:
    token = await fetched_through(city, await serve())
    assert await city.pull(token) == CONTENT
    (row,) = await city.releases()
    assert (row.sha256, row.size_bytes) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


async def test_a_refusal_opens_no_upstream(city: Deployment, serve: Serve) -> None:
    owner = await serve()
    token = await fetched_through(city, owner, LIMIT.format(1))
    await city.pull(token)
    asked = len(owner.asked)
    with pytest.raises(ReleaseRefused):
        await city.pull(token)
    with pytest.raises(ReleaseRefused):
        await city.gate.look(await city.wanted(token))
    assert len(owner.asked) == asked == 1


CREDENTIALS = {
    "x-api-key: opensesame": {"scheme": "header", "name": "X-Api-Key", "value": "opensesame"},
    "authorization: basic y2l0etpvcgvuc2vzyw1l": {"scheme": "basic", "user": "city", "password": "opensesame"},
    "authorization: bearer opensesame": {"scheme": "bearer", "token": "opensesame"},
    "get /census.csv?key=open%26sesame ": {"scheme": "query", "name": "key", "value": "open&sesame"},
}


@pytest.mark.parametrize("shown", CREDENTIALS)
async def test_an_upstream_is_opened_with_the_credentials_of_its_owner(
    city: Deployment, serve: Serve, shown: str
) -> None:
    owner = await serve()
    assert await city.pull(await fetched_through(city, owner, **CREDENTIALS[shown])) == CONTENT
    assert shown in owner.asked[0]


async def test_credentials_lie_sealed_in_the_database(city: Deployment, serve: Serve) -> None:
    await fetched_through(city, await serve(), scheme="bearer", token="opensesame")
    for each in (city.folder / "renkei.sqlite", city.folder / "renkei.sqlite-wal"):
        assert b"opensesame" not in each.read_bytes()


@pytest.mark.parametrize("ranges", [True, False])
async def test_a_part_of_an_upstream_is_released(city: Deployment, serve: Serve, ranges: bool) -> None:
    token = await fetched_through(city, await serve(ranges=ranges))
    assert await city.pull(token, span=Span(1000, 1999)) == CONTENT[1000:2000]


@pytest.mark.parametrize("ranges", [True, False])
async def test_what_an_upstream_broke_off_goes_on_as_the_same_use(city: Deployment, serve: Serve, ranges: bool) -> None:
    owner = await serve(broken_at=100_000, ranges=ranges)
    token = await fetched_through(city, owner, LIMIT.format(1))
    with pytest.raises(SourceUnavailable):
        await city.pull(token)
    reached = (await city.releases())[0].size_bytes
    owner.broken_at = None
    assert await city.pull(token, span=Span(reached, None)) == CONTENT[reached:]


async def test_what_an_upstream_never_began_is_no_use(city: Deployment, serve: Serve) -> None:
    owner = await serve(status=503)
    token = await fetched_through(city, owner, LIMIT.format(1))
    for _ in range(3):
        with pytest.raises(SourceUnavailable) as told:
            await city.pull(token)
    assert str(owner.port) not in told.value.message.en
    owner.status = 200
    assert await city.pull(token) == CONTENT


async def test_an_upstream_without_tags_is_not_gone_on_with(city: Deployment, serve: Serve) -> None:
    owner = await serve(tag=None)
    token = await fetched_through(city, owner, LIMIT.format(1))
    release = await city.gate.open(await city.wanted(token))
    first = await anext(release.chunks())
    await release.close()
    with pytest.raises(ReleaseRefused):
        await city.pull(token, span=Span(len(first), None))


@pytest.mark.parametrize("status", [301, 401, 404, 500])
async def test_an_upstream_that_refuses_says_nothing_of_itself(city: Deployment, serve: Serve, status: int) -> None:
    token = await fetched_through(city, await serve(b"secret reason", status=status))
    with pytest.raises(SourceUnavailable) as told:
        await city.pull(token)
    assert "secret" not in str(told.value)
    assert (await city.releases())[0].state == "failed"


async def test_a_termination_stops_what_is_fetched_through(
    opening: Callable[..., Awaitable[Deployment]], serve: Serve
) -> None:
    city = await opening(recheck_s=0)
    release = await city.gate.open(await city.wanted(await fetched_through(city, await serve())))
    chunks = release.chunks()
    await anext(chunks)
    await city.change(ProcessRow, state="TERMINATED")
    with pytest.raises(ReleaseRefused):
        await anext(chunks)
    await release.close()


async def test_an_upstream_and_its_spellings_are_one(city: Deployment, serve: Serve) -> None:
    """P29."""
    owner = await serve()
    token = await fetched_through(city, owner)
    await city.set_source(Upstream("http", {"url": owner.url.replace("http:", "HTTP:") + "#part"}), "urn:ex:copy")
    forbids = agreed(iri="urn:ex:2", dataset="urn:ex:copy").replace(
        "odrl:permission", "odrl:prohibition [ odrl:action odrl:use ] ; odrl:permission"
    )
    await city.agree(forbids, iri="urn:ex:2", dataset="urn:ex:copy", transfer="urn:uuid:2")
    with pytest.raises(ReleaseRefused):
        await city.pull(token)
    assert owner.asked == []
