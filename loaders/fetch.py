"""The one way to fetch a source from the network: an operator's explicit URL, and never an address inside.

The host name is looked up once, every address it has is judged, and the connection goes to a judged address, so a
second answer of the name server (rebinding) is never asked for. Redirects are not followed, proxies not used.
"""

import ipaddress
import socket
import ssl
import tempfile
import time
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Final
from urllib.parse import quote, urlsplit

import httpcore

from ontology.messages import Message

_TRANSLATED: Final = tuple(
    ipaddress.ip_network(block) for block in ("2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48")
)
"""IPv6 blocks that carry an IPv4 address inside (6to4, Teredo, NAT64): what they reach cannot be judged here."""

_PORTS: Final = frozenset({80, 443}) | frozenset(
    range(1024, 65536)
)  # not SMTP, SSH, Redis' and others' well-known ports
_CHUNK: Final = 1 << 18


class FetchRefused(OSError):
    """A URL is not fetched, or its answer not taken."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.en)
        self.message = message


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What one fetch may cost.

    Attributes:
        size_bytes: of the answer's body.
        total_s: from start to end.
        connect_s: for the connection.
        read_s: of silence within the answer.
    """

    size_bytes: int = 1 << 30
    total_s: float = 600
    connect_s: float = 10
    read_s: float = 30


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Fetched:
    """A body that was fetched, in a temporary file at its beginning, and the media type it was sent as."""

    body: IO[bytes]
    media_type: str | None


def fetch(url: str, *, allow_private: bool = False, limits: FetchLimits | None = None) -> Fetched:
    """Fetch a URL given by the operator.

    Args:
        url: http or https, without user name.
        allow_private: also loopback and private networks; link-local addresses never, where clouds keep their secrets.
        limits: sizes and times.

    Raises:
        FetchRefused: address, answer or limit; says which.
    """
    limits = limits or FetchLimits()
    target = _judged_url(url)
    backend = _JudgingBackend(allow_private)
    deadline = time.monotonic() + limits.total_s
    timeouts = {"connect": limits.connect_s, "read": limits.read_s, "write": limits.read_s, "pool": limits.connect_s}
    headers = [("Accept", _ACCEPT), ("Accept-Encoding", "identity"), ("User-Agent", "renkei")]
    try:
        with (
            httpcore.ConnectionPool(ssl_context=ssl.create_default_context(), network_backend=backend) as pool,
            pool.stream("GET", target, headers=headers, extensions={"timeout": timeouts}) as answer,
        ):
            _judge_status(answer)
            body = _body(answer.iter_stream(), limits.size_bytes, deadline)
            fetched = Fetched(body, _media_type(answer.headers))
            weakref.finalize(fetched, body.close)
            return fetched
    except (
        httpcore.NetworkError,
        httpcore.TimeoutException,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
    ) as error:
        shown = f"{type(error).__name__}: {error}"[:200]
        raise FetchRefused(Message(f"取得できません({shown})。", f"It cannot be fetched ({shown}).")) from error


_ACCEPT: Final = (
    "text/turtle, application/n-triples, application/ld+json, application/rdf+xml, application/json, */*;q=0.1"
)


def _judged_url(url: str) -> httpcore.URL:
    """A URL that may be tried, its host and path in ASCII."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = (parts.hostname or "").encode("idna")
    except ValueError as error:
        raise FetchRefused(Message("URL として読めません。", "It cannot be read as a URL.")) from error
    if parts.scheme not in ("http", "https") or not host:
        raise FetchRefused(
            Message("http または https の URL だけを取得します。", "Only http and https URLs are fetched.")
        )
    if "@" in parts.netloc or "\\" in url or any(ord(character) <= 0x20 for character in url):
        raise FetchRefused(
            Message(
                "URL に利用者名、空白、逆斜線は使えません。", "A URL must not hold a user name, spaces or backslashes."
            )
        )
    if port not in _PORTS:
        raise FetchRefused(Message(f"ポート {port} へは接続しません。", f"Port {port} is not connected to."))
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe="/?&=%:@!$'()*+,;~-._")
    return httpcore.URL(scheme=parts.scheme, host=host, port=port, target=path)


def _judge_status(answer: httpcore.Response) -> None:
    if 300 <= answer.status < 400:
        target = next((value.decode("latin-1") for name, value in answer.headers if name.lower() == b"location"), "")
        raise FetchRefused(
            Message(
                f"転送先 {target[:200]} へは自動では移りません。その URL を直接指定してください。",
                f"It redirects to {target[:200]}, which is not followed. Give that URL itself.",
            )
        )
    if answer.status != 200:
        raise FetchRefused(
            Message(f"サーバーが {answer.status} を返しました。", f"The server answered {answer.status}.")
        )


def _media_type(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    value = next((value.decode("latin-1") for name, value in headers if name.lower() == b"content-type"), "")
    return value.split(";")[0].strip().lower() or None


def _body(chunks: Iterable[bytes], size_bytes: int, deadline: float) -> IO[bytes]:
    body = tempfile.SpooledTemporaryFile(max_size=8 << 20)  # noqa: SIM115 closed with its `Fetched`
    try:
        taken = 0
        for chunk in chunks:
            taken += len(chunk)
            if taken > size_bytes:
                raise FetchRefused(
                    Message(f"{size_bytes:,} バイトを超えています。", f"It is larger than {size_bytes:,} bytes.")
                )
            if time.monotonic() > deadline:
                raise FetchRefused(Message("時間内に終わりませんでした。", "It did not end in time."))
            body.write(chunk)
    except BaseException:
        body.close()
        raise
    body.seek(0)
    return body


class _JudgingBackend(httpcore.NetworkBackend):
    """Connects to addresses that were judged, and to no name."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._real = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = resolve(host, port)
        for address in addresses:
            if not is_allowed(address, self._allow_private):
                raise FetchRefused(
                    Message(
                        f"{host} は内部のアドレス {address} を指しています。接続しません。",
                        f"{host} is at the internal address {address}, which is not connected to.",
                    )
                )
        return self._real.connect_tcp(addresses[0], port, timeout, local_address, socket_options)


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host, looked up once.

    Raises:
        FetchRefused: it has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchRefused(Message(f"{host[:200]} が見つかりません。", f"{host[:200]} is not found.")) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_allowed(address: str, allow_private: bool = False) -> bool:
    """Whether an address may be connected to: a public one, or a private one where the operator allows that."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_allowed(str(ip.ipv4_mapped), allow_private)
        if any(ip in block for block in _TRANSLATED):
            return False
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    if allow_private:
        return ip.is_global or ip.is_private or ip.is_loopback
    return ip.is_global
