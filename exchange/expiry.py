"""When an agreement is over by its own terms: after the last moment at which any of its permissions could hold."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from exchange.dsp.policy_rdf import Policy, expanded, term, values
from exchange.policy.operands import ValueKind
from exchange.policy.values import native
from ontology.terms import ODRL

_LAST: Final = 100  # conditions within conditions that are looked into
_WESTMOST_MINUTES: Final = -12 * 60
"""Zone of a time that names none: where the day ends last. The policy decides exactly; this must not be earlier."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def ends_at(policy: Policy) -> datetime | None:
    """The first moment at which no permission of a policy holds any more; None where nothing says so."""
    ends = [_end(rule.get("constraint", ())) for rule in policy.get("permission", ())]
    found = _latest(ends)
    try:
        return None if found is None else _EPOCH + timedelta(microseconds=found)
    except OverflowError:  # a year after 9999 is no end
        return None


def _end(conditions: Iterable[Mapping[str, Any]], depth: int = 0) -> int | None:
    """The earliest of ends that all hold together."""
    ends = [end for each in conditions if (end := _end_of(each, depth)) is not None]
    return min(ends, default=None)


def _latest(ends: list[int | None]) -> int | None:
    """The latest of ends of which one holds: one without an end never ends."""
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _end_of(condition: Mapping[str, Any], depth: int) -> int | None:
    if depth > _LAST:
        return None
    for logic in ("and", "andSequence"):
        if logic in condition:
            return _end(condition[logic], depth + 1)
    for logic in ("or", "xone"):
        if logic in condition:
            return _latest([_end_of(part, depth + 1) for part in condition[logic]])
    if term(str(condition.get("leftOperand"))) != ODRL.dateTime.value:
        return None
    moments = [_moment(each) for each in values(condition.get("rightOperand"))]
    if len(moments) != 1 or (moment := moments[0]) is None:
        return None
    operator, (first, last) = NamedNode(term(str(condition.get("operator")))), moment
    return {ODRL.lt: first, ODRL.lteq: last + 1, ODRL.eq: last + 1}.get(operator)


def _moment(value: Any) -> tuple[int, int] | None:
    """First and last microsecond of a time or day, as the policy engine reads it."""
    if isinstance(value, Mapping) and "@value" in value:
        datatype = value.get("@type")
        given = Literal(str(value["@value"]), datatype=NamedNode(expanded(datatype)) if datatype else None)
    elif isinstance(value, str):
        given = Literal(value)
    else:
        return None
    found = native(given, ValueKind.INSTANT, _WESTMOST_MINUTES)
    if isinstance(found, tuple):
        return int(found[0]), int(found[1])
    return (found, found) if isinstance(found, int) else None
