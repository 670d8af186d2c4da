"""One lock a process: held while a message is sent and the new state stored, so that the answer finds it stored.

The peer's next message arrives while we are still storing what its answer to ours means. Two sides that send to each
other at the same moment would wait for each other for ever, so who hears waits for a short time only, the provider
less than the consumer: its peer then tries again.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from exchange.errors import ProcessBusy


class Locks:
    """The locks of one server process; between several, the version of a process's row decides who was first."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def taken(self, pid: str) -> bool:
        """Whether somebody holds the lock of a process; else `held` gets it without waiting."""
        lock = self._locks.get(pid)
        return lock is not None and lock.locked()

    @asynccontextmanager
    async def held(self, pid: str, patience_s: float | None = None) -> AsyncIterator[None]:
        """Hold the lock of a process.

        Args:
            patience_s: longest wait; None waits for its turn however long that takes.

        Raises:
            ProcessBusy: it was not free in time.
        """
        lock = self._locks.get(pid)
        if lock is None:
            lock = self._locks[pid] = asyncio.Lock()
        if patience_s is None or not lock.locked():
            await lock.acquire()
        else:
            try:
                await asyncio.wait_for(lock.acquire(), patience_s)
            except TimeoutError:
                raise ProcessBusy(pid) from None
        try:
            yield
        finally:
            lock.release()
