"""Files taken into custody: streamed in, kept under the hash of their content, so that no name ever becomes a path."""

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from exchange.errors import ExchangeError
from ontology.messages import Message

_GATHERED: Final = 1 << 20  # bytes written at once
_HEX: Final = frozenset("0123456789abcdef")


class FileTooLarge(ExchangeError):
    """An upload is larger than this service keeps."""


class StorageFull(ExchangeError):
    """There is no room for an upload beside all that is kept."""


@dataclass(frozen=True, slots=True)
class Held:
    """A file that is kept here.

    Attributes:
        sha256: hexadecimal; what finds it.
    """

    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Unneeded:
    """A file that nothing needs.

    Attributes:
        since: when that was found, or when it was brought last.
    """

    sha256: str
    since: datetime


@dataclass(slots=True)
class _Size:
    """How much of an upload has come."""

    bytes: int = 0


class Holdings:
    """The folder of files that are kept here.

    Args:
        folder: made when the first file comes.
        limit_bytes: of one file.
        total_bytes: of all files; None for as much as the disk takes.
    """

    def __init__(self, folder: Path, limit_bytes: int, total_bytes: int | None = None) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self.total_bytes = total_bytes
        self._kept: int | None = None  # bytes of all files in their places, once they were counted
        self._coming = 0  # bytes of those that are on their way
        self._settling = asyncio.Lock()

    def path(self, sha256: str) -> Path:
        """Where the content of this hash lies, be it there or not.

        Raises:
            ValueError: it is no hash.
        """
        if len(sha256) != 64 or not _HEX.issuperset(sha256):
            raise ValueError("64 hexadecimal digits are needed")
        return self._folder.joinpath(sha256[:2], sha256)

    async def take(self, chunks: AsyncIterator[bytes]) -> Held:
        """Keep what comes; it is on disk when this returns, and the same content is kept once.

        Raises:
            FileTooLarge, StorageFull: nothing was kept.
        """
        coming = self._folder / "coming" / secrets.token_hex(16)
        await asyncio.to_thread(coming.parent.mkdir, parents=True, exist_ok=True)
        await self._count()
        size = _Size()
        try:
            sha256 = await self._written(coming, chunks, size)
            async with self._settling:
                self._kept = (self._kept or 0) + await asyncio.to_thread(self._settle, coming, sha256)
        finally:
            self._coming -= size.bytes
            coming.unlink(missing_ok=True)
        return Held(sha256, size.bytes)

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
        await self.remove(Unneeded(sha256, since))

    def size_of(self, sha256: str) -> int | None:
        """Bytes of a content; None if it is not here."""
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError:
            return None

    def unneeded(self, begin: str, needed: Collection[str], now: datetime) -> list[Unneeded]:
        """Files that nothing needs, of those whose hash begins so; since when is remembered beside them.

        Args:
            begin: two digits.
            needed: hashes of those that are needed, which begins their time anew.
            now: since then nothing needs what was needed before.
        """
        marks, found = self._folder / "unneeded", list[Unneeded]()
        marks.mkdir(parents=True, exist_ok=True)
        for path in (self._folder / begin).glob("*"):
            if len(path.name) != 64 or not _HEX.issuperset(path.name):
                continue
            mark = marks / path.name
            if path.name in needed:
                mark.unlink(missing_ok=True)
                continue
            if not mark.exists():
                mark.touch()
                os.utime(mark, (now.timestamp(), now.timestamp()))
            since = max(mark.stat().st_mtime, path.stat().st_mtime)  # it may have been brought once more
            found.append(Unneeded(path.name, datetime.fromtimestamp(since, UTC)))
        return found

    async def remove(self, file: Unneeded) -> int:
        """Forget a file that nothing needs, unless it was brought once more meanwhile; answers its size in bytes."""
        async with self._settling:
            size = await asyncio.to_thread(self._removed, file)
            self._kept = self._kept and self._kept - size
        return size

    def _removed(self, file: Unneeded) -> int:
        path, mark = self.path(file.sha256), self._folder / "unneeded" / file.sha256
        try:
            found = path.stat()
        except FileNotFoundError:
            return 0
        if datetime.fromtimestamp(found.st_mtime, UTC) > file.since:  # which was rounded alike
            return 0
        path.unlink()
        mark.unlink(missing_ok=True)
        return found.st_size

    async def _written(self, coming: Path, chunks: AsyncIterator[bytes], size: "_Size") -> str:
        digest, gathered = hashlib.sha256(), bytearray()
        with coming.open("xb") as file:
            async for chunk in chunks:
                size.bytes += len(chunk)
                self._coming += len(chunk)
                if size.bytes > self._limit:
                    raise _too_large(self._limit)
                if self.total_bytes is not None and (self._kept or 0) + self._coming > self.total_bytes:
                    raise _full(self.total_bytes)
                gathered += chunk
                if len(gathered) >= _GATHERED:
                    await asyncio.to_thread(_write, file, digest, bytes(gathered))
                    gathered.clear()
            await asyncio.to_thread(_write, file, digest, bytes(gathered), last=True)
        return digest.hexdigest()

    async def _count(self) -> None:
        """Count what is here, once."""
        async with self._settling:
            if self._kept is None and self.total_bytes is not None:
                self._kept = await asyncio.to_thread(self._size)

    def _size(self) -> int:
        return sum(path.stat().st_size for path in self._folder.glob("[0-9a-f][0-9a-f]/*"))

    def _settle(self, coming: Path, sha256: str) -> int:
        """Move a whole file to its place, which is named after what it holds; answers how much room that takes."""
        place, size = self.path(sha256), coming.stat().st_size
        known = place.exists()
        place.parent.mkdir(parents=True, exist_ok=True)
        coming.replace(place)
        handle = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(handle)  # else a power cut forgets the name
        finally:
            os.close(handle)
        return 0 if known else size

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


def _full(limit: int) -> StorageFull:
    return StorageFull(
        Message(
            ja=f"ここに保管できるファイルは合わせて {limit:,} バイトまでで、もう空きがありません。",
            en=f"The files that are kept here may have {limit:,} bytes together, and there is no room left.",
        )
    )
