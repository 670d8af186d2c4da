"""Pages and counts of one request, taken from all tiers of the index as if they were one."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
import tantivy
from tantivy import Occur, Order, Query

from ontology.messages import Message
from stores.fulltext.asking import Asking
from stores.fulltext.meaning import Meaning
from stores.fulltext.port import WINDOW, Bucket, SearchRequest

_MARGIN: Final = 50  # equals beyond the page that may belong on it
_DEEPER: Final = 4  # values counted for each one given: another tier may bring one up
_LABELS: Final = 5_000
_REMEMBERED: Final = 256  # counts for who browses and pages: they stay the same until the next write
_ORDERS: Final = {
    "modified": ("by_modified", Order.Desc),
    "issued": ("by_issued", Order.Desc),
    "title": ("by_title", Order.Asc),
}

Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Tier:
    """A part of the index at one moment, with what stays true for this moment: labels of values, counts of facets.

    Attributes:
        asking: leaves out what another tier holds in a newer form.
    """

    searcher: tantivy.Searcher
    asking: Asking
    labels: dict[tuple[str, str, tuple[str, ...]], Message | None] = field(default_factory=dict)
    counts: dict[Hashable, Counts] = field(default_factory=dict)

    def count(self, query: Query) -> int:
        """Number of documents that a query finds."""
        return _total(self.searcher.search(query, 1))

    def keys(self, query: Query) -> set[int]:
        """Keys of all documents that a query finds."""
        hits = self.searcher.search(query, max(1, self.searcher.num_docs), count=False).hits
        keys = self.searcher.fast_field_values("key", [address for _, address in hits])
        return {int(key) for key in keys if key is not None}

    def card(self, address: tantivy.DocAddress) -> dict[str, Any]:
        """What is kept of a document to write answers from."""
        card: dict[str, Any] = orjson.loads(self.searcher.doc(address)["card"][0])
        return card


@dataclass(frozen=True, slots=True)
class Found:
    """A document on the page."""

    tier: Tier
    address: tantivy.DocAddress
    order: Any
    """Where it stands among the others: a number or a text by which they were sorted."""
    score: float | None = None

    @property
    def card(self) -> dict[str, Any]:
        """What is kept of it to write answers from."""
        return self.tier.card(self.address)


class Finding:
    """One request, asked of every tier."""

    def __init__(self, tiers: Sequence[Tier], request: SearchRequest, meaning: Meaning | None) -> None:
        self._tiers = tiers
        self._request = request
        self._texts = {tier: [tier.asking.text(meaning)] if meaning else [] for tier in tiers}

    def _query(self, tier: Tier, *, but: str | None = None, more: Sequence[Query] = ()) -> Query:
        asking, request = tier.asking, self._request
        conditions = [asking.audience(request.audiences), *asking.filters(request, but=but), *more]
        return Query.boolean_query([(Occur.Must, query) for query in (*self._texts[tier], *conditions)])

    def page(self) -> tuple[int, list[Found]]:
        """The total, and the page in order: by score, then by the newest change, then by short id."""
        request = self._request
        if (request.page - 1) * request.size >= WINDOW:
            return sum(tier.count(self._query(tier)) for tier in self._tiers), []
        sort = request.sort if request.sort != "relevance" or any(self._texts.values()) else "modified"
        return self._sorted(*_ORDERS[sort]) if sort in _ORDERS else self._by_score()

    def _sorted(self, name: str, order: Order) -> tuple[int, list[Found]]:
        start, size = (self._request.page - 1) * self._request.size, self._request.size
        *few, most = [(tier, self._query(tier)) for tier in reversed(self._tiers)]
        found: list[Found] = []
        for tier, query in few:
            hits = tier.searcher.search(query, max(1, tier.searcher.num_docs), order_by_field=name, order=order).hits
            found += [Found(tier, address, value) for value, address in hits]
        # Each document of the other tiers pushes the page of the big one by at most one.
        skipped = max(0, start - len(found))
        tier, query = most
        result = tier.searcher.search(
            query, start + size - skipped, offset=skipped, order_by_field=name, order=order
        )  # fmt: skip
        total = _total(result) + len(found)
        found += [Found(tier, address, value) for value, address in result.hits]
        found.sort(key=lambda one: one.order, reverse=order == Order.Desc)
        return total, found[start - skipped : start - skipped + size]

    def _by_score(self) -> tuple[int, list[Found]]:
        start, size = (self._request.page - 1) * self._request.size, self._request.size
        total, found = 0, list[Found]()
        for tier in self._tiers:
            result = tier.searcher.search(self._query(tier), start + size + _MARGIN)
            newest = tier.searcher.fast_field_values("by_modified", [address for _, address in result.hits])
            total += _total(result)
            found += [
                Found(tier, address, (round(float(score), 4), rank or 0), float(score))
                for (score, address), rank in zip(result.hits, newest, strict=True)
            ]
        found.sort(key=lambda one: one.order, reverse=True)
        return total, found[start : start + size]

    def facets(self) -> Mapping[str, tuple[Bucket, ...]]:
        """Each facet counted without its own filter: one pass for those without, one more for each with."""
        counts = [self._counts(tier) for tier in self._tiers]
        return {
            facet: tuple(self._bucket(facet, value, count) for value, count in self._commonest(facet, counts))
            for facet in self._request.facets
        }

    def _commonest(self, facet: str, counts: Sequence[Counts]) -> Iterable[tuple[str, int]]:
        """The commonest values, and chosen ones too rare to be among them: who chose those wants to see and undo it."""
        total: Counter[str] = Counter()
        for one in counts:
            total.update(one[facet])
        ordered = sorted(total.items(), key=lambda one: (-one[1], one[0]))[: self._request.facet_size]
        given = {value for value, _ in ordered}
        chosen = [value for value in self._request.filters.get(facet, ()) if value not in given]
        return [*ordered, *((value, self._count_of(facet, value)) for value in chosen)]

    def _count_of(self, facet: str, value: str) -> int:
        return sum(
            tier.count(self._query(tier, but=facet, more=[tier.asking.value(facet, value)])) for tier in self._tiers
        )

    def _counts(self, tier: Tier) -> Counts:
        asked = _same_counts(self._request)
        known = tier.counts.get(asked)
        if known is None:
            if len(tier.counts) >= _REMEMBERED:
                tier.counts.clear()
            known = tier.counts[asked] = self._count(tier)
        return known

    def _count(self, tier: Tier) -> Counts:
        wanted = self._request.facets
        filtered = [facet for facet in wanted if self._request.filters.get(facet)]
        counted = self._counted(tier, [facet for facet in wanted if facet not in filtered], None)
        for facet in filtered:
            counted |= self._counted(tier, [facet], facet)
        return counted

    def _counted(self, tier: Tier, facets: Sequence[str], but: str | None) -> dict[str, Mapping[str, int]]:
        if not facets:
            return {}
        size = _DEEPER * self._request.facet_size
        asked = {facet: {"terms": {"field": f"f_{facet}", "size": size, "segment_size": size}} for facet in facets}
        found = tier.searcher.aggregate(self._query(tier, but=but), asked)
        return {facet: {one["key"]: int(one["doc_count"]) for one in found[facet]["buckets"]} for facet in facets}

    def _bucket(self, facet: str, value: str, count: int) -> Bucket:
        return Bucket(value, self._label(facet, value) if ":" in value else Message(value, value), count)

    def _label(self, facet: str, value: str) -> Message:
        """From a document that the reader may see: another one's name for the value stays secret."""
        for tier in self._tiers:
            if (label := self._label_in(tier, facet, value)) is not None:
                return label
        return Message(value, value)

    def _label_in(self, tier: Tier, facet: str, value: str) -> Message | None:
        key = (facet, value, self._request.audiences)
        if key not in tier.labels:
            if len(tier.labels) > _LABELS:
                tier.labels.clear()
            tier.labels[key] = self._read_label(tier, facet, value)
        return tier.labels[key]

    def _read_label(self, tier: Tier, facet: str, value: str) -> Message | None:
        conditions = [tier.asking.value(facet, value), tier.asking.audience(self._request.audiences)]
        query = Query.boolean_query([(Occur.Must, one) for one in conditions])
        hits = tier.searcher.search(query, 1, count=False).hits
        label = tier.card(hits[0][1])["labels"].get(facet, {}).get(value) if hits else None
        return Message(*label) if label else None


def _same_counts(request: SearchRequest) -> Hashable:
    """What the counts depend on: all but order, page and language."""
    filters = tuple(sorted((facet, tuple(values)) for facet, values in request.filters.items()))
    spans = (request.issued, request.modified, request.period, request.bbox)
    return request.audiences, request.clause, filters, spans, request.facets, request.facet_size


def _total(result: tantivy.SearchResult) -> int:
    return int(result.count)  # type: ignore[attr-defined]  # absent from the engine's stubs
