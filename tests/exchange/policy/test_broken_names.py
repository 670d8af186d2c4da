"""Names that are no absolute IRIs: nobody can ask by them, so a prohibition of them must not be passed over."""

import pytest

from exchange.policy.decision import Verdict

ANY = "odrl:permission [ odrl:action odrl:read ]"
BROKEN = ["<http://example.org/a b>", "<x>", "<#x>", "<>", '"x"', "5", "[ odrl:uid <x> ]", "[ odrl:source <a|b> ]"]


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("part", ["target", "assignee"])
def test_what_a_broken_name_forbids_is_forbidden(kit, name, part):
    forbidden = f"odrl:prohibition [ odrl:action odrl:read ; odrl:{part} {name} ]"
    decision = kit.decided(f"ex:p a odrl:Set ; odrl:conflict odrl:prohibit ; {ANY} ; {forbidden} .")
    assert decision.verdict is not Verdict.PERMIT
    assert decision.report.faults


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_name_is_permitted_nothing(kit, name):
    turtle = f"ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:read ; odrl:target {name} ] ."
    assert kit.decided(turtle).verdict is not Verdict.PERMIT


@pytest.mark.parametrize("value", ["<x>", "<http://example.org/a b>", "(ex:alice <http://example.org/a b>)"])
def test_a_broken_name_as_the_value_of_a_constraint_tells_nothing(kit, value):
    limit = (
        f"odrl:constraint [ odrl:leftOperand odrl:recipient ; odrl:operator odrl:isAnyOf ; odrl:rightOperand {value} ]"
    )
    forbidden = f"odrl:prohibition [ odrl:action odrl:read ; {limit} ]"
    turtle = f"ex:p a odrl:Set ; odrl:conflict odrl:prohibit ; {ANY} ; {forbidden} ."
    request = kit.asked(recipient=kit.value("http://example.org/bob", source="token"))
    assert kit.decided(turtle, request).verdict is not Verdict.PERMIT


def test_a_policy_may_be_called_by_a_relative_name_and_what_it_names_whole_is_found(kit):
    turtle = "<> a odrl:Set ; odrl:permission [ odrl:action odrl:read ; odrl:target ex:x ] . ex:p odrl:inheritFrom <> ; a odrl:Set ."
    assert kit.decided(turtle).verdict is Verdict.PERMIT


@pytest.mark.parametrize("text", ["'some text'", "'http://example.org/x'", "'x'@en"])
def test_an_asset_written_as_a_text_is_told_and_grants_nothing(kit, text):
    """The labelled suite holds such policies valid, so it is a warning."""
    turtle = f"ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:read ; odrl:target {text} ] ."
    assert [each.code for each in kit.parsed(turtle).faults] == ["scope-literal"]
    assert not kit.decided(turtle).permitted


def test_a_prohibition_of_an_asset_written_as_a_text_forbids_and_an_address_is_no_text(kit):
    said = "odrl:action odrl:read ; odrl:target"
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {said} 'http://example.org/x'^^xsd:anyURI ]"
    assert kit.decided(f"{turtle} .").permitted
    assert not kit.decided(f"{turtle} ; odrl:prohibition [ {said} 'y' ] .").permitted
