"""Negotiations and transfers as our side keeps them: the record of each, and one line a message in its timeline."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import Integer, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.dsp.states import FINAL, Negotiation, Party, State, Transfer
from exchange.errors import ProcessMoved, ProcessUnknown, TooManyOpen
from journal.digests import digest_of as row_digest
from journal.events import Event, EventKind, append
from ontology.messages import Message
from stores.database import Database, packed, unpacked
from stores.exchange_tables import STILL_OPEN, ProcessRow, StepRow
from stores.prepared import Prepared, Row, Write


class Kind(StrEnum):
    """The two kinds of process of the protocol."""

    NEGOTIATION = "negotiation"
    TRANSFER = "transfer"


class Waiting(StrEnum):
    """Who has to do something next."""

    PEER = "peer"
    PERSON = "person"
    US = "us"
    NOBODY = "nobody"


_EVENT = {Kind.NEGOTIATION: EventKind.NEGOTIATION, Kind.TRANSFER: EventKind.TRANSFER}
_STATES: Mapping[Kind, type[Negotiation] | type[Transfer]] = MappingProxyType(
    {Kind.NEGOTIATION: Negotiation, Kind.TRANSFER: Transfer}
)


@dataclass(frozen=True, slots=True)
class Process:
    """One negotiation or transfer.

    Attributes:
        pid: our id of it, `urn:uuid:…`; `peer_pid` that of the other side.
        role: ours.
        peer: participant id of the other side.
        peer_address: below which its endpoints stand: the provider's base, or the consumer's callback address.
        document: the offer on the table, what a transfer is to be; without secrets.
        sealed: a data address with its token.
        error: what keeps it from going on.
        alarm_at: when it is told that it does not move.
    """

    kind: Kind
    role: Party
    peer: str
    peer_address: str
    state: State
    pid: str = field(default_factory=lambda: f"urn:uuid:{uuid4()}")
    peer_pid: str | None = None
    waits_for: Waiting = Waiting.PEER
    version: int = 0
    dataset: str | None = None
    offer: str | None = None
    agreement: str | None = None
    document: Mapping[str, Any] = field(default_factory=dict)
    sealed: bytes | None = None
    error: Message | None = None
    actor: str | None = None
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    changed_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    alarm_at: datetime | None = None

    @property
    def provider_pid(self) -> str | None:
        """The provider's id of it, None until it told one."""
        return self.pid if self.role is Party.PROVIDER else self.peer_pid

    @property
    def consumer_pid(self) -> str | None:
        """The consumer's id of it, None until it told one."""
        return self.pid if self.role is Party.CONSUMER else self.peer_pid

    @property
    def is_final(self) -> bool:
        """Whether the protocol knows no way on."""
        return self.state in FINAL


@dataclass(frozen=True, slots=True)
class Step:
    """A message of a process, as its timeline shows it.

    Attributes:
        direction: in or out.
        message: its type.
        state: of the process after it.
        digest: SHA-256 of the message, by which a repeated one is known.
        body: the message without tokens, None where there was none.
        status: of the HTTP answer.
        note: what happened, for people.
    """

    direction: str
    message: str
    state: State
    digest: str = ""
    body: Mapping[str, Any] | None = None
    status: int | None = None
    note: Message | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    number: int = 0


_NAMES = tuple(each.name for each in fields(Process))
_WRITTEN: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        **dict.fromkeys(("kind", "role", "state", "waits_for"), lambda named: named.value),
        "document": lambda document: packed(orjson.dumps(document)),
        "error": lambda error: [error.ja, error.en] if error else None,
    }
)
"""What is done with those that a row does not hold as they are."""


def digest_of(message: Mapping[str, Any]) -> str:
    """What a message says, whatever the order of its members."""
    return hashlib.sha256(orjson.dumps(message, option=orjson.OPT_SORT_KEYS)).hexdigest()


class Processes:
    """The processes of the database. A change is refused if somebody else changed the process since it was read."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def get(self, pid: str, kind: Kind) -> Process:
        """A process by our id.

        Raises:
            ProcessUnknown
        """
        rows = await self.database.rows(_BY_PID, pid=pid, kind=kind.value)
        if not rows:
            raise ProcessUnknown(pid)
        return _process(rows[0])

    async def of_peer(self, kind: Kind, role: Party, peer: str, peer_pid: str) -> Process | None:
        """The process that a peer knows by its own id."""
        rows = await self.database.rows(_OF_PEER, kind=kind.value, role=role.value, peer=peer, peer_pid=peer_pid)
        return _process(rows[0]) if rows else None

    async def running_under(self, agreement: str) -> list[Process]:
        """Transfers under an agreement that have not ended."""
        final = [state.value for state in FINAL]
        async with self.database.reading() as connection:
            rows = await connection.execute(
                select(ProcessRow.__table__).where(
                    ProcessRow.agreement == agreement,
                    ProcessRow.kind == Kind.TRANSFER.value,
                    ProcessRow.state.not_in(final),
                )
            )
            return [_process(row) for row in rows.mappings()]

    async def listed(
        self,
        kind: Kind,
        *,
        owner: str | None = None,
        waits_for: Waiting | None = None,
        state: str | None = None,
        peer: str | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> tuple[int, list[Process]]:
        """Processes, newest change first, and how many there are in all."""
        wanted = {"waits_for": waits_for and waits_for.value, "state": state, "peer": peer, "actor": owner}
        given = {"kind": kind.value, **{name: value for name, value in wanted.items() if value is not None}}
        counted, page = _listing(tuple(given))
        total = (await self.database.rows(counted, **given))[0]["total"]
        found = await self.database.rows(page, **given, first=offset, most=limit)
        return total, [_process(row) for row in found]

    async def check_room(self, connection: AsyncConnection, process: Process, most: int) -> None:
        """Whether the peer of a new process may begin another one of its kind, in the transaction that stores it.

        Raises:
            TooManyOpen
        """
        asked = {"kind": process.kind.value, "role": process.role.value, "peer": process.peer}
        (found,) = await _OPEN.rows(connection, **asked)
        if found["count"] >= most:
            raise TooManyOpen(most)

    async def begin(self, connection: AsyncConnection, process: Process, step: Step | None = None) -> Process:
        """Store a new process with the message that began it."""
        begun = replace(process, version=1)
        await _BEGIN.run(connection, **_columns(begun))
        await self._told(connection, begun, step)
        return begun

    async def change(self, connection: AsyncConnection, process: Process, step: Step | None, **changes: Any) -> Process:
        """Store what changed of a process, and the message that changed it.

        Args:
            process: as it was read.

        Raises:
            ProcessMoved: it is not as it was read; nothing was stored.
        """
        now = replace(process, **{"version": process.version + 1, "changed_at": datetime.now(UTC), **changes})
        written = _columns(now, ("version", "changed_at", *sorted(changes)))
        if await _CHANGE.run(connection, **written, key=process.pid, was=process.version) != 1:
            raise ProcessMoved(process.pid)
        await self._told(connection, now, step)
        return now

    async def steps(self, pid: str, *, before: int | None = None, most: int | None = None) -> list[Step]:
        """The timeline of a process, oldest first.

        Args:
            before: only lines with a smaller number.
            most: of these the newest, so many.
        """
        lines = select(StepRow.__table__).where(StepRow.pid == pid).order_by(StepRow.number.desc()).limit(most)
        if before is not None:
            lines = lines.where(StepRow.number < before)
        async with self.database.reading() as connection:
            rows = (await connection.execute(lines)).mappings().all()
            kind = await connection.scalar(select(ProcessRow.kind).where(ProcessRow.pid == pid))
        return [_step(row, Kind(kind)) for row in reversed(rows)] if kind else []

    async def answered_before(self, pid: str, digest: str) -> Step | None:
        """The step that the same message led to when it came first."""
        rows = await self.database.rows(_HEARD_BEFORE, pid=pid, digest=digest)
        return _step(rows[0], Kind(rows[0]["kind"])) if rows else None

    async def last_heard(self, pid: str) -> str | None:
        """The digest of the peer's newest message."""
        rows = await self.database.rows(_LAST_HEARD, pid=pid)
        return str(rows[0]["digest"]) if rows else None

    async def _told(self, connection: AsyncConnection, process: Process, step: Step | None) -> None:
        kind, digest, actor = _EVENT[process.kind], None, process.actor
        if step is not None:
            columns = _step_columns(process, step)
            await _STEP.run(connection, **columns)
            digest, actor = row_digest(kind, columns), process.peer if step.direction == "in" else actor
        await append(connection, [Event(kind, actor=actor, subject=process.pid, digest=digest)])


def shown(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as timelines keep it: the properties of a data address may be tokens, and are not kept."""
    address = message.get("dataAddress")
    if not isinstance(address, Mapping):
        return dict(message)
    return {**message, "dataAddress": {name: address[name] for name in address if name != "endpointProperties"}}


def _columns(process: Process, names: Iterable[str] = _NAMES) -> dict[str, Any]:
    values = {name: getattr(process, name) for name in names}
    return {name: _WRITTEN[name](value) if name in _WRITTEN else value for name, value in values.items()}


def _process(row: Row) -> Process:
    kind = Kind(row["kind"])
    return Process(
        kind=kind,
        role=Party(row["role"]),
        peer=row["peer"],
        peer_address=row["peer_address"],
        state=_STATES[kind](row["state"]),
        pid=row["pid"],
        peer_pid=row["peer_pid"],
        waits_for=Waiting(row["waits_for"]),
        version=row["version"],
        dataset=row["dataset"],
        offer=row["offer"],
        agreement=row["agreement"],
        document=orjson.loads(unpacked(row["document"])) if row["document"] else {},
        sealed=row["sealed"],
        error=_message(row["error"]),
        actor=row["actor"],
        made_at=row["made_at"],
        changed_at=row["changed_at"],
        alarm_at=row["alarm_at"],
    )


def _step_columns(process: Process, step: Step) -> dict[str, Any]:
    return {
        "pid": process.pid,
        "number": process.version,
        "at": step.at,
        "direction": step.direction,
        "message": step.message,
        "state": process.state.value,
        "digest": step.digest,
        "body": None if step.body is None else packed(orjson.dumps(shown(step.body))),
        "status": step.status,
        "note": [step.note.ja, step.note.en] if step.note else None,
    }


def _step(row: Row, kind: Kind) -> Step:
    return Step(
        direction=row["direction"],
        message=row["message"],
        state=_STATES[kind](row["state"]),
        digest=row["digest"],
        body=orjson.loads(unpacked(row["body"])) if row["body"] else None,
        status=row["status"],
        note=_message(row["note"]),
        at=row["at"],
        number=row["number"],
    )


def _message(pair: Sequence[str] | None) -> Message | None:
    return Message(pair[0], pair[1]) if pair else None


# Built once: SQLAlchemy takes longer to put a statement together than SQLite to run it.
_BY_PID = Prepared(
    select(ProcessRow.__table__).where(ProcessRow.pid == bindparam("pid"), ProcessRow.kind == bindparam("kind"))
)
_OF_PEER = Prepared(
    select(ProcessRow.__table__).where(
        ProcessRow.kind == bindparam("kind"),
        ProcessRow.role == bindparam("role"),
        ProcessRow.peer == bindparam("peer"),
        ProcessRow.peer_pid == bindparam("peer_pid"),
    )
)
_OPEN = Write(
    select(func.count().label("count"))
    .select_from(ProcessRow)
    .where(
        ProcessRow.kind == bindparam("kind"),
        ProcessRow.role == bindparam("role"),
        ProcessRow.peer == bindparam("peer"),
        STILL_OPEN,
    )
)
_BEGIN = Write(insert(ProcessRow))
_STEP = Write(insert(StepRow))
_CHANGE = Write(update(ProcessRow).where(ProcessRow.pid == bindparam("key"), ProcessRow.version == bindparam("was")))
_HEARD = (
    select(StepRow.__table__, ProcessRow.kind)
    .join(ProcessRow, ProcessRow.pid == StepRow.pid)
    .where(StepRow.pid == bindparam("pid"), StepRow.direction == "in")
)
_HEARD_BEFORE = Prepared(_HEARD.where(StepRow.digest == bindparam("digest")).order_by(StepRow.number).limit(1))
_LAST_HEARD = Prepared(_HEARD.where(StepRow.digest != "").order_by(StepRow.number.desc()).limit(1))


@cache
def _listing(names: tuple[str, ...]) -> tuple[Prepared, Prepared]:
    """How many processes there are with these columns as they are given, and a page of them."""
    where = [getattr(ProcessRow, name) == bindparam(name) for name in names]
    newest = select(ProcessRow.__table__).where(*where).order_by(ProcessRow.changed_at.desc(), ProcessRow.pid)
    page = newest.offset(bindparam("first", type_=Integer)).limit(bindparam("most", type_=Integer))
    return Prepared(select(func.count().label("total")).select_from(ProcessRow).where(*where)), Prepared(page)
