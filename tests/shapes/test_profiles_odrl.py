"""ODRL policies: a sound offer, deprecated terms with their replacement, and policies labelled by others."""

import json
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Triple, parse

from shapes.profiles import Profiles
from shapes.report import Report, Severity
from shapes.validation import Validator

PREFIXES = """@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix ex: <https://example.jp/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
"""
OFFER = """
ex:data a dcat:Dataset ; odrl:hasPolicy ex:offer .
ex:offer a odrl:Offer ; odrl:assigner ex:city ; odrl:conflict odrl:prohibit ; odrl:permission [
    odrl:action odrl:use ;
    odrl:constraint [ odrl:and [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lteq ;
                                 odrl:rightOperand "2026-03-31"^^xsd:date ] ,
                               [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:isA ;
                                 odrl:rightOperand ex:study ] ] ;
    odrl:duty [ odrl:action odrl:attribute ] ] .
"""  # fmt: skip

# Where labels and ODRL 2.2 part, or where SHACL cannot see what the label sees.
UNLIKE_THE_LABEL = {
    "samples/sample000.ttl": "holds no policy at all: nothing is validated, which the report says",
    "samples/sample019.ttl": "each rule of an agreement would need its own assignee; the model asks for one",
    "samples/sample024.ttl": "labelled valid with text as left operand; the model asks for an IRI",
    "samples/sample034.ttl": "labelled valid(?) with text as action; the model asks for an IRI",
    "samples/sample036.ttl": "labelled valid(?), a prohibition without action or target",
    "samples/sample055.ttl": "labelled valid with a left operand that ODRL 2.2 does not have, and no action",
    "samples/sample060.ttl": "an operator of another namespace: a profile could define it",
    "samples/sample064.ttl": "a conflict strategy of another namespace: a profile could define it",
    "samples/sample076.ttl": "a described right operand: lists are described nodes too",
}


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator(Profiles.shipped())


def _report(validator: Validator, turtle: str, level: str = "full") -> Report:
    triples: list[Triple] = [quad.triple for quad in parse((PREFIXES + turtle).encode(), format=RdfFormat.TURTLE)]
    return validator.validate_document(triples, profile="odrl", level=level)


def test_an_offer_on_a_dataset_is_sound_without_target_of_its_own(validator: Validator) -> None:
    assert _report(validator, OFFER).results == ()


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("odrl:hasPolicy ex:offer", "", "odrl-target-required"),
        ("odrl:assigner ex:city ;", "", "odrl-assigner-required"),
        ("odrl:assigner ex:city ;", "odrl:assigner ex:city , ex:town ;", "odrl-assigner-one"),
        ("odrl:action odrl:use ;", "", "odrl-action-required"),
        ("odrl:action odrl:attribute", "odrl:assigner ex:city", "odrl-action-required"),
        ("odrl:leftOperand odrl:purpose ;", "", "odrl-leftOperand"),
        ("odrl:operator odrl:isA ;", "", "odrl-operator"),
        ("odrl:operator odrl:isA ;", "odrl:operator odrl:is ;", "odrl-operator-unknown"),
        ("odrl:rightOperand ex:study", "", "odrl-rightOperand"),
        ("odrl:conflict odrl:prohibit", "odrl:conflict odrl:deny", "odrl-conflict"),
        ("a odrl:Offer ;", "a odrl:Offer , odrl:Agreement ;", "odrl-kind-disjoint"),
        ("odrl:action odrl:use ;", "odrl:action odrl:peruse ;", "odrl-action-unknown"),
    ],
)
def test_a_fault_of_a_policy_is_named(old: str, new: str, cause: str, validator: Validator) -> None:
    assert old in OFFER
    report = _report(validator, OFFER.replace(old, new, 1))
    assert not report.conforms
    assert cause in {result.cause for result in report.results}


@pytest.mark.parametrize(
    ("term", "replacement"),
    [("copy", "odrl:reproduce"), ("pay", "odrl:compensate"), ("commercialize", "cc:CommercialUse"), ("lend", None)],
)
def test_a_deprecated_action_is_a_warning_with_its_replacement(
    term: str, replacement: str | None, validator: Validator
) -> None:
    report = _report(validator, OFFER.replace("odrl:action odrl:use", f"odrl:action odrl:{term}"), "recommended")
    (result,) = report.results
    assert (result.severity, result.cause) == (Severity.WARNING, f"odrl-{term}-deprecated")
    assert (replacement or "names no replacement") in result.message.en


def test_policies_labelled_by_others_are_judged_alike(shared: Path, validator: Validator) -> None:
    folder = shared / "data/odrl/odrl-validation"
    labels = {case["file"]: case["valid"] for case in json.loads((folder / "labels.jsonld").read_text())["@graph"]}
    verdicts = {
        name: validator.validate_document(
            [quad.triple for quad in parse(path=folder / name, format=RdfFormat.TURTLE)], profile="odrl", level="full"
        ).conforms
        for name in labels
    }
    assert {name for name in labels if labels[name] != verdicts[name]} == set(UNLIKE_THE_LABEL)
