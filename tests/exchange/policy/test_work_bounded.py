"""What one small policy may cost: conditions count once for every rule that they are copied into."""

import orjson
import pytest

from exchange.policy.checking import PolicyDocument, all_faults
from exchange.policy.compiling import Compiled
from exchange.policy.reading import RULE_LIMIT, WORK_LIMIT
from exchange.policy.vocabulary import shipped

CONTEXT = "http://www.w3.org/ns/odrl.jsonld"
NAMES = [f"urn:ex:{number}" for number in range(100)]


def constraints(count):
    return [{"leftOperand": "purpose", "operator": "eq", "rightOperand": f"v{number}"} for number in range(count)]


def read(rule, **more):
    given = {"@context": CONTEXT, "@type": "Set", "@id": "http://example.org/p", "permission": rule, **more}
    [policy] = PolicyDocument.read(orjson.dumps(given), media_type="application/ld+json").policies(shipped())
    return policy


def codes(policy):
    return {fault.code for fault in policy.faults}


CROSS = {"action": NAMES, "target": NAMES[:90]}
DUTY = {"action": "inform", "constraint": constraints(1)}


@pytest.mark.parametrize(
    ("rule", "shared"),
    [
        ({**CROSS, "constraint": constraints(600)}, {}),
        (CROSS, {"constraint": constraints(12)}),
        ({**CROSS, "duty": [{**DUTY, "target": name} for name in NAMES]}, {}),
        ({**CROSS, "duty": {"action": NAMES, "target": "urn:ex:x"}}, {}),
        (CROSS, {"duty": {"action": NAMES, "target": "urn:ex:x"}}),
        ({**CROSS, "target": {"source": "urn:ex:y", "refinement": constraints(1_001)}}, {}),
    ],
)
def test_what_is_copied_into_very_many_rules_is_too_much(rule, shared):
    policy = read(rule, **shared)
    assert policy.void
    assert "too-many-constraints" in codes(policy)
    assert policy.permissions == ()


def test_as_many_rules_as_there_may_be_have_ten_constraints_each():
    policy = read({**CROSS, "target": NAMES, "constraint": constraints(WORK_LIMIT // RULE_LIMIT)})
    assert not policy.faults
    assert len(policy.permissions) == RULE_LIMIT


def test_the_rules_that_one_rule_stands_for_share_what_is_compiled_of_its_duties():
    compiled = Compiled(read({**CROSS, "action": ["read", "print"], "duty": DUTY}), shipped())
    assert len({id(duty) for rule in compiled.permissions for duty in rule.duties}) == 1


def test_a_fault_of_a_constraint_is_told_once_for_all_the_rules_it_stands_in():
    policy = read({**CROSS, "constraint": {**constraints(1)[0], "leftOperand": "urn:ex:nobody"}})
    assert [each.code for each in all_faults(policy, shipped())].count("left-operand") == 1


def test_a_constraint_that_is_broken_is_not_said_to_have_a_nameless_operand_too():
    policy = read({"action": "read", "target": "urn:ex:x", "constraint": {"operator": "eq", "rightOperand": 1}})
    assert [each.code for each in all_faults(policy, shipped())] == ["constraint-incomplete"]
