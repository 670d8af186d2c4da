"""SPARQL 1.1 Protocol, query: over what the reader may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api import i18n
from api.docs import RDF_TYPES, Operation, Parameter
from api.errors import MediaTypeUnknown, NotAcceptable, ParameterInvalid, RequestRefused
from api.limits import body
from api.negotiation import HTML, RDF, negotiate
from api.pages import page, reader_language
from api.requests import base_of, reader_of, service_of
from api.routes.forms import VARY, off_loop, rendered_rdf
from api.views import readable, safe_link
from catalog.sparql_results import service_description
from ontology.messages import Message
from participants.principal import Principal

FORM_TYPE, QUERY_TYPE = "application/x-www-form-urlencoded", "application/sparql-query"
RESULTS = ("application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values")
EXAMPLES: Mapping[str, str] = {
    "sparql.example.themes": (
        "PREFIX dcat: <http://www.w3.org/ns/dcat#>\n"
        "SELECT ?theme (COUNT(?dataset) AS ?datasets) WHERE {\n  ?dataset a dcat:Dataset ; dcat:theme ?theme .\n}\n"
        "GROUP BY ?theme ORDER BY DESC(?datasets) LIMIT 20"
    ),
    "sparql.example.publishers": (
        "PREFIX dcat: <http://www.w3.org/ns/dcat#>\nPREFIX dct: <http://purl.org/dc/terms/>\n"
        "SELECT ?publisher (COUNT(?dataset) AS ?datasets) WHERE {\n"
        "  ?dataset a dcat:Dataset ; dct:publisher ?publisher .\n}\n"
        "GROUP BY ?publisher ORDER BY DESC(?datasets) LIMIT 20"
    ),
    "sparql.example.recent": (
        "PREFIX dcat: <http://www.w3.org/ns/dcat#>\nPREFIX dct: <http://purl.org/dc/terms/>\n"
        "SELECT ?dataset ?title ?modified WHERE {\n"
        "  ?dataset a dcat:Dataset ; dct:title ?title ; dct:modified ?modified .\n}\n"
        "ORDER BY DESC(?modified) LIMIT 20"
    ),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One protocol request."""

    query: str | None
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]


async def ask(request: Request) -> Response:
    """Answer a query; without one, the query page for browsers and the service description for programs."""
    reader = await reader_of(request)
    asked = await _asked(request)
    wants_page = _wants_page(request)
    if asked.query is None:
        if request.method != "GET":
            raise ParameterInvalid("query", Message(ja="query が必要です。", en="A query is needed."))
        return _query_page(request, "", None) if wants_page else await _description(request)
    if wants_page:
        answer = await _answer(request, asked, reader, "application/sparql-results+json, text/turtle;q=0.5")
        if answer.media_type == "application/sparql-results+json":
            return _query_page(request, asked.query, _table(orjson.loads(answer.body)))
        return _with_type(answer)
    accept = request.query_params.get("format") or request.headers.get("accept") or "*/*"
    return _with_type(await _answer(request, asked, reader, accept))


async def _answer(request: Request, asked: Asked, reader: Principal, accept: str) -> Any:
    service = service_of(request)
    assert asked.query is not None
    await service.follow()
    sight = await service.visibility.of(reader)
    return await service.sparql.query(
        asked.query,
        audiences=sight.audiences,
        accept=accept,
        default_graph_uris=asked.default_graphs,
        named_graph_uris=asked.named_graphs,
        base_iri=base_of(request) + "/sparql",  # RFC 3986 §5.1.3: the address the query was sent to
        client=None if reader.is_operator else reader.token or (request.client.host if request.client else "unknown"),
    )


def _with_type(answer: Any) -> Response:
    return Response(answer.body, 200, {"vary": VARY, "content-type": answer.media_type, "cache-control": "no-cache"})


async def _asked(request: Request) -> Asked:
    """The query by any of the three ways of the protocol (SPARQL 1.1 Protocol §2.1)."""
    pairs = request.query_params.multi_items()
    query = None
    if request.method == "POST":
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in (FORM_TYPE, QUERY_TYPE):
            raise MediaTypeUnknown(media_type)
        text = _utf8(await body(request))
        if media_type == QUERY_TYPE:
            query = text
        else:
            pairs += parse_qsl(text, keep_blank_values=True, max_num_fields=100)
    queries = [value for name, value in pairs if name == "query"] + ([query] if query is not None else [])
    if len(queries) > 1:
        raise ParameterInvalid("query", Message(ja="query は一つだけです。", en="There must be exactly one query."))
    if any(name == "update" for name, _ in pairs):
        raise ParameterInvalid("update", Message(ja="更新はできません。", en="Updates are not taken here."))
    graphs = {
        kind: tuple(value for name, value in pairs if name == f"{kind}-graph-uri") for kind in ("default", "named")
    }
    return Asked(queries[0] if queries else None, graphs["default"], graphs["named"])


def _utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise RequestRefused(Message(ja="UTF-8 で送ってください。", en="Send UTF-8.")) from None


def _wants_page(request: Request) -> bool:
    asked = request.query_params.get("format")
    if asked:
        return asked == "html"
    accept = request.headers.get("accept", "")
    if "text/html" not in accept:
        return False
    try:
        return negotiate(accept, None, (*RDF, HTML)) is HTML
    except NotAcceptable:
        return False


async def _description(request: Request) -> Response:
    form = negotiate(request.headers.get("accept"), request.query_params.get("format"), RDF)
    endpoint = request.app.state.settings.base + "/sparql"
    triples = service_description(endpoint)
    content = await off_loop(rendered_rdf, triples, form, base_of(request), endpoint)
    return Response(content, 200, {"vary": VARY}, form.content_type)


def _query_page(request: Request, query: str, result: Mapping[str, Any] | None) -> Response:
    settings, t = request.app.state.settings, i18n.texts(reader_language(request))
    formats = [
        ("html", t("sparql.table")), ("json", "JSON"), ("xml", "XML"), ("csv", "CSV"), ("tsv", "TSV"),
        ("ttl", "Turtle"), ("jsonld", "JSON-LD"),
    ]  # fmt: skip
    return page(
        "sparql.html",
        request,
        query=query or next(iter(EXAMPLES.values())),
        result=result,
        format="html",
        formats=formats,
        limits={"seconds": settings.query_s, "rows": settings.query_rows},
        examples=[{"title": t(key), "query": text} for key, text in EXAMPLES.items()],
    )


def _table(found: Mapping[str, Any]) -> Mapping[str, Any]:
    if "boolean" in found:
        return {"variables": ["ask"], "rows": [[{"text": str(found["boolean"]).lower(), "href": None, "language": ""}]]}
    names = found["head"]["vars"]
    return {
        "variables": names,
        "rows": [[_cell(row.get(name)) for name in names] for row in found["results"]["bindings"]],
    }


def _cell(term: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if term is None:
        return None
    if term["type"] == "uri":
        return {"text": readable(term["value"]), "href": safe_link(term["value"]), "language": ""}
    return {"text": str(term["value"]), "href": None, "language": term.get("xml:lang", "")}


_PARAMETERS = (
    Parameter("query", "The query. Without it GET answers the service description."),
    Parameter("format", "Form of the answer, stronger than Accept: html, json, xml, csv, tsv, ttl, jsonld, rdf, nt."),
)
_REFUSES = (413, 415, 429, 503, 504)
OPERATIONS = (
    Operation("GET", "/sparql", ask, "Ask by SPARQL, or read the service description", "Find", _PARAMETERS,
              produces=(*RESULTS, *RDF_TYPES, "text/html"), refuses=_REFUSES),
    Operation("POST", "/sparql", ask, "Ask by SPARQL", "Find", _PARAMETERS[1:], body=(QUERY_TYPE, FORM_TYPE),
              produces=(*RESULTS, *RDF_TYPES), refuses=_REFUSES),
)  # fmt: skip
