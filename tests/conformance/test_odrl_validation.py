"""Labelled policies judged by our whole check, and policies of the field read, compiled and brought into normal form."""

from pathlib import Path

import pytest

from exchange.policy.checking import PolicyDocument
from exchange.policy.vocabulary import shipped
from ontology.faults import Unreadable
from tests.conformance.odrl_reading import SUITES, Reading, disagreeing, labelled, read_folder
from tests.conformance.odrl_table import COMMAND, DISAGREEMENTS, PAGE, page


@pytest.fixture(scope="module")
def readings(shared: Path) -> dict[str, Reading]:
    return {name: read_folder(shared, name) for name in SUITES}


def test_validity_is_as_labelled_but_for_the_exceptions_named(shared: Path) -> None:
    assert disagreeing(shared) == set(DISAGREEMENTS)


def test_at_least_65_of_the_69_labels_are_met(shared: Path) -> None:
    labels = {name for name in labelled(shared) if not name.startswith("oval/")}
    assert len(labels) == 69
    assert len(labels - set(DISAGREEMENTS)) >= 65


def test_the_labels_are_of_both_kinds_so_that_agreement_proves_something(shared: Path) -> None:
    valid = [valid for _, valid in labelled(shared).values()]
    assert valid.count(False) >= 20


@pytest.mark.parametrize("name", SUITES)
def test_the_normal_form_of_a_normal_form_is_the_same_graph(name: str, readings: dict[str, Reading]) -> None:
    assert readings[name].changed == []


@pytest.mark.parametrize("name", [name for name in SUITES if name != "odrl-vocab-examples"])
def test_every_document_is_read(name: str, readings: dict[str, Reading]) -> None:
    assert readings[name].refused == {}


def test_json_without_a_context_is_refused_with_that_reason(readings: dict[str, Reading]) -> None:
    refused = readings["odrl-vocab-examples"].refused
    assert len(refused) == 6
    assert all("@context" in reason for reason in refused.values())


def test_a_licence_that_is_not_turtle_is_void_and_names_the_place(shared: Path) -> None:
    path = shared / "data/odrl/dalicc-licences/NCGL-UK-2.0.ttl"
    document = PolicyDocument.read(path.read_bytes(), name=path.name)
    [policy] = document.policies(shipped())
    assert policy.void
    assert "NCGL UK 2.0" in next(str(each.text) for each in document.faults)


def test_a_context_at_an_address_that_nobody_knows_is_refused_by_its_name(shared: Path) -> None:
    path = shared / "data/odrl/mosaicrown/demo/policy/p1.jsonld"
    with pytest.raises(Unreadable, match="localhost:8000"):
        PolicyDocument.read(path.read_bytes(), name=path.name)


def test_the_page_of_results_is_current(shared: Path) -> None:
    assert PAGE.read_text() == page(shared), f"write it again: {COMMAND}"
