"""Telling hooks of events: in order, at least once, again with growing pauses until it was taken.

Where a hook stands is kept with it, so a restart goes on from there. A notice that was taken just before a crash is
sent once more, under the same id.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
import structlog
from sqlalchemy import update

from exchange.errors import ExchangeError
from exchange.hooks import DELIVERY, SIGNATURE, Hook, Hooks, HookUnknown, signature
from exchange.outgoing import Outgoing
from journal.exporting import Wanted, export
from stores.exchange_tables import HookRow

LOOK_S = 0.5
AT_ONCE = 50  # events of one notice
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 600.0
_FAR = 10_000  # events that concern no hook are passed in memory; this many are worth a write
log: structlog.stdlib.BoundLogger = structlog.get_logger("renkei")


@dataclass(slots=True)
class _Way:
    """Where a hook stands in this process: up to where it was told or nothing concerned it, and when to try again."""

    at: int
    failures: int = 0
    due: float = 0.0

    def failed(self) -> None:
        self.due = time.monotonic() + min(_FIRST_PAUSE_S * 2**self.failures, _LONGEST_PAUSE_S)
        self.failures += 1


class Notices:
    """Tells the hooks of one deployment; their secrets sign what they are told."""

    def __init__(self, hooks: Hooks, outgoing: Outgoing) -> None:
        self.hooks = hooks
        self.outgoing = outgoing
        self._ways: dict[str, _Way] = {}
        self._telling: dict[str, asyncio.Task[None]] = {}

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Tell in the background."""
        task = asyncio.create_task(self._go_on())
        try:
            yield
        finally:
            for each in (task, *self._telling.values()):
                each.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await each

    async def _go_on(self) -> None:
        while True:
            try:
                await self._begin()
            except Exception as error:  # the database is away, perhaps; what is due stays due
                log.warning("hooks could not be told", exc_info=error)
            await asyncio.sleep(LOOK_S)

    async def tell(self) -> None:
        """Tell each hook what it was not told yet, if it is time to try, and wait until all were."""
        await self._begin()
        await asyncio.gather(*self._telling.values())

    async def _begin(self) -> None:
        """Tell all side by side, each in its own time: one that is slow to answer keeps no other waiting."""
        head, hooks = await self.hooks.database.head(), await self.hooks.listed()
        self._ways = {hook.id: self._ways.get(hook.id) or _Way(hook.cursor) for hook in hooks}
        for hook in hooks:
            way = self._ways[hook.id]
            if hook.id not in self._telling and way.at < head and way.due <= time.monotonic():
                self._telling[hook.id] = asyncio.create_task(self._told(hook, way, head))

    async def _told(self, hook: Hook, way: _Way, head: int) -> None:
        try:
            await self._tell(hook, way, head)
        except Exception as error:  # what is due stays due
            log.warning("a hook could not be told", hook=hook.id, exc_info=error)
        finally:
            self._telling.pop(hook.id, None)

    async def _tell(self, hook: Hook, way: _Way, head: int) -> None:
        while True:
            entries, last = await self._next(hook, way.at, head)
            if not entries:
                way.at = head
                if head - hook.cursor >= _FAR:
                    await self._note(hook, head)
                return
            if not await self._sent(hook, way, entries, last):
                return

    async def _next(self, hook: Hook, after: int, head: int) -> tuple[list[dict[str, object]], int]:
        """Events for a hook, and the number of the last of them."""
        entries: list[dict[str, object]] = []
        last = after
        found = export(self.hooks.database, Wanted(reader=hook.owner, kinds=hook.kinds), after)
        async with contextlib.aclosing(found):
            async for entry in found:
                if entry["seq"] > head:
                    break
                entries.append(entry)
                last = entry["seq"]
                if len(entries) == AT_ONCE:
                    break
        return entries, last

    async def _sent(self, hook: Hook, way: _Way, entries: list[dict[str, object]], last: int) -> bool:
        body = orjson.dumps({"hook": hook.id, "events": entries}, option=orjson.OPT_UTC_Z)
        wrong = await self._posted(hook, body, f"{hook.id}-{entries[0]['seq']}-{last}")
        if wrong is None:
            way.at, way.failures = last, 0
            await self._note(hook, last)
            return True
        way.failed()
        await self._note(hook, None, wrong)
        return False

    async def _posted(self, hook: Hook, body: bytes, delivery: str) -> str | None:
        """What went wrong, None if the notice was taken."""
        try:
            secret = await self.hooks.secret(hook)
            headers = {
                "content-type": "application/json",
                SIGNATURE: signature(secret, body, int(time.time())),
                DELIVERY: delivery,
            }
            answer = await self.outgoing.post(hook.address, body, headers)
        except HookUnknown:
            return "removed"
        except ExchangeError as error:
            return str(error)[:500]
        return None if answer.ok else f"HTTP {answer.status}"

    async def _note(self, hook: Hook, cursor: int | None, wrong: str | None = None) -> None:
        values: dict[str, object] = {"error": wrong, "failing_since": None}
        if wrong is None:
            values["cursor"] = cursor
        else:
            values["failing_since"] = hook.failing_since or datetime.now(UTC)
            if hook.error == wrong:
                return
        async with self.hooks.database.writing() as connection:
            await connection.execute(update(HookRow).where(HookRow.id == hook.id).values(**values))
