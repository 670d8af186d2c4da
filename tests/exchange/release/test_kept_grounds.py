"""What a wish rests on is kept between wishes: whatever moves in the database, here or elsewhere, counts at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from exchange.release_errors import ReleaseRefused, SourceUnknown
from exchange.upstreams import Upstream
from participants.principal import OPERATOR, Principal
from stores.exchange_tables import AgreementRow
from tests.exchange.release.city import CITY, CSV, DATASET, LAB, Deployment, agreed

pytestmark = pytest.mark.anyio

OWNER = Principal(CITY, "provider", None, True)
NEWER = b"name,age\nsomebody,1\n"
FORBIDDEN = f"odrl:prohibition [ odrl:action odrl:use ; odrl:target <urn:ex:copy> ; odrl:assignee <{LAB}> ]"


async def test_pulls_one_after_the_other_look_up_once_what_they_rest_on(city: Deployment) -> None:
    token = await city.agree(agreed())
    wanted = await city.wanted(token)
    assert await city.pull(token) == CSV
    kept = await city.gate._grounds.of(wanted)
    assert await city.pull(token) == CSV
    await city.gate.settled()
    assert await city.gate._grounds.of(wanted) is kept


async def test_a_source_that_another_process_changes_is_that_of_the_next_pull(
    city: Deployment, opening: Callable[..., Any]
) -> None:
    token, other = await city.agree(agreed()), await opening()
    assert await city.pull(token) == CSV
    await other.hold(NEWER)
    assert await city.pull(token) == NEWER


async def test_a_source_that_another_process_removes_is_gone_for_the_next_pull(
    city: Deployment, opening: Callable[..., Any]
) -> None:
    token, other = await city.agree(agreed()), await opening()
    assert await city.pull(token) == CSV
    await other.gate.sources.remove(DATASET, OWNER)
    with pytest.raises(SourceUnknown):
        await city.pull(token)


async def test_what_another_process_forbids_of_the_same_bytes_is_forbidden_for_the_next_pull(
    city: Deployment, opening: Callable[..., Any]
) -> None:
    token, other = await city.agree(agreed()), await opening()
    assert await city.pull(token) == CSV
    await other.hold(CSV, "urn:ex:copy")
    forbids = agreed(iri="urn:ex:a2", dataset="urn:ex:copy").replace(
        "odrl:permission", f"{FORBIDDEN} ; odrl:permission"
    )
    await other.agree(forbids, iri="urn:ex:a2", dataset="urn:ex:copy", transfer="urn:uuid:2")
    with pytest.raises(ReleaseRefused):
        await city.pull(token)


async def test_an_agreement_that_another_process_ends_permits_no_further_pull(
    city: Deployment, opening: Callable[..., Any]
) -> None:
    token, other = await city.agree(agreed()), await opening()
    assert await city.pull(token) == CSV
    await other.change(AgreementRow, state="ended")
    with pytest.raises(ReleaseRefused):
        await city.pull(token)


async def test_a_change_that_came_first_counts_for_who_waits_behind_it(city: Deployment) -> None:
    token = await city.agree(agreed())
    assert await city.pull(token) == CSV
    await city.gate.settled()
    held = await city.gate.holdings.take(_newer())
    upstream = Upstream("file", {"sha256": held.sha256, "size_bytes": held.size_bytes}, {}, "text/csv")
    async with city.database.writing() as connection:
        pulled = asyncio.create_task(city.pull(token))
        while not city.database._committing._waiting:  # type: ignore[union-attr]  # noqa: ASYNC110
            await asyncio.sleep(0)
        await city.gate.sources.set_within(connection, DATASET, upstream, OPERATOR)
    assert await pulled == NEWER


async def _newer() -> AsyncIterator[bytes]:
    yield NEWER
