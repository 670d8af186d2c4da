"""The cases of the W3C draft "ODRL Formal Semantics", judged by the table in its text (its JSON reports lag behind)."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from exchange.policy.asking import Value
from exchange.policy.checking import PolicyDocument
from exchange.policy.compiling import Compiled
from exchange.policy.decision import Activation, Decision, Deontic, Performance, Satisfaction, Verdict
from exchange.policy.reportmodels import FORMAL_SEMANTICS
from exchange.policy.reports import report_triples
from exchange.policy.situations import read_request, read_world
from exchange.policy.vocabulary import Vocabulary, shipped
from ontology.reading import read

TABLE = {
    "A11": Verdict.PERMIT,
    "A12": Verdict.DENY,
    "B11": Verdict.PERMIT,
    "B12": Verdict.DENY,
    "C12": Verdict.PERMIT,
    "C21": Verdict.PERMIT,
}
# Faults of the cases themselves: C names billie1 who is billie in the policy, and B writes its number as an address.
MENDED = (
    (b"party/billie1", b"party/billie"),
    (b'"@id" : "1000"', b'"@value": "1000"'),
    (b'"@id" : "1300"', b'"@value": "1300"'),
)


def triples(path: Path) -> list[Triple]:
    data = path.read_bytes()
    for faulty, mended in MENDED:
        data = data.replace(faulty, mended)
    return list(read(data, name=path.name, base_iri="http://example.com/"))


# C21 asks for the day of the week, a word of its own; a deployment declares it and its clock gives the value.
DAY_OF_WEEK = """
@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix rk: <urn:renkei:ns#> .
<ex:dayOfWeek> a odrl:LeftOperand ; rk:valueKind "text" ; rk:valueSource "clock" .
"""


@cache
def words() -> Vocabulary:
    return shipped().extended(quad.triple for quad in parse(DAY_OF_WEEK.encode(), RdfFormat.TURTLE))


def decided(shared: Path, case: str) -> Decision:
    folder = shared / "data" / "odrl" / "w3c-formal-semantics" / case
    [policy] = PolicyDocument.read(next(folder.glob("policy*.json")).read_bytes(), name="policy.json").policies(
        shipped()
    )
    request, now = read_request(triples(next(folder.glob("evaluationrequest*.json"))))
    state = [triple for path in sorted(folder.glob("state*.json")) for triple in triples(path)]
    world = read_world(state, now)
    day = Literal("" if world.now is None else world.now.strftime("%A"))
    return Compiled(policy, words()).decide(request, replace(world, values={"ex:dayOfWeek": Value((day,), "clock")}))


@pytest.mark.parametrize("case", TABLE)
def test_the_verdict_is_that_of_the_table(case: str, shared: Path) -> None:
    assert decided(shared, case).verdict is TABLE[case]


def test_a_condition_that_was_paid_for_is_fulfilled_by_the_payment(shared: Path) -> None:
    [report] = decided(shared, "C12").report.rules
    [condition] = report.conditions
    assert (condition.activation, condition.deontic) == (Activation.ACTIVE, Deontic.FULFILLED)
    assert condition.performance is Performance.PERFORMED
    assert condition.satisfied_by == ("https://ex.org/C12Context-A",)


def test_a_refinement_of_the_action_is_held_against_the_request(shared: Path) -> None:
    [report] = decided(shared, "B12").report.rules
    [refinement] = report.premises[0].parts
    assert refinement.state is Satisfaction.UNSATISFIED
    assert refinement.seen is not None
    assert refinement.seen.terms[0].value == "1300"


def test_a_condition_of_another_day_is_inactive_and_lets_the_permission_be(shared: Path) -> None:
    [report] = decided(shared, "C21").report.rules
    assert report.conditions[0].activation is Activation.INACTIVE


# Activation state and control state of the permission, then states of what it rests on, as the JSON reports have them.
REPORTED = {
    "A11": ("Active", "Permit", {"Satisfied"}),
    "A12": ("Inactive", "Deny", {"Not-Satisfied"}),
    "B11": ("Active", "Permit", {"Satisfied"}),
    "B12": ("Active", "Deny", {"Not-Satisfied"}),
    "C12": ("Active", "Permit", {"Active", "Fulfilled", "Performed"}),
    "C21": ("Active", "Permit", {"Inactive", "Not-set", "Unperformed", "Not-Satisfied"}),
}


NAMED = {"A": "constraint/A1", "B": "refinement/B1", "C": "condition/1"}


def reported(shared: Path, case: str) -> tuple[str, str, set[str]]:
    """Activation and control state of the permission in our report, and the states of what the case names."""
    triples = report_triples(decided(shared, case), FORMAL_SEMANTICS)
    said = {(each.subject, each.predicate): each.object for each in triples}
    [rule] = {each.subject for each in triples if each.object == FORMAL_SEMANTICS.term("PermissionReport")}
    [node] = {each.subject for each in triples if each.object == NamedNode(f"http://example.com/{NAMED[case[0]]}")}
    beneath = {node, *(each.object for each in triples if each.subject == node)}
    states = {each.object for each in triples if each.subject in beneath and each.predicate.value.endswith("State")}
    activation, control = (said[rule, FORMAL_SEMANTICS.term(name)] for name in ("activationState", "controlState"))
    return _local(activation), _local(control), set(map(_local, states))


def _local(term: object) -> str:
    assert isinstance(term, NamedNode)
    return term.value.removeprefix(FORMAL_SEMANTICS.namespace)


@pytest.mark.parametrize("case", REPORTED)
def test_the_report_in_terms_of_the_draft_has_its_states_and_control_states(case: str, shared: Path) -> None:
    assert reported(shared, case) == REPORTED[case]


def test_all_cases_of_the_table_are_there(shared: Path) -> None:
    folder = shared / "data" / "odrl" / "w3c-formal-semantics"
    assert {path.parent.name for path in folder.glob("*/evaluationrequest*.json")} == set(TABLE)
