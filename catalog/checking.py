"""Whether the database is sound and the graphs and the index say what it says; and making them say it again."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.projection import INDEXED, Projection, face_of, published
from catalog.storing import subject_keys
from ontology.description import Description
from ontology.messages import Message
from stores.database import unpacked
from stores.tables import EventRow, ResourceRow, RevisionRow, SubjectRow

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree.

    Attributes:
        place: which part: database, graphs or index.
        mendable: whether making the projections anew mends it; what is wrong in the database needs a backup.
    """

    place: str
    message: Message
    mendable: bool


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check looked at and found."""

    resources: int
    revisions: int
    events: int
    triples: int
    documents: int
    findings: tuple[Finding, ...]

    @property
    def clean(self) -> bool:
        """Whether everything agrees."""
        return not self.findings

    def to_json(self) -> dict[str, Any]:
        """As JSON: {clean, findings}."""
        findings = [
            {"place": one.place, "message": {"ja": one.message.ja, "en": one.message.en}, "mendable": one.mendable}
            for one in self.findings
        ]
        return {"clean": self.clean, "findings": findings}


class Check:
    """Compares the database with itself and the projections with the database."""

    def __init__(self, projection: Projection) -> None:
        self.projection = projection
        self._findings: list[Finding] = []

    async def run(self) -> CheckReport:
        """Look at everything; the journal must not move meanwhile for the answer to be sharp."""
        self._findings = []
        await self.projection.follow()
        async with self.projection.database.reading() as connection:
            events = await self._journal(connection)
            resources, revisions = await self._revisions(connection)
            keys = list(await connection.scalars(select(ResourceRow.id).where(ResourceRow.state == "published")))
            await self._subjects(connection, keys)
            triples, documents = await self._projections(connection, keys)
        return CheckReport(resources, revisions, events, triples, documents, tuple(self._findings))

    async def repair(self) -> CheckReport:
        """Make the projections anew if they disagree, and look again."""
        report = await self.run()
        if any(finding.mendable for finding in report.findings):
            await self.projection.rebuild()
            report = await self.run()
        return report

    def _found(self, place: str, ja: str, en: str, *, mendable: bool = False) -> None:
        self._findings.append(Finding(place, Message(ja, en), mendable))

    async def _journal(self, connection: AsyncConnection) -> int:
        """Numbers without a gap: nothing that was written was removed."""
        count, previous = 0, 0
        numbers = await connection.stream_scalars(select(EventRow.seq).order_by(EventRow.seq))
        async for number in numbers:
            if number != previous + 1 and connection.dialect.name == "sqlite":
                self._found(
                    "database", f"ジャーナルの{previous}番と{number}番の間が欠けています。",
                    f"The journal has a gap between {previous} and {number}.",
                )  # fmt: skip
            previous, count = number, count + 1
        return count

    async def _revisions(self, connection: AsyncConnection) -> tuple[int, int]:
        """Every revision still has its hash, and every published resource the hash of its newest."""
        newest: dict[tuple[int, int], str] = {}
        statement = select(ResourceRow.id, ResourceRow.revision, ResourceRow.hash, ResourceRow.state)
        rows = (await connection.execute(statement)).all()
        newest = {(row.id, row.revision): row.hash for row in rows if row.state == "published"}
        count = 0
        stream = await connection.stream(
            select(RevisionRow.resource_id, RevisionRow.number, RevisionRow.hash, RevisionRow.canonical)
        )
        async for key, number, digest, canonical in stream:
            count += 1
            if hashlib.sha256(unpacked(canonical)).hexdigest() != digest:
                self._found(
                    "database", f"資源{key}の第{number}版の内容がハッシュと合いません。",
                    f"Revision {number} of resource {key} does not have the content of its hash.",
                )  # fmt: skip
            if newest.pop((key, number), digest) != digest:
                self._found(
                    "database", f"資源{key}のハッシュが最新版と合いません。",
                    f"Resource {key} does not bear the hash of its newest revision.",
                )  # fmt: skip
        for key, number in newest:
            self._found(
                "database", f"資源{key}の第{number}版がありません。", f"Revision {number} of resource {key} is missing."
            )
        return len(rows), count

    async def _subjects(self, connection: AsyncConnection, keys: Sequence[int]) -> None:
        stored: dict[int, set[int]] = defaultdict(set)
        async for subject, resource in await connection.stream(select(SubjectRow.subject, SubjectRow.resource_id)):
            stored[resource].add(subject)
        async for key, described, canonical, _ in published(connection, keys):
            if stored.pop(key, set()) != subject_keys(Description(described.iri, canonical, "")):
                self._found(
                    "database", f"資源{key}の主語の表が版と合いません。",
                    f"The table of subjects does not say of resource {key} what its revision says.",
                )  # fmt: skip
        for key in stored:
            self._found(
                "database", f"公開されていない資源{key}が主語の表にあります。",
                f"The table of subjects holds resource {key}, which is not published.",
            )  # fmt: skip

    async def _projections(self, connection: AsyncConnection, keys: Sequence[int]) -> tuple[int, int]:
        expected: dict[str, set[bytes]] = defaultdict(set)
        indexed: set[int] = set()
        lines: dict[str, set[str]] = defaultdict(set)
        async for key, resource, canonical, audience in published(connection, keys):
            face = face_of(resource, canonical, audience)
            for name in face.audiences:
                lines[name] |= face.lines
            if resource.kind in INDEXED:
                indexed.add(key)
            if sum(map(len, lines.values())) > 50_000:
                await self._digest(lines, expected)
        await self._digest(lines, expected)
        triples = await asyncio.to_thread(self._compare_graphs, expected)
        found = await self.projection.fulltext.keys()
        if found != indexed:
            self._found(
                "index", f"全文索引に余分が{len(found - indexed)}件、不足が{len(indexed - found)}件あります。",
                f"The index has {len(found - indexed)} documents too many and lacks {len(indexed - found)}.",
                mendable=True,
            )  # fmt: skip
        return triples, len(found)

    async def _digest(self, lines: dict[str, set[str]], expected: dict[str, set[bytes]]) -> None:
        """Fold the lines gathered so far into short hashes: two million lines would fill the memory."""
        graphs = self.projection.graphs
        for name, some in lines.items():
            forms = await asyncio.to_thread(graphs.stored_form, some)
            expected[name].update(_short(form) for form in forms if form is not None)
        lines.clear()

    def _compare_graphs(self, expected: dict[str, set[bytes]]) -> int:
        graphs, total = self.projection.graphs, 0
        for name in sorted(expected.keys() | set(graphs.audiences())):
            wanted, extra = expected[name], 0
            for line in graphs.lines(name):
                total += 1
                digest = _short(line)
                if digest in wanted:
                    wanted.discard(digest)
                else:
                    extra += 1
            if extra or wanted:
                self._found(
                    "graphs", f"グラフ{name}に余分が{extra}件、不足が{len(wanted)}件あります。",
                    f"Graph {name} has {extra} triples too many and lacks {len(wanted)}.", mendable=True,
                )  # fmt: skip
        return total


def _short(line: str) -> bytes:
    return hashlib.blake2b(line.encode(), digest_size=12).digest()
