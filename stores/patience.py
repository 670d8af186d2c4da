"""Waiting for what must not be left half-done, also by who gives up."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

Result = TypeVar("Result")


async def to_its_end(work: Awaitable[Result]) -> Result:
    """Wait for work in a thread until it is done, and only then let a cancellation through.

    Whoever is cancelled goes on to clean up, and must not find a thread still inside a connection or an index. Task
    groups cancel again and again until the task ends: one shield is not enough.
    """
    running = asyncio.ensure_future(work)
    given_up: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError as cancelled:
            given_up = cancelled
    if given_up is None:
        return running.result()
    if not running.cancelled():
        running.exception()  # seen: nobody is left to be told of it
    raise given_up
