"""The media types of answers to SPARQL queries, and what the endpoint says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pyoxigraph import BlankNode, NamedNode, Triple

from catalog.sparql_errors import SparqlNotAcceptable
from ontology.terms import RDF, SD


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write an answer.

    Attributes:
        syntax: what `catalog.sparql_worker` calls it.
        media_type: what the answer is labelled with.
        accepted: what a request may call it: media types and short names.
        described_as: the format's IRI at W3C, for the service description.
    """

    syntax: str
    media_type: str
    accepted: tuple[str, ...]
    described_as: str


# SPARQL 1.1 Results: JSON, XML, CSV and TSV; the first one is what `*/*` gets.
ROWS = (
    Form("json", "application/sparql-results+json", ("application/json", "json"), "SPARQL_Results_JSON"),
    Form("xml", "application/sparql-results+xml", ("application/xml", "text/xml", "xml"), "SPARQL_Results_XML"),
    Form("csv", "text/csv; charset=utf-8", ("text/csv", "csv"), "SPARQL_Results_CSV"),
    Form("tsv", "text/tab-separated-values; charset=utf-8", ("text/tab-separated-values", "tsv"), "SPARQL_Results_TSV"),
)
TRIPLES = (
    Form("turtle", "text/turtle; charset=utf-8", ("text/turtle", "application/x-turtle", "ttl", "turtle"), "Turtle"),
    Form("json-ld", "application/ld+json", ("application/ld+json", "application/json", "jsonld", "json"), "JSON-LD"),
    Form("rdf-xml", "application/rdf+xml", ("application/rdf+xml", "application/xml", "text/xml", "rdf"), "RDF_XML"),
    Form("n-triples", "application/n-triples", ("application/n-triples", "text/plain", "nt"), "N-Triples"),
    Form("trig", "application/trig", ("application/trig", "trig"), "TriG"),
    Form("n-quads", "application/n-quads", ("application/n-quads", "nq"), "N-Quads"),
)
# A text whose form the scan could not tell is no query; its error needs no form.
OFFERED: Mapping[str | None, tuple[Form, ...]] = MappingProxyType(
    {"SELECT": ROWS, "ASK": ROWS, "CONSTRUCT": TRIPLES, "DESCRIBE": TRIPLES, None: ROWS}
)


def form_for(query_form: str | None, accept: str) -> Form:
    """The form of an answer that suits an Accept header best (RFC 9110 §12.5.1); of equals, the first offered.

    Args:
        query_form: SELECT, ASK, CONSTRUCT or DESCRIBE.
        accept: the header's value; empty means anything.

    Raises:
        SparqlNotAcceptable: nothing that is offered is accepted.
    """
    offered = OFFERED[query_form]
    ranges = [_range(part) for part in (accept.strip() or "*/*").lower().split(",") if part.strip()]
    best = max(offered, key=lambda form: _quality(form, ranges))
    if _quality(best, ranges) <= 0:
        raise SparqlNotAcceptable(tuple(form.media_type.partition(";")[0] for form in offered))
    return best


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip() for piece in part.split(";"))
    quality = next((value[2:] for value in parameters if value.startswith("q=")), "1")
    try:
        return name, min(max(float(quality), 0.0), 1.0)
    except ValueError:
        return name, 0.0


def _quality(form: Form, ranges: list[tuple[str, float]]) -> float:
    """Quality of the most specific range that names a form; a wildcard speaks only for what nothing else names."""
    own = form.media_type.partition(";")[0]
    exact = [quality for name, quality in ranges if name in (own, *form.accepted)]
    main = [quality for name, quality in ranges if name == own.partition("/")[0] + "/*"]
    anything = [quality for name, quality in ranges if name == "*/*"]
    return max(exact or main or anything or [0.0])


def service_description(endpoint: str) -> list[Triple]:
    """The endpoint in the words of SPARQL 1.1 Service Description.

    Args:
        endpoint: address of the endpoint, which also names the service.
    """
    service, dataset, graph = NamedNode(endpoint), BlankNode("dataset"), BlankNode("graph")
    formats = [NamedNode(f"http://www.w3.org/ns/formats/{form.described_as}") for form in (*ROWS, *TRIPLES)]
    return [
        Triple(service, RDF.type, SD.Service),
        Triple(service, SD.endpoint, service),
        Triple(service, SD.supportedLanguage, SD.SPARQL11Query),
        *(Triple(service, SD.resultFormat, name) for name in formats),
        Triple(service, SD.defaultDataset, dataset),
        Triple(dataset, RDF.type, SD.Dataset),
        Triple(dataset, SD.defaultGraph, graph),
        Triple(graph, RDF.type, SD.Graph),
    ]
