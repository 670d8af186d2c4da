"""What a request body may be: its size by stream, its pace, and JSON without surprises."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import BodyIncomplete, BodyTooLarge, BodyTooSlow, JsonRefused

JSON_DEPTH = 64


class BodyLimit:
    """ASGI middleware that counts a body while it streams (P13) and gives up on a stalled one (P14).

    Args:
        app: what it guards.
        limit_of: largest body in bytes for a method and path.
        pause_s: longest wait for the next piece.
    """

    def __init__(self, app: ASGIApp, limit_of: Callable[[str, str], int], pause_s: float) -> None:
        self.app = app
        self.limit_of = limit_of
        self.pause_s = pause_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a counted `receive`; the errors rise through it into the handler."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return await self.app(scope, receive, send)
        limit = self.limit_of(scope["method"], scope["path"])
        if _stated_length(scope) > limit:
            raise BodyTooLarge(limit)
        await self.app(scope, self._counted(receive, limit), send)

    def _counted(self, receive: Receive, limit: int) -> Receive:
        size = 0
        complete = False

        async def counted() -> Message:
            nonlocal size, complete
            if complete:  # waiting for a disconnect has no pace
                return await receive()
            try:
                async with asyncio.timeout(self.pause_s):
                    message = await receive()
            except TimeoutError:
                raise BodyTooSlow(self.pause_s) from None
            size += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if size > limit:
                raise BodyTooLarge(limit)
            return message

        return counted


def _stated_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 19 else 1 << 62
    return 0


async def body_chunks(request: Request) -> AsyncIterator[bytes]:
    """The body as it arrives; raises BodyIncomplete when the client leaves before its end."""
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise BodyIncomplete()
        if chunk := message.get("body", b""):
            yield chunk
        if not message.get("more_body", False):
            return


async def body(request: Request) -> bytes:
    """The whole body, which the middleware has bounded; who asks again gets it again."""
    if not hasattr(request.state, "body"):
        request.state.body = b"".join([chunk async for chunk in body_chunks(request)])
    given: bytes = request.state.body
    return given


async def body_up_to(request: Request, limit_bytes: int) -> bytes:
    """The whole body, counted here: the middleware's refusal would not have the form that the protocol demands.

    Raises:
        BodyTooLarge
    """
    pieces, size = [], 0
    async for chunk in body_chunks(request):
        size += len(chunk)
        if size > limit_bytes:
            raise BodyTooLarge(limit_bytes)
        pieces.append(chunk)
    return b"".join(pieces)


async def json_body(request: Request) -> Any:
    """The JSON value of a body (P12); raises JsonRefused with the reason."""
    return parse_json(await body(request))


def parse_json(text: bytes) -> Any:
    """JSON with one meaning only.

    Refused: depth over 64 (echoing it overflows the stack of what reads it later), NaN and infinities, two members of
    one name (readers differ on which counts), U+0000 (PostgreSQL cannot store it), lone surrogates, anything
    after the value.
    """
    if _depth(text) > JSON_DEPTH:
        raise JsonRefused(f"nested deeper than {JSON_DEPTH} levels")
    try:
        value = orjson.loads(text)
        json.loads(text, object_pairs_hook=_no_twins, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise JsonRefused(str(error)) from error
    _refuse_odd_text(value)
    return value


def _depth(text: bytes) -> int:
    depth = deepest = 0
    for bracket in re.findall(rb'"(?:[^"\\]|\\.)*"?|[\[{\]}]', text, re.DOTALL):
        if bracket in (b"[", b"{"):
            depth += 1
            deepest = max(deepest, depth)
        elif bracket in (b"]", b"}"):
            depth -= 1
    return deepest


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"two members are named {twin[:80]!r}")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _refuse_odd_text(value: Any) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise JsonRefused("a text contains U+0000")
        if re.search("[\ud800-\udfff]", value):
            raise JsonRefused("a text contains half of a surrogate pair")
    elif isinstance(value, dict):
        for name, member in value.items():
            _refuse_odd_text(name)
            _refuse_odd_text(member)
    elif isinstance(value, list):
        for member in value:
            _refuse_odd_text(member)
