"""The pages around the catalogs: home, terms, problems, API documentation, static files."""

import hashlib
import mimetypes
from importlib import resources
from pathlib import Path
from typing import Any

import orjson
import swagger_ui_bundle
from starlette.requests import Request
from starlette.responses import Response

from api import i18n
from api.cache import Rendered
from api.docs import RDF_TYPES, Operation, Parameter, TemplateRoute, openapi
from api.errors import PageNotFound
from api.negotiation import HTML, JSON, RDF, negotiate
from api.pages import page, reader_language, with_query
from api.problem_form import Problem
from api.problem_table import BY_SLUG
from api.requests import reader_of, service_of
from api.routes.catalogs import summary
from api.routes.forms import conditional, json_answer, off_loop, rendered_rdf
from api.routes.search import catalog_titles, shown_hit
from api.vocabulary import own_terms, vocabulary
from catalog.kinds import Kind
from ontology.jsonld_contexts import DCAT_CONTEXT
from stores.fulltext.port import SearchRequest

STATIC = Path(__file__).parent.parent / "static"
SWAGGER = Path(str(swagger_ui_bundle.swagger_ui_path))
SWAGGER_FILES = ("swagger-ui.css", "swagger-ui-bundle.js")
VERSION = "0.1.0"


async def home(request: Request) -> Response:
    """The front page."""
    service, reader, language = service_of(request), await reader_of(request), reader_language(request)
    await service.follow()
    sight = await service.visibility.of(reader)
    answer = await service.fulltext.search(
        SearchRequest(
            audiences=sight.audiences, sort="modified", size=6, language=language, facets=("theme", "kind"),
            facet_size=8, filters={"kind": (Kind.DATASET.value,)},
        )
    )  # fmt: skip
    catalogs = [
        await summary(request, info, reader, language) for info in (await service.reading.catalogs(reader))[:24]
    ]
    titles = await catalog_titles(request, answer.items, language)
    kinds = {bucket.value: bucket.count for bucket in answer.facets.get("kind", ())}
    root = request.app.state.settings.root
    return page(
        "home.html",
        request,
        language=language,
        catalogs=catalogs,
        recent=[_recent(shown_hit(hit, request, language, titles)) for hit in answer.items],
        themes=[
            {"label": bucket.label.in_(language), "href": f"{root}/search" + with_query({}, theme=bucket.value)}
            for bucket in answer.facets.get("theme", ())
        ],
        figures=[
            {"key": "home.figure.datasets", "n": kinds.get(Kind.DATASET.value, 0)},
            {"key": "home.figure.services", "n": kinds.get(Kind.SERVICE.value, 0)},
            {"key": "home.figure.catalogs", "n": len(catalogs)},
        ],
    )


def _recent(hit: dict[str, Any]) -> dict[str, Any]:
    text = "".join(piece for piece, _ in hit["snippet"])
    return {
        "href": hit["href"],
        "title": "".join(piece for piece, _ in hit["title"]),
        "language": hit["title_language"],
        "snippet": text if len(text) <= 90 else text[:89] + "…",
        "snippet_language": hit["snippet_language"],
        "about": hit["about"],
    }


async def terms(request: Request) -> Response:
    """Our own vocabulary, at the address of its terms."""
    form = negotiate(request.headers.get("accept"), request.query_params.get("format"), (*RDF, HTML))
    base, language = request.app.state.settings.base, reader_language(request)
    if form is HTML:
        return page("ns.html", request, language=language, terms=own_terms(language))
    body = await off_loop(rendered_rdf, vocabulary(base), form, base)
    return Response(body, 200, {"vary": "Accept"}, form.content_type)


async def problems(request: Request) -> Response:
    """Every type of problem, or one."""
    slug, language = request.path_params.get("slug"), reader_language(request)
    form = negotiate(request.headers.get("accept"), request.query_params.get("format"), (JSON, HTML))
    if slug is not None and slug not in BY_SLUG:
        raise PageNotFound(request.url.path)
    shown = [BY_SLUG[slug]] if slug else sorted(BY_SLUG.values(), key=lambda each: (each.status, each.slug))
    listed = [_told(problem, language, request.app.state.settings.base) for problem in shown]
    if form is JSON:
        return json_answer(listed[0] if slug else {"problems": listed})
    return page("problems.html", request, language=language, single=slug is not None, problems=listed)


def _told(problem: Problem, language: str, base: str) -> dict[str, Any]:
    return {
        "type": f"{base}/problems/{problem.slug}",
        "slug": problem.slug,
        "status": int(problem.status),
        "title": problem.title.in_(language),
        "remedy": problem.remedy.in_(language),
    }


def described_by(operations: tuple[Operation, ...]) -> list[TemplateRoute]:
    """The routes that speak of all the others."""

    async def document(request: Request) -> Response:
        found = openapi(operations, request.app.state.settings.base, VERSION)
        return Response(orjson.dumps(found), media_type="application/json")

    async def documentation(request: Request) -> Response:
        listed = [{"method": each.method, "path": each.path, "summary": each.summary} for each in operations]
        return page("docs.html", request, operations=listed)

    return [
        TemplateRoute("/openapi.json", document, methods=["GET"]),
        TemplateRoute("/docs", documentation, methods=["GET"]),
        TemplateRoute("/static/{name:path}", static, methods=["GET"]),
        TemplateRoute("/contexts/{name}", context, methods=["GET"]),
        TemplateRoute("/opensearch.xml", opensearch, methods=["GET"]),
        TemplateRoute("/favicon.ico", favicon, methods=["GET"]),
        TemplateRoute("/robots.txt", robots, methods=["GET"]),
    ]


def _files() -> dict[str, Rendered]:
    """All static files in memory: a name from outside never becomes a path (P24)."""
    own = {path.name: path for path in STATIC.iterdir() if path.is_file()}
    found = {}
    for name, path in {**own, **{f"swagger/{name}": SWAGGER / name for name in SWAGGER_FILES}}.items():
        body = path.read_bytes()
        etag = hashlib.blake2b(body, digest_size=12).hexdigest()
        kind = {"js": "text/javascript", "svg": "image/svg+xml"}.get(path.suffix[1:]) or mimetypes.guess_type(name)[0]
        headers = (
            ("content-type", f"{kind}; charset=utf-8"), ("etag", f'"{etag}"'),
            ("cache-control", "public, max-age=31536000, immutable"),
        )  # fmt: skip
        found[name] = Rendered(body, headers, etag)
    return found


FILES = _files()


async def static(request: Request) -> Response:
    """A static file; its address changes with the build, so it may be kept for a year."""
    entry = FILES.get(request.path_params["name"])
    if entry is None:
        raise PageNotFound(request.url.path)
    return conditional(request, entry)


async def context(request: Request) -> Response:
    """A JSON-LD context of ours."""
    if request.path_params["name"] != DCAT_CONTEXT:
        raise PageNotFound(request.url.path)
    body = resources.files("ontology").joinpath("contexts", DCAT_CONTEXT).read_bytes()
    headers = {"access-control-allow-origin": "*", "cache-control": "public, max-age=86400"}
    return Response(body, 200, headers, "application/ld+json")


async def favicon(request: Request) -> Response:
    """The icon, for browsers that ask for it by its old name."""
    return conditional(request, FILES["icon.svg"])


async def robots(request: Request) -> Response:
    """What crawlers may fetch."""
    return Response("User-agent: *\nDisallow: /search\nDisallow: /sparql\n", media_type="text/plain")


async def opensearch(request: Request) -> Response:
    """Lets a browser add the search to its own."""
    t, base = i18n.texts(reader_language(request)), request.app.state.settings.base
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">'
        f"<ShortName>{t('site.name')}</ShortName><Description>{t('home.lead')}</Description>"
        f'<Url type="text/html" template="{base}/search?q={{searchTerms}}"/></OpenSearchDescription>'
    )
    return Response(text, media_type="application/opensearchdescription+xml")


_FORMAT = Parameter("format", "Form of the answer, stronger than Accept.")
_PAIR = ("application/json", "text/html")
OPERATIONS = (
    Operation("GET", "/", home, "The front page", "Pages", produces=("text/html",)),
    Operation("GET", "/ns", terms, "Terms of our own", "Pages", (_FORMAT,), produces=(*RDF_TYPES, "text/html")),
    Operation("GET", "/problems", problems, "Every type of problem", "Pages", (_FORMAT,), produces=_PAIR),
    Operation(
        "GET", "/problems/{slug}", problems, "One type of problem", "Pages", (_FORMAT,), produces=_PAIR, refuses=(404,)
    ),
)
