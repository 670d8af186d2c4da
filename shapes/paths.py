"""SHACL property paths as SPARQL 1.1 path text, and back as RDF.

Text form: an IRI in angle brackets, `^p`, `(a/b)`, `(a|b)`, `p*`, `p+`, `p?`, compound operands in parentheses.
"""

import re
from collections.abc import Callable

from pyoxigraph import BlankNode, NamedNode, Triple

from ontology.terms import PREFIXES, RDF, iri
from shapes.graph import ListMalformed, ShapesGraph, Subject, Term, sh

_DEPTH_LIMIT = 32  # real paths are three deep; deeper ones only come from an attack on the engines
_UNARY = {sh("zeroOrMorePath"): "*", sh("oneOrMorePath"): "+", sh("zeroOrOnePath"): "?"}
_TOKEN = re.compile(r"<[^>]*>|[()^/|*+?]")


class PathMalformed(ValueError):
    """A node is no SHACL property path (SHACL §2.3.1), or nested without measure."""


def path_text(graph: ShapesGraph, node: Term, depth: int = 0) -> str:
    """Write the property path that starts at a node.

    Raises:
        PathMalformed: the node is no path.
    """
    if isinstance(node, NamedNode):
        return f"<{node.value}>"
    if depth > _DEPTH_LIMIT or not isinstance(node, BlankNode):
        raise PathMalformed(str(node))
    if graph.objects(node, RDF.first):
        return _joined(graph, node, "/", depth)
    if len(operators := graph.about(node)) != 1:
        raise PathMalformed(str(node))
    (operator, operands), *_ = operators.items()
    if len(operands) != 1:
        raise PathMalformed(str(node))
    if operator == sh("alternativePath"):
        return _joined(graph, operands[0], "|", depth)
    inner = path_text(graph, operands[0], depth + 1)
    if operator == sh("inversePath"):
        return f"^{inner}"
    if operator in _UNARY:
        return (f"({inner})" if inner[0] == "^" else inner) + _UNARY[operator]
    raise PathMalformed(str(node))


def _joined(graph: ShapesGraph, head: Term, sign: str, depth: int) -> str:
    try:
        members = graph.members(head)
    except ListMalformed as fault:
        raise PathMalformed(str(head)) from fault
    if len(members) < 2:
        raise PathMalformed(str(head))
    return "(" + sign.join(path_text(graph, member, depth + 1) for member in members) + ")"


def path_triples(text: str, new: Callable[[], BlankNode]) -> tuple[Subject, list[Triple]]:
    """Read path text back as RDF: the node of the path and the triples that describe it.

    Args:
        text: as `path_text` writes it.
        new: makes a blank node not used before.

    Raises:
        PathMalformed: the text is no path.
    """
    parser = _PathParser(_TOKEN.findall(text), new)
    node = parser.path()
    if parser.tokens or not node:
        raise PathMalformed(text)
    return node, parser.triples


class _PathParser:
    def __init__(self, tokens: list[str], new: Callable[[], BlankNode]) -> None:
        self.tokens = tokens[::-1]
        self.new = new
        self.triples: list[Triple] = []

    def path(self) -> Subject:
        node = self._primary()
        while self.tokens and self.tokens[-1] in "*+?":
            sign = self.tokens.pop()
            node = self._wrapped(next(term for term, its in _UNARY.items() if its == sign), node)
        return node

    def _primary(self) -> Subject:
        start = self._next()
        if start == "^":
            return self._wrapped(sh("inversePath"), self.path())
        if start != "(":
            return iri(start[1:-1])
        members, sign = [self.path()], ""
        while (following := self._next()) != ")":
            sign = following
            members.append(self.path())
        if len(members) == 1:
            return members[0]
        return self._list(members) if sign == "/" else self._wrapped(sh("alternativePath"), self._list(members))

    def _next(self) -> str:
        if not self.tokens:
            raise PathMalformed("text ends early")
        return self.tokens.pop()

    def _wrapped(self, operator: NamedNode, operand: Subject) -> BlankNode:
        node = self.new()
        self.triples.append(Triple(node, operator, operand))
        return node

    def _list(self, members: list[Subject]) -> Subject:
        rest: Subject = RDF.nil
        for member in reversed(members):
            node = self.new()
            self.triples += [Triple(node, RDF.first, member), Triple(node, RDF.rest, rest)]
            rest = node
        return rest


def short(iri_text: str) -> str:
    """An IRI as people write it: `dct:title`, or in angle brackets where no prefix is known."""
    for prefix, namespace in PREFIXES.items():
        if iri_text.startswith(namespace) and "/" not in (local := iri_text[len(namespace) :]) and local:
            return f"{prefix}:{local}"
    return f"<{iri_text}>"


def short_path(path: str) -> str:
    """Path text with every IRI shortened."""
    return re.sub(r"<([^>]*)>", lambda found: short(found[1]), path)
