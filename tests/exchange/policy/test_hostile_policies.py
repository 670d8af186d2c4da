"""Policies written to break the engine: never a permit, never a crash, never for long, always with a reason."""

import pytest

from exchange.policy.checking import PolicyDocument
from exchange.policy.decision import Verdict
from exchange.policy.vocabulary import shipped
from ontology.reading import Unreadable

READ = "odrl:assignee ex:alice ; odrl:target ex:x ; odrl:action odrl:read"
CODE = [
    "{{ ''.__class__.__mro__ }}",
    "__import__('os').system('touch /tmp/renkei-pwned')",
    "'; DROP TABLE policies; --",
    '"""',
    "{0.__globals__}",
    "%(x)s ${x} {{7*7}} <%= 7 %>",
    "\\u0000\\ud800",
]
PURPOSE = "odrl:leftOperand odrl:purpose ; odrl:operator odrl:eq ; odrl:rightOperand"


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.parametrize("text", CODE)
def test_a_literal_is_a_literal(kit, text):
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {READ} ; odrl:constraint [ {PURPOSE} {quoted(text)} ] ] ."
    assert kit.decided(turtle).verdict is Verdict.INDETERMINATE
    assert kit.decided(turtle, kit.asked(purpose=kit.value(text))).permitted
    assert kit.decided(turtle, kit.asked(purpose=kit.value("49"))).verdict is Verdict.DENY


@pytest.mark.parametrize("text", CODE[:6])
def test_a_literal_where_a_name_belongs_is_told_as_it_is_and_grants_nothing(kit, text):
    turtle = f"ex:p a odrl:Set ; odrl:profile {quoted(text)} ; odrl:permission [ {READ} ] ."
    decision = kit.decided(turtle)
    assert decision.verdict is Verdict.INDETERMINATE
    assert text in decision.report.reasons[1].en


def test_ten_thousand_rules_are_taken_and_one_more_is_not(kit):
    many = " , ".join(f"ex:t{count}" for count in range(100))
    rules = f"[ odrl:action odrl:read ; odrl:target {many} ; odrl:assignee {many} ]"
    asked = kit.asked(party="t99", target="t99")
    assert kit.decided(f"ex:p a odrl:Set ; odrl:permission {rules} .", asked).permitted
    decision = kit.decided(f"ex:p a odrl:Set ; odrl:permission [ {READ} ] , {rules} .", asked)
    assert decision.verdict is Verdict.INDETERMINATE
    assert "10,000" in decision.report.reasons[1].en


def test_a_cross_product_beyond_the_limit_is_refused_before_it_is_made(kit):
    many = " , ".join(f"ex:t{count}" for count in range(300))
    turtle = (
        f"ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:read ; odrl:target {many} ; odrl:assignee {many} ] ."
    )
    assert kit.decided(turtle).verdict is Verdict.INDETERMINATE
    assert not kit.parsed(turtle).permissions


def nested(depth):
    links = " ".join(f"ex:c{count} odrl:or ( ex:c{count + 1} ) ." for count in range(depth - 1))
    now = "odrl:leftOperand odrl:dateTime ; odrl:operator odrl:gt ; odrl:rightOperand '2020-01-01'^^xsd:date"
    return f"ex:p a odrl:Set ; odrl:permission [ {READ} ; odrl:constraint ex:c0 ] . {links} ex:c{depth - 1} {now} ."


def test_a_hundred_constraints_within_each_other_are_taken_and_one_more_is_not(kit):
    assert kit.decided(nested(100)).permitted
    for depth in (101, 5_000):
        decision = kit.decided(nested(depth))
        assert decision.verdict is Verdict.INDETERMINATE
        assert any("100" in reason.en for reason in decision.report.reasons)


def test_a_logical_constraint_within_itself_is_unknown(kit):
    turtle = (
        f"ex:p a odrl:Set ; odrl:permission [ {READ} ; odrl:constraint ex:a ] . ex:a odrl:or ex:b . ex:b odrl:or ex:a ."
    )
    decision = kit.decided(turtle)
    assert decision.verdict is Verdict.INDETERMINATE
    assert "contains itself" in decision.report.faults[0].message.en


def test_constraints_shared_over_many_levels_do_not_multiply(kit):
    levels = " ".join(
        f"ex:c{count} odrl:and ex:c{count + 1} , ex:d{count + 1} . ex:d{count} odrl:or ex:c{count + 1} , ex:d{count + 1} ."
        for count in range(60)
    )
    decision = kit.decided(f"ex:p a odrl:Set ; odrl:permission [ {READ} ; odrl:constraint ex:c0 ] . {levels}")
    assert decision.verdict is Verdict.INDETERMINATE
    assert "too many constraints" in " ".join(fault.message.en for fault in decision.report.faults)


def test_a_list_without_an_end_is_unknown(kit):
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {READ} ; odrl:constraint [ odrl:or ex:l ] ] . ex:l rdf:first ex:c ; rdf:rest ex:l ."
    assert kit.decided(turtle).verdict is Verdict.INDETERMINATE


@pytest.mark.parametrize(
    "body",
    [
        "odrl:permission 'read'",
        "odrl:permission 5",
        "odrl:conflict ex:mine",
        "a odrl:Offer , odrl:Agreement",
        "odrl:inheritFrom ex:p",
        "odrl:inheritFrom 'me'",
        "dct:isReplacedBy ex:p",
        "odrl:profile ''",
    ],
)
def test_what_makes_no_sense_voids_the_policy(kit, body):
    decision = kit.decided(f"ex:p a odrl:Agreement ; odrl:permission [ {READ} ] ; {body} .")
    assert decision.verdict is Verdict.INDETERMINATE
    assert all(reason.ja and reason.en for reason in decision.report.reasons)


@pytest.mark.parametrize(
    "rule",
    [
        "odrl:action 'odrl:read'",
        "odrl:action []",
        "odrl:action odrl:read ; odrl:target []",
        "odrl:action odrl:read ; odrl:assignee [ a odrl:PartyCollection ]",
        "odrl:action odrl:read ; odrl:constraint 'always'",
        "odrl:action odrl:read ; odrl:constraint []",
        "odrl:action odrl:read ; odrl:constraint ex:nowhere",
        "odrl:action odrl:read ; odrl:constraint [ odrl:or () ]",
        "odrl:action odrl:read ; odrl:constraint [ odrl:and ex:a ; odrl:or ex:a ]",
        "odrl:action odrl:read ; odrl:duty []",
        "odrl:action odrl:read ; odrl:duty 'pay'",
        "odrl:action [ rdf:value odrl:read , odrl:print ]",
    ],
)
def test_a_rule_of_wrong_parts_grants_nothing(kit, rule):
    assert not kit.decided(f"ex:p a odrl:Set ; odrl:permission [ {rule} ] .").permitted


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"{", b"[" * 100_000, b'{"@id": "x:p", "a": NaN}', b"\0" * 1000])
def test_what_is_no_document_is_refused_with_a_reason(data):
    with pytest.raises((Unreadable, ValueError)):
        PolicyDocument.read(data, name="p.json").policies(shipped())


def test_a_document_without_a_policy_has_none():
    assert PolicyDocument.read(b"<a:a> <a:b> <a:c> .", name="p.ttl").policies(shipped()) == ()


def test_a_chain_of_a_hundred_parents_is_not_followed_to_its_end(kit):
    chain = " ".join(f"ex:q{count} a odrl:Set ; odrl:inheritFrom ex:q{count + 1} ." for count in range(100))
    decision = kit.decided(f"ex:p a odrl:Set ; odrl:inheritFrom ex:q0 ; odrl:permission [ {READ} ] . {chain}")
    assert decision.verdict is Verdict.INDETERMINATE
