"""One resource: read in every form, written, withdrawn; its history and its report."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.cache import Rendered
from api.docs import CREATED, NO_CONTENT, RDF_TYPES, Operation, Parameter
from api.errors import PageNotFound
from api.limits import body
from api.negotiation import HTML, JSON, RDF, RESOURCE, TURTLE, Form, negotiate
from api.pages import reader_language, remember_language, render
from api.requests import audience_of, base_of, choice, document_of, reader_of, service_of, writer_of
from api.routes import naming
from api.routes.forms import (
    conditional,
    etag_of,
    json_answer,
    off_loop,
    rendered_rdf,
    resource_headers,
    resource_rdf,
    revision_tag,
)
from api.views import prefixed
from catalog.errors import ResourceNotFound
from catalog.kinds import BY_SEGMENT, Kind
from catalog.reading import RevisionNote, Stored
from ontology.description import difference
from participants.principal import Principal
from shapes.report import Report
from shapes.report_rdf import triples as report_triples

SEGMENTS = tuple(segment for segment, kind in BY_SEGMENT.items() if kind is not Kind.CATALOG)
STATES = ("published", "draft")


async def show(request: Request) -> Response:
    """A resource in the form the client asks for: the hot path."""
    service, reader = service_of(request), await reader_of(request)
    form = negotiate(request.headers.get("accept"), request.query_params.get("format"))
    language = reader_language(request) if form is HTML else ""
    async with service.database.one_moment() as head:
        entry = await _entry(request, form, language, reader, head)
    response = conditional(request, entry)
    if form is HTML:
        remember_language(request, response)
    return response


async def _entry(request: Request, form: Form, language: str, reader: Principal, head: int) -> Rendered:
    service = service_of(request)
    draft = choice(request, "state", STATES, "published") == "draft"
    sight = await service.visibility.of(reader)
    who = (sight.audiences, reader.participant, reader.role)
    query = request.scope["query_string"] if form is HTML else b""
    key = (request.scope["path"], query, form.name, language, draft, who)
    entry = service.cache.get(head, key)
    if entry is None:
        stored = await read_resource(request, reader, draft=draft)
        entry = await _rendered(request, stored, form, language, reader)
        service.cache.put(head, key, entry)
    return entry


async def read_resource(
    request: Request, reader: Principal, *, number: int | None = None, draft: bool = False
) -> Stored:
    """The resource of the address; an id of another kind is not found here."""
    name = request.path_params["id"]
    stored = await service_of(request).reading.get(name, reader, number=number, draft=draft)
    if stored.kind is not kind_of_path(request):
        raise ResourceNotFound(name)
    return stored


def kind_of_path(request: Request) -> Kind:
    """The kind that the first segment of the address names."""
    return BY_SEGMENT[request.scope["path"].removeprefix(request.scope.get("root_path", "")).split("/")[1]]


async def _rendered(request: Request, stored: Stored, form: Form, language: str, reader: Principal) -> Rendered:
    address = request.app.state.settings.base + stored.path
    if form is HTML:
        content = (await _page(request, stored, language, reader)).encode()
        etag = etag_of(content)
    else:
        content = await resource_rdf(stored.description, form, base_of(request))
        etag = stored.etag if form is TURTLE else f"{stored.etag}.{form.name}"
    private = stored.audience != "public" or stored.state != "published"
    return Rendered(content, resource_headers(form, etag, address, stored.iri, private=private), etag)


async def _page(request: Request, stored: Stored, language: str, reader: Principal) -> str:
    settings = request.app.state.settings
    shown = await naming.shown(request, stored.description, language, reader)
    return render(
        "resource.html",
        request,
        language,
        view=shown,
        kind=stored.kind.value,
        state=stored.state,
        audience=stored.audience,
        address=settings.base + stored.path,
        page=settings.root + stored.path,
        trail=await naming.trail(request, stored, language, reader),
        summary={"violations": stored.violations, "warnings": stored.warnings} if has_report(stored) else None,
        has_report=has_report(stored),
        revision=stored.revision,
        recorded=stored.modified_at.isoformat(),
        forms=form_links(settings.root + stored.path),
        members=None,
        dump_href=None,
    )


def has_report(stored: Stored) -> bool:
    """Whether any profile speaks of this kind of resource."""
    return stored.kind in (Kind.CATALOG, Kind.DATASET, Kind.SERIES, Kind.SERVICE, Kind.POLICY)


def form_links(path: str, separator: str = "?") -> list[dict[str, str]]:
    """Links to every RDF syntax of an address."""
    names = {"ttl": "Turtle", "jsonld": "JSON-LD", "rdf": "RDF/XML", "nt": "N-Triples", "nq": "N-Quads", "trig": "TriG"}
    return [
        {
            "href": f"{path}{separator}format={form.name}",
            "media_type": form.media_type,
            "label": names[form.name],
        }
        for form in RDF
    ]


async def by_iri(request: Request) -> Response:
    """Leads from the IRI that its owner gave a resource to its address here; without one, to the search."""
    iri = request.query_params.get("iri")
    if not iri:
        listed = f"{request.app.state.settings.base}/search?kind={kind_of_path(request).value}"
        return RedirectResponse(listed, 303, {"vary": "Authorization"})
    stored = await service_of(request).reading.by_iri(iri, await reader_of(request))
    if stored.kind is not kind_of_path(request) and kind_of_path(request) is not Kind.RESOURCE:
        raise ResourceNotFound(iri)
    kept = request.query_params.get("format")
    target = request.app.state.settings.base + stored.path + (f"?format={quote(kept)}" if kept else "")
    return RedirectResponse(target, 303, {"vary": "Authorization", "cache-control": "no-cache"})


async def replace(request: Request) -> Response:
    """A new revision; with `state=published` and no body, the draft becomes visible."""
    service, principal = service_of(request), await writer_of(request)
    await check_kind(request, principal)
    name, state = request.path_params["id"], choice(request, "state", STATES, "published")
    given = await body(request)
    if not given.strip() and request.query_params.get("state") == "published":
        stored = await service.descriptions.publish_draft(name, principal, if_match=revision_tag(request))
    else:
        document = await document_of(request, base_of(request) + request.url.path, given)
        stored, _ = await service.descriptions.replace(
            name, document, principal,
            if_match=revision_tag(request), draft=state == "draft", audience=audience_of(request),
        )  # fmt: skip
    await service.follow()
    return await written(request, stored, 200)


async def check_kind(request: Request, reader: Principal) -> None:
    """Refuse an address whose kind is not the resource's, before anything is read or written."""
    name = request.path_params["id"]
    if await service_of(request).reading.kind_of(name, reader) is not kind_of_path(request):
        raise ResourceNotFound(name)


async def written(request: Request, stored: Stored, status: int) -> Response:
    """The answer to a write: where the resource is, which revision it has, what was noted."""
    address = request.app.state.settings.base + stored.path
    found = {
        "id": stored.short_id,
        "iri": stored.iri,
        "address": address,
        "kind": stored.kind.value,
        "catalog": stored.catalog,
        "state": stored.state,
        "revision": stored.revision,
        "violations": stored.violations,
        "warnings": stored.warnings,
        "faults": [{"ja": fault.ja, "en": fault.en} for fault in stored.faults],
        "report": f"{address}/report",
    }
    tag = await service_of(request).reading.tag(stored)
    headers = {"etag": f'"{tag}"', "content_location": address}
    return json_answer(found, status, **headers, **({"location": address} if status == CREATED else {}))


async def withdraw(request: Request) -> Response:
    """Take a resource out of its catalog; a tombstone with date and reason stays."""
    service, principal = service_of(request), await writer_of(request)
    await check_kind(request, principal)
    reason = request.query_params.get("reason")
    await service.descriptions.withdraw(
        request.path_params["id"], principal, reason=reason[:2000] if reason else None, if_match=revision_tag(request)
    )
    await service.follow()
    return Response(status_code=NO_CONTENT)


async def revisions(request: Request) -> Response:
    """The history of a resource."""
    reader = await reader_of(request)
    form = negotiate(request.headers.get("accept"), request.query_params.get("format"), (JSON, HTML))
    await check_kind(request, reader)
    notes = await service_of(request).reading.revisions(request.path_params["id"], reader)
    path = request.app.state.settings.root + f"/{kind_of_path(request).segment}/{request.path_params['id']}"
    if form is JSON:
        return json_answer({"revisions": [_note(note, path) for note in notes]})
    stored = await read_resource(request, reader, draft=notes[0].state == "draft" and len(notes) == 1)
    return await naming.resource_page(
        request, "revisions.html", stored, reader, revisions=[_note(note, path) for note in notes]
    )


def _note(note: RevisionNote, path: str) -> Mapping[str, Any]:
    return {
        "n": note.number,
        "state": note.state,
        "recorded": note.created_at.isoformat(timespec="seconds"),
        "author": note.author,
        "hash": note.hash,
        "violations": note.violations,
        "warnings": note.warnings,
        "href": f"{path}/revisions/{note.number}",
    }


async def revision(request: Request) -> Response:
    """One revision (`3`), or what changed between two (`2..3`)."""
    first, dots, second = request.path_params["spec"].partition("..")
    if dots:
        return await _difference(request, _revision_number(first), _revision_number(second))
    return await _one_revision(request, _revision_number(first))


def _revision_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text) > 0):
        raise PageNotFound(f"revisions/{text}")
    return int(text)


async def _one_revision(request: Request, number: int) -> Response:
    reader = await reader_of(request)
    form = negotiate(request.headers.get("accept"), request.query_params.get("format"), RESOURCE)
    stored = await read_resource(request, reader, number=number)
    if form is HTML:
        language = reader_language(request)
        shown = await naming.shown(request, stored.description, language, reader)
        path = f"{request.app.state.settings.root}{stored.path}/revisions/{number}"
        return await naming.resource_page(
            request, "revision.html", stored, reader,
            view=shown, n=number, recorded=stored.modified_at.isoformat(), forms=form_links(path),
        )  # fmt: skip
    content = await resource_rdf(stored.description, form, base_of(request))
    etag = f"{stored.etag}.{form.name}"
    headers = (("content-type", form.content_type), ("etag", f'"{etag}"'), ("vary", "Accept, Authorization"))
    return conditional(request, Rendered(content, headers, etag))


async def _difference(request: Request, before: int, after: int) -> Response:
    reader = await reader_of(request)
    form = negotiate(request.headers.get("accept"), request.query_params.get("format"), (JSON, HTML))
    old = await read_resource(request, reader, number=before)
    new = await read_resource(request, reader, number=after)
    added, removed = difference(old.description, new.description)
    if form is JSON:
        return json_answer({"before": before, "after": after, "added": added, "removed": removed})
    return await naming.resource_page(
        request, "difference.html", new, reader, before=before, after=after, added=added, removed=removed
    )


async def report(request: Request) -> Response:
    """The validation report that was stored with the newest revision, or with `?revision=`."""
    reader = await reader_of(request)
    form = negotiate(request.headers.get("accept"), request.query_params.get("format"), (JSON, HTML, *RDF))
    given = request.query_params.get("revision")
    number = _revision_number(given) if given else None
    stored = await read_resource(request, reader, number=number)
    found = await service_of(request).reading.report(stored.short_id, reader, number)
    if found is None:
        raise PageNotFound(request.url.path)
    if form is HTML:
        return await naming.resource_page(
            request, "report.html", stored, reader, **report_context(found, reader_language(request)),
            faults=[fault.in_(reader_language(request)) for fault in stored.faults],
        )  # fmt: skip
    if form is JSON:
        faults = [{"ja": fault.ja, "en": fault.en} for fault in stored.faults]
        return json_answer({**found, "revision": stored.revision, "resource": stored.iri, "faults": faults})
    content = await off_loop(report_rdf, Report.from_json(found), form, base_of(request))
    return Response(content, 200, {"vary": "Accept, Authorization"}, form.content_type)


def report_rdf(found: Report, form: Form, base: str) -> bytes:
    """A report as sh:ValidationReport in a syntax."""
    assert form.syntax is not None
    return rendered_rdf(report_triples(found), form, base)


def report_context(found: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A stored report as its page shows it: grouped by cause, worst first."""
    whole = Report.from_json(found)
    groups: dict[str, dict[str, Any]] = {}
    for result in whole.results:
        cause = result.cause or f"{result.component} {result.path or result.shape}"
        group = groups.setdefault(cause, _group(result, language))
        group["n"] += 1
        path = prefixed(result.path) if result.path else ""
        group["rows"].append({"focus": result.focus, "path": path, "value": result.value})
    return {
        "conforms": whole.conforms,
        "profile": whole.profile,
        "level": whole.level,
        "counts": [(severity.value.lower(), n) for severity, n in whole.counts.items() if n],
        "groups": list(groups.values()),
    }


def _group(result: Any, language: str) -> dict[str, Any]:
    clause = result.clause
    return {
        "severity": result.severity.value.lower(),
        "fault": result.fault,
        "name": result.name.in_(language) if result.name else (result.path or result.component),
        "message": result.message.in_(language) + (f" {result.remedy.in_(language)}" if result.remedy else ""),
        "example": result.example,
        "source": clause,
        "source_href": clause if clause and clause.startswith("https://") and " " not in clause else None,
        "n": 0,
        "rows": [],
    }


_FORMAT = Parameter("format", "Form of the answer, stronger than Accept.", {"type": "string"})
_STATE = Parameter("state", "`draft` reads or writes the draft, seen by its owner alone.", {"enum": list(STATES)})
_AUDIENCE = Parameter("audience", "Who may see it: public, participants or IRIs of participants.",
                      {"type": "array", "items": {"type": "string"}})  # fmt: skip
IF_MATCH = Parameter("If-Match", "ETag of the revision that the change is based on.", place="header")
_PRODUCES = (*RDF_TYPES, "text/html")


def _operations(segment: str) -> tuple[Operation, ...]:
    base, tag = f"/{segment}/{{id}}", segment.capitalize()
    return (
        Operation("GET", f"/{segment}", by_iri, "Find by the IRI its owner gave it", tag,
                  (Parameter("iri", "IRI of the resource."), _FORMAT), status=303, refuses=(404, 410)),
        Operation("GET", base, show, "Read in any form", tag, (_FORMAT, _STATE), produces=_PRODUCES,
                  refuses=(404, 410)),
        Operation("PUT", base, replace, "Replace, or publish the draft (`state=published` without a body)", tag,
                  (_STATE, _AUDIENCE, IF_MATCH), body=RDF_TYPES, refuses=(404, 410, 412, 422), secured=True),
        Operation("DELETE", base, withdraw, "Withdraw; a tombstone stays", tag,
                  (Parameter("reason", "Why; shown on the tombstone."), IF_MATCH), status=NO_CONTENT,
                  refuses=(404, 410, 412), secured=True),
        Operation("GET", f"{base}/revisions", revisions, "History", tag, (_FORMAT,),
                  produces=("application/json", "text/html"), refuses=(404, 410)),
        Operation("GET", f"{base}/revisions/{{spec}}", revision, "One revision (`3`) or a difference (`2..3`)", tag,
                  (_FORMAT,), produces=(*_PRODUCES, "application/json"), refuses=(404, 410)),
        Operation("GET", f"{base}/report", report, "Validation report", tag,
                  (_FORMAT, Parameter("revision", "Number of the revision.", {"type": "integer", "minimum": 1})),
                  produces=("application/json", "text/html", *RDF_TYPES), refuses=(404, 410)),
    )  # fmt: skip


OPERATIONS = tuple(operation for segment in SEGMENTS for operation in _operations(segment))
