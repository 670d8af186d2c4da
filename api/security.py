"""Who asks, which hosts we answer for, and the headers that keep a browser in bounds."""

import re
from collections.abc import Collection
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import HostRefused, RequestRefused
from ontology.messages import Message as Text

HOST = re.compile(r"(?P<name>[A-Za-z0-9]([A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?")

# Nothing but our own files, no inline script or style, no frames, forms to ourselves only (P20).
# data: images are the icons that Swagger UI's style sheet carries.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_RAW = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class SecurityHeaders:
    """ASGI middleware that puts `HEADERS` on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers when the answer starts."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in _RAW if pair[0] not in given)]
            await send(message)

        await self.app(scope, receive, guarded)


class RequestGuard:
    """ASGI middleware that refuses heads which two servers in a row could read differently (P15, P24).

    Args:
        app: what it guards.
        allow_hosts: names accepted in Host; empty accepts any well-formed one.
    """

    def __init__(self, app: ASGIApp, allow_hosts: Collection[str] = ()) -> None:
        self.app = app
        self.allow_hosts = frozenset(name.lower() for name in allow_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass the request on untouched."""
        if scope["type"] == "http":
            self._check_host([value for name, value in scope["headers"] if name == b"host"])
            _check_framing(scope)
            _check_text(scope)
        await self.app(scope, receive, send)

    def _check_host(self, values: list[bytes]) -> None:
        match = HOST.fullmatch(values[0].decode("latin-1")) if len(values) == 1 else None
        if match is None or (self.allow_hosts and match["name"].lower() not in self.allow_hosts):
            raise HostRefused


def _check_framing(scope: Scope) -> None:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    codings = [value for name, value in scope["headers"] if name == b"transfer-encoding"]
    if len(lengths) + len(codings) > 1 or any(not value.isdigit() for value in lengths):
        raise RequestRefused(
            Text(ja="本文の長さの指定が矛盾しています。", en="The length of the body is stated in conflicting ways.")
        )


def _check_text(scope: Scope) -> None:
    raw_path = scope.get("raw_path") or b""
    path, query = scope["path"], scope["query_string"]
    if "\0" in path or b"\0" in query or b"%00" in query or "\ufffd" in path or not _utf8(scope, raw_path):
        raise RequestRefused(
            Text(ja="アドレスに NUL か壊れた UTF-8 が含まれています。", en="The address contains NUL or broken UTF-8.")
        )


def _utf8(scope: Scope, raw_path: bytes) -> bool:
    try:
        unquote_to_bytes(raw_path).decode()
        unquote_to_bytes(scope["query_string"].replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        return False
    return True
