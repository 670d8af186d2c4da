"""Whether agreement, transfer and token of a wish stand at this moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.dsp.states import Party, Transfer
from exchange.grants import good
from exchange.wanting import Wanted
from ontology.messages import Message
from stores.exchange_tables import AgreementRow, GrantRow, OutboxRow, ProcessRow
from stores.prepared import Row, Write

FINALIZED: Final = "finalized"
_UNKNOWN = Message(ja="この合意はありません。", en="There is no such agreement.")
_NOT_YET = Message(ja="合意はまだ成立していません。", en="The agreement is not concluded yet.")
_ENDED = Message(ja="合意は終了しています。", en="The agreement has ended.")
_EXPIRED = Message(ja="合意の期限が過ぎています。", en="The agreement has expired.")
_NOT_YOURS = Message(
    ja="この合意の利用者は別の参加者です。", en="The consumer of this agreement is another participant."
)
_ELSEWHERE = Message(ja="合意の対象はこのデータセットではありません。", en="The agreement is about another dataset.")
_NOT_STARTED = Message(ja="転送は開始されていません。", en="The transfer is not under way.")
_REVOKED = Message(ja="トークンの期限が切れたか、取り消されています。", en="The token has expired or was revoked.")


def _named(name: Any, *columns: Any, shared: bool = True) -> Write:
    """On PostgreSQL held until the commit, so that nothing ends between the look and the decision."""
    return Write(select(*columns).where(name == bindparam("name")).with_for_update(read=shared))


_A, _P, _G = AgreementRow, ProcessRow, GrantRow
_AGREEMENT = _named(_A.iri, _A.state, _A.ended_at, _A.ends_at, _A.consumer, _A.dataset, _A.role)
# What we said of its end or rest holds from the moment it was said, though the peer has not answered yet.
_ENDS = [OutboxRow.enters == state.value for state in (Transfer.SUSPENDED, Transfer.COMPLETED, Transfer.TERMINATED)]
_CLOSING = exists().where(OutboxRow.pid == _P.pid, or_(*_ENDS))
_TRANSFER = _named(_P.pid, _P.kind, _P.state, _P.agreement, _P.role, _CLOSING.label("closing"))
_GRANT = _named(_G.hash, _G.transfer, _G.revoked_at, _G.expires_at, _G.uses_left, shared=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """The rows of agreements, transfers and tokens that some wishes rest on, as they are in one transaction."""

    agreements: Mapping[str, Row]
    transfers: Mapping[str, Row]
    grants: Mapping[str, Row]

    @classmethod
    async def of(cls, connection: AsyncConnection, wanted: Sequence[Wanted]) -> "Standing":
        """Look up what some wishes rest on, each once."""
        return cls(
            await _by(connection, _AGREEMENT, (each.agreement for each in wanted)),
            await _by(connection, _TRANSFER, (each.transfer for each in wanted)),
            await _by(connection, _GRANT, (each.grant for each in wanted)),
        )

    def refusal(self, wanted: Wanted, now: datetime, *, begun: bool = False) -> Message | None:
        """Why a wish is refused whatever its policy says; None where all stands.

        Args:
            begun: it is under way; then its token may have run out or been used up, but not been revoked.
        """
        if wanted.agreement is None:
            return None
        return self._of_agreement(wanted, now) or self._of_transfer(wanted) or self._of_grant(wanted, now, begun)

    def limited(self, wanted: Wanted) -> bool:
        """Whether its token is good for a number of uses."""
        grant = self.grants.get(wanted.grant or "")
        return grant is not None and grant["uses_left"] is not None

    def _of_agreement(self, wanted: Wanted, now: datetime) -> Message | None:
        row = self.agreements.get(wanted.agreement or "")
        if row is None or row["role"] != Party.PROVIDER:
            return _UNKNOWN
        if row["consumer"] != wanted.participant.participant:
            return _NOT_YOURS
        if row["dataset"] != wanted.dataset:
            return _ELSEWHERE
        if row["ended_at"] is not None and row["ended_at"] <= now:  # later: notice was given
            return _ENDED
        if row["state"] != FINALIZED:
            return _NOT_YET
        return _EXPIRED if row["ends_at"] is not None and row["ends_at"] <= now else None

    def _of_transfer(self, wanted: Wanted) -> Message | None:
        if wanted.transfer is None:
            return None
        row = self.transfers.get(wanted.transfer)
        sound = row is not None and row["kind"] == "transfer" and row["role"] == Party.PROVIDER
        if row is None or not sound or row["agreement"] != wanted.agreement or row["state"] != Transfer.STARTED:
            return _NOT_STARTED
        return _NOT_STARTED if row["closing"] else None

    def _of_grant(self, wanted: Wanted, now: datetime, begun: bool) -> Message | None:
        if wanted.grant is None:
            return None
        row = self.grants.get(wanted.grant)
        if row is None or row["transfer"] != wanted.transfer:
            return _REVOKED
        return None if (row["revoked_at"] is None if begun else good(row, now)) else _REVOKED


async def _by(connection: AsyncConnection, query: Write, names: Iterable[str | None]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for name in sorted({name for name in names if name is not None}):
        if rows := await query.rows(connection, name=name):
            found[name] = rows[0]
    return found
