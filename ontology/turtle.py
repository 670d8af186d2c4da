"""Turtle as a person would write it: prefixes as used, one block a resource, blank nodes inside."""

import re
from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ontology.outline import Node, Outline, Value, outline
from ontology.terms import PREFIXES, RDF, XSD, escape_iri

_PREFIX_OF = {namespace: prefix for prefix, namespace in PREFIXES.items()}
# A part of what Turtle allows after the colon, so that nothing ever needs an escape.
_LOCAL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_STRING = XSD.string


def turtle(triples: Iterable[Triple], root: NamedNode | None = None) -> bytes:
    """A Turtle document; the terms must be ones that Turtle can hold."""
    writer = TurtleWriter()
    body = writer.body(triples, root)
    return (writer.head() + body).encode()


class TurtleWriter:
    """Writes graphs one after the other, with one set of prefixes."""

    def __init__(self) -> None:
        self.used: set[str] = set()
        self._names: dict[str, str] = {}

    def head(self, prefixes: Iterable[str] | None = None) -> str:
        """The prefix lines: of those used so far, or of those named."""
        names = sorted(self.used if prefixes is None else prefixes)
        return "".join(f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in names) + ("\n" if names else "")

    def body(self, triples: Iterable[Triple], root: NamedNode | None = None) -> str:
        """The statements of one graph."""
        plan = outline(triples, root=root, embed_named=False)
        return "\n".join(self._block(plan, top) for top in plan.tops)

    def _block(self, plan: Outline, top: Node) -> str:
        return f"{self._term(top)} {self._properties(plan, top, 1)} .\n"

    def _properties(self, plan: Outline, node: Node, depth: int) -> str:
        separator = " ;\n" + "    " * depth
        return separator.join(
            f"{'a' if predicate == RDF.type else self._term(predicate)} "
            + ", ".join(self._value(plan, value, depth) for value in values)
            for predicate, values in plan.statements[node].items()
        )

    def _value(self, plan: Outline, value: Value, depth: int) -> str:
        if isinstance(value, BlankNode):
            if value in plan.lists:
                return "( " + " ".join(self._value(plan, member, depth + 1) for member in plan.lists[value]) + " )"
            if value in plan.nested:
                return self._nested(plan, value, depth)
        return self._term(value)

    def _nested(self, plan: Outline, node: BlankNode, depth: int) -> str:
        if node not in plan.statements:
            return "[]"
        inner, outer = "    " * (depth + 1), "    " * depth
        return f"[\n{inner}{self._properties(plan, node, depth + 1)}\n{outer}]"

    def _term(self, term: Value) -> str:
        if isinstance(term, NamedNode):
            return self._names.get(term.value) or self._name(term.value)
        if isinstance(term, Literal) and term.language is None and term.datatype != _STRING:
            return f"{Literal(term.value)}^^{self._term(term.datatype)}"
        return str(term)

    def _name(self, iri: str) -> str:
        name, prefix = prefixed_name(iri)
        if prefix:
            self.used.add(prefix)
        if len(self._names) < 10_000:
            self._names[iri] = name
        return name


def prefixed_name(iri: str) -> tuple[str, str]:
    """How Turtle spells an IRI, and which prefix that uses, "" for none."""
    cut = max(iri.rfind("/"), iri.rfind("#")) + 1
    prefix = _PREFIX_OF.get(iri[:cut])
    if prefix is not None and _LOCAL.fullmatch(iri, cut):
        return f"{prefix}:{iri[cut:]}", prefix
    return f"<{escape_iri(iri)}>", ""  # raw, a bracket in it would end it (P34)
