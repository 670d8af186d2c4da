"""Long lists of equal values have a canonical form like any other graph."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from ontology.description import TooEntangled, canonicalize, isomorphic, triples_of
from ontology.refining import names, renamed

ROOT = NamedNode("http://e/d")
EDGES = [NamedNode("http://e/p"), NamedNode("http://e/q")]
NODES = [ROOT, *(BlankNode(f"b{n}") for n in range(7))]
GRAPHS = st.lists(
    st.builds(Triple, st.sampled_from(NODES), st.sampled_from(EDGES), st.sampled_from([*NODES, Literal("x")])),
    max_size=14,
)


def listed(*texts: str) -> list[Triple]:
    values = " ".join(f'"{text}"' for text in texts)
    return [quad.triple for quad in parse(f"<http://e/d> <http://e/p> ( {values} ) .".encode(), RdfFormat.TURTLE)]


def copied(triples: Sequence[Triple], seed: int) -> list[Triple]:
    """The same graph in another order, its blank nodes under other names."""
    chance = random.Random(seed)
    blanks = sorted(
        {term for one in triples for term in (one.subject, one.object) if isinstance(term, BlankNode)}, key=str
    )
    fresh = [BlankNode(f"z{n}") for n in range(len(blanks))]
    chance.shuffle(fresh)
    others = renamed(triples, dict(zip(blanks, fresh, strict=True)))
    chance.shuffle(others)
    return others


def test_a_list_of_a_thousand_equal_values_has_a_form_that_its_copies_share() -> None:
    triples = listed(*["x"] * 1000)
    form = canonicalize(triples)
    assert form == canonicalize(copied(triples, 1)) == canonicalize(copied(triples, 2))
    assert form.count("\n") == len(triples)


def test_the_place_of_one_other_value_in_a_long_list_is_seen() -> None:
    early, late = (["x"] * 600 for _ in range(2))
    early[200], late[399] = "y", "y"
    assert not isomorphic(listed(*early), listed(*late))


def test_a_form_read_back_is_its_own_form() -> None:
    form = canonicalize(listed(*["x"] * 300))
    assert canonicalize(list(triples_of(form))) == form


def test_two_long_lists_in_one_description_are_told_apart_by_their_ends() -> None:
    other = [
        Triple(one.subject, EDGES[1] if one.subject == ROOT else one.predicate, one.object)
        for one in listed(*["x"] * 280)
    ]
    triples = listed(*["x"] * 290) + other
    assert canonicalize(triples) == canonicalize(copied(triples, 3))


def test_a_long_ring_without_a_beginning_is_refused_still() -> None:
    ring = [BlankNode(f"r{n}") for n in range(400)]
    with pytest.raises(TooEntangled):
        canonicalize([Triple(one, EDGES[0], other) for one, other in zip(ring, ring[1:] + ring[:1], strict=True)])


@settings(max_examples=300, deadline=None)
@given(GRAPHS, st.integers(0, 99))
def test_copies_get_the_same_names(triples: list[Triple], seed: int) -> None:
    first, second = dict.fromkeys(triples), copied(list(dict.fromkeys(triples)), seed)
    one, other = names(list(first)), names(second)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert set(renamed(first, one)) == set(renamed(second, other))
        assert isomorphic(renamed(first, one), list(first))
