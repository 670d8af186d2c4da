"""A gate over real stores: one dataset with a file."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.exchange.release.city import Deployment, deployment
from tests.exchange.release.owner import CONTENT, Owner


@pytest.fixture
async def opening(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Opens a gate on the folder of the test, as often as wanted; all are closed at the end."""
    async with contextlib.AsyncExitStack() as stack:

        async def opened(**options: Any) -> Deployment:
            return await deployment(stack, tmp_path, **options)

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
