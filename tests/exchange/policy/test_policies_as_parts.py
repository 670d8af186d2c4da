"""Assets, parties and constraints that bear the class or the rules of a policy, too: they keep what restricts."""

import pytest

from exchange.policy.decision import Verdict

NEVER = '[ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lt ; odrl:rightOperand "2000-01-01"^^xsd:date ]'
OTHERS = ["a odrl:Set", "a odrl:Offer", "odrl:permission [ odrl:action odrl:use ]"]


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize(("part", "name"), [("target", "ex:x"), ("assignee", "ex:alice")])
def test_a_collection_that_is_a_policy_keeps_its_refinement(kit, other, part, name):
    rule = f"odrl:action odrl:read ; odrl:{part} {name}"
    both = f"{name} {other} ; odrl:refinement {NEVER} ."
    decision = kit.decided(f"ex:p a odrl:Set ; odrl:permission [ {rule} ] . {both}")
    assert decision.verdict is not Verdict.PERMIT


@pytest.mark.parametrize("other", OTHERS)
def test_a_constraint_that_is_a_policy_is_read(kit, other):
    inner = f"ex:both {other} ; {NEVER[1:-1]} ."
    rule = "odrl:action odrl:read ; odrl:constraint ex:both"
    policy = kit.parsed(f"ex:p a odrl:Set ; odrl:permission [ {rule} ] . {inner}")
    assert policy.permissions[0].constraints[0].operator.endswith("lt")


@pytest.mark.parametrize("other", OTHERS)
def test_a_rule_that_is_a_policy_is_read_whole(kit, other):
    rule = f"ex:both {other} ; odrl:action odrl:read ; odrl:target ex:x ."
    decision = kit.decided(f"ex:p a odrl:Set ; odrl:prohibition ex:both . {rule}")
    assert decision.verdict is Verdict.DENY


def test_of_a_policy_that_is_the_target_of_another_only_the_name_counts(kit):
    other = (
        "ex:x a odrl:Set ; odrl:profile ex:unknown ; odrl:prohibition [ odrl:action odrl:read ] ; odrl:target ex:y ."
    )
    rule = "odrl:action odrl:read ; odrl:target ex:x"
    assert kit.decided(f"ex:p a odrl:Set ; odrl:permission [ {rule} ] . {other}").verdict is Verdict.PERMIT


@pytest.mark.parametrize("strange", ["odrl:refinments", "odrl:constraint"])
def test_what_may_restrict_a_part_under_a_wrong_name_counts_at_a_policy_too(kit, strange):
    both = f"ex:x a odrl:Set ; {strange} {NEVER} ."
    rule = "odrl:action odrl:read ; odrl:target ex:x"
    decision = kit.decided(f"ex:p a odrl:Set ; odrl:permission [ {rule} ] . {both}")
    assert decision.verdict is not Verdict.PERMIT
