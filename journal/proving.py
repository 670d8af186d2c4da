"""Proof that one event stands in the journal, for somebody who has nothing but the public key."""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from journal import findings, leaves
from journal.checkpoints import Notary, Sealed, sealed_from, sealed_of, tree_of
from journal.errors import EventUnknown, EventUnsealed, ProofUnreadable
from journal.leaves import FIELDS
from journal.merkle import Grown, Tree, included, leaf
from ontology.messages import Message
from stores.database import Database
from stores.exchange_tables import SealRow
from stores.tables import EventRow

_MOST = 1 << 20  # events of one checkpoint; the sealer makes far smaller ones
_NOT_INCLUDED = Message(
    ja="この事象はチェックポイントの木に含まれていません。", en="The tree of this checkpoint does not hold this event."
)


@dataclass(frozen=True, slots=True)
class Proof:
    """An event, the way up from it to the root, and the signed root.

    Attributes:
        line: the event as it is hashed, a JSON array of the columns that `journal.leaves.FIELDS` names.
        index: its place among all events, from 0.
        path: hashes from its neighbour up to below the root (RFC 6962 §2.1.1).
    """

    line: bytes
    index: int
    path: tuple[bytes, ...]
    sealed: Sealed

    @property
    def event(self) -> dict[str, Any]:
        """The event by the names of its columns."""
        return dict(zip(FIELDS, orjson.loads(self.line), strict=True))

    def wrong(self, notary: Notary) -> Message | None:
        """What is wrong with it, None if it proves the event."""
        checkpoint = self.sealed.checkpoint
        if not included(leaf(self.line), self.index, checkpoint.size, self.path, bytes.fromhex(checkpoint.root)):
            return _NOT_INCLUDED
        return None if notary.signed(checkpoint.statement, self.sealed.signature) else findings.SIGNATURE_WRONG

    def to_json(self) -> dict[str, Any]:
        """As files and answers show it."""
        return {
            "event": self.event,
            "line": self.line.decode(),
            "leaf": leaf(self.line).hex(),
            "index": self.index,
            "path": [each.hex() for each in self.path],
            **self.sealed.to_json(),
        }


def proof_from(given: Any) -> Proof:
    """A proof from JSON as `Proof.to_json` makes it; only what is hashed is believed.

    Raises:
        ProofUnreadable
    """
    try:
        line, index, path = given["line"].encode(), given["index"], given["path"]
        if not isinstance(index, int) or len(orjson.loads(line)) != len(FIELDS):
            raise ValueError("line or index")
        return Proof(line, index, tuple(bytes.fromhex(each) for each in path), sealed_from(given))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ProofUnreadable(str(error)) from error


async def prove(database: Database, event: int) -> Proof:
    """The proof of an event by the first checkpoint that covers it.

    Raises:
        EventUnknown, EventUnsealed
    """
    async with database.reading() as connection:
        known = await connection.scalar(select(EventRow.seq).where(EventRow.seq == event))
        if known is None:
            raise EventUnknown(event)
        wanted = select(SealRow.__table__).where(SealRow.last >= event).order_by(SealRow.number).limit(1)
        seal = (await connection.execute(wanted)).first()
        if seal is None:
            raise EventUnsealed(event)
        before = await _before(connection, seal.number)
        events = (await connection.execute(leaves.after(seal.first - 1, most=_MOST, last=seal.last))).all()
    place = [row.seq for row in events].index(event)
    path = Grown(before, leaves.hashed(events)).inclusion(before.size + place)
    return Proof(leaves.line(events[place]), before.size + place, tuple(path), sealed_of(seal))


async def _before(connection: AsyncConnection, number: int) -> Tree:
    row = (await connection.execute(select(SealRow.__table__).where(SealRow.number == number - 1))).first()
    return Tree() if row is None else tree_of(row)
