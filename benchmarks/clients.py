"""HTTP clients that cost little themselves."""

import asyncio
import http.client
import time
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit


class Client:
    """One connection, kept; times whole answers."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=600)

    def ask(
        self, path: str, *, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[float, int, bytes]:
        """Seconds, status and body of one request."""
        begun = time.perf_counter()
        try:
            self._connection.request(method, path, body, dict(headers or {}))
            answer = self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):  # kept too long: once more on a new connection
            self._connection.close()
            begun = time.perf_counter()
            self._connection.request(method, path, body, dict(headers or {}))
            answer = self._connection.getresponse()
        data = answer.read()
        return time.perf_counter() - begun, answer.status, data


async def _connection(address: str, requests: Iterator[bytes], until: float, times: list[float]) -> None:
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    while time.perf_counter() < until and (request := next(requests, None)):
        begun = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head[:200])
        lower = head.lower()
        at = lower.find(b"content-length:")
        if at >= 0:
            await reader.readexactly(int(lower[at + 15 : lower.index(b"\r\n", at)]))
        else:
            while size := int((await reader.readline()).split(b";")[0], 16):
                await reader.readexactly(size + 2)
            await reader.readexactly(2)
        times.append(time.perf_counter() - begun)
    writer.close()


def throughput(
    address: str,
    paths: Sequence[str],
    accept: str,
    *,
    seconds: float = 6,
    connections: int = 16,
    headers: Mapping[str, str] | None = None,
) -> tuple[float, list[float]]:
    """Requests a second over several connections, each path asked once, and the time of each."""
    host = urlsplit(address).netloc
    more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    line = f"Host: {host}\r\nAccept: {accept}\r\nAccept-Language: ja\r\n{more}\r\n"
    requests = iter([f"GET {path} HTTP/1.1\r\n{line}".encode() for path in paths])
    times: list[float] = []

    async def run() -> float:
        begun = time.perf_counter()
        await asyncio.gather(*(_connection(address, requests, begun + seconds, times) for _ in range(connections)))
        return time.perf_counter() - begun

    taken = asyncio.run(run())
    return len(times) / taken, times
