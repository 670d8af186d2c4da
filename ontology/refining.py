"""Names for blank nodes that tell themselves apart by where they stand, however long the way to a difference is.

RDFC-1.0 walks through all nodes that look alike, once from each of them: time grows with their third power, and a list
of 300 equal values is out of reach. Here classes of nodes that look alike are split round by round, and only what
touches a node that got a class of its own is looked at again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pyoxigraph import BlankNode, Triple

_MOST_LOOKS = 1_000_000  # at the other end of an edge: 2 s; a list of 20,000 equal values takes a tenth
_Edge = tuple[str, BlankNode]
_Signature = tuple[tuple[str, int], ...]


class Looks:
    """The blank nodes of a graph by what one can see of each without going further.

    Attributes:
        look: all statements about a node, other blank nodes in them left unnamed.
        edges: how a node touches other blank nodes.
    """

    def __init__(self, triples: Iterable[Triple]) -> None:
        parts: dict[BlankNode, list[str]] = defaultdict(list)
        self.edges: dict[BlankNode, list[_Edge]] = defaultdict(list)
        for triple in triples:
            subject, value = triple.subject, triple.object
            predicate = triple.predicate.value
            if isinstance(subject, BlankNode):
                parts[subject].append(f"> {predicate} {'_' if isinstance(value, BlankNode) else value}")
            if isinstance(value, BlankNode):
                parts[value].append(f"< {predicate} {'_' if isinstance(subject, BlankNode) else subject}")
            if isinstance(subject, BlankNode) and isinstance(value, BlankNode):
                self.edges[subject].append((f"> {predicate}", value))
                self.edges[value].append((f"< {predicate}", subject))
        self.look = {node: "\n".join(sorted(some)) for node, some in parts.items()}
        self.alike = _by_value(self.look)

    @property
    def ambiguous(self) -> set[BlankNode]:
        """The nodes that look like another."""
        return {node for nodes in self.alike.values() if len(nodes) > 1 for node in nodes}

    def tangled(self) -> int:
        """How many nodes that look like others touch two such."""
        ambiguous = self.ambiguous
        return sum(len({other for _, other in self.edges[node]} & ambiguous) >= 2 for node in ambiguous)

    def widest(self) -> int:
        """Size of the largest group of nodes that look like others and hang together."""
        left, largest = self.ambiguous, 0
        while left:
            waiting, size = [left.pop()], 0
            while waiting:
                size += 1
                near = {other for _, other in self.edges[waiting.pop()]} & left
                left -= near
                waiting.extend(near)
            largest = max(largest, size)
        return largest


def names(triples: Sequence[Triple]) -> Mapping[BlankNode, BlankNode] | None:
    """Names that any copy of the graph gives to the same nodes; None where some differ in nothing, or too far away.

    Args:
        triples: without triple terms, else None.
    """
    if any(isinstance(term, Triple) for triple in triples for term in (triple.subject, triple.object)):
        return None
    looks = Looks(triples)
    classes = _Classes(looks)
    touched = set(looks.edges)
    while touched and classes.looked <= _MOST_LOOKS:
        touched = classes.split(touched)
    if touched or len(classes.members) < len(looks.look):
        return None
    return {node: BlankNode(f"c14n{number}") for node, number in classes.of.items()}


def renamed(triples: Iterable[Triple], given: Mapping[BlankNode, BlankNode]) -> list[Triple]:
    """The triples with other names for their blank nodes."""

    def name(term: object) -> object:
        return given[term] if isinstance(term, BlankNode) else term

    return [Triple(name(one.subject), one.predicate, name(one.object)) for one in triples]  # type: ignore[arg-type]


class _Classes:
    """Nodes in numbered classes. No number depends on the names or the order of what was given."""

    def __init__(self, looks: Looks) -> None:
        self.looked = 0
        self.edges = looks.edges
        self.members = {number: set(looks.alike[look]) for number, look in enumerate(sorted(looks.alike))}
        self.of = {node: number for number, nodes in self.members.items() for node in nodes}

    def split(self, touched: set[BlankNode]) -> set[BlankNode]:
        """Split the classes of nodes beside which something changed; those beside what changes now come back."""
        by_class: dict[int, dict[_Signature, set[BlankNode]]] = defaultdict(lambda: defaultdict(set))
        for node in touched:
            if len(self.members[self.of[node]]) > 1:
                by_class[self.of[node]][self._signature(node)].add(node)
        changed: set[BlankNode] = set()
        for number in sorted(by_class):
            changed |= self._split(number, by_class[number])
        return {other for node in changed for _, other in self.edges[node]}

    def _split(self, number: int, by_signature: Mapping[_Signature, set[BlankNode]]) -> set[BlankNode]:
        groups = [by_signature[signature] for signature in sorted(by_signature)]
        if sum(map(len, groups)) == len(self.members[number]):
            groups.remove(max(groups, key=len))  # somebody keeps the number, and so disturbs no other: the most
        for group in groups:
            fresh = len(self.members)
            self.members[number] -= group
            self.members[fresh] = group
            self.of.update(dict.fromkeys(group, fresh))
        return set().union(*groups)

    def _signature(self, node: BlankNode) -> _Signature:
        self.looked += len(self.edges[node])
        return tuple(sorted((way, self.of[other]) for way, other in self.edges[node]))


def _by_value(look: Mapping[BlankNode, str]) -> dict[str, list[BlankNode]]:
    found: dict[str, list[BlankNode]] = defaultdict(list)
    for node, text in look.items():
        found[text].append(node)
    return found
