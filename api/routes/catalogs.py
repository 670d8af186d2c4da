"""Catalogs: opened, published whole, paged, dumped, withdrawn; and new descriptions in them."""

import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.cache import Rendered
from api.docs import CREATED, NO_CONTENT, RDF_TYPES, Operation, Parameter
from api.errors import MediaTypeUnknown, ParameterInvalid
from api.limits import body_chunks, json_body
from api.negotiation import HTML, JSON, RDF, RESOURCE, Form, negotiate
from api.pages import page, reader_language, render, with_query
from api.requests import audience_of, base_of, choice, document_of, flag, number, reader_of, service_of, writer_of
from api.routes import naming
from api.routes.forms import (
    conditional,
    context_address,
    etag_of,
    json_answer,
    off_loop,
    rendered_rdf,
    resource_headers,
    revision_tag,
)
from api.routes.paging import pages_of
from api.routes.resources import (
    SEGMENTS,
    STATES,
    form_links,
    has_report,
    report,
    revision,
    revisions,
    written,
)
from api.service import check_level
from api.streams import canonicals
from api.views import title_of, view
from catalog.descriptions import House
from catalog.errors import CatalogNotFound, ResourceChanged
from catalog.kinds import BY_SEGMENT, Kind
from catalog.publishing import Load, Outcome
from catalog.reading import CatalogInfo, Stored
from loaders.export import export
from loaders.load import Load as SourceLoad
from loaders.sources import Document, Source
from ontology.description import Description
from ontology.faults import Unreadable
from ontology.messages import Message
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
    etag = f"{stored.etag}.{form.name}.{etag_of(body)[:12]}"
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
        view=view(own, await naming.of(request, own, language, reader)),
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


async def create(request: Request) -> Response:
    """Open a catalog: JSON `{id, profile, level, audience}`, or its description in RDF with `?id=`."""
    service, principal = service_of(request), await writer_of(request)
    if _is_json(request):
        name, house = _house(await json_body(request), House())
        _check_house(request, house)
        info = await service.descriptions.create_catalog(name, principal, house=house)
    else:
        name = request.query_params.get("id") or request.headers.get("slug") or ""
        house = House(
            profile=request.query_params.get("profile", House().profile),
            level=request.query_params.get("level", House().level),
            audience=audience_of(request) or House().audience,
        )
        _check_house(request, house)
        document = await document_of(request, f"{request.app.state.settings.base}/catalogs/{name}")
        info = await service.descriptions.create_catalog(name, principal, house=house, document=document)
    await service.follow()
    return await _written_catalog(request, info, principal, CREATED)


async def change(request: Request) -> Response:
    """Change the gate or the default audience of a catalog: JSON with any of `profile`, `level`, `audience`."""
    service, principal = service_of(request), await writer_of(request)
    info = await service.reading.catalog(request.path_params["id"], principal)
    given = await json_body(request)
    now = House(info.profile, info.level, None)
    _, house = _house({"id": info.id, **given} if isinstance(given, dict) else given, now)
    _check_house(request, house)
    info = await service.descriptions.change_house(info.id, principal, house)
    await service.follow()
    return await _written_catalog(request, info, principal, 200)


def _check_house(request: Request, house: House) -> None:
    check_level(service_of(request).profiles, house.profile, house.level)


async def _written_catalog(request: Request, info: CatalogInfo, principal: Principal, status: int) -> Response:
    stored = await service_of(request).reading.get(info.id, principal)
    found = await summary(request, info, principal, "en")
    headers = {"etag": f'"{stored.etag}"', "content_location": found["address"]}
    return json_answer(found, status, **headers, **({"location": found["address"]} if status == CREATED else {}))


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def _house(given: Any, default: House) -> tuple[str, House]:
    """Id and rules from JSON; members we do not know are refused, so that a typing error shows (P26)."""
    known = {"id": str, "profile": str, "level": str, "audience": list}
    if not isinstance(given, dict) or not isinstance(given.get("id"), str):
        raise ParameterInvalid("id", Message(ja="id が必要です。", en="A JSON object with an id is needed."))
    for name, value in given.items():
        if name not in known or not isinstance(value, known[name]):
            raise ParameterInvalid(
                name[:100], Message(ja=f"{name[:100]} は使えません。", en=f"{name[:100]} cannot be used here.")
            )
    audience = given.get("audience")
    if audience is not None and not (audience and all(isinstance(name, str) for name in audience)):
        raise ParameterInvalid(
            "audience", Message(ja="audience は文字列の配列です。", en="audience is a list of texts.")
        )
    names = default.audience if audience is None else tuple(audience)
    return given["id"], House(given.get("profile", default.profile), given.get("level", default.level), names)


async def publish(request: Request) -> Response:
    """Publish a whole catalog; what it does not mention stays, unless `replace=true`."""
    service, principal = service_of(request), await writer_of(request)
    name = request.path_params["id"]
    if (request.headers.get("content-type") or "").startswith("multipart/"):
        raise MediaTypeUnknown(request.headers["content-type"].partition(";")[0])
    created = await _opened(request, name, principal)
    await _check_tag(request, name, principal)
    load = Load(
        source=f"{request.app.state.settings.base}/catalogs/{name}",
        profile=request.query_params.get("profile"),
        audience=audience_of(request),
        replace=flag(request, "replace"),
        consent=flag(request, "confirm"),
    )
    with tempfile.NamedTemporaryFile(prefix="renkei-") as file:
        async for chunk in body_chunks(request):
            await off_loop(file.write, chunk)
        await off_loop(file.flush)
        outcome = await _published(request, Path(file.name), load, principal)
    await service.follow()
    stored = await service.reading.get(name, principal)
    found = outcome_json(outcome, reader_language(request))
    return json_answer(found, CREATED if created else 200, etag=f'"{stored.etag}"', location=load.source)


async def _opened(request: Request, name: str, principal: Principal) -> bool:
    service = service_of(request)
    try:
        await service.reading.catalog(name, principal)
    except CatalogNotFound:
        await service.descriptions.create_catalog(name, principal)
        return True
    return False


async def _check_tag(request: Request, name: str, principal: Principal) -> None:
    tag = revision_tag(request)
    if tag not in (None, "*"):
        stored = await service_of(request).reading.get(name, principal)
        if stored.etag != tag:
            raise ResourceChanged(name, stored.etag)


async def _published(request: Request, file: Path, load: Load, principal: Principal) -> Outcome:
    name, media_type = request.path_params["id"], request.headers.get("content-type")
    document = Document(name, lambda: file.open("rb"), media_type.partition(";")[0].strip() if media_type else None)
    source = Source(name, lambda: (document,))
    with await off_loop(lambda: SourceLoad(source, catalog=name)) as parts:
        if parts.unread:
            unread = parts.unread[0]
            raise Unreadable(unread.message, unread.line, unread.column)
        return await service_of(request).publishing.publish(name, parts, load, principal)


def outcome_json(outcome: Outcome, language: str) -> dict[str, Any]:
    """The closing table of a load as JSON."""
    return {
        **{name: getattr(outcome, name) for name in ("added", "changed", "unchanged", "withdrawn", "refused")},
        "by_kind": outcome.by_kind,
        "refusals": [
            {
                "resource": refusal.resource,
                "reason": refusal.reason.in_(language),
                "message": {"ja": refusal.reason.ja, "en": refusal.reason.en},
            }
            for refusal in outcome.refusals
        ],
        "noted": [{"resource": resource, "reason": note.in_(language)} for resource, note in outcome.noted],
    }


async def withdraw(request: Request) -> Response:
    """Withdraw a catalog and everything in it."""
    service, principal = service_of(request), await writer_of(request)
    await _check_tag(request, request.path_params["id"], principal)
    reason = request.query_params.get("reason")
    await service.descriptions.withdraw_catalog(request.path_params["id"], principal, reason[:2000] if reason else None)
    await service.follow()
    return Response(status_code=NO_CONTENT)


async def register(request: Request) -> Response:
    """Register a description in a catalog; `state=draft` keeps it to its owner."""
    service, principal = service_of(request), await writer_of(request)
    kind = BY_SEGMENT[request.url.path.rsplit("/", 1)[1]]
    draft = choice(request, "state", STATES, "published") == "draft"
    document = await document_of(request, request.app.state.settings.base + "/")
    stored = await service.descriptions.register(
        request.path_params["id"], kind, document, principal, draft=draft, audience=audience_of(request)
    )
    await service.follow()
    return await written(request, stored, CREATED)


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


_ID = Parameter("id", "Id of the new catalog, when the body is RDF.")
_PAGE = Parameter("page", "From 1.", {"type": "integer", "minimum": 1})
_SIZE = Parameter("size", "Members on a page.", {"type": "integer", "minimum": 1, "maximum": PAGE_MOST})
_FORMAT = Parameter("format", "Form of the answer, stronger than Accept.")
_AUDIENCE = Parameter("audience", "Who may see it: public, participants or IRIs of participants.",
                      {"type": "array", "items": {"type": "string"}})  # fmt: skip
_PROFILE = Parameter("profile", "Profile to validate with.")
_LEVEL = Parameter("level", "Level of the gate.")
_FLAG = {"type": "boolean"}
_EXACT = Parameter("exact", "Keep terms that break their syntax's rules (an IRI with a space), escaped.", _FLAG)
_HOUSE = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,63}$"},
        "profile": {"type": "string"},
        "level": {"type": "string"},
        "audience": {"type": "array", "items": {"type": "string"}, "minItems": 1},
    },
}
_TAG = "Catalogs"
_NAMED = {SEGMENT: BY_SEGMENT[SEGMENT].value for SEGMENT in SEGMENTS}

OPERATIONS = (
    Operation("GET", "/catalogs", index, "List the catalogs", _TAG, (_FORMAT,),
              produces=("application/json", "text/html")),
    Operation("POST", "/catalogs", create, "Open a catalog", _TAG, (_ID, _PROFILE, _LEVEL, _AUDIENCE),
              body=("application/json", *RDF_TYPES), json={**_HOUSE, "required": ["id"]}, status=CREATED,
              refuses=(409, 422), secured=True),
    Operation("GET", "/catalogs/{id}", show, "A catalog and a page of its members", _TAG, (_FORMAT, _PAGE, _SIZE),
              produces=tuple(form.media_type for form in RESOURCE), refuses=(404, 410)),
    Operation("PUT", "/catalogs/{id}", publish, "Publish a whole catalog", _TAG,
              (_PROFILE, _AUDIENCE, Parameter("replace", "Withdraw what is not mentioned.", _FLAG),
               Parameter("confirm", "Do so even if that is more than a fifth.", _FLAG)),
              body=RDF_TYPES, refuses=(409, 410, 412, 422), secured=True),
    Operation("PATCH", "/catalogs/{id}", change, "Change gate or default audience", _TAG, body=("application/json",),
              json=_HOUSE, refuses=(404, 410), secured=True),
    Operation("DELETE", "/catalogs/{id}", withdraw, "Withdraw a catalog and all it holds", _TAG,
              (Parameter("reason", "Why; shown on the tombstones."),), status=NO_CONTENT, refuses=(404, 410, 412),
              secured=True),
    Operation("GET", "/catalogs/{id}/dump", dump, "Everything in one document", _TAG, (_FORMAT, _EXACT),
              produces=RDF_TYPES,
              refuses=(404, 410)),
    Operation("GET", "/catalogs/{id}/revisions", revisions, "History of its own description", _TAG, (_FORMAT,),
              produces=("application/json", "text/html"), refuses=(404, 410)),
    Operation("GET", "/catalogs/{id}/revisions/{spec}", revision, "One revision or a difference", _TAG, (_FORMAT,),
              produces=(*RDF_TYPES, "text/html", "application/json"), refuses=(404, 410)),
    Operation("GET", "/catalogs/{id}/report", report, "Validation report of its own description", _TAG, (_FORMAT,),
              produces=("application/json", "text/html", *RDF_TYPES), refuses=(404, 410)),
    *(
        Operation("POST", f"/catalogs/{{id}}/{segment}", register, f"Register a {name}", _TAG,
                  (Parameter("state", "`draft` keeps it to its owner.", {"enum": list(STATES)}), _AUDIENCE),
                  body=RDF_TYPES, status=CREATED, refuses=(404, 409, 410, 422), secured=True)
        for segment, name in _NAMED.items()
    ),
)  # fmt: skip
