"""Bearer tokens: issued once in clear, kept as hashes, checked on every request."""

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NewType, cast

from sqlalchemy import insert, select, update

from journal.events import Event, EventKind, append
from participants.principal import OPERATOR, Principal, Role
from stores.database import Database
from stores.secret_files import kept_secret
from stores.tables import TokenRow

UnverifiedToken = NewType("UnverifiedToken", str)

_LONGEST_NAME = 2048
_PREFIX = "rk_"  # lets secret scanners find a leaked one


class TokenRefused(Exception):
    """The token is unknown, mistyped or revoked; which of them is not told."""

    def __init__(self) -> None:
        super().__init__("this token is not known here, or was revoked")


class ParticipantUnclear(Exception):
    """The name of a participant could pass for another's: it has blanks, or characters that are not seen (P33)."""

    def __init__(self, participant: str) -> None:
        super().__init__(f"the name {participant[:200]!a} cannot be a participant's")
        self.participant = ascii(participant[:200])


class TokenUnknown(Exception):
    """No token has this id."""

    def __init__(self, token_id: str) -> None:
        super().__init__(f"no token has the id {token_id}")
        self.token_id = token_id


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token as lists show it; the secret is in `secret` only when it was just made."""

    id: str
    participant: str | None
    role: Role
    catalogs: tuple[str, ...] | None
    created_at: datetime
    revoked_at: datetime | None = None
    secret: str | None = None


class Tokens:
    """The tokens of a deployment.

    The operator's own comes from the settings or from a file of mode 0600 in the data folder; it is not in the
    database. It is replaced by accounts later.
    """

    def __init__(self, database: Database, operator_token: str) -> None:
        self.database = database
        self._operator_hash = _hash(operator_token)
        self._known: dict[str, Principal] = {}
        self._known_at = -1

    async def verify(self, token: UnverifiedToken) -> Principal:
        """The principal that a token proves.

        Raises:
            TokenRefused: it proves nothing.
        """
        digest = _hash(token)
        if hmac.compare_digest(digest, self._operator_hash):
            return OPERATOR
        await self._refresh()
        if (known := self._known.get(digest)) is None:
            raise TokenRefused
        return known

    async def issue(self, participant: str, role: Role, catalogs: tuple[str, ...] | None) -> IssuedToken:
        """Make a token; its secret is never shown again.

        Raises:
            ParticipantUnclear: the name has blanks or characters that are not seen, or is no NFC.
        """
        if not _is_clear(participant):
            raise ParticipantUnclear(participant)
        secret = _PREFIX + secrets.token_urlsafe(32)
        issued = IssuedToken(secrets.token_hex(6), participant, role, catalogs, datetime.now(UTC), secret=secret)
        async with self.database.writing() as connection:
            await connection.execute(
                insert(TokenRow).values(
                    id=issued.id, hash=_hash(secret), participant=participant, role=role,
                    catalogs=None if catalogs is None else list(catalogs), created_at=issued.created_at,
                )
            )  # fmt: skip
            await append(connection, [Event(EventKind.TOKEN_ISSUED, actor=issued.id)])
        return issued

    async def revoke(self, token_id: str) -> None:
        """End a token; the next request that bears it is refused.

        Raises:
            TokenUnknown: there is none of this id.
        """
        async with self.database.writing() as connection:
            done = await connection.execute(
                update(TokenRow)
                .where(TokenRow.id == token_id, TokenRow.revoked_at.is_(None))
                .values(revoked_at=datetime.now(UTC))
            )
            if done.rowcount == 0:
                raise TokenUnknown(token_id)
            await append(connection, [Event(EventKind.TOKEN_REVOKED, actor=token_id)])

    async def issued(self) -> list[IssuedToken]:
        """All tokens ever issued, oldest first, without secrets."""
        async with self.database.reading() as connection:
            rows = await connection.execute(select(TokenRow.__table__).order_by(TokenRow.created_at))
            return [
                IssuedToken(
                    row.id, row.participant, cast("Role", row.role),
                    None if row.catalogs is None else tuple(row.catalogs), row.created_at, row.revoked_at,
                )
                for row in rows
            ]  # fmt: skip

    async def _refresh(self) -> None:
        """Read the tokens anew if anything was committed since; issuing and revoking are journal events."""
        head = await self.database.catalog_head()
        if head == self._known_at:
            return
        async with self.database.reading() as connection:
            rows = await connection.execute(select(TokenRow.__table__).where(TokenRow.revoked_at.is_(None)))
            self._known = {
                row.hash: Principal(
                    row.participant, cast("Role", row.role),
                    None if row.catalogs is None else frozenset(row.catalogs), True, row.id,
                )
                for row in rows
            }  # fmt: skip
        self._known_at = head


def operator_token(folder: Path, given: str | None) -> tuple[str, Path | None]:
    """The operator's token and the file it stands in, made at the first start unless the settings give one."""
    if given:
        return given, None
    path = folder / "operator-token"
    made = kept_secret(path, (_PREFIX + secrets.token_urlsafe(32) + "\n").encode)
    return made.decode().strip(), path


def _is_clear(name: str) -> bool:
    """Whether a name has letters, marks, digits, punctuation and symbols alone, each written in the one usual way."""
    seen = all(unicodedata.category(each)[0] in "LMNPS" for each in name)
    return 0 < len(name) <= _LONGEST_NAME and seen and unicodedata.is_normalized("NFC", name)


def _hash(token: str) -> str:
    # The secrets are random and 256 bits long, so a slow password hash would add nothing.
    return hashlib.sha256(token.encode()).hexdigest()
