"""The HTTP server: uvicorn with httptools, limits on connections and heads, and no lines of its own in the log."""

import asyncio
import gc
import logging
import re
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.app import create_app
from api.errors import AddressUnavailable
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


class StartWatch:
    """ASGI wrapper that keeps what stopped the start, to be told once in a sentence instead of logged with its frames.

    Attributes:
        error: what the application raised before it was ready.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.error: Exception | None = None
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, the start watched."""
        if scope["type"] != "lifespan":
            return await self._app(scope, receive, send)
        ready = False

        async def watched(message: Message) -> None:
            nonlocal ready
            ready = ready or message["type"] == "lifespan.startup.complete"
            await send(message if ready else {**message, "message": ""})

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if not ready:
                self.error = error
            raise


class Server(uvicorn.Server):
    """A server that raises what keeps it from starting, and says when it has started."""

    def __init__(self, config: uvicorn.Config, watch: StartWatch, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._watch = watch
        self._tell_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start; a failure of the application comes out as it was raised."""
        logging.getLogger("uvicorn.error").addFilter(_is_no_echo)
        try:
            await super().startup(sockets)
        except SystemExit as end:
            raise self._watch.error or end from None
        _set_aside()
        self._tell_started()


def _set_aside() -> None:
    """Keep collections of garbage off what the start has made.

    Modules, vocabularies and shapes stay to the end; a walk over all of them took a tenth of a second in which nobody
    was answered.
    """
    gc.collect()
    gc.freeze()


def _is_no_echo(record: logging.LogRecord) -> bool:
    return record.getMessage() != "Application startup failed. Exiting."


def server(settings: Settings, started: Callable[[], None] = lambda: None) -> Server:
    """The server of a deployment, not yet started."""
    protocol = type("Protocol", (PatientProtocol,), {"header_s": settings.header_s})
    watch = StartWatch(create_app(settings))
    config = uvicorn.Config(
        watch,
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
    return Server(config, watch, started)


def bound(host: str, port: int) -> list[socket.socket]:
    """Sockets at every address of a host, taken but not yet listening, so that a taken port is known before the start.

    Raises:
        AddressUnavailable: somebody listens there, or the address is not of this machine.
    """
    taken: list[socket.socket] = []
    try:
        addresses = dict.fromkeys(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE))
        for family, kind, protocol, _, address in addresses:
            line = socket.socket(family, kind, protocol)
            taken.append(line)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                line.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            line.bind(address)
    except OSError as error:
        for line in taken:
            line.close()
        raise AddressUnavailable(host, port, error.strerror or str(error)) from error
    return taken


def free_port(host: str) -> int:
    """A port that nobody listens on now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
