"""Writing revisions: the rows, the subjects they describe and the journal events, in the caller's transaction."""

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import RowMapping, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.assessing import Assessment
from catalog.errors import ResourceWithdrawn
from catalog.kinds import Kind
from journal.events import Event, EventKind, append
from ontology.description import Description
from ontology.messages import Message
from ontology.terms import ODRL
from stores.database import packed
from stores.tables import AudienceRow, CatalogRow, ResourceRow, RevisionRow, SubjectRow

_OF_POLICIES = re.compile(
    rf"^\S+ <{re.escape(ODRL.NAMESPACE)}(?:hasPolicy|assignerOf|assigneeOf)> <([^>]*)> \.$", re.MULTILINE
)

State = Literal["draft", "published", "withdrawn"]

MINTED = "renkei:minted"
"""Source of a description that we wrote ourselves because the publisher gave none; exports leave it out."""


@dataclass(frozen=True, slots=True)
class Write:
    """One new revision.

    Attributes:
        before: the row of the resource if it is known here.
        audience: stored form, see `catalog.visibility`.
        given: the bytes of the publisher; None in bulk loads.
    """

    description: Description
    kind: Kind
    audience: str
    assessment: Assessment
    before: RowMapping | None = None
    short_id: str | None = None
    draft: bool = False
    given: bytes | None = None
    media_type: str | None = None
    source: str | None = None
    faults: tuple[Message, ...] = ()

    @property
    def number(self) -> int:
        """The number of the new revision."""
        return 1 if self.before is None else max(self.before["revision"], self.before["draft"]) + 1


def short_id_of(catalog: str, iri: str) -> str:
    """The stable short id of a resource: 60 bits of a hash over its catalog and IRI, in base 32."""
    digest = hashlib.sha256(f"{catalog}\n{iri}".encode()).digest()
    return base64.b32encode(digest)[:12].decode().lower()


def subject_key(iri: str) -> int:
    """The key of a subject in the table of subjects."""
    return int.from_bytes(hashlib.sha256(iri.encode()).digest()[:8], "big", signed=True)


def policy_key(iri: str) -> int:
    """The key, in the same table, under which those stand that say what or whom a policy is for."""
    return subject_key(f"policy {iri}")  # no IRI: nobody removes a triple of the policy for it


async def store(connection: AsyncConnection, catalog: str, writes: Sequence[Write], *, owner: str | None,
                actor: str) -> list[int]:  # fmt: skip
    """Write revisions of one catalog; the ids of their resources come back in the same order.

    Raises:
        ResourceWithdrawn: the catalog was withdrawn since the caller looked; nothing is written into it any more.
    """
    await _still_open(connection, catalog)
    now = datetime.now(UTC)
    ids = await _resources(connection, catalog, writes, owner, now)
    await connection.execute(
        insert(RevisionRow), [_revision(write, key, actor, now) for write, key in zip(writes, ids, strict=True)]
    )
    seen = [(write, key) for write, key in zip(writes, ids, strict=True) if not write.draft]
    await describe_subjects(connection, [(key, write.description) for write, key in seen])
    await remember_audiences(connection, {write.audience for write in writes})
    await append(connection, [_event(write, key, catalog, actor) for write, key in zip(writes, ids, strict=True)])
    return ids


async def _still_open(connection: AsyncConnection, catalog: str) -> None:
    statement = select(CatalogRow.withdrawn_at, CatalogRow.reason).where(CatalogRow.id == catalog)
    row = (await connection.execute(statement)).one()
    if row.withdrawn_at is not None:
        raise ResourceWithdrawn(catalog, row.withdrawn_at, row.reason)


async def withdraw(connection: AsyncConnection, rows: Iterable[RowMapping], *, reason: str | None, actor: str) -> int:
    """Leave tombstones; how many resources readers lost sight of."""
    rows = [row for row in rows if row["state"] != "withdrawn"]
    if not rows:
        return 0
    now = datetime.now(UTC)
    await connection.execute(
        update(ResourceRow)
        .where(ResourceRow.id == bindparam("key"))
        .values(state="withdrawn", modified_at=now, reason=reason),
        [{"key": row["id"]} for row in rows],
    )
    await connection.execute(
        delete(SubjectRow).where(SubjectRow.resource_id == bindparam("key")), [{"key": row["id"]} for row in rows]
    )
    await append(
        connection,
        [
            Event(EventKind.WITHDRAWN, row["catalog_id"], row["id"], *seen_before(row), None, None, actor)
            for row in rows
        ],
    )
    return len(rows)


def seen_before(row: RowMapping | None) -> tuple[int | None, str | None]:
    """Revision and audience that readers see of a resource, as the journal writes them."""
    if row is None or row["state"] != "published":
        return None, None
    return row["revision"], row["audience"]


async def describe_subjects(connection: AsyncConnection, described: Sequence[tuple[int, Description]]) -> None:
    """Replace what the table of subjects says of these resources."""
    if not described:
        return
    keys = [{"key": resource} for resource, _ in described]
    await connection.execute(delete(SubjectRow).where(SubjectRow.resource_id == bindparam("key")), keys)
    rows = [
        {"subject": subject, "resource_id": resource}
        for resource, description in described
        for subject in subject_keys(description)
    ]
    if rows:
        await connection.execute(insert(SubjectRow), rows)


def subject_keys(description: Description) -> set[int]:
    """Keys of the subjects of a document, its own resource always among them.

    A line that only says that something has this resource as a member is found by the resource itself: a catalog of
    50,000 datasets would otherwise be a subject of 50,001 documents. Who says of a policy what or whom it is for stands
    under the key of that policy (`policy_key`).
    """
    own = f"<{description.iri}> ."
    names = {line[1 : line.index(">")] for line in description.lines if line[0] == "<" and not line.endswith(own)}
    keys = {subject_key(name) for name in names | {description.iri}}
    if ODRL.NAMESPACE in description.canonical:
        keys.update(map(policy_key, _OF_POLICIES.findall(description.canonical)))
    return keys


async def remember_audiences(connection: AsyncConnection, values: set[str]) -> None:
    """Note audiences that were never used before."""
    known = set(await connection.scalars(select(AudienceRow.audience)))
    if new := sorted(values - known):
        await connection.execute(insert(AudienceRow), [{"audience": value} for value in new])


async def _resources(connection: AsyncConnection, catalog: str, writes: Sequence[Write], owner: str | None,
                     now: datetime) -> list[int]:  # fmt: skip
    known = [write for write in writes if write.before is not None]
    if known:
        statement = (
            update(ResourceRow)
            .where(ResourceRow.id == bindparam("key"))
            .values({name: bindparam(f"new_{name}") for name in _UPDATED})
        )
        await connection.execute(statement, [_changed_row(write, now) for write in known])
    fresh = [write for write in writes if write.before is None]
    made: dict[str, int] = {}
    if fresh:
        rows = await connection.execute(
            insert(ResourceRow).returning(ResourceRow.iri, ResourceRow.id),
            [_new_row(write, catalog, owner, now) for write in fresh],
        )
        made = {row.iri: row.id for row in rows}
    return [made[write.description.iri] if write.before is None else write.before["id"] for write in writes]


_UPDATED = ("iri", "kind", "audience", "state", "revision", "draft", "hash", "modified_at", "reason")


def _changed_row(write: Write, now: datetime) -> dict[str, Any]:
    before = write.before
    assert before is not None
    if write.draft:
        state = "published" if before["state"] == "published" else "draft"
        values = [before["iri"], before["kind"], before["audience"], state, before["revision"], write.number,
                  before["hash"], before["modified_at"], before["reason"]]  # fmt: skip
    else:
        values = [write.description.iri, write.kind.value, write.audience, "published", write.number, 0,
                  write.description.hash, now, None]  # fmt: skip
    return {"key": before["id"], **{f"new_{name}": value for name, value in zip(_UPDATED, values, strict=True)}}


def _new_row(write: Write, catalog: str, owner: str | None, now: datetime) -> dict[str, Any]:
    iri = write.description.iri
    return {
        "short_id": write.short_id or short_id_of(catalog, iri),
        "catalog_id": catalog,
        "iri": iri,
        "kind": write.kind.value,
        "audience": write.audience,
        "state": "draft" if write.draft else "published",
        "revision": 0 if write.draft else 1,
        "draft": 1 if write.draft else 0,
        "hash": write.description.hash,
        "owner": owner,
        "created_at": now,
        "modified_at": now,
        "reason": None,
    }


def _revision(write: Write, resource: int, actor: str, now: datetime) -> dict[str, Any]:
    return {
        "resource_id": resource,
        "number": write.number,
        "canonical": packed(write.description.canonical.encode()),
        "hash": write.description.hash,
        "audience": None if write.draft else write.audience,
        "given": None if write.given is None else packed(write.given),
        "media_type": write.media_type,
        "report": None if write.assessment.report is None else packed(write.assessment.report),
        "violations": write.assessment.violations,
        "warnings": write.assessment.warnings,
        "faults": [[fault.ja, fault.en] for fault in write.faults] or None,
        "source": write.source,
        "author": actor,
        "created_at": now,
    }


def _event(write: Write, resource: int, catalog: str, actor: str) -> Event:
    revision, audience = seen_before(write.before)
    if write.draft:
        return Event(EventKind.DRAFTED, catalog, resource, revision, audience, revision, audience, actor)
    kind = EventKind.REGISTERED if revision is None else EventKind.CHANGED
    return Event(kind, catalog, resource, revision, audience, write.number, write.audience, actor)
