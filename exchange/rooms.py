"""How much leaves at once: each release that is open holds some MiB, and whoever reads slowly holds them long.

Whoever comes while all is taken waits a while for a turn; one transfer alone never takes all there is.
"""

import asyncio
from collections.abc import Callable
from typing import Final
from weakref import WeakValueDictionary

from exchange.release_errors import ReleaseBusy

MOST: Final = 256
"""Releases that are open at once; each holds up to 3 MiB, by the size of the pieces and the buffers of a connection."""
MOST_OF_ONE: Final = 64
"""Of one transfer."""
PATIENCE_S: Final = 10.0


class Rooms:
    """Gives turns to releases."""

    def __init__(self, most: int = MOST, of_one: int = MOST_OF_ONE, patience_s: float = PATIENCE_S) -> None:
        self._all = asyncio.Semaphore(most)
        self._of_one, self._patience_s = of_one, patience_s
        self._each: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def enter(self, transfer: str | None) -> Callable[[], None]:
        """Wait for a turn.

        Args:
            transfer: what it is for; None for open data.

        Returns:
            What gives it back, to be called once.

        Raises:
            ReleaseBusy: none became free in time.
        """
        rooms = [self._all] if transfer is None else [self._room(transfer), self._all]
        taken: list[asyncio.Semaphore] = []
        try:
            async with asyncio.timeout(self._patience_s):
                for room in rooms:
                    await room.acquire()
                    taken.append(room)
        except BaseException as error:
            _leave(taken)
            if isinstance(error, TimeoutError):
                raise ReleaseBusy from error
            raise
        return lambda: _leave(taken)

    def _room(self, transfer: str) -> asyncio.Semaphore:
        room = self._each.get(transfer)
        if room is None:
            room = self._each[transfer] = asyncio.Semaphore(self._of_one)
        return room


def _leave(taken: list[asyncio.Semaphore]) -> None:
    while taken:
        taken.pop().release()
