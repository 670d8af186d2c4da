"""What goes out can be read by anyone, and says what was stored."""

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Triple, parse

from ontology.description import GENID, canonicalize, isomorphic
from ontology.reading import Syntax, read
from ontology.terms import DCAT, DCT, PREFIXES, RDF, iri
from ontology.writing import write, write_stream

DATASET = NamedNode("http://e/d")
GOOD = [
    Triple(DATASET, RDF.type, DCAT.Dataset),
    Triple(DATASET, DCT.title, Literal('quotes " \\ and\nlines\t\r\u2028 é 日本 \U0001f600 <&>]]>', language="ja")),
    Triple(DATASET, DCT.issued, Literal("1.50", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#decimal"))),
    Triple(DATASET, DCT.publisher, BlankNode("b")),
    Triple(BlankNode("b"), NamedNode("http://e/x#p.q-r"), BlankNode("c")),
    Triple(BlankNode("c"), NamedNode("http://e/日本"), NamedNode("http://e/?q=1&r=(2)'")),
]
BAD_IRI = Triple(DATASET, DCAT.landingPage, iri("http://e/a b"))
BAD_LANGUAGE = Triple(DATASET, DCT.title, Literal("x", language="x-renkei-656e5f55-53"))


def back(data: bytes, syntax: Syntax) -> list[Triple]:
    """Read by a strict parser where there is one without contexts of its own."""
    if syntax is Syntax.JSON_LD:
        return list(read(data, media_type=syntax.media_type, base_iri="http://b/"))
    return [quad.triple for quad in parse(data, format=syntax.format)]


@pytest.mark.parametrize("syntax", Syntax)
def test_a_graph_comes_back_whole_from_every_syntax(syntax: Syntax) -> None:
    written = write(GOOD, syntax, subject="http://e/d")
    assert isomorphic(back(written.data, syntax), GOOD)
    assert written.left_out == ()


@pytest.mark.parametrize("syntax", Syntax)
def test_a_term_that_rdf_does_not_allow_is_left_out_and_named(syntax: Syntax) -> None:
    written = write([*GOOD, BAD_IRI, BAD_LANGUAGE], syntax)
    assert isomorphic(back(written.data, syntax), GOOD)
    assert [left.statement.split(" ", 2)[1] for left in written.left_out] == [str(DCAT.landingPage), str(DCT.title)]
    assert all(left.message.ja for left in written.left_out)


@pytest.mark.parametrize("syntax", Syntax)
def test_an_exact_copy_keeps_what_rdf_does_not_allow(syntax: Syntax) -> None:
    given = [*GOOD, BAD_IRI, BAD_LANGUAGE]
    again = read(write(given, syntax, exact=True).data, media_type=syntax.media_type, base_iri="http://b/")
    assert isomorphic(list(again), given)


def test_what_xml_cannot_hold_is_left_out_of_it_alone() -> None:
    odd = [Triple(DATASET, NamedNode("http://e/123"), Literal("x")), Triple(DATASET, DCT.title, Literal("a\x08b"))]
    assert len(write(odd, Syntax.RDF_XML).left_out) == 2
    assert write(odd, Syntax.TURTLE).left_out == ()


@pytest.mark.parametrize("syntax", Syntax)
def test_nodes_named_here_are_blank_again_outside(syntax: Syntax) -> None:
    node = NamedNode(GENID + "abc")
    data = write([Triple(DATASET, DCT.publisher, node), Triple(node, DCT.title, Literal("x"))], syntax).data
    assert b"renkei:genid" not in data
    inner, outer = sorted(back(data, syntax), key=lambda triple: isinstance(triple.subject, NamedNode))
    assert outer.object == inner.subject


def test_turtle_reads_as_a_person_would_write_it() -> None:
    text = write(GOOD, Syntax.TURTLE, subject="http://e/d").data.decode()
    assert text.startswith("@prefix dcat:")
    assert "<http://e/d> a dcat:Dataset ;\n    dct:issued" in text
    assert "dct:publisher [\n        <http://e/x#p.q-r> [" in text
    assert "foaf" not in text


def test_turtle_writes_lists_as_lists_and_opens_rings() -> None:
    given = list(
        read(
            b"<http://e/a> <http://e/p> (1 [] (2) ()) . _:x <http://e/p> _:y . _:y <http://e/p> _:x .",
            name="x.ttl",
            base_iri="http://b/",
        )
    )
    data = write(given, Syntax.TURTLE).data
    assert b"( " in data
    assert isomorphic(back(data, Syntax.TURTLE), given)


@pytest.mark.parametrize("syntax", [Syntax.TURTLE, Syntax.TRIG, Syntax.RDF_XML, Syntax.JSON_LD])
def test_the_same_graph_is_written_the_same_in_any_order(syntax: Syntax) -> None:
    assert write(GOOD, syntax).data == write(GOOD[::-1], syntax).data


@pytest.mark.parametrize("syntax", Syntax)
def test_a_dump_is_one_document_and_keeps_the_blank_nodes_of_descriptions_apart(syntax: Syntax) -> None:
    shared = NamedNode(GENID + "abc")
    texts = [canonicalize([*GOOD, Triple(DATASET, DCT.creator, shared)]), canonicalize(GOOD[3:])]
    triples = back(b"".join(write_stream(texts, syntax)), syntax)
    assert len(set(map(str, triples))) == len(GOOD) + 1 + 3
    assert isinstance(next(t for t in triples if t.predicate == DCT.creator).object, BlankNode)


@pytest.mark.parametrize("syntax", Syntax)
def test_an_empty_dump_is_a_document(syntax: Syntax) -> None:
    assert back(b"".join(write_stream([], syntax)), syntax) == []


@pytest.mark.parametrize("syntax", Syntax)
def test_a_dump_names_what_it_leaves_out(syntax: Syntax) -> None:
    left = []
    data = b"".join(write_stream([canonicalize([*GOOD, BAD_IRI])], syntax, left_out=left.append))
    assert isomorphic(back(data, syntax), GOOD)
    assert len(left) == 1


@pytest.mark.parametrize("syntax", [Syntax.TURTLE, Syntax.TRIG])
def test_a_dump_declares_each_prefix_it_uses_once_and_no_other(syntax: Syntax) -> None:
    more = [Triple(DATASET, NamedNode(PREFIXES["foaf"] + "page"), NamedNode("http://e/page"))]
    data = b"".join(write_stream([canonicalize(GOOD), canonicalize(more), canonicalize(more)], syntax))
    declared = [line.split()[1][:-1].decode() for line in data.splitlines() if line.startswith(b"@prefix")]
    assert declared.index("foaf") == len(declared) - 1
    assert [name for name in declared if data.count(f"{name}:".encode()) < 2] == []
    assert sorted(set(declared)) == sorted(declared)


def test_a_datatype_that_xml_cannot_hold_is_left_out_even_of_an_exact_copy() -> None:
    odd = Literal("x", datatype=iri("http://e/\x08"))
    assert len(write([Triple(DATASET, DCT.title, odd)], Syntax.RDF_XML, exact=True).left_out) == 1
