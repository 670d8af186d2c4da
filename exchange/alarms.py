"""Nothing sticks silently: a process that waits for its peer longer than it should is marked, and an event says so."""

import asyncio
import contextlib
from datetime import UTC, datetime

import structlog
from sqlalchemy import select

from exchange.errors import ProcessMoved
from exchange.processes import Kind, Process, Processes, Step
from journal.events import Event, EventKind, append
from ontology.messages import Message
from stores.exchange_tables import ProcessRow

_SWEEP_S = 5.0
_AT_ONCE = 100
_TRIES = 3
log: structlog.stdlib.BoundLogger = structlog.get_logger("renkei")


class Alarms:
    """Looks for processes that do not move."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes

    async def sweep(self, now: datetime | None = None) -> int:
        """Mark what has waited too long, once each; how many these were."""
        now = now or datetime.now(UTC)
        late = select(ProcessRow.pid, ProcessRow.kind).where(ProcessRow.alarm_at <= now).limit(_AT_ONCE)
        async with self._processes.database.reading() as connection:
            rows = (await connection.execute(late)).all()
        return sum([await self._marked(row.pid, Kind(row.kind), now) for row in rows])

    async def run(self) -> None:
        """Look again and again, for ever."""
        while True:
            try:
                while await self.sweep() == _AT_ONCE:
                    pass
            except Exception as error:
                log.warning("looking for stuck processes failed, trying again", exc_info=error)
            await asyncio.sleep(_SWEEP_S)

    async def _marked(self, pid: str, kind: Kind, now: datetime) -> bool:
        """Mark a process that still waits; one that moves on in the meantime is looked at again."""
        for _ in range(_TRIES):
            process = await self._processes.get(pid, kind)
            if process.alarm_at is None or process.alarm_at > now:
                return False
            with contextlib.suppress(ProcessMoved):
                await self._mark(process)
                return True
        return False

    async def _mark(self, process: Process) -> None:
        why = process.error or _silent(process.changed_at)
        step = Step("in", "", process.state, "", None, None, why)
        async with self._processes.database.writing() as connection:
            await self._processes.change(connection, process, step, error=why, alarm_at=None)
            await append(connection, [Event(EventKind.STUCK, actor=process.actor, subject=process.pid)])
        told = {"pid": process.pid, "kind": process.kind.value, "state": process.state.value, "peer": process.peer}
        log.warning("a process does not move", **told)


def _silent(since: datetime) -> Message:
    time = since.astimezone(UTC).isoformat(timespec="seconds")
    return Message(
        ja=f"{time} から相手の応答がありません。送り直すか、終了できます。",
        en=f"The other side has been silent since {time}. Send again, or end it.",
    )
