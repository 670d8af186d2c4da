"""What negotiations and transfers have in common: a message comes or goes, and the state moves with it.

A step is one transaction: the state, the line of the timeline, what is to be said next and the journal's event are
stored together. Which step follows from which message is the business of a `Machine`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.correspondence import acknowledged_pid, below, check_pids, their_pid
from exchange.dsp.checking import check
from exchange.dsp.states import FINAL, Negotiation, Party, State, Transfer, may_follow
from exchange.errors import ProcessTaken, ProcessUnknown, StepRefused
from exchange.locks import Locks
from exchange.outbox import Letter, Outbox
from exchange.outgoing import Answer, Outgoing
from exchange.partner_errors import OutgoingFailed
from exchange.peers import Peers
from exchange.processes import Kind, Process, Processes, Step, Waiting, digest_of
from exchange.reaching import Reaching
from exchange.trying import USUAL, Patience, may_change
from exchange.turns import Machine, Saying, Turn
from ontology.messages import Message
from stores.failpoints import passing

_PATIENCE_S = {Party.PROVIDER: 0.5, Party.CONSUMER: 2.0}  # see `exchange.locks`
# Connectors of other makes refuse for good what reaches them before they stored what our answer meant (dsp.md §3.4).
_BREATH_S = 0.1
_ENDED = "TERMINATED"  # of both kinds of process
_KEPT_TO = frozenset(("FINALIZED", "COMPLETED", "SUSPENDED"))  # who took these refuses most of what is said instead
_TOO_LATE = Message(
    ja="相手はその前のメッセージを既に受け取っていたため、間に合いませんでした。",
    en="This came too late: the other side had already taken what was said before it.",
)
_AGAIN = Message(
    ja="相手が同じ依頼を送り直したため、もう一度伝えました。", en="The other side asked again, so this was said again."
)
_STATES: Mapping[Kind, type[Negotiation] | type[Transfer]] = {
    Kind.NEGOTIATION: Negotiation,
    Kind.TRANSFER: Transfer,
}


class Dialogue:
    """Hears and says the messages of one kind of process.

    Args:
        patience: with peers that do not answer.
        most: how many processes of this kind a peer may have open.
    """

    def __init__(
        self,
        processes: Processes,
        outbox: Outbox,
        locks: Locks,
        peers: Peers,
        outgoing: Outgoing,
        machine: Machine,
        patience: Patience = USUAL,
        most: int = 1000,
    ) -> None:
        self._processes, self._outbox, self._locks = processes, outbox, locks
        self._peers, self._reaching, self._machine = peers, Reaching(peers, outgoing), machine
        self._patience, self._most = patience, most
        self._posting: dict[str, asyncio.Timeout] = {}

    async def get(self, pid: str, peer: str | None) -> Process:
        """A process as its peer may ask for it.

        Raises:
            ProcessUnknown: there is none, or it is another's: that it exists is not told.
        """
        process = await self._processes.get(pid, self._machine.kind)
        if peer is None or process.peer != peer:
            raise ProcessUnknown(pid)
        return process

    async def begun(self, process: Process, message: Mapping[str, Any]) -> Process:
        """A peer began a process with a message; the same message again finds what it began.

        Raises:
            StepRefused: the same id came before with another message.
            TooManyOpen: the peer has as much open here as it may.
        """
        digest = digest_of(message)
        found = await self._known(process)
        if found is not None:
            return await self._begun_again(found, message, digest)
        turn = await self._machine.heard(process, message)
        process = self._turned(process, turn)
        step = Step("in", message["@type"], process.state, digest, message, note=turn.note)
        try:
            async with self._processes.database.writing(settled=False) as connection:
                await self._processes.check_room(connection, process, self._most)
                begun = await self._processes.begin(connection, process, step)
                letter = await self._stored(connection, begun, turn)
        except IntegrityError:  # the same message at the same moment was quicker
            async with self._processes.database.writing():  # and is committed before this begins
                found = await self._known(process)
            if found is None:
                raise
            return await self._begun_again(found, message, digest)
        await self._afterwards(begun, turn, letter)
        return begun

    async def open(self, process: Process, says: Saying) -> Process:
        """Begin a process of our own; its first message leaves at once."""
        async with self._processes.database.writing(settled=False) as connection:
            begun = await self._processes.begin(connection, replace(process, alarm_at=self._alarm_at()))
            letter = await self._outbox.put(connection, _letter(begun, says))
        passing("between beginning a process and sending its first message")
        self._outbox.send_soon(letter)
        return begun

    async def hear(self, pid: str, peer: str | None, message: Mapping[str, Any], new: State) -> Process:
        """A message of the peer for a process that is under way.

        Raises:
            ProcessUnknown: there is no such process of this peer.
            StepRefused: the state machine knows no such step.
            ProcessBusy: another message of it is being worked on for too long.
        """
        patience = None
        if self._locks.taken(pid):  # nobody else is kept waiting: that would tell that there is such a process
            patience = _PATIENCE_S[(await self.get(pid, peer)).role]
        async with self._locks.held(pid, patience):
            process = await self.get(pid, peer)
            check_pids(process, message)
            return await self._heard(process, message, new)

    async def say(self, pid: str, make: Callable[[Process], Awaitable[Turn]]) -> Process:
        """Say something that did not follow by itself; what waits to be said is taken back for it, but for an end.

        Raises:
            ProcessUnknown, StepRefused
        """
        self._interrupt(pid)
        async with self._locks.held(pid):
            process = await self._processes.get(pid, self._machine.kind)
            turn = await make(process)
            if turn.enters is None:
                return process
            if not may_follow(process.state, process.role, turn.enters):
                raise StepRefused(turn.enters.value, process.state.value)
            if process.peer_pid is None:
                return await self._ended_alone(process, turn)
            now = replace(self._turned(process, turn), error=None)
            async with self._processes.database.writing() as connection:
                await self._take_back(connection, process, turn.enters)
                changed = await self._processes.change(connection, process, None, **_differences(process, now))
                letter = await self._stored(connection, changed, turn)
        await self._afterwards(changed, turn, letter)
        return changed

    async def deliver(self, letter: Letter) -> None:
        """Send a message and store what its answer means, both under the lock of the process."""
        async with self._locks.held(letter.pid):
            process = await self._processes.get(letter.pid, self._machine.kind)
            waiting = await self._outbox.waiting(letter.pid)
            if not waiting or waiting[-1].id != letter.id:
                return  # taken back, or answered by what the peer said since
            try:
                async with asyncio.timeout(None) as self._posting[letter.pid]:
                    answer = await self._reaching.post(process, letter)
            except TimeoutError:  # somebody has something else to say, and does not wait for a silent peer
                async with self._processes.database.writing() as connection:
                    return await self._outbox.later(connection, letter)
            finally:
                self._posting.pop(letter.pid, None)
            passing("between sending a message and storing its answer")
            taken = await self._which_was_taken(process, waiting, answer)
            if taken is not None and isinstance(answer, Answer):
                await self._taken(process, taken, answer, [each for each in waiting if each is not taken])
            else:
                await self._failed(process, letter, answer)

    def _interrupt(self, pid: str) -> None:
        """Leave a message that the peer has not answered yet; sent again, it is known again."""
        if (posting := self._posting.pop(pid, None)) is not None:
            posting.reschedule(asyncio.get_running_loop().time())

    async def _ended_alone(self, process: Process, turn: Turn) -> Process:
        """End what the peer has never answered: it told no id by which anything could be said to it."""
        ended = turn.enters
        if ended is None or ended not in FINAL:
            raise StepRefused(ended.value if ended else "", process.state.value)
        step = Step("out", "", ended, note=turn.note)
        now = {"state": ended, "waits_for": Waiting.NOBODY, "error": None, "alarm_at": None}
        async with self._processes.database.writing() as connection:
            for waiting in await self._outbox.pending(connection, process.pid):
                await self._outbox.drop(connection, waiting)
            changed = await self._processes.change(connection, process, step, **now)
            if turn.along is not None:
                await turn.along(connection, changed)
        return changed

    async def _take_leave(self, process: Process, message: Mapping[str, Any]) -> None:
        """Tell a peer of the end that it could not be told of: now its id is known."""
        named = await self._named(process, their_pid(process, message))
        async with self._processes.database.writing() as connection:
            known = await self._processes.change(connection, process, None, peer_pid=named)
            letter = await self._outbox.put(connection, _letter(known, self._machine.farewell(known)))
        self._outbox.send_soon(letter)

    async def _heard(self, process: Process, message: Mapping[str, Any], new: State) -> Process:
        digest, other = digest_of(message), process.role.other
        pending = await self._outbox.waiting(process.pid)
        if new.value != _ENDED and any(letter.enters == _ENDED for letter in pending):
            raise StepRefused(message["@type"], _ENDED)  # our end holds, though the peer has not answered it yet
        moved = process
        if not may_follow(process.state, other, new):
            if process.is_final and process.peer_pid is None:
                await self._take_leave(process, message)
            reached = [letter for letter in pending if may_follow(self._state(letter.enters), other, new)]
            if not reached or await self._processes.last_heard(process.pid) == digest:
                return await self._again(process, message, digest)
            # That the peer goes on from there shows that it took our message, though its answer never arrived.
            moved = replace(process, state=self._state(reached[-1].enters))
        moved = replace(moved, state=new, peer_pid=await self._named(process, their_pid(process, message)))
        turn = await self._machine.heard(moved, message)
        now = self._turned(moved, turn)
        step = Step("in", message["@type"], new, digest, message, note=turn.note)
        async with self._processes.database.writing(settled=False) as connection:
            for letter in pending:  # the peer spoke: what was to be said before that has no place any more
                await self._outbox.drop(connection, letter)
            changed = await self._processes.change(connection, process, step, **_differences(process, now))
            following = await self._stored(connection, changed, turn)
        passing("between storing a message and answering it")
        await self._afterwards(changed, turn, following)
        return changed

    async def _again(self, process: Process, message: Mapping[str, Any], digest: str) -> Process:
        """A message that came before is answered as it was then."""
        before = await self._processes.answered_before(process.pid, digest)
        if before is None:
            raise StepRefused(message["@type"], process.state.value)
        return replace(process, state=before.state)

    async def _begun_again(self, found: Process, message: Mapping[str, Any], digest: str) -> Process:
        """Who begins again what is there lost our answer, and perhaps what came after it."""
        answered = await self._again(found, message, digest)
        if waiting := [letter for letter in await self._outbox.waiting(found.pid) if letter.body]:
            self._outbox.send_soon(waiting[-1])  # the peer is there: its next try need not wait
        elif found.kind is Kind.TRANSFER and await self._processes.last_heard(found.pid) == digest:
            self._outbox.aside(found.pid, partial(self._remind, found.pid, answered.state))
        return answered

    async def _remind(self, pid: str, behind: State) -> None:
        """Say again what a peer seems not to have heard; it changes nothing here, whatever the peer answers.

        Args:
            behind: the state that the peer is in, if it says any.
        """
        process = await self._processes.get(pid, self._machine.kind)
        if not (await self._reaching.state(process) or behind.value).endswith(behind.value):
            return
        async with self._locks.held(pid):
            process = await self._processes.get(pid, self._machine.kind)
            async with self._processes.database.writing() as connection:
                says = await self._machine.reminder(connection, process)
                if says is None or await self._outbox.pending(connection, pid):
                    return
                step = Step("out", says.message["@type"], process.state, "", says.message, None, _AGAIN)
                process = await self._processes.change(connection, process, step)
        await self._reaching.post(process, _letter(process, says))

    async def _named(self, process: Process, told: str | None) -> str | None:
        """The peer's id of a process, which it tells once.

        Raises:
            ProcessTaken: it told the same for another one.
        """
        if process.peer_pid is not None or told is None:
            return process.peer_pid
        if await self._processes.of_peer(process.kind, process.role, process.peer, told) is not None:
            raise ProcessTaken(told)
        return told

    async def _known(self, process: Process) -> Process | None:
        if process.peer_pid is None:
            return None
        return await self._processes.of_peer(process.kind, process.role, process.peer, process.peer_pid)

    async def _take_back(self, connection: AsyncConnection, process: Process, new: State) -> None:
        """Let go of what waits to be said; what the peer may have taken for good is kept until it answers."""
        for waiting in await self._outbox.pending(connection, process.pid):
            if waiting.enters == _ENDED != new.value:
                raise StepRefused(new.value, _ENDED)
            kept = waiting.enters in _KEPT_TO and not may_follow(self._state(waiting.enters), process.role, new)
            kept = kept and waiting.enters != new.value
            await (self._outbox.park if kept else self._outbox.drop)(connection, waiting)

    async def _which_was_taken(
        self, process: Process, letters: Sequence[Letter], answer: Answer | OutgoingFailed
    ) -> Letter | None:
        """The newest; or, where the peer refused that because it had taken it or another before, the one it took."""
        if isinstance(answer, OutgoingFailed):
            return None
        if answer.ok:
            return letters[-1]
        if may_change(answer.status) or process.peer_pid is None:
            return None
        state = await self._reaching.state(process)
        return next((each for each in reversed(letters) if each.body and state.endswith(each.enters)), None)

    async def _taken(self, process: Process, letter: Letter, answer: Answer, others: Sequence[Letter]) -> None:
        """Store that the peer took a message, and none of the others that it was to take before or instead."""
        message = orjson.loads(letter.body)
        try:
            named = await self._named(process, acknowledged_pid(process, answer))
        except ProcessTaken:  # as if it had told none: it may tell a better one later
            named = None
        moved = replace(process, state=self._state(letter.enters), peer_pid=named)
        turn = await self._machine.taken(moved, message)
        now = replace(self._turned(moved, turn), error=None)
        step = Step("out", letter.message, now.state, digest_of(message), message, answer.status, turn.note)
        changes = _differences(process, now)
        async with self._processes.database.writing(settled=False) as connection:
            if not await self._outbox.drop(connection, letter):
                return
            for other in others:
                await self._outbox.drop(connection, other)
                if other.id > letter.id:
                    late = Step("out", other.message, process.state, "", None, answer.status, _TOO_LATE)
                    process, step = await self._processes.change(connection, process, late), replace(step, status=None)
            changed = await self._processes.change(connection, process, step, **changes)
            following = await self._stored(connection, changed, turn)
        passing("after storing the answer to a message")
        await self._afterwards(changed, turn, following)

    async def _failed(self, process: Process, letter: Letter, answer: Answer | OutgoingFailed) -> None:
        """Write down why a message was not taken; what may yet be taken is tried again."""
        now = datetime.now(UTC)
        found = self._patience.verdict(letter, answer, now)
        changes: dict[str, Any] = {"error": found.why} if found.parked or found.late else {}
        if found.parked:
            changes["waits_for"] = Waiting.PERSON
        if found.given_up:
            changes["alarm_at"] = now  # whoever was told that it waits is told that it does no longer
        async with self._processes.database.writing() as connection:
            if found.told or found.parked:
                step = Step("out", letter.message, process.state, "", None, found.status, found.why)
                await self._processes.change(connection, process, step, **changes)
            await (self._outbox.park if found.parked else self._outbox.later)(connection, letter)

    async def _stored(self, connection: AsyncConnection, process: Process, turn: Turn) -> Letter | None:
        says = turn.says
        if turn.along is not None:
            says = await turn.along(connection, process) or says
        return None if says is None else await self._outbox.put(connection, _letter(process, says))

    async def _afterwards(self, process: Process, turn: Turn, letter: Letter | None) -> None:
        if letter is not None:
            known = await self._peers.key(process.peer)  # of our kind: it holds its lock until our answer is stored
            self._outbox.send_soon(letter, 0 if known else _BREATH_S)
        if turn.after is not None:
            await turn.after(process)

    def _turned(self, process: Process, turn: Turn) -> Process:
        """The process with what follows; only who waits for the other side may be let down by it."""
        waits = turn.changes.get("waits_for", Waiting.NOBODY if process.is_final else Waiting.PEER)
        alarm = self._alarm_at() if waits is Waiting.PEER else None
        return replace(process, **{"waits_for": waits, "alarm_at": alarm, **turn.changes})

    def _alarm_at(self) -> datetime:
        return datetime.now(UTC) + self._patience.alarm

    def _state(self, name: str) -> State:
        return _STATES[self._machine.kind](name)


def _letter(process: Process, says: Saying) -> Letter:
    check(says.message)
    address = below(process.peer_address, says.path)
    body = orjson.dumps(says.message)
    return Letter(process.pid, says.message["@type"], address, body, says.enters.value)


def _differences(before: Process, after: Process) -> dict[str, Any]:
    names = (
        "peer_pid", "peer_address", "state", "waits_for", "dataset", "offer", "agreement", "document", "sealed",
        "error", "alarm_at",
    )  # fmt: skip
    return {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}
