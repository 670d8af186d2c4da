"""Going on with a release that broke off: the same use of the data, counted once.

Only from a byte that was reached already, of the same state of the data, soon after, and not for ever: what is sent
for one use is at most twice the whole, so that breaking off on purpose gains nobody a second use. After a crash of ours
it goes on wherever its receiver is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import RowMapping, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.wanting import Entry
from stores.exchange_tables import ReleaseRow
from stores.prepared import Write

_LOOKED_AT: Final = 50  # releases of one transfer, newest first
_TIMES: Final = 2  # the whole, sent for one use
_LATEST = (
    select(
        ReleaseRow.id, ReleaseRow.ended_at, ReleaseRow.agreement, ReleaseRow.participant, ReleaseRow.dataset,
        ReleaseRow.state, ReleaseRow.size_bytes, ReleaseRow.etag, ReleaseRow.offset_bytes, ReleaseRow.whole_bytes,
        ReleaseRow.continues, ReleaseRow.consumed, ReleaseRow.reason,
    )
    .where(ReleaseRow.transfer == bindparam("transfer"), ReleaseRow.state != "refused")
    .order_by(ReleaseRow.at.desc())
    .limit(_LOOKED_AT)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resumable:
    """A use that can be gone on with.

    Attributes:
        root: id of the release that began it.
        own: what that consumed.
        etag: of the state it is of; None where not a byte was sent yet.
    """

    root: str
    own: Mapping[tuple[str, str], int]
    etag: str | None


_COLUMNS: tuple[Any, ...] = (
    *(ReleaseRow.id, ReleaseRow.state, ReleaseRow.size_bytes, ReleaseRow.offset_bytes, ReleaseRow.whole_bytes),
)
_LAST = Write(
    select(*_COLUMNS)
    .where(ReleaseRow.transfer == bindparam("transfer"), ReleaseRow.state != "refused")
    .order_by(ReleaseRow.at.desc())
    .limit(1)
)


async def broken_off(connection: AsyncConnection, transfer: str) -> bool:
    """Whether the last release of a transfer may be one to go on with; the quick answer to what is mostly not so."""
    for row in await _LAST.rows(connection, transfer=transfer):
        if row["state"] == "done":
            return row["whole_bytes"] is not None and row["offset_bytes"] + row["size_bytes"] < row["whole_bytes"]
        return bool(row["state"] != "open")
    return False


async def resumable(connection: AsyncConnection, entries: Sequence[Entry], within: timedelta) -> dict[str, Resumable]:
    """Of some wishes those that go on with an earlier release of their transfer, by the wish's id."""
    found: dict[str, Resumable] = {}
    taken: set[str] = set()
    for entry in entries:
        transfer = entry.wanted.transfer
        if transfer is None or transfer in taken or entry.fresh:
            continue
        rows = (await connection.execute(_LATEST, {"transfer": transfer})).mappings().all()
        if (one := _of(entry, rows, within)) is not None:
            found[entry.id] = one
            taken.add(transfer)  # of two at once one goes on, the other is a new use
    return found


def _of(entry: Entry, rows: Sequence[RowMapping], within: timedelta) -> Resumable | None:
    if not rows:
        return None
    last = rows[0]
    root = last["continues"] or last["id"]
    chain = [row for row in rows if root in (row["id"], row["continues"])]
    first = next((row for row in chain if row["id"] == root), None)
    if first is None or any(row["state"] == "open" for row in chain) or not _same(entry, last, within):
        return None
    if not _goes_on(entry, chain, last):
        return None
    own = {(policy, node): amount for policy, node, amount in first["consumed"] or ()}
    return Resumable(root, own, last["etag"])


def _same(entry: Entry, last: RowMapping, within: timedelta) -> bool:
    wanted, ended = entry.wanted, last["ended_at"]
    return (
        (last["agreement"], last["dataset"], last["participant"])
        == (wanted.agreement, wanted.dataset, wanted.participant.participant)
        and isinstance(ended, datetime)
        and entry.at - ended <= within
    )


def _goes_on(entry: Entry, chain: Sequence[RowMapping], last: RowMapping) -> bool:
    sent, etag, whole = sum(row["size_bytes"] for row in chain), last["etag"], last["whole_bytes"]
    crashed = last["state"] == "failed" and not last["reason"]
    if not sent and not (crashed and etag):  # before its first byte it was no use; after a crash nobody knows
        return bool(last["state"] in ("failed", "stopped") and last["reason"])
    anew = entry.wanted.again and entry.first == 0
    if etag is None or whole is None or entry.wanted.if_range not in (None, etag) or not (anew or entry.first > 0):
        return False
    reached = max(row["offset_bytes"] + row["size_bytes"] for row in chain)
    if not crashed and not anew and not entry.first <= reached < whole:
        return False  # how far it came before a crash knows only who received it
    return bool(sent + whole - entry.first <= _TIMES * whole)
