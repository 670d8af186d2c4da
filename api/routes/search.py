"""Search with facets, and completion, for people and programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api import i18n
from api.docs import Operation, Parameter
from api.negotiation import HTML, JSON, negotiate
from api.pages import page, reader_language, with_query
from api.requests import number, reader_of, service_of
from api.routes.forms import json_answer
from api.routes.paging import pages_of
from catalog.kinds import Kind
from catalog.search import SUGGESTIONS_LIMIT, request_from
from stores.fulltext.port import FACETS, WINDOW, Hit, SearchAnswer, SearchRequest

SORTS = ("relevance", "modified", "issued", "title")
SHOWN_FACETS = ("kind", "catalog", "publisher", "theme", "format", "license", "language", "keyword", "access")
OPEN_FACETS = ("kind", "publisher", "theme", "format")
PARAMETERS = ("q", *FACETS, "issued", "modified", "bbox", "period", "sort", "size")


async def search(request: Request) -> Response:
    """Descriptions that match words and filters, with counts."""
    reader = await reader_of(request)
    form = negotiate(request.headers.get("accept"), request.query_params.get("as"), (JSON, HTML))
    service, language = service_of(request), reader_language(request)
    sight = await service.visibility.of(reader)
    given = {name: request.query_params.getlist(name) for name in request.query_params}
    asked = request_from(given, sight.audiences, language)
    await service.follow()
    answer = await service.search.search(asked)
    titles = await catalog_titles(request, answer.items, language)
    if form is JSON:
        return json_answer(_json(request, answer, asked, language, titles))
    return page("search.html", request, language=language, **_context(request, answer, asked, language, titles))


async def catalog_titles(request: Request, hits: Sequence[Hit], language: str) -> dict[str, str]:
    """Titles of the catalogs of some hits, those that everybody may see; the others are named by their id."""
    found = await service_of(request).labels.of_catalogs(sorted({hit.catalog for hit in hits}))
    return {name: title.in_(language) for name, title in found.items()}


def _json(
    request: Request, answer: SearchAnswer, asked: SearchRequest, language: str, titles: Mapping[str, str]
) -> dict[str, Any]:
    base = request.app.state.settings.base
    return {
        "total": answer.total,
        "page": asked.page,
        "size": asked.size,
        "items": [_item(hit, base, titles) for hit in answer.items],
        "facets": {
            name: [
                {"value": bucket.value, "label": bucket.label.in_(language), "count": bucket.count}
                for bucket in buckets
            ]
            for name, buckets in answer.facets.items()
        },
    }


def _item(hit: Hit, base: str, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": hit.short_id,
        "iri": hit.iri,
        "address": f"{base}/{Kind(hit.kind).segment}/{hit.short_id}",
        "kind": hit.kind,
        "catalog": hit.catalog,
        "catalog_title": titles.get(hit.catalog, hit.catalog),
        "title": "".join(text for text, _ in hit.title),
        "titles": hit.titles,
        "title_marks": _pieces(hit.title),
        "snippet": "".join(text for text, _ in hit.snippet),
        "snippet_marks": _pieces(hit.snippet),
        "fields": hit.fields,
        "score": hit.score,
    }


def _pieces(marked: tuple[tuple[str, bool], ...]) -> list[dict[str, Any]]:
    return [{"text": text, "hit": found} for text, found in marked]


def _context(
    request: Request, answer: SearchAnswer, asked: SearchRequest, language: str, titles: Mapping[str, str]
) -> dict[str, Any]:
    query = {name: request.query_params.getlist(name) for name in PARAMETERS if request.query_params.get(name)}
    labels = {(name, b.value): b.label.in_(language) for name, buckets in answer.facets.items() for b in buckets}
    pages = pages_of(answer.total, asked.page, asked.size, lambda n: with_query(query, page=n), WINDOW // asked.size)
    pairs = [(name, value) for name, values in query.items() for value in values]
    return {
        "q": asked.q,
        "total": answer.total,
        "sort": asked.sort,
        "sorts": SORTS,
        "items": [shown_hit(hit, request, language, titles) for hit in answer.items],
        "facets": _facets(answer, asked, query, language),
        "chosen": _chosen(asked, query, labels, language),
        "pages": pages,
        "hidden": [(name, value) for name, value in pairs if name != "q"],
        "hidden_all": [(name, value) for name, value in pairs if name != "sort"],
        "json_href": with_query(query, **{"as": "json"}),
    }


def shown_hit(hit: Hit, request: Request, language: str, titles: Mapping[str, str]) -> dict[str, Any]:
    """A hit as the page shows it."""
    title = "".join(text for text, _ in hit.title)
    spoken = next((tag for tag, texts in hit.titles.items() if title in texts), "")
    return {
        "href": f"{request.app.state.settings.root}/{Kind(hit.kind).segment}/{hit.short_id}",
        "kind": hit.kind,
        "title": hit.title,
        "title_language": spoken,
        "snippet": hit.snippet,
        "snippet_language": "",
        "about": [titles.get(hit.catalog, hit.catalog)],
        "fields": hit.fields if any(found for _, found in (*hit.title, *hit.snippet)) or hit.fields else (),
    }


def _facets(
    answer: SearchAnswer, asked: SearchRequest, query: Mapping[str, list[str]], language: str
) -> list[dict[str, Any]]:
    found = []
    for name in SHOWN_FACETS:
        buckets = answer.facets.get(name, ())
        chosen = asked.filters.get(name, ())
        values = [
            {
                "label": _label(name, bucket.value, bucket.label.in_(language), language),
                "n": bucket.count,
                "chosen": bucket.value in chosen,
                "href": _toggled(query, name, bucket.value, chosen),
            }
            for bucket in buckets
        ]
        if values:
            found.append({"name": name, "values": values, "open": name in OPEN_FACETS or bool(chosen)})
    return found


def _chosen(
    asked: SearchRequest, query: Mapping[str, list[str]], labels: Mapping[tuple[str, str], str], language: str
) -> list[dict[str, str]]:
    found = [
        {
            "label": _label(name, value, labels.get((name, value), value), language),
            "href": _toggled(query, name, value, values),
        }
        for name, values in asked.filters.items()
        for value in values
    ]
    return found + [
        {"label": f"{name}: {query[name][0]}", "href": with_query(query, **{name: None})}
        for name in ("issued", "modified", "period", "bbox")
        if name in query
    ]


def _label(name: str, value: str, label: str, language: str) -> str:
    return (i18n.texts(language).known(f"kind.{value}") or label) if name == "kind" else label


def _toggled(query: Mapping[str, list[str]], name: str, value: str, chosen: tuple[str, ...]) -> str:
    kept = [one for one in chosen if one != value] if value in chosen else [*chosen, value]
    return with_query(query, **{name: kept})


async def suggest(request: Request) -> Response:
    """Completions of what was typed."""
    service = service_of(request)
    sight = await service.visibility.of(await reader_of(request))
    await service.follow()
    typed = request.query_params.get("q", "")
    size = number(request, "size", 8, 1, SUGGESTIONS_LIMIT)
    found = await service.search.suggest(typed, sight.audiences, size) if typed.strip() else ()
    return json_answer({"suggestions": [{"text": one.text, "count": one.count} for one in found]})


_LIST = {"type": "array", "items": {"type": "string"}}
OPERATIONS = (
    Operation("GET", "/search", search, "Search with facets", "Find", (
        Parameter("q", 'Words: all needed; "a phrase", -without, prefix*, OR, title:word.'),
        *(Parameter(name, f"Only this {name}; several are alternatives.", _LIST) for name in FACETS),
        Parameter("issued", "Days of publication, 2024-01-01..2024-12-31, either side may be open."),
        Parameter("modified", "Days of the last change, likewise."),
        Parameter("period", "Time that the data is about, likewise (overlap)."),
        Parameter("bbox", "west,south,east,north in degrees (overlap)."),
        Parameter("sort", "Order.", {"enum": list(SORTS)}),
        Parameter("page", "From 1; page × size ≤ 10,000.", {"type": "integer", "minimum": 1}),
        Parameter("size", "Hits on a page.", {"type": "integer", "minimum": 1, "maximum": 100}),
        Parameter("as", "json or html, stronger than Accept (`format` is a filter here).", {"enum": ["json", "html"]}),
    ), produces=("application/json", "text/html")),
    Operation("GET", "/search/suggest", suggest, "Complete what was typed", "Find", (
        Parameter("q", "Beginning of a word or title."),
        Parameter("size", "How many.", {"type": "integer", "minimum": 1, "maximum": SUGGESTIONS_LIMIT}),
    )),
)  # fmt: skip
