"""The tables of the state database, the home of every fact."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """A point in time, aware and in UTC, on SQLite too (which stores no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """For SQLite in one step: the decorator's way to the same text takes ten times as long."""
        return _as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """As `bind_processor`, the other way."""
        return _of_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times."""
        return None if value is None else _utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give every time back as UTC."""
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a naive time has no place in the database")
    return value.astimezone(UTC)


def _as_text(value: datetime | None) -> str | None:
    """UTC without its zone."""
    return None if value is None else _utc(value).replace(tzinfo=None).isoformat(" ", "microseconds")


def _of_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Common naming of constraints, so that migrations can name what they drop."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Instant, dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012


Key = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself for INTEGER alone


class CatalogRow(Base):
    """A catalog and its house rules.

    Attributes:
        iri: the IRI of its description; that of its source if the source had one.
        level: the validation level that a write must reach.
    """

    __tablename__ = "catalogs"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    iri: Mapped[str] = mapped_column(Text)
    owner: Mapped[str | None] = mapped_column(Text)
    profile: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(32))
    audience: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)


class ResourceRow(Base):
    """A described resource and the state of its newest revision.

    Attributes:
        revision: the published revision, 0 while there is none.
        draft: the draft revision, 0 if there is none.
        audience: blank-separated audiences of the published revision.
        state: draft, published or withdrawn.
    """

    __tablename__ = "resources"
    __table_args__ = (UniqueConstraint("catalog_id", "iri"), Index(None, "catalog_id", "kind", "state", "id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    short_id: Mapped[str] = mapped_column(String(32), unique=True)
    catalog_id: Mapped[str] = mapped_column(ForeignKey("catalogs.id"))
    iri: Mapped[str] = mapped_column(Text, index=True)
    kind: Mapped[str] = mapped_column(String(32))
    audience: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(Integer)
    draft: Mapped[int] = mapped_column(Integer)
    hash: Mapped[str] = mapped_column(String(64))
    owner: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(Text)


class AudienceRow(Base):
    """A value that `resources.audience` has ever had; there are few, and every read asks for them."""

    __tablename__ = "audiences"

    audience: Mapped[str] = mapped_column(Text, primary_key=True)


class RevisionRow(Base):
    """One version of a description, never changed after it was written.

    Attributes:
        canonical: canonical N-Quads, compressed.
        audience: who could see it while it was the newest, blank-separated; None for a draft, which is its owner's
            alone. What was restricted once stays so when the resource is opened later.
        given: the bytes as the publisher gave them, compressed; None for a record of a bulk load, whose canonical
            text holds all that was given.
        report: the validation report as JSON, compressed.
        faults: what was kept, mended or left out on reading, as [[ja, en], …].
    """

    __tablename__ = "revisions"

    resource_id: Mapped[int] = mapped_column(Key, ForeignKey("resources.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    canonical: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[str] = mapped_column(String(64))
    audience: Mapped[str | None] = mapped_column(Text)
    given: Mapped[bytes | None] = mapped_column(LargeBinary)
    media_type: Mapped[str | None] = mapped_column(String(128))
    report: Mapped[bytes | None] = mapped_column(LargeBinary)
    violations: Mapped[int] = mapped_column(Integer)
    warnings: Mapped[int] = mapped_column(Integer)
    faults: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    source: Mapped[str | None] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class SubjectRow(Base):
    """Which published descriptions say something about a subject; the projection asks it before it removes a triple.

    Attributes:
        subject: the first 8 bytes of the SHA-256 of the subject's IRI, as a signed integer.
    """

    __tablename__ = "subjects"
    __table_args__ = (Index(None, "resource_id"),)

    subject: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    resource_id: Mapped[int] = mapped_column(Key, ForeignKey("resources.id"), primary_key=True)


TRAFFIC: Final = frozenset(
    (
        "decided", "negotiation", "transfer", "agreed", "agreement-ended", "granted", "grant-revoked", "released",
        "refused", "release-ended",
    )
)  # fmt: skip
"""Kinds of events after which descriptions, audiences, tokens and profiles are what they were, and every page too."""


OF_SOURCES: Final = text("kind = 'source-changed'")
"""Few of the events: those that who follows a dataset asks for. A query has to say the same words to use the index."""


class EventRow(Base):
    """One line of the journal; ids alone, no data values.

    Attributes:
        was_revision: what readers saw before, None if nothing.
        now_revision: what readers see after, None if nothing.
        subject: what the event is about where that is no resource, as the id of a decision.
        digest: SHA-256 of what the subject says, so that the seal over the journal covers it too.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index(None, "resource_id", "seq"),
        Index("ix_events_of_sources", "subject", "seq", sqlite_where=OF_SOURCES, postgresql_where=OF_SOURCES),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(32))
    catalog_id: Mapped[str | None] = mapped_column(String(64))
    resource_id: Mapped[int | None] = mapped_column(Key)
    was_revision: Mapped[int | None] = mapped_column(Integer)
    was_audience: Mapped[str | None] = mapped_column(Text)
    now_revision: Mapped[int | None] = mapped_column(Integer)
    now_audience: Mapped[str | None] = mapped_column(Text)
    actor: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(String(64))
    subject: Mapped[str | None] = mapped_column(String(64))
    digest: Mapped[str | None] = mapped_column(String(64))


class DecisionRow(Base):
    """A decision that was asked of the service, never changed after it was written.

    Attributes:
        line: everything that it depends on, as a JSON line that can be decided again; compressed.
    """

    __tablename__ = "decisions"
    __table_args__ = (Index(None, "policy", "at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    policy: Mapped[str] = mapped_column(Text)
    party: Mapped[str | None] = mapped_column(Text)
    target: Mapped[str | None] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(String(16))
    line: Mapped[bytes] = mapped_column(LargeBinary)


class CounterRow(Base):
    """How much of a limit one party has used up under one policy.

    Attributes:
        node: what is counted: the constraint that limits it, by its IRI, or a name for what its rule is about; empty
            for the row that whoever counts for the policy and the party locks.
        party: IRI; empty where nobody is named.
    """

    __tablename__ = "counters"

    policy: Mapped[str] = mapped_column(Text, primary_key=True)
    node: Mapped[str] = mapped_column(Text, primary_key=True)
    party: Mapped[str] = mapped_column(Text, primary_key=True)
    used: Mapped[int] = mapped_column(BigInteger)


class TokenRow(Base):
    """A bearer token, of which only the hash is kept."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    participant: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(16))
    catalogs: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ShapesRow(Base):
    """One file of a deployment's own validation profile; `trusted` ones may hold SPARQL constraints."""

    __tablename__ = "shapes"

    profile: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    trusted: Mapped[bool]
    added_at: Mapped[datetime]
