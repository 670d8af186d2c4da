"""A feed of when the data of a dataset changed, for those who follow them under an agreement.

It tells of what is registered here as another file. What lies with its owner may change without a word to us.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Final

from sqlalchemy import bindparam, select

from exchange.sourcing import Registered, subject_of
from stores.database import Database
from stores.prepared import Prepared
from stores.tables import OF_SOURCES, EventRow

WAIT_S: Final = 60
"""The longest that one question may wait for a change."""
_LOOK_S: Final = 0.25
_AT_ONCE: Final = 100  # changes in one answer
_WAITING: Final = 4  # questions of one transfer at the same time; more are answered at once
_OF_DATASET: Any = select(EventRow.seq, EventRow.at).where(OF_SOURCES, EventRow.subject == bindparam("subject"))
AFTER = Prepared(_OF_DATASET.where(EventRow.seq > bindparam("after")).order_by(EventRow.seq).limit(_AT_ONCE))
_NEWEST = Prepared(_OF_DATASET.order_by(EventRow.seq.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the data.

    Attributes:
        cursor: number of its event; changes after it are asked for by it.
    """

    cursor: int
    at: datetime


def are_told(source: Registered) -> bool:
    """Whether every change of a source passes through this service."""
    return source.kind == "file"


class Changes:
    """The changes of all datasets."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: Counter[str] = Counter()

    async def newest(self, dataset: str) -> Sequence[Change]:
        """The last change alone, from which one goes on; none where there was none."""
        rows = await self._database.rows(_NEWEST, subject=subject_of(dataset))
        return [Change(row["seq"], row["at"]) for row in rows]

    async def after(self, dataset: str, cursor: int) -> Sequence[Change]:
        """Changes after a cursor, oldest first."""
        rows = await self._database.rows(AFTER, subject=subject_of(dataset), after=cursor)
        return [Change(row["seq"], row["at"]) for row in rows]

    async def awaited(
        self, dataset: str, cursor: int, wait_s: float, transfer: str, still: Callable[[], Awaitable[bool]]
    ) -> Sequence[Change]:
        """As `after`; where there are none yet, once there are, or when the time is over.

        Args:
            dataset: IRI.
            cursor: of the last change that is known.
            wait_s: seconds.
            transfer: pid, under which it is asked.
            still: whether to go on waiting; it may raise what the question ends with.
        """
        if self._waiting[transfer] >= _WAITING:
            wait_s = 0
        self._waiting[transfer] += 1
        try:
            return await self._found(dataset, cursor, monotonic() + wait_s, still)
        finally:
            self._waiting[transfer] -= 1
            if not self._waiting[transfer]:
                del self._waiting[transfer]

    async def _found(
        self, dataset: str, cursor: int, end: float, still: Callable[[], Awaitable[bool]]
    ) -> Sequence[Change]:
        head = -1
        while True:
            if (now := await self._database.head()) != head:
                head = now
                if found := await self.after(dataset, cursor):
                    return found
            if monotonic() >= end or not await still():
                return ()
            await asyncio.sleep(min(_LOOK_S, max(0.0, end - monotonic())))
