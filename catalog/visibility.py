"""Who may see what: the one place that decides, asked by every read.

An audience is `public`, `participants` or `only/<key>`, the key made from a participant's IRI. A description bears
one or several of them; a reader sees it if it bears one that the reader belongs to.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from catalog.errors import AudienceUnknown
from participants.principal import Principal
from stores.database import Database
from stores.tables import AudienceRow

PUBLIC = "public"
PARTICIPANTS = "participants"
_READERS_KEPT = 1000
_ABSOLUTE_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]+")


def audience_of_participant(iri: str) -> str:
    """The audience that only one participant belongs to."""
    return "only/" + hashlib.sha256(iri.encode()).hexdigest()[:16]


def audience_column(names: Iterable[str], owner: str | None) -> str:
    """The stored form of what a publisher asks for; a restricted description is also for its owner.

    Args:
        names: `public`, `participants` or IRIs of participants.
        owner: IRI of the participant that publishes.

    Raises:
        AudienceUnknown: a name is none of these.
    """
    found = {_audience(name) for name in names}
    if not found:
        raise AudienceUnknown("")
    if PUBLIC in found:
        return PUBLIC
    if PARTICIPANTS in found:
        return PARTICIPANTS
    return " ".join(sorted(found | ({audience_of_participant(owner)} if owner else set())))


def _audience(name: str) -> str:
    if name in (PUBLIC, PARTICIPANTS):
        return name
    if not _ABSOLUTE_IRI.fullmatch(name) or len(name) > 2048:
        raise AudienceUnknown(name)
    return audience_of_participant(name)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one reader may see now.

    Attributes:
        audiences: the audiences it belongs to, sorted; those of the graph store and the index.
        columns: the values of `resources.audience` that it may see.
    """

    audiences: tuple[str, ...]
    columns: tuple[str, ...]

    def sees(self, column: str) -> bool:
        """Whether a description of this audience is visible."""
        return not set(column.split()).isdisjoint(self.audiences)


class Visibility:
    """Answers for readers, kept until the journal moves on."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._columns: tuple[str, ...] = ()
        self._sights: dict[Principal, Sight] = {}
        self._at = -1

    async def of(self, reader: Principal) -> Sight:
        """The sight of a reader at this moment; a change of audience holds from the next call on."""
        await self._refresh()
        if (known := self._sights.get(reader)) is None:
            if len(self._sights) >= _READERS_KEPT:
                self._sights.clear()
            known = self._sights[reader] = self._seen_by(reader)
        return known

    def _seen_by(self, reader: Principal) -> Sight:
        if reader.is_operator:
            everything = sorted({name for column in self._columns for name in column.split()} | {PUBLIC, PARTICIPANTS})
            return Sight(tuple(everything), self._columns)
        own = {PUBLIC}
        if reader.authenticated:
            own.add(PARTICIPANTS)
        if reader.authenticated and reader.participant is not None:
            own.add(audience_of_participant(reader.participant))
        columns = tuple(column for column in self._columns if not own.isdisjoint(column.split()))
        return Sight(tuple(sorted(own)), columns)

    async def _refresh(self) -> None:
        head = await self.database.catalog_head()
        if head == self._at:
            return
        async with self.database.reading() as connection:
            rows = await connection.scalars(select(AudienceRow.audience))
            self._columns = tuple(sorted(rows))
        self._sights.clear()
        self._at = head
