"""JSON-LD in and out: contexts at hand, and frames that lose nothing."""

import json

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from ontology.description import isomorphic
from ontology.jsonld import jsonld
from ontology.jsonld_contexts import DCAT_CONTEXT, context_document, known_addresses, known_context
from ontology.reading import Fault, read
from ontology.terms import DCAT, DCT, PREFIXES

DATASET = NamedNode("http://e/d")
TURTLE = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<http://e/d> a dcat:Dataset ; dct:title "人口"@ja, "Population"@en ; dct:publisher <http://e/org> ;
  dct:issued "2026-01-01"^^xsd:date ; dct:identifier "7", 7 ; dct:format "CSV", <http://e/csv> ;
  dcat:contactPoint [ <http://www.w3.org/2006/vcard/ns#fn> "Desk" ] ; <http://other/p> ( 1 "two" <http://e/three> ) ;
  dcat:distribution <http://e/d/1> .
<http://e/d/1> a dcat:Distribution ; dcat:byteSize "5"^^xsd:nonNegativeInteger ; dcat:accessURL <geo:35,139> .
<http://e/org> <http://xmlns.com/foaf/0.1/name> "Office" ; <http://other/knows> <http://e/d> .
"""


def triples(text: str | bytes, name: str) -> list[Triple]:
    return list(read(text if isinstance(text, bytes) else text.encode(), name=name, base_iri="http://b/"))


def faults(document: object) -> list[Fault]:
    reading = read(json.dumps(document).encode(), name="x.jsonld", base_iri="http://b/")
    list(reading)
    return reading.faults


def test_a_frame_says_what_the_graph_says() -> None:
    given = triples(TURTLE, "x.ttl")
    assert isomorphic(triples(jsonld(given, DATASET), "x.jsonld"), given)


def test_a_frame_starts_at_the_resource_and_nests_what_it_leads_to() -> None:
    frame = json.loads(jsonld(triples(TURTLE, "x.ttl"), DATASET, "https://h/contexts/renkei-dcat.jsonld"))
    assert (frame["@id"], frame["@type"]) == ("http://e/d", "Dataset")
    assert {"@language": "ja", "@value": "人口"} in frame["title"]
    assert frame["contactPoint"] == {"fn": "Desk"}
    assert frame["distribution"]["byteSize"] == "5"
    assert frame["publisher"]["http://other/knows"] == {"@id": "http://e/d"}


@pytest.mark.parametrize("scheme", sorted(PREFIXES))
def test_an_address_whose_scheme_is_a_prefix_of_ours_stays_as_it_is(scheme: str) -> None:
    odd = NamedNode(f"{scheme}:title")
    given = [Triple(odd, odd, odd), Triple(odd, DCT.title, Literal("x", datatype=odd)), Triple(odd, DCAT.theme, odd)]
    assert isomorphic(triples(jsonld(given), "x.jsonld"), given)


def test_rings_of_blank_nodes_and_shared_ones_are_framed() -> None:
    given = triples(
        "_:a <http://e/p> _:b . _:b <http://e/p> _:a , _:c , _:c2 . <http://e/x> <http://e/p> _:c .", "x.ttl"
    )
    assert isomorphic(triples(jsonld(given), "x.jsonld"), given)


def test_a_long_chain_is_framed_within_the_depth_our_own_door_takes() -> None:
    given = triples("".join(f"<http://e/{n}> <http://e/p> <http://e/{n + 1}> .\n" for n in range(500)), "x.nt")
    assert isomorphic(triples(jsonld(given), "x.jsonld"), given)


@pytest.mark.parametrize("address", known_addresses())
def test_a_known_context_is_a_document_of_ours(address: str) -> None:
    assert known_context(address) is not None
    assert known_context(address.replace("https://", "http://")) is not None
    assert faults({"@context": address, "@id": "http://e/a", "http://e/p": "x"}) == []


def test_our_own_context_is_known_wherever_it_is_served() -> None:
    document = {"@context": f"https://anywhere/contexts/{DCAT_CONTEXT}", "@id": "http://e/d", "title": "x"}
    assert [triple.predicate for triple in triples(json.dumps(document), "x.jsonld")] == [DCT.title]
    assert json.loads(context_document())["@context"]["title"] == "dct:title"


def test_an_imported_context_that_is_known_is_put_in() -> None:
    context = {"@import": "http://www.w3.org/ns/odrl.jsonld", "mine": "http://e/mine"}
    assert (
        len(triples(json.dumps({"@context": context, "@id": "http://e/a", "mine": 1, "rightOperand": 2}), "x.jsonld"))
        == 2
    )


def test_an_array_of_documents_puts_their_one_context_in_once() -> None:
    one = {"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Set"}
    assert len(triples(json.dumps([one | {"uid": f"http://e/{n}"} for n in range(3000)]), "x.jsonld")) == 3000


def test_numbers_keep_their_spelling_and_large_ones_their_digits() -> None:
    values = [
        triple.object.value
        for triple in triples('{"@id":"http://e/a","http://e/p":[123456789012345678,1.10]}', "x.jsonld")
    ]
    assert values == ["123456789012345678", "1.1E0"]
