"""Turtle written from lines is the Turtle of the whole writer, letter by letter."""

from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ontology.description import GENID, Description
from ontology.reading import read
from ontology.syntax import Syntax
from ontology.terms import DCAT, DCT, RDF, iri
from ontology.turtle_lines import turtle_of
from ontology.writing import write

ROOT = NamedNode("http://e/m")
NODES = [ROOT, NamedNode("http://e/a"), NamedNode("http://e/z"), *(BlankNode(f"b{n}") for n in range(5))]
PREDICATES = [RDF.type, DCT.title, DCAT.theme, NamedNode("http://e/p"), NamedNode("http://e/p-q")]
ODD = [
    iri("http://e/a b"),
    Literal("x", language="x-renkei-656e5f55-53"),
    Literal("x", datatype=iri("http://e/a b")),
    NamedNode(GENID + "n"),
    RDF.nil,
]
LITERALS = st.builds(Literal, st.text(st.characters(exclude_categories=["Cs"]), max_size=6)) | st.sampled_from(
    [
        Literal('"^^<http://e/t>', language="en"),
        Literal("a>", datatype=DCAT.Dataset),
        Literal("2026-01-01", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#date")),
    ]
)
OBJECTS = st.sampled_from([*NODES, DCAT.Dataset, NamedNode("http://www.w3.org/ns/dcat#a.b")]) | LITERALS
TRIPLES = st.lists(st.builds(Triple, st.sampled_from(NODES), st.sampled_from(PREDICATES), OBJECTS), max_size=14)
ODD_TRIPLES = st.lists(st.builds(Triple, st.just(ROOT), st.sampled_from(PREDICATES), st.sampled_from(ODD)), max_size=1)


def whole(description: Description) -> bytes:
    return write(description.triples, Syntax.TURTLE, subject=description.iri).data


@settings(max_examples=500, deadline=None)
@given(TRIPLES, ODD_TRIPLES)
def test_it_writes_what_the_whole_writer_writes_or_nothing(triples: list[Triple], odd: list[Triple]) -> None:
    description = Description.of(ROOT.value, triples + odd)
    assert turtle_of(description.canonical, description.iri) in (None, whole(description))


def test_an_ordinary_description_is_taken() -> None:
    period = [Triple(ROOT, DCT.temporal, BlankNode("t")), Triple(BlankNode("t"), DCAT.startDate, Literal("2026"))]
    description = Description.of(ROOT.value, [Triple(ROOT, DCT.title, Literal("統計", language="ja")), *period])
    written = turtle_of(description.canonical, description.iri)
    assert written is not None
    assert written == whole(description)


def test_a_statement_that_strict_readers_refuse_is_left_to_the_whole_writer() -> None:
    for value in ODD[:4]:
        description = Description.of(ROOT.value, [Triple(ROOT, DCT.title, value)])
        assert turtle_of(description.canonical, description.iri) is None


def test_no_deep_nest_of_blank_nodes_is_followed() -> None:
    nodes = [ROOT, *(BlankNode(f"n{n}") for n in range(30))]
    deep = [Triple(one, DCT.hasPart, other) for one, other in pairwise(nodes)]
    assert turtle_of(Description.of(ROOT.value, deep).canonical, ROOT.value) is None


def test_real_catalogs_are_written_alike(shared: Path) -> None:
    names = ("be-statbel.ttl", "de-brandenburg.ttl.gz", "it-alessandria.rdf")
    for name in names:
        path = shared / "data/dcat/catalogs/rdf" / name
        description = Description.of("http://b/", list(read(path.read_bytes(), name=name, base_iri="http://b/")))
        assert turtle_of(description.canonical, description.iri) in (None, whole(description))
