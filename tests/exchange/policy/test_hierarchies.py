"""Closures, circles and groups of like terms, as the definitions say, on any small graph."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from exchange.policy.hierarchies import alike, circle, closure, reversed_

NAMES = st.sampled_from("abcdef")
GRAPHS = st.dictionaries(NAMES, st.sets(NAMES, max_size=3), max_size=6)


def reachable(edges: dict[str, set[str]], start: str) -> set[str]:
    found, pending = {start}, [start]
    while pending:
        for above in edges.get(pending.pop(), set()) - found:
            found.add(above)
            pending.append(above)
    return found


@given(GRAPHS)
def test_a_circle_is_found_where_a_term_lies_above_itself_and_only_there(edges: dict[str, set[str]]) -> None:
    way = circle(edges)
    in_circle = any(term in reachable(edges, above) for term, its in edges.items() for above in its)
    assert bool(way) == in_circle
    assert all(above in edges[term] for term, above in pairwise(way))
    assert way == () or way[0] == way[-1]


@given(GRAPHS)
def test_a_closure_holds_what_can_be_reached(edges: dict[str, set[str]]) -> None:
    upward = {term: {above for above in its if above > term} for term, its in edges.items()}
    closed = closure(upward)
    assert {term: set(above) for term, above in closed.items()} == {term: reachable(upward, term) for term in closed}
    assert set(upward) <= set(closed)


@given(GRAPHS)
def test_a_closure_turned_round_turns_back(edges: dict[str, set[str]]) -> None:
    closed = closure({term: {above for above in its if above > term} for term, its in edges.items()})
    assert reversed_(reversed_(closed)) == closed


@given(st.lists(st.tuples(NAMES, NAMES), max_size=8))
def test_terms_are_alike_where_a_way_of_pairs_joins_them(pairs: list[tuple[str, str]]) -> None:
    both: dict[str, set[str]] = {}
    for one, other in pairs:
        both.setdefault(one, set()).add(other)
        both.setdefault(other, set()).add(one)
    assert {term: set(group) for term, group in alike(pairs).items()} == {term: reachable(both, term) for term in both}
