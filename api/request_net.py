"""The net under every request: its id, its log line, and a problem document for whatever went wrong."""

import re
import uuid
from http import HTTPStatus
from time import perf_counter

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
            if response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
                log.error("failed", exc_info=error)
            elif response.status_code > HTTPStatus.INTERNAL_SERVER_ERROR:  # somebody else's, or too much at once
                log.warning("failed", reason=str(error))
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
