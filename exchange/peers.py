"""The participants with whom this service speaks: where they are, and what each side shows the other as its proof."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.addresses import judged_url
from exchange.bindings import bound_key_within, replace_within
from exchange.dids import METHOD, address_of
from exchange.keeping import Kept
from exchange.keys import SecretBox, public_key
from exchange.outgoing import Outgoing
from exchange.partner_errors import AddressRefused, OutgoingFailed, PeerInvalid, PeerUnknown
from exchange.proofs import thumbprint
from exchange.versions import base_of
from journal.events import Event, EventKind, append
from ontology.messages import Message
from participants.principal import Principal
from stores.database import Database
from stores.exchange_tables import PeerRow
from stores.prepared import Prepared, Row

_LONGEST_ID: Final = 2048
_LONGEST_HEADER: Final = 8192
_KNOWN_FOR_S: Final = 300
_KEPT: Final = 1_000
_NO_KEY: Final = Message(
    "トークンを鍵に結び付けるには、相手の公開鍵 (key) が必要です。",
    "Tokens are bound to the public key of a peer: name its key.",
)
_BY_NAME = Prepared(select(PeerRow.__table__).where(PeerRow.participant == bindparam("participant")))
_BY_PRESENTED = Prepared(select(PeerRow.participant).where(PeerRow.presents == bindparam("presents")))


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer as lists show it, without secrets.

    Attributes:
        address: root of its service, or the base of one version of the protocol.
        authorizes: whether we show it an Authorization header.
        presents: whether it shows us one that is no token of ours.
        key: public key (JWK) of its signatures.
        bound: whether the tokens of its transfers are good only with proofs by that key.
    """

    participant: str
    address: str
    authorizes: bool
    presents: bool
    key: Mapping[str, Any] | None
    bound: bool
    added_at: datetime


class Peers:
    """The peers of a deployment."""

    def __init__(self, database: Database, box: SecretBox, outgoing: Outgoing) -> None:
        self._database, self._box, self._outgoing = database, box, outgoing
        self._bases: dict[str, tuple[float, str]] = {}
        self._kept = Kept[Row](_KEPT)
        self._opened = Kept[str](_KEPT)

    async def put(
        self,
        participant: str,
        address: str,
        *,
        authorization: str | None = None,
        presents: str | None = None,
        key: Mapping[str, Any] | None = None,
        bound: bool | None = None,
        actor: str | None = None,
    ) -> Peer:
        """Make a peer known, or change it; what is None stays as it was, an empty text takes a header away.

        Once its tokens are bound to another key, or to one at all, those of before end, and what they began.

        Args:
            participant: its id in the protocol.
            address: where its `/.well-known/dspace-version` stands below, or the base of its version 2025-1; or a DID
                (did:web), whose document is asked for that once.
            authorization: whole value of the Authorization header that it is shown.
            presents: whole value of the Authorization header that it shows, where that is no token of ours.
            key: public key (JWK) of its signatures.
            bound: tokens of its transfers are good only with proofs by that key (RFC 9449).
            actor: who says so.

        Raises:
            PeerInvalid: one of these cannot be used; says which.
        """
        given: dict[str, Any] = {"address": _address(await self._located(address))}
        participant = _participant(participant)
        if authorization is not None:
            given["sealed"] = self._sealed(participant, authorization)
        if presents is not None:
            given["presents"] = _hash(_header(presents, "presents")) if presents else None
        if key is not None:
            given["key"] = _key(key)
        if bound is not None:
            given["bound"] = bound
        async with self._database.writing() as connection:
            await self._refuse_twin(connection, participant, given.get("presents"))
            before = await bound_key_within(connection, participant)
            row = await _stored(connection, participant, given)
            if row["bound"] and row["key"] is None:
                raise PeerInvalid(_NO_KEY, "bound")
            if await bound_key_within(connection, participant) != before:
                await replace_within(connection, participant)
            await append(connection, [_changed(row, actor)])
        self._bases.pop(participant, None)
        return _peer(row)

    async def remove(self, participant: str, actor: str | None = None) -> None:
        """Forget a peer; its agreements stay.

        Raises:
            PeerUnknown
        """
        async with self._database.writing() as connection:
            if await bound_key_within(connection, participant) is not None:
                await replace_within(connection, participant)
            gone = await connection.execute(delete(PeerRow).where(PeerRow.participant == participant))
            if gone.rowcount == 0:
                raise PeerUnknown(participant)
            await append(connection, [Event(EventKind.PEER_CHANGED, actor=actor, subject=participant)])
        self._bases.pop(participant, None)

    async def all(self) -> list[Peer]:
        """Every peer, by name."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(PeerRow.__table__).order_by(PeerRow.participant))
            return [_peer(row) for row in rows.mappings()]

    async def get(self, participant: str) -> Peer:
        """One peer; raises PeerUnknown."""
        return _peer(await self._row(participant))

    async def authorization(self, participant: str) -> str | None:
        """Value of the Authorization header that a peer is shown; None for one that is shown none, or is not known.

        Raises:
            SealBroken: the secret key is another one than when it was stored.
        """
        row = await self._known(participant)
        if row is None or row["sealed"] is None:
            return None
        head = await self._database.catalog_head()
        if (opened := self._opened.get(head, row["sealed"])) is not None:
            return opened
        return self._opened.put(head, row["sealed"], self._box.open(row["sealed"], _purpose(participant)).decode())

    async def by_presented(self, header: str) -> Principal | None:
        """Who shows this whole value of an Authorization header; None when nobody does."""
        # Looked up by its hash, so that the time it takes tells nothing of the values kept.
        rows = await self._database.rows(_BY_PRESENTED, presents=_hash(header))
        return Principal(rows[0]["participant"], authenticated=True) if rows else None

    async def dsp_base(self, participant: str) -> str:
        """Base of a peer's endpoints of version 2025-1, without a slash at the end; asked anew every five minutes.

        Raises:
            PeerUnknown
            OutgoingFailed: it cannot be asked, or speaks no version that we do.
        """
        row = await self._row(participant)
        at, base = self._bases.get(participant, (0.0, ""))
        if not base or time.monotonic() - at > _KNOWN_FOR_S:
            base = await base_of(row["address"], self._outgoing)
            self._bases[participant] = (time.monotonic(), base)
        return base

    async def key(self, participant: str) -> Mapping[str, Any] | None:
        """Public key (JWK) of a peer's signatures, None if it is not known."""
        row = await self._known(participant)
        return row["key"] if row else None

    async def bound_key(self, participant: str) -> str | None:
        """Thumbprint of the key that tokens of a peer's transfers are bound to; None for whoever bears them."""
        rows = await self._database.rows(_BY_NAME, participant=participant)
        return thumbprint(rows[0]["key"]) if rows and rows[0]["bound"] else None

    async def _located(self, address: str) -> str:
        """An address as it was given, or as the DID document says that was named instead."""
        if not address.startswith(METHOD):
            return address
        try:
            return await address_of(address, self._outgoing)
        except OutgoingFailed as error:
            raise PeerInvalid(error.message, "address") from error

    def _sealed(self, participant: str, authorization: str) -> bytes | None:
        if not authorization:
            return None
        return self._box.seal(_header(authorization, "authorization").encode(), _purpose(participant))

    async def _row(self, participant: str) -> Row:
        if (row := await self._known(participant)) is None:
            raise PeerUnknown(participant)
        return row

    async def _known(self, participant: str) -> Row | None:
        """Its row, None if there is none; each message asks for it several times."""
        head = await self._database.catalog_head()
        if (kept := self._kept.get(head, participant)) is not None:
            return kept
        rows = await self._database.rows(_BY_NAME, participant=participant)
        return self._kept.put(head, participant, rows[0]) if rows else None

    async def _refuse_twin(self, connection: AsyncConnection, participant: str, presents: str | None) -> None:
        others = select(PeerRow.participant).where(PeerRow.presents == presents, PeerRow.participant != participant)
        if presents is not None and await connection.scalar(others) is not None:
            raise PeerInvalid(
                Message("別の相手が同じ値を提示します。", "Another peer shows the same value."), "presents"
            )


async def _stored(connection: AsyncConnection, participant: str, given: Mapping[str, Any]) -> Row:
    its = PeerRow.participant == participant
    if (await connection.execute(update(PeerRow).where(its).values(**given))).rowcount == 0:
        await connection.execute(insert(PeerRow).values(participant=participant, added_at=datetime.now(UTC), **given))
    return (await connection.execute(select(PeerRow.__table__).where(its))).mappings().one()


def _changed(row: Row, actor: str | None) -> Event:
    said = [row["participant"], row["address"], row["sealed"] is not None, row["presents"], row["key"], row["bound"]]
    digest = hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return Event(EventKind.PEER_CHANGED, actor=actor, subject=row["participant"], digest=digest)


def _peer(row: Row) -> Peer:
    return Peer(
        row["participant"], row["address"], row["sealed"] is not None, row["presents"] is not None, row["key"],
        row["bound"], row["added_at"],
    )  # fmt: skip


def _participant(name: str) -> str:
    """An id as it comes in messages: visible ASCII, for two that only look alike must not pass for one (P33)."""
    if not 0 < len(name) <= _LONGEST_ID or not all("!" <= letter <= "~" for letter in name):
        raise PeerInvalid(
            Message(
                "参加者の ID は空白のない ASCII 文字です。国際化された IRI はパーセント符号化してください。",
                "The id of a participant is of ASCII letters without spaces. Percent-encode an internationalised IRI.",
            ),
            "participant",
        )
    return name


def _address(address: str) -> str:
    try:
        judged_url(address)
    except AddressRefused as error:
        raise PeerInvalid(error.message, "address") from error
    if "?" in address or "#" in address:
        raise PeerInvalid(
            Message("アドレスに ? と # は使えません。", "An address has no query and no fragment."), "address"
        )
    return address.rstrip("/")


def _header(value: str, member: str) -> str:
    if not 0 < len(value) <= _LONGEST_HEADER or value != value.strip() or not all(" " <= each <= "~" for each in value):
        raise PeerInvalid(
            Message(
                "ヘッダーの値は ASCII 文字です。先頭と末尾に空白を置けません。",
                "The value of a header is of ASCII letters and neither begins nor ends with a space.",
            ),
            member,
        )
    return value


def _key(key: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {**public_key(key).as_dict(private=False)}
    except ValueError as error:
        raise PeerInvalid(
            Message(f"鍵を使えません ({error})。", f"The key cannot be used ({error})."), "key"
        ) from error


def _purpose(participant: str) -> str:
    return f"peer {participant}"


def _hash(header: str) -> str:
    return hashlib.sha256(header.encode()).hexdigest()
