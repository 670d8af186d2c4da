"""How Eclipse EDC asks for a catalog: its filter is a `QuerySpec`, a page and conditions on properties of assets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from exchange.errors import FilterRefused
from ontology.messages import Message

_EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"
_MOST: Final = 1_000_000
_FILTERS: Final = 10  # anybody may ask, and each filter is a search of its own: a message holds thousands
_UNKNOWN: Final = Message(
    ja="QuerySpec で使えるのは offset、limit と、id を = で比べる条件です。",
    en="Of a QuerySpec, offset, limit and conditions that compare id by = are understood.",
)
_TOO_MANY: Final = Message(ja=f"filter は {_FILTERS} 項目までです。", en=f"At most {_FILTERS} filters are taken.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the filter of a catalog request asks for.

    Attributes:
        filters: those that are no QuerySpec.
        offset: how many datasets are passed over.
        limit: longest page, None if nothing is said.
        dataset: the one that is meant, None if all are.
    """

    filters: Sequence[Any]
    offset: int = 0
    limit: int | None = None
    dataset: str | None = None


def asked(filters: Sequence[Any]) -> Asked:
    """Take a QuerySpec out of the filters.

    Raises:
        FilterRefused: there are too many; or it asks for what is not understood here: a catalog that was not narrowed
            would pass for one that was.
    """
    if len(filters) > _FILTERS:
        raise FilterRefused(_TOO_MANY)
    specs = [each for each in filters if _is_spec(each)]
    rest = [each for each in filters if not _is_spec(each)]
    if not specs:
        return Asked(rest)
    if len(specs) > 1:
        raise FilterRefused(_UNKNOWN)
    named = {_local(name): value for name, value in specs[0].items()}
    conditions = named.get("filterExpression") or []
    datasets = {_dataset(each) for each in (conditions if isinstance(conditions, list) else [conditions])}
    if len(datasets) > 1 or named.get("sortField"):
        raise FilterRefused(_UNKNOWN)
    limit = _number(named, "limit", 0)
    return Asked(rest, _number(named, "offset", 0), limit or None, next(iter(datasets), None))


def _is_spec(each: object) -> bool:
    return isinstance(each, Mapping) and _local(str(each.get("@type"))) == "QuerySpec"


def _local(name: str) -> str:
    return name.removeprefix(_EDC).removeprefix("edc:")


def _dataset(condition: object) -> str:
    """The id that a condition demands."""
    if isinstance(condition, Mapping):
        named = {_local(name): value for name, value in condition.items()}
        left, operator, right = (named.get(name) for name in ("operandLeft", "operator", "operandRight"))
        if isinstance(left, str) and _local(left) == "id" and operator == "=" and isinstance(right, str):
            return right
    raise FilterRefused(_UNKNOWN)


def _number(named: Mapping[str, Any], name: str, default: int) -> int:
    value = named.get(name, default)
    if type(value) is not int or not 0 <= value <= _MOST:
        raise FilterRefused(_UNKNOWN)
    return value
