"""Files taken into custody: streamed in, kept under the hash of their content, so that no name ever becomes a path."""

import asyncio
import contextlib
import hashlib
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from exchange.errors import ExchangeError
from ontology.messages import Message

_GATHERED: Final = 1 << 20  # bytes written at once
_HEX: Final = frozenset("0123456789abcdef")


class FileTooLarge(ExchangeError):
    """An upload is larger than this service keeps."""


@dataclass(frozen=True, slots=True)
class Held:
    """A file that is kept here.

    Attributes:
        sha256: hexadecimal; what finds it.
    """

    sha256: str
    size_bytes: int


class Holdings:
    """The folder of files that are kept here.

    Args:
        folder: made when the first file comes.
        limit_bytes: of one file.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self._limit = limit_bytes

    def path(self, sha256: str) -> Path:
        """Where the content of this hash lies, be it there or not.

        Raises:
            ValueError: it is no hash.
        """
        if len(sha256) != 64 or not _HEX.issuperset(sha256):
            raise ValueError("64 hexadecimal digits are needed")
        return self._folder / sha256[:2] / sha256

    async def take(self, chunks: AsyncIterator[bytes]) -> Held:
        """Keep what comes; it is on disk when this returns, and the same content is kept once.

        Raises:
            FileTooLarge: nothing was kept.
        """
        coming = self._folder / "coming" / secrets.token_hex(16)
        await asyncio.to_thread(coming.parent.mkdir, parents=True, exist_ok=True)
        try:
            held = await self._written(coming, chunks)
            await asyncio.to_thread(self._settle, coming, held.sha256)
        finally:
            coming.unlink(missing_ok=True)
        return held

    async def read(self, sha256: str) -> AsyncIterator[bytes]:
        """The content of a hash, piece by piece; for who took it into custody as their own copy.

        Raises:
            FileNotFoundError
        """
        with self.path(sha256).open("rb") as file:
            while piece := await asyncio.to_thread(file.read, _GATHERED):
                yield piece

    async def drop(self, sha256: str, since: datetime) -> None:
        """Forget a content, unless it was brought once more after this moment."""
        place = self.path(sha256)
        with contextlib.suppress(FileNotFoundError):
            if place.stat().st_mtime <= since.timestamp():
                await asyncio.to_thread(place.unlink)

    async def _written(self, coming: Path, chunks: AsyncIterator[bytes]) -> Held:
        digest, size, gathered = hashlib.sha256(), 0, bytearray()
        with coming.open("xb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > self._limit:
                    raise _too_large(self._limit)
                gathered += chunk
                if len(gathered) >= _GATHERED:
                    await asyncio.to_thread(_write, file, digest, bytes(gathered))
                    gathered.clear()
            await asyncio.to_thread(_write, file, digest, bytes(gathered), last=True)
        return Held(digest.hexdigest(), size)

    def _settle(self, coming: Path, sha256: str) -> None:
        """Move a whole file to its place, which is named after what it holds."""
        place = self.path(sha256)
        place.parent.mkdir(parents=True, exist_ok=True)
        coming.replace(place)
        handle = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(handle)  # else a power cut forgets the name
        finally:
            os.close(handle)

    def sweep(self) -> None:
        """Remove what uploads left behind that a crash interrupted; asked once, at start."""
        for left in (self._folder / "coming").glob("*"):
            left.unlink(missing_ok=True)


def _write(file: IO[bytes], digest: "hashlib._Hash", data: bytes, last: bool = False) -> None:
    digest.update(data)
    file.write(data)
    if last:
        file.flush()
        os.fsync(file.fileno())


def _too_large(limit: int) -> FileTooLarge:
    return FileTooLarge(
        Message(ja=f"ファイルは {limit:,} バイトまでです。", en=f"A file may have at most {limit:,} bytes.")
    )
