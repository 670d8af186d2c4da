"""Reading rows of which some may not be readable any more: a time that is no time, text that is no text."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

Read = tuple[Any, Row[Any] | None]


async def read(connection: AsyncConnection, wanted: Select[Any], key: InstrumentedAttribute[Any]) -> Sequence[Read]:
    """Each row with its key; None in place of one that cannot be read."""
    place = list(wanted.selected_columns).index(key.expression)
    try:
        return [(row[place], row) for row in await connection.execute(wanted)]
    except Exception:  # one row spoils the whole answer, whatever its fault: they are read one by one
        keys = (await connection.scalars(wanted.with_only_columns(key))).all()
    return [(each, await _one(connection, wanted.where(key == each))) for each in keys]


async def _one(connection: AsyncConnection, wanted: Select[Any]) -> Row[Any] | None:
    try:
        row: Row[Any] | None = (await connection.execute(wanted)).first()
    except Exception:
        return None
    return row
