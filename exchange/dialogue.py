"""What negotiations and transfers have in common: a message comes or goes, and the state moves with it.

A step is one transaction: the state, the line of the timeline, what is to be said next and the journal's event are
stored together. Which step follows from which message is the business of a `Machine`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote

import orjson
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.dsp.checking import check
from exchange.dsp.reading import read_error
from exchange.dsp.states import Negotiation, Party, State, Transfer, may_follow
from exchange.errors import ProcessUnknown, StepRefused
from exchange.locks import Locks
from exchange.outbox import Letter, Outbox
from exchange.outgoing import Answer, Outgoing
from exchange.partner_errors import OutgoingFailed
from exchange.peers import Peers
from exchange.processes import Kind, Process, Processes, Step, Waiting, digest_of
from ontology.messages import Message
from stores.failpoints import passing

_PATIENCE_S = {Party.PROVIDER: 0.5, Party.CONSUMER: 2.0}  # see `exchange.locks`
_TRY_AGAIN = frozenset((404, 408, 425, 429))  # 404: the other side may not have stored yet what we speak of
_STATES: Mapping[Kind, type[Negotiation] | type[Transfer]] = {
    Kind.NEGOTIATION: Negotiation,
    Kind.TRANSFER: Transfer,
}
Along = Callable[[AsyncConnection, Process], Awaitable["Saying | None"]]


@dataclass(frozen=True, slots=True)
class Saying:
    """What our side says next.

    Attributes:
        path: below the peer's address.
        enters: the state once it was taken.
    """

    message: Mapping[str, Any]
    path: str
    enters: State


@dataclass(frozen=True, slots=True)
class Turn:
    """What follows from a message.

    Attributes:
        changes: of the process, besides its state.
        says: the answer that our side gives by itself.
        along: what is stored in the same transaction; it may give what is said, where that holds what was just made.
        note: for the timeline.
        after: what is done once it is stored, as telling others.
        enters: the state that what is said leads to.
    """

    changes: Mapping[str, Any] = field(default_factory=dict)
    says: Saying | None = None
    along: Along | None = None
    note: Message | None = None
    after: Callable[[Process], Awaitable[None]] | None = None
    enters: State | None = None

    def __post_init__(self) -> None:
        """Where something is said, the state follows from it."""
        if self.says is not None:
            object.__setattr__(self, "enters", self.says.enters)


NOTHING = Turn()


class Machine(Protocol):
    """What one kind of process does at each state."""

    kind: Kind

    async def heard(self, process: Process, message: Mapping[str, Any]) -> Turn:
        """A message of the peer brought the process into its state."""
        ...

    async def taken(self, process: Process, message: Mapping[str, Any]) -> Turn:
        """The peer took our message, which brought the process into its state."""
        ...


class Dialogue:
    """Hears and says the messages of one kind of process.

    Args:
        alarm_s: how long a process may wait for its peer before somebody is told.
    """

    def __init__(
        self,
        processes: Processes,
        outbox: Outbox,
        locks: Locks,
        peers: Peers,
        outgoing: Outgoing,
        machine: Machine,
        alarm_s: float = 60,
    ) -> None:
        self._processes, self._outbox, self._locks = processes, outbox, locks
        self._peers, self._outgoing, self._machine = peers, outgoing, machine
        self._alarm = timedelta(seconds=alarm_s)

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
        """
        digest = digest_of(message)
        found = await self._known(process)
        if found is not None:
            return await self._again(found, message, digest)
        turn = await self._machine.heard(process, message)
        process = self._turned(process, turn)
        step = Step("in", message["@type"], process.state, digest, message, note=turn.note)
        try:
            async with self._processes.database.writing() as connection:
                begun = await self._processes.begin(connection, process, step)
                letter = await self._stored(connection, begun, turn)
        except IntegrityError:  # the same message at the same moment was quicker
            found = await self._known(process)
            if found is None:
                raise
            return await self._again(found, message, digest)
        await self._afterwards(begun, turn, letter)
        return begun

    async def open(self, process: Process, says: Saying) -> Process:
        """Begin a process of our own; its first message leaves at once."""
        async with self._processes.database.writing() as connection:
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
        process = await self.get(pid, peer)
        async with self._locks.held(pid, _PATIENCE_S[process.role]):
            process = await self.get(pid, peer)
            _check_pids(process, message)
            return await self._heard(process, message, new)

    async def say(self, pid: str, make: Callable[[Process], Awaitable[Turn]]) -> Process:
        """Say something that did not follow by itself; what waits to be said is taken back for it.

        Raises:
            ProcessUnknown, StepRefused
        """
        async with self._locks.held(pid):
            process = await self._processes.get(pid, self._machine.kind)
            turn = await make(process)
            if turn.enters is None:
                return process
            if not may_follow(process.state, process.role, turn.enters):
                raise StepRefused(turn.enters.value, process.state.value)
            now = replace(self._turned(process, turn), error=None)
            async with self._processes.database.writing() as connection:
                for waiting in await self._outbox.pending(connection, pid):
                    await self._outbox.drop(connection, waiting)
                changed = await self._processes.change(connection, process, None, **_differences(process, now))
                letter = await self._stored(connection, changed, turn)
        await self._afterwards(changed, turn, letter)
        return changed

    async def deliver(self, letter: Letter) -> None:
        """Send a message and store what its answer means, both under the lock of the process."""
        async with self._locks.held(letter.pid):
            process = await self._processes.get(letter.pid, self._machine.kind)
            async with self._processes.database.reading() as connection:
                if letter.id not in {each.id for each in await self._outbox.pending(connection, letter.pid)}:
                    return  # taken back, or answered by what the peer said since
            answer = await self._posted(process, letter)
            passing("between sending a message and storing its answer")
            if isinstance(answer, Answer) and (answer.ok or await self._is_there(process, letter, answer)):
                await self._taken(process, letter, answer)
            else:
                await self._failed(process, letter, answer)

    async def _heard(self, process: Process, message: Mapping[str, Any], new: State) -> Process:
        digest, other = digest_of(message), process.role.other
        async with self._processes.database.reading() as connection:
            pending = await self._outbox.pending(connection, process.pid)
        moved = process
        if not may_follow(process.state, other, new):
            reached = [letter for letter in pending if may_follow(self._state(letter.enters), other, new)]
            if not reached:
                return await self._again(process, message, digest)
            # That the peer goes on from there shows that it took our message, though its answer never arrived.
            moved = replace(process, state=self._state(reached[-1].enters))
        moved = replace(moved, state=new, peer_pid=process.peer_pid or _their_pid(process, message))
        turn = await self._machine.heard(moved, message)
        now = self._turned(moved, turn)
        step = Step("in", message["@type"], new, digest, message, note=turn.note)
        async with self._processes.database.writing() as connection:
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

    async def _known(self, process: Process) -> Process | None:
        if process.peer_pid is None:
            return None
        return await self._processes.of_peer(process.kind, process.role, process.peer, process.peer_pid)

    async def _posted(self, process: Process, letter: Letter) -> Answer | OutgoingFailed:
        headers = {"content-type": "application/json", "accept": "application/json"}
        if (authorization := await self._peers.authorization(process.peer)) is not None:
            headers["authorization"] = authorization
        try:
            return await self._outgoing.post(letter.address, letter.body, headers)
        except OutgoingFailed as error:
            return error

    async def _is_there(self, process: Process, letter: Letter, answer: Answer) -> bool:
        """Whether the peer refused a message only because it had taken it before."""
        if answer.status in _TRY_AGAIN or answer.status >= 500 or process.peer_pid is None:
            return False
        headers = {"accept": "application/json"}
        if (authorization := await self._peers.authorization(process.peer)) is not None:
            headers["authorization"] = authorization
        place = f"{_segment(process.kind)}/{quote(process.peer_pid, safe=_SAFE)}"
        try:
            told = await self._outgoing.get(_below(process.peer_address, place), headers)
            return bool(told.ok and orjson.loads(told.body).get("state", "").endswith(letter.enters))
        except (OutgoingFailed, ValueError, AttributeError):
            return False

    async def _taken(self, process: Process, letter: Letter, answer: Answer) -> None:
        message = orjson.loads(letter.body)
        moved = replace(
            process, state=self._state(letter.enters), peer_pid=process.peer_pid or _acknowledged_pid(process, answer)
        )
        turn = await self._machine.taken(moved, message)
        now = replace(self._turned(moved, turn), error=None)
        step = Step("out", letter.message, now.state, digest_of(message), message, answer.status, turn.note)
        async with self._processes.database.writing() as connection:
            if not await self._outbox.drop(connection, letter):
                return
            changed = await self._processes.change(connection, process, step, **_differences(process, now))
            following = await self._stored(connection, changed, turn)
        passing("after storing the answer to a message")
        await self._afterwards(changed, turn, following)

    async def _failed(self, process: Process, letter: Letter, answer: Answer | OutgoingFailed) -> None:
        """Write down why a message was not taken; what may yet be taken is tried again."""
        why = _why(answer)
        late = datetime.now(UTC) - letter.made_at > self._alarm
        final = isinstance(answer, Answer) and answer.status < 500 and (answer.status not in _TRY_AGAIN or late)
        told = final or late or letter.attempts.bit_count() <= 1  # the 1st, 2nd, 3rd, 5th, 9th … failure
        async with self._processes.database.writing() as connection:
            if told:
                status = answer.status if isinstance(answer, Answer) else None
                step = Step("out", letter.message, process.state, "", None, status, why)
                changes: dict[str, Any] = {"error": why} if final or late else {}
                if final:
                    changes["waits_for"] = Waiting.PERSON
                await self._processes.change(connection, process, step, **changes)
            await (self._outbox.park if final else self._outbox.later)(connection, letter)

    async def _stored(self, connection: AsyncConnection, process: Process, turn: Turn) -> Letter | None:
        says = turn.says
        if turn.along is not None:
            says = await turn.along(connection, process) or says
        return None if says is None else await self._outbox.put(connection, _letter(process, says))

    async def _afterwards(self, process: Process, turn: Turn, letter: Letter | None) -> None:
        if letter is not None:
            self._outbox.send_soon(letter)
        if turn.after is not None:
            await turn.after(process)

    def _turned(self, process: Process, turn: Turn) -> Process:
        """The process with what follows; only who waits for the other side may be let down by it."""
        waits = turn.changes.get("waits_for", Waiting.NOBODY if process.is_final else Waiting.PEER)
        alarm = self._alarm_at() if waits is Waiting.PEER else None
        return replace(process, **{"waits_for": waits, "alarm_at": alarm, **turn.changes})

    def _alarm_at(self) -> datetime:
        return datetime.now(UTC) + self._alarm

    def _state(self, name: str) -> State:
        return _STATES[self._machine.kind](name)


_SAFE = ":@!$&'()*+,;=-._~"  # what a path segment may hold (RFC 3986 §3.3)


def _segment(kind: Kind) -> str:
    return "negotiations" if kind is Kind.NEGOTIATION else "transfers"


def path_of(process: Process, *words: str) -> str:
    """The path of a peer's endpoint for a process, as it knows it."""
    return "/".join((_segment(process.kind), quote(process.peer_pid or "", safe=_SAFE), *words))


def _below(address: str, path: str) -> str:
    return f"{address.rstrip('/')}/{path}"


def _letter(process: Process, says: Saying) -> Letter:
    check(says.message)
    address = _below(process.peer_address, says.path)
    body = orjson.dumps(says.message)
    return Letter(process.pid, says.message["@type"], address, body, says.enters.value)


def _check_pids(process: Process, message: Mapping[str, Any]) -> None:
    """The ids in a message are those of the process that it was sent to; else it is none of this peer's."""
    ours = message.get("providerPid" if process.role is Party.PROVIDER else "consumerPid")
    theirs = message.get("consumerPid" if process.role is Party.PROVIDER else "providerPid")
    if ours is not None and ours != process.pid:
        raise ProcessUnknown(process.pid)
    if theirs is not None and process.peer_pid is not None and theirs != process.peer_pid:
        raise ProcessUnknown(process.pid)


def _their_pid(process: Process, message: Mapping[str, Any]) -> str | None:
    return message.get("consumerPid" if process.role is Party.PROVIDER else "providerPid")


def _acknowledged_pid(process: Process, answer: Answer) -> str | None:
    """The peer's id from its first answer; a peer that tells none tells it in its first message."""
    try:
        told = orjson.loads(answer.body)
        pid = told.get("consumerPid" if process.role is Party.PROVIDER else "providerPid")
    except (ValueError, AttributeError):
        return None
    return pid if isinstance(pid, str) and 0 < len(pid) <= 2048 else None


def _differences(before: Process, after: Process) -> dict[str, Any]:
    names = (
        "peer_pid", "peer_address", "state", "waits_for", "dataset", "offer", "agreement", "document", "sealed",
        "error", "alarm_at",
    )  # fmt: skip
    return {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}


def _why(answer: Answer | OutgoingFailed) -> Message:
    if isinstance(answer, OutgoingFailed):
        return answer.message
    said = _reason(answer)
    return Message(
        ja=f"相手は {answer.status} と答えました{f': {said}' if said else ''}。",
        en=f"The other side answered {answer.status}{f': {said}' if said else ''}.",
    )


def _reason(answer: Answer) -> str:
    """What the error object of an answer gives as its reason, cut short."""
    code, reasons = read_error(answer.body)
    return "; ".join(reasons or filter(None, (code,)))[:500]
