"""Canonical text taken apart says what a parser says."""

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ontology.description import Description, triples_of
from ontology.lexical import mend_language
from ontology.lines import datatype_of, is_literal, is_named, named, plain, statements, text_of
from ontology.terms import DCT, iri

VALUES = [
    Literal('He said "no" \\ yes'),
    Literal("two\nlines\r\tand \u2028 more \u0008\u000c\u007f"),
    Literal("国勢調査\U00020000", language="ja"),
    Literal('" @en .', language="en-US"),
    Literal("\\u0041 \\n is no escape"),
    Literal("2024-04-01", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#date")),
    Literal("text", datatype=iri("http://example.org/a b")),
    NamedNode("http://example.org/国"),
    iri('http://example.org/a b"c\\d'),
    BlankNode("x"),
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_a_term_read_from_its_line_is_the_term_that_was_written(value: Literal | NamedNode | BlankNode) -> None:
    canonical = Description.of("urn:s", [Triple(NamedNode("urn:s"), DCT.title, value)]).canonical
    ((_, predicate, term),) = statements(canonical)
    ((parsed,)) = (triple.object for triple in triples_of(canonical))
    assert predicate == str(DCT.title)
    assert (is_literal(term), is_named(term)) == (isinstance(value, Literal), isinstance(value, NamedNode))
    assert isinstance(value, BlankNode) or plain(term) == value.value == parsed.value
    if isinstance(value, Literal):
        assert text_of(term) == (value.value, (value.language or "").lower())
        assert value.language or datatype_of(term) == value.datatype.value


@pytest.mark.parametrize(
    ("given", "taken"),
    [("en_US", "en-us"), ("ja_JP", "ja-jp"), ("ar--rtl", "ar"), ("日本語", ""), ("x-mine", "x-mine")],
)
def test_a_tag_that_rdf_cannot_hold_is_taken_for_what_it_means(given: str, taken: str) -> None:
    assert text_of(f'"x"@{mend_language(given)}') == ("x", taken)


def test_every_statement_is_given_with_its_subject() -> None:
    triples = [Triple(iri(f"http://example.org/a {n}"), DCT.title, Literal(str(n))) for n in range(3)]
    canonical = Description.of("urn:s", triples).canonical
    assert [subject for subject, _, _ in statements(canonical)] == [
        named(f"http://example.org/a {n}") for n in range(3)
    ]
