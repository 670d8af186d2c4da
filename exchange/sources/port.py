"""What every source of bytes gives: a stream of one representation, or of a span of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final, Protocol

from exchange.opened import Opened, nothing_to_close
from exchange.release_errors import SourceUnavailable
from exchange.spans import Span
from ontology.messages import Message

CHUNK_BYTES: Final = 256 << 10
"""Of one piece: large enough that the loop is not busy with pieces, small enough that a stop is felt soon."""


class Source(Protocol):
    """Something that bytes can be had from."""

    async def open(self, span: Span | None) -> Opened:
        """Open it; nothing but this touches an upstream.

        Args:
            span: the part wanted; a source that cannot give parts gives the whole.

        Raises:
            SourceUnavailable: with what the owner of the source has to mend.
            SpanUnsatisfiable: there is no such part.
        """

    async def look(self) -> Opened:
        """As `open`, but its chunks are none: what can be told of it without taking a byte."""


async def no_chunks() -> AsyncIterator[bytes]:
    """The chunks of something that was only looked at."""
    return
    yield b""


async def looked_at(opened: Opened) -> Opened:
    """An opened source, closed again: what the head of an answer told of it."""
    await opened.close()
    return replace(opened, chunks=no_chunks(), close=nothing_to_close)


def unavailable(ja: str, en: str) -> SourceUnavailable:
    """A refusal of the source in words."""
    return SourceUnavailable(Message(ja, en))
