"""Writing single descriptions and catalogs: register, replace, draft, publish, withdraw."""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pyoxigraph import Triple
from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.assessing import UNASSESSED, Assessment, Assessor
from catalog.context import Context
from catalog.documents import short_description, single_off_loop
from catalog.errors import (
    CatalogExists,
    CatalogNameInvalid,
    DescriptionInvalid,
    DraftMissing,
    IriTaken,
    ResourceNotFound,
    ResourceWithdrawn,
    WriteForbidden,
)
from catalog.kinds import Kind
from catalog.reading import CatalogInfo, Reading, Stored, visible
from catalog.rights import own_draft, same_owner
from catalog.storing import (
    MINTED,
    Write,
    describe_subjects,
    remember_audiences,
    seen_before,
    short_id_of,
    store,
    withdraw,
)
from catalog.tags import check_catalog, check_tag
from catalog.visibility import PUBLIC, audience_column
from journal.events import Event, EventKind, append
from ontology.description import Description
from ontology.messages import Message
from participants.principal import Principal
from stores.database import Database, unpacked
from stores.tables import CatalogRow, ResourceRow, RevisionRow

Along = Callable[[AsyncConnection, str], Awaitable[None]]
_CATALOG_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Document:
    """A document as a publisher gave it.

    Attributes:
        given: its bytes, kept beside the canonical form.
        faults: what was kept as given, mended or left out on reading it.
    """

    triples: Sequence[Triple]
    given: bytes | None = None
    media_type: str | None = None
    faults: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class House:
    """The rules of a new catalog.

    Attributes:
        audience: default of its descriptions, see `catalog.visibility`; None keeps what a catalog has.
    """

    profile: str = "dcat-ap"
    level: str = "minimum"
    audience: tuple[str, ...] | None = (PUBLIC,)


class Descriptions:
    """The writes of a catalog, one transaction each. Reads are in `reading`."""

    def __init__(
        self, database: Database, reading: Reading, assessor: Assessor, context: Context, base_iri: str
    ) -> None:
        self.database = database
        self.reading = reading
        self.assessor = assessor
        self.context = context
        self.base_iri = base_iri.rstrip("/")

    async def create_catalog(
        self, catalog: str, principal: Principal, *, house: House | None = None, document: Document | None = None
    ) -> CatalogInfo:
        """Open a catalog, with its own description or a short one of ours.

        Raises:
            CatalogNameInvalid, CatalogExists, WriteForbidden, AudienceUnknown, NotOneResource, DescriptionInvalid
        """
        house = house or House()
        self.check_name(catalog)
        if not principal.may_write(catalog):
            raise WriteForbidden(catalog)
        column = audience_column(house.audience or (PUBLIC,), principal.participant)
        iri = f"{self.base_iri}/catalogs/{catalog}"
        if document is None:
            description, assessment = Description.of(iri, short_description(iri, catalog)), UNASSESSED
        else:
            _, description = await single_off_loop(document.triples, Kind.CATALOG, iri)
            assessment = await self._assess(description, house.profile, house.level, None, principal)
        write = Write(
            description, Kind.CATALOG, column, assessment, short_id=catalog,
            given=document.given if document else None, media_type=document.media_type if document else None,
            source=None if document else MINTED, faults=document.faults if document else (),
        )  # fmt: skip
        row = {
            "id": catalog, "iri": description.iri, "owner": principal.participant, "profile": house.profile,
            "level": house.level, "audience": column, "created_at": datetime.now(UTC),
        }  # fmt: skip
        await self._open_catalog(row, write, principal)
        return await self.reading.catalog(catalog, principal)

    async def _open_catalog(self, row: dict[str, Any], write: Write, principal: Principal) -> None:
        """Raises CatalogExists: somebody was first, or the id is that of a resource."""
        catalog = row["id"]
        try:
            async with self.database.writing() as connection:
                if await connection.scalar(select(ResourceRow.id).where(ResourceRow.short_id == catalog)):
                    raise CatalogExists(catalog)
                await connection.execute(insert(CatalogRow).values(row))
                await store(connection, catalog, [write], owner=principal.participant, actor=principal.name)
                await append(connection, [Event(EventKind.CATALOG_CREATED, catalog, actor=principal.name)])
        except IntegrityError:  # PostgreSQL lets two transactions look before either writes
            raise CatalogExists(catalog) from None

    async def claim(self, catalog: str, principal: Principal, if_match: str | None) -> None:
        """Take the turn to publish a whole catalog: of two who read the same state, one goes on.

        Raises:
            CatalogNotFound, ResourceWithdrawn, WriteForbidden, ResourceChanged
        """
        await self._writable(catalog, principal)
        if if_match in (None, "*"):
            return
        async with self.database.writing() as connection:
            await check_catalog(connection, catalog, if_match)
            await append(connection, [Event(EventKind.CATALOG_CHANGED, catalog, actor=principal.name)])

    @staticmethod
    def check_name(catalog: str) -> None:
        """Refuse what cannot be the id of a catalog; raises CatalogNameInvalid."""
        if not _CATALOG_ID.fullmatch(catalog):
            raise CatalogNameInvalid(catalog)

    async def change_house(
        self, catalog: str, principal: Principal, house: House, *, if_match: str | None = None
    ) -> CatalogInfo:
        """Change a catalog's gate and default audience; what is stored already stays as it is."""
        info = await self._own(catalog, principal)
        column = info.audience if house.audience is None else audience_column(house.audience, info.owner)
        async with self.database.writing() as connection:
            await check_catalog(connection, catalog, if_match)
            await connection.execute(
                update(CatalogRow)
                .where(CatalogRow.id == catalog)
                .values(profile=house.profile, level=house.level, audience=column)
            )
            await remember_audiences(connection, {column})
            await append(connection, [Event(EventKind.CATALOG_CHANGED, catalog, actor=principal.name)])
        return await self.reading.catalog(catalog, principal)

    async def withdraw_catalog(
        self, catalog: str, principal: Principal, reason: str | None, *, if_match: str | None = None
    ) -> int:
        """Withdraw a catalog and all it holds; how many descriptions that were."""
        await self._own(catalog, principal)
        async with self.database.writing() as connection:
            await check_catalog(connection, catalog, if_match)
            rows = await connection.execute(select(ResourceRow.__table__).where(ResourceRow.catalog_id == catalog))
            gone = await withdraw(connection, rows.mappings().all(), reason=reason, actor=principal.name)
            await connection.execute(
                update(CatalogRow).where(CatalogRow.id == catalog).values(withdrawn_at=datetime.now(UTC), reason=reason)
            )
            await append(connection, [Event(EventKind.CATALOG_WITHDRAWN, catalog, actor=principal.name)])
        return gone

    async def register(
        self, catalog: str, kind: Kind, document: Document, principal: Principal, *,
        draft: bool = False, audience: Sequence[str] | None = None, along: Along | None = None,
    ) -> Stored:  # fmt: skip
        """Store a new description.

        Args:
            along: what is stored in the same transaction, given the IRI of the resource.

        Raises:
            CatalogNotFound, WriteForbidden, NotOneResource, IriTaken, TooEntangled
            DescriptionInvalid: it breaks the catalog's gate; nothing was stored.
        """
        info = await self._writable(catalog, principal)
        minted = f"{self.base_iri}/{kind.segment}/{secrets.token_hex(6)}"
        found, description = await single_off_loop(document.triples, kind, minted)
        column = _column(audience, principal, info.audience)
        assessment = await self._assess(description, info.profile, info.level, catalog, principal)
        async with self.database.writing() as connection:
            before = await _row_of(connection, catalog, description.iri)
            if before is not None:
                same_owner(before, principal)
            if before is not None and before["state"] != "withdrawn":
                raise IriTaken(description.iri, f"/{Kind(before['kind']).segment}/{before['short_id']}")
            write = Write(
                description, found, column, assessment, before, minted.rsplit("/", 1)[1]
                if description.iri == minted else None, draft, document.given, document.media_type,
                faults=document.faults,
            )  # fmt: skip
            await store(connection, catalog, [write], owner=principal.participant, actor=principal.name)
            if along is not None:
                await along(connection, description.iri)
        short_id = before["short_id"] if before else write.short_id or short_id_of(catalog, description.iri)
        return await self.reading.get(short_id, principal, draft=draft)

    async def replace(
        self, short_id: str, document: Document, principal: Principal, *,
        if_match: str | None = None, draft: bool = False, audience: Sequence[str] | None = None,
        along: Along | None = None,
    ) -> tuple[Stored, bool]:  # fmt: skip
        """Put a new revision in place of the newest; the same document again changes nothing.

        Args:
            if_match: the entity tag that the caller read, `*` for any.
            along: what is stored in the same transaction, given the IRI of the resource.

        Returns:
            The revision, and whether it is a new one.

        Raises:
            ResourceNotFound, ResourceWithdrawn, WriteForbidden, ResourceChanged, NotOneResource, DescriptionInvalid
        """
        row = await self._writable_row(short_id, principal)
        info = await self.reading.catalog(row["catalog_id"], principal)
        kind, description = await single_off_loop(document.triples, Kind(row["kind"]), row["iri"])
        if description.iri != row["iri"]:
            raise ResourceNotFound(description.iri)
        assessment = await self._assess(description, info.profile, info.level, info.id, principal)
        async with self.database.writing() as connection:
            row = await self._unchanged(connection, short_id, principal, if_match, draft=draft)
            if draft:
                own_draft(row, principal)
            column = row["audience"] if audience is None else audience_column(audience, row["owner"])
            if along is not None:
                await along(connection, description.iri)
            same = row["hash"] == description.hash and row["audience"] == column and row["state"] == "published"
            if same and not draft:
                return await self.reading.get(short_id, principal), False
            write = Write(
                description, kind, column, assessment, row, None, draft, document.given, document.media_type,
                faults=document.faults,
            )  # fmt: skip
            await store(connection, info.id, [write], owner=row["owner"], actor=principal.name)
        return await self.reading.get(short_id, principal, draft=draft), True

    async def publish_draft(self, short_id: str, principal: Principal, *, if_match: str | None = None) -> Stored:
        """Let readers see the draft from now on.

        Raises:
            DraftMissing: there is none.
            ResourceNotFound, ResourceWithdrawn, WriteForbidden, ResourceChanged
        """
        await self._writable_row(short_id, principal)
        async with self.database.writing() as connection:
            row = await self._unchanged(connection, short_id, principal, if_match, draft=True)
            own_draft(row, principal)
            if not row["draft"]:
                raise DraftMissing(short_id)
            text = await connection.scalar(
                select(RevisionRow.canonical).where(
                    RevisionRow.resource_id == row["id"], RevisionRow.number == row["draft"]
                )
            )
            assert text is not None
            description = Description.stored(row["iri"], unpacked(text).decode())
            await connection.execute(
                update(ResourceRow)
                .where(ResourceRow.id == row["id"])
                .values(
                    state="published", revision=row["draft"], draft=0, hash=description.hash,
                    modified_at=datetime.now(UTC), reason=None,
                )
            )  # fmt: skip
            await _shown_to(connection, row["id"], row["draft"], row["audience"])
            await describe_subjects(connection, [(row["id"], description)])
            revision, audience = seen_before(row)
            kind = EventKind.REGISTERED if revision is None else EventKind.CHANGED
            await append(
                connection,
                [
                    Event(
                        kind, row["catalog_id"], row["id"], revision, audience, row["draft"], row["audience"],
                        principal.name,
                    )
                ],
            )  # fmt: skip
        return await self.reading.get(short_id, principal)

    async def set_audience(
        self, short_id: str, audience: Sequence[str], principal: Principal, *, if_match: str | None = None
    ) -> Stored:
        """Change who may see a resource; it holds from the next request on."""
        row = await self._writable_row(short_id, principal)
        column = audience_column(audience, row["owner"])
        async with self.database.writing() as connection:
            row = await self._unchanged(connection, short_id, principal, if_match)
            await connection.execute(
                update(ResourceRow)
                .where(ResourceRow.id == row["id"])
                .values(audience=column, modified_at=datetime.now(UTC))
            )
            await remember_audiences(connection, {column})
            revision, before = seen_before(row)
            now = None if revision is None else column
            if revision is not None:
                await _shown_to(connection, row["id"], revision, column)
            await append(
                connection,
                [
                    Event(
                        EventKind.AUDIENCE_CHANGED, row["catalog_id"], row["id"], revision, before, revision, now,
                        principal.name,
                    )
                ],
            )  # fmt: skip
        return await self.reading.get(short_id, principal)

    async def withdraw(
        self, short_id: str, principal: Principal, *, reason: str | None, if_match: str | None = None
    ) -> None:
        """Take a resource out of the catalog; a tombstone with date and reason stays.

        Raises:
            ResourceNotFound, ResourceWithdrawn, WriteForbidden, ResourceChanged
        """
        await self._writable_row(short_id, principal)
        async with self.database.writing() as connection:
            row = await self._unchanged(connection, short_id, principal, if_match)
            await withdraw(connection, [row], reason=reason, actor=principal.name)

    async def _assess(
        self, description: Description, profile: str, level: str, catalog: str | None, writer: Principal
    ) -> Assessment:
        context = await self.context.of([description], catalog, writer)
        assessment = await asyncio.to_thread(
            self.assessor.assess, description, profile=profile, level=level, context=context.get(description.iri, "")
        )
        if not assessment.admitted:
            raise DescriptionInvalid(description.iri, assessment.gate or {})
        return assessment

    async def _writable(self, catalog: str, principal: Principal) -> CatalogInfo:
        info = await self.reading.catalog(catalog, principal)
        if not principal.may_write(catalog):
            raise WriteForbidden(catalog)
        return info

    async def _own(self, catalog: str, principal: Principal) -> CatalogInfo:
        """The catalog, if it is this principal's house: who may only write in it does not change its rules."""
        info = await self._writable(catalog, principal)
        if not (principal.is_operator or principal.participant == info.owner):
            raise WriteForbidden(catalog)
        return info

    async def _writable_row(self, short_id: str, principal: Principal) -> RowMapping:
        async with self.database.reading() as connection:
            return await self._unchanged(connection, short_id, principal, None)

    async def _unchanged(
        self, connection: AsyncConnection, short_id: str, principal: Principal, if_match: str | None, *,
        draft: bool = False,
    ) -> RowMapping:  # fmt: skip
        statement = select(ResourceRow.__table__).where(ResourceRow.short_id == short_id).with_for_update()
        row = (await connection.execute(statement)).mappings().first()
        sight = await self.reading.visibility.of(principal)
        if row is None or not (visible(row, principal, sight) or principal.is_operator):
            raise ResourceNotFound(short_id)
        if not principal.may_write(row["catalog_id"]):
            raise WriteForbidden(row["catalog_id"])
        same_owner(row, principal)
        if row["state"] == "withdrawn":
            raise ResourceWithdrawn(short_id, row["modified_at"], row["reason"])
        await check_tag(connection, row, if_match, draft=draft)
        return row


def _column(audience: Sequence[str] | None, principal: Principal, default: str) -> str:
    return default if audience is None else audience_column(audience, principal.participant)


async def _row_of(connection: AsyncConnection, catalog: str, iri: str) -> RowMapping | None:
    statement = select(ResourceRow.__table__).where(ResourceRow.catalog_id == catalog, ResourceRow.iri == iri)
    return (await connection.execute(statement)).mappings().first()


async def _shown_to(connection: AsyncConnection, resource: int, number: int, audience: str) -> None:
    await connection.execute(
        update(RevisionRow)
        .where(RevisionRow.resource_id == resource, RevisionRow.number == number)
        .values(audience=audience)
    )
