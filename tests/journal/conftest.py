"""A journal with rows that its events bear digests of, sealed with a key of its own."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from exchange.keys import SigningKey
from exchange.notary import SigningNotary
from journal.digests import SORTS, digest_of
from journal.events import Event, EventKind, append
from journal.sealing import Sealer
from stores.database import Database, packed

AT = datetime(2026, 11, 21, 9, 30, 0, 250_000, tzinfo=UTC)
PID = "urn:uuid:5b0e3ad1-3f0e-4d8b-8e0c-1c6a0c4c8a11"
CITY, LAB, DATASET = "https://city.example/", "https://lab.example/", "https://data.example/census"
DECISION = {"id": "d1", "at": AT, "policy": "urn:p", "party": LAB, "target": DATASET, "verdict": "permit",
            "line": packed(b'{"verdict": "permit"}')}  # fmt: skip
PROCESS = {"pid": PID, "kind": "negotiation", "role": "provider", "peer": LAB, "peer_address": LAB, "made_at": AT,
           "state": "AGREED", "waits_for": "peer", "version": 2, "changed_at": AT}  # fmt: skip
STEP = {"pid": PID, "number": 1, "at": AT, "direction": "in", "message": "ContractRequestMessage", "body": packed(b"{}"),
        "state": "REQUESTED", "digest": "0" * 64, "status": 201, "note": None}  # fmt: skip
AGREEMENT = {"iri": "urn:a1", "short_id": "a1", "negotiation": PID, "role": "provider", "provider": CITY,
             "consumer": LAB, "dataset": DATASET, "document": packed(b"{}"), "canonical": packed(b""), "hash": "1" * 64,
             "signatures": {}, "state": "finalized", "agreed_at": AT}  # fmt: skip
RELEASE = {"id": "r1", "at": AT, "agreement": "urn:a1", "participant": LAB, "dataset": DATASET, "decision": "d1",
           "state": "done", "size_bytes": 20_480, "offset_bytes": 0, "ended_at": AT, "sha256": "2" * 64}  # fmt: skip
WRITTEN = (
    (EventKind.DECIDED, DECISION), (EventKind.NEGOTIATION, STEP), (EventKind.AGREED, AGREEMENT),
    (EventKind.RELEASED, RELEASE), (EventKind.RELEASE_ENDED, RELEASE),
)  # fmt: skip

Tamper = Callable[..., None]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.in_folder(tmp_path)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def notary(tmp_path: Path) -> SigningNotary:
    return SigningNotary(SigningKey.in_folder(tmp_path))


@pytest.fixture
def sealer(database: Database, notary: SigningNotary, tmp_path: Path) -> Sealer:
    return Sealer(database, notary, tmp_path)


@pytest.fixture
async def busy(database: Database) -> Database:
    """A database in which something of every kind happened: events 1 to 5 with their rows, 6 to 30 of the catalog."""
    from stores.exchange_tables import ProcessRow

    async with database.writing() as connection:
        await connection.execute(insert(ProcessRow).values(PROCESS))
        for kind, row in WRITTEN:
            if kind is not EventKind.RELEASE_ENDED:
                await connection.execute(insert(SORTS[kind].row).values(row))
            event = Event(kind, actor=LAB, subject=str(row[SORTS[kind].key]), digest=digest_of(kind, row))
            await append(connection, [event])
        await append(connection, [Event(EventKind.REGISTERED, "demo", n, actor="operator") for n in range(25)])
    return database


@pytest.fixture
def tamper(busy: Database) -> Tamper:
    """Changes the file behind the back of everybody."""

    def run(*statements: str, values: tuple[Any, ...] = ()) -> None:
        with sqlite3.connect(str(busy.path)) as connection:
            connection.execute("PRAGMA foreign_keys=OFF")
            for statement in statements:
                connection.execute(statement, values)
        connection.close()

    return run
