"""The examples of the ODRL Information Model with their labelled presets: what is satisfied and done, what comes of it.

A preset says of constraints, refinements and actions what they are; here each is brought about by values and deeds, and
our states are held against the outcome that the label gives. Where a label names none, there is nothing to compare.
"""

import json
import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from exchange.policy.asking import Performed, Reported, Request, Value, World
from exchange.policy.checking import PolicyDocument
from exchange.policy.compiling import Compiled
from exchange.policy.decision import Decision
from exchange.policy.model import Policy, Rule
from exchange.policy.normalising import read_policy
from exchange.policy.options import Options
from exchange.policy.vocabulary import Vocabulary, shipped
from ontology.description import Description
from ontology.reading import read

ODRL = "http://www.w3.org/ns/odrl/2/"
NOW = datetime(2026, 6, 15, tzinfo=UTC)
# The examples use profiles and an operand of their own and refer to two constraints that they leave to the reader.
OWN = """
@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix rk: <urn:renkei:ns#> . @prefix e: <http://example.com/odrl:profile:> .
e:07 a rk:PolicyProfile . e:08 a rk:PolicyProfile . e:09 a rk:PolicyProfile . e:10 a rk:PolicyProfile .
e:12 a rk:PolicyProfile . e:20 a rk:PolicyProfile .
<http://xmlns.com/foaf/0.1/age> a odrl:LeftOperand ; rk:valueKind "number" ; rk:valueSource "credential" .
"""
LEFT_OUT = """
@prefix odrl: <http://www.w3.org/ns/odrl/2/> .
<http://example.com/p:88/C1> odrl:leftOperand odrl:resolution ; odrl:operator odrl:eq ; odrl:rightOperand 1 .
<http://example.com/p:88/C2> odrl:leftOperand odrl:absoluteSize ; odrl:operator odrl:eq ; odrl:rightOperand 1 .
"""


@cache
def words() -> Vocabulary:
    return shipped().extended(quad.triple for quad in parse(OWN.encode(), RdfFormat.TURTLE))


def policy(path: Path) -> Policy:
    triples = [*read(path.read_bytes(), name=path.name, base_iri="http://example.com/")]
    triples += [quad.triple for quad in parse(LEFT_OUT.encode(), RdfFormat.TURTLE)]
    iri = json.loads(path.read_bytes())["uid"]
    return read_policy(Description.of(iri, triples), knows_profile=words().knows_profile)


def labels() -> list[Any]:
    shared = Path(os.environ.get("RENKEI_SHARED", Path(__file__).parents[3] / "shared"))
    path = shared / "data" / "odrl" / "odrl-im-examples" / "labels.jsonld"
    cases = json.loads(path.read_bytes())["@graph"] if path.exists() else []
    return [pytest.param(case, id=case["@id"].rpartition("_")[2]) for case in cases if case["expectedFinal"]]


class Setting:
    """One preset brought about."""

    def __init__(self, case: dict[str, Any], given: Policy) -> None:
        presets = json.loads(case["presets"])
        self.states = {**presets["defaults"], **presets["instances"]}
        kind, _, number = case["rule"].partition(".")
        self.rule: Rule = getattr(
            given, {"permission": "permissions", "prohibition": "prohibitions", "obligation": "obligations"}[kind]
        )[int(number) - 1]
        self.second_round = self.states.get("dutyEvalRound") == "2" or "round 2" in case["expectedFinal"]

    def holds(self, name: str) -> bool:
        return self.states.get(name) == "Satisfied"

    def request(self) -> Request:
        age = Value((Literal(18 if self.holds("refinement") else 17),), "credential")
        one, two = ("http://example.com/p:88/C1", "http://example.com/p:88/C2")
        parameters = {
            "http://xmlns.com/foaf/0.1/age": age,
            ODRL + "resolution": Value((Literal(1 if self.holds(one) else 2),), "declared"),
            ODRL + "absoluteSize": Value((Literal(1 if self.holds(two) else 2),), "declared"),
        }
        return Request(self.rule.action.iri, self.party, self.rule.target and self.rule.target.iri, parameters)

    @property
    def party(self) -> str:
        named = self.rule.assignee
        return "http://example.com/someone" if named is None or named.collection else named.iri

    def world(self) -> World:
        now = NOW if not self.dated else datetime(2017 if self.holds("constraint") else 2019, 6, 15, tzinfo=UTC)
        friends = {self.party: frozenset({"http://example.com/user44/friends"})}
        reports = {each.node: Reported(each.node, "violated") for each in self.duties if self.second_round}
        return World(now, friends, tuple(self.performed(now)), reports)

    @property
    def dated(self) -> bool:
        return any(getattr(each, "left", "") == ODRL + "dateTime" for each in self.rule.constraints)

    @property
    def duties(self) -> list[Rule]:
        return [*self.rule.duties, *([self.rule] if self.rule.kind == "obligation" else [])]

    def performed(self, now: datetime) -> list[Performed]:
        deeds = {"obligationAction": [self.rule], "dutyAction": [*self.rule.duties], "action": [self.rule]}
        deeds["consequenceAction"] = [each for duty in self.duties for each in duty.consequences]
        deeds["remedyAction"] = [*self.rule.remedies]
        return [
            self.deed(each, now)
            for name, rules in deeds.items()
            if self.states.get(name) == "Exercised"
            for each in rules
        ]

    def deed(self, rule: Rule, now: datetime) -> Performed:
        amount = next((each.right[0].value for each in rule.action.refinements if not hasattr(each, "parts")), "0")
        paid = amount if self.holds("refinement") else "0.01"
        values = {ODRL + "payAmount": Value((Literal(paid),), "payment", "http://dbpedia.org/resource/Euro")}
        values |= {function: Value((NamedNode(scope.iri),), "declared") for function, scope in rule.functions}
        return Performed(rule.action.iri, self.party, rule.target and rule.target.iri, now, values)


def outcome(decision: Decision, setting: Setting) -> str:
    report = decision.report
    if setting.rule.kind == "permission":
        [found] = [each for each in report.rules if each.rule is setting.rule]
        return "Allowed" if found.control else "Not-Allowed"
    if setting.rule.kind == "prohibition":
        [found] = [each for each in report.rules if each.rule is setting.rule]
        return "Infringed" if found.deontic == "violated" else "Not-Infringed"
    [duty] = [each for each in report.duties if each.rule is setting.rule]
    return "Fulfilled" if duty.deontic == "fulfilled" else "Not-Fulfilled"


@pytest.mark.parametrize("case", labels())
def test_a_preset_comes_out_as_its_label_says(case: dict[str, Any], shared: Path) -> None:
    given = policy(shared / "data" / "odrl" / "odrl-im-examples" / case["file"])
    setting = Setting(case, given)
    decision = Compiled(given, words(), Options(what_if=True)).decide(setting.request(), setting.world())
    assert outcome(decision, setting) == case["expectedFinal"].rpartition(" ")[2]


def test_every_example_is_read_without_a_fault_but_for_its_own_profile(shared: Path) -> None:
    faults = {}
    for path in sorted((shared / "data" / "odrl" / "odrl-im-examples").glob("*.json")):
        for each in PolicyDocument.read(path.read_bytes(), name=path.name).policies(words()):
            faults[path.name] = {fault.code for fault in each.faults}
    assert len(faults) == 14
    assert {name: codes for name, codes in faults.items() if codes} == {"im1_example15.json": {"constraint-incomplete"}}
