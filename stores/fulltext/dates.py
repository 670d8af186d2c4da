"""Dates of catalogs as day numbers, which ranges compare."""

import datetime
import re
from typing import Final

_DATE: Final = re.compile(r"(-?[0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?(?![0-9])")
FIRST_DAY: Final = 1
LAST_DAY: Final = datetime.date.max.toordinal()


def first_day(text: str) -> int | None:
    """Number of the day, or of the first day of the month or year, of an ISO 8601 text; None if it is none."""
    parts = _parts(text)
    if parts is None:
        return None
    year, month, day = parts
    return _ordinal(year, month or 1, day or 1)


def last_day(text: str) -> int | None:
    """Number of the day, or of the last day of the month or year."""
    parts = _parts(text)
    if parts is None:
        return None
    year, month, day = parts
    if day:
        return _ordinal(year, month, day)
    following = (year + 1, 1) if not month or month == 12 else (year, month + 1)
    if following[0] > datetime.MAXYEAR:
        return LAST_DAY
    start = _ordinal(*following, 1)
    return start - 1 if start else None


def _parts(text: str) -> tuple[int, int, int] | None:
    found = _DATE.match(text.strip())
    return (int(found[1]), int(found[2] or 0), int(found[3] or 0)) if found else None


def _ordinal(year: int, month: int, day: int) -> int | None:
    try:
        return datetime.date(year, month, day).toordinal()
    except ValueError:
        return None
