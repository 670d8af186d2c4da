"""What the command line takes of the data that a provider sends: packed or not, whole or in parts, and no bombs (P17)."""

import gzip
import hashlib
import threading
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.cli.pulling import Line, pull

ROWS = b"name,age\n" + b"".join(b"person %d,%d\n" % (n, n % 90) for n in range(20_000))
BOMB = gzip.compress(bytes(64 << 20))


class Provider:
    """Answers with what it was told, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.body, self.cut = b"", 0
        self.headers: dict[str, str] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = {name.lower(): value for name, value in self.headers.items()}
                provider.asked.append(asked)
                start = int(asked["range"][6:-1]) if "range" in asked else 0
                body, headers = (ROWS[start:], {}) if "range" in asked else (provider.body, provider.headers)
                self.send_response(206 if "range" in asked else 200)
                for name, value in {"etag": '"one"', "content-length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body[: provider.cut or None])

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def line(self, *, compressed: bool = True) -> Line:
        return Line(f"http://127.0.0.1:{self.server.server_port}/data", "Bearer t", compressed=compressed)

    def promises(self, body: bytes) -> None:
        self.body = body
        self.headers = {"repr-digest": f"sha-256=:{b64encode(hashlib.sha256(body).digest()).decode()}:"}

    def packs(self, body: bytes, promised: bytes = ROWS) -> None:
        digest = b64encode(hashlib.sha256(promised).digest()).decode()
        self.body = body
        self.headers = {"content-encoding": "gzip", "etag": 'W/"one"', "unencoded-digest": f"sha-256=:{digest}:"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()


def test_packed_data_are_kept_as_they_are(provider: Provider, tmp_path: Path) -> None:
    provider.packs(gzip.compress(ROWS))
    pulled = pull(provider.line(), tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_bytes() == ROWS
    assert pulled is not None
    assert (pulled.size, pulled.etag) == (len(ROWS), '"one"')
    assert provider.asked[0]["accept-encoding"] == "gzip"


def test_data_packed_in_several_members_are_kept_whole(provider: Provider, tmp_path: Path) -> None:
    middle = len(ROWS) // 2
    provider.packs(gzip.compress(ROWS[:middle]) + gzip.compress(b"") + gzip.compress(ROWS[middle:]))
    del provider.headers["unencoded-digest"]
    pull(provider.line(), tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_bytes() == ROWS


def test_who_did_not_ask_for_it_says_so(provider: Provider, tmp_path: Path) -> None:
    provider.body = ROWS
    pull(provider.line(compressed=False), tmp_path / "rows.csv")
    assert provider.asked[0]["accept-encoding"] == "identity"
    assert (tmp_path / "rows.csv").read_bytes() == ROWS


def test_what_broke_off_packed_goes_on_as_it_is(provider: Provider, tmp_path: Path) -> None:
    provider.packs(gzip.compress(ROWS))
    provider.cut = len(provider.body) // 2
    with pytest.raises(httpx.TransportError):
        pull(provider.line(), tmp_path / "rows.csv")
    provider.cut, had = 0, (tmp_path / "rows.csv.part").stat().st_size
    pull(provider.line(), tmp_path / "rows.csv")
    assert had > 0
    assert provider.asked[1]["range"] == f"bytes={had}-"
    assert (provider.asked[1]["if-range"], provider.asked[1]["accept-encoding"]) == ('"one"', "identity")
    assert (tmp_path / "rows.csv").read_bytes() == ROWS


@pytest.mark.parametrize("compressed", [True, False])
def test_what_had_arrived_whole_is_put_in_its_place_without_being_asked_for_again(
    provider: Provider, tmp_path: Path, compressed: bool
) -> None:
    provider.packs(gzip.compress(ROWS)) if compressed else provider.promises(ROWS)
    (tmp_path / "rows.csv").mkdir()  # in the way, so that it ends when all had arrived
    with pytest.raises(OSError, match=r"rows\.csv"):
        pull(provider.line(compressed=compressed), tmp_path / "rows.csv")
    (tmp_path / "rows.csv").rmdir()
    pulled = pull(provider.line(compressed=compressed), tmp_path / "rows.csv")
    assert pulled is not None
    assert (pulled.size, pulled.etag, len(provider.asked)) == (len(ROWS), '"one"', 1)
    assert [each.name for each in tmp_path.iterdir()] == ["rows.csv"]


WRONG = {
    "a bomb": BOMB,
    "a bomb of many members": gzip.compress(bytes(1 << 20)) * 64,
    "no gzip": b"not packed at all" * 100,
    "something after its end": gzip.compress(ROWS) + b"not packed at all" * 100,
    "other data": gzip.compress(ROWS + b"more"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_swells_or_is_not_what_was_promised_is_not_kept(provider: Provider, tmp_path: Path, case: str) -> None:
    """P17."""
    provider.packs(WRONG[case])
    with pytest.raises(SystemExit):
        pull(provider.line(), tmp_path / "rows.csv")
    assert not [each for each in tmp_path.iterdir() if each.stat().st_size > 100]


def test_another_coding_than_was_asked_for_is_not_taken(provider: Provider, tmp_path: Path) -> None:
    provider.body, provider.headers = ROWS, {"content-encoding": "br"}
    with pytest.raises(SystemExit):
        pull(provider.line(), tmp_path / "rows.csv")
    assert not (tmp_path / "rows.csv").exists()
