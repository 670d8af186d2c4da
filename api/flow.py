"""A release as the body of an answer: piece by piece as its receiver takes them, cut when the permit is gone."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from typing import Final

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from exchange.release import Opened, Release
from exchange.release_errors import ReleaseStopped, SourceUnavailable

_SMALL: Final = 64 << 10  # bytes that are gone before anybody could stop them
# Whatever the bytes say of themselves, no browser runs them as ours (P21).
SANDBOX: Final = {
    "content-disposition": "attachment",
    "content-security-policy": "sandbox; default-src 'none'",
    "cache-control": "private, no-store",
    "cross-origin-resource-policy": "same-origin",
    "vary": "Authorization, Range, Accept-Encoding",
}
log: structlog.stdlib.BoundLogger = structlog.get_logger("renkei")


def headers_of(opened: Opened) -> dict[str, str]:
    """What is told of a source, be it sent or only looked at."""
    headers = {
        **SANDBOX,
        "content-type": opened.media_type or "application/octet-stream",
        "accept-ranges": "bytes" if opened.accepts_ranges else "none",
    }
    if opened.etag is not None:
        headers["etag"] = f'"{opened.etag}"'
    if opened.sha256 is not None:
        digest = base64.b64encode(bytes.fromhex(opened.sha256)).decode()
        headers["repr-digest"] = f"sha-256=:{digest}:"  # RFC 9530
    return headers


class Flow(Response):
    """Sends a release and closes it, however that ends.

    What breaks off is left without its end, so that no receiver takes a part for the whole.
    """

    def __init__(self, release: Release) -> None:
        opened = release.opened
        headers = headers_of(opened)
        if release.length is not None:
            headers["content-length"] = str(release.length)
        if not release.whole:
            last, size = (opened.stop or 0) - 1, "*" if opened.size is None else opened.size
            headers["content-range"] = f"bytes {opened.start}-{last}/{size}"
        self.release = release
        self.status_code = 200 if release.whole else 206
        self.background = None
        self.init_headers(headers)

    def chunks(self) -> AsyncIterator[bytes]:
        """What is sent, piece by piece."""
        return self.release.chunks()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        chunks = self.chunks()
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        try:
            # What fails before the first byte leaves, of what is small before the last one is there, is a whole answer.
            if self.release.length is not None and self.release.length <= _SMALL:
                body = b"".join([chunk async for chunk in chunks])
                await send(start)
                await send({"type": "http.response.body", "body": body})
            else:
                first = await anext(chunks, b"")
                await send(start)
                await self._watched(first, chunks, receive, send)
        finally:
            with contextlib.suppress(ReleaseStopped):
                await chunks.aclose()  # type: ignore[attr-defined]
            await self.release.close()

    async def _pumped(self, first: bytes, chunks: AsyncIterator[bytes], send: Send) -> None:
        await send({"type": "http.response.body", "body": first, "more_body": True})
        async for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _watched(self, first: bytes, chunks: AsyncIterator[bytes], receive: Receive, send: Send) -> None:
        """Pump until the end, until the receiver leaves, or until it must stop though the receiver keeps it waiting."""
        pump = asyncio.create_task(self._pumped(first, chunks, send))
        others = [asyncio.create_task(_gone(receive)), asyncio.create_task(self.release.stopped.wait())]
        try:
            await asyncio.wait({pump, *others}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (pump, *others):
                task.cancel()
            await asyncio.wait({pump, *others})
        if pump.cancelled() or (error := pump.exception()) is None:
            return
        if not isinstance(error, (ReleaseStopped, SourceUnavailable)):
            raise error
        log.warning("a release was cut off", release=self.release.id, reason=error.message.en)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
