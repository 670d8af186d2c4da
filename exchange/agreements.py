"""The agreements of this service: concluded with a negotiation, signed by both sides, read by their parties, ended."""

import asyncio
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import structlog
from sqlalchemy import ColumnElement, bindparam, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.agreement import AGREED, ENDED, FINALIZED, Agreement
from exchange.dsp.policies import description_of
from exchange.dsp.states import Party
from exchange.expiry import ends_at
from exchange.keys import SigningKey
from exchange.partner_errors import AgreementOver, AgreementTaken, AgreementUnknown, SignatureInvalid
from exchange.peers import Peers
from journal.digests import digest_of
from journal.events import Event, EventKind, append
from ontology.messages import Message
from participants.principal import Principal
from stores.database import Database, packed
from stores.exchange_tables import AgreementRow
from stores.prepared import Prepared, Row, Write

__all__ = ["Agreement", "Agreements", "Wanted"]

SWEEP_S: Final = 2.0
_BY_IRI = Prepared(select(AgreementRow.__table__).where(AgreementRow.iri == bindparam("iri")))
_BY_SHORT_ID = Prepared(select(AgreementRow.__table__).where(AgreementRow.short_id == bindparam("short_id")))
_THIS = Write(_BY_IRI.statement)
_INSERT = Write(insert(AgreementRow))
_FINALIZE = Write(
    update(AgreementRow)
    .where(AgreementRow.iri == bindparam("key"), AgreementRow.state == AGREED)
    .values(state=FINALIZED)
)
_SIGNATURES = Write(select(AgreementRow.signatures).where(AgreementRow.iri == bindparam("iri")).with_for_update())
_SIGN = Write(update(AgreementRow).where(AgreementRow.iri == bindparam("key")))
_SHORT_ID = re.compile(r"[0-9a-f]{32}")
_AT_ONCE = 100
log: structlog.stdlib.BoundLogger = structlog.get_logger("renkei")

Ended = Callable[[Agreement], Awaitable[None]]
Finalized = Callable[[AsyncConnection, Agreement], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which agreements a list holds; what is None does not matter.

    Attributes:
        role: ours, provider or consumer.
        participant: either party.
    """

    role: str | None = None
    state: str | None = None
    dataset: str | None = None
    participant: str | None = None


class Agreements:
    """What was agreed on.

    Attributes:
        on_final: told of each agreement that comes into force, within the transaction.
        on_notice: told of each that is to end at a time to come, within the transaction.
        on_end: told of each agreement that is over, after that is stored; again if that failed or the process died.
            Where nobody listens, as in a command beside a running server, the server tells its own.
    """

    def __init__(self, database: Database, key: SigningKey, peers: Peers, base: str) -> None:
        self._database, self._key, self._peers = database, key, peers
        self._own = re.compile(re.escape(f"{base}/agreements/") + f"({_SHORT_ID.pattern})")
        self.on_final: list[Finalized] = []
        self.on_notice: list[Finalized] = []
        self.on_end: list[Ended] = []

    # Within the transactions of a negotiation.

    async def conclude(
        self,
        connection: AsyncConnection,
        document: Mapping[str, Any],
        *,
        negotiation: str,
        role: Party,
        offer: str | None = None,
        owner: str | None = None,
        revision: int | None = None,
        dataset_hash: str | None = None,
    ) -> Agreement:
        """Write down what was agreed, with our signature.

        Args:
            connection: of the transaction that moves the negotiation.
            document: the agreement as the protocol writes it.
            negotiation: our pid of it.
            role: which side we are.
            offer: IRI of the offer that was taken.
            owner: who answers for it here.
            revision: of the dataset's description that it is about.
            dataset_hash: of the content of that revision.

        Raises:
            AgreementTaken: another agreement has this name.
        """
        description = description_of(document)
        if known := await _THIS.rows(connection, iri=description.iri):
            return _same(known[0], negotiation, description.hash)
        agreed_at = datetime.fromisoformat(document["timestamp"]) if "timestamp" in document else datetime.now(UTC)
        row: dict[str, Any] = {
            "iri": description.iri, "short_id": self._short_id(description.iri, role), "negotiation": negotiation,
            "role": role.value, "provider": document["assigner"], "consumer": document["assignee"], "owner": owner,
            "dataset": document["target"], "revision": revision, "dataset_hash": dataset_hash, "offer": offer,
            "document": packed(orjson.dumps(document)), "canonical": packed(description.canonical.encode()),
            "hash": description.hash, "signatures": {}, "state": AGREED,
            "agreed_at": agreed_at if agreed_at.tzinfo else agreed_at.replace(tzinfo=UTC), "ends_at": ends_at(document),
            "ended_at": None, "ended_by": None, "reason": None,
        }  # fmt: skip
        agreement = Agreement.of(row)
        row["signatures"] = {agreement.us: agreement.signed(self._key)}
        await _INSERT.run(connection, **row)
        await append(connection, [_event(EventKind.AGREED, row, owner)])
        return Agreement.of(row)

    async def finalized(self, connection: AsyncConnection, iri: str) -> None:
        """From now on it is in force."""
        if await _FINALIZE.run(connection, key=iri) and self.on_final:
            (found,) = await _THIS.rows(connection, iri=iri)
            for listener in self.on_final:
                await listener(connection, Agreement.of(found))

    async def dropped(self, connection: AsyncConnection, iri: str) -> None:
        """Its negotiation was ended before it came into force; one that is in force stays."""
        ending = {"state": ENDED, "ended_at": datetime.now(UTC), "reason": "negotiation terminated"}
        await _end(connection, iri, AGREED, ending, None)

    # Read by whom it concerns.

    async def get(self, name: str, reader: Principal) -> Agreement:
        """An agreement by its IRI or short id.

        Raises:
            AgreementUnknown: there is none, or none that concerns the reader: which of both is not told.
        """
        found = await self._found(name)
        if found is None or not found.concerns(reader):
            raise AgreementUnknown(name)
        return found

    async def in_force(self, iri: str, consumer: str | None = None) -> Agreement:
        """An agreement that permits something now.

        Args:
            iri: its name.
            consumer: who claims to have it; then we must be its provider.

        Raises:
            AgreementUnknown: there is none, it was not finalized, or it is somebody else's.
            AgreementOver: it has ended or expired.
        """
        found, now = await self._found(iri), datetime.now(UTC)
        theirs = found is not None and (found.role, found.consumer) == (Party.PROVIDER, consumer)
        if found is None or found.state == AGREED or not (consumer is None or theirs):
            raise AgreementUnknown(iri)
        if not found.is_in_force(now):
            raise AgreementOver(iri, found.over_at or now)
        return found

    async def listed(
        self, reader: Principal, wanted: Wanted | None = None, *, start: int = 0, size: int = 50
    ) -> tuple[list[Agreement], int]:
        """The agreements that concern a reader, newest first, and how many there are in all."""
        where = _conditions(reader, wanted or Wanted())
        newest = select(AgreementRow.__table__).where(*where).order_by(AgreementRow.agreed_at.desc(), AgreementRow.iri)
        async with self._database.reading() as connection:
            total = await connection.scalar(select(func.count()).select_from(AgreementRow).where(*where))
            rows = (await connection.execute(newest.offset(start).limit(size))).mappings().all()
        return [Agreement.of(row) for row in rows], int(total or 0)

    # Signed by the other side.

    async def countersign(self, name: str, participant: str, signature: str) -> Agreement:
        """Keep the signature of the other party.

        Raises:
            AgreementUnknown: it is no party to such an agreement.
            SignatureInvalid: the key that is known of it did not make this.
        """
        agreement = await self._found(name)
        if agreement is None or participant != agreement.peer:
            raise AgreementUnknown(name)
        agreement.check(signature, await self._peer_key(participant))
        async with self._database.writing(settled=False) as connection:
            (held,) = await _SIGNATURES.rows(connection, iri=agreement.iri)
            signatures = {**(held["signatures"] or {}), participant: signature}
            await _SIGN.run(connection, key=agreement.iri, signatures=signatures)
        return Agreement.of({**_row(agreement), "signatures": signatures})

    async def check_signatures(self, agreement: Agreement) -> dict[str, Message | None]:
        """Why the signature of each party is not good; None where it is."""
        found: dict[str, Message | None] = {}
        for party in (agreement.provider, agreement.consumer):
            try:
                key = self._key.public_jwk if party == agreement.us else await self._peer_key(party)
                agreement.check(_signature(agreement, party), key)
                found[party] = None
            except SignatureInvalid as error:
                found[party] = error.message
        return found

    # Over.

    async def end(self, name: str, reader: Principal, reason: str, at: datetime | None = None) -> Agreement:
        """End an agreement, now or after a notice.

        Args:
            name: IRI or short id.
            reader: who ends it.
            reason: for the other party and the record.
            at: when it ends; None for now.

        Raises:
            AgreementUnknown: none that this reader may end.
            AgreementOver: it has ended, or notice was given before.
        """
        agreement, now = await self.get(name, reader), datetime.now(UTC)
        if not agreement.may_end(reader):
            raise AgreementUnknown(name)
        if agreement.ended_at is not None or agreement.state == ENDED:
            raise AgreementOver(agreement.iri, agreement.over_at or now)
        ended_at = min((each for each in (at, agreement.ends_at) if each is not None), default=now) if at else now
        later = ended_at > now
        ending = {"ended_at": max(ended_at, now), "ended_by": reader.name, "reason": reason}
        async with self._database.writing() as connection:
            row = await _end(connection, agreement.iri, agreement.state, ending, reader.name)
            if row is None:
                raise AgreementOver(agreement.iri, now)
            ended = Agreement.of(row)
            for listener in self.on_notice if later else ():
                await listener(connection, ended)
        return ended if later or not self.on_end else await self._settle(ended)

    async def sweep(self, now: datetime | None = None) -> list[Agreement]:
        """End what is over, by its terms or by a notice that has run out, and what an interrupted end left behind."""
        due = or_(
            AgreementRow.ends_at <= (now or datetime.now(UTC)), AgreementRow.ended_at <= (now or datetime.now(UTC))
        )
        found = select(AgreementRow.__table__).where(AgreementRow.state.in_((AGREED, FINALIZED)), due).limit(_AT_ONCE)
        async with self._database.reading() as connection:
            rows: Sequence[Row] = (await connection.execute(found)).mappings().all()
        swept = []
        for each in rows:
            row: Row | None = each
            if each["ended_at"] is None:
                async with self._database.writing() as connection:
                    row = await _end(connection, each["iri"], each["state"], {"ended_at": each["ends_at"]}, None)
            if row is not None:
                swept.append(await self._settle(Agreement.of(row)))
        return swept

    async def _settle(self, agreement: Agreement) -> Agreement:
        """Tell who listens that an agreement is over; only then it counts as ended, so that none goes untold."""
        try:
            for listener in self.on_end:
                await listener(agreement)
        except Exception as error:
            log.warning(
                "telling of the end of an agreement failed, trying again", agreement=agreement.iri, exc_info=error
            )
            return agreement
        async with self._database.writing() as connection:
            its = AgreementRow.iri == agreement.iri
            await connection.execute(update(AgreementRow).where(its).values(state=ENDED))
        return replace(agreement, state=ENDED)

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Sweep again and again, as long as the service runs."""
        task = asyncio.create_task(self._keep_sweeping())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _keep_sweeping(self) -> None:
        while True:
            try:
                await self.sweep()
            except Exception as error:
                log.warning("ending agreements failed, trying again", exc_info=error)
            await asyncio.sleep(SWEEP_S)

    async def _found(self, name: str) -> Agreement | None:
        if _SHORT_ID.fullmatch(name):
            rows = await self._database.rows(_BY_SHORT_ID, short_id=name)
        else:
            rows = await self._database.rows(_BY_IRI, iri=name)
        return Agreement.of(rows[0]) if rows else None

    async def _peer_key(self, participant: str) -> Mapping[str, Any]:
        if (key := await self._peers.key(participant)) is None:
            raise SignatureInvalid(
                Message(f"{participant} の公開鍵が分かりません。", f"The public key of {participant} is not known.")
            )
        return key

    def _short_id(self, iri: str, role: Party) -> str:
        """The end of an address that we gave out; of the name that a peer gave, something of no meaning."""
        own = self._own.fullmatch(iri) if role is Party.PROVIDER else None
        return own[1] if own else hashlib.sha256(iri.encode()).hexdigest()[:32]


async def _end(
    connection: AsyncConnection, iri: str, state: str, ending: Mapping[str, Any], actor: str | None
) -> Row | None:
    """Write down the end of an agreement that is in a state; None when it was in another by then, or had an end."""
    its = (AgreementRow.iri == iri) & (AgreementRow.state == state) & AgreementRow.ended_at.is_(None)
    if (await connection.execute(update(AgreementRow).where(its).values(**ending))).rowcount == 0:
        return None
    row: Row = (await connection.execute(_BY_IRI.statement, {"iri": iri})).mappings().one()
    await append(connection, [_event(EventKind.AGREEMENT_ENDED, row, actor)])
    return row


def _event(kind: EventKind, row: Row, actor: str | None) -> Event:
    return Event(kind, actor=actor, subject=row["short_id"], digest=digest_of(kind, dict(row)))


def _same(known: Row, negotiation: str, digest: str) -> Agreement:
    if (known["negotiation"], known["hash"]) != (negotiation, digest):
        raise AgreementTaken(known["iri"])
    return Agreement.of(known)


def _conditions(reader: Principal, wanted: Wanted) -> list[ColumnElement[bool]]:
    row, named = AgreementRow, (AgreementRow.provider, AgreementRow.consumer)
    found = [getattr(row, name) == value for name in ("role", "state", "dataset") if (value := getattr(wanted, name))]
    if wanted.participant:
        found.append(or_(*(column == wanted.participant for column in named)))
    if not reader.is_operator:
        found.append(or_(*(column == (reader.participant or "") for column in (*named, row.owner))))
    return found


def _signature(agreement: Agreement, party: str) -> str:
    if (signature := agreement.signatures.get(party)) is None:
        raise SignatureInvalid(Message("まだ署名していません。", "It has not signed yet."))
    return signature


def _row(agreement: Agreement) -> dict[str, Any]:
    found = {name: getattr(agreement, name) for name in Agreement.__dataclass_fields__ if name != "packed"}
    return {**found, "document": agreement.packed[0], "canonical": agreement.packed[1]}
