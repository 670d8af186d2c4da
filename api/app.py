"""The ASGI application: middlewares around routes, the service in its lifespan."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.branches import Branches
from api.limits import BodyLimit
from api.metrics import Metrics
from api.problems import problem_response
from api.request_net import RequestNet, request_id
from api.requests import HEAD, PROTOCOL
from api.routes import ROUTES
from api.security import RequestGuard, SecurityHeaders
from api.service import open_service
from api.settings import Settings

_COUNTED_THERE = 1 << 62  # by the endpoints of the protocol, whose refusals are objects of the protocol
_DATA = ("/data/", "/s3/")
_OF_POLICIES = frozenset(("/policies/decide", "/policies/validate", "/policies/compare"))
STATIC = Path(__file__).parent / "static"


def create_app(settings: Settings | None = None) -> Starlette:
    """The application of one deployment; its engines open when the server starts it."""
    settings = settings or Settings()
    metrics = Metrics()

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_service(settings, wait=False) as service:
            app.state.service = service
            yield

    app = Starlette(
        routes=[Branches(ROUTES)],
        lifespan=lifespan,
        exception_handlers={HTTPException: _routing_refusal},
        middleware=[
            *_forwarding(settings),
            Middleware(SecurityHeaders),
            Middleware(RequestNet, metrics=metrics),
            Middleware(Compression, minimum_size=1024, compresslevel=4),
            Middleware(RequestGuard, allow_hosts=settings.allow_hosts),
            Middleware(BodyLimit, limit_of=_limits(settings), pause_s=settings.body_pause_s),
            Middleware(HeadAsGet),
        ],
    )
    app.state.settings = settings
    app.state.metrics = metrics
    app.state.build = _build()
    app.state.large_policies = asyncio.Semaphore(1)
    app.router.redirect_slashes = False
    return app


class Compression(GZipMiddleware):
    """As its base, except that it leaves data alone, which are packed where that is worth it (`api.packing`)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pack the answer, if the client takes that."""
        if scope["type"] == "http" and (scope["path"].startswith(_DATA) or scope["path"].endswith("/data")):
            return await self.app(scope, receive, send)
        await super().__call__(scope, receive, send)


class HeadAsGet:
    """ASGI middleware: HEAD is GET without the body, for every route (RFC 9110 §9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route as GET and keep the body back."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return await self.app(scope, receive, send)
        # The server's own scope must go on saying HEAD; the mark is for those whose body takes long to make.
        inner: Scope = {**scope, "method": "GET", HEAD: True}

        async def headers_only(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(inner, receive, headers_only)
        finally:
            scope["route"] = inner.get("route")


def _forwarding(settings: Settings) -> list[Middleware]:
    """Who really asks, as trusted proxies say; without them nobody could choose its own address in log and limits."""
    if not settings.trusted_proxies:
        return []
    return [Middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))]


async def _routing_refusal(request: Request, error: Exception) -> Response:
    return problem_response(error, request, request_id(request.scope))


def _limits(settings: Settings) -> Callable[[str, str], int]:
    def limit_of(method: str, path: str) -> int:
        if path == "/validate" or (method == "PUT" and path.startswith("/catalogs/")):
            return settings.catalog_bytes
        if path == "/exchange/files":
            return settings.file_bytes
        if path.startswith(PROTOCOL):
            return _COUNTED_THERE
        if path in _OF_POLICIES:
            return settings.policy_bytes
        return settings.description_bytes

    return limit_of


def _build() -> str:
    """Changes with the static files, so that browsers may keep them for long."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
