"""The rows that events bear a digest of: whether each is what it was, and whether there are others."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from journal import damaged, findings
from journal.digests import SORTS, Sort
from journal.events import EventKind
from journal.findings import Report
from journal.leaves import FIELDS
from ontology.messages import Message
from stores.exchange_tables import AgreementRow, ReleaseRow, StepRow
from stores.tables import Base, EventRow

_AT_ONCE = 500
_SEQ, _KIND, _SUBJECT, _DIGEST = (FIELDS.index(name) for name in ("seq", "kind", "subject", "digest"))
_KINDS = {kind.value: kind for kind in SORTS}


class Rows:
    """Compares rows with what events say of them."""

    def __init__(self, connection: AsyncConnection, report: Report) -> None:
        self.connection, self.report = connection, report

    async def compare(self, events: Sequence[Sequence[Any]]) -> None:
        """Whether the rows of some events are what they were."""
        by_sort: dict[EventKind, list[Sequence[Any]]] = defaultdict(list)
        for event in events:
            if (kind := _KINDS.get(event[_KIND])) is None:
                continue
            if event[_DIGEST] is None or event[_SUBJECT] is None:
                self.report.unproved += 1
            else:
                by_sort[kind].append(event)
        for kind, some in by_sort.items():
            for start in range(0, len(some), _AT_ONCE):
                await self._compare(SORTS[kind], some[start : start + _AT_ONCE])

    async def _compare(self, sort: Sort, events: Sequence[Sequence[Any]]) -> None:
        there = await self._digests(sort, {event[_SUBJECT] for event in events})
        for event in events:
            found = there.get(event[_SUBJECT], ())
            if event[_DIGEST] in found:
                self.report.rows += 1
            else:
                words = findings.ROW_CHANGED if found else findings.ROW_MISSING
                said = Message(words.ja.format(seq=event[_SEQ]), words.en.format(seq=event[_SEQ]))
                self.report.found(f"{sort.name} {event[_SUBJECT]}", said)

    async def _digests(self, sort: Sort, subjects: set[str]) -> Mapping[str, set[str]]:
        key = getattr(sort.row, sort.key)
        found: dict[str, set[str]] = defaultdict(set)
        wanted = select(sort.row.__table__).where(key.in_(sorted(subjects)))
        for name, row in await damaged.read(self.connection, wanted, key):
            found[name].add("" if row is None else _digest(sort, row._mapping))
        return found

    async def unknown(self) -> None:
        """Name the rows that no event tells of."""
        for sort in {sort.row: sort for sort in SORTS.values()}.values():
            if sort.row is not StepRow:
                await self._inserted(sort)
        await self._inserted_steps()
        await self._ended(AgreementRow, AgreementRow.short_id, (EventKind.AGREEMENT_ENDED,))
        await self._ended(ReleaseRow, ReleaseRow.id, (EventKind.RELEASE_ENDED, EventKind.REFUSED))

    async def _ended(self, table: type[Base], key: InstrumentedAttribute[str], kinds: Sequence[EventKind]) -> None:
        """What is over must have an event that says so."""
        told = select(EventRow.subject).where(EventRow.kind.in_(kinds), EventRow.subject.is_not(None))
        over = table.__table__.c.ended_at.is_not(None) & key.not_in(told)
        name = next(sort.name for sort in SORTS.values() if sort.row is table)
        for each in (await self.connection.scalars(select(key).where(over))).all():
            self.report.found(f"{name} {each}", findings.END_UNKNOWN)

    async def _inserted(self, sort: Sort) -> None:
        key = getattr(sort.row, sort.key)
        kinds = [kind.value for kind, each in SORTS.items() if each.row is sort.row]
        told = select(EventRow.subject).where(EventRow.kind.in_(kinds), EventRow.subject.is_not(None))
        for name in (await self.connection.scalars(select(key).where(key.not_in(told)))).all():
            self.report.found(f"{sort.name} {name}", findings.ROW_UNKNOWN)

    async def _inserted_steps(self) -> None:
        """A process has as many steps as there are events that bear the digest of one."""
        kinds = (EventKind.NEGOTIATION.value, EventKind.TRANSFER.value)
        told = (
            select(EventRow.subject, func.count(EventRow.digest).label("told"))
            .where(EventRow.kind.in_(kinds))
            .group_by(EventRow.subject)
            .subquery()
        )
        there = select(StepRow.pid, func.count().label("steps")).group_by(StepRow.pid).subquery()
        more = select(there.c.pid).outerjoin(told, told.c.subject == there.c.pid)
        more = more.where(there.c.steps > func.coalesce(told.c.told, 0))
        for pid in (await self.connection.scalars(more)).all():
            self.report.found(f"step {pid}", findings.ROW_UNKNOWN)


def _digest(sort: Sort, row: Any) -> str:
    try:
        return sort.digest(row)
    except Exception:  # what cannot be unpacked any more was changed, whatever it is now
        return ""
