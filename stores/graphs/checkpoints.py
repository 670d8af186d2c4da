"""Frozen copies of the graph store, made when a reader comes and the journal has moved on, shared among readers."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path


class SharedCheckpoint:
    """One copy with the number of its readers; the folder goes when it is outdated and its last reader has left."""

    def __init__(self, path: Path, cursor: int) -> None:
        self.path = path
        self.cursor = cursor
        self.readers = 0
        self.outdated = False

    def release(self) -> None:
        """Count one reader less."""
        self.readers -= 1
        self.delete_if_unread()

    def delete_if_unread(self) -> None:
        """Delete the copy of an older state that nobody reads; it is links, so this takes no time."""
        if self.outdated and self.readers <= 0:
            shutil.rmtree(self.path, ignore_errors=True)


class Checkpoints:
    """Hands out the newest copy and makes at most one at a time.

    Args:
        folder: where the copies lie; what an earlier process left there is deleted.
        backup: copies the store to a path that does not exist yet and returns the cursor of the copy.
    """

    def __init__(self, folder: Path, backup: Callable[[Path], Awaitable[int]]) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder = folder
        self._backup = backup
        self._newest: SharedCheckpoint | None = None
        self._making: asyncio.Task[SharedCheckpoint] | None = None
        self._made = 0

    async def take(self, cursor: int) -> SharedCheckpoint:
        """A copy that stands at least at `cursor`; the caller must release it."""
        while self._newest is None or self._newest.cursor < cursor:
            # One copy serves all who wait. Who came while it was being made looks again: it may lack their change.
            if self._making is None:
                self._making = asyncio.create_task(self._make())
            await asyncio.shield(self._making)
        self._newest.readers += 1
        return self._newest

    def forget(self) -> None:
        """Hand the newest copy out no more: the store was emptied, so the cursor may go backwards."""
        if self._newest is not None:
            self._newest.outdated = True
            self._newest.delete_if_unread()
            self._newest = None

    async def close(self) -> None:
        """Delete every copy, read or not."""
        if self._making is not None:
            await asyncio.wait([self._making])
        self._newest = None
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _make(self) -> SharedCheckpoint:
        try:
            self._made += 1
            path = self._folder / str(self._made)
            made = SharedCheckpoint(path, await self._backup(path))
        finally:
            self._making = None
        self.forget()
        self._newest = made
        return made
