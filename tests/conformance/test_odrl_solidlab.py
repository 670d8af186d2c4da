"""SolidLab's ODRL test suite: activation and every described premise of all cases, by the duty mode it has in mind."""

from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from exchange.policy.compiling import Compiled
from exchange.policy.decision import Premise, PremiseKind, RuleReport
from exchange.policy.documents import policies
from exchange.policy.graph import Graph
from exchange.policy.options import DutyMode, Options
from exchange.policy.situations import read_request, read_world
from exchange.policy.vocabulary import shipped

REPORT = "https://w3id.org/force/compliance-report#"
EX = "http://example.org/"
# 065 names three premise reports that it does not describe; those it describes and leaves unnamed are compared instead.
CASES = 45


def triples(path: Path) -> list[Triple]:
    return [quad.triple for quad in parse(path.read_bytes(), RdfFormat.TURTLE)]


@pytest.fixture(scope="module")
def suite(shared: Path) -> Path:
    return shared / "data" / "odrl" / "solidlab-test-suite"


@pytest.fixture(scope="module")
def by_name(suite: Path) -> dict[str, Path]:
    """The file of each policy, request and state of the world."""
    found = {}
    for folder in ("policies", "requests", "sotw"):
        for path in (suite / folder).glob("*.ttl"):
            for triple in triples(path):
                found.setdefault(str(triple.subject), path)
    return found


class Case:
    def __init__(self, path: Path, by_name: dict[str, Path]) -> None:
        self.graph = Graph(triples(path))
        node = next(each for each in self.graph.subjects() if NamedNode(EX + "TestCase") in self.graph.types(each))
        files = {
            key: by_name[str(self.graph.values(node, NamedNode(EX + key))[0])] for key in ("policy", "request", "sotw")
        }
        [policy] = policies(files["policy"].read_bytes(), name="policy.ttl", knows_profile=shipped().knows_profile)
        request, _ = read_request(triples(files["request"]))
        compiled = Compiled(policy, shipped(), Options(duty_mode=DutyMode.NOT_VIOLATED))
        self.decision = compiled.decide(request, read_world(triples(files["sotw"])))
        report = self.graph.values(node, NamedNode(EX + "expectedReport"))[0]
        self.expected = {
            self.one(each, "rule"): each for each in self.graph.values(report, NamedNode(REPORT + "ruleReport"))
        }

    def one(self, node: NamedNode | BlankNode | Literal, local: str) -> str:
        values = self.graph.values(node, NamedNode(REPORT + local))
        return values[0].value.removeprefix(REPORT) if values else ""

    def premises(self, node: NamedNode | BlankNode | Literal) -> list[NamedNode | BlankNode | Literal]:
        return self.graph.values(node, NamedNode(REPORT + "premiseReport"))

    def kind(self, node: NamedNode | BlankNode | Literal) -> str:
        return next((each.value.removeprefix(REPORT) for each in self.graph.types(node)), "")


KINDS = {"ActionReport": PremiseKind.ACTION, "TargetReport": PremiseKind.TARGET, "PartyReport": PremiseKind.PARTY}


def states(case: Case, node: NamedNode | BlankNode | Literal) -> set[tuple[str, str, str]]:
    """Described premises, constraints inside others too, as (kind, constraint, state)."""
    found = set()
    for premise in case.premises(node):
        if kind := case.kind(premise):
            named = KINDS.get(kind, PremiseKind.CONSTRAINT)
            found.add((named.value, case.one(premise, "constraint"), case.one(premise, "satisfactionState").lower()))
            found |= states(case, premise)
    return found


def ours(premises: tuple[Premise, ...]) -> set[tuple[str, str, str]]:
    found = set()
    for premise in premises:
        found.add((premise.kind.value, premise.node, premise.state.value))
        found |= ours(premise.parts)
    return found


def case_names() -> list[str]:
    names = Path(__file__).parents[3] / "shared" / "data" / "odrl" / "solidlab-test-suite" / "test_cases"
    return sorted(path.name for path in names.glob("*.ttl")) or ["none"]


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
