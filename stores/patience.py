"""Waiting for what must not be left half-done, also by who gives up."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

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


class Aside:
    """A thread of its own for what waits for the disk: to hand it work takes a third of what a pool of them takes."""

    def __init__(self) -> None:
        self._given: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do something there, to its end."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._worked, name="renkei-aside", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Result] = loop.create_future()
        self._given.put(lambda: _tell(loop, done, work))
        return await to_its_end(done)

    def end(self) -> None:
        """Let the thread end once it has done what it was given; the next work begins another."""
        if self._thread is not None:
            self._given.put(None)
            self._thread.join()
            self._thread = None

    def _worked(self) -> None:
        while (work := self._given.get()) is not None:
            work()


def _tell(loop: asyncio.AbstractEventLoop, done: asyncio.Future[Any], work: Callable[[], Any]) -> None:
    tell: tuple[Callable[[Any], None], Any]
    try:
        tell = done.set_result, work()
    except Exception as error:
        tell = done.set_exception, error
    with suppress(RuntimeError):  # the loop is gone, and who waited with it
        loop.call_soon_threadsafe(*tell)
