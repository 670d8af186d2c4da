"""What parties have used up of the limits of policies, read, moved and written in one transaction.

A limit may be the sum of many counters, of which a use moves one. So not they are locked but one row for each policy
and party, and only what was moved is written.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.policy.compiling import Compiled
from exchange.policy.decision import Consumption
from stores.tables import CounterRow

_Key = tuple[str, str, str]
"""Policy, counter and party, as the table has them."""
_LOCK = ""
_READ_AT_ONCE = 500


class Ledger:
    """The counters that some questions touch, as one transaction sees them."""

    def __init__(self) -> None:
        self._used: dict[_Key, int] = {}
        self._moved: set[_Key] = set()

    @classmethod
    async def opened(
        cls, connection: AsyncConnection, asked: Iterable[tuple[Compiled, str]], *, lock: bool
    ) -> "Ledger":
        """What is used up now.

        Args:
            asked: policies, each with the party that asks.
            lock: whether others who want to count the same wait until this transaction has ended.
        """
        ledger = cls()
        limited = [(policy, party) for policy, party in asked if policy.limits]
        if not limited:
            return ledger
        if lock:
            await _locked(connection, sorted({(policy.policy.iri, _LOCK, party) for policy, party in limited}))
        keys = sorted({key for policy, party in limited for key in _keys(policy, party)})
        row = CounterRow
        for part in _by(_READ_AT_ONCE, keys):
            found = select(row.policy, row.node, row.party, row.used)
            rows = await connection.execute(found.where(tuple_(row.policy, row.node, row.party).in_(part)))
            ledger._used.update(((policy, counter, party), used) for policy, counter, party, used in rows)
        return ledger

    def used(self, policy: Compiled, party: str, own: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
        """What a party has used up of each limit of a policy.

        Args:
            own: by policy and counter, what does not count.
        """
        return {
            (iri, name): sum(self._used.get((iri, part, party), 0) - own.get((iri, part), 0) for part in parts)
            for (iri, name), parts in policy.limits.items()
        }

    def move(self, consumed: Iterable[Consumption], party: str) -> None:
        """Count a use."""
        for one in consumed:
            key = one.policy, one.counter, party
            self._used[key] = self._used.get(key, 0) + one.amount
            self._moved.add(key)

    async def write(self, connection: AsyncConnection) -> None:
        """Write what was moved."""
        rows = [{**_row(key), "used": self._used[key]} for key in sorted(self._moved)]
        if rows:
            begun = _insert(connection)
            changed = begun.on_conflict_do_update(
                index_elements=["policy", "node", "party"], set_={"used": begun.excluded.used}
            )
            await connection.execute(changed, rows)


def _keys(policy: Compiled, party: str) -> Iterator[_Key]:
    return ((iri, part, party) for (iri, _), parts in policy.limits.items() for part in parts)


async def _locked(connection: AsyncConnection, keys: Sequence[_Key]) -> None:
    """Wait for whoever counts for the same policy and party; all in one order, so that no two wait for each other."""
    row = CounterRow
    for part in _by(_READ_AT_ONCE, keys):
        absent = _insert(connection).on_conflict_do_nothing()
        await connection.execute(absent, [{**_row(key), "used": 0} for key in part])
        found = select(row.policy).where(tuple_(row.policy, row.node, row.party).in_(part))
        await connection.execute(found.order_by(row.policy, row.party).with_for_update())


def _insert(connection: AsyncConnection) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(CounterRow) if connection.dialect.name == "postgresql" else sqlite.insert(CounterRow)


def _row(key: _Key) -> dict[str, str | int]:
    policy, counter, party = key
    return {"policy": policy, "node": counter, "party": party}


def _by(size: int, keys: Sequence[_Key]) -> Iterator[Sequence[_Key]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))
