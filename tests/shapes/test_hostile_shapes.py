"""Fifteen hostile or broken shape files (security.md §5 P10), and the crashes of §0 finding 11 in a worker."""

import asyncio
from collections.abc import Iterator

import pytest
from pyoxigraph import RdfFormat, Triple, parse

from ontology.killable import Workers
from shapes.profiles import Profiles, linted_files
from shapes.report import Report
from shapes.validation import Validator
from shapes.vocabularies import Vocabularies

PREFIXES = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://ex.example/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:Good a sh:NodeShape ; sh:targetClass ex:Thing ; sh:property ex:GoodTitle .
ex:GoodTitle sh:path ex:title ; sh:minCount 1 .
"""
HOSTILE = {
    "P10-01 misspelt term": ("ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property [ sh:path ex:p ; sh:minCont 1 ] .", "unknown-term"),
    "P10-02 dangling property": ("ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property ex:Nowhere .", "dangling-property"),
    "P10-03 dangling node": ("ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:node ex:Nowhere .", "dangling-shape"),
    "P10-04 no path": ("ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property [ sh:minCount 1 ] .", "no-path"),
    "P10-05 empty shape": ("ex:S a sh:NodeShape ; sh:targetClass ex:T .", "empty"),
    "P10-06 no target": ("ex:S a sh:NodeShape ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .", "no-target"),
    "P10-07 path loop": ("ex:S sh:targetClass ex:T ; sh:property ex:L . ex:L sh:path _:a ; sh:minCount 1 . _:a sh:inversePath _:a .", "path"),
    "P10-08 list loop": ("ex:S sh:targetClass ex:T ; sh:in _:l . _:l <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> 1 ; <http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> _:l .", "parameter"),
    "P10-09 script": ('ex:S sh:targetClass ex:T ; sh:js [ sh:jsFunctionName "f" ; sh:jsLibrary ex:lib ] .', "script"),
    "P10-10 SPARQL": ('ex:S sh:targetClass ex:T ; sh:sparql [ sh:select "SELECT $this WHERE { ?a ?b ?c . ?d ?e ?f }" ] .', "sparql"),
    "P10-11 SPARQL target": ('ex:S sh:target [ sh:select "SELECT ?this WHERE { ?this ?p ?o }" ] ; sh:nodeKind sh:IRI .', "computed-target"),
    "P10-12 import": ("<> owl:imports <http://canary.example/shapes.ttl> .", "import"),
    "P10-13 ill-typed count": ('ex:S sh:targetClass ex:T ; sh:property [ sh:path ex:p ; sh:minCount "many" ] .', "parameter"),
}  # fmt: skip


def thing(text: str = "ex:a a ex:Thing .") -> list[Triple]:
    return [quad.triple for quad in parse(PREFIXES.partition("ex:Good")[0] + text, format=RdfFormat.TURTLE)]


def validated(shapes: str, data: list[Triple], workers: Workers | None = None) -> Report:
    profiles = Profiles()
    profiles.add("deployment", {"shapes.ttl": (PREFIXES + shapes).encode()})
    return Validator(profiles, Vocabularies({}), workers=workers).validate(data, profile="deployment", level="base")


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers(size=1, cpu_s=2, wall_s=6)
    yield workers
    asyncio.run(workers.close())


@pytest.mark.parametrize(("shapes", "code"), HOSTILE.values(), ids=HOSTILE)
def test_a_fault_is_named_and_the_sound_shape_beside_it_still_works(shapes: str, code: str) -> None:
    report = linted_files({"shapes.ttl": (PREFIXES + shapes).encode()})
    assert code in {finding.code for finding in report.findings}
    found = validated(shapes, thing())
    assert [result.path for result in found.results if result.fault == "data"] == ["http://ex.example/title"]


def test_p10_14_a_pattern_that_the_engine_refuses_costs_its_own_shape_only() -> None:
    found = validated('ex:S sh:targetClass ex:Thing ; sh:property [ sh:path ex:p ; sh:pattern "(" ] .', thing())
    assert [result.cause for result in found.results] == [None, "shape-engine"]
    assert [result.fault for result in found.results] == ["data", "shape"]


def test_p10_15_a_syntax_error_has_its_line_and_column() -> None:
    broken = "ex:S a sh:NodeShape ; sh:targetClass [[[ ."
    finding, *_ = linted_files({"shapes.ttl": (PREFIXES + broken).encode()}).of("syntax")
    assert (finding.file, finding.line) == ("shapes.ttl", 5)


def test_p10_skipped_shapes_are_told_in_every_report() -> None:
    found = validated(HOSTILE["P10-02 dangling property"][0], thing("ex:a a ex:Thing ; ex:title 'x' ."))
    assert found.conforms
    assert [(result.fault, result.cause) for result in found.results] == [("shape", "shape-dangling-property")]


def test_p10_data_without_a_focus_node_is_never_silently_valid() -> None:
    found = validated("", thing("ex:a a ex:Other ."))
    assert [result.cause for result in found.results] == ["no-focus-node"]


def test_p10_a_profile_in_which_nothing_is_left_is_not_added() -> None:
    profiles = Profiles()
    report = profiles.add("empty", {"shapes.ttl": b"<http://ex.example/a> <http://ex.example/b> 1 ."})
    assert not report.usable
    assert "empty" not in profiles


def test_p10_sh_deactivated_in_the_data_has_no_effect() -> None:
    found = validated("", thing("ex:a a ex:Thing . ex:Good sh:deactivated true . ex:GoodTitle sh:deactivated true ."))
    assert not found.conforms


def test_finding_11_a_path_without_end_is_cut_off_in_a_worker(workers: Workers) -> None:
    shapes = (
        "ex:S sh:targetSubjectsOf ex:next ; sh:property [ sh:path [ sh:zeroOrMorePath ex:next ] ; sh:maxCount 1 ] ."
    )
    ring = " ".join(f"ex:n{i} ex:next ex:n{(i + 1) % 6000} ." for i in range(6000))
    found = validated(shapes, thing(ring), workers)
    assert not found.conforms
    assert [result.fault for result in found.results] == ["shape"]
    assert "OutOfTime" in found.results[0].message.en


def test_finding_11_foreign_shapes_give_the_same_in_a_worker_as_here(workers: Workers) -> None:
    assert validated("", thing(), workers) == validated("", thing())


def test_finding_11_nested_triple_terms_never_reach_an_engine() -> None:
    report = linted_files({"shapes.ttl": b"<http://ex.example/a> <http://ex.example/b> " + b"<<( " * 30_000})
    assert [finding.code for finding in report.findings][:1] == ["syntax"]


def extra(shapes: dict[str, bytes]) -> Report:
    validator = Validator(Profiles(), Vocabularies({}))
    return validator.validate_document(thing(), profile=None, level="base", extra_shapes=shapes)


def test_shapes_without_a_target_are_refused_with_the_reason() -> None:
    nothing = {"shapes.ttl": b"<http://ex.example/a> <http://ex.example/b> 1 ."}
    (refusal,) = linted_files(nothing).findings
    found = extra(nothing)
    assert (refusal.code, refusal.effect, found.conforms) == ("no-shapes", "refused", False)
    assert "no shape with a target" in found.results[0].message.en


def test_the_same_fault_of_nameless_shapes_of_one_path_is_told_once_with_its_count() -> None:
    twice = "ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property [ sh:path ex:p ; sh:minCont 1 ], [ sh:path ex:p ; sh:minCont 2 ] ."
    findings = linted_files({"shapes.ttl": (PREFIXES + twice).encode()}).findings
    assert [(finding.code, finding.times) for finding in findings] == [("unknown-term", 2), ("empty", 2)]


def test_p04_each_import_of_a_shapes_file_is_named_as_not_fetched() -> None:
    importing = PREFIXES + "<http://ex.example/s> owl:imports ex:one, ex:two .\n"
    found = extra({"shapes.ttl": importing.encode()})
    assert [result.message.en.split()[1] for result in found.results if result.cause == "shape-import"] == [
        "<http://ex.example/one>", "<http://ex.example/two>"
    ]  # fmt: skip


def test_a_report_on_nothing_says_so_first_and_in_json() -> None:
    found = validated("", thing("ex:a a ex:Other ."))
    assert (found.conforms, found.to_json()["nothing_validated"]) == (True, True)
    assert found.to_text("en").startswith("Nothing was validated (")
    assert "Warning 1" in found.to_text("en")
