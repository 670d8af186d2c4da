"""SolidLab's ODRL test suite: activation and every described premise of all cases, by the duty mode it has in mind."""

from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from exchange.policy.decision import Premise, RuleReport
from tests.conformance.solidlab import REPORT, Case, case_names, files_by_name, ours, states

# 065 names three premise reports that it does not describe; those it describes and leaves unnamed are compared instead.
CASES = 45


@pytest.fixture(scope="module")
def suite(shared: Path) -> Path:
    return shared / "data" / "odrl" / "solidlab-test-suite"


@pytest.fixture(scope="module")
def by_name(suite: Path) -> dict[str, Path]:
    return files_by_name(suite)


@pytest.mark.parametrize("name", case_names())
def test_activation_and_premises_are_as_the_suite_expects(name: str, suite: Path, by_name: dict[str, Path]) -> None:
    case = Case(suite / "test_cases" / name, by_name)
    reports = {report.rule.node: report for report in case.decision.report.rules}
    assert set(reports) == set(case.expected)
    for rule, expected in case.expected.items():
        assert reports[rule].activation == case.one(expected, "activationState").lower()
        assert reports[rule].attempt == case.one(expected, "attemptState").lower()
        assert states(case, expected) <= ours(reports[rule].premises)


@pytest.mark.parametrize("name", case_names())
def test_the_value_seen_is_the_one_the_suite_reports(name: str, suite: Path, by_name: dict[str, Path]) -> None:
    case = Case(suite / "test_cases" / name, by_name)
    seen = {premise.node: premise for report in case.decision.report.rules for premise in constraints(report)}
    for node in case.graph.subjects():
        for left in case.graph.values(node, NamedNode(REPORT + "constraintLeftOperand")):
            premise = seen[case.one(node, "constraint")]
            assert premise.seen is not None
            assert premise.seen.terms == (left,)


def constraints(report: RuleReport) -> list[Premise]:
    pending, found = list(report.premises), []
    while pending:
        premise = pending.pop()
        found.append(premise)
        pending.extend(premise.parts)
    return found


def test_all_cases_of_the_suite_are_there(suite: Path) -> None:
    assert len(list((suite / "test_cases").glob("*.ttl"))) == CASES


def test_a_condition_that_was_fulfilled_names_the_report_that_says_so(suite: Path, by_name: dict[str, Path]) -> None:
    case = Case(suite / "test_cases" / "testcase-060-fulfilled.ttl", by_name)
    [report] = case.decision.report.rules
    [expected] = case.expected.values()
    assert [each.value for each in case.graph.values(expected, NamedNode(REPORT + "conditionReport"))] == list(
        report.conditions[0].satisfied_by
    )
