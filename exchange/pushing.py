"""Pushing: the data of a transfer sent to where its consumer wants them, through the same gate as what is pulled."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import structlog
from sqlalchemy import Select, select

from exchange.declaring import declared_in
from exchange.destinations import AddressUnclear, Destination, PushFailed, destination_of
from exchange.dsp.states import Party, Transfer
from exchange.errors import StepRefused
from exchange.negotiation import Reason
from exchange.outgoing import Outgoing
from exchange.partner_errors import AddressRefused, OutgoingFailed
from exchange.policy.asking import Value
from exchange.processes import Kind, Process, Processes
from exchange.release import Gate
from exchange.release_errors import ReleaseBusy, ReleaseRefused, ReleaseStopped, SourceUnavailable, SourceUnknown
from exchange.spans import Span, SpanUnsatisfiable
from exchange.transfers import PUSH, S3_PUSH, Transfers
from exchange.wanting import Wanted
from journal.events import EventKind
from ontology.messages import Message
from participants.principal import Principal
from stores.database import Database
from stores.exchange_tables import ProcessRow, ReleaseRow
from stores.tables import EventRow

PUSHED: Final = frozenset((PUSH, S3_PUSH))
PAUSES_S: Final = (0.2, 1.0, 5.0, 15.0, 60.0, 300.0)
"""Before each further try."""
_PASSING: Final = (PushFailed, OutgoingFailed, SourceUnavailable, ReleaseBusy)
_LOOK_S: Final = 1.0  # how soon a change of the source is noticed
_NOT_DECLARED: Final = Message(
    ja="declare. の後には、ODRL の左オペランドの名前か IRI を書きます。",
    en="After declare. stands the name of a left operand of ODRL, or an IRI.",
)
_FAILED: Final = Message(ja="送り先に届けられませんでした。", en="The receiver could not be reached.")
log: structlog.stdlib.BoundLogger = structlog.get_logger("renkei")


class Pushing:
    """Sends what was asked to be pushed, tries again, and sends again on change where that was asked for."""

    def __init__(
        self,
        database: Database,
        gate: Gate,
        processes: Processes,
        transfers: Transfers,
        outgoing: Outgoing,
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> None:
        self._database = database
        self._gate = gate
        self._processes = processes
        self._transfers = transfers
        self._outgoing = outgoing
        self._pauses_s = pauses_s
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._destinations: dict[str, Destination] = {}
        transfers.started = self.started

    async def started(self, process: Process) -> None:
        """Begin to push, or go on; called when a transfer enters STARTED."""
        if process.role is Party.PROVIDER and process.document.get("format") in PUSHED:
            self._begin(process)

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Go on with what was under way before, and watch the sources of what continues."""
        await self._take_up()
        watch = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            tasks = (watch, *self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # an error of one is not the end of the others

    def _begin(self, process: Process) -> None:
        running = self._tasks.get(process.pid)
        if running is None or running.done():
            self._tasks[process.pid] = asyncio.create_task(self._push(process))

    async def _push(self, process: Process) -> None:
        """Send until it was taken, is refused, or all tries were in vain; what has the present state needs nothing."""
        try:
            destination = self._destination(process)
            state = await self._last_state(process)
            if state != "done":
                await self._sent(process, destination, again=state in ("stopped", "failed"))
            while destination.continuing and await self._is_outdated(process):
                await self._sent(process, destination)
            if not destination.continuing:
                await self._transfers.complete(process.pid)
        except ReleaseStopped:
            log.info("a push was stopped", transfer=process.pid)
        except (ReleaseRefused, SourceUnknown, AddressRefused, AddressUnclear) as error:
            await self._end(process, "refused", error.message)
        except (*_PASSING, SpanUnsatisfiable) as error:
            log.warning("a push failed", transfer=process.pid, reason=error.message.en)
            await self._end(process, "push-failed", _FAILED)
        except StepRefused:
            log.info("the transfer ended while its data were pushed", transfer=process.pid)
        except Exception as error:  # else the transfer would stay begun for ever, and nobody be told
            log.exception("a push failed, and why was not expected", transfer=process.pid, reason=str(error))
            await self._end(process, "push-failed", _FAILED)

    async def _last_state(self, process: Process) -> str | None:
        """How far the last that left came, maybe before a restart."""
        await self._gate.settled()
        async with self._database.reading() as connection:
            state: str | None = await connection.scalar(_last(process, ReleaseRow.state))
            return state

    async def _is_outdated(self, process: Process) -> bool:
        """Whether the data changed since they began to leave the last time."""
        changes = select(EventRow.at).where(
            EventRow.kind == EventKind.SOURCE_CHANGED.value, EventRow.subject == _subject(process)
        )
        async with self._database.reading() as connection:
            sent_at = await connection.scalar(_last(process, ReleaseRow.at))
            changed_at = await connection.scalar(changes.order_by(EventRow.seq.desc()).limit(1))
        return sent_at is not None and changed_at is not None and changed_at > sent_at

    def _destination(self, process: Process) -> Destination:
        """Kept as long as the transfer lasts, for it knows how far it is."""
        if process.pid not in self._destinations:
            address = self._transfers.address(process) or {}
            self._destinations[process.pid] = destination_of(process.document["format"], address, self._outgoing)
        return self._destinations[process.pid]

    def _declared(self, process: Process) -> Mapping[str, Value]:
        try:
            return declared_in(self._transfers.address(process) or {})
        except ValueError as error:
            raise AddressUnclear(_NOT_DECLARED) from error

    async def _sent(self, process: Process, destination: Destination, *, again: bool = False) -> None:
        for number, pause_s in enumerate(self._pauses_s):
            try:
                return await self._once(process, destination, again=again or number > 0)
            except AddressRefused:
                raise
            except _PASSING:
                await asyncio.sleep(pause_s)
        await self._once(process, destination, again=True)

    async def _once(self, process: Process, destination: Destination, *, again: bool) -> None:
        if await destination.finish():
            return
        consumer = Principal(process.peer, "reader", None, True)
        span = Span(destination.reached, None) if destination.reached else None
        release = await self._gate.open(
            Wanted(
                consumer,
                process.dataset or "",
                agreement=process.agreement,
                transfer=process.pid,
                span=span,
                again=again,
                values=self._declared(process),
            )
        )
        try:
            await destination.send(release)
        finally:
            await release.close()

    async def _end(self, process: Process, code: str, why: Message) -> None:
        with contextlib.suppress(StepRefused):
            await self._transfers.terminate(process.pid, Reason(code, (why,)))

    async def _take_up(self) -> None:
        """What was started before a stop or a crash: not sent, sent before a change, or not told to be complete."""
        its = (ProcessRow.kind == Kind.TRANSFER.value, ProcessRow.role == Party.PROVIDER.value)
        started = select(ProcessRow.pid).where(*its, ProcessRow.state == Transfer.STARTED.value)
        async with self._database.reading() as connection:
            pids = list(await connection.scalars(started))
        for pid in pids:
            process = await self._processes.get(pid, Kind.TRANSFER)
            if process.document.get("format") in PUSHED:
                self._begin(process)

    async def _watch(self) -> None:
        cursor = await self._database.head()
        while True:
            await asyncio.sleep(_LOOK_S)
            head = await self._database.head()
            if head != cursor:
                await self._send_again(await self._changed(cursor, head))
                cursor = head

    async def _changed(self, after: int, until: int) -> set[str]:
        """Hashes of the datasets whose sources changed."""
        found = select(EventRow.subject).where(
            EventRow.seq > after, EventRow.seq <= until, EventRow.kind == EventKind.SOURCE_CHANGED.value
        )
        async with self._database.reading() as connection:
            return {subject for subject in await connection.scalars(found) if subject is not None}

    async def _send_again(self, changed: set[str]) -> None:
        for pid in [pid for pid, each in self._destinations.items() if each.continuing and changed]:
            process = await self._processes.get(pid, Kind.TRANSFER)
            if process.is_final:
                del self._destinations[pid]
            elif _subject(process) in changed and process.state is Transfer.STARTED:
                self._begin(process)


def _last(process: Process, column: Any) -> Select[Any]:
    """A column of the last release of a transfer."""
    return select(column).where(ReleaseRow.transfer == process.pid).order_by(ReleaseRow.at.desc()).limit(1)


def _subject(process: Process) -> str:
    """Of the events about the source of its dataset."""
    return hashlib.sha256((process.dataset or "").encode()).hexdigest()
