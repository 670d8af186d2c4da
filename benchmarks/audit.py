"""The journal at size (R27): `python -m benchmarks.audit [EVENTS]` seals it, examines it, and tampers with it."""

import asyncio
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import insert

from exchange.keys import SigningKey
from exchange.notary import SigningNotary
from journal.digests import digest_of
from journal.events import Event, EventKind, append
from journal.findings import Report
from journal.proving import prove
from journal.sealing import Sealer
from journal.verifying import verify
from stores.database import Database, packed
from stores.tables import DecisionRow

EVENTS = 1_000_000
AT_ONCE = 10_000
DECIDED = 5  # of so many events one is a decision, with its row
TAMPERINGS = 100
AT = datetime(2026, 11, 21, tzinfo=UTC)
LINE = packed(b'{"policy":"urn:x:p","request":{"action":"read"},"verdict":"permit"}' * 10)

Result = TypeVar("Result")


async def measured(what: str, work: Awaitable[Result]) -> Result:
    wall, cpu = time.perf_counter(), time.process_time()
    found = await work
    spent, peak = time.process_time() - cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what}: {spent:.1f} s CPU, {time.perf_counter() - wall:.1f} s, peak {peak:.0f} MB", flush=True)
    return found


async def written(database: Database, events: int) -> None:
    for start in range(0, events, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, events))
        rows = {
            n: {"id": f"d{n}", "at": AT, "policy": "urn:x:p", "party": f"urn:x:{n % 97}", "target": "urn:x:d",
                "verdict": "permit", "line": LINE}
            for n in numbers if n % DECIDED == 0
        }  # fmt: skip
        async with database.writing() as connection:
            await connection.execute(insert(DecisionRow), list(rows.values()))
            await append(connection, [_event(n, rows.get(n)) for n in numbers])


def _event(number: int, row: dict[str, object] | None) -> Event:
    if row is None:
        return Event(EventKind.CHANGED, "demo", number, 1, "public", 2, "public", "https://city.example/")
    return Event(EventKind.DECIDED, actor="operator", subject=str(row["id"]), digest=digest_of(EventKind.DECIDED, row))


def tampered(path: Path, events: int) -> set[str]:
    """Change a hundred places behind the service's back; where."""
    places: dict[str, str] = {}
    for number in random.sample(range(1, events + 1), TAMPERINGS):
        one = f"events {number}"
        places[one] = random.choice(
            (f"UPDATE events SET actor = 'x' WHERE seq = {number}", f"DELETE FROM events WHERE seq = {number}",
             f"UPDATE events SET at = '2020-01-01 00:00:00.000000' WHERE seq = {number}")
        )  # fmt: skip
        if number % DECIDED == 0 and number < events:
            del places[one]
            places[f"decision d{number}"] = f"UPDATE decisions SET party = 'x' WHERE id = 'd{number}'"
    with sqlite3.connect(path) as connection:
        for statement in places.values():
            assert connection.execute(statement).rowcount == 1
    connection.close()
    return set(places)


async def run(events: int, folder: Path) -> None:
    database = Database.in_folder(folder)
    await database.open()
    notary = SigningNotary(SigningKey.in_folder(folder))
    sealer = Sealer(database, notary, folder)
    await measured(f"write {events:,} events, a fifth of them decisions", written(database, events))
    made = await measured("seal them", sealer.seal())
    report: Report = await measured("verify", verify(database, notary, folder))
    print(
        f"  {made:,} checkpoints, {report.rows:,} rows; clean: {report.clean}; {database.path.stat().st_size >> 20} MB"
    )
    await measured("prove one", prove(database, events // 2))
    seed = int(time.time())
    random.seed(seed)
    places = tampered(database.path, events)
    again = await measured("verify after 100 tamperings", verify(database, notary, folder))
    named = places & {finding.place for finding in again.findings}
    print(f"  {len(named)} of {len(places)} found and named (seed {seed})")
    await database.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(run(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS, Path(scratch)))
