"""A description against a profile: results in words, vocabularies, levels, focus."""

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Triple, parse

from ontology.description import Description
from ontology.terms import SH
from shapes.apart import quick_engine, reference_engine
from shapes.errors import ProfileUnknown
from shapes.graph import n_triples
from shapes.messages import COMPONENTS
from shapes.paths import path_triples
from shapes.profiles import Profiles
from shapes.report import Report, Result, Severity
from shapes.shacl_terms import CONSTRAINTS
from shapes.validation import Validator
from shapes.vocabularies import Vocabularies

PREFIXES = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://ex.example/> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix rk: <urn:renkei:ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
SHAPES = """
ex:Dataset a sh:NodeShape ; sh:targetClass ex:Dataset ;
  sh:property [ sh:path dct:title ; sh:minCount 1 ; sh:name "title"@en, "タイトル"@ja ; rk:example "\\"Census\\"@en" ;
                rk:clause "Test 1" ; rk:cause "title" ; rk:remedy "Add it."@en, "追加してください。"@ja ] ,
              [ sh:path dct:type ; sh:class skos:Concept ; sh:severity sh:Warning ] .
ex:Concept a sh:NodeShape ; sh:targetClass skos:Concept ; sh:property [ sh:path skos:notation ; sh:minCount 1 ] .
"""
VOCABULARY = """
ex:scheme a skos:ConceptScheme . ex:above a skos:Concept .
ex:known a skos:Concept ; skos:inScheme ex:scheme ; skos:broader ex:above .
"""


def triples(text: str) -> list[Triple]:
    return [quad.triple for quad in parse(PREFIXES + text, format=RdfFormat.TURTLE, lenient=True)]


@pytest.fixture
def validator() -> Validator:
    profiles = Profiles()
    profiles.add("test", {"shapes.ttl": (PREFIXES + SHAPES).encode()})
    return Validator(profiles, Vocabularies({"types": triples(VOCABULARY)}))


def found(validator: Validator, text: str) -> Report:
    return validator.validate(triples(text), profile="test", level="base")


def test_a_missing_title_is_told_in_both_languages_with_all_that_helps(validator: Validator) -> None:
    (result,) = found(validator, "ex:a a ex:Dataset .").results
    assert result.message.en == "title (dct:title) needs at least 1 value(s)."
    assert result.message.ja == "タイトル（dct:title）の値が足りません。1個以上必要です。"
    assert (result.focus, result.path) == ("http://ex.example/a", "http://purl.org/dc/terms/title")
    assert (result.example, result.clause, result.cause) == ('"Census"@en', "Test 1", "title")
    assert (result.remedy.en, result.shape) == ("Add it.", "http://ex.example/Dataset")  # type: ignore[union-attr]


def test_warnings_stand_beside_a_report_that_conforms(validator: Validator) -> None:
    report = found(validator, 'ex:a a ex:Dataset ; dct:title "x" ; dct:type ex:unknown .')
    assert report.conforms
    assert report.counts == {Severity.VIOLATION: 0, Severity.WARNING: 1, Severity.INFO: 0}
    assert "<http://ex.example/unknown>" in report.results[0].message.en


def test_a_known_code_is_not_reported_and_its_own_faults_are_not_the_datasets(validator: Validator) -> None:
    assert found(validator, 'ex:a a ex:Dataset ; dct:title "x" ; dct:type ex:known .').results == ()


def test_what_only_the_context_describes_is_not_reported(validator: Validator) -> None:
    described = triples('ex:a a ex:Dataset ; dct:title "x" ; dct:type ex:other .')
    context = triples("ex:other a skos:Concept . _:x a skos:Concept .")
    report = validator.validate(described, profile="test", level="base", context=context, about=None)
    assert [result.focus for result in report.results if result.focus.startswith("http")] == []


def test_about_narrows_the_focus(validator: Validator) -> None:
    data = triples("ex:a a ex:Dataset . ex:b a ex:Dataset .")
    report = validator.validate(data, profile="test", level="base", about=frozenset({"http://ex.example/b"}))
    assert [result.focus for result in report.results] == ["http://ex.example/b"]


def test_a_description_with_a_bad_iri_is_validated_and_the_iri_given_back(validator: Validator) -> None:
    text = 'ex:a a ex:Dataset ; dct:title "x" ; dct:type <http://ex.example/a b> .'
    report = validator.validate(Description.of("http://ex.example/a", triples(text)), profile="test", level="base")
    assert [result.value for result in report.results] == ["<http://ex.example/a b>"]


def test_contradicting_constraints_are_laid_to_the_shape() -> None:
    profiles = Profiles()
    shapes = "ex:S sh:targetClass ex:Dataset ; sh:property [ sh:path ex:p ; sh:minCount 2 ; sh:maxCount 1 ] ."
    profiles.add("odd", {"shapes.ttl": (PREFIXES + shapes).encode()})
    report = Validator(profiles, Vocabularies({})).validate(triples("ex:a a ex:Dataset ."), profile="odd", level="base")
    assert report.conforms
    assert [result.fault for result in report.results] == ["shape"]


def test_trusted_sparql_speaks_with_its_own_message() -> None:
    shapes = """ex:S sh:targetClass ex:Dataset ; sh:sparql [ sh:message "no {?value}"@en, "{?value}は不可"@ja ;
        sh:select "SELECT $this ?value WHERE { $this <http://ex.example/p> ?value }" ] ."""
    profiles = Profiles()
    profiles.add("sparql", {"shapes.ttl": (PREFIXES + shapes).encode()}, trusted=True)
    data = triples("ex:a a ex:Dataset ; ex:p 5 .")
    (result,) = Validator(profiles, Vocabularies({})).validate(data, profile="sparql", level="full").results
    assert (result.message.en, result.message.ja) == ("no 5", "5は不可")


def test_a_document_is_validated_with_shapes_brought_along(validator: Validator) -> None:
    extra = {
        "mine.ttl": (
            PREFIXES + "ex:M sh:targetClass ex:Dataset ; sh:property [ sh:path ex:p ; sh:minCount 1 ] ."
        ).encode()
    }
    data = triples("ex:a a ex:Dataset . ex:b a ex:Dataset .")
    report = validator.validate_document(data, profile="test", level="base", extra_shapes=extra)
    assert len(report.results) == 4


def test_an_unknown_profile_or_level_is_an_error(validator: Validator) -> None:
    with pytest.raises(ProfileUnknown):
        validator.validate([], profile="nope", level="base")
    with pytest.raises(ProfileUnknown):
        validator.validate([], profile="test", level="nope")


def test_every_component_of_shacl_core_has_a_sentence_of_its_own() -> None:
    core = set(CONSTRAINTS) - {"property", "qualifiedValueShape", "qualifiedValueShapesDisjoint", "expression"}
    names = {"sparql": "SPARQL", "js": "JS"}
    assert {
        f"{SH.NAMESPACE}{names.get(name, name[:1].upper() + name[1:])}ConstraintComponent" for name in core
    } == COMPONENTS


def test_a_report_survives_json(validator: Validator) -> None:
    report = found(validator, "ex:a a ex:Dataset ; dct:type ex:unknown .")
    assert Report.from_json(report.to_json()) == report
    assert set(report.to_json()["results"][0]) == set(Result.__slots__)


def test_a_report_is_a_shacl_validation_report_in_turtle(validator: Validator) -> None:
    text = found(validator, "ex:a a ex:Dataset .").to_turtle()
    objects = {quad.predicate.value.split("#")[1]: quad.object.value for quad in parse(text, format=RdfFormat.TURTLE)}  # type: ignore[union-attr]
    assert objects["conforms"] == "false"
    assert objects["focusNode"] == "http://ex.example/a"
    assert objects["resultPath"] == "http://purl.org/dc/terms/title"


def test_a_report_for_a_terminal_groups_by_cause(validator: Validator) -> None:
    text = found(validator, "ex:a a ex:Dataset . ex:b a ex:Dataset .").to_text("ja")
    assert "違反 ×2: タイトル（dct:title）の値が足りません。" in text
    assert "正しい値の例" in text


def test_a_compound_path_comes_back_as_rdf() -> None:
    from pyoxigraph import BlankNode

    from shapes.graph import ShapesGraph
    from shapes.paths import path_text

    given = "(<http://a>/(<http://b>|^<http://c>)*/(^<http://d>)+)"
    node, steps = path_triples(given, BlankNode)
    assert path_text(ShapesGraph(steps), node) == given


@pytest.mark.parametrize("level", ["base", "full"])
def test_vocabulary_about_the_terms_mentioned_agrees_with_whole_vocabularies(level: str, shared: Path) -> None:
    from ontology.reading import read

    file = shared / "data/dcat/catalogs/rdf/be-statbel.ttl"
    catalog = list(read(file.read_bytes(), name=file.name, base_iri="http://ex.example/"))
    profiles = Profiles.shipped()
    narrow = Validator(profiles).validate_document(catalog, profile="dcat-ap", level=level)
    folder = Path(__file__).parents[2] / "shapes/vocabularies"
    names = profiles["dcat-ap"].vocabularies or ()
    whole = [quad.triple for name in names for quad in parse(path=folder / f"{name}.ttl")]
    wide = Validator(profiles, Vocabularies({})).validate(catalog, profile="dcat-ap", level=level, context=whole)
    key = lambda result: (result.focus, result.path or "", result.component, result.value or "")  # noqa: E731
    assert sorted(map(key, narrow.results)) == sorted(map(key, wide.results))


def test_without_the_quick_engine_the_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shapes.validation.quick_engine", lambda: None)
    validator = Validator(Profiles(), Vocabularies({}))
    assert "pySHACL" in validator.engine_note.en  # type: ignore[union-attr]


@pytest.mark.skipif(quick_engine() is None, reason="no shacl wheel on this platform")
def test_both_engines_say_the_same_of_our_own_profiles(shared: Path) -> None:
    from ontology.reading import read

    file = shared / "data/dcat/catalogs/rdf/be-statbel.ttl"
    catalog = list(read(file.read_bytes(), name=file.name, base_iri="http://ex.example/"))
    assert n_triples(catalog)
    reports = [
        Validator(Profiles.shipped(), engine=engine).validate_document(catalog, profile="dcat-ap", level="full")
        for engine in (quick_engine(), reference_engine())
    ]
    first, second = (
        {(r.focus, r.path, r.component, r.value, r.shape, r.message) for r in its.results} for its in reports
    )
    assert first == second
