"""Two services that come to know each other by the command line alone, and what tests ask of it."""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.campaign.harness import RENKEI, Server, deployment
from tests.journeys.pair import Pair, participant

_HERE = {"RENKEI_ALLOW_PRIVATE": '["127.0.0.1"]'}


def command(server: Server, *words: str, language: str = "en", status: int | None = 0) -> tuple[str, str]:
    """Run a command beside a service, as its operator does, in a folder of the operator's; standard output and error."""
    done = server.renkei(*words, LC_ALL=f"{language}_XX.UTF-8")
    told = done.stderr.decode()
    assert status is None or done.returncode == status, (words, done.returncode, told)
    return done.stdout.decode().strip(), told


@contextlib.contextmanager
def running(server: Server, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command that goes on."""
    began = subprocess.Popen(
        [RENKEI, *words], env={**server.environment, "LC_ALL": "C"}, cwd=server.folder, stderr=subprocess.PIPE
    )
    try:
        yield began
    finally:
        if began.poll() is None:
            began.kill()
            began.communicate()


@contextlib.contextmanager
def acquainted(folder: Path) -> Iterator[Pair]:
    """Two started services, each known to the other by `renkei token add` and `renkei peer add`."""
    for name in ("provider", "consumer"):
        (folder / name).mkdir()
    with (
        deployment(folder / "provider", **_HERE) as provider,
        deployment(folder / "consumer", **_HERE) as consumer,
    ):
        _make_known(provider, consumer)
        _make_known(consumer, provider)
        for each, other in ((provider, consumer), (consumer, provider)):
            command(each, "peer", "test", participant(other))
        yield Pair(provider, consumer)


def _make_known(server: Server, other: Server) -> None:
    token, _ = command(server, "token", "add", "--participant", participant(other))
    (other.folder / "token.txt").write_text(f"Bearer {token}")
    key = f"{server.base}/.well-known/jwks.json"
    command(other, "peer", "add", participant(server), server.base, "--authorization", "@token.txt", "--key", key)


@dataclass
class Inbox:
    """An address that takes what is pushed to it by who knows its word."""

    authorization: str
    taken: list[bytes] = field(default_factory=list)
    refused: int = 0
    address: str = ""


@contextlib.contextmanager
def inbox(authorization: str) -> Iterator[Inbox]:
    """A receiver of pushed data."""
    found = Inbox(authorization)

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body, known = _body(self), self.headers["authorization"] == found.authorization
            found.refused += not known
            found.taken += [body] if known else []
            self.send_response(204 if known else 401)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing to the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.address = f"http://127.0.0.1:{server.server_port}/in"
        yield found
        server.shutdown()


def _body(handler: BaseHTTPRequestHandler) -> bytes:
    if "content-length" in handler.headers:
        return handler.rfile.read(int(handler.headers["content-length"]))
    found = bytearray()
    while size := int(handler.rfile.readline().strip() or b"0", 16):
        found += handler.rfile.read(size)
        handler.rfile.readline()
    return bytes(found)


@contextlib.contextmanager
def dripping(content: bytes) -> Iterator[str]:
    """A web server of the owner of data, which gives them out in drops, so that it takes minutes."""

    class Dripping(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/csv")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            step = max(1, len(content) // 3000)
            with contextlib.suppress(OSError):
                for start in range(0, len(content), step):
                    self.wfile.write(content[start : start + step])
                    time.sleep(0.1)

        def log_message(self, *_: object) -> None:
            """Nothing to the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Dripping) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{os.getpid()}.csv"
        server.shutdown()
