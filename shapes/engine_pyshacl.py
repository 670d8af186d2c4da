"""The reference engine: pySHACL on rdflib's memory graph; the only module that knows rdflib.

Some hundred times slower than the quick engine. Nothing is fetched: both graphs are given, owl:imports are off, and
terms are made here one by one, because rdflib's own parsers would change literals.
"""

import logging
import warnings
from collections.abc import Iterable
from importlib.metadata import version

import pyshacl
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse
from rdflib import Graph
from rdflib import term as rdf

from ontology.terms import SH
from shapes.engine import Finding
from shapes.errors import RunFailed, ShapesRefused

logging.getLogger("rdflib.term").setLevel(logging.ERROR)  # it logs a traceback for each ill-typed literal
_NESTING = 48  # shapes within shapes; the quick engine stops at the same depth


class PyShaclEngine:
    """Engine over pySHACL."""

    @property
    def name(self) -> str:
        """Name and version."""
        return f"pySHACL {version('pyshacl')}"

    def compile(self, shapes: str) -> "CompiledByPyShacl":
        """Make shapes ready; see `shapes.engine.Engine`."""
        try:
            return CompiledByPyShacl(_graph(shapes))
        except SyntaxError as refusal:
            raise ShapesRefused(str(refusal)) from refusal


class CompiledByPyShacl:
    """A shapes graph for pySHACL, which compiles it anew at each run."""

    def __init__(self, shapes: Graph) -> None:
        self._shapes = shapes

    def run(self, data: str) -> list[Finding]:
        """Validate N-Triples; see `shapes.engine.CompiledShapes`."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # rdflib warns of ill-typed literals, which are here to be found
                _, report, text = pyshacl.validate(
                    _graph(data),
                    shacl_graph=self._shapes,
                    inference="none",
                    do_owl_imports=False,
                    max_validation_depth=_NESTING,
                )
        except Exception as failure:  # whatever a foreign graph brings about in two foreign libraries
            raise RunFailed(f"{type(failure).__name__}: {failure}") from failure
        if not isinstance(report, Graph):
            raise RunFailed(str(text))
        return [_finding(report, result) for result in report.objects(None, _rdf(SH.result))]


def _graph(text: str) -> Graph:
    graph = Graph(bind_namespaces="none")
    add = graph.add
    for triple in _parsed(text):
        add((_rdf(triple.subject), _rdf(triple.predicate), _rdf(triple.object)))
    return graph


def _parsed(text: str) -> Iterable[Triple]:
    return (quad.triple for quad in parse(text, format=RdfFormat.N_TRIPLES))


def _rdf(term: object) -> rdf.Node:
    if isinstance(term, NamedNode):
        return rdf.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdf.BNode(term.value)
    assert isinstance(term, Literal)
    if term.language:
        return rdf.Literal(term.value, lang=term.language)
    if term.datatype.value.endswith("#string"):
        return rdf.Literal(term.value)
    return rdf.Literal(term.value, datatype=rdf.URIRef(term.datatype.value), normalize=False)


def _text(term: rdf.Node | None) -> str | None:
    if term is None:
        return None
    if isinstance(term, rdf.BNode):
        return f"_:{term}"
    if isinstance(term, rdf.Literal):
        if term.language:
            return str(Literal(str(term), language=term.language))
        return str(Literal(str(term), datatype=NamedNode(str(term.datatype))) if term.datatype else Literal(str(term)))
    return f"<{term}>"


def _finding(report: Graph, result: rdf.Node) -> Finding:
    def one(predicate: NamedNode) -> rdf.Node | None:
        return report.value(result, _rdf(predicate))

    path = one(SH.resultPath)
    own = tuple(str(message) for message in report.objects(result, _rdf(SH.resultMessage)))
    return Finding(
        focus=_text(one(SH.focusNode)) or "",
        path=_text(path) if isinstance(path, rdf.URIRef) else None,
        component=str(one(SH.sourceConstraintComponent)),
        severity=str(one(SH.resultSeverity)),
        value=_text(one(SH.value)),
        shape=_text(one(SH.sourceShape)) or "",
        messages=own,
    )
