"""Our catalog as the Dataspace Protocol shows it: the datasets that are offered here, for who asks.

One query finds what a page shows; what was written once for a revision and its offers is kept as bytes, so a catalog
costs little more than its size.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import structlog
from sqlalchemy import RowMapping, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from catalog.kinds import Kind
from catalog.reading import Reading, Stored
from catalog.search import Search, SearchParameterInvalid, request_from
from catalog.sparql import Sparql
from catalog.sparql_errors import SparqlError
from catalog.visibility import Sight, Visibility
from exchange.dsp.catalogs import catalog_bytes, dataset_bytes, rooted, service_json
from exchange.dsp.errors import ProtocolError
from exchange.errors import FilterRefused, OfferUnknown
from exchange.keeping import Kept
from exchange.offers import Offer, Offers
from exchange.transfers import FORMATS
from ontology.messages import Message
from participants.principal import Principal
from stores.database import Database
from stores.exchange_tables import OfferRow
from stores.fulltext.port import FACETS
from stores.tables import ResourceRow

PAGE: Final = 50
LARGEST_PAGE: Final = 1_000
_SPARQL: Final = re.compile(r"\s*(#[^\n]*\n\s*)*(SELECT|PREFIX|BASE)\b", re.IGNORECASE)
_FOUND_AT_ONCE: Final = 100
_MOST_FOUND: Final = 1_000
_KEPT_BYTES: Final = 8 << 20  # of pages, and of single datasets as documents
_WRITTEN_BYTES: Final = 64 << 20  # of datasets as they stand in pages
_ENTRY_BYTES: Final = 500  # of the key and its place, about
_ALWAYS: Final = 0  # not for one head of the catalog: the key holds the revision and its offers
_Key = tuple[str, ...]
log: structlog.stdlib.BoundLogger = structlog.get_logger("renkei")
_TEXT = Message(
    ja="filter の各項目は、検索語か SPARQL の SELECT の文字列です。",
    en="Each filter is a text: words to search for, or a SPARQL SELECT.",
)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the catalog.

    Attributes:
        document: the catalog as JSON.
        more: whether another page follows.
    """

    document: bytes
    more: bool


class OfferedCatalog:
    """The datasets that are offered here.

    Args:
        participant: our own id.
        endpoint: base of our protocol endpoints; the catalog and its service are named after it.
        scripted: data sets that stand in no catalog, for conformance tests.
    """

    def __init__(
        self,
        database: Database,
        reading: Reading,
        visibility: Visibility,
        offers: Offers,
        search: Search,
        sparql: Sparql,
        *,
        participant: str,
        endpoint: str,
        scripted: Sequence[tuple[str, Offer]] = (),
    ) -> None:
        self._database, self._reading, self._visibility = database, reading, visibility
        self._offers, self._search, self._sparql = offers, search, sparql
        self._participant, self._iri, self._scripted = participant, f"{endpoint}/catalog", scripted
        self._service = service_json(endpoint, endpoint)
        self._written_before = Kept[bytes](_WRITTEN_BYTES)
        self._pages, self._datasets = Kept[Page](_KEPT_BYTES), Kept[bytes](_KEPT_BYTES)

    async def page(
        self,
        reader: Principal,
        *,
        offset: int = 0,
        limit: int = PAGE,
        filters: Sequence[object] = (),
        only: str | None = None,
    ) -> Page:
        """What a reader may negotiate, oldest first.

        Args:
            offset: how many datasets come before the page.
            filters: all of them have to find a dataset.
            only: the one dataset that is meant.

        Raises:
            FilterRefused: a filter is none that can be read.
        """
        head, key = await self._database.catalog_head(), (reader, offset, limit, only)
        if not filters and (kept := self._pages.get(head, key)) is not None:
            return kept
        page = await self._page(reader, offset, limit, filters, only)
        return page if filters else self._pages.put(head, key, page, len(page.document))

    async def _page(
        self, reader: Principal, offset: int, limit: int, filters: Sequence[object], only: str | None
    ) -> Page:
        sight = await self._visibility.of(reader)
        wanted = await self._found(filters, sight) if filters else None
        if only is not None:
            wanted = {only} if wanted is None else wanted & {only}
        rows = await self._offered(sight, offset, limit + 1, wanted)
        shown = set(list(dict.fromkeys(row["id"] for row in rows))[:limit])
        more = bool(rows) and rows[-1]["id"] not in shown
        rows = [row for row in rows if row["id"] in shown]
        datasets = await self._written(rows, reader)
        if not offset:
            datasets += self._scripts(wanted)
        document = catalog_bytes(self._iri, self._participant, datasets, self._service)
        return Page(document, more)

    async def dataset(self, iri: str, reader: Principal) -> bytes:
        """One dataset with its offers.

        Raises:
            OfferUnknown: it is not offered here, or not to this reader.
        """
        head = await self._database.catalog_head()
        if (kept := self._datasets.get(head, (reader, iri))) is not None:
            return kept
        document = rooted(await self._dataset(iri, reader))
        return self._datasets.put(head, (reader, iri), document, len(document))

    async def _dataset(self, iri: str, reader: Principal) -> bytes:
        found = self._scripts({iri})
        if not found:
            sight = await self._visibility.of(reader)
            rows = await self._offered(sight, 0, 1, {iri})
            found = await self._written(rows, reader)
        if not found:
            raise OfferUnknown(iri)
        return found[0]

    async def _offered(self, sight: Sight, offset: int, limit: int, wanted: set[str] | None) -> list[RowMapping]:
        """A row for each offer of each dataset of the page, by dataset."""
        async with self._database.reading() as connection:
            return list((await connection.execute(_of_page(sight, offset, limit, wanted))).mappings())

    async def _written(self, rows: Sequence[RowMapping], reader: Principal) -> list[bytes]:
        """The datasets of a page; one that the protocol has no words for is left out."""
        of: dict[int, list[RowMapping]] = {}
        for row in rows:
            of.setdefault(row["id"], []).append(row)
        known = {number: self._written_before.get(_ALWAYS, _key(each)) for number, each in of.items()}
        missing = [number for number, written in known.items() if written is None]
        described = await self._reading.many(missing, reader) if missing else {}
        for number in missing:
            if (stored := described.get(number)) is not None:
                known[number] = await self._fragment(stored, of[number], reader)
        return [written for written in known.values() if written]

    async def _fragment(self, stored: Stored, rows: Sequence[RowMapping], reader: Principal) -> bytes:
        """A dataset with its offers as it stands in catalogs, empty where it cannot."""
        offers = [await self._offers.document(stored, row["offer"], reader) for row in rows]
        documents = [each for each in offers if each is not None]
        try:
            written = dataset_bytes(stored, documents, self._service, FORMATS) if documents else b""
        except ProtocolError as error:
            log.warning("a dataset cannot stand in the catalog of the protocol", dataset=stored.iri, why=str(error))
            written = b""
        if len(documents) == len(offers):  # else this reader does not see what others may
            self._written_before.put(_ALWAYS, _key(rows), written, len(written) + _ENTRY_BYTES)
        return written

    def _scripts(self, wanted: set[str] | None) -> list[bytes]:
        return [
            orjson.dumps(_scripted(iri, offer.document, self._service))
            for iri, offer in self._scripted
            if wanted is None or iri in wanted
        ]

    async def _found(self, filters: Sequence[object], sight: Sight) -> set[str]:
        """IRIs that every filter finds."""
        found: set[str] | None = None
        for each in filters:
            if not isinstance(each, str) or not each.strip():
                raise FilterRefused(_TEXT)
            one = await (self._selected if _SPARQL.match(each) else self._searched)(each, sight)
            found = one if found is None else found & one
        return found or set()

    async def _searched(self, text: str, sight: Sight) -> set[str]:
        """What words find, and `facet=value` among them."""
        given: dict[str, list[str]] = {"q": []}
        for word in text.split():
            name, equals, value = word.partition("=")
            if equals and name in FACETS:
                given.setdefault(name, []).append(value)
            else:
                given["q"].append(word)
        found: set[str] = set()
        try:
            for page in range(1, _MOST_FOUND // _FOUND_AT_ONCE + 1):
                params = {**given, "q": [" ".join(given["q"])], "kind": [Kind.DATASET.value],
                          "page": [str(page)], "size": [str(_FOUND_AT_ONCE)]}  # fmt: skip
                answer = await self._search.search(request_from(params, sight.audiences))
                found |= {hit.iri for hit in answer.items}
                if len(answer.items) < _FOUND_AT_ONCE:
                    break
        except SearchParameterInvalid as error:
            raise FilterRefused(error.message) from error
        return found

    async def _selected(self, text: str, sight: Sight) -> set[str]:
        """What a SELECT binds to its variable `dataset`, else to its first."""
        try:
            answer = await self._sparql.query(text, audiences=sight.audiences, accept="application/sparql-results+json")
        except SparqlError as error:
            raise FilterRefused(Message(str(error), str(error))) from error
        told = orjson.loads(answer.body)
        names = told["head"].get("vars", [])
        name = "dataset" if "dataset" in names else (names or [""])[0]
        return {row[name]["value"] for row in told.get("results", {}).get("bindings", ()) if name in row}


def _scripted(iri: str, offer: Mapping[str, Any], service: Mapping[str, Any]) -> dict[str, Any]:
    distribution = [{"@type": "Distribution", "format": each, "accessService": dict(service)} for each in FORMATS]
    return {"@id": iri, "@type": "Dataset", "hasPolicy": [dict(offer)], "distribution": distribution}


def _key(rows: Sequence[RowMapping]) -> _Key:
    return rows[0]["iri"], rows[0]["hash"], *(f"{row['offer']} {row['policy']}" for row in rows)


# A namesake's description of the same dataset has no part in what another offers.
_OFFERED: Final = and_(
    OfferRow.dataset == ResourceRow.iri, or_(OfferRow.owner.is_(None), OfferRow.owner == ResourceRow.owner)
)


def _of_page(sight: Sight, offset: int, limit: int, wanted: set[str] | None) -> Select[*tuple[Any, ...]]:
    """Datasets that are offered, with their offers and the hashes of those that stand by themselves."""
    policy = aliased(ResourceRow)
    seen = (
        ResourceRow.state == "published",
        ResourceRow.audience.in_(sight.columns),
        OfferRow.withdrawn_at.is_(None),
        OfferRow.audience.in_(sight.columns),
    )
    named = () if wanted is None else (ResourceRow.iri.in_(wanted),)
    page = (
        select(func.min(ResourceRow.id).label("id"))
        .join(OfferRow, _OFFERED)
        .where(*seen, *named)
        .group_by(ResourceRow.iri)
        .order_by(func.min(ResourceRow.id))
        .offset(offset)
        .limit(limit)
        .subquery()
    )
    return (
        select(
            ResourceRow.id, ResourceRow.iri, ResourceRow.hash, OfferRow.iri.label("offer"), policy.hash.label("policy")
        )
        .join(page, page.c.id == ResourceRow.id)
        .join(OfferRow, _OFFERED)
        .outerjoin(policy, and_(policy.iri == OfferRow.iri, policy.state == "published"))
        .where(*seen)
        .order_by(ResourceRow.id, OfferRow.iri)
    )
