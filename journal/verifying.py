"""Proof that the journal is what it was: every event, every checkpoint, and every row that events bear a digest of."""

from collections.abc import AsyncIterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from sqlalchemy import Row, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from journal import checkpoints, damaged, findings, leaves
from journal.checkpoints import FIRST, Notary, Sealed, sealed_of, tree_of
from journal.errors import CheckpointUnreadable
from journal.findings import Report
from journal.leaves import FIELDS, MARK_BYTES
from journal.merkle import Tree
from journal.rows import Rows
from stores.database import Database
from stores.exchange_tables import SealRow
from stores.tables import EventRow

_SEALS_AT_ONCE = 64
_EVENTS_AT_ONCE = 2000
_SEQ = FIELDS.index("seq")
_Events = Sequence[Sequence[Any]]


async def verify(database: Database, notary: Notary, folder: Path | None = None, kept: Sequence[Sealed] = ()) -> Report:
    """Examine the whole journal.

    Args:
        database: whose journal.
        notary: knows the signatures of this service.
        folder: of the database, where the newest checkpoint is kept beside it.
        kept: checkpoints from elsewhere; without any, who holds the signing key and writes the database can make
            another journal.
    """
    report = Report()
    aside = [*_beside(folder, report), *_named(kept)]  # before the snapshot: a sealer at work is ahead of that
    async with database.reading() as connection:
        await _Walk(connection, notary, report).run()
        await _kept(connection, notary, report, aside)
    return report


class _Walk:
    """One way through checkpoints and events, from the first on."""

    def __init__(self, connection: AsyncConnection, notary: Notary, report: Report) -> None:
        self.connection, self.notary, self.report = connection, notary, report
        self.rows = Rows(connection, report)
        self.tree = Tree()
        self.number, self.last, self.digest = 0, 0, FIRST

    async def run(self) -> None:
        """Examine everything."""
        async for seal in self._seals():
            await self._sealed(seal)
        await self._unsealed()
        await self.rows.unknown()

    async def _seals(self) -> AsyncIterator[Row[Any]]:
        number = 0
        while True:
            wanted = select(SealRow.__table__).where(SealRow.number > number).order_by(SealRow.number)
            found = await damaged.read(self.connection, wanted.limit(_SEALS_AT_ONCE), SealRow.number)
            for key, row in found:
                if row is not None:
                    yield row
                else:
                    self.report.found(f"seals {key}", findings.SEAL_BROKEN)
            if len(found) < _SEALS_AT_ONCE:
                return
            number = found[-1][0]

    async def _sealed(self, seal: Row[Any]) -> None:
        place, sealed = f"seals {seal.number}", sealed_of(seal)
        if not self.notary.signed(sealed.checkpoint.statement, sealed.signature):
            self.report.found(place, findings.SIGNATURE_WRONG)
        for missing in range(self.number + 1, seal.number):
            self.report.found(f"seals {missing}", findings.SEAL_MISSING)
        follows = seal.number == self.number + 1
        if follows and (seal.previous != self.digest or seal.first <= self.last):
            self.report.found(place, findings.CHAIN_BROKEN)
        start = self.last if follows else seal.first - 1
        events = await self._between(start, seal.last)
        hashed = leaves.hashed(events)
        self.tree = self.tree.grown(hashed)
        self.report.checkpoints += 1
        self.report.newest = sealed.checkpoint
        stated = _stated(seal)
        if follows and self.tree == stated:
            self.report.sealed += len(events)
        else:
            self._differs(seal, events, hashed, stated, told=follows)
        self.number, self.last, self.digest = seal.number, seal.last, sealed.checkpoint.digest

    def _differs(
        self, seal: Row[Any], events: _Events, hashed: list[bytes], stated: Tree | None, *, told: bool
    ) -> None:
        """Say what is not as it was sealed, and go on from what the seal says."""
        known = len(self.report.findings) + self.report.beyond
        written = [seal.marks[at : at + MARK_BYTES] for at in range(0, len(seal.marks), MARK_BYTES)]
        found = [each[:MARK_BYTES] for each in hashed]
        whole = seal.last - seal.first + 1 == len(written)  # no number was left out, so places tell numbers
        for kind, i, j, k, m in SequenceMatcher(None, written, found, autojunk=False).get_opcodes():
            if kind == "equal":
                continue
            paired = min(j - i, m - k)
            for event in events[k : k + paired]:
                self.report.found(f"events {event[_SEQ]}", findings.EVENT_CHANGED)
            for event in events[k + paired : m]:
                self.report.found(f"events {event[_SEQ]}", findings.EVENT_INSERTED)
            for at in range(i + paired, j):
                place = f"events {seal.first + at}" if whole else _between(seal, events, k + paired)
                self.report.found(place, findings.EVENT_MISSING)
        if stated is None or (told and known == len(self.report.findings) + self.report.beyond):
            self.report.found(f"seals {seal.number}", findings.SEAL_BROKEN)
        self.tree = stated or Tree()

    async def _between(self, start: int, last: int) -> _Events:
        found: list[Sequence[Any]] = []
        while True:
            events = await self._read(start, last)
            found += events
            if len(events) < _EVENTS_AT_ONCE:
                return found
            start = events[-1][_SEQ]

    async def _unsealed(self) -> None:
        """What no checkpoint covers yet. SQLite leaves no number out and remembers the highest: so gaps are traces."""
        counted = self.connection.dialect.name == "sqlite"
        last = self.last
        while events := await self._read(last):
            for event in events:
                if counted and event[_SEQ] != last + 1:
                    self.report.found(f"events {event[_SEQ]}", findings.GAP)
                last = event[_SEQ]
        if counted:
            given = await self.connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'events'"))
            there = await self.connection.scalar(select(func.max(EventRow.seq)))
            if given is not None and given > (there or 0):
                self.report.found(f"events {given}", findings.CUT_SHORT)

    async def _read(self, start: int, last: int | None = None) -> _Events:
        wanted = leaves.after(start, most=_EVENTS_AT_ONCE, last=last)
        read = await damaged.read(self.connection, wanted, EventRow.seq)
        events = [(seq, *[None] * (len(FIELDS) - 1)) if row is None else row for seq, row in read]
        self.report.events += len(events)
        await self.rows.compare(events)
        return events


def _between(seal: Row[Any], events: _Events, at: int) -> str:
    """The numbers that an event before the one at a place may have had."""
    low = events[at - 1][_SEQ] + 1 if at else seal.first
    high = events[at][_SEQ] - 1 if at < len(events) else seal.last
    return f"events {low}" if low == high else f"events {low}-{high}"


def _stated(seal: Row[Any]) -> Tree | None:
    """The tree that a checkpoint says there was, None if it contradicts itself."""
    try:
        tree = tree_of(seal)
    except (ValueError, TypeError):
        return None
    return tree if tree.root.hex() == seal.root else None


_Named = tuple[str, Sealed]


def _beside(folder: Path | None, report: Report) -> list[_Named]:
    if folder is None:
        return []
    found = []
    for path in sorted(folder.glob("checkpoint*.json")):
        try:
            found.append((path.name, checkpoints.read(path)))
        except CheckpointUnreadable:
            report.found(path.name, findings.WITNESS_UNREADABLE)
    return found


def _named(kept: Sequence[Sealed]) -> list[_Named]:
    return [(f"checkpoint {each.checkpoint.number}", each) for each in kept]


async def _kept(connection: AsyncConnection, notary: Notary, report: Report, kept: Sequence[_Named]) -> None:
    """Whether each checkpoint that was kept aside is still one of the database's."""
    for place, sealed in kept:
        one = sealed.checkpoint
        if not notary.signed(one.statement, sealed.signature):
            report.found(place, findings.WITNESS_FORGED)
            continue
        row = (await connection.execute(select(SealRow.__table__).where(SealRow.number == one.number))).first()
        if row is None:
            report.found(place, findings.WITNESS_GONE)
        elif sealed_of(row).checkpoint != one:
            report.found(place, findings.WITNESS_OTHER)
