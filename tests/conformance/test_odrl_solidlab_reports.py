"""SolidLab's suite again: our report is the graph that each case expects, up to the names of the report's nodes."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from exchange.policy.reports import report_triples, turtle
from ontology.description import isomorphic
from ontology.reading import read
from ontology.terms import RDF
from tests.conformance.solidlab import REPORT, case_file, case_names, decided_case, triples

UUID = "urn:uuid:"
# 065 names premise reports that it does not describe, and describes others that nothing names. By what it describes,
# each of these names means another.
MEANT_BY_065 = {
    "0c017c57-edeb-44b2-9347-2825050ecc14": "7870f0e5-3dd3-4ede-b869-87cadc7e430d",
    "13a0c82c-1774-4397-be79-e7468dbd9caf": "9323410c-1c3d-4635-a06b-b77842f9c6db",
    "c2b3c9bb-0bc1-4d31-8815-50134056fab0": "5302fa32-010c-413a-a7a1-25853d9a517a",
    "a6440c0d-e5a3-4ff4-a1a1-e8b65334d5fe": "41deb120-c2af-40c3-8ec2-aa93f3679668",
    "b31d5908-92fa-4e2f-8d6f-5b93674de929": "86039895-bccf-46e9-8c74-8280d43ea22b",
}
# The condition of these is said to be reported by a report on a duty of another policy; that of their own policy has
# none, so ours is one that says so. All else is compared.
CONDITION_OF_ANOTHER_POLICY = (
    "testcase-065-alice.ttl",
    "testcase-066-bob-sell.ttl",
    "testcase-067-alice-past.ttl",
    "testcase-068-bob-write-y-past.ttl",
)
CONDITION = NamedNode(REPORT + "conditionReport")


def expected(path: Path) -> list[Triple]:
    """The graph of a case without what it says of itself as a test."""
    meant = {UUID + name: NamedNode(UUID + other) for name, other in MEANT_BY_065.items()}
    given = triples(path)
    test = next(each.subject for each in given if each.object == NamedNode("http://example.org/TestCase"))
    kept = [each for each in given if each.subject != test]
    return [
        Triple(each.subject, each.predicate, meant.get(getattr(each.object, "value", ""), each.object)) for each in kept
    ]


def unnamed(given: Iterable[Triple]) -> list[Triple]:
    """The graph with blank nodes for the report's own."""
    given = list(given)
    typed = (each for each in given if each.predicate == RDF.type)
    own = {each.subject for each in typed if isinstance(each.object, NamedNode) and REPORT in each.object.value}
    blank = {node: BlankNode(f"r{number}") for number, node in enumerate(own)}
    return [Triple(blank.get(each.subject, each.subject), each.predicate, _in(each.object, blank)) for each in given]


def _in(term: NamedNode | BlankNode | Literal | Triple, blank: dict[object, BlankNode]) -> object:
    return blank.get(term, term)


def is_as_expected(shared: Path, name: str) -> bool:
    ours = report_triples(decided_case(shared, name).decision)
    return isomorphic(unnamed(ours), unnamed(expected(case_file(shared, name))))


def without_conditions(given: Iterable[Triple]) -> list[Triple]:
    given = list(given)
    conditions = {each.object for each in given if each.predicate == CONDITION}
    return [each for each in given if each.predicate != CONDITION and each.subject not in conditions]


@pytest.mark.parametrize("name", sorted(set(case_names()) - set(CONDITION_OF_ANOTHER_POLICY)))
def test_our_report_is_the_graph_that_the_case_expects(name: str, shared: Path) -> None:
    assert is_as_expected(shared, name)


@pytest.mark.parametrize("name", CONDITION_OF_ANOTHER_POLICY)
def test_where_the_condition_is_one_of_another_policy_all_else_is_as_expected(name: str, shared: Path) -> None:
    case = decided_case(shared, name)
    ours, theirs = report_triples(case.decision), expected(case_file(shared, name))
    assert isomorphic(unnamed(without_conditions(ours)), unnamed(without_conditions(theirs)))
    duties = {duty.node for rule in case.decision.compiled.policy.permissions for duty in rule.duties}
    assert duties.isdisjoint(case.decision.world.reports)


def test_the_graph_of_065_as_it_stands_is_not_even_whole(shared: Path) -> None:
    given = triples(case_file(shared, "testcase-065-alice.ttl"))
    described = {each.subject for each in given}
    named = {each.object for each in given if each.predicate == NamedNode(REPORT + "premiseReport")}
    assert {each.value.removeprefix(UUID) for each in named - described} == set(MEANT_BY_065)


def test_the_same_decision_gives_the_same_nodes_and_another_time_others(shared: Path) -> None:
    one, again, later = (
        {each.subject for each in report_triples(decided_case(shared, name).decision)}
        for name in ("testcase-046-alice-read-x-past.ttl",) * 2 + ("testcase-047-alice-read-x-future.ttl",)
    )
    assert one == again
    assert one.isdisjoint(later)


def test_the_turtle_of_a_report_says_all_of_it(shared: Path) -> None:
    decision = decided_case(shared, "testcase-036-alice-read-x.ttl").decision
    assert isomorphic(read(turtle(decision), media_type="text/turtle", base_iri="urn:x:"), report_triples(decision))
