"""R27, P31: whatever is changed behind the service's back is found and named."""

from pathlib import Path

import orjson
import pytest

from exchange.keys import SigningKey
from exchange.notary import SigningNotary
from journal import checkpoints, sealing
from journal.events import Event, EventKind, append
from journal.findings import Report
from journal.sealing import Sealer
from journal.verifying import verify
from stores.database import Database

from .conftest import PID, Tamper

pytestmark = pytest.mark.anyio

CHANGED, DELETED, INSERTED = "was changed", "was deleted", "was inserted"
TAMPERED = [
    ("UPDATE events SET actor = 'https://other.example/' WHERE seq = 7", "events 7", CHANGED),
    ("UPDATE events SET at = '2020-01-01 00:00:00.000000' WHERE seq = 8", "events 8", CHANGED),
    ("UPDATE events SET at = 'yesterday' WHERE seq = 8", "events 8", CHANGED),
    ("UPDATE events SET kind = 'withdrawn' WHERE seq = 30", "events 30", CHANGED),
    ("UPDATE events SET request_id = 'r' WHERE seq = 9", "events 9", CHANGED),
    ("UPDATE events SET digest = NULL WHERE seq = 1", "events 1", CHANGED),
    ("UPDATE events SET subject = 'd2' WHERE seq = 1", "events 1", CHANGED),
    ("DELETE FROM events WHERE seq = 12", "events 12", DELETED),
    ("DELETE FROM events WHERE seq = 30", "events 30", DELETED),
    ("UPDATE events SET seq = 31 WHERE seq = 12", "events 12", DELETED),
    ("UPDATE seals SET root = upper(root) WHERE number = 2", "seals 2", CHANGED),
    ("UPDATE seals SET at = '2020-01-01 00:00:00.000000' WHERE number = 2", "seals 2", "not one of this"),
    ("UPDATE seals SET at = 'yesterday' WHERE number = 2", "seals 2", CHANGED),
    ("UPDATE seals SET last = last - 1 WHERE number = 2", "seals 2", "not one of this"),
    ("UPDATE seals SET size = 7 WHERE number = 2", "seals 2", "not one of this"),
    ("UPDATE seals SET peaks = '[]' WHERE number = 2", "seals 2", CHANGED),
    ("UPDATE seals SET signature = (SELECT signature FROM seals WHERE number = 1) WHERE number = 2", "seals 2", "not one of this"),
    ("UPDATE seals SET previous = root WHERE number = 3", "seals 3", "does not follow"),
    ("DELETE FROM seals WHERE number = 2", "seals 2", "is missing"),
    ("DELETE FROM seals WHERE number = 3", "checkpoint.json", "cut off"),
    ("UPDATE decisions SET verdict = 'deny'", "decision d1", CHANGED),
    ("UPDATE decisions SET line = x'00'", "decision d1", CHANGED),
    ("UPDATE decisions SET at = 'then'", "decision d1", CHANGED),
    ("DELETE FROM decisions", "decision d1", DELETED),
    ("INSERT INTO decisions SELECT 'd9', at, policy, party, target, verdict, line FROM decisions", "decision d9", INSERTED),
    ("UPDATE steps SET state = 'FINALIZED'", f"step {PID}", CHANGED),
    ("UPDATE steps SET number = 2", f"step {PID}", CHANGED),
    ("DELETE FROM steps", f"step {PID}", DELETED),
    ("INSERT INTO steps SELECT pid, 2, at, direction, message, state, digest, body, status, note FROM steps", f"step {PID}", INSERTED),
    ("UPDATE agreements SET consumer = 'https://other.example/'", "agreement a1", CHANGED),
    ("UPDATE agreements SET ends_at = '2099-01-01 00:00:00.000000'", "agreement a1", CHANGED),
    ("UPDATE agreements SET ended_at = '2026-11-21 10:00:00.000000'", "agreement a1", CHANGED),
    ("DELETE FROM agreements", "agreement a1", DELETED),
    ("UPDATE releases SET size_bytes = 1", "release r1", CHANGED),
    ("UPDATE releases SET participant = NULL", "release r1", CHANGED),
    ("DELETE FROM releases", "release r1", DELETED),
]  # fmt: skip


async def examined(busy: Database, notary: SigningNotary, tmp_path: Path) -> Report:
    return await verify(busy, notary, tmp_path)


def told(report: Report) -> list[tuple[str, str]]:
    return [(each.place, each.message.en) for each in report.findings]


@pytest.fixture(autouse=True)
def several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "AT_ONCE", 10)


async def test_a_journal_that_nobody_touched_is_clean(
    busy: Database, sealer: Sealer, notary: SigningNotary, tmp_path: Path
) -> None:
    assert await sealer.seal() == 3
    report = await examined(busy, notary, tmp_path)
    assert (report.findings, report.events, report.sealed, report.checkpoints) == ([], 30, 30, 3)
    assert (report.rows, report.unproved) == (5, 0)


@pytest.mark.parametrize(("statement", "place", "words"), TAMPERED)
async def test_what_was_tampered_with_is_named(
    statement: str, place: str, words: str, busy: Database, sealer: Sealer, notary: SigningNotary, tamper: Tamper,
    tmp_path: Path,
) -> None:  # fmt: skip
    await sealer.seal()
    tamper(statement)
    found = told(await examined(busy, notary, tmp_path))
    assert [one for one in found if one[0] == place and words in one[1]], found


async def test_two_events_that_changed_places_are_both_named(
    busy: Database, sealer: Sealer, notary: SigningNotary, tamper: Tamper, tmp_path: Path
) -> None:
    await sealer.seal()
    tamper("UPDATE events SET resource_id = 15 - resource_id WHERE seq IN (13, 14)")
    assert [place for place, _ in told(await examined(busy, notary, tmp_path))] == ["events 13", "events 14"]


async def test_an_event_slipped_in_where_a_number_was_free_is_named(
    busy: Database, sealer: Sealer, notary: SigningNotary, tamper: Tamper, tmp_path: Path
) -> None:
    tamper("DELETE FROM events WHERE seq = 12")
    await sealer.seal()
    tamper("INSERT INTO events (seq, at, kind) VALUES (12, '2026-11-21 09:30:00.250000', 'registered')")
    assert [one for one in told(await examined(busy, notary, tmp_path)) if one[0] == "events 12"]


async def test_where_a_number_was_left_out_a_deleted_event_is_named_by_its_neighbours(
    busy: Database, sealer: Sealer, notary: SigningNotary, tamper: Tamper, tmp_path: Path
) -> None:
    tamper("DELETE FROM events WHERE seq = 12")  # as a transaction that failed leaves it out on PostgreSQL
    await sealer.seal()
    tamper("DELETE FROM events WHERE seq IN (13, 16)")
    assert [place for place, _ in told(await examined(busy, notary, tmp_path))] == ["events 12-13", "events 16"]


async def test_seals_and_events_cut_together_are_told_by_the_checkpoint_beside_them(
    busy: Database, sealer: Sealer, notary: SigningNotary, tamper: Tamper, tmp_path: Path
) -> None:
    await sealer.seal()
    tamper("DELETE FROM seals WHERE number = 3", "DELETE FROM events WHERE seq > 20",
           "UPDATE sqlite_sequence SET seq = 20 WHERE name = 'events'")  # fmt: skip
    assert [place for place, _ in told(await examined(busy, notary, tmp_path))] == ["checkpoint.json"]
    assert await Sealer(busy, notary, tmp_path).seal() == 0


async def test_what_a_checkpoint_does_not_cover_yet_leaves_traces_too(
    busy: Database, notary: SigningNotary, tamper: Tamper, tmp_path: Path
) -> None:
    tamper("DELETE FROM events WHERE seq IN (9, 30)")
    found = told(await examined(busy, notary, tmp_path))
    assert [place for place, _ in found] == ["events 10", "events 30"]


async def test_a_journal_made_anew_with_the_right_key_differs_from_a_checkpoint_kept_elsewhere(
    busy: Database, sealer: Sealer, notary: SigningNotary, tamper: Tamper, tmp_path: Path
) -> None:
    await sealer.seal()
    kept = await sealer.newest()
    assert kept is not None
    tamper("DELETE FROM seals", "UPDATE events SET actor = 'nobody' WHERE seq = 7")
    (tmp_path / checkpoints.FILE).unlink()
    await sealer.seal()
    assert (await examined(busy, notary, tmp_path)).clean
    found = told(await verify(busy, notary, tmp_path, [kept]))
    assert [(place, "made anew" in words) for place, words in found] == [("checkpoint 3", True)]


async def test_seals_of_another_key_are_not_believed(
    busy: Database, sealer: Sealer, notary: SigningNotary, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    stranger = SigningNotary(SigningKey.in_folder(tmp_path / "other"))
    await Sealer(busy, stranger, tmp_path).seal()
    found = told(await examined(busy, notary, tmp_path))
    assert [place for place, _ in found] == ["seals 1", "seals 2", "seals 3", "checkpoint.json"]


async def test_a_checkpoint_from_further_on_is_kept_as_evidence(
    busy: Database, sealer: Sealer, notary: SigningNotary, tamper: Tamper, tmp_path: Path
) -> None:
    await sealer.seal()
    tamper("DELETE FROM seals WHERE number > 1", "DELETE FROM events WHERE seq > 15")
    async with busy.writing() as connection:
        await append(connection, [Event(EventKind.REGISTERED, "demo", 1)])
    assert await sealer.seal() == 1
    assert "cut off" in str(told(await examined(busy, notary, tmp_path)))


async def test_seals_of_a_key_that_was_replaced_are_believed_when_it_is_listed(
    busy: Database, sealer: Sealer, notary: SigningNotary, tmp_path: Path
) -> None:
    await sealer.seal()
    (tmp_path / "new").mkdir()
    key = SigningKey.in_folder(tmp_path / "new")
    unlisted = await verify(busy, SigningNotary.in_folder(key, tmp_path), tmp_path)
    (tmp_path / "former-keys.json").write_bytes(orjson.dumps({"keys": [dict(notary.key.public_jwk)]}))
    listed = await verify(busy, SigningNotary.in_folder(key, tmp_path), tmp_path)
    assert (len(unlisted.findings), listed.findings) == (4, [])
