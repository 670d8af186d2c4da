"""The end of an agreement is never earlier than the last moment that its permissions allow."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from exchange.expiry import ends_at

FIRST = datetime(2027, 3, 31, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def _until(right: Any, operator: str = "lt", left: str = "dateTime") -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def _policy(*rules: list[Any]) -> dict[str, Any]:
    return {"permission": [{"action": "use", "constraint": list(each)} for each in rules]}


MARCH, APRIL = "2027-03-31T00:00:00Z", "2027-04-30T00:00:00Z"
LATER = datetime(2027, 4, 30, tzinfo=UTC)
CASES = [
    (_policy([_until(MARCH)]), FIRST),
    (_policy([_until(MARCH, "lteq")]), FIRST + MICROSECOND),
    (_policy([_until({"@value": MARCH, "@type": "xsd:dateTime"})]), FIRST),
    (_policy([_until(MARCH, "odrl:lt", "odrl:dateTime")]), FIRST),
    (_policy([_until(MARCH, "http://www.w3.org/ns/odrl/2/lt", "http://www.w3.org/ns/odrl/2/dateTime")]), FIRST),
    (_policy([_until("2027-03-31T09:00:00+09:00")]), FIRST),
    (_policy([_until(MARCH), _until(APRIL)]), FIRST),
    (_policy([_until(MARCH)], [_until(APRIL)]), LATER),
    (_policy([_until(MARCH)], []), None),
    (_policy([_until(MARCH, "gt")]), None),
    (_policy([_until(MARCH, left="count")]), None),
    (_policy([{"and": [_until(MARCH), _until(APRIL)]}]), FIRST),
    (_policy([{"or": [_until(MARCH), _until(APRIL)]}]), LATER),
    (_policy([{"or": [_until(MARCH), _until("3", "lteq", "count")]}]), None),
    (_policy([{"xone": [_until(MARCH), {"andSequence": [_until(APRIL)]}]}]), LATER),
    (_policy([_until("soon")]), None),
    (_policy([_until([MARCH, APRIL])]), None),
    (_policy([_until({"@id": "https://x.example/"})]), None),
    (_policy([_until("99999-01-01T00:00:00Z")]), None),
    ({"prohibition": [{"action": "use", "constraint": [_until(MARCH)]}]}, None),
    ({}, None),
    # A day without a zone lasts until it has ended everywhere.
    (_policy([_until({"@value": "2027-03-31", "@type": "xsd:date"}, "lteq")]), FIRST + timedelta(hours=36)),
    (_policy([_until("2028-02-29T00:00:00Z")]), datetime(2028, 2, 29, tzinfo=UTC)),
    # P32: leap days, and the hours that summer time leaves out and repeats, which an offset tells apart.
    (
        _policy([_until({"@value": "2028-02-29+09:00", "@type": "xsd:date"}, "lteq")]),
        datetime(2028, 2, 29, 15, tzinfo=UTC),
    ),
    (_policy([_until("2027-02-29T00:00:00Z")]), None),
    (_policy([_until("2027-03-28T01:59:59+01:00")]), datetime(2027, 3, 28, 0, 59, 59, tzinfo=UTC)),
    (_policy([_until("2027-03-28T03:00:00+02:00")]), datetime(2027, 3, 28, 1, tzinfo=UTC)),
    (_policy([_until("2027-10-31T02:30:00+02:00")]), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
    (_policy([_until("2027-10-31T02:30:00+01:00")]), datetime(2027, 10, 31, 1, 30, tzinfo=UTC)),
]


@pytest.mark.parametrize(("policy", "end"), CASES)
def test_the_end_is_the_last_moment_that_any_permission_allows(policy: dict[str, Any], end: datetime | None) -> None:
    assert ends_at(policy) == end


def test_conditions_within_conditions_without_end_are_no_end() -> None:
    deep = _until(MARCH)
    for _ in range(5000):
        deep = {"and": [deep]}
    assert ends_at(_policy([deep])) is None
