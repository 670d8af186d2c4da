"""Events with what they are about, for those who may see them, in the order in which they happened."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from journal.digests import SORTS
from journal.events import EventKind
from journal.parties import data_of, provided_by
from stores.database import Database
from stores.exchange_tables import AgreementRow, ProcessRow, ReleaseRow
from stores.tables import Base, DecisionRow, EventRow, ResourceRow

_STRETCH = 1000  # events: some milliseconds
_TOLD: Mapping[type[Base], tuple[str, ...]] = MappingProxyType(
    {
        DecisionRow: ("policy", "party", "target", "verdict"),
        ProcessRow: ("kind", "role", "peer", "peer_pid", "state", "dataset", "offer", "agreement"),
        AgreementRow: (
            "iri", "negotiation", "role", "provider", "consumer", "dataset", "revision", "dataset_hash", "offer",
            "hash", "state", "agreed_at", "ends_at", "ended_at", "ended_by", "reason",
        ),
        ReleaseRow: (
            "agreement", "transfer", "participant", "dataset", "decision", "state", "size_bytes", "sha256", "ended_at",
            "request_id",
        ),
    }
)  # fmt: skip
"""What is told of a row: no data, no tokens, no messages."""
_KEYS = {DecisionRow: DecisionRow.id, ProcessRow: ProcessRow.pid, AgreementRow: AgreementRow.short_id,
         ReleaseRow: ReleaseRow.id}  # fmt: skip
_PROCESSES = {EventKind.NEGOTIATION.value, EventKind.TRANSFER.value}
_ROWS = {kind.value: ProcessRow if kind.value in _PROCESSES else sort.row for kind, sort in SORTS.items()}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events.

    Attributes:
        reader: who asks, a participant; None is the operator. It is shown what it did itself, and what happened with
            it or with what it owns.
        participant: of that only what concerns this one in the same way.
        dataset: IRI, what concerns it.
        request: of one request, by its id.
        since, until: from a time on, and before one.
        kinds: of events; None for all.
    """

    reader: str | None = None
    participant: str | None = None
    dataset: str | None = None
    request: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    kinds: Sequence[str] | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As SQL."""
        found: list[ColumnElement[bool]] = []
        found += [_of_participant(each) for each in {self.reader, self.participant} if each is not None]
        if self.dataset is not None:
            found.append(_of_dataset(self.dataset))
        if self.request is not None:
            found.append(EventRow.request_id == self.request)
        if self.since is not None:
            found.append(EventRow.at >= self.since)
        if self.until is not None:
            found.append(EventRow.at < self.until)
        if self.kinds is not None:
            found.append(EventRow.kind.in_(self.kinds))
        return found


async def export(database: Database, wanted: Wanted, after: int = 0) -> AsyncGenerator[dict[str, Any], None]:
    """The events one by one, each with what is told of the row it names.

    The journal is gone through in short stretches: who asks for little of much must not keep all others waiting, and a
    snapshot held for a whole export would keep SQLite from emptying its log.
    """
    conditions = wanted.conditions()
    while True:
        async with database.reading() as connection:
            head = await connection.scalar(select(func.max(EventRow.seq))) or 0
            last = min(after + _STRETCH, head)
            found = select(EventRow.__table__).where(EventRow.seq > after, EventRow.seq <= last, *conditions)
            rows = (await connection.execute(found.order_by(EventRow.seq))).all() if after < head else []
            about = await _about(connection, rows)
            resources = await _resources(connection, rows, wanted.reader)
        for row in rows:
            yield _entry(row, about.get((row.kind, row.subject)), resources.get((row.resource_id, row.kind)))
        if last >= head:
            return
        after = last
        await asyncio.sleep(0)


def _entry(row: Any, about: Mapping[str, Any] | None, resource: str | None) -> dict[str, Any]:
    return {
        "seq": row.seq,
        "at": row.at,
        "kind": row.kind,
        "actor": row.actor,
        "request": row.request_id,
        "catalog": row.catalog_id,
        "resource": resource,
        "revision": row.now_revision,
        "subject": row.subject,
        "digest": row.digest,
        "about": about,
    }


async def _about(connection: AsyncConnection, events: Sequence[Any]) -> dict[tuple[str, str], dict[str, Any]]:
    found = {}
    for kind in {event.kind for event in events} & _ROWS.keys():
        table = _ROWS[kind]
        subjects = {event.subject for event in events if event.kind == kind and event.subject}
        columns = [getattr(table, name) for name in _TOLD[table]]
        rows = await connection.execute(
            select(_KEYS[table].label("_key"), *columns).where(_KEYS[table].in_(sorted(subjects)))
        )
        for row in rows.mappings():
            found[kind, row["_key"]] = {name: row[name] for name in _TOLD[table]}
    return found


async def _resources(
    connection: AsyncConnection, events: Sequence[Any], reader: str | None
) -> dict[tuple[int, str], str]:
    """The IRIs of what events are about, by resource and kind; that there is a draft is its owner's secret."""
    keys = sorted({event.resource_id for event in events if event.resource_id is not None})
    row = ResourceRow
    rows = await connection.execute(select(row.id, row.iri, row.owner, row.revision).where(row.id.in_(keys)))
    known = {row.id: row for row in rows}
    return {
        (event.resource_id, event.kind): one.iri
        for event in events
        if (one := known.get(event.resource_id)) is not None
        and (one.owner == reader or (one.revision and event.kind != EventKind.DRAFTED.value))
    }


def _of_participant(participant: str) -> ColumnElement[bool]:
    own = data_of(participant)
    return or_(
        EventRow.actor == participant,
        _named(DecisionRow, or_(DecisionRow.party == participant, DecisionRow.target.in_(own))),
        _named(ProcessRow, or_(ProcessRow.peer == participant, ProcessRow.dataset.in_(own))),
        _named(AgreementRow, or_(AgreementRow.consumer == participant, AgreementRow.provider == participant,
                                 AgreementRow.owner == participant)),
        _named(ReleaseRow, or_(ReleaseRow.participant == participant, provided_by(participant))),
        _about_resource(ResourceRow.owner == participant),
    )  # fmt: skip


def _of_dataset(dataset: str) -> ColumnElement[bool]:
    return or_(
        _named(DecisionRow, DecisionRow.target == dataset),
        _named(ProcessRow, ProcessRow.dataset == dataset),
        _named(AgreementRow, AgreementRow.dataset == dataset),
        _named(ReleaseRow, ReleaseRow.dataset == dataset),
        _about_resource(ResourceRow.iri == dataset),
    )


def _named(table: type[Base], condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Row by row: a few new events are asked about far more often than all of a journal."""
    kinds = [kind for kind, each in _ROWS.items() if each is table]
    return EventRow.kind.in_(kinds) & exists().where(_KEYS[table] == EventRow.subject, condition)


def _about_resource(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(ResourceRow.id == EventRow.resource_id, condition)


async def concerns(database: Database, event: int, participant: str) -> bool:
    """Whether an event is one that a participant may see."""
    wanted = select(EventRow.seq).where(EventRow.seq == event, *Wanted(reader=participant).conditions())
    async with database.reading() as connection:
        return await connection.scalar(wanted) is not None
