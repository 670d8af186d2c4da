"""What opens doors between two parties of a deal stands in no log and is not stored as it is."""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from tests.campaign.harness import Server
from tests.leak.deal import Deal, deal


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deal]:
    with deal(tmp_path_factory.mktemp("deal")) as found:
        yield found


@pytest.mark.parametrize("side", ["provider", "consumer"])
def test_no_secret_is_written_into_a_log_or_stored_as_it_is(made: Deal, side: str) -> None:
    server: Server = getattr(made.two, side)
    files = {str(file): file.read_bytes() for file in server.data.rglob("*") if file.is_file()}
    with closing(sqlite3.connect(server.data / "renkei.sqlite")) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        cells = {table: plain(database, table) for table in tables}
    written = {**files, **cells, "log": server.log.read_bytes()}
    assert [
        (name, what)
        for name, text in written.items()
        for what, secret in made.secrets.items()
        if secret.encode() in text
    ] == []
    assert any(b"zqtermsx" in text for text in cells.values())


def plain(database: sqlite3.Connection, table: str) -> bytes:
    """All cells of a table, those that are packed as they were before."""
    found = bytearray()
    for row in database.execute(f'SELECT * FROM "{table}"'):
        for cell in row:
            data = cell if isinstance(cell, bytes) else str(cell).encode()
            with suppress(zlib.error):
                data = zlib.decompress(data)
            found += data + b"\n"
    return bytes(found)
