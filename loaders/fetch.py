"""The one way to fetch a source from the network: an operator's explicit URL, and never an address inside.

Which addresses are inside is judged by `exchange.addresses`. Redirects are not followed, proxies not used.
"""

import ssl
import tempfile
import time
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Final

import httpcore

from exchange.addresses import ANY_PRIVATE, NOWHERE, Inside, judge, judged_url, resolve
from exchange.partner_errors import AddressRefused
from ontology.messages import Message

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
    backend = _JudgingBackend(ANY_PRIVATE if allow_private else NOWHERE)
    deadline = time.monotonic() + limits.total_s
    timeouts = {"connect": limits.connect_s, "read": limits.read_s, "write": limits.read_s, "pool": limits.connect_s}
    headers = [("Accept", _ACCEPT), ("Accept-Encoding", "identity"), ("User-Agent", "renkei")]
    try:
        with (
            httpcore.ConnectionPool(ssl_context=ssl.create_default_context(), network_backend=backend) as pool,
            pool.stream("GET", _target(url), headers=headers, extensions={"timeout": timeouts}) as answer,
        ):
            _judge_status(answer)
            body = _body(answer.iter_stream(), limits.size_bytes, deadline)
            fetched = Fetched(body, _media_type(answer.headers))
            weakref.finalize(fetched, body.close)
            return fetched
    except AddressRefused as error:
        raise FetchRefused(error.message) from error
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


def _target(url: str) -> httpcore.URL:
    """A judged URL as httpcore takes it, which would judge a text less strictly."""
    target = judged_url(url)
    return httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)


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

    def __init__(self, inside: Inside) -> None:
        self._inside = inside
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
        judge(host, port, addresses, self._inside)
        return self._real.connect_tcp(addresses[0], port, timeout, local_address, socket_options)
