"""Cases of SolidLab's ODRL test suite, each decided in the duty mode that the suite has in mind."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from exchange.policy.checking import PolicyDocument
from exchange.policy.compiling import Compiled
from exchange.policy.decision import Premise, PremiseKind
from exchange.policy.graph import Graph
from exchange.policy.options import DutyMode, Options
from exchange.policy.situations import read_request, read_world
from exchange.policy.vocabulary import shipped

REPORT = "https://w3id.org/force/compliance-report#"
EX = "http://example.org/"
Term = NamedNode | BlankNode | Literal


def triples(path: Path) -> list[Triple]:
    return [quad.triple for quad in parse(path.read_bytes(), RdfFormat.TURTLE)]


@cache
def files_by_name(suite: Path) -> dict[str, Path]:
    """The file of each policy, request and state of the world."""
    found: dict[str, Path] = {}
    for folder in ("policies", "requests", "sotw"):
        for path in (suite / folder).glob("*.ttl"):
            for triple in triples(path):
                found.setdefault(str(triple.subject), path)
    return found


def case_names() -> list[str]:
    """Known before any fixture is, to name the tests by."""
    shared = Path(os.environ.get("RENKEI_SHARED", Path(__file__).parents[3] / "shared"))
    names = shared / "data" / "odrl" / "solidlab-test-suite" / "test_cases"
    return sorted(path.name for path in names.glob("*.ttl")) or ["none"]


class Case:
    def __init__(self, path: Path, by_name: Mapping[str, Path]) -> None:
        self.graph = Graph(triples(path))
        node = next(each for each in self.graph.subjects() if NamedNode(EX + "TestCase") in self.graph.types(each))
        files = {
            key: by_name[str(self.graph.values(node, NamedNode(EX + key))[0])] for key in ("policy", "request", "sotw")
        }
        [policy] = PolicyDocument.read(files["policy"].read_bytes(), name="policy.ttl").policies(shipped())
        request, _ = read_request(triples(files["request"]))
        compiled = Compiled(policy, shipped(), Options(duty_mode=DutyMode.NOT_VIOLATED))
        self.decision = compiled.decide(request, read_world(triples(files["sotw"])))
        self.report = self.graph.values(node, NamedNode(EX + "expectedReport"))[0]
        self.expected = {
            self.one(each, "rule"): each for each in self.graph.values(self.report, NamedNode(REPORT + "ruleReport"))
        }

    def one(self, node: Term, local: str) -> str:
        values = self.graph.values(node, NamedNode(REPORT + local))
        return values[0].value.removeprefix(REPORT) if values else ""

    def premises(self, node: Term) -> list[Term]:
        return self.graph.values(node, NamedNode(REPORT + "premiseReport"))

    def kind(self, node: Term) -> str:
        return next((each.value.removeprefix(REPORT) for each in self.graph.types(node)), "")


def case_file(shared: Path, name: str) -> Path:
    return shared / "data" / "odrl" / "solidlab-test-suite" / "test_cases" / name


def decided_case(shared: Path, name: str) -> Case:
    path = case_file(shared, name)
    return Case(path, files_by_name(path.parents[1]))


KINDS = {"ActionReport": PremiseKind.ACTION, "TargetReport": PremiseKind.TARGET, "PartyReport": PremiseKind.PARTY}


def states(case: Case, node: Term) -> set[tuple[str, str, str]]:
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
