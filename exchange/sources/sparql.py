"""A CONSTRUCT over what the catalog holds, as far as who gets the answer may see it."""

import hashlib
from collections.abc import AsyncIterator

from catalog.sparql import Sparql
from catalog.sparql_errors import SparqlError
from catalog.visibility import Visibility
from exchange.opened import Opened
from exchange.release_errors import SourceUnavailable
from exchange.sources.port import CHUNK_BYTES, looked_at, unavailable
from exchange.spans import Span
from participants.principal import Principal

MEDIA_TYPE = "application/n-triples"


class SparqlSource:
    """The answer to one query, as N-Triples.

    Args:
        sparql: the engine, with its limits of time and size.
        visibility: what `reader` may see; a query of the provider's shows nobody more than that.
        query: a CONSTRUCT.
    """

    def __init__(self, sparql: Sparql, visibility: Visibility, query: str, reader: Principal) -> None:
        self._sparql = sparql
        self._visibility = visibility
        self._query = query
        self._reader = reader

    async def open(self, span: Span | None) -> Opened:
        """Ask; raises SourceUnavailable, SpanUnsatisfiable."""
        sight = await self._visibility.of(self._reader)
        try:
            answer = await self._sparql.query(self._query, audiences=sight.audiences, accept=MEDIA_TYPE)
        except SparqlError as error:
            raise _not_answered() from error
        # Engines give no order: sorted, the same graph is the same bytes, and can be gone on with.
        body = b"".join(sorted(answer.body.splitlines(keepends=True)))
        digest = hashlib.sha256(body).hexdigest()
        start, stop = span.within(len(body)) if span is not None else (0, len(body))
        return Opened(MEDIA_TYPE, len(body), digest[:32], _chunks(body, start, stop), True, start, stop, digest)

    async def look(self) -> Opened:
        """Ask, and take nothing."""
        return await looked_at(await self.open(None))


async def _chunks(body: bytes, start: int, stop: int) -> AsyncIterator[bytes]:
    for at in range(start, stop, CHUNK_BYTES):
        yield body[at : min(at + CHUNK_BYTES, stop)]


def _not_answered() -> SourceUnavailable:
    return unavailable("問い合わせに答えられませんでした。", "The query could not be answered.")
