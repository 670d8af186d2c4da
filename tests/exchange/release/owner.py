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
