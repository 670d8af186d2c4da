"""Peers, offers, processes of the Dataspace Protocol, agreements, releases and the seals over the journal."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; an event bears the digest of what it is about."""
    op.add_column("events", sa.Column("digest", sa.String(length=64), nullable=True))
    of_sources = sa.text("kind = 'source-changed'")
    op.create_index(
        "ix_events_of_sources", "events", ["subject", "seq"], sqlite_where=of_sources, postgresql_where=of_sources
    )
    op.create_table(
        "peers",
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("presents", sa.String(length=64), nullable=True),
        sa.Column("key", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("bound", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("participant", name=op.f("pk_peers")),
        sa.UniqueConstraint("presents", name=op.f("uq_peers_presents")),
    )
    op.create_table(
        "offers",
        sa.Column("iri", sa.Text(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("approval", sa.String(length=16), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("iri", name=op.f("pk_offers")),
    )
    op.create_index(op.f("ix_offers_dataset"), "offers", ["dataset"], unique=False)
    op.create_table(
        "sources",
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("media_type", sa.String(length=128), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("dataset", name=op.f("pk_sources")),
    )
    op.create_index(op.f("ix_sources_fingerprint"), "sources", ["fingerprint"], unique=False)
    op.create_table(
        "processes",
        sa.Column("pid", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("peer_pid", sa.Text(), nullable=True),
        sa.Column("peer_address", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("waits_for", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=True),
        sa.Column("offer", sa.Text(), nullable=True),
        sa.Column("agreement", sa.Text(), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alarm_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("pid", name=op.f("pk_processes")),
        sa.UniqueConstraint("kind", "role", "peer", "peer_pid", name=op.f("uq_processes_kind_role_peer_peer_pid")),
    )
    op.create_index(op.f("ix_processes_agreement"), "processes", ["agreement"], unique=False)
    op.create_index(op.f("ix_processes_alarm_at"), "processes", ["alarm_at"], unique=False)
    op.create_index(
        op.f("ix_processes_kind_state_changed_at"), "processes", ["kind", "state", "changed_at"], unique=False
    )
    still_open = sa.text("state NOT IN ('COMPLETED', 'FINALIZED', 'TERMINATED')")
    op.create_index(
        "ix_processes_open", "processes", ["kind", "role", "peer"], sqlite_where=still_open, postgresql_where=still_open
    )
    op.create_table(
        "steps",
        sa.Column("pid", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("message", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("note", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("pid", "number", name=op.f("pk_steps")),
        sa.ForeignKeyConstraint(["pid"], ["processes.pid"], name=op.f("fk_steps_pid_processes")),
    )
    op.create_table(
        "schedules",
        sa.Column("pid", sa.String(length=64), nullable=False),
        sa.Column("every_s", sa.Integer(), nullable=False),
        sa.Column("declared", sa.JSON(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("etag", sa.String(length=200), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("media_type", sa.String(length=128), nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("pid", name=op.f("pk_schedules")),
        sa.ForeignKeyConstraint(["pid"], ["processes.pid"], name=op.f("fk_schedules_pid_processes")),
    )
    op.create_index(op.f("ix_schedules_due_at"), "schedules", ["due_at"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", _KEY, nullable=False, autoincrement=True),
        sa.Column("pid", sa.String(length=64), nullable=True),
        sa.Column("message", sa.String(length=64), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("enters", sa.String(length=16), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outbox_due_at"), "outbox", ["due_at"], unique=False)
    op.create_index(op.f("ix_outbox_pid_id"), "outbox", ["pid", "id"], unique=False)
    op.create_table(
        "agreements",
        sa.Column("iri", sa.Text(), nullable=False),
        sa.Column("short_id", sa.String(length=32), nullable=False),
        sa.Column("negotiation", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("dataset_hash", sa.String(length=64), nullable=True),
        sa.Column("offer", sa.Text(), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("canonical", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("signatures", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.UniqueConstraint("short_id", name=op.f("uq_agreements_short_id")),
        sa.PrimaryKeyConstraint("iri", name=op.f("pk_agreements")),
        sa.UniqueConstraint("negotiation", name=op.f("uq_agreements_negotiation")),
    )
    op.create_index(op.f("ix_agreements_consumer"), "agreements", ["consumer"], unique=False)
    op.create_index(op.f("ix_agreements_dataset"), "agreements", ["dataset"], unique=False)
    op.create_index(op.f("ix_agreements_state_ends_at"), "agreements", ["state", "ends_at"], unique=False)
    op.create_index(op.f("ix_agreements_state_ended_at"), "agreements", ["state", "ended_at"], unique=False)
    op.create_table(
        "grants",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("transfer", sa.String(length=64), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uses_left", sa.Integer(), nullable=True),
        sa.Column("proof_key", sa.String(length=43), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_grants")),
    )
    op.create_index(op.f("ix_grants_agreement"), "grants", ["agreement"], unique=False)
    op.create_index(op.f("ix_grants_transfer"), "grants", ["transfer"], unique=False)
    op.create_table(
        "releases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreement", sa.Text(), nullable=True),
        sa.Column("transfer", sa.String(length=64), nullable=True),
        sa.Column("participant", sa.Text(), nullable=True),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("etag", sa.String(length=80), nullable=True),
        sa.Column("offset_bytes", sa.BigInteger(), nullable=False),
        sa.Column("whole_bytes", sa.BigInteger(), nullable=True),
        sa.Column("continues", sa.String(length=32), nullable=True),
        sa.Column("consumed", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("reason", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
    )
    op.create_index(op.f("ix_releases_agreement_at"), "releases", ["agreement", "at"], unique=False)
    op.create_index(op.f("ix_releases_dataset_at"), "releases", ["dataset", "at"], unique=False)
    op.create_index(op.f("ix_releases_participant_at"), "releases", ["participant", "at"], unique=False)
    op.create_index(op.f("ix_releases_transfer_at"), "releases", ["transfer", "at"], unique=False)
    op.create_table(
        "performed",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fulfils", sa.Text(), nullable=True),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("proof", sa.JSON(), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_performed")),
    )
    op.create_index(op.f("ix_performed_agreement"), "performed", ["agreement"], unique=False)
    op.create_table(
        "seals",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("peaks", sa.JSON(), nullable=False),
        sa.Column("marks", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seals")),
    )
    op.create_table(
        "hooks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kinds", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hooks")),
    )
