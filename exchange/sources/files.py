"""Files that lie here, found by the hash of their content and never by a name (P24)."""

import asyncio
from collections.abc import AsyncIterator
from io import FileIO
from pathlib import Path

from exchange.opened import Opened, nothing_to_close
from exchange.release_errors import SourceUnavailable
from exchange.sources.port import no_chunks, unavailable
from exchange.spans import Span

_PIECE_BYTES = 1 << 20  # half the time of processors that 256 KiB take
_AT_ONCE = 64 << 10  # bytes that are read sooner than a thread is told of them


class FileSource:
    """One file.

    Args:
        path: made of the hash alone, see `exchange.holding`.
        sha256: of its content.
        media_type: as its owner states it.
    """

    def __init__(self, path: Path, sha256: str, media_type: str | None) -> None:
        self._path = path
        self._sha256 = sha256
        self._media_type = media_type

    async def open(self, span: Span | None) -> Opened:
        """Open it; raises SourceUnavailable, SpanUnsatisfiable."""
        size = self._size()
        start, stop = span.within(size) if span is not None else (0, size)
        try:
            file = FileIO(self._path)
        except OSError:
            raise _gone() from None
        file.seek(start)

        async def close() -> None:
            file.close()

        return Opened(
            self._media_type, size, self._etag, _chunks(file, stop - start), True, start, stop, self._sha256, close
        )

    async def look(self) -> Opened:
        """What it is, without opening it."""
        size = self._size()
        return Opened(self._media_type, size, self._etag, no_chunks(), True, 0, size, self._sha256, nothing_to_close)

    @property
    def _etag(self) -> str:
        return self._sha256[:32]

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            raise _gone() from None


async def _chunks(file: FileIO, left: int) -> AsyncIterator[bytes]:
    while left > 0:
        wanted = min(_PIECE_BYTES, left)
        chunk = file.read(wanted) if wanted <= _AT_ONCE else await asyncio.to_thread(file.read, wanted)
        if not chunk:
            raise _gone()
        left -= len(chunk)
        yield chunk


def _gone() -> SourceUnavailable:
    return unavailable(
        "保管していたファイルがありません。もう一度登録してください。",
        "The file that was held here is gone. Upload it again.",
    )
