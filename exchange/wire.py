"""HTTP/1.1 as a client, on one connection: requests are written, answers come as they arrive, with back-pressure.

httpx takes 2.3 ms of CPU for a small POST on a kept connection, httpcore 1.5, this below 0.2: negotiations are made of
such POSTs. The parser is llhttp, strict about framing; what is left to us is when a body ends and what may be kept.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, cast

import httptools

from exchange.partner_errors import AnswerRefused, OutgoingFailed, Unreachable
from ontology.messages import Message

_HEAD_BYTES: Final = 64 << 10  # of the heads of one answer, interim ones with it
_BUFFER_BYTES: Final = 512 << 10  # read ahead of who takes the body
_BODYLESS: Final = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers of an answer; names in lower case, several of one name joined by commas."""

    status: int
    headers: dict[str, str]


class Connection(asyncio.Protocol):
    """One connection, on which one request is under way at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._writable: asyncio.Future[None] | None = None
        self._open = True
        self._begin()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._head: Head | None = None
        self._names: list[tuple[bytes, bytes]] = []
        self._head_size = 0
        self._chunks: deque[bytes] = deque()
        self._buffered = 0
        self._paused = False
        self._complete = self._keeps = self._until_close = False
        self._failure: OutgoingFailed | None = None
        self._waiter: asyncio.Future[None] | None = None

    # What the pool asks.

    @property
    def reusable(self) -> bool:
        """Whether another request may follow: the answer has ended, and both sides said all they had to."""
        return self._open and self._complete and self._keeps and self._failure is None and not self._chunks

    def rest(self, seconds: float) -> None:
        """Wait for the next request, that long."""
        self._idle = asyncio.get_running_loop().call_later(seconds, self.close)

    def wake(self) -> bool:
        """Whether it is still there for the next request."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        return self._open

    def close(self) -> None:
        """End it at once."""
        self._open = False
        if self._transport is not None:
            self._transport.abort()

    # What a request does, in this order.

    async def ask(self, request: bytes) -> Head:
        """Send a request that is complete, and wait for the head of its answer."""
        self._start(request)
        return await self._headed()

    async def ask_streaming(self, head: bytes, chunks: AsyncIterator[bytes], *, chunked: bool, pause_s: float) -> Head:
        """Send a request whose body comes in pieces; stop sending when the answer comes before its end.

        Args:
            head: of the request.
            chunks: its body.
            chunked: whether in the coding of that name, where the length is not known.
            pause_s: longest that the other side may take nothing, and be silent after the end.
        """
        self._start(head)
        async for chunk in chunks:
            if chunk:
                self._write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)
            if self._writable is not None:
                async with in_time(pause_s):
                    await self._writable
            if self._head is not None or self._failure is not None:
                self._keeps = False
                return await self._headed(abandoned=True)
        if chunked:
            self._write(b"0\r\n\r\n")
        async with in_time(pause_s):
            return await self._headed()

    async def chunk(self) -> bytes:
        """The next piece of the body, empty at its end."""
        while not self._chunks:
            if self._failure is not None:
                raise self._failure
            if self._complete:
                return b""
            await self._wait()
        piece = self._chunks.popleft()
        self._buffered -= len(piece)
        if self._paused and self._buffered < _BUFFER_BYTES // 2 and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return piece

    def _start(self, request: bytes) -> None:
        self._begin()
        self._write(request)

    def _write(self, data: bytes) -> None:
        if self._transport is None or not self._open:
            self._fail(_cut_off())
        elif self._failure is None:
            self._transport.write(data)

    async def _headed(self, *, abandoned: bool = False) -> Head:
        while self._head is None:
            if self._failure is not None:
                raise self._failure
            await self._wait()
        self._keeps = self._keeps and not abandoned
        return self._head

    async def _wait(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _notify(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, failure: OutgoingFailed) -> None:
        self._failure = self._failure or failure
        self._notify()
        self.close()

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is written to."""
        self._transport = cast("asyncio.Transport", transport)  # that of uvloop is no subclass

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        if self._head is None:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(
                Unreachable(
                    Message(
                        f"答えが HTTP として正しくありません ({error})。", f"The answer is not proper HTTP ({error})."
                    )
                )
            )
        if self._head is None and self._head_size > _HEAD_BYTES:
            self._fail(
                AnswerRefused(Message("答えのヘッダーが長すぎます。", "The headers of the answer are too long."))
            )
        if self._buffered > _BUFFER_BYTES and not self._paused and self._open and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._notify()

    def connection_lost(self, exc: Exception | None) -> None:
        """End a body that lasts until the connection does; any other is cut off."""
        self._open = False
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        if not self._complete and self._until_close and exc is None and self._failure is None:
            self._complete = True
        elif not self._complete:
            self._failure = self._failure or _cut_off()
        self._notify()

    def pause_writing(self) -> None:
        """The other side takes no more for now."""
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """It takes more."""
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # What the parser tells.

    def on_message_begin(self) -> None:
        """Take no answer that nobody asked for: it would be that to the next request (P15)."""
        if self._complete:
            self._keeps = False
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        if not self._complete:
            self._names.append((name, value))

    def on_headers_complete(self) -> None:
        """Make the head; an interim one (1xx) is passed over."""
        if self._complete or (status := self._parser.get_status_code()) < 200:
            return
        headers: dict[str, str] = {}
        for name, value in self._names:
            word, text = name.decode("latin-1").lower(), value.decode("latin-1")
            headers[word] = f"{headers[word]}, {text}" if word in headers else text
        framed = "content-length" in headers or "transfer-encoding" in headers
        self._until_close = not framed and status not in _BODYLESS
        self._head = Head(status, headers)

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        if not self._complete:
            self._chunks.append(body)
            self._buffered += len(body)

    def on_message_complete(self) -> None:
        """Note that the answer has ended, or an interim one."""
        if self._head is None:
            self._names.clear()
        elif not self._complete:
            self._complete, self._keeps = True, self._parser.should_keep_alive()


@asynccontextmanager
async def in_time(seconds: float) -> AsyncIterator[None]:
    """Give up after a time; raises Unreachable then."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise Unreachable(
            Message(f"{seconds:g} 秒以内に応答がありません。", f"There was no answer within {seconds:g} seconds.")
        ) from error


def _cut_off() -> Unreachable:
    return Unreachable(
        Message("答えの途中で接続が切れました。", "The connection was cut before the answer was complete.")
    )
