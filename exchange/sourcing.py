"""Where the bytes of datasets come from, as their providers say: kept apart from the catalog, credentials sealed."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

import orjson
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.namesakes import described_by
from catalog.reading import Reading
from exchange.holding import Held
from exchange.keys import SecretBox
from exchange.partner_errors import SealBroken
from exchange.release_errors import SourceForbidden, SourceInvalid, SourceUnknown
from exchange.terms import has_part
from exchange.upstreams import Upstream, fingerprint_of
from journal.events import Event, EventKind, append
from ontology.messages import Message
from participants.principal import OPERATOR, Principal
from stores.database import Database
from stores.exchange_tables import SourceRow
from stores.prepared import Prepared, Row

_NO_PART = Message(ja="データセットにその配布はありません。", en="The dataset has no such distribution.")
_NOT_BROUGHT = Message(
    ja="登録したときに受け取った receipt が必要です。PUT /exchange/files で登録してください。",
    en="The receipt of the upload is needed. Upload the file by PUT /exchange/files.",
)
_GONE = Message(
    ja="このファイルはもう保管していません。PUT /exchange/files で登録し直してください。",
    en="This file is not held here any more. Upload it again by PUT /exchange/files.",
)
_NOT_SO_LARGE = Message(ja="このファイルの大きさではありません。", en="This is not the size of the file.")
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_BY_DATASET = Prepared(select(SourceRow.__table__).where(SourceRow.dataset == bindparam("dataset")))
_BY_FINGERPRINT = Prepared(
    select(SourceRow.__table__)
    .where(SourceRow.fingerprint == bindparam("fingerprint"), SourceRow.dataset != bindparam("dataset"))
    .order_by(SourceRow.changed_at)
    .limit(100)
)


@dataclass(frozen=True, slots=True)
class Registered:
    """A source as it is kept.

    Attributes:
        place: what finds the bytes, by kind; no secrets.
        fingerprint: of the content or of the upstream's address: equal for the same bytes under another name (P29).
    """

    dataset: str
    owner: str | None
    kind: str
    place: Mapping[str, Any]
    sealed: bytes | None
    media_type: str | None
    fingerprint: str
    changed_at: datetime


class Sources:
    """The sources of all datasets. They are found by the IRI of the dataset, or of one of its distributions.

    Attributes:
        size_of: bytes of a file that is here, None for any other; whoever keeps files says so.
    """

    def __init__(self, database: Database, box: SecretBox) -> None:
        self._database = database
        self._box = box
        self.size_of: Callable[[str], int | None] | None = None

    def receipt(self, held: Held, principal: Principal) -> str:
        """What shows that a provider brought a file; who only knows its hash cannot make it a source."""
        return base64.urlsafe_b64encode(self._box.seal(held.sha256.encode(), _brought_by(principal))).decode()

    def check_may_register(self, principal: Principal) -> None:
        """Refuse who provides nothing.

        Raises:
            SourceForbidden
        """
        if principal.role == "reader" or not principal.authenticated:
            raise SourceForbidden("")

    async def check_dataset(self, reading: Reading, dataset: str, part: str | None, principal: Principal) -> None:
        """Refuse a source for a dataset that is not the principal's, or for something that is no part of it.

        Raises:
            SourceForbidden: it is another's, or nobody has described it.
            SourceInvalid: the dataset has no such distribution.
        """
        self.check_may_register(principal)
        stored = await described_by(reading, dataset, principal.participant, OPERATOR)
        if stored is None:
            raise SourceForbidden(dataset)
        if part is not None and not has_part(stored.description, part):
            raise SourceInvalid(_NO_PART, "part")

    async def set(self, dataset: str, upstream: Upstream, principal: Principal) -> tuple[Registered, ...]:
        """Say where the bytes of a dataset come from; see `set_within`."""
        async with self._database.writing() as connection:
            return await self.set_within(connection, dataset, upstream, principal)

    async def set_within(
        self, connection: AsyncConnection, dataset: str, upstream: Upstream, principal: Principal
    ) -> tuple[Registered, ...]:
        """Say where the bytes of a dataset come from, in the transaction of who publishes it.

        Returns:
            Other datasets with the same bytes or upstream: what their policies forbid, this one's release does not get
            past either.

        Raises:
            SourceForbidden: it is another's.
            SourceInvalid: the file is not the principal's, or not here any more.
        """
        await self._check_owner(connection, dataset, principal)
        self._check_file(upstream, dataset, principal)
        made = self._made(dataset, upstream, principal)
        values = {
            "owner": made.owner, "kind": made.kind, "place": dict(made.place), "sealed": made.sealed,
            "media_type": made.media_type, "fingerprint": made.fingerprint, "changed_at": made.changed_at,
        }  # fmt: skip
        its = SourceRow.dataset == dataset
        changed = await connection.execute(update(SourceRow).where(its).values(**values))
        if not changed.rowcount:
            await connection.execute(insert(SourceRow).values(dataset=dataset, **values))
        await append(connection, [_event(made, principal)])  # from here on nobody removes files
        if made.kind == "file":
            self._check_held(made)
        found = await connection.execute(
            _BY_FINGERPRINT.statement, {"fingerprint": made.fingerprint, "dataset": dataset}
        )
        return tuple(_registered(row) for row in found.mappings())

    async def _check_owner(self, connection: AsyncConnection, dataset: str, principal: Principal) -> None:
        self.check_may_register(principal)
        if principal.is_operator:
            return
        row = (await connection.execute(_BY_DATASET.statement, {"dataset": dataset})).mappings().first()
        if row is not None and row["owner"] != principal.participant:
            raise SourceForbidden(dataset)

    def _check_file(self, upstream: Upstream, dataset: str, principal: Principal) -> None:
        if upstream.kind != "file" or principal.is_operator:
            return
        try:
            sealed = base64.urlsafe_b64decode(upstream.credentials.get("receipt", ""))
            brought = self._box.open(sealed, _brought_by(principal)).decode()
        except (ValueError, SealBroken):
            brought = ""
        if brought != upstream.place["sha256"]:
            raise SourceInvalid(_NOT_BROUGHT, "receipt")

    def _check_held(self, made: Registered) -> None:
        if self.size_of is None:
            return
        size = self.size_of(made.fingerprint)
        if size is None:
            raise SourceInvalid(_GONE, "sha256")
        if made.place.get("size_bytes", size) != size:
            raise SourceInvalid(_NOT_SO_LARGE, "size_bytes")

    def _made(self, dataset: str, upstream: Upstream, principal: Principal) -> Registered:
        kept = upstream.credentials and upstream.kind != "file"
        secret = orjson.dumps(dict(upstream.credentials)) if kept else None
        return Registered(
            dataset=dataset,
            owner=principal.participant,
            kind=upstream.kind,
            place=upstream.place,
            sealed=None if secret is None else self._box.seal(secret, _purpose(dataset)),
            media_type=upstream.media_type,
            fingerprint=fingerprint_of(upstream.kind, upstream.place),
            changed_at=datetime.now(UTC),
        )

    async def find(self, dataset: str) -> Registered | None:
        """The source of a dataset or distribution, None if there is none."""
        for row in await self._database.rows(_BY_DATASET, dataset=dataset):
            return _registered(row)
        return None

    async def get(self, dataset: str, principal: Principal) -> Registered:
        """The source of a dataset, for its owner and the operator.

        Raises:
            SourceUnknown: there is none, or it is another's.
        """
        found = await self.find(dataset)
        if found is None or not (principal.is_operator or found.owner == principal.participant is not None):
            raise SourceUnknown(dataset)
        return found

    async def owned(self, principal: Principal) -> Sequence[Registered]:
        """All sources of a provider, or all there are for the operator."""
        wanted = select(SourceRow.__table__).order_by(SourceRow.dataset)
        if not principal.is_operator:
            wanted = wanted.where(SourceRow.owner == principal.participant)
        async with self._database.reading() as connection:
            return [_registered(row) for row in (await connection.execute(wanted)).mappings()]

    async def alike(self, source: Registered) -> Sequence[Registered]:
        """Sources of the same bytes whose policies hold for this one too.

        Those of the same owner, and those that stood before: a stranger who registers a foreign upstream inherits what
        its owner forbids, and restricts nobody.
        """
        found = await self._database.rows(_BY_FINGERPRINT, fingerprint=source.fingerprint, dataset=source.dataset)
        others = [_registered(row) for row in found]
        return [each for each in others if each.owner == source.owner or each.changed_at < source.changed_at]

    async def remove(self, dataset: str, principal: Principal) -> None:
        """Forget where the bytes of a dataset come from; nothing of it is released from then on.

        Raises:
            SourceUnknown: there is none, or it is another's.
            SourceForbidden: the principal provides nothing.
        """
        self.check_may_register(principal)
        found = await self.get(dataset, principal)
        async with self._database.writing() as connection:
            await connection.execute(delete(SourceRow).where(SourceRow.dataset == dataset))
            await append(connection, [_event(found, principal)])

    def credentials(self, source: Registered) -> Mapping[str, str]:
        """What opens an upstream; asked by the gate alone, when it opens one."""
        if source.sealed is None:
            return _NOTHING
        return dict(orjson.loads(self._box.open(source.sealed, _purpose(source.dataset))))


def _registered(row: Row) -> Registered:
    return Registered(
        row["dataset"], row["owner"], row["kind"], row["place"], row["sealed"], row["media_type"], row["fingerprint"],
        row["changed_at"],
    )  # fmt: skip


def _event(source: Registered, principal: Principal) -> Event:
    """The subject is a hash, for an IRI may be longer than a subject and is the dataset's own affair."""
    subject = subject_of(source.dataset)
    return Event(EventKind.SOURCE_CHANGED, actor=principal.name, subject=subject, digest=source.fingerprint)


def subject_of(dataset: str) -> str:
    """What the events of a source name as their subject."""
    return hashlib.sha256(dataset.encode()).hexdigest()


def _brought_by(principal: Principal) -> str:
    return f"file {principal.name}"


def _purpose(dataset: str) -> str:
    return f"source {dataset}"
