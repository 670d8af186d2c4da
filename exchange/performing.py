"""What parties did because a policy asks for it: payments, deletions, notices; each with its proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import bindparam, insert, select

from exchange.policy.asking import Performed, Value
from exchange.policy.notation import value_of, written_value
from exchange.release_errors import PerformedForbidden
from journal.events import Event, EventKind, append
from ontology.terms import ODRL
from participants.principal import Principal
from stores.database import Database
from stores.exchange_tables import AgreementRow, PerformedRow
from stores.prepared import Prepared, Row

_MOST: Final = 10_000  # entries of a consumer under one agreement
# What only who receives it can know: nobody writes a receipt for oneself.
_FOR_THE_PROVIDER: Final = frozenset(ODRL.NAMESPACE + name for name in ("compensate", "obtainConsent"))
_UNDER = Prepared(
    select(PerformedRow.__table__).where(PerformedRow.agreement == bindparam("agreement")).order_by(PerformedRow.at)
)
_AGREEMENT = Prepared(select(AgreementRow.__table__).where(AgreementRow.iri == bindparam("iri")))


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done.

    Attributes:
        action: IRI.
        party: who did it; None the consumer of the agreement.
        at: when; None now. Only the provider and the operator may say another time.
        fulfils: node of the one duty it was done for.
        values: what the refinements of the duty are held against.
        proof: what shows it, as its author has it.
    """

    action: str
    party: str | None = None
    target: str | None = None
    at: datetime | None = None
    fulfils: str | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    proof: Mapping[str, Any] = field(default_factory=dict)


class Performances:
    """The record of what was done under agreements."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def under(self, agreement: str | None) -> tuple[Performed, ...]:
        """What was done under an agreement, as policies are held against it."""
        rows = () if agreement is None else await self._database.rows(_UNDER, agreement=agreement)
        return tuple(map(_performed, rows))

    async def noted(self, agreement: str, by: Principal) -> Sequence[Row]:
        """The entries of an agreement, oldest first, for its parties.

        Raises:
            PerformedForbidden
        """
        await self._agreement(agreement, by)
        return await self._database.rows(_UNDER, agreement=agreement)

    async def note(self, agreement: str, deed: Deed, by: Principal) -> str:
        """Write down what was done; answers the id of the entry.

        Raises:
            PerformedForbidden: it is not for this principal to say so, or there is no such agreement for it.
        """
        row = await self._agreement(agreement, by)
        party, now = deed.party or row["consumer"], datetime.now(UTC)
        if not _vouches(row, by):
            await self._check_own(agreement, deed, party, by)
        written = {
            "id": uuid4().hex, "agreement": agreement, "action": deed.action, "party": party,
            "target": deed.target or row["dataset"], "at": deed.at or now, "fulfils": deed.fulfils,
            "value": {left: written_value(value) for left, value in deed.values.items()}, "proof": dict(deed.proof),
            "noted_by": by.name, "noted_at": now,
        }  # fmt: skip
        async with self._database.writing() as connection:
            await connection.execute(insert(PerformedRow).values(**written))
            await append(connection, [Event(EventKind.PERFORMED, actor=by.name, subject=str(written["id"]))])
        return str(written["id"])

    async def _check_own(self, agreement: str, deed: Deed, party: str, by: Principal) -> None:
        """A consumer says what it did itself, now, and writes no receipt for itself."""
        declared = all(value.source == "declared" for value in deed.values.values())
        if party != by.participant or deed.action in _FOR_THE_PROVIDER or deed.at is not None or not declared:
            raise PerformedForbidden
        if len(await self._database.rows(_UNDER, agreement=agreement)) >= _MOST:
            raise PerformedForbidden

    async def _agreement(self, agreement: str, by: Principal) -> Row:
        for row in await self._database.rows(_AGREEMENT, iri=agreement):
            parties = (row["consumer"], row["provider"], row["owner"])
            if by.is_operator or (by.participant is not None and by.participant in parties):
                return row
        raise PerformedForbidden


def _vouches(agreement: Row, by: Principal) -> bool:
    """Whether a principal provides what the agreement is about."""
    return by.is_operator or (
        by.role == "provider" and by.participant is not None and agreement["owner"] == by.participant
    )


def _performed(row: Row) -> Performed:
    values = {left: value_of(value) for left, value in row["value"].items()}
    return Performed(row["action"], row["party"], row["target"], row["at"], values, row["fulfils"], row["id"])
