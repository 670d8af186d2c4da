"""How much leaves at once: each release that is open holds some MiB, and whoever reads slowly holds them long.

Whoever comes while all is taken waits a while for a turn; neither one transfer nor one participant nor all readers of
open data together ever take all there is.
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
MOST_OF_PARTY: Final = 128
"""Of one participant, and of open data, whoever reads them."""
PATIENCE_S: Final = 10.0


class Rooms:
    """Gives turns to releases."""

    def __init__(
        self,
        most: int = MOST,
        of_one: int = MOST_OF_ONE,
        patience_s: float = PATIENCE_S,
        of_party: int = MOST_OF_PARTY,
    ) -> None:
        self._all = asyncio.Semaphore(most)
        self._of_one, self._of_party, self._patience_s = of_one, of_party, patience_s
        self._each: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def enter(self, transfer: str | None, participant: str) -> Callable[[], None]:
        """Wait for a turn.

        Args:
            transfer: what it is for; None for open data.
            participant: whose transfer it is.

        Returns:
            What gives it back, to be called once.

        Raises:
            ReleaseBusy: none became free in time.
        """
        rooms = [self._all]
        if transfer is None:
            rooms.insert(0, self._room("", self._of_party))
        else:
            rooms[:0] = self._room(f"transfer {transfer}", self._of_one), self._room(participant, self._of_party)
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

    def _room(self, name: str, most: int) -> asyncio.Semaphore:
        room = self._each.get(name)
        if room is None:
            room = self._each[name] = asyncio.Semaphore(most)
        return room


def _leave(taken: list[asyncio.Semaphore]) -> None:
    while taken:
        taken.pop().release()
