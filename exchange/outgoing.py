"""The one client for all that this service asks of others: guarded, bounded in time and size, on kept connections.

No proxy is used, no redirect followed, no compression taken; a name is looked up once for a connection, and only what
`exchange.addresses` allows is connected to.
"""

import asyncio
import contextlib
import os
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from exchange.addresses import NOWHERE, Inside, Purpose, Target, judge, judged_url, resolve_aside
from exchange.partner_errors import AddressRefused, AnswerRefused, OutgoingFailed, Unreachable
from exchange.wire import Connection, Head, in_time
from journal.events import REQUEST_ID
from ontology.messages import Message

__all__ = ["AddressRefused", "Answer", "Outgoing", "OutgoingFailed", "OutgoingLimits", "Streamed"]

Resolver = Callable[[str, int], Awaitable[list[str]]]

_OURS: Final = frozenset(
    ("host", "connection", "content-length", "transfer-encoding", "accept-encoding", "user-agent", "x-request-id")
)
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")  # no line ends: they would begin another header (P16)
_ADDRESSES: Final = 4  # of one host that are tried
_Lane = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class OutgoingLimits:
    """What a request may cost.

    Attributes:
        answer_bytes: largest body of an answer that is taken whole.
        total_s: from start to end of a request whose answer is taken whole.
        connect_s: for looking up, connecting and the handshake of TLS.
        read_s: of silence within an answer that streams.
        keep_s: an unused connection is kept; shorter than servers do, so that none is used while it is being closed.
        connections: at once to one host.
    """

    answer_bytes: int = 16 << 20
    total_s: float = 30
    connect_s: float = 10
    read_s: float = 30
    keep_s: float = 4
    connections: int = 64


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        headers: by name in lower case.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether it is a success; a redirect is none."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Streamed:
    """An answer whose body is taken as it comes; no more than half a MiB is read ahead of who takes it."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes] = field(repr=False)


class Outgoing:
    """Asks others.

    Args:
        inside: private addresses that may be asked besides public ones; without `to` those for any purpose.
        limits: times and sizes.
        resolver: looks up a host name, once for a connection.
    """

    def __init__(
        self, inside: Inside = NOWHERE, limits: OutgoingLimits | None = None, resolver: Resolver = resolve_aside
    ) -> None:
        self._inside, self._resolver = inside, resolver
        self.limits = limits or OutgoingLimits()
        self._idle: dict[_Lane, list[Connection]] = {}
        self._turns: dict[_Lane, asyncio.Semaphore] = {}
        self._others: dict[Purpose, Outgoing] = {}

    def to(self, purpose: Purpose) -> "Outgoing":
        """The same for a purpose; it keeps connections of its own, which others may not be allowed."""
        if purpose not in self._others:
            self._others[purpose] = Outgoing(self._inside.to(purpose), self.limits, self._resolver)
        return self._others[purpose]

    async def close(self) -> None:
        """End all connections that are kept."""
        for other in self._others.values():
            await other.close()
        for kept in self._idle.values():
            for connection in kept:
                connection.wake()
                connection.close()
        self._idle.clear()

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """GET; see `request`."""
        return await self.request("GET", url, None, headers)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """POST; see `request`."""
        return await self.request("POST", url, body, headers)

    async def request(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask and take the whole answer, whatever its status.

        Raises:
            AddressRefused: the address is not connected to.
            Unreachable: no answer; whether the other side took the request is not known.
            AnswerRefused: it is too large or compressed.
        """
        target = judged_url(url)
        length = None if body is None else len(body)
        asked = _head(method, target, headers, length) + (body or b"")
        async with in_time(self.limits.total_s), self._connection(target) as connection:
            head = await connection.ask(asked)
            return await self._whole(connection, head)

    @contextlib.asynccontextmanager
    async def stream_get(self, url: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[Streamed]:
        """Ask for a body of any size; raises as `request` does, also while its chunks are taken."""
        target = judged_url(url)
        async with self._connection(target) as connection:
            async with in_time(self.limits.read_s):
                head = await connection.ask(_head("GET", target, headers, None))
            _refuse_coding(head)
            chunks = self._chunks(connection)
            try:
                yield Streamed(head.status, head.headers, chunks)
            finally:
                await chunks.aclose()

    async def stream_put(
        self,
        url: str,
        chunks: AsyncIterator[bytes],
        headers: Mapping[str, str] | None = None,
        *,
        size_bytes: int | None = None,
        method: str = "PUT",
    ) -> Answer:
        """Send a body of any size and take the answer; raises as `request` does.

        Args:
            url: where to.
            chunks: the body.
            headers: besides those that every request has.
            size_bytes: of the body if it is known; else it goes in chunked coding.
            method: PUT or POST.
        """
        target = judged_url(url)
        head = _head(method, target, headers, size_bytes, chunked=size_bytes is None)
        async with self._connection(target) as connection:
            pause_s = self.limits.read_s
            answered = await connection.ask_streaming(head, chunks, chunked=size_bytes is None, pause_s=pause_s)
            async with in_time(self.limits.total_s):
                return await self._whole(connection, answered)

    async def _whole(self, connection: Connection, head: Head) -> Answer:
        _refuse_coding(head)
        most = self.limits.answer_bytes
        pieces, size = [], 0
        while piece := await connection.chunk():
            pieces.append(piece)
            if (size := size + len(piece)) > most:
                raise AnswerRefused(
                    Message(f"答えが {most:,} バイトを超えています。", f"The answer is larger than {most:,} bytes.")
                )
        return Answer(head.status, head.headers, b"".join(pieces))

    async def _chunks(self, connection: Connection) -> AsyncGenerator[bytes, None]:
        while True:
            async with in_time(self.limits.read_s):
                piece = await connection.chunk()
            if not piece:
                return
            yield piece

    @contextlib.asynccontextmanager
    async def _connection(self, target: Target) -> AsyncIterator[Connection]:
        lane = (target.scheme, target.host, target.port)
        turn = self._turns.setdefault(lane, asyncio.Semaphore(self.limits.connections))
        async with turn:
            connection = self._kept(lane) or await self._connected(target)
            try:
                yield connection
            finally:
                if connection.reusable:
                    connection.rest(self.limits.keep_s)
                    self._idle.setdefault(lane, []).append(connection)
                else:
                    connection.close()

    def _kept(self, lane: _Lane) -> Connection | None:
        kept = self._idle.get(lane, [])
        while kept:
            if (connection := kept.pop()).wake():
                return connection
        self._idle.pop(lane, None)
        return None

    async def _connected(self, target: Target) -> Connection:
        async with in_time(self.limits.connect_s):
            addresses = await self._resolver(target.host, target.port)
            judge(target.host, target.port, addresses, self._inside)
            context = self._tls if target.scheme == "https" else None
            for address in addresses[:_ADDRESSES]:
                try:
                    return await _dial(address, target, context)
                except OSError as error:
                    failed = error
        raise _not_reached(target, failed) from failed

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


async def _dial(address: str, target: Target, context: ssl.SSLContext | None) -> Connection:
    """Connect to an address; the certificate must be that of the name."""
    name = None if context is None else target.host
    _, connection = await asyncio.get_running_loop().create_connection(
        Connection, address, target.port, ssl=context, server_hostname=name
    )
    return connection


def _head(
    method: str, target: Target, headers: Mapping[str, str] | None, length: int | None, *, chunked: bool = False
) -> bytes:
    lines = [f"{method} {target.path} HTTP/1.1", f"host: {target.authority}", "accept-encoding: identity"]
    lines.append("user-agent: renkei")
    if (request := REQUEST_ID.get()) is not None:  # so that both sides' logs are joined by it
        lines.append(f"x-request-id: {request}")
    for name, value in (headers or {}).items():
        if name.lower() in _OURS or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise OutgoingFailed(
                Message(f"ヘッダー {name[:80]!r} は送れません。", f"The header {name[:80]!r} cannot be sent.")
            )
        lines.append(f"{name}: {value}")
    if length is not None:
        lines.append(f"content-length: {length}")
    elif chunked:
        lines.append("transfer-encoding: chunked")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _refuse_coding(head: Head) -> None:
    if head.headers.get("content-encoding", "identity") != "identity":  # a few KB may unpack to GBs (P17)
        raise AnswerRefused(
            Message("圧縮された答えは受け取りません。", "A compressed answer was not asked for and is not taken.")
        )


def _not_reached(target: Target, error: OSError) -> Unreachable:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unreachable(
            Message(
                f"{target.host} の証明書を確認できません ({error.verify_message})。",
                f"The certificate of {target.host} cannot be verified ({error.verify_message}).",
            )
        )
    why = os.strerror(error.errno) if error.errno else type(error).__name__
    return Unreachable(
        Message(
            f"{target.host} のポート {target.port} に接続できません ({why})。",
            f"{target.host} cannot be connected to on port {target.port} ({why}).",
        )
    )
