"""Publishing many descriptions at once: what a load adds, changes, leaves, withdraws and refuses."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.assessing import UNASSESSED, Assessment, Assessor
from catalog.context import Context
from catalog.errors import ReplacementNeedsConsent, WriteForbidden
from catalog.kinds import Kind
from catalog.parts import Part
from catalog.reading import CatalogInfo, Reading
from catalog.storing import MINTED, Write, store, withdraw
from catalog.visibility import audience_column
from ontology.messages import Message
from participants.principal import Principal
from stores.database import Database
from stores.failpoints import passing
from stores.tables import CatalogRow, ResourceRow, RevisionRow

CHUNK = 500
_TOGETHER = 100  # validated by one thread at once
_GUARD = 0.2  # more than a fifth of a catalog is withdrawn only with consent: sources do come back half empty
_ASSESSED = frozenset({Kind.CATALOG, Kind.DATASET, Kind.SERIES, Kind.SERVICE, Kind.POLICY})
_OUTCOMES = ("added", "changed", "unchanged", "withdrawn", "refused")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that was not stored, and why.

    Attributes:
        report: the validation report at the gate as JSON, when that was the reason.
    """

    resource: str
    reason: Message
    report: dict[str, Any] | None = None


@dataclass(slots=True)
class Outcome:
    """The closing table of a load.

    Attributes:
        by_kind: the same counts for each kind of resource.
        would_withdraw: by kind, what is withdrawn only with consent; empty unless the load stopped for that.
        noted: what was kept as given, mended or left out, by resource; at most the first thousand.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    refused: int = 0
    by_kind: dict[str, dict[str, int]] = field(default_factory=dict)
    would_withdraw: dict[str, int] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    noted: list[tuple[str, Message]] = field(default_factory=list)

    def count(self, outcome: str, kind: Kind, times: int = 1) -> None:
        """Count resources that went one way."""
        setattr(self, outcome, getattr(self, outcome) + times)
        row = self.by_kind.setdefault(kind.value, dict.fromkeys(_OUTCOMES, 0))
        row[outcome] += times

    def refuse(self, resource: str, kind: Kind, reason: Message, report: dict[str, Any] | None = None) -> None:
        """Count a refused record and keep its reason."""
        self.count("refused", kind)
        self.refusals.append(Refusal(resource, reason, report))


@dataclass(frozen=True, slots=True)
class Load:
    """How a load is to be done.

    Attributes:
        source: where the parts come from, kept with each revision.
        audience: names as in `catalog.visibility`; None leaves what is there and gives new ones the catalog's default.
        replace: withdraw what the source does not mention.
        consent: do so even if that is more than a fifth of the catalog.
    """

    source: str
    profile: str | None = None
    audience: tuple[str, ...] | None = None
    replace: bool = False
    consent: bool = False


class Publishing:
    """Bulk writes, in transactions of a chunk each: a load that dies half-way keeps what it acknowledged."""

    def __init__(self, database: Database, reading: Reading, assessor: Assessor, context: Context) -> None:
        self.database = database
        self.reading = reading
        self.assessor = assessor
        self.context = context
        self._threads = ThreadPoolExecutor(max_workers=max(1, os.cpu_count() or 1), thread_name_prefix="assess")

    def close(self) -> None:
        """End the threads that validate."""
        self._threads.shutdown(cancel_futures=True)

    async def publish(
        self, catalog: str, parts: Iterable[Part], load: Load, principal: Principal, *,
        stored: Callable[[int], Any] = lambda count: None,
    ) -> Outcome:  # fmt: skip
        """Store the parts of one source.

        Args:
            parts: read in a thread, a chunk at a time.
            stored: told after each commit how many parts are done.

        Raises:
            CatalogNotFound, WriteForbidden
            ReplacementNeedsConsent: everything was stored, nothing withdrawn; the outcome is in `outcome` of it.
        """
        info = await self.reading.catalog(catalog, principal)
        if not principal.may_write(catalog):
            raise WriteForbidden(catalog)
        await self.context.begin()
        outcome = Outcome()
        mentioned: set[str] = set()
        chunks = _chunks(parts)
        while chunk := await asyncio.to_thread(next, chunks, None):
            mentioned.update(part.iri for part in chunk)
            await self._chunk(info, chunk, load, principal, outcome)
            stored(len(chunk))
            passing("between two chunks of a load")
        if load.replace:
            passing("before the withdrawals of a load")
            await self._withdraw_others(info, mentioned, load, principal, outcome)
        return outcome

    async def _chunk(
        self, info: CatalogInfo, parts: Sequence[Part], load: Load, principal: Principal, outcome: Outcome
    ) -> None:
        parts = [part for part in parts if _readable(part, outcome)]
        for part in parts:
            if part.description and part.kind not in (Kind.DATASET, Kind.SERVICE):
                await self.context.learn(info.id, part.description, principal)
        async with self.database.reading() as connection:
            before = await self._before(connection, info, parts)
        fresh = [part for part in parts if self._is_new(part, before.get(part.iri), load, principal, outcome)]
        writes = await self._admitted(info, fresh, before, load, principal, outcome)
        if not writes:
            return
        async with self.database.writing() as connection:
            current = await self._before(connection, info, fresh)
            found = [_rebased(write, current.get(write.description.iri), load, principal, outcome) for write in writes]
            writes = [write for write in found if write is not None]
            await self._adopt(connection, info, writes)
            await store(connection, info.id, writes, owner=principal.participant, actor=principal.name)

    async def _before(
        self, connection: AsyncConnection, info: CatalogInfo, parts: Sequence[Part]
    ) -> dict[str, RowMapping]:
        """What is stored of these parts; a catalog's own minted description stands in for its source's."""
        statement = select(ResourceRow.__table__).where(
            ResourceRow.catalog_id == info.id, ResourceRow.iri.in_([part.iri for part in parts])
        )
        rows = {row["iri"]: row for row in (await connection.execute(statement)).mappings()}
        root = next((part.iri for part in parts if part.kind is Kind.CATALOG), None)
        if root is not None and root not in rows and (minted := await _minted(connection, info.id)) is not None:
            rows[root] = minted
        return rows

    def _is_new(
        self, part: Part, before: RowMapping | None, load: Load, principal: Principal, outcome: Outcome
    ) -> bool:
        if before is None or part.description is None:
            return True
        if not principal.is_operator and before["owner"] != principal.participant:
            outcome.refuse(part.iri, part.kind, _NOT_OWNED)
            return False
        audience = before["audience"] if load.audience is None else _column(load, principal, before["owner"])
        same = before["hash"] == part.description.hash and before["audience"] == audience
        if same and before["state"] == "published" and before["iri"] == part.iri:
            outcome.count("unchanged", part.kind)
            return False
        return True

    async def _admitted(
        self, info: CatalogInfo, parts: Sequence[Part], before: dict[str, RowMapping], load: Load,
        principal: Principal, outcome: Outcome,
    ) -> list[Write]:  # fmt: skip
        assessments = await self._assess(info, parts, load, principal)
        writes: list[Write] = []
        for part, assessment in zip(parts, assessments, strict=True):
            assert part.description is not None
            if not assessment.admitted:
                outcome.refuse(part.iri, part.kind, gate_reason(assessment), dict(assessment.gate or {}))
                continue
            row = before.get(part.iri)
            visible_before = row is not None and row["state"] == "published" and row["iri"] == part.iri
            outcome.count("changed" if visible_before else "added", part.kind)
            outcome.noted.extend((part.iri, fault) for fault in part.faults[: max(0, 1000 - len(outcome.noted))])
            default = info.audience if row is None else row["audience"]
            column = default if load.audience is None else _column(load, principal, row["owner"] if row else None)
            writes.append(
                Write(part.description, part.kind, column, assessment, row, source=load.source, faults=part.faults)
            )
        return writes

    async def _assess(
        self, info: CatalogInfo, parts: Sequence[Part], load: Load, principal: Principal
    ) -> list[Assessment]:
        descriptions = [part.description for part in parts if part.description is not None]
        context = await self.context.within_load(descriptions, info.id, principal)
        profile = load.profile or info.profile

        judged = [part.description for part in parts if part.kind in _ASSESSED and part.description is not None]

        def assess(start: int) -> list[Assessment]:
            given = [(one, context.get(one.iri, "")) for one in judged[start : start + _TOGETHER]]
            return self.assessor.assess_many(given, profile=profile, level=info.level)

        starts = range(0, len(judged), _TOGETHER)
        found = await asyncio.to_thread(lambda: list(chain.from_iterable(self._threads.map(assess, starts))))
        assessments = {one.iri: assessment for one, assessment in zip(judged, found, strict=True)}
        return [assessments.get(part.iri, UNASSESSED) for part in parts]

    async def _adopt(self, connection: AsyncConnection, info: CatalogInfo, writes: Sequence[Write]) -> None:
        """Let a source's own description of its catalog take the place of the one we minted."""
        for write in writes:
            if write.before is not None and write.before["short_id"] == info.id:
                await connection.execute(
                    update(CatalogRow).where(CatalogRow.id == info.id).values(iri=write.description.iri)
                )

    async def _withdraw_others(
        self, info: CatalogInfo, mentioned: set[str], load: Load, principal: Principal, outcome: Outcome
    ) -> None:
        async with self.database.writing() as connection:
            where = (ResourceRow.catalog_id == info.id, ResourceRow.state == "published")
            stored = int(await connection.scalar(select(func.count()).select_from(ResourceRow).where(*where)) or 0)
            rows = (await connection.execute(select(ResourceRow.__table__).where(*where))).mappings()
            gone = [row for row in rows if row["iri"] not in mentioned and row["short_id"] != info.id]
            gone = [row for row in gone if principal.is_operator or row["owner"] == principal.participant]
            kinds = Counter(row["kind"] for row in gone)
            if gone and not load.consent and len(gone) / stored > _GUARD:
                outcome.would_withdraw = dict(kinds)
                raise ReplacementNeedsConsent(info.id, len(gone), len(gone) / stored, outcome)
            await withdraw(connection, gone, reason=f"no longer in {load.source}", actor=principal.name)
        for kind, times in kinds.items():
            outcome.count("withdrawn", Kind(kind), times)


_NOT_OWNED = Message(
    ja="この資源は別の参加者が登録したものなので、変更できません。",
    en="Another participant registered this resource, so you may not change it.",
)


def gate_reason(assessment: Assessment) -> Message:
    """Why a description did not come in, from the first violation of its gate."""
    results = (assessment.gate or {}).get("results", [])
    violations = [result for result in results if result.get("severity", "").lower().endswith("violation")]
    if not violations:
        return Message(ja="カタログの検証水準に達していません。", en="It does not reach the catalog's level.")
    first, more = violations[0]["message"], len(violations) - 1
    return Message(
        ja=first["ja"] + (f"(ほか{more}件)" if more else ""),
        en=first["en"] + (f" (and {more} more)" if more else ""),
    )


def _readable(part: Part, outcome: Outcome) -> bool:
    if part.refusal is None:
        return True
    outcome.refuse(part.iri, part.kind, part.refusal)
    return False


def _rebased(
    write: Write, before: RowMapping | None, load: Load, principal: Principal, outcome: Outcome
) -> Write | None:
    """The same write on the row as it is inside the write transaction: another writer may have been first.

    None where that one owns it now. An audience that was changed meanwhile stays: the row may have become secret.
    """
    if before is None:
        return replace(write, before=None)
    if not principal.is_operator and before["owner"] != principal.participant:
        outcome.count("added", write.kind, -1)
        outcome.refuse(write.description.iri, write.kind, _NOT_OWNED)
        return None
    return replace(write, before=before, audience=write.audience if load.audience is not None else before["audience"])


async def _minted(connection: AsyncConnection, catalog: str) -> RowMapping | None:
    """The description we minted for a catalog that holds nothing else; members name their catalog by its IRI."""
    others = select(ResourceRow.id).where(ResourceRow.catalog_id == catalog, ResourceRow.short_id != catalog).limit(1)
    if await connection.scalar(others) is not None:
        return None
    statement = (
        select(ResourceRow.__table__)
        .join(RevisionRow, (RevisionRow.resource_id == ResourceRow.id) & (RevisionRow.number == ResourceRow.revision))
        .where(ResourceRow.short_id == catalog, RevisionRow.source == MINTED)
    )
    return (await connection.execute(statement)).mappings().first()


def _column(load: Load, principal: Principal, owner: str | None) -> str:
    assert load.audience is not None
    return audience_column(load.audience, owner or principal.participant)


def _chunks(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Chunks in which no IRI stands twice: what a source says later of the same thing is a later revision."""
    iterator = iter(parts)
    held: Part | None = None
    while True:
        chunk: dict[str, Part] = {}
        for part in islice(iterator, CHUNK) if held is None else _led_by(held, iterator):
            held = None
            if part.iri in chunk:
                held = part
                break
            chunk[part.iri] = part
        if not chunk:
            return
        yield list(chunk.values())


def _led_by(first: Part, rest: Iterator[Part]) -> Iterator[Part]:
    yield first
    yield from islice(rest, CHUNK - 1)
