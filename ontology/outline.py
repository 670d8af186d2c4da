"""How a graph is laid out on paper: which nodes stand by themselves, which inside another, which chains are lists."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ontology.terms import RDF

type_ = RDF.type
Node = NamedNode | BlankNode
Value = NamedNode | BlankNode | Literal
_DEEPEST = 20  # our own front door takes 64 levels of brackets; a JSON-LD node costs two or three


@dataclass(slots=True)
class Outline:
    """The plan of a document.

    Attributes:
        statements: by subject, then predicate, the values; rdf:type first, all sorted.
        tops: the subjects that stand by themselves, in order.
        nested: nodes that are written inside another, at their first mention there, and which that is.
        lists: members by the first node of each well-formed RDF list.
    """

    statements: dict[Node, dict[NamedNode, list[Value]]]
    tops: list[Node] = field(default_factory=list)
    nested: dict[Node, Node] = field(default_factory=dict)
    lists: dict[Node, list[Value]] = field(default_factory=dict)


def outline(triples: Iterable[Triple], *, root: NamedNode | None, embed_named: bool) -> Outline:
    """Plan a document.

    Args:
        triples: of one graph; triple terms are not taken.
        root: the subject to begin with.
        embed_named: also nest nodes with an IRI, at their first mention.
    """
    statements = _grouped(triples)
    mentions = Counter(
        value
        for properties in statements.values()
        for values in properties.values()
        for value in values
        if isinstance(value, BlankNode)
    )
    plan = Outline(statements)
    plan.lists = _lists(statements, mentions)
    _place(plan, root, mentions, embed_named)
    return plan


def _grouped(triples: Iterable[Triple]) -> dict[Node, dict[NamedNode, list[Value]]]:
    rows = sorted(
        {(str(t.subject), t.predicate != type_, t.predicate.value, str(t.object)): t for t in triples}.items()
    )
    grouped: dict[Node, dict[NamedNode, list[Value]]] = {}
    for _, triple in rows:
        value = triple.object
        assert not isinstance(value, Triple)
        assert not isinstance(triple.subject, Triple)
        grouped.setdefault(triple.subject, {}).setdefault(triple.predicate, []).append(value)
    return grouped


def _lists(
    statements: dict[Node, dict[NamedNode, list[Value]]], mentions: Counter[BlankNode]
) -> dict[Node, list[Value]]:
    cells = {
        node: (properties[RDF.first][0], properties[RDF.rest][0])
        for node, properties in statements.items()
        if isinstance(node, BlankNode)
        and mentions[node] == 1
        and properties.keys() == {RDF.first, RDF.rest}
        and len(properties[RDF.first]) == len(properties[RDF.rest]) == 1
    }
    if not cells:
        return {}
    heads = cells.keys() - {rest for _, rest in cells.values()}
    return {head: members for head in heads if (members := _members(head, cells)) is not None}


def _members(head: Node, cells: dict[BlankNode, tuple[Value, Value]]) -> list[Value] | None:
    members: list[Value] = []
    rest: Value = head
    while rest != RDF.nil:
        cell = cells.get(rest) if isinstance(rest, BlankNode) else None
        if cell is None:
            return None
        members.append(cell[0])
        rest = cell[1]
    return members


def _place(plan: Outline, root: NamedNode | None, mentions: Counter[BlankNode], embed_named: bool) -> None:
    placed: set[Node] = _cells(plan)

    def nestable(value: Value) -> bool:
        if isinstance(value, Literal) or value in placed:
            return False
        if embed_named:
            return value in plan.statements
        return isinstance(value, BlankNode) and mentions[value] == 1

    first = [root] if root is not None and root in plan.statements else []
    named = [node for node in plan.statements if isinstance(node, NamedNode) and node != root]
    shared = [node for node in plan.statements if isinstance(node, BlankNode) and mentions[node] != 1]
    # What is left then are rings of blank nodes: one of each is broken up.
    for top in (*first, *named, *shared, *plan.statements):
        if top in placed:
            continue
        placed.add(top)
        plan.tops.append(top)
        waiting: list[tuple[Node, int]] = [(top, 0)]
        while waiting:
            node, depth = waiting.pop()
            for value in _values(plan, node):
                if depth < _DEEPEST and nestable(value):
                    assert not isinstance(value, Literal)
                    placed.add(value)
                    plan.nested[value] = node
                    waiting.append((value, depth + 1))


def _cells(plan: Outline) -> set[Node]:
    """The nodes that the lists are made of; nothing else mentions them, so they vanish."""
    cells: set[Node] = set()
    for head in plan.lists:
        rest: Value = head
        while isinstance(rest, BlankNode):
            cells.add(rest)
            rest = plan.statements[rest][RDF.rest][0]
    return cells


def _values(plan: Outline, node: Node) -> Iterator[Value]:
    for predicate, values in plan.statements.get(node, {}).items():
        for value in values:
            if predicate == type_ and isinstance(value, NamedNode):
                continue  # classes are named, never described in passing
            if isinstance(value, BlankNode) and value in plan.lists:
                yield from plan.lists[value]
            else:
                yield value
