"""Who used what how much, counted from the releases: enough to share the cost of a dataset."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from journal.parties import provided_by
from stores.database import Database
from stores.exchange_tables import ReleaseRow

FEW: Final = 5
"""Counts below this would tell what a single participant did (P44)."""


class Period(StrEnum):
    """What counts are summed over."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    ALL = "all"


_LENGTH = {Period.DAY: 10, Period.MONTH: 7, Period.YEAR: 4}
_PICTURE = "YYYY-MM-DD"


@dataclass(frozen=True, slots=True)
class Usage:
    """What one participant used of one dataset under one agreement within one period.

    Attributes:
        period: such as 2026-11, in UTC; empty for all time.
        participant: None for readers without a name, and where several are counted together.
        requests: permitted and refused; None where there were fewer than five, of those counted together.
        size_bytes: that left.
    """

    period: str
    participant: str | None
    dataset: str
    agreement: str | None
    requests: int | None
    permitted: int | None
    refused: int | None
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which usage.

    Attributes:
        reader: the participant that asks; None for the operator, who sees all.
    """

    reader: str | None = None
    period: Period = Period.MONTH
    since: datetime | None = None
    until: datetime | None = None
    participant: str | None = None
    dataset: str | None = None
    agreement: str | None = None


async def usage(database: Database, asked: Asked) -> list[Usage]:
    """The sums, by period, dataset, agreement and participant.

    A participant sees what it used itself, and what others used under agreements with it by name. What others used of
    its data without an agreement is counted together, and left out of the figures where it is little.
    """
    async with database.reading() as connection:
        rows = (await connection.execute(_counted(connection, asked))).all()
    found = [Usage(*row) for row in rows]
    return found if asked.reader is None else [_guarded(each, asked.reader) for each in found]


def _counted(connection: AsyncConnection, asked: Asked) -> Select[Any]:
    named = _named(asked.reader)
    who = ReleaseRow.participant if named is None else case((named, ReleaseRow.participant))
    period = _period(connection, asked.period)
    refused = func.sum(case((ReleaseRow.state == "refused", 1), else_=0))
    groups = (period.label("period"), who.label("who"), ReleaseRow.dataset, ReleaseRow.agreement)
    return (
        select(
            *groups, func.count(), func.count() - refused, refused, cast(func.sum(ReleaseRow.size_bytes), BigInteger)
        )
        .where(*_conditions(asked))
        .group_by(*groups)
        .order_by(groups[0], ReleaseRow.dataset, ReleaseRow.agreement, groups[1])
    )


def _named(reader: str | None) -> ColumnElement[bool] | None:
    return None if reader is None else or_(ReleaseRow.participant == reader, ReleaseRow.agreement.is_not(None))


def _period(connection: AsyncConnection, period: Period) -> ColumnElement[str]:
    if period is Period.ALL:
        return literal("")
    if connection.dialect.name == "sqlite":
        return func.substr(ReleaseRow.at, 1, _LENGTH[period])
    return func.to_char(func.timezone("UTC", ReleaseRow.at), _PICTURE[: _LENGTH[period]])


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    given: list[ColumnElement[bool] | None] = [
        None if asked.reader is None else or_(ReleaseRow.participant == asked.reader, provided_by(asked.reader)),
        None if asked.since is None else ReleaseRow.at >= asked.since,
        None if asked.until is None else ReleaseRow.at < asked.until,
        None if asked.participant is None else _is(asked.participant, asked.reader),
        None if asked.dataset is None else ReleaseRow.dataset == asked.dataset,
        None if asked.agreement is None else ReleaseRow.agreement == asked.agreement,
    ]
    return [each for each in given if each is not None]


def _is(participant: str, reader: str | None) -> ColumnElement[bool]:
    """Of one participant; a filter must not name whom the answer does not name."""
    named = _named(reader)
    return (
        ReleaseRow.participant == participant if named is None else and_(ReleaseRow.participant == participant, named)
    )


def _guarded(one: Usage, reader: str) -> Usage:
    if one.participant == reader or one.agreement is not None or (one.requests or 0) >= FEW:
        return one
    return Usage(one.period, None, one.dataset, None, None, None, None, None)


def as_json(found: Iterable[Usage]) -> list[dict[str, Any]]:
    """As answers show it."""
    return [asdict(each) for each in found]


def as_csv(found: Iterable[Usage]) -> str:
    """As a table for spreadsheets; a cell that one of them would take for a formula is quoted (P22)."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    names = [field.name for field in fields(Usage)]
    table.writerow(names)
    table.writerows([_cell(getattr(each, name)) for name in names] for each in found)
    return text.getvalue()


_FORMULA: Sequence[str] = ("=", "+", "-", "@", "\t", "\r")


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(tuple(_FORMULA)) else value
