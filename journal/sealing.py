"""The sealer: every few seconds it hashes what was appended to the journal and signs where it stands.

It reads what is committed, and no number can be committed below one that was read: SQLite has one writer, PostgreSQL's
appends take turns. Its own write is one row. Two sealers at once would make the same number, and the database lets one
of them have it.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from journal import checkpoints, leaves
from journal.checkpoints import FIRST, Checkpoint, Notary, Sealed, sealed_of, tree_of
from journal.errors import CheckpointUnreadable
from journal.merkle import Tree
from stores.database import Database
from stores.exchange_tables import SealRow

AT_ONCE = 512  # events of one seal: some milliseconds of hashing
EVERY_S = 5.0
_LOG = logging.getLogger("renkei.journal")
_NEWEST = select(SealRow.__table__).order_by(SealRow.number.desc()).limit(1)


class Sealer:
    """Seals the journal of one database.

    Args:
        database: whose journal.
        notary: signs the checkpoints.
        folder: where the newest checkpoint is kept beside the database; whoever cuts both tables short is told by it.
    """

    def __init__(self, database: Database, notary: Notary, folder: Path) -> None:
        self.database = database
        self.notary = notary
        self.file = folder / checkpoints.FILE

    async def newest(self) -> Sealed | None:
        """The newest checkpoint, None before the first."""
        async with self.database.reading() as connection:
            row = (await connection.execute(_NEWEST)).first()
        return None if row is None else sealed_of(row)

    async def seal(self) -> int:
        """Seal everything that is committed when it begins; how many checkpoints that took."""
        made, newest = 0, None
        while (sealed := await self._one()) is not None:
            made, newest = made + 1, sealed
            if sealed.checkpoint.last - sealed.checkpoint.first + 1 < AT_ONCE:
                break  # what came since then is for the next round: under load there is always something
            await asyncio.sleep(0)  # of a million events that an upgrade finds, each run lets requests in between
        if newest is not None:
            await asyncio.to_thread(self._keep, newest)
        return made

    @contextlib.asynccontextmanager
    async def at_work(self, every_s: float = EVERY_S) -> AsyncIterator[None]:
        """Seal in the background, and what is left at the end."""
        task = asyncio.create_task(self._go_on(every_s))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await self._try()

    async def _go_on(self, every_s: float) -> None:
        while True:
            await self._try()
            await asyncio.sleep(every_s)

    async def _try(self) -> None:
        try:
            await self.seal()
        except Exception as error:  # the journal goes on without its seal, and the next round tries again
            _LOG.warning("the journal could not be sealed", exc_info=error)

    async def _one(self) -> Sealed | None:
        async with self.database.reading() as connection:
            row = (await connection.execute(_NEWEST)).first()
            events = (await connection.execute(leaves.after(row.last if row else 0, most=AT_ONCE))).all()
        if not events:
            return None
        hashed = leaves.hashed(events)
        before = None if row is None else sealed_of(row).checkpoint
        tree = (Tree() if row is None else tree_of(row)).grown(hashed)
        checkpoint = Checkpoint(
            number=1 if before is None else before.number + 1,
            first=events[0].seq,
            last=events[-1].seq,
            size=tree.size,
            root=tree.root.hex(),
            previous=FIRST if before is None else before.digest,
            at=datetime.now(UTC),
        )
        sealed = Sealed(checkpoint, self.notary.sign(checkpoint.statement))
        added = _row(sealed, tree, leaves.marks(hashed))
        try:
            async with self.database.writing() as connection:
                await connection.execute(insert(SealRow).values(added))
        except IntegrityError:  # another process was first
            return None
        return sealed

    def _keep(self, sealed: Sealed) -> None:
        """Put the checkpoint beside the database; one from further on, as a restored backup finds it, is evidence."""
        if self.file.exists():
            with contextlib.suppress(CheckpointUnreadable):
                kept = checkpoints.read(self.file).checkpoint
                if kept.number >= sealed.checkpoint.number and kept != sealed.checkpoint:
                    self.file.replace(self.file.with_name(f"checkpoint-{kept.number}-{kept.digest[:8]}.json"))
        checkpoints.write(self.file, sealed)


def _row(sealed: Sealed, tree: Tree, marks: bytes) -> dict[str, Any]:
    one = sealed.checkpoint
    return {
        "number": one.number,
        "first": one.first,
        "last": one.last,
        "size": one.size,
        "root": one.root,
        "previous": one.previous,
        "at": one.at,
        "peaks": [peak.hex() for peak in tree.peaks],
        "marks": marks,
        "signature": sealed.signature,
    }
