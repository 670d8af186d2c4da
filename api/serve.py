"""The HTTP server: uvicorn with httptools, limits on connections and heads, and no lines of its own in the log."""

import asyncio
import re
import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.app import create_app
from api.settings import Settings

_REQUEST_LINE = re.compile(rb"\A[A-Z]{3,7} [^\r\n]*")
GRACE_S = 10


class PatientProtocol(HttpToolsProtocol):
    """httptools, which refuses smuggling (P15), with a deadline for the head of each request (P14).

    Raw UTF-8 in the address, as people type it into curl, is percent-encoded before it is parsed.
    """

    header_s = 10.0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the clock for the first head."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._head_is_there()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; between requests, the first bytes of the next head start the clock."""
        between = self.cycle is None or self.cycle.response_complete
        if between:
            if self._deadline is None:
                self._expect_head()
            data = _REQUEST_LINE.sub(_percent_encoded, data, count=1)
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """The head is there; the body has a clock of its own."""
        self._head_is_there()
        super().on_headers_complete()

    def _expect_head(self) -> None:
        self._deadline = self.loop.call_later(self.header_s, self._give_up)

    def _head_is_there(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()


def _percent_encoded(line: re.Match[bytes]) -> bytes:
    if line[0].isascii():
        return line[0]
    return b"".join(bytes([byte]) if byte < 0x80 else b"%%%02X" % byte for byte in line[0])


def server(settings: Settings) -> uvicorn.Server:
    """The server of a deployment, not yet started."""
    protocol = type("Protocol", (PatientProtocol,), {"header_s": settings.header_s})
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        http=protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=settings.connections,
        timeout_keep_alive=settings.keep_alive_s,
        timeout_graceful_shutdown=GRACE_S,
    )
    return uvicorn.Server(config)


def free_port(host: str) -> int:
    """A port that nobody listens on now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
