"""Tokens of transfers: short-lived, bound to one transfer, agreement, participant and asset, kept as hashes (P28)."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NewType

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.bindings import bound_key_within, not_over
from exchange.release_errors import GrantRefused
from journal.events import Event, EventKind, append
from stores.database import Database
from stores.exchange_tables import GrantRow
from stores.prepared import Prepared, Write

UnverifiedGrant = NewType("UnverifiedGrant", str)
TTL_S: Final = 600.0
"""How long a token is good unless something else is said; it is renewed before that."""
PREFIX: Final = "rg_"
"""Of each token; lets secret scanners find a leaked one."""
_LONGEST: Final = 512
_ISSUE = Write(insert(GrantRow))
_BY_HASH = Prepared(select(GrantRow.__table__).where(GrantRow.hash == bindparam("hash")))


@dataclass(frozen=True, slots=True)
class Bound:
    """What a token is good for, and for nothing else.

    Attributes:
        participant: IRI of who may use it.
        asset: IRI of the dataset.
        proof_key: thumbprint of the key that must be proved with it; None where to bear it is enough.
    """

    transfer: str
    agreement: str
    participant: str
    asset: str
    proof_key: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A token that was just made.

    Attributes:
        token: the secret, shown this once.
    """

    token: str
    bound: Bound
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Granted:
    """A token that was verified.

    Attributes:
        hash: of the token; the gate looks at it again in the transaction of the release.
    """

    hash: str
    bound: Bound
    expires_at: datetime


class Grants:
    """The tokens of all transfers."""

    def __init__(self, database: Database, ttl_s: float = TTL_S) -> None:
        self._database = database
        self._ttl = timedelta(seconds=ttl_s)

    async def issue(self, bound: Bound, *, uses: int | None = None, ttl_s: float | None = None) -> Grant:
        """Make a token; see `issue_within`."""
        async with self._database.writing() as connection:
            return await self.issue_within(connection, bound, uses=uses, ttl_s=ttl_s)

    async def issue_within(
        self,
        connection: AsyncConnection,
        bound: Bound,
        *,
        uses: int | None = None,
        ttl_s: float | None = None,
        key: str | None = None,
    ) -> Grant:
        """Make a token in the transaction of who starts a transfer.

        Args:
            uses: how many releases may begin with it; None as many as the policy permits.
            ttl_s: how long it is good; None as long as is usual here.
            key: an access key that takes the place of a token; its bearer has to prove its secret besides.
        """
        now = datetime.now(UTC)
        grant = Grant(
            key or PREFIX + secrets.token_urlsafe(32),
            bound,
            now + (self._ttl if ttl_s is None else timedelta(seconds=ttl_s)),
        )
        digest = _hash(grant.token)
        await _ISSUE.run(
            connection, hash=digest, transfer=bound.transfer, agreement=bound.agreement, participant=bound.participant,
            asset=bound.asset, made_at=now, expires_at=grant.expires_at, uses_left=uses, proof_key=bound.proof_key,
        )  # fmt: skip
        await append(
            connection, [Event(EventKind.GRANTED, actor=bound.participant, subject=bound.transfer, digest=digest)]
        )
        return grant

    async def verify(self, token: UnverifiedGrant) -> Granted:
        """What a token is good for now.

        Raises:
            GrantRefused: nothing.
        """
        if not token.startswith(PREFIX) or len(token) > _LONGEST:
            raise GrantRefused
        return await self.proved(token)

    async def proved(self, key: str) -> Granted:
        """What a token, or an access key whose secret was proved, is good for now; raises GrantRefused."""
        digest = _hash(key)
        for row in await self._database.rows(_BY_HASH, hash=digest):
            if hmac.compare_digest(row["hash"], digest) and good(row, datetime.now(UTC)):
                bound = Bound(row["transfer"], row["agreement"], row["participant"], row["asset"], row["proof_key"])
                return Granted(digest, bound, row["expires_at"])
        raise GrantRefused

    async def renew(self, token: UnverifiedGrant, *, ttl_s: float | None = None) -> Grant:
        """A new token in the place of one that is still good, which begins nothing any more; what it began goes on.

        Raises:
            GrantRefused: also where the tokens of its participant are bound otherwise by now.
        """
        granted, now = await self.verify(token), datetime.now(UTC)
        left = or_(GrantRow.uses_left.is_(None), GrantRow.uses_left > 0)  # none, if it was used meanwhile
        async with self._database.writing() as connection:
            ended = await connection.execute(
                update(GrantRow)
                .where(GrantRow.hash == granted.hash, GrantRow.revoked_at.is_(None), GrantRow.expires_at > now, left)
                .values(expires_at=now)
                .returning(GrantRow.uses_left)
            )
            row = ended.first()
            now_bound = await bound_key_within(connection, granted.bound.participant)
            if row is None or now_bound != granted.bound.proof_key:  # None: another renewal was first
                raise GrantRefused
            return await self.issue_within(connection, granted.bound, uses=row.uses_left, ttl_s=ttl_s)

    async def anew(self, transfer: str, participant: str, key: str | None = None) -> Grant:
        """A token in the place of those before, for who proves in another way to be the participant they were for.

        Args:
            key: see `issue_within`.

        Raises:
            GrantRefused: there was none, the last one ended with its transfer, or a key pair would be bound to a key.
        """
        newest = (
            select(GrantRow.__table__, not_over().label("stands"))
            .where(GrantRow.transfer == transfer)
            .order_by(GrantRow.made_at.desc())
        )
        async with self._database.writing() as connection:
            proof_key = await bound_key_within(connection, participant)
            row = (await connection.execute(newest.limit(1))).mappings().first()
            if row is None or row["participant"] != participant or not row["stands"] or (key and proof_key):
                raise GrantRefused
            now = datetime.now(UTC)
            good_ones = (GrantRow.transfer == transfer, GrantRow.expires_at > now)
            await connection.execute(update(GrantRow).where(*good_ones).values(expires_at=now))
            bound = Bound(row["transfer"], row["agreement"], row["participant"], row["asset"], proof_key)
            return await self.issue_within(connection, bound, uses=row["uses_left"], key=key)

    async def revoke_within(
        self, connection: AsyncConnection, *, transfer: str | None = None, agreement: str | None = None
    ) -> int:
        """End all tokens of a transfer or of an agreement with what ends that; from the commit on they prove nothing.

        Returns:
            How many there were.
        """
        of = GrantRow.transfer == transfer if transfer is not None else GrantRow.agreement == agreement
        ended = await connection.execute(update(GrantRow).where(of, not_over()).values(revoked_at=datetime.now(UTC)))
        if ended.rowcount:
            await append(connection, [Event(EventKind.GRANT_REVOKED, subject=transfer or _short(agreement or ""))])
        return ended.rowcount

    async def revoke(self, *, transfer: str | None = None, agreement: str | None = None) -> int:
        """As `revoke_within`, by itself."""
        async with self._database.writing() as connection:
            return await self.revoke_within(connection, transfer=transfer, agreement=agreement)


def good(row: Any, now: datetime) -> bool:
    """Whether a token's row lets it be used now."""
    return row["revoked_at"] is None and row["expires_at"] > now and row["uses_left"] != 0


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _short(iri: str) -> str:
    """An IRI as the subject of an event, which holds 64 characters."""
    return iri if len(iri) <= 64 else hashlib.sha256(iri.encode()).hexdigest()
