"""The single rules of linting: each looks at one shape and yields what is wrong with it (SHACL appendix A)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode

from ontology.terms import RDF, RDFS, SH
from shapes.graph import SHAPE_LISTS, ListMalformed, ShapesGraph, Term, sh
from shapes.paths import PathMalformed, path_text
from shapes.shacl_terms import BOOLEANS, INTEGERS, IRIS, LISTS, LITERALS, NODE_KINDS, SINGLE


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, as a code of `shapes.linting.MESSAGES` and the place within the shape."""

    code: str
    detail: str = ""


def faults_of(graph: ShapesGraph, shape: Term) -> Iterator[Fault]:
    """Faults that make a shape unusable."""
    for rule in (_path, _repeated, _parameters):
        yield from rule(graph, shape)


def _path(graph: ShapesGraph, shape: Term) -> Iterator[Fault]:
    paths = graph.objects(shape, SH.path)
    if not paths:
        if SH.PropertyShape in graph.objects(shape, RDF.type) or shape in graph.property_shapes:
            yield Fault("no-path")
        return
    try:
        path_text(graph, paths[0])
    except PathMalformed as fault:
        yield Fault("path", str(fault))


def _repeated(graph: ShapesGraph, shape: Term) -> Iterator[Fault]:
    for predicate, values in graph.about(shape).items():
        name = predicate.value.removeprefix(SH.NAMESPACE)
        if len(values) > 1 and name in SINGLE and predicate == sh(name):
            yield Fault("repeated", f"sh:{name}")


def _parameters(graph: ShapesGraph, shape: Term) -> Iterator[Fault]:
    for predicate, values in graph.about(shape).items():
        name = predicate.value.removeprefix(SH.NAMESPACE)
        check = _CHECKS.get(name)
        if check and predicate == sh(name) and not all(check(graph, value) for value in values):
            yield Fault("parameter", f"sh:{name}")
    for predicate in SHAPE_LISTS:
        heads = graph.objects(shape, predicate)
        if any(isinstance(member, Literal) for head in heads for member in _members(graph, head)):
            yield Fault("parameter", f"sh:{predicate.value.removeprefix(SH.NAMESPACE)}")


def _members(graph: ShapesGraph, head: Term) -> list[Term]:
    try:
        return graph.members(head)
    except ListMalformed:
        return []


def _is_integer(_: ShapesGraph, value: Term) -> bool:
    return isinstance(value, Literal) and value.value.lstrip("+").isdigit() and len(value.value) < 10


def _is_boolean(_: ShapesGraph, value: Term) -> bool:
    return isinstance(value, Literal) and value.value in {"true", "false", "1", "0"}


def _is_iri(_: ShapesGraph, value: Term) -> bool:
    return isinstance(value, NamedNode)


def _is_list(graph: ShapesGraph, value: Term) -> bool:
    try:
        graph.members(value)
    except ListMalformed:
        return False
    return True


def _is_literal(_: ShapesGraph, value: Term) -> bool:
    return isinstance(value, Literal)


def _is_node_kind(_: ShapesGraph, value: Term) -> bool:
    return isinstance(value, NamedNode) and value.value.removeprefix(SH.NAMESPACE) in NODE_KINDS


def _is_node(_: ShapesGraph, value: Term) -> bool:
    return isinstance(value, NamedNode | BlankNode)


_CHECKS: dict[str, Callable[[ShapesGraph, Term], bool]] = {
    **dict.fromkeys(INTEGERS, _is_integer),
    **dict.fromkeys(BOOLEANS, _is_boolean),
    **dict.fromkeys(IRIS, _is_iri),
    **dict.fromkeys(LISTS, _is_list),
    **dict.fromkeys(LITERALS, _is_literal),
    **dict.fromkeys(("property", "node", "not", "qualifiedValueShape"), _is_node),
    "nodeKind": _is_node_kind,
}


def contradictions(graph: ShapesGraph, shape: Term) -> str:
    """Why no data can satisfy a shape; empty if some can."""
    least, most = (_integer(graph.one(shape, sh(name))) for name in ("minCount", "maxCount"))
    if least is not None and most is not None and least > most:
        return f"sh:minCount {least}, sh:maxCount {most}"
    shortest, longest = (_integer(graph.one(shape, sh(name))) for name in ("minLength", "maxLength"))
    if shortest is not None and longest is not None and shortest > longest:
        return f"sh:minLength {shortest}, sh:maxLength {longest}"
    return _about_datatype(graph, shape)


def _about_datatype(graph: ShapesGraph, shape: Term) -> str:
    datatype, kind = graph.one(shape, sh("datatype")), graph.one(shape, sh("nodeKind"))
    if not isinstance(datatype, NamedNode):
        return ""
    if isinstance(kind, NamedNode) and kind.value.endswith(("#IRI", "#BlankNode", "#BlankNodeOrIRI")):
        return f"sh:datatype {datatype.value}, sh:nodeKind {kind.value}"
    if graph.objects(shape, sh("class")):
        return f"sh:datatype {datatype.value}, sh:class"
    if datatype in {RDFS.Literal, RDFS.Resource, RDFS.Class}:
        return f"sh:datatype {datatype.value}"
    return ""


def _integer(value: Term | None) -> int | None:
    return int(value.value) if isinstance(value, Literal) else None
