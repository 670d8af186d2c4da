"""When the sealer is done: a busy journal must not keep it sealing without end."""

import sqlite3
from pathlib import Path

import pytest

from exchange.keys import SigningKey
from exchange.notary import SigningNotary
from journal.sealing import Sealer
from stores.database import Database

pytestmark = pytest.mark.anyio


class Busy(SigningNotary):
    """A notary of a journal that goes on while it signs, five times."""

    path: Path
    left = 5

    def sign(self, statement: bytes) -> str:
        if self.left:
            self.left -= 1
            with sqlite3.connect(self.path) as connection:
                connection.execute("INSERT INTO events (at, kind) VALUES ('2026-11-21 09:30:00.000000', 'decided')")
            connection.close()
        return super().sign(statement)


async def test_what_happens_while_it_seals_is_left_for_the_next_round(busy: Database, tmp_path: Path) -> None:
    notary = Busy(SigningKey.in_folder(tmp_path))
    notary.path = tmp_path / "renkei.sqlite"
    sealer = Sealer(busy, notary, tmp_path)
    made = await sealer.seal()
    newest = await sealer.newest()
    assert made == 1
    assert newest is not None
    assert newest.checkpoint.last == 30
