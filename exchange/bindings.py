"""To which key the tokens of a peer's transfers are bound now, and what becomes of those that were bound otherwise."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.proofs import thumbprint
from journal.events import Event, EventKind, append
from stores.exchange_tables import GrantRow, PeerRow

# Ended and expired in the same moment: another may take its place, unlike that of one that ended with its transfer.
REPLACED: ColumnElement[bool] = GrantRow.revoked_at == GrantRow.expires_at


async def bound_key_within(connection: AsyncConnection, participant: str) -> str | None:
    """Thumbprint of the key that a peer's tokens are bound to; it stays that until the transaction ends."""
    its = select(PeerRow.key, PeerRow.bound).where(PeerRow.participant == participant).with_for_update()
    row = (await connection.execute(its)).first()
    return thumbprint(row.key) if row is not None and row.bound and row.key is not None else None


async def replace_within(connection: AsyncConnection, participant: str) -> None:
    """End a peer's tokens, and what they began: who has the key of before, or bears what now wants one, is out."""
    now = datetime.now(UTC)
    of = (GrantRow.participant == participant, GrantRow.revoked_at.is_(None))
    changed = update(GrantRow).where(*of).values(revoked_at=now, expires_at=now).returning(GrantRow.transfer)
    transfers = sorted(set(await connection.scalars(changed)))
    await append(connection, [Event(EventKind.GRANT_REVOKED, subject=transfer) for transfer in transfers])


def not_over() -> ColumnElement[bool]:
    """Of tokens that did not end with their transfer or agreement."""
    return or_(GrantRow.revoked_at.is_(None), REPLACED)
