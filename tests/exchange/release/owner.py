"""The owner of data who keeps them: an upstream on loopback."""

import asyncio
import contextlib

CONTENT = bytes(range(256)) * 8192


class Owner:
    """An upstream on loopback that serves one content, with ranges and tags, and notes what it was asked."""

    def __init__(self, content: bytes, *, ranges: bool, tag: str | None, broken_at: int | None, status: int) -> None:
        self.content, self.ranges, self.tag, self.broken_at, self.status = content, ranges, tag, broken_at, status
        self.asked: list[str] = []
        self.writers: list[asyncio.StreamWriter] = []
        self.port = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                asked = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                self.asked.append(asked)
                writer.write(self.answer(asked))
                await writer.drain()
                if self.broken_at is not None:
                    break
        writer.close()

    def answer(self, asked: str) -> bytes:
        size, start, stop, status = len(self.content), 0, len(self.content), f"{self.status} OK"
        head = f"etag: {self.tag}\r\n" if self.tag else ""
        if self.ranges and "range: bytes=" in asked:
            first, _, last = asked.split("range: bytes=")[1].split("\r\n", maxsplit=1)[0].partition("-")
            start, stop = int(first), int(last) + 1 if last else size
            status, head = "206 Partial", head + f"content-range: bytes {start}-{stop - 1}/{size}\r\n"
        body = self.content[start:stop]
        head += f"content-type: text/csv\r\ncontent-length: {len(body)}\r\n"
        return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body[: self.broken_at]

    async def close(self, listening: asyncio.Server) -> None:
        listening.close()
        for writer in self.writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/census.csv"


class Receiver:
    """Takes what is pushed to it, after refusing as often as it is told, and while it is not held up."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.taken: list[bytes] = []
        self.refuse = 0
        self.held = asyncio.Event()
        self.held.set()
        self.writers: list[asyncio.StreamWriter] = []
        self.port = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
                await self.held.wait()
                size = int(self.asked[-1].split("content-length: ")[1].split("\r\n")[0])
                body = await reader.readexactly(size)
                refused, self.refuse = self.refuse > 0, self.refuse - 1
                if not refused:
                    self.taken.append(body)
                writer.write(f"HTTP/1.1 {503 if refused else 200} x\r\ncontent-length: 0\r\n\r\n".encode())
                await writer.drain()

    async def close(self, listening: asyncio.Server) -> None:
        await closed(self.writers, listening)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in"


async def closed(writers: list[asyncio.StreamWriter], listening: asyncio.Server) -> None:
    """End a server with all its connections."""
    listening.close()
    for writer in writers:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
