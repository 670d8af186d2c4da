"""Right operands as places on a scale, where their order can be reasoned about exactly.

Numbers are compared within one unit, durations within days and seconds or within years and months (a month has no
fixed number of days), times within those that have a zone or those that have none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from pyoxigraph import Literal

from exchange.policy.model import Constraint, Term
from exchange.policy.operands import ValueKind
from exchange.policy.values import native
from ontology.terms import XSD

DAYS = "duration in seconds"
MONTHS = "duration in months"
ZONED = "time with a zone"
LOCAL = "time without a zone"
NUMBER = "number"

# The widest time zone (XSD 1.1 §3.3.7): times further apart keep their order whatever zone one of them has.
ZONE_S = 14 * 3600

_SECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1)
_FIRST = (datetime.min - _EPOCH) // timedelta(seconds=1)
_LAST = (datetime.max - _EPOCH) // timedelta(seconds=1)
_ZONE = re.compile(r"(Z|[+-]\d\d:\d\d)$", re.ASCII)
# What values of an operand are that nothing declares: what their datatype says.
_KINDS: Mapping[str, ValueKind] = MappingProxyType(
    {
        **dict.fromkeys(("date", "dateTime", "dateTimeStamp"), ValueKind.INSTANT),
        **dict.fromkeys(("duration", "dayTimeDuration", "yearMonthDuration"), ValueKind.DURATION),
        **dict.fromkeys(("decimal", "double", "float", "integer", "long", "int", "short", "byte"), ValueKind.NUMBER),
        **dict.fromkeys(
            ("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"), ValueKind.NUMBER
        ),
        **dict.fromkeys(("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"), ValueKind.NUMBER),
    }
)
ORDERED = frozenset({ValueKind.INSTANT, ValueKind.DURATION, ValueKind.NUMBER, ValueKind.RECURRENCE})


@dataclass(frozen=True, slots=True)
class Span:
    """A point on a scale, or the time from `low` until before `high` that a date covers."""

    scale: str
    low: Fraction
    high: Fraction


def span(constraint: Constraint, term: Term, kind: ValueKind | None) -> Span | None:
    """Where a right operand of a constraint lies; None if it is on no scale, or is not what its datatype says.

    Args:
        kind: of the left operand, if it is declared.
    """
    if kind is None and isinstance(term, Literal):
        named = constraint.data_type if constraint.data_type and term.datatype == XSD.string else term.datatype.value
        kind = _KINDS.get(named.removeprefix(XSD.NAMESPACE))
    value = native(term, kind) if kind in ORDERED else None
    if value is None or isinstance(value, str):
        return None
    if kind is ValueKind.INSTANT:
        first, end = (value[0], value[1] + 1) if isinstance(value, tuple) else (value, value)
        scale = ZONED if _ZONE.search(term.value) else LOCAL
        return Span(scale, Fraction(first) / _SECOND, Fraction(end) / _SECOND)
    if isinstance(value, tuple):
        return _duration(*value)
    if isinstance(value, Decimal) and not value.is_finite():
        return None
    return Span(f"{NUMBER} {constraint.unit or ''}", Fraction(value), Fraction(value))


def _duration(months: int, microseconds: int) -> Span | None:
    if months and microseconds:
        return None
    length = Fraction(months) if months else Fraction(microseconds, _SECOND)
    return Span(MONTHS if months else DAYS, length, length)


def writable(scale: str, value: Fraction) -> bool:
    """Whether a place can be written: not before year 1 or after 9999, no negative durations."""
    if scale in (ZONED, LOCAL):
        return _FIRST <= value <= _LAST
    return value >= 0 or scale.startswith(NUMBER)


def term(scale: str, value: Fraction) -> Literal:
    """A place on a scale as a literal; see `writable`."""
    if scale in (ZONED, LOCAL):
        part = _decimal(value % 1)[1:] if value % 1 else ""
        moment = (_EPOCH + timedelta(seconds=int(value // 1))).isoformat()
        return Literal(moment + part + ("Z" if scale == ZONED else ""), datatype=XSD.dateTime)
    if scale == MONTHS:
        half = "" if value.denominator == 1 else "15D"
        return Literal(f"P{value // 1}M{half}", datatype=XSD.duration)
    if scale == DAYS:
        days, seconds = divmod(value, 86_400)
        time = f"T{_decimal(seconds)}S" if seconds else ""
        return Literal(f"P{days}D{time}" if days or not time else f"P{time}", datatype=XSD.duration)
    whole = value.denominator == 1
    return Literal(_decimal(value), datatype=XSD.integer if whole else XSD.decimal)


def _decimal(value: Fraction) -> str:
    """Exact: what stands here comes from decimals by halving, which adds one digit."""
    if value.denominator == 1:
        return str(value.numerator)
    places = len(str(value.denominator)) * 4
    digits = f"{abs(value) * 10**places // 1:0{places + 1}d}"
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}".rstrip("0")
