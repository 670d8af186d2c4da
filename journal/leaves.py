"""Events as the seal over the journal hashes them: one line of JSON each, the same on every engine and for ever."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Select, select

from journal.merkle import leaf
from stores.tables import EventRow

FIELDS = (
    "seq", "at", "kind", "catalog_id", "resource_id", "was_revision", "was_audience", "now_revision", "now_audience",
    "actor", "request_id", "subject", "digest",
)  # fmt: skip
"""The columns of an event in the order of its line; a new one may only be added at the end, and only when not null."""
MARK_BYTES = 8


def line(row: Sequence[Any]) -> bytes:
    """The line of an event, given its columns in the order of `FIELDS`: a JSON array in the form of RFC 8785."""
    return orjson.dumps(tuple(row), option=orjson.OPT_UTC_Z)


def hashed(rows: Sequence[Sequence[Any]]) -> list[bytes]:
    """The leaves of some events."""
    return [leaf(line(row)) for row in rows]


def marks(leaves: Sequence[bytes]) -> bytes:
    """What a seal keeps of its leaves, to tell later which of them changed."""
    return b"".join(each[:MARK_BYTES] for each in leaves)


_EVENTS: Select[Any] = select(*(getattr(EventRow, name) for name in FIELDS)).order_by(EventRow.seq)


def after(seq: int, *, most: int, last: int | None = None) -> Select[Any]:
    """Events after a number, oldest first, with the columns of `FIELDS`; not beyond `last` if that is given."""
    wanted = _EVENTS.where(EventRow.seq > seq)
    return (wanted if last is None else wanted.where(EventRow.seq <= last)).limit(most)
