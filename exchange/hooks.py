"""Addresses that are told of events, and what proves to them that a notice is ours."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import delete, insert, select

from exchange.addresses import judged_url
from exchange.errors import ExchangeError
from exchange.keys import SecretBox
from journal.events import Event, EventKind, append
from ontology.messages import Message
from participants.principal import Principal
from stores.database import Database
from stores.exchange_tables import HookRow

SIGNATURE: Final = "renkei-signature"
"""`t=<seconds since 1970>,v1=<hex HMAC-SHA256 over "<t>." and the body, under the secret of the hook>`."""
DELIVERY: Final = "renkei-delivery"
"""Id of a notice, the same when it is sent again."""
MOST_OF_ONE: Final = 20


class HookUnknown(ExchangeError):
    """No hook has this id, or it is another's."""

    def __init__(self, hook: str) -> None:
        super().__init__(Message(ja=f"{hook[:64]} という通知先はありません。", en=f"There is no hook {hook[:64]}."))
        self.hook = hook


class HookRefused(ExchangeError):
    """A hook that is not kept: one too many."""

    def __init__(self) -> None:
        super().__init__(
            Message(
                ja=f"通知先は一つの参加者に{MOST_OF_ONE}件までです。",
                en=f"A participant has {MOST_OF_ONE} hooks at most.",
            )
        )


@dataclass(frozen=True, slots=True)
class Hook:
    """An address that is told of events.

    Attributes:
        owner: the participant whose events it is told of; None is the operator, who hears of all.
        kinds: of events; None for all.
        cursor: the last event it was told of.
        failing_since: when it began not to answer well, and `error` what it answered last.
        secret: what its notices are signed with; shown when it was just made.
    """

    id: str
    owner: str | None
    address: str
    kinds: tuple[str, ...] | None
    cursor: int
    made_at: datetime
    failing_since: datetime | None = None
    error: str | None = None
    secret: str | None = None


class Hooks:
    """The hooks of a deployment."""

    def __init__(self, database: Database, box: SecretBox) -> None:
        self.database = database
        self._box = box

    async def add(self, owner: Principal, address: str, kinds: Sequence[EventKind] | None) -> Hook:
        """Tell an address of what happens from now on.

        Raises:
            AddressRefused: it is none, or one that is never connected to.
            HookRefused: there are too many.
        """
        judged_url(address)
        secret = "whs_" + secrets.token_urlsafe(32)
        hook = Hook(
            uuid4().hex, _owner(owner), address, None if kinds is None else tuple(kind.value for kind in kinds),
            await self.database.head(), datetime.now(UTC), secret=secret,
        )  # fmt: skip
        async with self.database.writing() as connection:
            its = select(HookRow.id).where(_of(owner))
            if len((await connection.scalars(its)).all()) >= MOST_OF_ONE:
                raise HookRefused
            await connection.execute(insert(HookRow).values(self._columns(hook, secret)))
            await append(connection, [Event(EventKind.HOOK_CHANGED, actor=owner.name, subject=hook.id)])
        return hook

    def _columns(self, hook: Hook, secret: str) -> dict[str, Any]:
        return {
            "id": hook.id,
            "owner": hook.owner,
            "address": hook.address,
            "sealed": self._box.seal(secret.encode(), _purpose(hook.id)),
            "kinds": None if hook.kinds is None else list(hook.kinds),
            "cursor": hook.cursor,
            "made_at": hook.made_at,
        }

    async def remove(self, hook: str, owner: Principal) -> None:
        """Tell an address no more.

        Raises:
            HookUnknown
        """
        async with self.database.writing() as connection:
            done = await connection.execute(delete(HookRow).where(HookRow.id == hook, _of(owner, others=True)))
            if done.rowcount == 0:
                raise HookUnknown(hook)
            await append(connection, [Event(EventKind.HOOK_CHANGED, actor=owner.name, subject=hook)])

    async def listed(self, owner: Principal | None = None) -> list[Hook]:
        """The hooks of a participant, of the operator all; without anybody all, for who tells them."""
        found = select(HookRow.__table__).order_by(HookRow.made_at, HookRow.id)
        if owner is not None:
            found = found.where(_of(owner, others=True))
        async with self.database.reading() as connection:
            return [_hook(row) for row in await connection.execute(found)]

    async def secret(self, hook: Hook) -> bytes:
        """What notices to a hook are signed with.

        Raises:
            HookUnknown: it was removed meanwhile.
            SealBroken: the secret key is another than it was sealed with.
        """
        async with self.database.reading() as connection:
            sealed = await connection.scalar(select(HookRow.sealed).where(HookRow.id == hook.id))
        if sealed is None:
            raise HookUnknown(hook.id)
        return self._box.open(sealed, _purpose(hook.id))


def signature(secret: bytes, body: bytes, at: int) -> str:
    """The value of the header `SIGNATURE`.

    Args:
        secret: of the hook.
        body: of the notice.
        at: seconds since 1970; who receives it refuses what is older than five minutes, so that none is replayed (P39).
    """
    return f"t={at},v1={hmac.new(secret, b'%d.' % at + body, hashlib.sha256).hexdigest()}"


def _hook(row: Any) -> Hook:
    return Hook(
        row.id, row.owner, row.address, None if row.kinds is None else tuple(row.kinds), row.cursor, row.made_at,
        row.failing_since, row.error,
    )  # fmt: skip


def _owner(principal: Principal) -> str | None:
    return None if principal.is_operator else principal.participant or ""


def _of(principal: Principal, *, others: bool = False) -> Any:
    if principal.is_operator:
        return HookRow.id.is_not(None) if others else HookRow.owner.is_(None)
    return HookRow.owner == (principal.participant or "")


def _purpose(hook: str) -> str:
    return f"hook {hook}"
