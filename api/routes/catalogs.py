"""Reading catalogs: the list, one with a page of its members, all of it in one document."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.cache import Rendered
from api.docs import RDF_TYPES, Operation, Parameter
from api.negotiation import HTML, JSON, RDF, RESOURCE, Form, negotiate
from api.pages import page, reader_language, render, with_query
from api.requests import base_of, flag, number, reader_of, service_of, wants_body
from api.routes import naming
from api.routes.forms import (
    conditional,
    context_address,
    etag_of,
    json_answer,
    off_loop,
    rendered_rdf,
    resource_headers,
)
from api.routes.paging import pages_of
from api.routes.resources import (
    form_links,
    has_report,
    report,
    revision,
    revisions,
)
from api.streams import canonicals
from api.views import title_of, view
from catalog.kinds import Kind
from catalog.reading import CatalogInfo, Stored
from loaders.export import export
from ontology.description import Description
from ontology.terms import DCAT, HYDRA, XSD
from ontology.terms import RDF as RDF_TERMS
from ontology.terms import iri as lenient_iri
from participants.principal import Principal

PAGE_SIZE, PAGE_MOST = 100, 1000
MEMBERS = (Kind.DATASET, Kind.SERIES, Kind.SERVICE, Kind.POLICY, Kind.PARTICIPANT, Kind.RESOURCE)


async def index(request: Request) -> Response:
    """The catalogs that the reader may see."""
    reader = await reader_of(request)
    form = negotiate(request.headers.get("accept"), request.query_params.get("format"), (JSON, HTML))
    language = reader_language(request)
    listed = [
        await summary(request, info, reader, language) for info in await service_of(request).reading.catalogs(reader)
    ]
    if form is JSON:
        return json_answer({"catalogs": listed})
    return page("catalogs.html", request, language=language, catalogs=listed)


async def summary(request: Request, info: CatalogInfo, reader: Principal, language: str) -> dict[str, Any]:
    """A catalog in a list."""
    reading, settings = service_of(request).reading, request.app.state.settings
    stored = await reading.get(info.id, reader)
    total, _ = await reading.members(info.id, reader, offset=0, limit=0, kinds=MEMBERS)
    title = title_of(stored.description, language)
    told = view(stored.description, naming.plain(language)).descriptions
    return {
        "id": info.id,
        "iri": info.iri,
        "address": f"{settings.base}/catalogs/{info.id}",
        "href": f"{settings.root}/catalogs/{info.id}",
        "title": title.text,
        "language": title.language,
        "description": told[0].text if told else "",
        "description_language": told[0].language if told else "",
        "n": total,
        "profile": info.profile,
        "level": info.level,
        "audience": info.audience,
    }


async def show(request: Request) -> Response:
    """A catalog, with one page of what it holds (hydra paging)."""
    service, reader = service_of(request), await reader_of(request)
    form = negotiate(request.headers.get("accept"), request.query_params.get("format"))
    size = number(request, "size", PAGE_SIZE if form is not HTML else 20, 1, PAGE_MOST)
    at = number(request, "page", 1, 1, 10_000_000)
    await service.reading.catalog(request.path_params["id"], reader)
    stored = await service.reading.get(request.path_params["id"], reader)
    total, members = await service.reading.members(
        stored.short_id, reader, offset=(at - 1) * size, limit=size, kinds=MEMBERS
    )
    if form is HTML:
        return await _catalog_page(request, stored, members, total, at, size, reader)
    address = request.app.state.settings.base + stored.path
    triples = list(_paged(stored, members, total, at, size, address))
    body = await off_loop(rendered_rdf, triples, form, base_of(request), stored.iri)
    etag = f"{await service.reading.tag(stored)}.{form.name}.{etag_of(body)[:12]}"
    headers = resource_headers(form, etag, address, stored.iri, private=stored.audience != "public")
    return conditional(request, Rendered(body, headers, etag))


def _paged(stored: Stored, members: Sequence[Stored], total: int, at: int, size: int, address: str) -> Iterator[Triple]:
    yield from stored.description.triples
    catalog = lenient_iri(stored.iri)
    for place, member in enumerate(members):
        link = {Kind.SERVICE: DCAT.service, Kind.POLICY: None, Kind.PARTICIPANT: None, Kind.RESOURCE: None}.get(
            member.kind, DCAT.dataset
        )
        if link is not None:
            yield Triple(catalog, link, lenient_iri(member.iri))
        yield from (_apart(triple, place) for triple in member.description.triples)
    yield from _hydra(address, total, at, size)


def _apart(triple: Triple, place: int) -> Triple:
    """Canonical blank node labels are alike in every description; here they stand side by side."""

    def own(term: Any) -> Any:
        return BlankNode(f"m{place}{term.value}") if isinstance(term, BlankNode) else term

    return Triple(own(triple.subject), triple.predicate, own(triple.object))


def _hydra(address: str, total: int, at: int, size: int) -> Iterator[Triple]:
    last = max(1, -(-total // size))

    def node(n: int) -> NamedNode:
        return NamedNode(f"{address}?page={n}&size={size}")

    here = node(at)
    yield Triple(here, RDF_TERMS.type, HYDRA.PagedCollection)
    yield Triple(here, HYDRA.totalItems, Literal(str(total), datatype=XSD.integer))
    yield Triple(here, HYDRA.itemsPerPage, Literal(str(size), datatype=XSD.integer))
    yield Triple(here, HYDRA.firstPage, node(1))
    yield Triple(here, HYDRA.lastPage, node(last))
    if at < last:
        yield Triple(here, HYDRA.nextPage, node(at + 1))
    if at > 1:
        yield Triple(here, HYDRA.previousPage, node(min(at - 1, last)))


async def _catalog_page(
    request: Request, stored: Stored, members: Sequence[Stored], total: int, at: int, size: int, reader: Principal
) -> Response:
    language, settings = reader_language(request), request.app.state.settings
    path = settings.root + stored.path
    held = {DCAT.dataset, DCAT.service, DCAT.record, DCAT.catalog}
    own = Description.of(stored.iri, [triple for triple in stored.description.triples if triple.predicate not in held])
    text = render(
        "resource.html", request, language,
        view=await naming.shown(request, own, language, reader),
        kind=stored.kind.value, state=stored.state, audience=stored.audience,
        address=settings.base + stored.path, page=path,
        trail=await naming.trail(request, stored, language, reader),
        summary={"violations": stored.violations, "warnings": stored.warnings}, has_report=has_report(stored),
        revision=stored.revision, recorded=stored.modified_at.isoformat(), forms=form_links(path),
        members={
            "total": total,
            "items": [_member(item, language, settings.root) for item in members],
            "pages": pages_of(total, at, size, lambda n: with_query(dict(request.query_params), page=n)),
            "search_href": f"{settings.root}/search?catalog={stored.short_id}",
        },
        dump_href=f"{path}/dump?format=ttl",
    )  # fmt: skip
    body = text.encode()
    headers = resource_headers(HTML, etag_of(body), settings.base + stored.path, stored.iri, private=True)
    return conditional(request, Rendered(body, headers, etag_of(body)))


def _member(stored: Stored, language: str, root: str) -> dict[str, str]:
    title = title_of(stored.description, language)
    return {"href": root + stored.path, "title": title.text, "language": title.language, "kind": stored.kind.value}


async def dump(request: Request) -> Response:
    """Everything of a catalog that the reader may see, in one document, streamed."""
    service, reader = service_of(request), await reader_of(request)
    form = negotiate(request.headers.get("accept"), request.query_params.get("format"), RDF)
    info = await service.reading.catalog(request.path_params["id"], reader)
    name = f"{info.id}.{form.name}"
    headers = {
        "vary": "Accept, Authorization",
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "private, no-cache" if reader.authenticated else "no-cache",
    }
    if not wants_body(request):
        return StreamingResponse(iter((b"",)), 200, headers, form.content_type)
    return StreamingResponse(
        _dumped(service.reading.dump(info.id, reader), form, base_of(request), flag(request, "exact")),
        200,
        headers,
        form.content_type,
    )


def _dumped(descriptions: AsyncIterator[Description], form: Form, base: str, exact: bool) -> Iterator[bytes]:
    """The document in pieces, made in threads."""
    assert form.syntax is not None
    return iter(export(canonicals(descriptions), form.syntax, exact=exact, context=context_address(base)))


_PAGE = Parameter("page", "From 1.", {"type": "integer", "minimum": 1})
_SIZE = Parameter("size", "Members on a page.", {"type": "integer", "minimum": 1, "maximum": PAGE_MOST})
_FORMAT = Parameter("format", "Form of the answer, stronger than Accept.")
_EXACT = Parameter("exact", "Keep terms that break their syntax's rules (an IRI with a space), escaped.",
                   {"type": "boolean"})  # fmt: skip
_TAG = "Catalogs"

OPERATIONS = (
    Operation("GET", "/catalogs", index, "List the catalogs", _TAG, (_FORMAT,),
              produces=("application/json", "text/html")),
    Operation("GET", "/catalogs/{id}", show, "A catalog and a page of its members", _TAG, (_FORMAT, _PAGE, _SIZE),
              produces=tuple(form.media_type for form in RESOURCE), refuses=(404, 410)),
    Operation("GET", "/catalogs/{id}/dump", dump, "Everything in one document", _TAG, (_FORMAT, _EXACT),
              produces=RDF_TYPES,
              refuses=(404, 410)),
    Operation("GET", "/catalogs/{id}/revisions", revisions, "History of its own description", _TAG, (_FORMAT,),
              produces=("application/json", "text/html"), refuses=(404, 410)),
    Operation("GET", "/catalogs/{id}/revisions/{spec}", revision, "One revision or a difference", _TAG, (_FORMAT,),
              produces=(*RDF_TYPES, "text/html", "application/json"), refuses=(404, 410)),
    Operation("GET", "/catalogs/{id}/report", report, "Validation report of its own description", _TAG, (_FORMAT,),
              produces=("application/json", "text/html", *RDF_TYPES), refuses=(404, 410)),
)  # fmt: skip
