"""Descriptions under one IRI: anybody may describe it in a catalog of theirs, and nobody speaks for another by that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from catalog.kinds import Kind
from catalog.reading import Reading, Stored, visible
from participants.principal import OPERATOR, Principal
from stores.prepared import Prepared, Row
from stores.tables import ResourceRow

_BY_IRI = Prepared(select(ResourceRow.__table__).where(ResourceRow.iri == bindparam("iri")).order_by(ResourceRow.id))


@dataclass(frozen=True, slots=True)
class Namesake:
    """One of the descriptions under an IRI.

    Attributes:
        id: of the resource; who came first has the lowest.
        published: whether readers find it; else it is a draft or was withdrawn.
        drafted: whether it was never published.
        known: whether the reader may know of it.
    """

    id: int
    catalog: str
    owner: str | None
    kind: Kind
    published: bool
    drafted: bool
    known: bool

    @property
    def party(self) -> str:
        """Whose word it is."""
        return party_of(self.owner, self.catalog)


def party_of(owner: str | None, catalog: str) -> str:
    """Whose word a description is; what operators keep is that of its catalog, for they take in what is of many."""
    return owner or f"catalog {catalog}"


def party_of_stored(stored: Stored) -> str:
    """Whose word a stored description is."""
    return party_of(stored.owner, stored.catalog)


def is_own(one: Namesake, reader: Principal) -> bool:
    """Whether a description is of who asks."""
    if not reader.authenticated:
        return False
    return one.owner == reader.participant if one.owner is not None else reader.is_operator


def standing(found: Sequence[Namesake]) -> list[Namesake]:
    """Those that count: what is published, and what came first even if it was withdrawn.

    A name that was withdrawn does not pass to whoever took the same one.
    """
    ever = [one for one in found if not one.drafted]
    return [one for one in ever if one.published or one is ever[0]]


def parties(found: Iterable[Namesake]) -> set[str]:
    """Whose words they are."""
    return {one.party for one in found}


async def namesakes(reading: Reading, iri: str, reader: Principal) -> list[Namesake]:
    """All descriptions under an IRI, whoever may see them, the first first."""
    sight = await reading.visibility.of(reader)
    rows: Sequence[Row] = await reading.database.rows(_BY_IRI, iri=iri)
    return [
        Namesake(
            row["id"],
            row["catalog_id"],
            row["owner"],
            Kind(row["kind"]),
            row["state"] == "published",
            row["revision"] == 0,
            visible(row, reader, sight),
        )
        for row in rows
    ]


async def described_by(
    reading: Reading, iri: str, owner: str | None, reader: Principal, *, catalog: str | None = None
) -> Stored | None:
    """What a party says about an IRI of its own, None if it says nothing, no more, or nothing to this reader.

    Args:
        owner: IRI of the participant. None for the operator, who also answers for what is described by one party alone,
            but never chooses between several.
        catalog: of the operator's, where one is meant.
    """
    found = standing(await namesakes(reading, iri, OPERATOR))
    its = [one for one in found if one.owner == owner]
    if owner is None:
        its = [one for one in its if one.catalog == catalog] or its or found
    if len(parties(its)) > 1:
        return None
    published = [one.id for one in its if one.published]
    seen = await reading.many(published, reader)
    return next((seen[key] for key in published if key in seen), None)
