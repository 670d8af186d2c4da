"""Bytes on their way out: hashed and counted, decided again every while, stopped when the permit is gone."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

from exchange.opened import Opened
from exchange.release_errors import ReleaseStopped
from exchange.wanting import Admitted, joined
from ontology.messages import Message

PROGRESS_S: Final = 10.0
"""How often it is written down how far a release is, so that a crash forgets little."""
PATIENCE_S: Final = 300.0
"""How long a receiver may take no piece; what it has it may go on with, as the same use."""
STANDS_STILL: Final = Message(
    ja="受け取り側が 5 分間、何も受け取りませんでした。", en="The receiver has taken nothing for five minutes."
)
LARGE_BYTES: Final = 4 << 20
"""From this size on it is written down at the beginning, too, of which state it is: so it can be gone on with."""
_LEFT: Final = Message(ja="受け取り側が途中で切断しました。", en="The receiver left before the end.")
_BROKE: Final = Message(ja="提供元からのデータが途中で途切れました。", en="The source broke off.")

Still = Callable[[Admitted], Awaitable[tuple[Message, ...]]]
Note = Callable[[Mapping[str, Any]], None]


class Release:
    """Bytes that may leave. Iterate `chunks` once, and close it in any case.

    Attributes:
        admitted: what permits it.
        opened: the source as it was opened.
        whole: whether the whole is sent, not a part of it.
        stopped: set when the permit is gone while it waits for its receiver.
    """

    def __init__(self, admitted: Admitted, opened: Opened, *, still: Still, note: Note, recheck_s: float) -> None:
        self.admitted = admitted
        self.opened = opened
        self.stopped = asyncio.Event()
        self._still = still
        self._note = note
        self._recheck_s = recheck_s
        self._checked = self._noted = self._moved = monotonic()
        self._sent = 0
        self._hash = hashlib.sha256() if opened.sha256 is None and self.whole else None
        self._state = "stopped"
        self._reasons: tuple[Message, ...] = (_LEFT,)
        self._closed = False

    @property
    def id(self) -> str:
        """Of its row."""
        return self.admitted.entry.id

    @property
    def whole(self) -> bool:
        """Whether all of the representation is sent."""
        opened = self.opened
        return opened.start == 0 and opened.stop in (None, opened.size)

    @property
    def length(self) -> int | None:
        """How many bytes will be sent, None where nobody knows."""
        return None if self.opened.stop is None else self.opened.stop - self.opened.start

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes, one piece when the one before is gone.

        Raises:
            ReleaseStopped: the permit is gone; nothing more leaves.
            SourceUnavailable: the source broke off.
        """
        if (self.opened.size or 0) >= LARGE_BYTES:
            self._note(self._row("open", None))
        try:
            async for chunk in self.opened.chunks:
                await self._check()
                if self._hash is not None:
                    self._hash.update(chunk)
                self._sent += len(chunk)
                yield chunk
                self._moved = monotonic()
            self._end_of_source()
        except (ReleaseStopped, GeneratorExit, asyncio.CancelledError):
            raise
        except BaseException as error:
            if self.stopped.is_set():  # the source was closed under it
                raise ReleaseStopped(self._reasons, self.id) from error
            self._state, self._reasons = "failed", (_BROKE,)
            raise

    def _end_of_source(self) -> None:
        if self.length is not None and self._sent != self.length:
            raise EOFError(f"{self._sent} bytes came where {self.length} were announced")
        self._state, self._reasons = "done", ()

    async def _check(self) -> None:
        """Decide again if the last decision is old; so no piece leaves on an old permit."""
        if self.stopped.is_set():
            raise ReleaseStopped(self._reasons, self.id)
        now = monotonic()
        if now - self._checked >= self._recheck_s:
            await self.recheck()
        if now - self._noted >= PROGRESS_S:
            self._noted = now
            self._note(self._row("open", None))

    async def recheck(self) -> None:
        """Decide again now.

        Raises:
            ReleaseStopped
        """
        reasons = await self._still(self.admitted)
        self._checked = monotonic()
        if reasons:
            self.stop(reasons)
            raise ReleaseStopped(reasons, self.id)

    @property
    def overdue(self) -> bool:
        """Whether it waits for its receiver since before the last decision grew old."""
        return monotonic() - self._checked >= self._recheck_s

    @property
    def stands_still(self) -> bool:
        """Whether its receiver has taken nothing for so long that it holds up others."""
        return monotonic() - self._moved >= PATIENCE_S

    def stop(self, reasons: tuple[Message, ...]) -> None:
        """Let no further piece leave."""
        if not self._closed:
            self._state, self._reasons = "stopped", reasons
            self.stopped.set()

    async def close(self) -> None:
        """Give back the source and write down how it ended; the first call counts."""
        if self._closed:
            return
        self._closed = True
        try:
            await self.opened.close()
        finally:
            self._note(self._row(self._state, datetime.now(UTC)))

    @property
    def reached(self) -> int:
        """The byte of the whole that is next."""
        return self.opened.start + self._sent

    def _row(self, state: str, ended_at: datetime | None) -> Mapping[str, Any]:
        reasons = self._reasons if state not in ("open", "done") else ()
        ended = {
            "state": state, "ended_at": ended_at, "size_bytes": self._sent, "sha256": self._digest(state),
            "etag": self.opened.etag, "whole_bytes": self.opened.size,
            "reason": joined(reasons),
        }  # fmt: skip
        return {**self.admitted.row, **ended}

    def _digest(self, state: str) -> str | None:
        if state != "done" or not self.whole:
            return None
        return self.opened.sha256 or (self._hash.hexdigest() if self._hash is not None else None)


def relying(opened: Opened, admitted: Admitted) -> bool:
    """Whether a source is in the state that a release goes on with, and that its part was asked of."""
    wanted = admitted.entry.wanted
    asked = wanted.if_range if wanted.span is not None else None
    return all(etag in (None, opened.etag) for etag in (admitted.etag, asked))
