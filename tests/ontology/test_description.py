from itertools import combinations

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from ontology.description import GENID, Description, TooEntangled, deskolemize, difference, isomorphic, triples_of
from ontology.terms import DCT, escape_iri, iri

KNOWS = NamedNode("http://xmlns.com/foaf/0.1/knows")


def graph(turtle: str) -> list[Triple]:
    text = "PREFIX : <http://e/> PREFIX dct: <http://purl.org/dc/terms/> " + turtle
    return [quad.triple for quad in parse(text.encode(), RdfFormat.TURTLE, lenient=True)]


def clique(size: int) -> list[Triple]:
    nodes = [BlankNode(f"n{i}") for i in range(size)]
    return [Triple(a, KNOWS, b) for a, b in combinations(nodes, 2)] + [
        Triple(b, KNOWS, a) for a, b in combinations(nodes, 2)
    ]


def test_the_hash_does_not_depend_on_order_or_blank_labels() -> None:
    one = Description.of("http://e/d", graph(':d dct:temporal [ dct:title "a" ] ; dct:title "t"@ja .'))
    other = Description.of("http://e/d", graph('_:x dct:title "a" . :d dct:title "t"@ja ; dct:temporal _:x .'))
    assert one == other


def test_a_description_says_the_same_after_being_stored() -> None:
    given = graph(':d dct:title "\\u2028 line\\n and \\"quote\\""@ja-JP ; dct:temporal [ dct:title 1.50 ] .')
    first = Description.of("http://e/d", given)
    again = Description.stored(first.iri, first.canonical)
    assert (again.hash, isomorphic(again.triples, given)) == (first.hash, True)
    assert len(again.lines) == 3


def test_an_iri_that_rfc_3987_forbids_is_kept_as_given() -> None:
    bad = iri("http://x/a b>|^")
    stored = Description.of("http://e/d", [Triple(NamedNode("http://e/d"), DCT.source, bad)])
    assert stored.triples[0].object == bad
    assert escape_iri(bad.value) in stored.canonical


def test_a_datatype_iri_with_a_space_is_kept_as_given() -> None:
    [triple] = graph(':d :p "x"^^<http://t/a b> .')
    assert list(triples_of(Description.of("http://e/d", [triple]).canonical)) == [triple]


def test_a_changed_title_is_one_line_added_and_one_removed() -> None:
    old, new = (Description.of("http://e/d", graph(f':d dct:title "{t}" ; :p :q .')) for t in ("old", "new"))
    assert difference(old, new) == (
        ('<http://e/d> <http://purl.org/dc/terms/title> "new" .',),
        ('<http://e/d> <http://purl.org/dc/terms/title> "old" .',),
    )


def test_p11_a_poisoned_graph_is_refused_within_the_limits_of_the_worker() -> None:
    with pytest.raises(TooEntangled):
        Description.of("http://e/d", clique(12))


def test_a_small_symmetric_graph_still_has_its_canonical_form() -> None:
    assert isomorphic(clique(4), list(reversed(clique(4))))


def test_many_blank_nodes_that_look_alike_but_do_not_touch_are_quick() -> None:
    same = [Triple(NamedNode("http://e/d"), DCT.temporal, BlankNode(f"b{i}")) for i in range(500)]
    assert len(Description.of("http://e/d", same).lines) == 500


def test_names_given_to_blank_nodes_become_blank_again() -> None:
    named = Triple(NamedNode(GENID + "ab12"), DCT.title, Literal("x"))
    assert deskolemize(named) == Triple(BlankNode("gab12"), DCT.title, Literal("x"))
