"""The tables of the exchange: peers, offers, processes and their messages, agreements, releases, seals."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from stores.tables import Base, Key


class PeerRow(Base):
    """A participant with whom this service speaks the Dataspace Protocol.

    Attributes:
        address: root of its service, where `/.well-known/dspace-version` stands, or the base of one version.
        sealed: value of the Authorization header that we send it, under our secret key.
        presents: SHA-256 of an Authorization header it sends us that is no token of ours; of peers with a scheme of
            their own.
        key: public key (JWK) of its signatures on agreements.
        bound: tokens of its transfers are good only with proofs by that key.
    """

    __tablename__ = "peers"

    participant: Mapped[str] = mapped_column(Text, primary_key=True)
    address: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    presents: Mapped[str | None] = mapped_column(String(64), unique=True)
    key: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    bound: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime]


class OfferRow(Base):
    """What is done when somebody asks for an offer; its terms stand in the catalog.

    Attributes:
        iri: of the offer, an `odrl:hasPolicy` of the dataset or of one of its distributions.
        approval: rule (the terms alone decide) or person (waits in the queue).
        audience: who may negotiate it, stored form of `catalog.visibility`.
        withdrawn_at: no new negotiation from then on.
    """

    __tablename__ = "offers"

    iri: Mapped[str] = mapped_column(Text, primary_key=True)
    dataset: Mapped[str] = mapped_column(Text, index=True)
    owner: Mapped[str | None] = mapped_column(Text)
    approval: Mapped[str] = mapped_column(String(16))
    audience: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class SourceRow(Base):
    """Where the bytes of a dataset come from; never shown in the catalog.

    Attributes:
        dataset: IRI; of a distribution where only that is meant.
        kind: file, http, s3 or sparql.
        place: what finds the bytes, without secrets, by kind.
        sealed: credentials as JSON, under our secret key.
        fingerprint: SHA-256 of the content or of the upstream's address: the same bytes under another name are found.
    """

    __tablename__ = "sources"

    dataset: Mapped[str] = mapped_column(Text, primary_key=True)
    owner: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(16))
    place: Mapped[dict[str, Any]]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    media_type: Mapped[str | None] = mapped_column(String(128))
    fingerprint: Mapped[str] = mapped_column(String(64), index=True)
    changed_at: Mapped[datetime]


STILL_OPEN: Final = text("state NOT IN ('COMPLETED', 'FINALIZED', 'TERMINATED')")
"""Processes that have not ended. A query has to say the same words to use the index."""


class ProcessRow(Base):
    """A contract negotiation or a transfer process of the Dataspace Protocol, as our side has it.

    Attributes:
        pid: our own id of it; `peer_pid` that of the other side, None until it told it.
        kind: negotiation or transfer; `role` provider or consumer, ours.
        peer_address: where its messages go: the provider's base, or the consumer's callback address.
        state: as the protocol spells it; INITIAL before the first message was answered.
        waits_for: peer, person, us or nobody.
        version: moves with each change; who changes states from which it came.
        document: JSON of what both speak about, packed: the offer on the table, what the transfer is to be.
        sealed: the data address with its token, under our secret key.
        error: what keeps it from going on, as [ja, en].
        alarm_at: when somebody is told that it does not move.
    """

    __tablename__ = "processes"
    __table_args__ = (
        UniqueConstraint("kind", "role", "peer", "peer_pid"),
        Index(None, "kind", "state", "changed_at"),
        Index("ix_processes_open", "kind", "role", "peer", sqlite_where=STILL_OPEN, postgresql_where=STILL_OPEN),
    )

    pid: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    role: Mapped[str] = mapped_column(String(16))
    peer: Mapped[str] = mapped_column(Text)
    peer_pid: Mapped[str | None] = mapped_column(Text)
    peer_address: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    waits_for: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer)
    dataset: Mapped[str | None] = mapped_column(Text)
    offer: Mapped[str | None] = mapped_column(Text)
    agreement: Mapped[str | None] = mapped_column(Text, index=True)
    document: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    error: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    actor: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    alarm_at: Mapped[datetime | None] = mapped_column(index=True)


class StepRow(Base):
    """One message of a process: what was sent or came, and how it was answered. Its timeline is made of these.

    Attributes:
        direction: in or out.
        message: its type in the protocol.
        state: of the process after it.
        body: the message without tokens, packed.
        status: of the HTTP answer.
        note: what happened, for people, as [ja, en].
    """

    __tablename__ = "steps"

    pid: Mapped[str] = mapped_column(ForeignKey("processes.pid"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    direction: Mapped[str] = mapped_column(String(8))
    message: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    status: Mapped[int | None] = mapped_column(Integer)
    note: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))


class ScheduleRow(Base):
    """A transfer of ours whose data are pulled again and again, and the newest of what came.

    Attributes:
        pid: of the transfer.
        declared: what is stated about the use, by name.
        due_at: when to look next; None once it is over. `leased_until`: somebody is at it.
        etag: of the newest state, as its provider names it; `sha256` finds it here.
        error: why the last look brought nothing, as [ja, en].
    """

    __tablename__ = "schedules"

    pid: Mapped[str] = mapped_column(ForeignKey("processes.pid"), primary_key=True)
    every_s: Mapped[int] = mapped_column(Integer)
    declared: Mapped[dict[str, Any]]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    leased_until: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    etag: Mapped[str | None] = mapped_column(String(200))
    sha256: Mapped[str | None] = mapped_column(String(64))
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    media_type: Mapped[str | None] = mapped_column(String(128))
    error: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))


class OutboxRow(Base):
    """A message that has to leave: written with the state that demands it, gone when it was answered.

    Attributes:
        pid: the process it belongs to; None for a notice to a hook.
        address: the whole address it is posted to.
        sealed: headers and body as JSON, under our secret key, for they may hold a token.
        enters: the state that the process is in once the peer answered well.
        due_at: not before; moves on with each failure. `leased_until`: somebody is sending it.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "due_at"), Index(None, "pid", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    pid: Mapped[str | None] = mapped_column(String(64))
    message: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    enters: Mapped[str | None] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]


class AgreementRow(Base):
    """What two participants agreed on; never changed but by its end and the signatures that arrive.

    Attributes:
        role: ours, provider or consumer.
        revision: of the dataset's description at the provider, `dataset_hash` that of its content.
        document: the agreement as the protocol writes it, JSON, packed; `canonical` its N-Quads, packed.
        signatures: compact JWS by participant.
        state: agreed, verified, finalized or ended.
    """

    __tablename__ = "agreements"
    __table_args__ = (Index(None, "state", "ends_at"), Index(None, "state", "ended_at"))

    iri: Mapped[str] = mapped_column(Text, primary_key=True)
    short_id: Mapped[str] = mapped_column(String(32), unique=True)
    negotiation: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    provider: Mapped[str] = mapped_column(Text)
    consumer: Mapped[str] = mapped_column(Text, index=True)
    owner: Mapped[str | None] = mapped_column(Text)
    dataset: Mapped[str] = mapped_column(Text, index=True)
    revision: Mapped[int | None] = mapped_column(Integer)
    dataset_hash: Mapped[str | None] = mapped_column(String(64))
    offer: Mapped[str | None] = mapped_column(Text)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    canonical: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[str] = mapped_column(String(64))
    signatures: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16))
    agreed_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)


class GrantRow(Base):
    """A short-lived token for one transfer, of which only the hash is kept.

    Attributes:
        participant: who may use it; `asset` what for, under `agreement`.
        uses_left: how often it may still be used; None as often as the policy says.
        proof_key: thumbprint (RFC 7638) of the key without whose proofs it opens nothing; None for whoever bears it.
    """

    __tablename__ = "grants"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    transfer: Mapped[str] = mapped_column(String(64), index=True)
    agreement: Mapped[str] = mapped_column(Text, index=True)
    participant: Mapped[str] = mapped_column(Text)
    asset: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    uses_left: Mapped[int | None] = mapped_column(Integer)
    proof_key: Mapped[str | None] = mapped_column(String(43))


class ReleaseRow(Base):
    """Bytes that left or were refused, and under what; written before the first of them.

    Attributes:
        decision: id of the decision that permitted or refused it; None where no policy was asked.
        state: open, done, stopped, failed or refused.
        size_bytes: sent so far; `sha256` of the whole, where all of it was sent.
        offset_bytes: of the whole, where it began; `whole_bytes` how large that is, where it is known.
        continues: the release whose use of the data this one goes on with, counted there.
        consumed: what it used up, as [policy, node, amount].
        reason: why it was refused or stopped, as [ja, en].
    """

    __tablename__ = "releases"
    __table_args__ = (
        Index(None, "agreement", "at"),
        Index(None, "dataset", "at"),
        Index(None, "participant", "at"),
        Index(None, "transfer", "at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    agreement: Mapped[str | None] = mapped_column(Text)
    transfer: Mapped[str | None] = mapped_column(String(64))
    participant: Mapped[str | None] = mapped_column(Text)
    dataset: Mapped[str] = mapped_column(Text)
    decision: Mapped[str | None] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))
    etag: Mapped[str | None] = mapped_column(String(80))
    offset_bytes: Mapped[int] = mapped_column(BigInteger)
    whole_bytes: Mapped[int | None] = mapped_column(BigInteger)
    continues: Mapped[str | None] = mapped_column(String(32))
    consumed: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    request_id: Mapped[str | None] = mapped_column(String(64))


class PerformedRow(Base):
    """An action that a party carried out because a policy asks for it: a payment, a deletion, a notice.

    Attributes:
        agreement: under which; `fulfils` the node of the duty in it, where it was done for that one alone.
        noted_by: who vouches for it: the party itself, or the provider.
        proof: what shows it, as its author wrote it: a receipt, a digest of what was deleted.
    """

    __tablename__ = "performed"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    agreement: Mapped[str] = mapped_column(Text, index=True)
    action: Mapped[str] = mapped_column(Text)
    party: Mapped[str] = mapped_column(Text)
    target: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]
    fulfils: Mapped[str | None] = mapped_column(Text)
    value: Mapped[dict[str, Any]]
    proof: Mapped[dict[str, Any]]
    noted_by: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[datetime]


class SealRow(Base):
    """A checkpoint of the journal: the root of the Merkle tree over all its events so far, signed and chained.

    Attributes:
        first: the first event that this one added, `last` the last.
        size: how many events the tree has.
        root: SHA-256, hexadecimal, as `previous`, the digest of the checkpoint before.
        peaks: of the tree, from which the next one goes on; hexadecimal, the largest subtree first.
        marks: the first 8 bytes of each event's hash that this one added. The root proves that something was changed,
            these tell what.
        signature: compact JWS of the checkpoint.
    """

    __tablename__ = "seals"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    first: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    peaks: Mapped[list[str]]
    marks: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[str] = mapped_column(Text)


class HookRow(Base):
    """An address that is told of events.

    Attributes:
        kinds: of events it wants; None for all it may see.
        cursor: the last event it was told of.
        sealed: the key that its notices are signed with, under our secret key.
    """

    __tablename__ = "hooks"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    kinds: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    cursor: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
