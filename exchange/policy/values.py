"""Terms as values that compare: typed by the kind that the left operand declares, never text against a date.

A time is microseconds since 1970 in UTC, a date the first and last of its day; integers have no last year, so 99999 is
one like any other. What does not parse has no value, and every comparison with it is unknown.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from pyoxigraph import Literal, NamedNode

from exchange.policy.coordinates import canonical
from exchange.policy.operands import ValueKind
from ontology.terms import XSD

Term = NamedNode | Literal
Interval = tuple[int, int]
"""First and last microsecond."""
Duration = tuple[int, int]
"""Months and microseconds: a month has no fixed length."""
Native = int | Decimal | Interval | str

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000_000
_SECOND = 1_000_000
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ZONE = r"(?P<zone>Z|[+-](?:0\d|1[0-4]):[0-5]\d)?"
_DATE = r"(?P<year>-?\d{4,12})-(?P<month>\d\d)-(?P<day>\d\d)"
_INSTANT = re.compile(
    _DATE + r"T(?P<hour>\d\d):(?P<minute>[0-5]\d):(?P<second>[0-5]\d)(?:\.(?P<part>\d{1,40}))?" + _ZONE, re.ASCII
)
_DAY = re.compile(_DATE + _ZONE, re.ASCII)
_DURATION = re.compile(
    r"(?P<minus>-)?P(?=\d|T\d)(?:(?P<years>\d{1,12})Y)?(?:(?P<months>\d{1,12})M)?(?:(?P<days>\d{1,12})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,12})H)?(?:(?P<minutes>\d{1,12})M)?(?:(?P<seconds>\d{1,12}(?:\.\d{1,40})?)S)?)?",
    re.ASCII,
)
_INTEGER = re.compile(r"[+-]?\d{1,1000}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d{1,1000}(?:\.\d{0,1000})?|\.\d{1,1000})", re.ASCII)
_DOUBLE = re.compile(r"[+-]?(?:\d{1,1000}(?:\.\d{0,1000})?|\.\d{1,1000})(?:[eE][+-]?\d{1,6})?|[+-]?INF", re.ASCII)
_INTEGERS = frozenset(
    XSD.NAMESPACE + name
    for name in (
        *("integer", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
        *("long", "int", "short", "byte", "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
    )
)
_STRING, _DECIMAL_TYPE, _DATE_TYPE = XSD.string.value, XSD.decimal.value, XSD.date.value
_DOUBLES = frozenset((XSD.double.value, XSD.float.value))
_INSTANTS = frozenset((XSD.dateTime.value, XSD.NAMESPACE + "dateTimeStamp"))
_DURATIONS = frozenset(XSD.NAMESPACE + name for name in ("duration", "dayTimeDuration", "yearMonthDuration"))
_TEXTS = frozenset(
    (
        *(XSD.NAMESPACE + name for name in ("string", "anyURI", "token", "normalizedString", "language")),
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString",
    )
)
_GEOMETRIES = frozenset("http://www.opengis.net/ont/geosparql#" + name for name in ("wktLiteral", "geoJSONLiteral"))
_PLACE_CODE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,3})?", re.ASCII)  # ISO 3166
_MEDIA_TYPES = re.compile(r"https?://www\.iana\.org/assignments/media-types/", re.ASCII)
# XSD 1.1 §E.3.3: two durations are in order if they are so after each of these months.
_REFERENCES = ((1696, 9), (1697, 2), (1903, 3), (1903, 7))


def microseconds(time: datetime) -> int:
    """An aware time as a value."""
    since = time - _EPOCH
    return (since.days * 86_400 + since.seconds) * _SECOND + since.microseconds


def native(term: Term, kind: ValueKind, zone_minutes: int = 0) -> Native | None:
    """What a term is worth to an operand of a kind; None if it is no value of it.

    A plain string is read as the operand's kind has it written, since much data has no datatypes. A datatype of
    another kind is believed, so the term has no value here.

    Args:
        zone_minutes: the zone of times and dates that name none.
    """
    return reader(kind)(term, zone_minutes)


def reader(kind: ValueKind) -> Callable[[Term, int], Native | None]:
    """`native` of one kind, for those who read many terms of it; it is given the term and the zone."""
    return _READERS.get(kind, _name)


def _instant(term: Term, zone_minutes: int) -> Interval | int | None:
    if not isinstance(term, Literal) or len(text := term.value) > 100:
        return None
    datatype = term.datatype.value
    plain = datatype == _STRING
    if (plain or datatype in _INSTANTS) and (match := _INSTANT.fullmatch(text)):
        return _moment(match, zone_minutes)
    if (plain or datatype == _DATE_TYPE) and (match := _DAY.fullmatch(text)):
        year, month, day, zone = match.groups()
        first = _midnight((int(year), int(month), int(day)), zone, zone_minutes)
        return None if first is None else (first, first + DAY - 1)
    return None


def _moment(match: re.Match[str], zone_minutes: int) -> int | None:
    year, month, day, hour, minute, second, part, zone = match.groups()
    if zone and len(year) == 4:
        try:
            return microseconds(datetime.fromisoformat(match[0]))
        except ValueError:
            pass  # year 0 and 24:00:00 are times to XSD, so it is worked out
    first = _midnight((int(year), int(month), int(day)), zone, zone_minutes)
    of_day = int(hour) * 3600 + int(minute) * 60 + int(second)
    fraction = int(part[:6].ljust(6, "0")) if part else 0
    if first is None or of_day * _SECOND + fraction > DAY:
        return None
    return first + of_day * _SECOND + fraction


def _midnight(date: tuple[int, int, int], zone: str | None, zone_minutes: int) -> int | None:
    if not 1 <= date[1] <= 12 or not 1 <= date[2] <= _days_of(*date[:2]):
        return None
    if zone and zone != "Z":
        zone_minutes = (int(zone[1:3]) * 60 + int(zone[4:])) * (-1 if zone[0] == "-" else 1)
    elif zone:
        zone_minutes = 0
    return _day_number(*date) * DAY - zone_minutes * 60 * _SECOND


def _days_of(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else _MONTH_DAYS[month - 1]


def _day_number(year: int, month: int, day: int) -> int:
    """Days since 1970 in the proleptic Gregorian calendar, for any year."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def _duration(term: Term, _zone_minutes: int) -> Duration | None:
    if not isinstance(term, Literal) or len(text := term.value) > 200:
        return None
    datatype = term.datatype.value
    if datatype not in _DURATIONS and datatype != _STRING:
        return None
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    number = {name: Decimal(text or 0) for name, text in match.groupdict().items() if name != "minus"}
    seconds = ((number["days"] * 24 + number["hours"]) * 60 + number["minutes"]) * 60 + number["seconds"]
    months = int(number["years"] * 12 + number["months"])
    sign = -1 if match["minus"] else 1
    return sign * months, sign * int(seconds * _SECOND)


def _number(term: Term, _zone_minutes: int) -> int | Decimal | None:
    if not isinstance(term, Literal):
        return None
    datatype, text = term.datatype.value, term.value
    if datatype in _INTEGERS:
        return int(text) if _INTEGER.fullmatch(text) else None
    if datatype in _DOUBLES and _DOUBLE.fullmatch(text):
        return Decimal(text.replace("INF", "Infinity"))
    if datatype in (_DECIMAL_TYPE, _STRING) and _DECIMAL.fullmatch(text):
        return Decimal(text)
    return None


def _name(term: Term, _zone_minutes: int = 0) -> str | None:
    if isinstance(term, NamedNode):
        return term.value
    return term.value if term.datatype.value in _TEXTS else None


def _lower(term: Term, _zone_minutes: int) -> str | None:
    text = _name(term)
    return None if text is None else _MEDIA_TYPES.sub("", text).lower()


def _place(term: Term, _zone_minutes: int) -> str | None:
    """A code is the same place however it is written: "jp" must not be elsewhere than "JP"."""
    text = _name(term)
    return text.upper() if text is not None and _PLACE_CODE.fullmatch(text) else text


def _coordinates(term: Term, _zone_minutes: int) -> str | None:
    """A place by its name or as canonical WKT; a text that is neither has no value."""
    if isinstance(term, NamedNode):
        return term.value
    datatype = term.datatype.value
    return canonical(term.value) if datatype == _STRING or datatype in _GEOMETRIES else None


def compare_durations(one: Duration, other: Duration) -> int | None:
    """-1, 0 or 1 as they are in order; None where that depends on the month (P1M against P30D)."""
    if one == other:
        return 0
    orders = {_sign(_after(*start, one) - _after(*start, other)) for start in _REFERENCES}
    return orders.pop() if len(orders) == 1 else None


def _after(year: int, month: int, duration: Duration) -> int:
    years, months = divmod(year * 12 + month - 1 + duration[0], 12)
    return _day_number(years, months + 1, 1) * DAY + duration[1]


def _sign(difference: int) -> int:
    return (difference > 0) - (difference < 0)


_READERS: dict[ValueKind, Callable[[Term, int], Native | None]] = {
    ValueKind.INSTANT: _instant,
    ValueKind.DURATION: _duration,
    ValueKind.RECURRENCE: _duration,
    ValueKind.NUMBER: _number,
    ValueKind.PLACE: _place,
    ValueKind.COORDINATES: _coordinates,
    ValueKind.LANGUAGE: _lower,
    ValueKind.MEDIA: _lower,
}
