"""Looking up what is stored: one resource, its revisions, the members of a catalog, whole dumps."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import RowMapping, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.errors import CatalogNotFound, ResourceNotFound, ResourceWithdrawn, RevisionNotFound
from catalog.kinds import Kind
from catalog.storing import MINTED
from catalog.tags import newest_tag, version_of
from catalog.visibility import Sight, Visibility
from ontology.description import Description
from ontology.messages import Message
from participants.principal import Principal
from stores.database import Database, unpacked
from stores.prepared import Prepared, Row
from stores.tables import CatalogRow, ResourceRow, RevisionRow

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Stored:
    """One revision of a resource, as readers get it.

    Attributes:
        audience: stored form, see `catalog.visibility`.
        revision: the number of this revision; `latest` that of the newest published one.
        modified_at: when this revision was made; `changed_at` when the resource last changed, its audience included.
        violations: how many violations its report lists at level `full`.
        faults: what was kept as given, mended or left out when it was read.
    """

    resource_id: int
    short_id: str
    iri: str
    kind: Kind
    catalog: str
    audience: str
    state: str
    owner: str | None
    revision: int
    latest: int
    description: Description
    created_at: datetime
    modified_at: datetime
    changed_at: datetime
    violations: int
    warnings: int
    faults: tuple[Message, ...]

    @property
    def etag(self) -> str:
        """The entity tag of this revision, without its quotation marks; `Reading.tag` has that of a catalog."""
        if self.revision < self.latest:
            return f"{self.description.hash[:16]}-{self.revision}"
        return newest_tag(self.description.hash, self.revision, self.changed_at)

    @property
    def path(self) -> str:
        """The address of the resource below the base IRI."""
        return f"/{self.kind.segment}/{self.short_id}"


@dataclass(frozen=True, slots=True)
class RevisionNote:
    """A line in the history of a resource."""

    number: int
    state: str
    created_at: datetime
    author: str | None
    hash: str
    violations: int
    warnings: int


@dataclass(frozen=True, slots=True)
class CatalogInfo:
    """A catalog and its house rules."""

    id: str
    iri: str
    owner: str | None
    profile: str
    level: str
    audience: str
    created_at: datetime


class Reading:
    """Read access to descriptions; every answer is cut to what the reader may see."""

    def __init__(self, database: Database, visibility: Visibility) -> None:
        self.database = database
        self.visibility = visibility

    async def catalog(self, catalog: str, reader: Principal) -> CatalogInfo:
        """The house rules of a catalog.

        Raises:
            CatalogNotFound: there is none, or not for this reader.
            ResourceWithdrawn: there was one.
        """
        sight = await self.visibility.of(reader)
        async with self.database.reading() as connection:
            row = (await connection.execute(_CATALOGS.where(CatalogRow.id == catalog))).first()
        if row is None or not _shown(row, reader, sight):
            raise CatalogNotFound(catalog)
        if row.withdrawn_at is not None:
            raise ResourceWithdrawn(catalog, row.withdrawn_at, row.reason)
        return CatalogInfo(row.id, row.iri, row.owner, row.profile, row.level, row.audience, row.created_at)

    async def catalogs(self, reader: Principal) -> list[CatalogInfo]:
        """All catalogs that the reader may see, by id."""
        sight = await self.visibility.of(reader)
        statement = _CATALOGS.where(CatalogRow.withdrawn_at.is_(None)).order_by(CatalogRow.id)
        async with self.database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        return [
            CatalogInfo(row.id, row.iri, row.owner, row.profile, row.level, row.audience, row.created_at)
            for row in rows
            if _shown(row, reader, sight)
        ]

    async def get(self, short_id: str, reader: Principal, *, number: int | None = None, draft: bool = False) -> Stored:
        """One revision of a resource: the newest published one, one by number, or the draft.

        Raises:
            ResourceNotFound: there is none, or not for this reader.
            ResourceWithdrawn: there was one.
            RevisionNotFound: it never had this revision, or has no draft.
        """
        sight = await self.visibility.of(reader)
        if number is None and not draft:  # what nearly everybody wants, in one query
            for found in await self.database.rows(_NEWEST, name=short_id):
                if visible(found, reader, sight) and _may_read(found, reader, sight):
                    return _made(found)
        async with self.database.reading() as connection:
            row = (await connection.execute(_BY_SHORT_ID, {"name": short_id})).mappings().first()
            return await self._stored(connection, row, short_id, reader, sight, number=number, draft=draft)

    async def tag(self, stored: Stored) -> str:
        """What If-Match must name to change this resource; of a catalog, its rules are part of the state."""
        if stored.kind is not Kind.CATALOG or stored.short_id != stored.catalog:
            return stored.etag
        async with self.database.reading() as connection:
            return f"{stored.etag}-{await version_of(connection, stored.catalog)}"

    async def by_iri(self, iri: str, reader: Principal) -> Stored:
        """The resource with an IRI of its owner's; of several catalogs that describe it, the one that came first.

        Raises:
            ResourceNotFound: there is none, or not for this reader.
            ResourceWithdrawn: there was one.
        """
        sight = await self.visibility.of(reader)
        async with self.database.reading() as connection:
            found = (
                await connection.execute(select(ResourceRow.__table__).where(ResourceRow.iri == iri).limit(100))
            ).mappings().all()  # fmt: skip
            seen = [row for row in found if visible(row, reader, sight)]
            seen.sort(key=lambda row: (row["state"] != "published", row["id"]))
            return await self._stored(connection, seen[0] if seen else None, iri, reader, sight)

    async def kind_of(self, short_id: str, reader: Principal) -> Kind:
        """What a resource is, be it published, drafted or withdrawn.

        Raises:
            ResourceNotFound: there is none, or not for this reader.
        """
        sight = await self.visibility.of(reader)
        async with self.database.reading() as connection:
            row = (await connection.execute(_BY_SHORT_ID, {"name": short_id})).mappings().first()
        return Kind(_checked(row, short_id, reader, sight)["kind"])

    async def paths(self, iris: Sequence[str], reader: Principal) -> dict[str, str]:
        """Where those of some IRIs are that the reader may see; of several catalogs that describe one, the first."""
        sight = await self.visibility.of(reader)
        async with self.database.reading() as connection:
            rows = await connection.execute(_PLACES, {"iris": list(iris), "columns": list(sight.columns)})
            return {row.iri: f"/{Kind(row.kind).segment}/{row.short_id}" for row in rows}

    async def revisions(self, short_id: str, reader: Principal) -> list[RevisionNote]:
        """The history of a resource, newest first; drafts are in it for their owner alone."""
        sight = await self.visibility.of(reader)
        async with self.database.reading() as connection:
            row = (await connection.execute(_BY_SHORT_ID, {"name": short_id})).mappings().first()
            row = _checked(row, short_id, reader, sight)
            rows = await connection.execute(
                select(RevisionRow.__table__)
                .where(RevisionRow.resource_id == row["id"])
                .order_by(RevisionRow.number.desc())
            )
            return [
                RevisionNote(
                    one.number, "published" if one.audience else "draft", one.created_at, one.author,
                    one.hash, one.violations, one.warnings,
                )
                for one in rows
                if _owns(reader, row["owner"]) or _was_seen(one.audience, sight)
            ]  # fmt: skip

    async def report(self, short_id: str, reader: Principal, number: int | None = None) -> dict[str, Any] | None:
        """The validation report that was stored with a revision, as JSON; None where no profile applies."""
        stored = await self.get(short_id, reader, number=number)
        async with self.database.reading() as connection:
            found = await connection.scalar(
                select(RevisionRow.report).where(
                    RevisionRow.resource_id == stored.resource_id, RevisionRow.number == stored.revision
                )
            )
        return None if found is None else dict(orjson.loads(unpacked(found)))

    async def members(
        self, catalog: str, reader: Principal, *, offset: int, limit: int, kinds: Sequence[Kind] = (Kind.DATASET,)
    ) -> tuple[int, list[Stored]]:
        """One page of what a catalog holds, oldest first, and how many there are in all for this reader."""
        sight = await self.visibility.of(reader)
        where = _visible_in(catalog, sight, kinds)
        async with self.database.reading() as connection:
            total = await connection.scalar(select(func.count()).select_from(ResourceRow).where(*where))
            page = _with_revision().where(*where).order_by(ResourceRow.id).offset(offset).limit(limit)
            rows = (await connection.execute(page)).mappings().all()
        return int(total or 0), [_made(row) for row in rows]

    async def many(self, resources: Sequence[int], reader: Principal) -> dict[int, Stored]:
        """The newest revisions of several resources at once; what the reader may not see is left out."""
        sight = await self.visibility.of(reader)
        statement = _with_revision().where(
            ResourceRow.id.in_(resources), ResourceRow.state == "published", ResourceRow.audience.in_(sight.columns)
        )
        async with self.database.reading() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return {row["id"]: _made(row) for row in rows}

    async def dump(self, catalog: str, reader: Principal) -> AsyncIterator[Description]:
        """Every description of a catalog that the reader may see, in constant memory.

        What we wrote ourselves because the publisher gave none is left out: a dump says what was given.
        """
        sight = await self.visibility.of(reader)
        last = 0
        while True:
            statement = (
                _with_revision()
                .where(*_visible_in(catalog, sight, ()), ResourceRow.id > last)
                .order_by(ResourceRow.id)
                .limit(_CHUNK)
            )
            async with self.database.reading() as connection:
                rows = (await connection.execute(statement)).mappings().all()
            if not rows:
                return
            last = rows[-1]["id"]
            for row in rows:
                if row["source"] != MINTED:
                    yield Description(row["iri"], unpacked(row["canonical"]).decode(), row["revision_hash"])

    async def _stored(
        self, connection: AsyncConnection, row: RowMapping | None, name: str, reader: Principal, sight: Sight, *,
        number: int | None = None, draft: bool = False,
    ) -> Stored:  # fmt: skip
        row = _checked(row, name, reader, sight)
        over_tombstone = row["state"] == "draft" and row["revision"] > 0  # readers go on seeing the tombstone
        if row["state"] == "withdrawn" or (over_tombstone and not _owns(reader, row["owner"])):
            raise ResourceWithdrawn(name, row["modified_at"], row["reason"])
        newest = row["draft"] if draft or row["state"] == "draft" else row["revision"]
        wanted = newest if number is None else number
        found = (await connection.execute(_REVISION, {"key": row["id"], "number": wanted})).mappings().first()
        if found is None or not _may_read(found, reader, sight):
            raise RevisionNotFound(name, wanted)
        return _made(found)


def visible(row: Row, reader: Principal, sight: Sight) -> bool:
    """Whether a reader may know of a resource at all; a draft's existence is its owner's secret."""
    if row["revision"] == 0:
        return _owns(reader, row["owner"])
    return sight.sees(row["audience"]) or _owns(reader, row["owner"])


def _owns(reader: Principal, owner: str | None) -> bool:
    if not reader.authenticated:
        return False
    return reader.participant == owner if owner is not None else reader.is_operator


def _shown(row: Any, reader: Principal, sight: Sight) -> bool:
    """A catalog is seen by those who may see both what it holds by default and its own description."""
    return (sight.sees(row.audience) and sight.sees(row.own_audience)) or _owns(reader, row.owner)


def _may_read(revision: Row, reader: Principal, sight: Sight) -> bool:
    """Whether a reader who may know of the resource may read this revision of it."""
    return _owns(reader, revision["owner"]) or _was_seen(revision["revision_audience"], sight)


def _was_seen(audience: str | None, sight: Sight) -> bool:
    return audience is not None and sight.sees(audience)


def _checked(row: RowMapping | None, name: str, reader: Principal, sight: Sight) -> RowMapping:
    if row is None or not visible(row, reader, sight):
        raise ResourceNotFound(name)
    return row


def _visible_in(catalog: str, sight: Sight, kinds: Sequence[Kind]) -> list[Any]:
    where = [
        ResourceRow.catalog_id == catalog,
        ResourceRow.state == "published",
        ResourceRow.audience.in_(sight.columns),
    ]
    return where + ([ResourceRow.kind.in_([kind.value for kind in kinds])] if kinds else [])


def _with_revision(wanted: Any = ResourceRow.revision) -> Select[Any]:
    return select(
        ResourceRow.__table__,
        RevisionRow.number,
        RevisionRow.canonical,
        RevisionRow.hash.label("revision_hash"),
        RevisionRow.audience.label("revision_audience"),
        RevisionRow.violations,
        RevisionRow.warnings,
        RevisionRow.faults,
        RevisionRow.source,
        RevisionRow.created_at.label("revised_at"),
    ).join(RevisionRow, (RevisionRow.resource_id == ResourceRow.id) & (RevisionRow.number == wanted))


# Built once: SQLAlchemy takes longer to put a statement together than SQLite to run it.
_CATALOGS = select(CatalogRow.__table__, ResourceRow.audience.label("own_audience")).join(
    ResourceRow, ResourceRow.short_id == CatalogRow.id
)
_BY_SHORT_ID = select(ResourceRow.__table__).where(ResourceRow.short_id == bindparam("name"))
_PLACES = (
    select(ResourceRow.iri, ResourceRow.kind, ResourceRow.short_id)
    .where(
        ResourceRow.iri.in_(bindparam("iris", expanding=True)),
        ResourceRow.state == "published",
        ResourceRow.audience.in_(bindparam("columns", expanding=True)),
    )
    .order_by(ResourceRow.id.desc())
    .limit(1000)
)
_REVISION = _with_revision(bindparam("number")).where(ResourceRow.id == bindparam("key"))
_NEWEST = Prepared(_with_revision().where(ResourceRow.short_id == bindparam("name"), ResourceRow.state == "published"))


def _made(row: Row) -> Stored:
    return Stored(
        resource_id=row["id"],
        short_id=row["short_id"],
        iri=row["iri"],
        kind=Kind(row["kind"]),
        catalog=row["catalog_id"],
        audience=row["audience"],
        state=row["state"] if row["revision_audience"] else "draft",
        owner=row["owner"],
        revision=row["number"],
        latest=row["revision"],
        description=Description(row["iri"], unpacked(row["canonical"]).decode(), row["revision_hash"]),
        created_at=row["created_at"],
        modified_at=row["revised_at"],
        changed_at=row["modified_at"],
        violations=row["violations"],
        warnings=row["warnings"],
        faults=tuple(Message(ja, en) for ja, en in row["faults"] or ()),
    )
