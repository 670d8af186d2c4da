"""An HTTP interface of the data's owner, asked on behalf of who may have the data; its credentials stay here."""

import base64
import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import quote, urlsplit

from exchange.loops import passing_on
from exchange.opened import Opened
from exchange.outgoing import Outgoing, Streamed
from exchange.partner_errors import OutgoingFailed
from exchange.release_errors import SourceUnavailable
from exchange.sources.port import looked_at, unavailable
from exchange.spans import Span, SpanUnsatisfiable
from exchange.upstreams import MEDIA_TYPE

_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")
_SURE_S: Final = 60  # RFC 9110 §8.8.2.2: an older Last-Modified tells one state from the next


class HttpSource:
    """What one URL answers to GET.

    Args:
        outgoing: the guarded client.
        url: where; `credentials` what opens it, by `scheme`.
        media_type: stated by the owner; None takes that of the answer.
    """

    def __init__(
        self, outgoing: Outgoing, url: str, credentials: Mapping[str, str], media_type: str | None = None
    ) -> None:
        self._outgoing = outgoing
        self._url, self._headers = opening(url, credentials)
        self._media_type = media_type

    async def open(self, span: Span | None) -> Opened:
        """Ask for it; raises SourceUnavailable, SpanUnsatisfiable."""
        headers = dict(self._headers) | ({"range": str(span)} if span is not None else {})
        return await streamed(self._outgoing, self._url, headers, span, self._media_type)

    async def look(self) -> Opened:
        """Ask for it and take nothing but the head of the answer."""
        return await looked_at(await self.open(None))


def opening(url: str, credentials: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """The URL and headers that open an upstream."""
    scheme = credentials.get("scheme")
    if scheme == "header":
        return url, {credentials["name"].lower(): credentials["value"]}
    if scheme == "basic":
        both = f"{credentials['user']}:{credentials['password']}".encode()
        return url, {"authorization": f"Basic {base64.b64encode(both).decode()}"}
    if scheme == "bearer":
        return url, {"authorization": f"Bearer {credentials['token']}"}
    if scheme == "query":
        parameter = f"{quote(credentials['name'], safe='')}={quote(credentials['value'], safe='')}"
        return f"{url}{'&' if urlsplit(url).query else '?'}{parameter}", {}
    return url, {}


async def streamed(
    outgoing: Outgoing, url: str, headers: Mapping[str, str], span: Span | None, media_type: str | None
) -> Opened:
    """An upstream that answers GET, opened.

    Raises:
        SourceUnavailable, SpanUnsatisfiable
    """
    stack = AsyncExitStack()
    try:
        answer = await stack.enter_async_context(outgoing.stream_get(url, {**headers, **passing_on()}))
        return _opened(answer, url, span, media_type, stack)
    except OutgoingFailed as error:
        await stack.aclose()
        raise _silent() from error
    except BaseException:
        await stack.aclose()
        raise


def _opened(answer: Streamed, url: str, span: Span | None, media_type: str | None, stack: AsyncExitStack) -> Opened:
    found = answer.headers
    kind = media_type or _media_type(found.get("content-type", ""))
    etag, chunks = _etag(found, url), _guarded(answer.chunks)
    ranges = found.get("accept-ranges", "").lower() == "bytes" or answer.status == 206
    if answer.status == 416 and span is not None:
        raise SpanUnsatisfiable(_size_of(found.get("content-range", "")))
    if answer.status == 206 and span is not None:
        place = _CONTENT_RANGE.fullmatch(found.get("content-range", ""))
        if place is None:
            raise unavailable("提供元の範囲の応答を読めません。", "The range that the source answered cannot be read.")
        start, last, size = map(int, place.groups())
        if (start, last + 1) != span.within(size):
            raise unavailable("提供元が別の範囲を返しました。", "The source answered another range.")
        return Opened(kind, size, etag, chunks, True, start, last + 1, close=stack.aclose)
    if answer.status != 200:
        raise _refusing(answer.status)
    length = found.get("content-length", "")
    size_known = int(length) if length.isascii() and length.isdigit() and len(length) < 19 else None
    if span is None or size_known is None:
        return Opened(kind, size_known, etag, chunks, ranges, 0, size_known, close=stack.aclose)
    # A server that knows no ranges sends all of it, and what was not asked for is passed over here.
    start, stop = span.within(size_known)
    return Opened(kind, size_known, etag, cut_out(chunks, start, stop), True, start, stop, close=stack.aclose)


async def cut_out(chunks: AsyncIterator[bytes], start: int, stop: int) -> AsyncIterator[bytes]:
    """The bytes from `start` to before `stop` of a stream."""
    at = 0
    async for chunk in chunks:
        piece = chunk[max(0, start - at) : max(0, stop - at)]
        at += len(chunk)
        if piece:
            yield piece
        if at >= stop:
            return


async def _guarded(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The body; what fails in it says nothing of the upstream to who gets the data."""
    try:
        async for chunk in chunks:
            yield chunk
    except OutgoingFailed as error:
        raise _silent() from error


def _media_type(given: str) -> str | None:
    return given if len(given) <= 128 and MEDIA_TYPE.fullmatch(given) else None


def _etag(headers: Mapping[str, str], url: str) -> str | None:
    """A tag of our own for the state of the upstream, so that nothing of the upstream shows in it; None if weak."""
    tag = headers.get("etag", "")
    if tag and not tag.startswith("W/"):
        return _hashed(url, tag)
    modified, date = headers.get("last-modified", ""), headers.get("date", "")
    try:
        age_s = (parsedate_to_datetime(date) - parsedate_to_datetime(modified)).total_seconds()
    except (TypeError, ValueError):
        return None
    whole = headers.get("content-range", "").rpartition("/")[2] or headers.get("content-length", "")
    return _hashed(url, f"{modified} {whole}") if age_s >= _SURE_S else None


def _hashed(*what: str) -> str:
    return hashlib.sha256("\0".join(what).encode()).hexdigest()[:32]


def _size_of(content_range: str) -> int:
    size = content_range.rpartition("/")[2]
    return int(size) if size.isascii() and size.isdigit() and len(size) < 19 else 0


def _silent() -> SourceUnavailable:
    return unavailable("提供元が応答しません。", "The source does not answer.")


def _refusing(status: int) -> SourceUnavailable:
    return unavailable(
        f"提供元が {status} を返しました。登録した認証情報とアドレスの確認を提供者に求めてください。",
        f"The source answered {status}. Its provider should check the address and credentials that are registered.",
    )
