"""Entity tags: the state that a client has read, compared inside the transaction that changes it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.errors import ResourceChanged, ResourceWithdrawn
from catalog.kinds import Kind
from stores.tables import EventRow, ResourceRow, RevisionRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def newest_tag(digest: str, number: int, changed_at: datetime) -> str:
    """The tag of a resource as it stands; its last change is in it, for a change of audience makes no revision."""
    return f"{digest[:16]}-{number}-{(changed_at - _EPOCH) // timedelta(microseconds=1):x}"


async def version_of(connection: AsyncConnection, catalog: str) -> int:
    """The number of the last event about a catalog's own rules, the part of its tag that its description lacks."""
    statement = select(func.max(EventRow.seq)).where(EventRow.resource_id.is_(None), EventRow.catalog_id == catalog)
    return int(await connection.scalar(statement) or 0)


async def check_tag(connection: AsyncConnection, row: RowMapping, if_match: str | None, *, draft: bool = False) -> None:
    """Refuse a change that is based on another state; call it inside the write transaction.

    Args:
        if_match: the tag that the caller read; None and `*` take any.
        draft: the change is about the draft, if there is one.

    Raises:
        ResourceChanged
    """
    if if_match in (None, "*"):
        return
    current = await _current(connection, row, draft)
    if if_match != current:
        raise ResourceChanged(row["short_id"], current)


async def check_catalog(connection: AsyncConnection, catalog: str, if_match: str | None) -> None:
    """The same for a catalog as a whole.

    Raises:
        ResourceChanged
        ResourceWithdrawn: somebody withdrew it since the caller looked.
    """
    statement = select(ResourceRow.__table__).where(ResourceRow.short_id == catalog).with_for_update()
    row = (await connection.execute(statement)).mappings().one()
    if row["state"] == "withdrawn":
        raise ResourceWithdrawn(catalog, row["modified_at"], row["reason"])
    await check_tag(connection, row, if_match)


async def _current(connection: AsyncConnection, row: RowMapping, draft: bool) -> str:
    number: Any = row["revision"]
    digest: Any = row["hash"]
    if row["draft"] and (draft or row["state"] == "draft"):
        number = row["draft"]
        digest = await connection.scalar(
            select(RevisionRow.hash).where(RevisionRow.resource_id == row["id"], RevisionRow.number == number)
        )
    tag = newest_tag(digest, number, row["modified_at"])
    if row["kind"] == Kind.CATALOG and row["short_id"] == row["catalog_id"]:
        tag += f"-{await version_of(connection, row['catalog_id'])}"
    return tag
