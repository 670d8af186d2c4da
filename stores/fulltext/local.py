"""Full text in this process: tantivy over a folder, or in memory.

One writer with one thread and a reader that reloads when told make a write visible in milliseconds. Writes that arrive
together share a commit. The cursor is a document of its own, in the same commit as the documents it stands for; what a
crash leaves is the last commit.
"""

import asyncio
import contextlib
import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson
import tantivy

from stores.failpoints import passing
from stores.fulltext.answering import Memory, answer_of, count_of, suggestions_of
from stores.fulltext.asking import Asking
from stores.fulltext.indexing import LAYOUT, documents, schema, tongues_of
from stores.fulltext.port import SearchAnswer, SearchDocument, SearchRequest, Suggestion

_HEAP_BYTES: Final = 30_000_000  # twice what the engine demands for one thread
_BATCH: Final = 200  # documents analysed together


_Moment = tuple[tantivy.Searcher, Asking, tuple[str, ...], Memory]
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
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._schema = schema()
        self._index = _open(self._schema, folder)
        self._index.config_reader("manual")
        self._writer: tantivy.IndexWriter | None = None
        self._tongues: set[str] = set()
        self._pending: list[_Change] = []
        self._committing = asyncio.Lock()
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="fulltext-write")
        self._reading = ThreadPoolExecutor(4, thread_name_prefix="fulltext-read")
        self._reload()

    def _reload(self, more_tongues: Iterable[str] = ()) -> None:
        self._index.reload()
        searcher = self._index.searcher()
        if not self._tongues:
            self._tongues = {tongue for tongue, _ in searcher.terms_with_prefix("tongue", "")}
        self._tongues.update(more_tongues)
        tongues = tuple(sorted(self._tongues))
        # Read whole by readers: one assignment, so that no reader sees half of a change.
        self._moment: _Moment = (searcher, Asking(self._schema, tongues), tongues, Memory())

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
        # Shielded: a caller who gives up must not leave the writer between two documents.
        running = asyncio.get_running_loop().run_in_executor(self._writing, work, *arguments)
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            with contextlib.suppress(Exception):
                await running
            raise

    def _commit(self, batch: list[_Change]) -> None:
        try:
            self._put(batch)
        except BaseException as failure:
            if self._writer:
                self._writer.rollback()
            for change in batch:
                change.failure = failure
        for change in batch:
            change.committed = True

    def _put(self, batch: list[_Change]) -> None:
        writer = self._writer = self._writer or self._index.writer(_HEAP_BYTES, 1)
        latest: dict[int, SearchDocument | None] = {}
        for change in batch:
            latest.update(dict.fromkeys(change.deletes))
            latest.update((document.key, document) for document in change.upserts)
        for key in latest:
            writer.delete_documents_by_term("row", str(key))
        present = [document for document in latest.values() if document]
        for start in range(0, len(present), _BATCH):
            for document in documents(present[start : start + _BATCH]):
                writer.add_document(document)
        passing("before the cursor of the index")
        self._put_cursor(writer, max(change.cursor for change in batch))
        passing("before a commit of the index")
        writer.commit()
        passing("after a commit of the index")
        self._reload(tongue for document in present for tongue in tongues_of(document))

    @staticmethod
    def _put_cursor(writer: tantivy.IndexWriter, cursor: int) -> None:
        writer.delete_documents_by_term("role", "cursor")
        document = tantivy.Document()
        document.add_text("role", "cursor")
        document.add_bytes("card", orjson.dumps(cursor))
        writer.add_document(document)

    async def cursor(self) -> int:
        """See FullText."""
        searcher = self._moment[0]
        query = tantivy.Query.term_query(self._schema, "role", "cursor")
        hits = searcher.search(query, 1, count=False).hits
        return int(orjson.loads(searcher.doc(hits[0][1])["card"][0])) if hits else 0

    async def count(self) -> int:
        """See FullText."""
        return count_of(self._moment[0], self._documents())

    def _documents(self) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, "role", "document")

    async def keys(self) -> set[int]:
        """See FullText."""
        return await self._read(self._keys)

    def _keys(self) -> set[int]:
        return self._found(self._documents())

    def _found(self, query: tantivy.Query) -> set[int]:
        searcher = self._moment[0]
        hits = searcher.search(query, max(1, searcher.num_docs), count=False).hits
        return {
            int(key) for key in searcher.fast_field_values("key", [address for _, address in hits]) if key is not None
        }

    async def mentioning(self, iris: Sequence[str]) -> set[int]:
        """See FullText."""
        return await self._read(self._mentioning, iris) if iris else set()

    def _mentioning(self, iris: Sequence[str]) -> set[int]:
        return self._found(self._moment[1].naming(iris))

    async def search(self, request: SearchRequest) -> SearchAnswer:
        """See FullText."""
        return await self._read(answer_of, *self._moment, request)

    async def suggest(self, prefix: str, audiences: Sequence[str], size: int = 10) -> tuple[Suggestion, ...]:
        """See FullText."""
        searcher, asking, _, _ = self._moment
        return await self._read(suggestions_of, searcher, asking, prefix, audiences, size)

    async def _read(self, work: Callable[..., Answer], *arguments: Any) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._reading, work, *arguments)

    async def clear(self) -> None:
        """See FullText."""
        async with self._committing:
            await self._write(self._clear)

    def _clear(self) -> None:
        writer = self._writer = self._writer or self._index.writer(_HEAP_BYTES, 1)
        writer.delete_all_documents()
        passing("before the index is emptied")
        writer.commit()
        passing("after the index is emptied")
        self._reload()

    async def close(self) -> None:
        """See FullText."""
        async with self._committing:
            await self._write(self._close)
        self._writing.shutdown()
        self._reading.shutdown()

    def _close(self) -> None:
        if self._writer:
            self._writer.wait_merging_threads()  # ends the writer, and so the lock on the folder
            self._writer = None


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
