"""Keeping the graph store and the full-text index in step with the journal.

Each of the two remembers, inside itself, the number of the last event it applied. Following means: take the next
events, see for each resource what readers saw before the first of them and see after the last, and change that
difference.
Doing a batch twice gives the same result, so a crash between the change and its number costs nothing.
"""

import asyncio
import dataclasses
import logging
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.kinds import Kind, kind_of
from catalog.labels import Labels, label_iris
from catalog.search_document import document_of
from catalog.storing import subject_key
from journal.events import Event, count_since, next_of_a_resource, since
from ontology.description import Description
from ontology.messages import Message
from ontology.terms import DCAT, RDF
from stores.database import Database, unpacked
from stores.fulltext.port import FullText, SearchDocument
from stores.graphs.port import GraphChange, Graphs
from stores.tables import CatalogRow, ResourceRow, RevisionRow, SubjectRow

_BATCH = 500
_EVENTS = 2000  # of one step; the graphs take many lines at once for three quarters of the price
_LOG = logging.getLogger(__name__)
_MEMBERSHIP = {
    Kind.DATASET: DCAT.dataset,
    Kind.SERIES: DCAT.dataset,
    Kind.SERVICE: DCAT.service,
    Kind.CATALOG: DCAT.catalog,
}
_NAMING = frozenset({Kind.PARTICIPANT, Kind.SERIES, Kind.RESOURCE})
INDEXED = frozenset({Kind.CATALOG, Kind.DATASET, Kind.SERIES, Kind.SERVICE})


@dataclass(frozen=True, slots=True)
class Face:
    """What readers see of one resource at one moment: the lines in its audiences' graphs."""

    audiences: frozenset[str]
    lines: frozenset[str]


_NONE: frozenset[str] = frozenset()
_NOTHING = Face(_NONE, _NONE)


@dataclass(frozen=True, slots=True)
class _Resource:
    id: int
    short_id: str
    catalog: str
    catalog_iri: str
    iri: str
    kind: Kind


class Projection:
    """Follows the journal into the graphs and the index; one at a time."""

    def __init__(self, database: Database, graphs: Graphs, fulltext: FullText, labels: Labels) -> None:
        self.database = database
        self.graphs = graphs
        self.fulltext = fulltext
        self.labels = labels
        self._following = asyncio.Lock()
        self._at = -1
        self._passed: tuple[int, int] = (-1, -1)  # where both stood, and up to where nothing since concerned them

    async def follow(self, *, told: Callable[[int], Any] = lambda number: None) -> None:
        """Catch up with the journal; returns at once if nothing happened since."""
        if await self.database.catalog_head() == self._at:
            return
        async with self._following:
            concerned = await self.database.catalog_head()
            if concerned == self._at:
                return
            await self._catch_up(await self.database.head(), told)
            self._at = concerned

    async def behind(self) -> int:
        """How many events the slower of the two has not applied yet."""
        return max(await self.lags())

    async def lags(self) -> tuple[int, int]:
        """How many events graphs and index have not applied yet."""
        graphs, index = self._beyond(await self._cursors())
        head = await self.database.catalog_head()
        if min(graphs, index) >= head:
            return 0, 0
        async with self.database.reading() as connection:
            return await count_since(connection, graphs), await count_since(connection, index)

    async def rebuild(self, *, told: Callable[[int], Any] = lambda number: None) -> None:
        """Throw both away and make them anew from the database."""
        async with self._following:
            self._at, self._passed = -1, (-1, -1)
            await self.graphs.clear()
            await self.fulltext.clear()
        await self.follow(told=told)

    async def _catch_up(self, head: int, told: Callable[[int], Any]) -> None:
        """Step both along the journal; one that lags, after a crash between the two, first comes up to the other.

        What is written meanwhile is left for the next time: in a load, ever smaller steps would run after it.
        """
        if max(await self._cursors()) > head:
            _LOG.warning("a projection is ahead of the journal (restored from a backup?): it is made anew")
            await self.graphs.clear()
            await self.fulltext.clear()
            self._passed = (-1, -1)
        if self._passed[1] > head:
            self._passed = (-1, -1)
        while True:
            graphs, index = self._beyond(await self._cursors())
            behind = min(graphs, index)
            if behind >= head:
                return
            async with self.database.reading() as connection:
                events = await since(connection, behind, _EVENTS)
                if graphs != index:
                    events = [event for event in events if event.seq <= max(graphs, index)]
                if not events:
                    return
                if graphs == index and all(event.resource is None for event in events):
                    following = await next_of_a_resource(connection, events[-1].seq)
                    self._passed = (min(await self._cursors()), head if following is None else following - 1)
                    continue
                batch = await _Batch.of(connection, events)
            # Outside the reading: a snapshot held for seconds keeps SQLite from emptying its log.
            position = events[-1].seq
            steps = [self._into_graphs(batch, position)] if graphs == behind else []
            steps += [self._into_index(batch, position)] if index == behind else []
            await _all_ended(steps)
            told(position)

    async def _cursors(self) -> tuple[int, int]:
        return await self.graphs.cursor(), await self.fulltext.cursor()

    def _beyond(self, cursors: tuple[int, int]) -> tuple[int, int]:
        """Where both stand, with the events behind them that concern no resource.

        A decision changes nothing that readers see, and there may be thousands a second: each would cost two commits.
        After a restart these events are looked through once more.
        """
        stood, passed = self._passed
        return (passed, passed) if cursors == (stood, stood) else cursors

    async def _into_graphs(self, batch: "_Batch", cursor: int) -> None:
        added, removed = await asyncio.to_thread(batch.lines)
        async with self.database.reading() as connection:
            kept = await _said_by_others(connection, removed)
        changes = [
            GraphChange(
                audience,
                list(set().union(*removed[audience].values()) - kept[audience] - added[audience]),
                list(added[audience]),
            )
            for audience in sorted(added.keys() | removed.keys())
        ]
        left_out = await self.graphs.apply(changes, cursor)
        if left_out:
            _LOG.info("terms that the graph store cannot hold were left out", extra={"lines": left_out})

    async def _into_index(self, batch: "_Batch", cursor: int) -> None:
        deletes: list[int] = []
        shown: list[tuple[_Resource, Description, str]] = []
        for key, resource in batch.resources.items():
            last = batch.last[key]
            description = batch.description(key, last.now_revision)
            if description is None or last.now_audience is None or resource.kind not in INDEXED:
                deletes.append(key)
            else:
                shown.append((resource, description, last.now_audience))
        shown += await self._renamed(batch)
        labels = await self.labels.prepare({iri for _, description, _ in shown for iri in label_iris(description)})
        documents = await asyncio.to_thread(_documents, shown, labels)
        await self.fulltext.apply(documents, deletes, cursor)

    async def _renamed(self, batch: "_Batch") -> list[tuple[_Resource, Description, str]]:
        """What bears the label of a publisher, series or concept of this batch: its name may be another, or secret."""
        named = [one.iri for one in batch.resources.values() if one.kind in _NAMING]
        keys = await self.fulltext.mentioning(named) - batch.resources.keys()
        async with self.database.reading() as connection:
            return [
                (resource, Description(resource.iri, canonical, ""), audience)
                async for _, resource, canonical, audience in published(connection, sorted(keys))
            ]


def _documents(
    shown: Sequence[tuple[_Resource, Description, str]], labels: Callable[[str], Message | None]
) -> list[SearchDocument]:
    return [
        document_of(
            description, key=resource.id, short_id=resource.short_id, kind=resource.kind.value,
            catalog=resource.catalog, audience=audience, labels=labels,
        )
        for resource, description, audience in shown
    ]  # fmt: skip


async def _all_ended(steps: Iterable[Awaitable[None]]) -> None:
    """Wait for each, also when one fails: a step left running would set its part back behind the steps after it."""
    for outcome in await asyncio.gather(*steps, return_exceptions=True):
        if outcome is not None:
            raise outcome


class _Batch:
    """A run of events, with the documents that were and are seen because of them."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.first: dict[int, Event] = {}
        self.last: dict[int, Event] = {}
        for event in events:
            if event.resource is not None:
                self.first.setdefault(event.resource, event)
                self.last[event.resource] = event
        self.resources: dict[int, _Resource] = {}
        self._texts: dict[tuple[int, int], str] = {}

    @classmethod
    async def of(cls, connection: AsyncConnection, events: Sequence[Event]) -> "_Batch":
        """Gather what the events are about, in two queries."""
        batch = cls(events)
        batch.resources = await resources(connection, list(batch.last))
        wanted = {(key, event.was_revision) for key, event in batch.first.items() if event.was_revision}
        wanted |= {(key, event.now_revision) for key, event in batch.last.items() if event.now_revision}
        batch._texts = await _texts(connection, sorted(wanted))
        return batch

    def description(self, key: int, revision: int | None) -> Description | None:
        """One revision's document, None for none."""
        if revision is None:
            return None
        return Description(self.resources[key].iri, self._texts[key, revision], "")

    def lines(self) -> tuple[dict[str, set[str]], dict[str, dict[int, set[str]]]]:
        """What each audience sees more, and less by resource."""
        added: dict[str, set[str]] = defaultdict(set)
        removed: dict[str, dict[int, set[str]]] = defaultdict(dict)
        for key, resource in self.resources.items():
            before = self.face(resource, self.first[key].was_revision, self.first[key].was_audience)
            former = self._former(resource, self.first[key].was_revision, before)
            after = self.face(resource, self.last[key].now_revision, self.last[key].now_audience)
            for audience in before.audiences | after.audiences:
                seen = audience in before.audiences
                surely, perhaps = (before.lines & former.lines, before.lines | former.lines) if seen else (_NONE, _NONE)
                new = after.lines if audience in after.audiences else frozenset()
                added[audience] |= new - surely
                if gone := set(perhaps - new):
                    removed[audience][key] = gone
        return added, removed

    def face(self, resource: _Resource, revision: int | None, audience: str | None) -> Face:
        """What readers saw of a resource."""
        description = self.description(resource.id, revision)
        if description is None or audience is None:
            return _NOTHING
        return face_of(resource, description.canonical, audience)

    def _former(self, resource: _Resource, revision: int | None, face: Face) -> Face:
        """What they saw if the resource was then of the kind that its document says; the row knows only the last."""
        description = self.description(resource.id, revision)
        if description is None or face is _NOTHING:
            return face
        kind = _kind_in(description)
        if _MEMBERSHIP.get(kind) in (None, _MEMBERSHIP.get(resource.kind)):
            return face
        return face_of(dataclasses.replace(resource, kind=kind), description.canonical, " ".join(face.audiences))


def face_of(resource: _Resource, canonical: str, audience: str) -> Face:
    """The lines that a published document has in its audiences' graphs.

    Blank nodes get labels that no other resource has. That the catalog holds the resource is said here if its source
    did not say it.
    """
    lines = {own_blanks(line, resource.id) for line in canonical.split("\n")[:-1]}
    if (link := _MEMBERSHIP.get(resource.kind)) is not None and resource.iri != resource.catalog_iri:
        lines.add(own_blanks(f"<{resource.catalog_iri}> {link} <{resource.iri}> .", resource.id))
    return Face(frozenset(audience.split()), frozenset(lines))


def _kind_in(description: Description) -> Kind:
    start = f"<{description.iri}> {RDF.type} <"
    return kind_of({line[len(start) : -3] for line in description.lines if line.startswith(start)})


_BLANK_SUBJECT = re.compile(r"^_:(?=\S)")
_BLANK_OBJECT = re.compile(r"^(\S+ <[^>]*> )_:(\S+ \.)$")


def own_blanks(line: str, resource: int) -> str:
    """A canonical line with its blank nodes labelled as this resource's."""
    if "_:" not in line:
        return line
    line = _BLANK_SUBJECT.sub(f"_:r{resource}", line)
    return _BLANK_OBJECT.sub(rf"\1_:r{resource}\2", line)


async def resources(connection: AsyncConnection, keys: Sequence[int]) -> dict[int, _Resource]:
    """The resources with these keys, with the IRIs of their catalogs."""
    statement = (
        select(
            ResourceRow.id, ResourceRow.short_id, ResourceRow.catalog_id, CatalogRow.iri.label("catalog_iri"),
            ResourceRow.iri, ResourceRow.kind,
        )
        .join(CatalogRow, CatalogRow.id == ResourceRow.catalog_id)
        .where(ResourceRow.id.in_(bindparam("keys", expanding=True)))
    )  # fmt: skip
    rows = await connection.execute(statement, {"keys": list(keys)})
    return {
        row.id: _Resource(row.id, row.short_id, row.catalog_id, row.catalog_iri, row.iri, Kind(row.kind))
        for row in rows
    }


async def _texts(connection: AsyncConnection, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    for start in range(0, len(wanted), _BATCH):
        statement = select(RevisionRow.resource_id, RevisionRow.number, RevisionRow.canonical).where(
            tuple_(RevisionRow.resource_id, RevisionRow.number).in_(wanted[start : start + _BATCH])
        )
        for key, number, canonical in await connection.execute(statement):
            found[key, number] = unpacked(canonical).decode()
    return found


async def _said_by_others(
    connection: AsyncConnection, removed: Mapping[str, Mapping[int, set[str]]]
) -> dict[str, set[str]]:
    """Of the lines that some descriptions stop saying, those that other visible ones still say, by audience."""
    kept: dict[str, set[str]] = defaultdict(set)
    named = {
        line[1 : line.index(">")]
        for by_resource in removed.values() for lines in by_resource.values() for line in lines if line[0] == "<"
    }  # fmt: skip
    if not named:
        return kept
    for key, resource, canonical, audience in await _describing(connection, named):
        face = face_of(resource, canonical, audience)
        for name in face.audiences & removed.keys():
            for other, lines in removed[name].items():
                if other != key:
                    kept[name] |= lines & face.lines
    return kept


async def _describing(connection: AsyncConnection, named: Iterable[str]) -> list[tuple[int, _Resource, str, str]]:
    """Published documents that say something about any of these IRIs."""
    keys = [subject_key(iri) for iri in named]
    holders: set[int] = set()
    for start in range(0, len(keys), _BATCH):
        statement = select(SubjectRow.resource_id).where(SubjectRow.subject.in_(keys[start : start + _BATCH]))
        holders.update(await connection.scalars(statement))
    return [one async for one in published(connection, sorted(holders))]


async def published(connection: AsyncConnection, keys: Sequence[int]) -> AsyncIterator[tuple[int, _Resource, str, str]]:
    """Resource, canonical text and audience of the published ones among these keys."""
    for start in range(0, len(keys), _BATCH):
        some = list(keys[start : start + _BATCH])
        found = await resources(connection, some)
        statement = (
            select(ResourceRow.id, RevisionRow.canonical, ResourceRow.audience)
            .join(
                RevisionRow, (RevisionRow.resource_id == ResourceRow.id) & (RevisionRow.number == ResourceRow.revision)
            )
            .where(ResourceRow.id.in_(some), ResourceRow.state == "published")
        )
        for key, canonical, audience in await connection.execute(statement):
            yield key, found[key], unpacked(canonical).decode(), audience
