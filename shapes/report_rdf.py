"""A report as RDF: sh:ValidationReport (SHACL §3.6), with our own terms for name, example, clause, cause and fault."""

import io
from collections.abc import Iterator

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse, serialize

from ontology.messages import Message
from ontology.terms import PREFIXES, RDF, RENKEI, SH, XSD, iri
from shapes.escaping import escape
from shapes.graph import Term
from shapes.paths import PathMalformed, path_triples
from shapes.report import Report, Result

_LANGUAGES = ("ja", "en")


def triples(report: Report) -> Iterator[Triple]:
    """The report as triples."""
    node = BlankNode("report")
    yield Triple(node, RDF.type, SH.ValidationReport)
    yield Triple(node, SH.conforms, Literal("true" if report.conforms else "false", datatype=XSD.boolean))
    for number, result in enumerate(report.results):
        yield Triple(node, SH.result, BlankNode(f"result{number}"))
        yield from _result(BlankNode(f"result{number}"), result, number)


def turtle(report: Report) -> str:
    """The report as Turtle."""
    prefixes = {"sh": PREFIXES["sh"], "rk": RENKEI.NAMESPACE, "xsd": PREFIXES["xsd"]}
    out = io.BytesIO()
    serialize(triples(report), out, format=RdfFormat.TURTLE, prefixes=prefixes)
    return out.getvalue().decode()


def _result(node: BlankNode, result: Result, number: int) -> Iterator[Triple]:
    yield Triple(node, RDF.type, SH.ValidationResult)
    yield Triple(node, SH.resultSeverity, NamedNode(SH.NAMESPACE + result.severity.value))
    yield Triple(node, SH.sourceConstraintComponent, iri(result.component))
    yield Triple(node, SH.focusNode, _term(_bracketed(result.focus)))
    if result.value is not None:
        yield Triple(node, SH.value, _term(result.value))
    if result.shape is not None:
        yield Triple(node, SH.sourceShape, iri(result.shape))
    yield from _path(node, result.path, number)
    yield from _texts(node, SH.resultMessage, result.message)
    yield from _texts(node, SH.name, result.name)
    yield from _texts(node, RENKEI.remedy, result.remedy)
    fault = NamedNode(RENKEI.NAMESPACE + "fault")
    for predicate, text in (
        (RENKEI.example, result.example),
        (RENKEI.clause, result.clause),
        (RENKEI.cause, result.cause),
        (fault, result.fault),
    ):
        if text is not None:
            yield Triple(node, predicate, Literal(text))


def _path(node: BlankNode, path: str | None, number: int) -> Iterator[Triple]:
    if path is None:
        return
    if "<" not in path:
        yield Triple(node, SH.resultPath, iri(path))
        return
    made = iter(range(1_000))
    try:
        start, steps = path_triples(path, lambda: BlankNode(f"path{number}x{next(made)}"))
    except PathMalformed:
        return
    yield Triple(node, SH.resultPath, start)
    yield from steps


def _texts(node: BlankNode, predicate: NamedNode, message: Message | None) -> Iterator[Triple]:
    if message is not None:
        for language in _LANGUAGES:
            yield Triple(node, predicate, Literal(message.in_(language), language=language))


def _bracketed(focus: str) -> str:
    return focus if focus.startswith(("_:", '"')) else f"<{focus}>"


def _term(text: str) -> Term:
    """Parse one N-Triples term; one that Turtle cannot hold comes out escaped."""
    line = escape(f"<urn:x> <urn:x> {text} .")
    term = next(iter(parse(line, format=RdfFormat.N_TRIPLES))).object
    assert isinstance(term, NamedNode | BlankNode | Literal)
    return term
