"""Large documents go to and come from a server piece by piece: neither is ever held whole."""

import gzip
import json
import os
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

RENKEI = Path(sys.executable).parent / "renkei"
SIZE = 200 << 20
LINE = b"<http://e/s> <http://e/p> <http://e/o> .\n"
DONE = {"added": 0, "changed": 0, "unchanged": 0, "withdrawn": 0, "refused": 0, "by_kind": {}, "refusals": [],
        "noted": []}  # fmt: skip


class Peer(BaseHTTPRequestHandler):
    """Counts what it is sent, and sends as much as it is told to."""

    protocol_version = "HTTP/1.1"
    seen: dict[str, Any]

    def do_PUT(self) -> None:
        self.seen["type"], self.seen["size"] = self.headers.get("content-type"), self._drain()
        self._answer(json.dumps(DONE).encode())

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        piece = LINE * 5000
        for _ in range(SIZE // len(piece)):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        if "cut" in self.path:
            self.close_connection = True
            return
        self.wfile.write(b"0\r\n\r\n")

    def _drain(self) -> int:
        left, size = int(self.headers.get("content-length") or -1), 0
        if left >= 0:
            while left > size:
                size += len(self.rfile.read(min(1 << 16, left - size)))
            return size
        while length := int(self.rfile.readline(), 16):
            size += len(self.rfile.read(length))
            self.rfile.readline()
        self.rfile.readline()
        return size

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def peer() -> Iterator[tuple[str, dict[str, Any]]]:
    handler = type("Handler", (Peer,), {"seen": {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", handler.seen
        server.shutdown()


def run(folder: Path, *arguments: str, given: Path | None = None) -> tuple[int, int]:
    """Exit status, and the most memory that the command took, bytes."""
    actions = [(os.POSIX_SPAWN_OPEN, 1, str(folder / "stdout"), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)]
    actions += [(os.POSIX_SPAWN_OPEN, 2, str(folder / "stderr"), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)]
    actions += [(os.POSIX_SPAWN_OPEN, 0, str(given or os.devnull), os.O_RDONLY, 0)]
    environment = {**os.environ, "RENKEI_DATA": str(folder / "data"), "LC_ALL": "C.UTF-8"}
    process = os.posix_spawn(str(RENKEI), [str(RENKEI), *arguments], environment, file_actions=actions)
    _, status, used = os.wait4(process, 0)
    return os.waitstatus_to_exitcode(status), used.ru_maxrss * 1024


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "big.nt"
    with path.open("wb") as file:
        for _ in range(SIZE // (len(LINE) * 5000)):
            file.write(LINE * 5000)
    return path


@pytest.mark.parametrize("piped", [False, True])
def test_a_file_is_sent_in_pieces_with_the_media_type_of_its_name(
    tmp_path: Path, big: Path, peer: tuple[str, dict[str, Any]], piped: bool
) -> None:
    _, idle = run(tmp_path, "--version")
    status, used = run(
        tmp_path, "load", "-" if piped else str(big), "--catalog", "c", "--url", peer[0], given=big if piped else None
    )
    expected = {"type": None if piped else "application/n-triples", "size": big.stat().st_size}
    assert (status, peer[1]) == (0, expected), (tmp_path / "stderr").read_text()
    assert used - idle < 60 << 20


def test_a_dump_is_written_in_pieces(tmp_path: Path, peer: tuple[str, dict[str, Any]]) -> None:
    _, idle = run(tmp_path, "--version")
    status, used = run(tmp_path, "export", "c", "--format", "nt", "--url", peer[0], "--output", str(tmp_path / "all"))
    assert (status, (tmp_path / "all").stat().st_size > SIZE * 0.99) == (0, True), (tmp_path / "stderr").read_text()
    assert used - idle < 60 << 20


def test_a_dump_that_breaks_off_leaves_no_file_that_looks_whole(
    tmp_path: Path, peer: tuple[str, dict[str, Any]]
) -> None:
    (tmp_path / "all").write_text("the one from yesterday", "utf-8")
    status, _ = run(tmp_path, "export", "cut", "--url", peer[0], "--output", str(tmp_path / "all"))
    assert (status, (tmp_path / "all").read_text("utf-8")) == (1, "the one from yesterday")
    assert "Traceback" not in (tmp_path / "stderr").read_text("utf-8")


@pytest.mark.parametrize("packed", [False, True])
def test_p17_a_document_too_large_to_validate_is_refused_in_bounded_memory(
    tmp_path: Path, big: Path, packed: bool
) -> None:
    if packed:
        head = "".join(f"<http://e/{n}> <http://e/p> <http://e/{n * 7919}> .\n" for n in range(4_000_000)).encode()
        big = tmp_path / "big.nt.gz"
        big.write_bytes(gzip.compress(head, 1))
    status, used = run(tmp_path, "validate", str(big))
    told = (tmp_path / "stderr").read_text("utf-8")
    assert (status, "134,217,728 bytes" in told, "renkei load" in told, "Traceback" in told) == (2, True, True, False)
    assert used < 2 << 30
