"""JSON-LD framed by us: a tree from the resource asked for, keys of our own context, values as exact as RDF's."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from pyoxigraph import Literal, NamedNode, Triple

from ontology.jsonld_contexts import DCAT_CONTEXT, known_context
from ontology.outline import Node, Outline, Value, outline
from ontology.terms import PREFIXES, RDF, XSD

CONTEXT_ADDRESS = "https://renkei.invalid/contexts/" + DCAT_CONTEXT
"""Stands for our context where the caller has no address of its own; nothing is there, readers of ours know it."""


@dataclass(frozen=True, slots=True)
class _Terms:
    """Our context, looked up from the other side.

    Attributes:
        keys: property IRI → its term and coercion ("@id", a datatype, or None).
        types: class IRI → its term.
        prefixes: namespace → prefix.
    """

    keys: dict[str, tuple[str, str | None]]
    types: dict[str, str]
    prefixes: dict[str, str]


def jsonld(triples: Iterable[Triple], root: NamedNode | None = None, context: str = CONTEXT_ADDRESS) -> bytes:
    """A JSON-LD document.

    Args:
        triples: whose terms JSON-LD can hold.
        root: where the tree begins; what it does not lead to stands beside it in `@graph`.
        context: address under which our context is served.
    """
    nodes = [*framed(triples, root)]
    document: dict[str, Any] = {"@context": context}
    if len(nodes) == 1:
        document |= nodes[0]
        if "@context" in nodes[0]:
            document["@context"] = [context, nodes[0]["@context"]]
    else:
        document["@graph"] = nodes
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"


def framed(triples: Iterable[Triple], root: NamedNode | None = None) -> list[dict[str, Any]]:
    """The nodes that stand by themselves, each with what is nested in it."""
    frame = _Frame(outline(triples, root=root, embed_named=True))
    return [frame.local | frame.node(top) for top in frame.plan.tops]


class _Frame:
    """Writes the nodes of one plan.

    Attributes:
        local: the context of each top node; it takes away the prefixes that look like the scheme of an IRI in the graph
            (`geo:35.6,139.7`, or a careless `<dct:LicenseDocument>`), which would be expanded otherwise.
    """

    def __init__(self, plan: Outline) -> None:
        self.plan = plan
        schemes = {iri.partition(":")[0] for iri in _iris(plan)} & PREFIXES.keys()
        self.local: dict[str, Any] = {"@context": dict.fromkeys(sorted(schemes))} if schemes else {}
        self._prefixes = {namespace: prefix for namespace, prefix in _terms().prefixes.items() if prefix not in schemes}
        self._to_nest = dict(plan.nested)
        self._mentions = Counter(
            value for properties in plan.statements.values() for values in properties.values() for value in values
        )
        self._mentions.update(member for members in plan.lists.values() for member in members)

    def node(self, node: Node) -> dict[str, Any]:
        written: dict[str, Any] = {}
        if isinstance(node, NamedNode):
            written["@id"] = node.value
        elif self._mentions[node] > (node in self.plan.nested):
            written["@id"] = str(node)
        for predicate, values in self.plan.statements[node].items():
            if predicate == RDF.type:
                types = [self._type(value.value) for value in values if isinstance(value, NamedNode)]
                if len(types) == len(values):
                    written["@type"] = _one_or_many(types)
                    continue
            key, coercion = _terms().keys.get(predicate.value) or (self._compact(predicate.value), None)
            written[key] = _one_or_many([self._value(node, value, coercion) for value in values])
        return written

    def _value(self, parent: Node, value: Value, coercion: str | None) -> Any:
        if isinstance(value, Literal):
            return self._literal(value, coercion)
        if value in self.plan.lists:
            return {"@list": [self._value(parent, member, coercion) for member in self.plan.lists[value]]}
        if self._to_nest.get(value) == parent:
            del self._to_nest[value]
            return self.node(value)
        address = value.value if isinstance(value, NamedNode) else str(value)
        if coercion == "@id" and isinstance(value, NamedNode):
            return address
        return {"@id": address}

    def _literal(self, literal: Literal, coercion: str | None) -> Any:
        if literal.language is not None:
            return {"@language": literal.language, "@value": literal.value}
        datatype = literal.datatype
        if datatype.value == coercion:
            return literal.value
        if datatype == XSD.string:
            return literal.value if coercion is None else {"@value": literal.value}
        return {"@type": self._compact(datatype.value), "@value": literal.value}

    def _type(self, iri: str) -> str:
        return _terms().types.get(iri) or self._compact(iri)

    def _compact(self, iri: str) -> str:
        cut = max(iri.rfind("/"), iri.rfind("#")) + 1
        prefix = self._prefixes.get(iri[:cut])
        return f"{prefix}:{iri[cut:]}" if prefix and cut < len(iri) else iri


def _iris(plan: Outline) -> Iterator[str]:
    for node, properties in plan.statements.items():
        if isinstance(node, NamedNode):
            yield node.value
        for predicate, values in properties.items():
            yield predicate.value
            for value in values:
                if isinstance(value, NamedNode):
                    yield value.value
                elif isinstance(value, Literal):
                    yield value.datatype.value


def _one_or_many(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


@cache
def _terms() -> _Terms:
    ours = known_context("/contexts/" + DCAT_CONTEXT)
    assert ours is not None
    keys: dict[str, tuple[str, str | None]] = {}
    types: dict[str, str] = {}
    for term, definition in ours.terms.items():
        if term in PREFIXES or term.startswith("@"):
            continue
        compact = definition if isinstance(definition, str) else definition["@id"]
        coercion = None if isinstance(definition, str) else definition.get("@type")
        if term[0].isupper():
            types[_expand(compact)] = term
        else:
            keys[_expand(compact)] = (term, coercion if coercion in (None, "@id") else _expand(coercion))
    return _Terms(keys, types, {namespace: prefix for prefix, namespace in PREFIXES.items()})


def _expand(compact: str) -> str:
    prefix, _, local = compact.partition(":")
    return PREFIXES[prefix] + local
