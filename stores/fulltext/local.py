"""Full text in this process: tantivy over a folder, or in memory.

Single writes go into a small index in memory beside the big one and are found in milliseconds; when there are enough
of them, or at the end, they move to disk in one commit, together with the cursor that they stand for. What a crash
leaves is the last commit; the journal gives the rest again. Writes that arrive together share a commit.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson
import tantivy

from stores.failpoints import passing
from stores.fulltext.answering import answer_of, suggestions_of
from stores.fulltext.asking import Asking
from stores.fulltext.finding import Tier
from stores.fulltext.indexing import LAYOUT, documents, schema, tongues_of
from stores.fulltext.port import SearchAnswer, SearchDocument, SearchRequest, Suggestion
from stores.fulltext.recent import Changes, Recent, rarity_among
from stores.patience import to_its_end

_HEAP_BYTES: Final = 30_000_000  # twice what the engine demands for one thread
_BATCH: Final = 200  # documents analysed together
_RECENT: Final = 200  # documents that wait in memory; a commit of so many costs little more than one of one

_Moment = tuple[tuple[Tier, ...], tuple[str, ...]]
Answer = TypeVar("Answer")


class _Change:
    """One caller's documents, waiting for a commit."""

    def __init__(self, upserts: Sequence[SearchDocument], deletes: Sequence[int], cursor: int) -> None:
        self.upserts = upserts
        self.deletes = deletes
        self.cursor = cursor
        self.committed = False
        self.failure: BaseException | None = None


class LocalFullText:
    """The embedded index.

    Args:
        folder: where it lives; None keeps it in memory. An index of another layout or a damaged one is thrown away: its
            cursor is then 0 and the journal fills it again.
        recent: how many documents may wait for a commit there.
    """

    def __init__(self, folder: Path | None = None, *, recent: int = _RECENT) -> None:
        self._schema = schema()
        self._index = _open(self._schema, folder)
        self._index.config_reader("manual")
        self._writer: tantivy.IndexWriter | None = None
        self._room = recent
        self._pending: list[_Change] = []
        self._committing = asyncio.Lock()
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="fulltext-write")
        self._reading = ThreadPoolExecutor(4, thread_name_prefix="fulltext-read")
        self._settled()
        self._cursor = self._settled_cursor = self._read_cursor()

    def _settled(self) -> None:
        """Look at the last commit, with nothing recent beside it."""
        self._index.reload()
        self._searcher = self._index.searcher()
        self._recent = Recent(self._schema)
        self._hidden: set[str] = set()
        self._tongues = {tongue for tongue, _ in self._searcher.terms_with_prefix("tongue", "")}
        self._base: Tier | None = None
        self._look()

    def _look(self) -> None:
        """Show readers what was written: by one assignment, so that none sees half of it."""
        tongues, hidden = tuple(sorted(self._tongues)), tuple(sorted(self._hidden))
        most, few = self._searcher, self._recent.searcher
        both = few.num_docs > 0
        asking = Asking(self._schema, tongues, hidden, rarity_among(most, few) if both else None)
        base = self._base
        # What was counted on disk stays true while nothing there is hidden anew.
        self._base = Tier(most, asking, base.labels, base.counts) if base else Tier(most, asking)
        tiers = [self._base] if most.num_docs or not both else []
        if both:
            tiers.append(Tier(few, Asking(self._schema, tongues, (), rarity_among(few, most))))
        self._moment: _Moment = (tuple(tiers), tongues)

    async def apply(self, upserts: Sequence[SearchDocument], deletes: Sequence[int], cursor: int) -> None:
        """See FullText; callers that arrive while a commit runs share the next one."""
        change = _Change(upserts, deletes, cursor)
        self._pending.append(change)
        async with self._committing:
            if not change.committed:
                batch, self._pending = self._pending, []
                await self._write(self._commit, batch)
        if change.failure:
            raise change.failure

    async def _write(self, work: Callable[..., None], *arguments: Any) -> None:
        # A caller who gives up must not leave the writer between two documents.
        await to_its_end(asyncio.get_running_loop().run_in_executor(self._writing, work, *arguments))

    def _commit(self, batch: list[_Change]) -> None:
        try:
            self._put(batch)
        except BaseException as failure:
            for change in batch:
                change.failure = failure
        for change in batch:
            change.committed = True

    def _put(self, batch: list[_Change]) -> None:
        latest: dict[int, SearchDocument | None] = {}
        for change in batch:
            latest.update(dict.fromkeys(change.deletes))
            latest.update((document.key, document) for document in change.upserts)
        present = [document for document in latest.values() if document]
        cursor = max(change.cursor for change in batch)
        if len(self._recent.changes.keys() | latest.keys()) > self._room:
            self._settle(latest, present, cursor)
        elif latest:
            self._recent.put(_made(latest, present))
            self._hide(latest)
            self._tongues.update(tongue for document in present for tongue in tongues_of(document))
            self._look()
        self._cursor = cursor

    def _hide(self, keys: Iterable[int]) -> None:
        rows = {str(key) for key in keys if self._searcher.doc_freq("row", str(key))} - self._hidden
        if rows:
            self._hidden |= rows
            self._base = None

    def _settle(self, latest: Mapping[int, SearchDocument | None], present: Sequence[SearchDocument],
                cursor: int) -> None:  # fmt: skip
        """Write all that is recent, and this, to disk."""
        writer = self._opened()
        try:
            self._add(writer, {key: one for key, one in self._recent.changes.items() if key not in latest})
            self._add(writer, dict.fromkeys(latest))
            for start in range(0, len(present), _BATCH):
                for document in documents(present[start : start + _BATCH]):
                    writer.add_document(document)
            passing("before the cursor of the index")
            self._put_cursor(writer, cursor)
            passing("before a commit of the index")
            writer.commit()
            passing("after a commit of the index")
        except BaseException:
            writer.rollback()
            raise
        self._settled_cursor = cursor
        self._settled()

    def _opened(self) -> tantivy.IndexWriter:
        """The writer; with it goes what a killed process left half-written, whose names would be given once more."""
        if self._writer is None:
            self._writer = self._index.writer(_HEAP_BYTES, 1)
            self._writer.garbage_collect_files()
        return self._writer

    def _add(self, writer: tantivy.IndexWriter, changes: Changes) -> None:
        for key, document in changes.items():
            if self._searcher.doc_freq("row", str(key)):  # else the engine would look for it in every segment
                writer.delete_documents_by_term("row", str(key))
            if document is not None:
                writer.add_document(document)

    @staticmethod
    def _put_cursor(writer: tantivy.IndexWriter, cursor: int) -> None:
        writer.delete_documents_by_term("role", "cursor")
        document = tantivy.Document()
        document.add_text("role", "cursor")
        document.add_bytes("card", orjson.dumps(cursor))
        writer.add_document(document)

    def _read_cursor(self) -> int:
        query = tantivy.Query.term_query(self._schema, "role", "cursor")
        hits = self._searcher.search(query, 1, count=False).hits
        return int(orjson.loads(self._searcher.doc(hits[0][1])["card"][0])) if hits else 0

    async def cursor(self) -> int:
        """See FullText."""
        return self._cursor

    async def count(self) -> int:
        """See FullText."""
        return sum(tier.count(tier.asking.documents()) for tier in self._moment[0])

    async def keys(self) -> set[int]:
        """See FullText."""
        return await self._read(self._found, lambda asking: asking.documents())

    def _found(self, query_of: Callable[[Asking], tantivy.Query]) -> set[int]:
        return {key for tier in self._moment[0] for key in tier.keys(query_of(tier.asking))}

    async def mentioning(self, iris: Sequence[str]) -> set[int]:
        """See FullText."""
        return await self._read(self._found, lambda asking: asking.naming(iris)) if iris else set()

    async def search(self, request: SearchRequest) -> SearchAnswer:
        """See FullText."""
        return await self._read(answer_of, *self._moment, request)

    async def suggest(self, prefix: str, audiences: Sequence[str], size: int = 10) -> tuple[Suggestion, ...]:
        """See FullText."""
        return await self._read(suggestions_of, self._moment[0], prefix, audiences, size)

    async def _read(self, work: Callable[..., Answer], *arguments: Any) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._reading, work, *arguments)

    async def clear(self) -> None:
        """See FullText."""
        async with self._committing:
            await self._write(self._clear)

    def _clear(self) -> None:
        writer = self._opened()
        writer.delete_all_documents()
        passing("before the index is emptied")
        writer.commit()
        passing("after the index is emptied")
        self._settled()
        self._cursor = self._settled_cursor = 0

    async def close(self) -> None:
        """See FullText."""
        async with self._committing:
            await self._write(self._close)
        self._writing.shutdown()
        self._reading.shutdown()

    def _close(self) -> None:
        if self._cursor != self._settled_cursor:
            self._settle({}, [], self._cursor)
        if self._writer:
            self._writer.wait_merging_threads()  # ends the writer, and so the lock on the folder
            self._writer = None


def _made(latest: Mapping[int, SearchDocument | None], present: Sequence[SearchDocument]) -> Changes:
    made = dict(zip((document.key for document in present), documents(present), strict=True))
    return {key: made.get(key) for key in latest}


def _open(wanted: tantivy.Schema, folder: Path | None) -> tantivy.Index:
    if folder is None:
        return tantivy.Index(wanted)
    current = folder / f"layout-{LAYOUT}"
    for other in folder.glob("layout-*"):
        if other != current:
            shutil.rmtree(other)
    current.mkdir(parents=True, exist_ok=True)
    try:
        return tantivy.Index(wanted, str(current))
    except (ValueError, OSError):
        shutil.rmtree(current)
        current.mkdir()
        return tantivy.Index(wanted, str(current))
