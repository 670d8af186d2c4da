"""The ordered log of what happened. Every projection follows it; it holds ids, never data values."""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from stores.prepared import Write
from stores.tables import TRAFFIC, EventRow

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request or command at work, written with every event it causes."""

_APPEND = Write(insert(EventRow))
_APPEND_LOCK = 0x52454E4B  # PostgreSQL: appends take turns, so that a smaller number never commits after a larger one


class EventKind(StrEnum):
    """The closed set of things that happen."""

    REGISTERED = "registered"
    CHANGED = "changed"
    DRAFTED = "drafted"
    WITHDRAWN = "withdrawn"
    AUDIENCE_CHANGED = "audience-changed"
    CATALOG_CREATED = "catalog-created"
    CATALOG_CHANGED = "catalog-changed"
    CATALOG_WITHDRAWN = "catalog-withdrawn"
    TOKEN_ISSUED = "token-issued"  # noqa: S105  (a name, not a secret)
    TOKEN_REVOKED = "token-revoked"  # noqa: S105
    SHAPES_CHANGED = "shapes-changed"
    DECIDED = "decided"
    PEER_CHANGED = "peer-changed"
    OFFERED = "offered"
    OFFER_WITHDRAWN = "offer-withdrawn"
    SOURCE_CHANGED = "source-changed"
    NEGOTIATION = "negotiation"
    TRANSFER = "transfer"
    STUCK = "stuck"
    AGREED = "agreed"
    AGREEMENT_ENDED = "agreement-ended"
    GRANTED = "granted"
    GRANT_REVOKED = "grant-revoked"
    RELEASED = "released"
    REFUSED = "refused"
    RELEASE_ENDED = "release-ended"
    PERFORMED = "performed"
    HOOK_CHANGED = "hook-changed"
    FILE_REMOVED = "file-removed"


@dataclass(frozen=True, slots=True)
class Event:
    """One entry.

    Attributes:
        was_revision: the revision that readers saw before, None if none.
        was_audience: blank-separated audiences of that revision.
        now_revision: the revision that readers see from now on, None if none.
        now_audience: blank-separated audiences of that revision.
        seq: the number the journal gave it; 0 before it was appended.
        subject: what it is about where that is no resource, as the id of a decision or of a process.
        digest: SHA-256 of what the subject says at that moment; the seal over the journal covers that too.
    """

    kind: EventKind
    catalog: str | None = None
    resource: int | None = None
    was_revision: int | None = None
    was_audience: str | None = None
    now_revision: int | None = None
    now_audience: str | None = None
    actor: str | None = None
    seq: int = 0
    subject: str | None = None
    digest: str | None = None


async def append(connection: AsyncConnection, events: Sequence[Event]) -> None:
    """Write events at the end of the log, inside the transaction that makes them true."""
    if not events:
        return
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _APPEND_LOCK})
    now, request = datetime.now(UTC), REQUEST_ID.get()
    await _APPEND.each(connection, [_row(event, now, request) for event in events])


def _row(event: Event, now: datetime, request: str | None) -> dict[str, object]:
    return {
        "at": now,
        "kind": event.kind.value,
        "catalog_id": event.catalog,
        "resource_id": event.resource,
        "was_revision": event.was_revision,
        "was_audience": event.was_audience,
        "now_revision": event.now_revision,
        "now_audience": event.now_audience,
        "actor": event.actor,
        "request_id": request,
        "subject": event.subject,
        "digest": event.digest,
    }


async def since(connection: AsyncConnection, cursor: int, limit: int) -> list[Event]:
    """The events after a number, oldest first, at most `limit`."""
    rows = await connection.execute(
        select(EventRow.__table__).where(EventRow.seq > cursor).order_by(EventRow.seq).limit(limit)
    )
    return [
        Event(
            EventKind(row.kind), row.catalog_id, row.resource_id, row.was_revision, row.was_audience,
            row.now_revision, row.now_audience, row.actor, row.seq, row.subject, row.digest,
        )
        for row in rows
    ]  # fmt: skip


async def next_of_a_resource(connection: AsyncConnection, cursor: int) -> int | None:
    """The number of the first event after `cursor` that is about a resource; a million of others are passed at once."""
    concerned = EventRow.resource_id.is_not(None)
    found = await connection.scalar(select(func.min(EventRow.seq)).where(EventRow.seq > cursor, concerned))
    return None if found is None else int(found)


async def count_since(connection: AsyncConnection, cursor: int) -> int:
    """How many events a projection that stands at `cursor` is behind; traffic concerns none."""
    after = select(func.count()).select_from(EventRow).where(EventRow.seq > cursor, EventRow.kind.not_in(TRAFFIC))
    found = await connection.scalar(after)
    return int(found or 0)
