"""Descriptions validated together have the results that each has alone."""

from collections.abc import Sequence

import pytest
from pyoxigraph import RdfFormat, parse

from ontology.description import Description
from shapes.profiles import Profiles
from shapes.report import Result
from shapes.validation import Validator
from shapes.vocabularies import Vocabularies

PREFIXES = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://ex.example/> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
SHAPES = """
ex:Dataset a sh:NodeShape ; sh:targetClass ex:Dataset ;
  sh:property [ sh:path dct:title ; sh:minCount 1 ; sh:maxCount 1 ] , [ sh:path dct:type ; sh:class skos:Concept ] ,
              [ sh:path dct:publisher ; sh:class ex:Agent ] , [ sh:path ( dct:relation dct:title ) ; sh:maxCount 0 ] ,
              [ sh:path dct:spatial ; sh:nodeKind sh:IRI ] , [ sh:path dct:hasPart ; sh:maxCount 0 ] ,
              [ sh:path ( dct:type skos:broader dct:title ) ; sh:maxCount 0 ] .
ex:Right a sh:NodeShape ; sh:targetObjectsOf dct:rights ; sh:nodeKind sh:BlankNode .
"""
BACK = "ex:Dataset sh:property [ sh:path ( dct:type [ sh:inversePath dct:type ] ) ; sh:maxCount 1 ] ."
VOCABULARY = "ex:known a skos:Concept ; skos:broader ex:above ."
AGENT = "<http://ex.example/agent> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://ex.example/Agent> .\n"


def described(name: str, text: str) -> Description:
    quads = parse(PREFIXES + text, format=RdfFormat.TURTLE, lenient=True)
    return Description.of(f"http://ex.example/{name}", [quad.triple for quad in quads])


def validator(shapes: str = SHAPES) -> Validator:
    profiles = Profiles()
    profiles.add("test", {"shapes.ttl": (PREFIXES + shapes).encode()})
    vocabulary = parse(PREFIXES + VOCABULARY, format=RdfFormat.TURTLE)
    return Validator(profiles, Vocabularies({"types": [quad.triple for quad in vocabulary]}))


def results(found: Sequence[Result]) -> list[str]:
    return sorted(map(repr, found))


GROUPS = {
    "which say nothing of each other": [
        ("a", "ex:a a ex:Dataset ; dct:type ex:known ."),
        ("b", "ex:b a ex:Dataset ; dct:title 'B' ; dct:type ex:known , ex:other ."),
    ],
    "of which one mentions the other": [
        ("a", "ex:a a ex:Dataset ; dct:title 'A' ; dct:relation ex:b ."),
        ("b", "ex:b a ex:Dataset ; dct:title 'B' ; dct:relation ex:c ."),
        ("c", "ex:c a ex:Dataset ; dct:title 'C' ."),
    ],
    "which describe the same thing": [
        ("a", "ex:a a ex:Dataset ; dct:title 'A' . ex:x a ex:Dataset ; dct:title 'X' ."),
        ("b", "ex:b a ex:Dataset ; dct:title 'B' . ex:x a ex:Dataset ; dct:title 'Y' ."),
    ],
    "whose blank nodes bear the same labels": [
        (
            "a",
            "ex:a a ex:Dataset ; dct:title 'A' ; dct:spatial [ a ex:Dataset ] ; dct:rights [ dct:title '_:c14n0 .' ] .",
        ),
        ("b", "ex:b a ex:Dataset ; dct:spatial [ a ex:Dataset ; dct:title 'in B' ] , [ dct:type 'x' ] ."),
    ],
    "which mention the same thing by other predicates": [
        ("a", "ex:a a ex:Dataset ; dct:title 'A' ; dct:rights ex:shared ."),
        ("b", "ex:b a ex:Dataset ; dct:title 'B' ; dct:relation ex:shared ."),
    ],
    "of one catalog that each of them names": [
        ("a", "ex:a a ex:Dataset . ex:catalog dct:hasPart ex:a ."),
        ("b", "ex:b a ex:Dataset . ex:catalog dct:hasPart ex:b ."),
        ("catalog", "ex:catalog a ex:Dataset ."),
    ],
    "of which one describes what a vocabulary speaks of": [
        ("a", "ex:a a ex:Dataset ; dct:title 'A' ; dct:type ex:known ."),
        ("b", "ex:b a ex:Dataset ; dct:title 'B' ; dct:type ex:known . ex:above dct:title 'above' ."),
    ],
    "of which one breaks the engine": [
        ("a", "ex:a a ex:Dataset ; dct:relation <http://ex.example/a\\u0020b> ."),
        ("b", "ex:b a ex:Dataset ."),
    ],
}


@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
@pytest.mark.parametrize("shapes", [SHAPES, SHAPES + BACK], ids=["forward", "and back"])
@pytest.mark.parametrize("order", [1, -1])
def test_descriptions(group: list[tuple[str, str]], shapes: str, order: int) -> None:
    given = [(described(*one), "") for one in group[::order]]
    its = validator(shapes)
    alone = [its.validate(one, profile="test", level="full") for one, _ in given]
    together = its.validate_many(given, profile="test", level="full")
    assert [results(one.results) for one in together] == [results(one.results) for one in alone]


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_known_around_one_is_not_seen_by_another_that_does_not_know_it(order: int) -> None:
    text = "a ex:Dataset ; dct:title 'T' ; dct:publisher ex:agent ."
    given = [(described("a", f"ex:a {text}"), AGENT), (described("b", f"ex:b {text}"), "")][::order]
    knowing, ignorant = validator().validate_many(given, profile="test", level="full")[::order]
    assert not knowing.results
    assert [result.path for result in ignorant.results] == ["http://purl.org/dc/terms/publisher"]
