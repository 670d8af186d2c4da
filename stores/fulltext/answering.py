"""A request answered from one moment of the index: hits in order, cards read, marks made, values counted."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Final

import orjson
import tantivy
from tantivy import Occur, Order, Query

from ontology.messages import Message
from stores.fulltext.asking import Asking
from stores.fulltext.indexing import SEPARATOR, completion_key
from stores.fulltext.marks import Finder, Shown, Span, choose, mark, snippet, texts_of
from stores.fulltext.meaning import Meaning, meaning_of, wanted_in
from stores.fulltext.port import WINDOW, Bucket, Hit, Marked, SearchAnswer, SearchRequest, Suggestion

_MARGIN: Final = 50  # equals beyond the page that may belong on it
_COMPLETIONS: Final = 8  # looked at for each one given: some differ in their spelling only
_LABELS: Final = 5_000
_ORDERS: Final = {
    "modified": ("by_modified", Order.Desc),
    "issued": ("by_issued", Order.Desc),
    "title": ("by_title", Order.Asc),
}

_REMEMBERED: Final = 256  # answers to who browses and pages: their counts stay the same until the next write


class Memory:
    """What stays true for one moment of the index: labels of values and counts of facets."""

    def __init__(self) -> None:
        self.labels: dict[tuple[str, str, tuple[str, ...]], Message] = {}
        self.facets: dict[Hashable, Mapping[str, tuple[Bucket, ...]]] = {}


Found = list[tuple[float | None, tantivy.DocAddress]]


def answer_of(
    searcher: tantivy.Searcher, asking: Asking, tongues: Sequence[str], memory: Memory, request: SearchRequest
) -> SearchAnswer:
    """Find, count and mark.

    Args:
        memory: of this moment, and of no other.
    """
    meaning = meaning_of(request.clause) if request.clause else None
    if (request.clause and meaning is None) or not request.audiences:
        return SearchAnswer(0, (), dict.fromkeys(request.facets, ()))
    reader = _Reader(searcher, asking, request, meaning, memory)
    total, found = reader.page()
    finder = Finder(wanted_in(meaning), tongues)
    cards = [(score, _card(searcher, address)) for score, address in found]
    items = tuple(_hit(card, score, finder, request.language) for score, card in cards)
    return SearchAnswer(total, items, reader.facets())


class _Reader:
    def __init__(
        self,
        searcher: tantivy.Searcher,
        asking: Asking,
        request: SearchRequest,
        meaning: Meaning | None,
        memory: Memory,
    ) -> None:
        self._searcher = searcher
        self._asking = asking
        self._request = request
        self._memory = memory
        self._text = [asking.text(meaning)] if meaning else []

    def _query(self, *, but: str | None = None, more: Sequence[Query] = ()) -> Query:
        conditions = [
            self._asking.audience(self._request.audiences),
            *self._asking.filters(self._request, but=but),
            *more,
        ]
        return Query.boolean_query([(Occur.Must, query) for query in (*self._text, *conditions)])

    def page(self) -> tuple[int, Found]:
        """The total, and the page in order: by score, then by the newest change, then by short id."""
        request = self._request
        start = (request.page - 1) * request.size
        end = start + request.size
        if start >= WINDOW:
            return count_of(self._searcher, self._query()), []
        sort = request.sort if request.sort != "relevance" or self._text else "modified"
        if sort in _ORDERS:
            field, order = _ORDERS[sort]
            result = self._searcher.search(self._query(), request.size, offset=start, order_by_field=field, order=order)
            return _total(result), [(None, address) for _, address in result.hits]
        result = self._searcher.search(self._query(), end + _MARGIN)
        return _total(result), self._in_order(result.hits)[start:end]

    def _in_order(self, hits: Sequence[tuple[Any, tantivy.DocAddress]]) -> Found:
        newest = self._searcher.fast_field_values("by_modified", [address for _, address in hits])
        ordered = sorted(
            zip(hits, newest, strict=True), key=lambda one: (round(float(one[0][0]), 4), one[1] or 0), reverse=True
        )
        return [(float(score), address) for (score, address), _ in ordered]

    def facets(self) -> Mapping[str, tuple[Bucket, ...]]:
        """Each facet counted without its own filter: one pass for those without, one more for each with."""
        asked = _same_counts(self._request)
        known = self._memory.facets.get(asked)
        if known is None:
            if len(self._memory.facets) >= _REMEMBERED:
                self._memory.facets.clear()
            known = self._memory.facets[asked] = self._count_facets()
        return known

    def _count_facets(self) -> Mapping[str, tuple[Bucket, ...]]:
        wanted = self._request.facets
        filtered = [facet for facet in wanted if self._request.filters.get(facet)]
        counted = self._counted([facet for facet in wanted if facet not in filtered], None)
        for facet in filtered:
            counted |= self._counted([facet], facet)
            counted[facet] = [*counted[facet], *self._missing(facet, {value for value, _ in counted[facet]})]
        return {facet: tuple(self._bucket(facet, value, count) for value, count in counted[facet]) for facet in wanted}

    def _counted(self, facets: Sequence[str], but: str | None) -> dict[str, list[tuple[str, int]]]:
        if not facets:
            return {}
        size = self._request.facet_size
        asked = {facet: {"terms": {"field": f"f_{facet}", "size": size, "segment_size": 4 * size}} for facet in facets}
        found = self._searcher.aggregate(self._query(but=but), asked)
        return {
            facet: sorted(
                ((one["key"], int(one["doc_count"])) for one in found[facet]["buckets"]),
                key=lambda one: (-one[1], one[0]),
            )
            for facet in facets
        }

    def _missing(self, facet: str, present: set[str]) -> Iterable[tuple[str, int]]:
        """Chosen values too rare to be among the counted ones: whoever chose them wants to see and undo it."""
        for value in self._request.filters[facet]:
            if value not in present:
                query = self._query(but=facet, more=[self._asking.value(facet, value)])
                yield value, count_of(self._searcher, query)

    def _bucket(self, facet: str, value: str, count: int) -> Bucket:
        return Bucket(value, self._label(facet, value) if ":" in value else Message(value, value), count)

    def _label(self, facet: str, value: str) -> Message:
        """From a document that the reader may see: another one's name for the value stays secret."""
        key = (facet, value, self._request.audiences)
        known = self._memory.labels.get(key)
        if known is None:
            if len(self._memory.labels) > _LABELS:
                self._memory.labels.clear()
            known = self._memory.labels[key] = self._read_label(facet, value)
        return known

    def _read_label(self, facet: str, value: str) -> Message:
        conditions = [self._asking.value(facet, value), self._asking.audience(self._request.audiences)]
        query = Query.boolean_query([(Occur.Must, one) for one in conditions])
        hits = self._searcher.search(query, 1, count=False).hits
        label = _card(self._searcher, hits[0][1])["labels"].get(facet, {}).get(value) if hits else None
        return Message(*label) if label else Message(value, value)


def _same_counts(request: SearchRequest) -> Hashable:
    """What the counts depend on: all but order, page and language."""
    filters = tuple(sorted((facet, tuple(values)) for facet, values in request.filters.items()))
    spans = (request.issued, request.modified, request.period, request.bbox)
    return request.audiences, request.clause, filters, spans, request.facets, request.facet_size


def count_of(searcher: tantivy.Searcher, query: Query) -> int:
    """Number of documents that a query finds."""
    return _total(searcher.search(query, 1))


def _pairs(buckets: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str, int]]:
    return ((str(one["key"]), int(one["doc_count"])) for one in buckets)


def _total(result: tantivy.SearchResult) -> int:
    return int(result.count)  # type: ignore[attr-defined]  # absent from the engine's stubs


def _card(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> dict[str, Any]:
    card: dict[str, Any] = orjson.loads(searcher.doc(address)["card"][0])
    return card


def _hit(card: dict[str, Any], score: float | None, finder: Finder, language: str) -> Hit:
    shown = [(one, finder.spans(one)) for one in texts_of(card)]
    fields = dict.fromkeys(one.zone for one, spans in shown if spans)
    if score is not None and not fields:
        fields = {"other": None}
    return Hit(
        key=card["key"],
        short_id=card["short_id"],
        iri=card["iri"],
        kind=card["kind"],
        catalog=card["catalog"],
        titles=card["titles"],
        title=_marked_title(shown, language),
        snippet=_snippet(shown, language),
        fields=tuple(fields),
        score=score,
    )


def _marked_title(shown: Sequence[tuple[Shown, list[Span]]], language: str) -> Marked:
    titles = [one for one in shown if one[0].zone == "title"]
    own = [one for one in titles if one[0].language.split("-")[0] == language]
    if not titles:
        return ()
    text, spans = (own or titles)[0]
    return mark(text.text, spans)


def _snippet(shown: Sequence[tuple[Shown, list[Span]]], language: str) -> Marked:
    best = choose([one for one in shown if one[0].zone == "description"], language)
    return snippet(best[0].text, best[1]) if best else ()


def suggestions_of(
    searcher: tantivy.Searcher, asking: Asking, prefix: str, audiences: Sequence[str], size: int
) -> tuple[Suggestion, ...]:
    """Completions counted over what the audiences may see, the commonest first."""
    key = completion_key(prefix)
    if not key or not audiences:
        return ()
    terms = searcher.terms_with_prefix("completion", key, asking.audience(audiences), size * _COMPLETIONS)
    best: dict[str, Suggestion] = {}
    for term, count in terms:
        folded, _, text = term.partition(SEPARATOR)
        if count and folded not in best:
            best[folded] = Suggestion(text, count)
    return tuple(best.values())[:size]
