"""A gate over real stores: one dataset with a file."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.reading import Reading
from catalog.visibility import Visibility
from exchange.addresses import ANY_PRIVATE
from exchange.decisions import Decisions
from exchange.grants import Grants
from exchange.holding import Holdings
from exchange.keys import SecretBox
from exchange.outgoing import Outgoing
from exchange.policy.vocabulary import shipped
from exchange.release import Gate
from exchange.sourcing import Sources
from exchange.stored_policies import StoredPolicies
from exchange.terms import Terms
from stores.database import Database
from tests.exchange.release.city import Deployment
from tests.exchange.release.owner import CONTENT, Owner


@pytest.fixture
async def opening(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Opens a gate on the folder of the test, as often as wanted; all are closed at the end."""
    async with contextlib.AsyncExitStack() as stack:

        async def opened(**options: Any) -> Deployment:
            database, outgoing = Database.in_folder(tmp_path), Outgoing(ANY_PRIVATE)
            await database.open()
            reading = Reading(database, Visibility(database))
            terms = Terms(database, reading, StoredPolicies(reading, shipped), shipped)
            sources = Sources(database, SecretBox(hashlib.sha256(b"test").digest()))
            holdings = Holdings(tmp_path / "files", 1 << 30)
            gate = Gate(database, Decisions(database), terms, sources, holdings, outgoing, **options)
            for close in (database.close, outgoing.close, gate.close):
                stack.push_async_callback(close)
            return Deployment(tmp_path, database, gate, Grants(database), outgoing)

        yield opened


@pytest.fixture
async def city(opening: Callable[..., Any]) -> Deployment:
    """A deployment whose dataset has a file."""
    deployment: Deployment = await opening()
    await deployment.gate.start()
    await deployment.hold()
    return deployment


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Owner]]]:
    async with contextlib.AsyncExitStack() as stack:

        async def started(
            content: bytes = CONTENT,
            *,
            ranges: bool = True,
            tag: str | None = '"one"',
            broken_at: int | None = None,
            status: int = 200,
        ) -> Owner:
            owner = Owner(content, ranges=ranges, tag=tag, broken_at=broken_at, status=status)
            listening = await asyncio.start_server(owner, "127.0.0.1", 0)
            stack.push_async_callback(owner.close, listening)
            owner.port = listening.sockets[0].getsockname()[1]
            return owner

        yield started
