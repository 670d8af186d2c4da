"""Every shape of every shipped profile: it speaks both languages, fires on a fault, and is content with its example.

Where the fault follows from the kind of constraint it is made here; the rest stands by hand in `BY_HAND`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, QuerySolutions, RdfFormat, Store, Triple, parse

from shapes.profiles import LEVELS, Profile, Profiles
from shapes.report import Report
from shapes.validation import Validator

PREFIXES = """
@prefix adms: <http://www.w3.org/ns/adms#> . @prefix cadde: <urn:renkei:cadde:> .
@prefix cc: <http://creativecommons.org/ns#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dcatap: <http://data.europa.eu/r5r/> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix org: <http://www.w3.org/ns/org#> .
@prefix prov: <http://www.w3.org/ns/prov#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix spdx: <http://spdx.org/rdf/terms#> .
@prefix time: <http://www.w3.org/2006/time#> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix ex: <https://example.jp/> .
@prefix rk: <urn:renkei:ns#> .
"""
XSD_INTEGER = NamedNode("http://www.w3.org/2001/XMLSchema#integer")
SH = "http://www.w3.org/ns/shacl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RK = "urn:renkei:ns#"
RULE = "ex:p a odrl:Set ; odrl:permission ex:r . "

# Shapes whose fault or example cannot be made from the constraint alone: (fault, sound), by shape without the urn.
BY_HAND = {
    **{
        f"{profile}:minimum:Identity": ("[] a dcat:Dataset .", '[] a dcat:Dataset ; dct:title "x" .')
        for profile in ("cadde", "dcat-ap", "dcat-ap-hvd")
    },
    "dcat-ap:recommended:PeriodOfTime-order": (
        'ex:t a dct:PeriodOfTime ; dcat:startDate "2026-01-01"^^xsd:date ; dcat:endDate "2025-01-01"^^xsd:date .',
        'ex:t a dct:PeriodOfTime ; dcat:startDate "2025-01-01"^^xsd:date ; dcat:endDate "2026-01-01"^^xsd:date .',
    ),
    "dcat-ap:deprecated:Distribution-adms-status": (
        "ex:d a dcat:Distribution ; adms:status <http://purl.org/adms/status/Completed> .",
        "ex:d a dcat:Distribution ;"
        " adms:status <http://publications.europa.eu/resource/authority/distribution-status/COMPLETED> .",
    ),
    "dcat-ap:deprecated:Dataset-dcat-isVersionOf": (
        "ex:b a dcat:Dataset ; dcat:isVersionOf ex:a .",
        "ex:b a dcat:Dataset ; dcat:isVersionOf ex:a . ex:a dcat:hasVersion ex:b .",
    ),
    "dcat-ap-hvd:base:Distribution-legal": (
        "ex:d a dcat:Distribution .",
        "ex:d a dcat:Distribution ; dct:rights ex:terms .",
    ),
    "dcat-ap-hvd:base:DataService-legal": (
        "ex:s a dcat:DataService .",
        "ex:s a dcat:DataService ; dct:license ex:terms .",
    ),
    "dcat-ap-hvd:recommended:Kind-reach": (
        "ex:k a vcard:Kind .",
        "ex:k a vcard:Kind ; vcard:hasURL <https://example.jp/contact> .",
    ),
    "cadde:base:Catalog-10040": (
        "ex:c a dcat:Catalog ; dct:publisher ex:a .",
        'ex:c a dcat:Catalog ; dct:publisher ex:a . ex:a foaf:name "新日本市"@ja .',
    ),
    "cadde:recommended:Dataset-11210": (
        "ex:d a dcat:Dataset .",
        'ex:d a dcat:Dataset ; cadde:contactPoint_explanation "情報推進課" .',
    ),
    "cadde:codes:LocalGovernmentCode-check": (
        'ex:l a dct:Location ; dct:identifier "261008" .',
        'ex:l a dct:Location ; dct:identifier "261009" .',
    ),
    "cadde:codes:Place-code-length": (
        'ex:l a dct:Location ; dct:identifier "1000" .',
        'ex:l a dct:Location ; dct:identifier "011002" .',
    ),
    **{
        f"{name}:CorporateNumber-check": (
            'ex:a a foaf:Agent ; dct:identifier "0123456789123" .',
            'ex:a a foaf:Agent ; dct:identifier "8000012010038" .',
        )
        for name in ("cadde:codes", "participants:base")
    },
    "odrl:minimum:Identity": (
        "[] a odrl:Set ; odrl:permission ex:r .",
        "[] a odrl:Set ; odrl:uid ex:p ; odrl:permission ex:r .",
    ),
    "odrl:minimum:Policy-rule": ("ex:p a odrl:Set .", "ex:p a odrl:Set ; odrl:obligation ex:r ."),
    "odrl:minimum:Policy-rule-form": (
        'ex:p a odrl:Set ; odrl:permission "use" .',
        "ex:p a odrl:Set ; odrl:permission ex:r .",
    ),
    "odrl:base:Policy-conflict": (
        "ex:p a odrl:Set ; odrl:conflict odrl:permit .",
        "ex:p a odrl:Set ; odrl:conflict odrl:perm .",
    ),
    "odrl:base:Ancestry-circle": (
        "ex:p odrl:inheritFrom ex:q . ex:q odrl:inheritFrom ex:p .",
        "ex:p odrl:inheritFrom ex:q . ex:q odrl:inheritFrom ex:r .",
    ),
    "odrl:base:Kind": ("ex:p a odrl:Offer , odrl:Agreement .", "ex:p a odrl:Offer ."),
    "odrl:base:Offer-assigner": (
        "ex:p a odrl:Offer ; odrl:permission ex:r .",
        "ex:p a odrl:Offer ; odrl:permission ex:r . ex:r odrl:assigner ex:a .",
    ),
    "odrl:base:Agreement-assigner": (
        "ex:p a odrl:Agreement .",
        "ex:p a odrl:Agreement ; odrl:inheritFrom ex:q . ex:q odrl:assigner ex:a .",
    ),
    "odrl:base:Agreement-assignee": (
        "ex:p a odrl:Agreement .",
        "ex:p a odrl:Agreement . ex:b odrl:assigneeOf ex:p .",
    ),
    "odrl:base:Rule-action": (RULE, RULE + "ex:p odrl:action odrl:use ."),
    "odrl:base:Grant-target": (RULE, RULE + "ex:d odrl:hasPolicy ex:p ."),
    "odrl:base:Bound": (
        "ex:r odrl:constraint ex:c . ex:c odrl:and ex:x ; odrl:or ex:y .",
        "ex:r odrl:constraint ex:c . ex:c odrl:and ex:x , ex:y .",
    ),
    "odrl:base:Constraint-rightOperand": (
        "ex:c odrl:leftOperand odrl:purpose .",
        "ex:c odrl:leftOperand odrl:purpose ; odrl:rightOperandReference ex:v .",
    ),
    "odrl:ranges:Profile": (
        RULE + "ex:r odrl:action ex:stir .",
        RULE + "ex:r odrl:action ex:stir . ex:p odrl:profile ex:kitchen .",
    ),
    "odrl:ranges:Rule-action": (
        RULE + "ex:r odrl:action odrl:consume .",
        RULE + "ex:r odrl:action odrl:use .",
    ),
    "odrl:ranges:Constraint-leftOperand": (
        "ex:c odrl:leftOperand odrl:runningTime .",
        "ex:c odrl:leftOperand odrl:elapsedTime .",
    ),
    "odrl:ranges:Operator-operator": ("ex:c odrl:operator odrl:equals .", "ex:c odrl:operator odrl:eq ."),
    "participants:minimum:Participant-name": (
        "ex:a a foaf:Organization .",
        'ex:a a foaf:Organization ; skos:prefLabel "京都市"@ja .',
    ),
    "participants:base:Participant": ('[] a foaf:Agent ; foaf:name "x" .', 'ex:a a foaf:Agent ; foaf:name "x" .'),
    "participants:base:Organization-identifier": (
        "ex:a a org:Organization .",
        'ex:a a org:Organization ; dct:identifier "8000012010038" .',
    ),
    "participants:base:Participant-corporate-length": (
        'ex:a a foaf:Agent ; dct:identifier "000012010038" .',
        'ex:a a foaf:Agent ; dct:identifier "8000012010038" .',
    ),
    "participants:recommended:Participant-type": (
        "ex:a a foaf:Agent .",
        "ex:a a foaf:Agent ; org:classification ex:city .",
    ),
    "participants:recommended:Participant-contact": (
        "ex:a a foaf:Agent .",
        "ex:a a foaf:Agent ; foaf:mbox <mailto:data@example.jp> .",
    ),
    "policy-terms:minimum:Operand-kind": (
        "ex:o a odrl:LeftOperand .",
        "ex:o a odrl:LeftOperand ; skos:exactMatch odrl:purpose .",
    ),
    "policy-terms:minimum:Operand-source": (
        'ex:o a odrl:LeftOperand ; rk:valueKind "text" .',
        'ex:o a odrl:LeftOperand ; rk:valueSource "token" .',
    ),
    "policy-terms:base:Entry-label-ja": (
        'ex:a a odrl:Action ; rdfs:label "stir"@en .',
        'ex:a a odrl:Action ; rdfs:label "かき混ぜる"@ja .',
    ),
    "policy-terms:base:Entry-label-en": (
        'ex:a a odrl:Action ; rdfs:label "かき混ぜる"@ja .',
        "ex:a a odrl:Action ; skos:exactMatch odrl:modify .",
    ),
}


@dataclass(frozen=True)
class Shape:
    """A shape that can raise results, as its file tells it."""

    profile: str
    iri: str
    path: str | None
    owners: tuple[tuple[str, str], ...]
    values: dict[str, list[Literal | NamedNode]]

    @property
    def name(self) -> str:
        return self.iri.removeprefix("urn:renkei:shape:")

    def said(self, term: str) -> list[Literal]:
        return [value for value in self.values.get(term, []) if isinstance(value, Literal)]


def _store(profile: str) -> Store:
    store = Store()
    for content in Profiles.shipped()[profile].files.values():
        store.load(content, format=RdfFormat.TURTLE)
    return store


def _rows(store: Store, query: str) -> QuerySolutions:
    answer = store.query("PREFIX sh: <http://www.w3.org/ns/shacl#> " + query)
    assert isinstance(answer, QuerySolutions)
    return answer


def _shapes() -> Iterator[Shape]:
    for profile in Profiles.shipped():
        store = _store(profile.name)
        for (shape,) in _rows(
            store, "SELECT DISTINCT ?s WHERE { ?s sh:message ?m MINUS { ?s a sh:SPARQLConstraint } }"
        ):
            values: dict[str, list[Literal | NamedNode]] = {}
            for quad in store.quads_for_pattern(shape, None, None):
                values.setdefault(quad.predicate.value, []).append(quad.object)
            path = values.get(SH + "path", [None])[0]
            owners = _rows(
                store, f"SELECT ?how ?what WHERE {{ ?n sh:property {shape} ; ?how ?what . FILTER(?how IN ("
                "sh:targetClass, sh:targetSubjectsOf, sh:targetObjectsOf)) } ORDER BY ?how ?what",
            )  # fmt: skip
            targets = tuple((how.value.removeprefix(SH), what.value) for how, what in owners)
            simple = path.value if isinstance(path, NamedNode) else None
            yield Shape(profile.name, shape.value, simple, targets, values)


SHAPES = list(_shapes())
MADE = [shape for shape in SHAPES if shape.name not in BY_HAND]
# The example of a term that should not be there shows its replacement, which is another property.
WITH_EXAMPLE = [shape for shape in MADE if shape.said(RK + "example") and Literal("0", datatype=XSD_INTEGER) not in
                shape.values.get(SH + "maxCount", [])]  # fmt: skip


def _fault(shape: Shape) -> dict[str, str]:
    """What to write after the path to break each constraint of the shape, by component; None for no value at all."""
    one = {term: values[0].value for term, values in shape.values.items() if isinstance(values[0], Literal | NamedNode)}
    faults = {}
    if SH + "minCount" in one:
        faults["MinCount"] = ""
    if (most := one.get(SH + "maxCount")) is not None:
        faults["MaxCount"] = " , ".join(f"ex:v{n}" for n in range(int(most) + 1))
    if (kind := one.get(SH + "nodeKind")) is not None:
        faults["NodeKind"] = "ex:v" if kind.endswith("Literal") else '"text"'
    if SH + "qualifiedMinCount" in one:
        faults["QualifiedMinCount"] = "ex:v"
    if SH + "uniqueLang" in one:
        faults["UniqueLang"] = '"a"@ja , "b"@ja'
    faults |= {"Datatype": '"some"'} if SH + "datatype" in one else {}
    faults |= {"Class": "ex:v"} if SH + "class" in one else {}
    faults |= {"HasValue": "ex:v"} if SH + "hasValue" in one else {}
    faults |= {"Pattern": '" "'} if SH + "pattern" in one else {}
    faults |= {"Node": '"yesterday"'} if SH + "node" in shape.values else {}
    faults |= {"Or": '"yesterday"'} if SH + "or" in shape.values else {}
    faults |= {"Not": _prohibited(shape)} if SH + "not" in shape.values else {}
    return faults


def _prohibited(shape: Shape) -> str:
    """ODRL's deprecated terms: the last part of the shape's name is the term."""
    return "odrl:" + shape.iri.rsplit("-", 1)[1]


def _focus(shape: Shape, values: str) -> str:
    """A focus node of the shape with these values."""
    how, what = next(owner for owner in shape.owners if owner[1] != shape.path or values)
    aimed = {
        "targetClass": f"ex:focus a <{what}> .",
        "targetObjectsOf": f"ex:holder <{what}> ex:focus .",
        "targetSubjectsOf": "" if what == shape.path else f"ex:focus <{what}> ex:other .",
    }
    return aimed[how] + (f" ex:focus <{shape.path}> {values} ." if values else "")


def _triples(turtle: str) -> list[Triple]:
    return [quad.triple for quad in parse((PREFIXES + turtle).encode(), format=RdfFormat.TURTLE)]


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator(Profiles.shipped())


def _of(report: Report, shape: str) -> set[str]:
    found = [result for result in report.results if result.shape == shape]
    return {result.component.removeprefix(SH).removesuffix("ConstraintComponent") for result in found}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_shape_explains_itself_in_japanese_and_english(shape: Shape) -> None:
    for term in (SH + "name", SH + "message", RK + "remedy"):
        assert {literal.language for literal in shape.said(term)} == {"ja", "en"}, term
    assert len(shape.said(RK + "cause")) == len(shape.said(RK + "clause")) == len(shape.values[SH + "severity"]) == 1


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_remedy_is_one_piece_of_advice_whichever_fault_it_answers(shape: Shape) -> None:
    english, japanese = ({text.language: text.value for text in shape.said(RK + "remedy")}[tag] for tag in ("en", "ja"))
    assert ". " not in english
    assert japanese.count("ください。") <= 1
    assert "Keep one" not in english or SH + "minCount" not in shape.values


@pytest.mark.parametrize(
    "shape", [shape for shape in SHAPES if shape.said(RK + "example")], ids=lambda shape: shape.name
)
def test_the_example_of_a_shape_is_turtle(shape: Shape) -> None:
    example = shape.said(RK + "example")[0].value
    whole = example if example.endswith(" .") else f"ex:s ex:p {example} ."
    assert _triples(whole)


@pytest.mark.parametrize("shape", MADE, ids=lambda shape: shape.name)
def test_a_shape_fires_on_each_fault_it_speaks_of(shape: Shape, validator: Validator) -> None:
    faults = _fault(shape)
    assert faults
    for component, values in faults.items():
        data = _triples(_focus(shape, values))
        report = validator.validate_document(data, profile=shape.profile, level="full")
        assert component in _of(report, shape.iri), values


@pytest.mark.parametrize("shape", WITH_EXAMPLE, ids=lambda shape: shape.name)
def test_a_shape_is_content_with_its_own_example(shape: Shape, validator: Validator) -> None:
    data = _triples(_focus(shape, shape.said(RK + "example")[0].value))
    data += [Triple(t.object, NamedNode(RDF + "type"), kind)
             for t in data if t.predicate.value == shape.path for kind in _classes(shape)]  # fmt: skip
    report = validator.validate_document(data, profile=shape.profile, level="full")
    assert _of(report, shape.iri) == set()


def _classes(shape: Shape) -> list[NamedNode]:
    """Classes that the shape would accept."""
    store = _store(shape.profile)
    rows = _rows(store, f"SELECT ?c WHERE {{ <{shape.iri}> sh:node?/(sh:or/<{RDF}rest>*/<{RDF}first>)?/sh:class ?c }}")
    return [row["c"] for row in rows]


@pytest.mark.parametrize("name", BY_HAND)
def test_a_shape_fires_on_its_fault_and_not_on_the_sound_example(name: str, validator: Validator) -> None:
    fault, sound = BY_HAND[name]
    profile, shape = name.split(":", 1)[0], "urn:renkei:shape:" + name
    assert _of(validator.validate_document(_triples(fault), profile=profile, level="full"), shape)
    assert not _of(validator.validate_document(_triples(sound), profile=profile, level="full"), shape)


def test_examples_by_hand_belong_to_shapes_that_exist() -> None:
    assert set(BY_HAND) <= {shape.name for shape in SHAPES}


@pytest.mark.parametrize("profile", list(Profiles.shipped()), ids=lambda profile: profile.name)
def test_levels_grow_from_minimum_to_full(profile: Profile) -> None:
    levels = {level: set(files) for level, files in profile.levels.items()}
    assert tuple(levels) == LEVELS
    assert levels["minimum"] < levels["base"] <= levels["recommended"] <= levels["full"] == set(profile.files)
    assert levels["base"] <= levels["ranges"]
    assert levels["base"] <= levels["codelists"]


def test_each_vocabulary_that_a_profile_names_is_there() -> None:
    folder = Path(__file__).parents[2] / "shapes" / "vocabularies"
    there = {path.stem for path in folder.glob("*.ttl")}
    assert {name for profile in Profiles.shipped() for name in profile.vocabularies or ()} <= there
