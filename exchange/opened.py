"""A stream of bytes that a source gave, and what is known of the whole it is of."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass


async def nothing_to_close() -> None:
    """Of sources that hold nothing open."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A source that was opened.

    Attributes:
        size: of the whole representation in bytes, None where nobody knows before its end.
        etag: of the whole, without quotation marks; None where the source cannot tell one state from the next.
        start: where in the whole the chunks begin; `stop` the byte after the last, None for an unknown end.
        accepts_ranges: whether a span may be asked for.
        sha256: of the whole, where it is known beforehand.
        close: gives back what is held open; called in any case.
    """

    media_type: str | None
    size: int | None
    etag: str | None
    chunks: AsyncIterator[bytes]
    accepts_ranges: bool
    start: int = 0
    stop: int | None = None
    sha256: str | None = None
    close: Callable[[], Awaitable[None]] = nothing_to_close
