"""Structured logs with a request id, and the net under every request: no client ever sees a traceback."""

import logging
import re
import sys
import uuid
from time import perf_counter
from typing import TextIO

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import BodyIncomplete
from api.metrics import Metrics
from api.problems import problem_response
from journal.events import REQUEST_ID

GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
log: structlog.stdlib.BoundLogger = structlog.get_logger("renkei")


def configure(form: str = "json", level: str = "info", stream: TextIO = sys.stderr) -> None:
    """Send our logs and those of the libraries to one stream, one line an event.

    Both forms escape control characters, so that a title cannot forge a line or move the cursor of a terminal (P22).
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    render: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=True)
        if form == "json"
        else structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"])
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render]
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.getLogger("alembic").setLevel("WARNING")
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def request_id(scope: Scope) -> str:
    """The id of the request, as the log line and the X-Request-Id header show it."""
    return str(scope.get("renkei.request_id", ""))


class RequestNet:
    """Outermost ASGI middleware: request id, one log line, figures, and a problem document for whatever went wrong."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, whatever happens inside."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        answer = _Answer(scope, send)
        method = scope["method"]  # HEAD is routed as GET further in
        structlog.contextvars.bind_contextvars(request=answer.id)
        REQUEST_ID.set(answer.id)
        start = perf_counter()
        self.metrics.running.inc()
        try:
            await self._caught(scope, receive, answer)
        finally:
            self.metrics.running.dec()
            seconds = perf_counter() - start
            route = getattr(scope.get("route"), "path", "(none)")
            self.metrics.observe(method, route, answer.status, seconds)
            log.info(
                "request",
                method=method,
                path=scope["path"],
                route=route,
                status=answer.status,
                ms=round(seconds * 1000, 2),
                bytes=answer.size_bytes,
                client=(scope.get("client") or ("",))[0],
            )
            structlog.contextvars.clear_contextvars()

    async def _caught(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            await self.app(scope, receive, answer.send)
        except BodyIncomplete:
            answer.status = answer.status or 499
        except Exception as error:
            response = problem_response(error, Request(scope), request_id(scope))
            if response.status_code >= 500:
                log.error("failed", exc_info=error)
            if answer.status:  # half an answer is out: cutting the line is the only honest sign left
                raise
            await response(scope, receive, answer.send)


class _Answer:
    def __init__(self, scope: Scope, send: Send) -> None:
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        self.id = given.decode() if GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        self.status = 0
        self.size_bytes = 0
        self._send = send
        scope["renkei.request_id"] = self.id

    async def send(self, message: Message) -> None:
        """Note status and size, add the id."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)["x-request-id"] = self.id
        elif message["type"] == "http.response.body":
            self.size_bytes += len(message.get("body", b""))
        await self._send(message)
