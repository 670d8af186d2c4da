"""Which terms mean the same and which lie below which; worked out once, so that a question is one look in a table."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

Edges = Mapping[str, Iterable[str]]
"""From each term to those right above it."""


def circle(edges: Edges) -> tuple[str, ...]:
    """One circle of the edges, beginning and ending with the same term; empty if there is none."""
    done: set[str] = set()
    for start in edges:
        path: dict[str, None] = {}
        pending = [(start, False)]
        while pending:
            term, left = pending.pop()
            if left:
                del path[term]
                done.add(term)
            elif term in path:
                names = list(path)
                return (*names[names.index(term) :], term)
            elif term not in done:
                path[term] = None
                pending += [(term, True), *((above, False) for above in edges.get(term, ()))]
    return ()


def closure(edges: Edges) -> dict[str, frozenset[str]]:
    """Each term with all that lie above it and itself; the edges have no circle."""
    found: dict[str, frozenset[str]] = {}
    for start in edges:
        pending = [start]
        while pending:
            term = pending[-1]
            missing = [above for above in edges.get(term, ()) if above not in found]
            if missing:
                pending += missing
                continue
            pending.pop()
            found[term] = frozenset((term,)).union(*(found[above] for above in edges.get(term, ())))
    return found


def reversed_(closed: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The same closure, downwards."""
    below: dict[str, set[str]] = defaultdict(set)
    for term, above in closed.items():
        for each in above:
            below[each].add(term)
    return {term: frozenset(its) for term, its in below.items()}


def alike(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Terms that mean the same, directly or by others, as the whole group of each."""
    groups: dict[str, set[str]] = {}
    for one, other in pairs:
        small, large = sorted((groups.get(one, {one}), groups.get(other, {other})), key=len)
        large |= small
        for term in (*small, one, other):
            groups[term] = large
    frozen = {id(group): frozenset(group) for group in groups.values()}
    return {term: frozen[id(group)] for term, group in groups.items()}


def grouped(edges: Edges, groups: Mapping[str, frozenset[str]]) -> dict[str, set[str]]:
    """The edges between groups of like terms, each group under its first name."""
    joined: dict[str, set[str]] = defaultdict(set)
    for term, above in edges.items():
        name = first(term, groups)
        joined[name] |= {its for its in (first(each, groups) for each in above) if its != name}
    return dict(joined)


def first(term: str, groups: Mapping[str, frozenset[str]]) -> str:
    """The name of a term's group."""
    return min(groups[term]) if term in groups else term
