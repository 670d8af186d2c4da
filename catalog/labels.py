"""Names of the things that descriptions mention: publishers, themes, licences."""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence

from pyoxigraph import Literal, NamedNode, Triple
from sqlalchemy import bindparam, select

from ontology.description import Description, triples_of
from ontology.lexical import spoken_language
from ontology.messages import Message
from ontology.terms import DCAT, DCT, FOAF, RDFS, SKOS, VCARD
from stores.database import Database, unpacked
from stores.tables import CatalogRow, EventRow, ResourceRow, RevisionRow

_NAMING = (SKOS.prefLabel, FOAF.name, DCT.title, RDFS.label, VCARD.fn)
_KEPT = 20_000
_MANY = 2000  # changes; after more of them, all is looked up anew
_LABELLED = re.compile(
    "^\\S+ (?:"
    + "|".join(
        re.escape(str(node))
        for node in (
            DCT.publisher, DCT.creator, DCAT.theme, DCT.license, DCT.accessRights, DCT.format, DCT.language,
            DCT.spatial, DCAT.inSeries,
        )
    )
    + r") <([^>]*)> \.$",
    re.MULTILINE,
)  # fmt: skip

_PUBLIC = (
    select(ResourceRow.iri, RevisionRow.canonical)
    .join(RevisionRow, (RevisionRow.resource_id == ResourceRow.id) & (RevisionRow.number == ResourceRow.revision))
    .where(
        ResourceRow.iri.in_(bindparam("iris", expanding=True)),
        ResourceRow.state == "published",
        ResourceRow.audience == "public",
    )
)

_CHANGED = (
    select(ResourceRow.iri)
    .join(EventRow, EventRow.resource_id == ResourceRow.id)
    .where(EventRow.seq > bindparam("seen"))
    .limit(_MANY)
)

_PUBLIC_CATALOGS = (
    select(CatalogRow.id, ResourceRow.iri, RevisionRow.canonical)
    .join(ResourceRow, ResourceRow.short_id == CatalogRow.id)
    .join(RevisionRow, (RevisionRow.resource_id == ResourceRow.id) & (RevisionRow.number == ResourceRow.revision))
    .where(
        CatalogRow.id.in_(bindparam("ids", expanding=True)),
        CatalogRow.audience == "public",
        ResourceRow.state == "published",
        ResourceRow.audience == "public",
    )
)


def label_iris(description: Description) -> set[str]:
    """IRIs in a document whose names belong into the index and onto pages."""
    return set(_LABELLED.findall(description.canonical))


def label_of(iri: str, triples: Iterable[Triple]) -> Message | None:
    """The name that triples give a thing, in Japanese and English, each standing in for the other."""
    found: dict[str, str] = {}
    for triple in triples:
        subject, value = triple.subject, triple.object
        if not (isinstance(subject, NamedNode) and subject.value == iri and isinstance(value, Literal)):
            continue
        if triple.predicate in _NAMING:
            found.setdefault(spoken_language(value.language or "").split("-")[0], value.value)
    if not found:
        return None
    any_name = found.get("") or next(iter(found.values()))
    return Message(found.get("ja") or found.get("en") or any_name, found.get("en") or any_name)


class Labels:
    """Labels of IRIs, from the shipped vocabularies first, then from public descriptions of the catalog."""

    def __init__(self, database: Database, vocabulary: Callable[[str], Message | None]) -> None:
        self.database = database
        self._vocabulary = vocabulary
        self._known: OrderedDict[str, Message | None] = OrderedDict()
        self._at = -1
        self._titles: dict[str, Message | None] = {}
        self._titles_at = -1

    async def prepare(self, iris: Iterable[str]) -> Callable[[str], Message | None]:
        """Look up what many IRIs are called now; the answer knows these and the terms of vocabularies."""
        await self._forget_changed()
        wanted = {iri for iri in iris if self._vocabulary(iri) is None}
        found = {iri: self._known[iri] for iri in wanted & self._known.keys()}
        at, missing = self._at, sorted(wanted - found.keys())
        for start in range(0, len(missing), 500):
            found |= await self._looked_up(missing[start : start + 500])
        if self._at == at:  # else what was just read may be what was just forgotten
            self._keep(found)
        return lambda iri: self._vocabulary(iri) or found.get(iri)

    def _keep(self, found: Mapping[str, Message | None]) -> None:
        self._known.update(found)
        for iri in found:
            self._known.move_to_end(iri)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)

    async def of_catalogs(self, ids: Sequence[str]) -> Mapping[str, Message]:
        """Titles of those of some catalogs that everybody may see, by id; kept until the journal moves on."""
        if (head := await self.database.catalog_head()) != self._titles_at:
            self._titles, self._titles_at = {}, head
        titles = self._titles
        if missing := [one for one in ids if one not in titles]:
            found: dict[str, Message | None] = dict.fromkeys(missing)
            async with self.database.reading() as connection:
                for name, iri, canonical in await connection.execute(_PUBLIC_CATALOGS, {"ids": missing}):
                    found[name] = label_of(iri, triples_of(unpacked(canonical).decode()))
            titles |= found  # whole: who asks meanwhile must not take what is not read yet for nameless
        return {one: title for one in ids if (title := titles.get(one)) is not None}

    async def _forget_changed(self) -> None:
        """Drop what was changed since, by whomever: no page may show a name that is secret by now."""
        if (head := await self.database.catalog_head()) == self._at:
            return
        async with self.database.reading() as connection:
            changed = (await connection.scalars(_CHANGED, {"seen": self._at})).all()
        if len(changed) >= _MANY:
            self._known.clear()
        for iri in changed:
            self._known.pop(iri, None)
        self._at = head

    async def _looked_up(self, iris: list[str]) -> dict[str, Message | None]:
        # Names of what is not public would tell a stranger that it exists.
        found: dict[str, Message | None] = dict.fromkeys(iris)
        async with self.database.reading() as connection:
            for iri, canonical in await connection.execute(_PUBLIC, {"iris": iris}):
                if (label := label_of(iri, triples_of(unpacked(canonical).decode()))) is not None:
                    found[iri] = label
        return found
