"""The documents written last, in memory, until there are enough of them for a commit on disk.

A commit of one document into a big index on disk costs some fifteen `fdatasync`, deletions looked up in every segment,
and, every eighth time, a merge of all segments below ten thousand documents: tens of milliseconds that a reader waits
for. In memory it costs two. Nothing is lost with the memory: the cursor on disk is that of its last commit, and the
journal gives the rest again.
"""

from collections.abc import Callable, Mapping, Sequence
from math import log
from typing import Final

import tantivy

from stores.failpoints import passing

_HEAP_BYTES: Final = 15_000_000  # what the engine demands for one thread

Changes = Mapping[int, tantivy.Document | None]
"""Documents by key as they are from now on; None for gone."""


class Recent:
    """A small index in memory.

    Attributes:
        changes: all that it was given: what the disk does not know yet.
        searcher: over its last commit.
    """

    def __init__(self, schema: tantivy.Schema) -> None:
        self.changes: dict[int, tantivy.Document | None] = {}
        self._index = tantivy.Index(schema)
        self._index.config_reader("manual")
        self._writer: tantivy.IndexWriter | None = None
        self.searcher = self._index.searcher()

    def put(self, changes: Changes) -> None:
        """Take changes in, all or none; they are found from now on."""
        writer = self._writer = self._writer or self._index.writer(_HEAP_BYTES, 1)
        try:
            for key, document in changes.items():
                if self.changes.get(key) is not None:
                    writer.delete_documents_by_term("row", str(key))
                if document is not None:
                    writer.add_document(document)
            passing("before a commit of recent documents")
            writer.commit()
            passing("after a commit of recent documents")
        except BaseException:
            writer.rollback()
            raise
        self.changes.update(changes)
        self._index.reload()
        self.searcher = self._index.searcher()


def rarity_among(own: tantivy.Searcher, other: tantivy.Searcher) -> Callable[[str, Sequence[str]], float]:
    """How many times rarer words of a field are in both indexes together than in the own one alone.

    The engine weighs a find by how rare its words are in its own index (BM25). In one of three documents every word is
    common; multiplied by this, the scores of both indexes are those of one.
    """
    size, whole = own.num_docs, own.num_docs + other.num_docs

    def rarity(name: str, words: Sequence[str]) -> float:
        here = there = 0.0
        for word in words:
            count = own.doc_freq(name, word)
            if count == 0:
                return 1.0  # nothing is found
            here += _rareness(count, size)
            there += _rareness(count + other.doc_freq(name, word), whole)
        return there / here

    return rarity


def _rareness(count: int, size: int) -> float:
    # As tantivy's bm25.rs; deleted documents are counted until their segment is merged.
    return log(1 + (max(size, count) - count + 0.5) / (count + 0.5))
