"""What the catalog itself knows of the things a description mentions, for validation.

A dataset says `dct:publisher <x>`, and that x is an agent stands in another description of the same catalog: without it
the class of the publisher would be reported as wrong.
"""

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import or_, select

from catalog.visibility import Sight, Visibility
from ontology.description import Description
from ontology.terms import DCT, FOAF, RDF, SKOS
from participants.principal import Principal
from stores.database import Database, unpacked
from stores.tables import ResourceRow, RevisionRow

_TELLING = tuple(f"> {node} " for node in (RDF.type, SKOS.inScheme, SKOS.prefLabel, FOAF.name, DCT.title))
_OBJECT_IRI = re.compile(r"> <([^>]*)> \.$", re.MULTILINE)
_KEPT = 50_000
_Who = tuple[tuple[str, ...], str | None]
_Known = dict[tuple[str, _Who, str], str]


class Context:
    """Types, schemes and names of described things, by catalog and by what the writer may see.

    A report speaks of them: from one that knew more, a writer could read what a hidden description is.
    """

    def __init__(self, database: Database, visibility: Visibility) -> None:
        self.database = database
        self.visibility = visibility
        self._known: _Known = {}
        self._head = -1

    async def learn(self, catalog: str, description: Description, writer: Principal) -> None:
        """Remember what a description that is being written says of its own resource."""
        who = _who(writer, await self.visibility.of(writer))
        self._room()[catalog, who, description.iri] = telling_lines(description)

    async def of(
        self, descriptions: Sequence[Description], catalog: str | None, writer: Principal
    ) -> Mapping[str, str]:
        """For each description, by IRI, the N-Triples lines about what it mentions, free of blank nodes."""
        if catalog is None:
            return {}
        await self.begin()
        return await self._of(descriptions, catalog, writer)

    async def begin(self) -> None:
        """Forget what may have changed since: before a single description, or before the first of a load."""
        head = await self.database.catalog_head()
        if head != self._head:
            self._known, self._head = {}, head

    async def within_load(
        self, descriptions: Sequence[Description], catalog: str, writer: Principal
    ) -> Mapping[str, str]:
        """The same during a load, whose own writes move the journal and must not empty what was learnt."""
        return await self._of(descriptions, catalog, writer)

    async def _of(self, descriptions: Sequence[Description], catalog: str, writer: Principal) -> Mapping[str, str]:
        sight = await self.visibility.of(writer)
        who, known = _who(writer, sight), self._room()
        mentioned = {one.iri: mentions(one) for one in descriptions}
        wanted = {(catalog, who, iri) for iris in mentioned.values() for iri in iris}
        await self._look_up(known, catalog, sorted(iri for _, _, iri in wanted - known.keys()), writer, sight)
        return {iri: "".join(known[catalog, who, name] for name in sorted(names)) for iri, names in mentioned.items()}

    def _room(self) -> _Known:
        """What is known, or nothing if that became too much; who is using it goes on with what there was."""
        if len(self._known) > _KEPT:
            self._known = {}
        return self._known

    async def _look_up(self, known: _Known, catalog: str, iris: list[str], writer: Principal, sight: Sight) -> None:
        who, owner = _who(writer, sight), writer.participant
        seen = ResourceRow.audience.in_(sight.columns)
        for start in range(0, len(iris), 500):
            some = iris[start : start + 500]
            statement = (
                select(ResourceRow.iri, RevisionRow.canonical)
                .join(
                    RevisionRow,
                    (RevisionRow.resource_id == ResourceRow.id) & (RevisionRow.number == ResourceRow.revision),
                )
                .where(ResourceRow.catalog_id == catalog, ResourceRow.iri.in_(some), ResourceRow.state == "published")
                .where(seen if owner is None else or_(seen, ResourceRow.owner == owner))
            )
            found = dict.fromkeys(some, "")
            async with self.database.reading() as connection:
                for iri, canonical in await connection.execute(statement):
                    found[iri] = telling_lines(Description(iri, unpacked(canonical).decode(), ""))
            # Whole: to who asks meanwhile, what is not read yet must not look as if nothing were known of it.
            known.update({(catalog, who, iri): lines for iri, lines in found.items()})


def _who(writer: Principal, sight: Sight) -> _Who:
    return sight.audiences, writer.participant


def mentions(description: Description) -> set[str]:
    """IRIs that a document uses as objects and says nothing about itself."""
    return set(_OBJECT_IRI.findall(description.canonical)) - description.subjects


def telling_lines(description: Description) -> str:
    """The lines of a document that tell what its own resource is and is called."""
    start = f"<{description.iri}"
    return "".join(
        line + "\n" for line in description.lines
        if line.startswith(start) and any(part in line for part in _TELLING) and "_:" not in line
    )  # fmt: skip
