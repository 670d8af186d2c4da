"""Words where they have no meaning: each may have restricted a rule, so nothing is granted by it."""

import orjson
import pytest

from exchange.policy.checking import PolicyDocument
from exchange.policy.decision import Verdict
from exchange.policy.vocabulary import shipped

READ = "odrl:action odrl:read ; odrl:target ex:x ; odrl:assignee ex:alice"
NEVER = '[ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lt ; odrl:rightOperand "2000-01-01"^^xsd:date ]'
EVER = "odrl:leftOperand odrl:dateTime ; odrl:operator odrl:gt ; odrl:rightOperand '2000-01-01'"


@pytest.mark.parametrize(
    "rule",
    [
        f"odrl:action odrl:read ; odrl:assignee [ a odrl:PartyCollection ; odrl:source ex:alice ; odrl:constraint {NEVER} ]",
        f"odrl:action odrl:read ; odrl:assignee [ odrl:source ex:alice ; odrl:refinements {NEVER} ]",
        f"odrl:action odrl:read ; odrl:target [ odrl:source ex:x ; ex:refinement {NEVER} ]",
        f"odrl:action [ rdf:value odrl:read ; odrl:constraint {NEVER} ]",
        f"odrl:action [ rdf:value odrl:read ; odrl:refinment {NEVER} ]",
        "odrl:action odrl:read ; ex:assignee ex:bob",
        "odrl:action odrl:read ; ex:preDuty [ odrl:action odrl:inform ]",
        f"{READ} ; odrl:constraint [ {EVER} ; odrl:refinement {NEVER} ]",
        f"{READ} ; odrl:constraint [ {EVER} ; odrl:dataType xsd:date , xsd:string ]",
        f"{READ} ; odrl:constraint [ odrl:or ( [ {EVER} ] ) ; odrl:not {NEVER} ]",
        f"{READ} ; odrl:constraint [ odrl:and ( [ {EVER} ] ) ; odrl:constraint {NEVER} ]",
    ],
)
def test_a_restriction_under_a_wrong_name_grants_nothing(kit, rule):
    assert kit.decided(f"ex:p a odrl:Set ; odrl:permission [ {rule} ] .").verdict is Verdict.INDETERMINATE


@pytest.mark.parametrize(
    "said",
    [
        *(f"odrl:{name} [ {READ} ]" for name in ("prohibitions", "prohibit", "Prohibition")),
        f"<http://www.w3.org/ns/odrl/prohibition> [ {READ} ]",
        f"odrl:constraints {NEVER}",
        f"odrl:refinement {NEVER}",
        "odrl:profiles ex:unknown",
        "odrl:inheritsFrom ex:q",
    ],
)
def test_a_property_of_the_policy_that_has_no_meaning_voids_it(kit, said):
    decision = kit.decided(f"ex:p a odrl:Set ; odrl:permission [ {READ} ] ; {said} .")
    assert [fault.code for fault in decision.report.faults] == ["policy-property"]
    assert decision.verdict is Verdict.INDETERMINATE


def test_metadata_restricts_nothing(kit):
    said = "dct:conditionsOfUse 'none' ; dct:title 'P' ; odrl:uid ex:p ; odrl:inheritAllowed true ; ex:dutyOfficer ex:o"
    of_asset = "ex:x dct:conditionsOfAccess 'none' ; odrl:partOf ex:all ; odrl:hasPolicy ex:p ."
    assert kit.decided(f"ex:p a odrl:Set ; odrl:permission [ {READ} ] ; {said} . {of_asset}").permitted


def test_a_policy_may_be_its_own_target(kit):
    turtle = "ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:read ; odrl:target ex:p ] ."
    assert kit.decided(turtle, kit.asked(target="p")).permitted


@pytest.mark.parametrize("asset", ["odrl:source ex:a , ex:x", "odrl:source ex:x , ex:z", "odrl:source []"])
def test_a_prohibition_of_an_asset_with_several_names_is_not_passed_over(kit, asset):
    forbidden = f"odrl:prohibition [ odrl:action odrl:read ; odrl:target [ {asset} ] ]"
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {READ} ] ; {forbidden} ."
    assert kit.decided(turtle).verdict is Verdict.INDETERMINATE


def test_source_and_uid_both_name_a_collection(kit):
    forbidden = "odrl:prohibition [ odrl:action odrl:read ; odrl:target [ odrl:source ex:y ; odrl:uid ex:x ] ]"
    decided = kit.decided(f"ex:p a odrl:Set ; odrl:permission [ {READ} ] ; {forbidden} .")
    assert decided.verdict is Verdict.DENY


def test_a_duty_of_the_whole_policy_is_one_of_each_permission(kit):
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {READ} ] ; odrl:duty [ odrl:action odrl:inform ] ."
    assert kit.decided(turtle).verdict is Verdict.DENY
    assert kit.decided(turtle, None, kit.world([kit.done("inform")])).permitted


AFTER = "odrl:leftOperand odrl:delayPeriod"


@pytest.mark.parametrize(
    "duty",
    [
        f"odrl:action odrl:delete ; odrl:foo 1 ; odrl:constraint [ {AFTER} ; odrl:operator odrl:lteq ; odrl:rightOperand 'P1D' ]",
        f"odrl:action ex:unheard ; odrl:constraint [ {AFTER} ; odrl:operator odrl:lteq ; odrl:rightOperand 'P1D' ]",
        f"odrl:constraint [ {AFTER} ; odrl:operator odrl:lteq ; odrl:rightOperand 'P1D' ]",
        f"odrl:action odrl:delete ; odrl:constraint [ {AFTER} ; odrl:operator ex:within ; odrl:rightOperand 'P1D' ]",
        f"odrl:action odrl:delete ; odrl:constraint [ {AFTER} ; odrl:operator odrl:lteq ; odrl:rightOperand 'soon' ]",
        f"odrl:action odrl:delete ; odrl:constraint [ {AFTER} ; odrl:operator odrl:lteq ; odrl:rightOperandReference ex:z ]",
    ],
)
def test_a_duty_for_later_that_nobody_understands_grants_nothing(kit, duty):
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {READ} ; odrl:duty [ {duty} ] ] ."
    assert kit.decided(turtle).verdict is Verdict.INDETERMINATE


def test_a_duty_for_later_that_is_understood_lets_the_use_go_ahead(kit):
    when = f"odrl:constraint [ {AFTER} ; odrl:operator odrl:lteq ; odrl:rightOperand 'P1D' ]"
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {READ} ; odrl:duty [ odrl:action odrl:delete ; {when} ] ] ."
    assert kit.decided(turtle).permitted


@pytest.mark.parametrize("datatype", ["'no IRI'", "[]", "ex:unheard"])
def test_a_datatype_that_is_none_is_unknown(kit, datatype):
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {READ} ; odrl:constraint [ {EVER} ; odrl:dataType {datatype} ] ] ."
    assert kit.decided(turtle).verdict is Verdict.INDETERMINATE


@pytest.mark.parametrize("status", ["[]", "-5", "'-INF'^^xsd:double", "'9.9e999999'^^xsd:double", "'NaN'^^xsd:double"])
def test_what_is_used_up_is_a_number_of_uses(kit, status):
    count = "odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 10"
    turtle = (
        f"ex:p a odrl:Set ; odrl:permission [ {READ} ; odrl:constraint ex:c ] . ex:c {count} ; odrl:status {status} ."
    )
    used = kit.world(counters={("http://example.org/p", "http://example.org/c"): kit.value(0, "counter")})
    assert kit.decided(turtle, None, used).verdict is Verdict.INDETERMINATE


def test_a_status_of_what_is_not_counted_is_not_passed_over(kit):
    limit = "odrl:leftOperand odrl:elapsedTime ; odrl:operator odrl:lteq ; odrl:rightOperand 'P30D'"
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {READ} ; odrl:constraint [ {limit} %s ] ] ."
    state = kit.world(elapsedTime=kit.value("P2D", "counter"))
    assert kit.decided(turtle % "", None, state).permitted
    assert kit.decided(turtle % "; odrl:status 'P29D'", None, state).verdict is Verdict.INDETERMINATE


@pytest.mark.parametrize("kind", ["odrl:offer", "odrl:Set , odrl:Ofer", "odrl:Permission"])
def test_a_class_that_odrl_does_not_have_is_not_taken_for_a_set(kit, kind):
    decision = kit.decided(f"ex:p a {kind} ; odrl:permission [ {READ} ] .")
    assert [fault.code for fault in decision.report.faults] == ["policy-class"]
    assert decision.verdict is Verdict.INDETERMINATE


def test_a_key_like_a_keyword_of_json_ld_is_not_lost_without_a_word():
    rule = {
        "action": "read",
        "@constraint": {"leftOperand": "dateTime", "operator": "lt", "rightOperand": "2000-01-01"},
    }
    policy = {"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Set", "uid": "urn:ex:p", "permission": [rule]}
    document = PolicyDocument.read(orjson.dumps(policy), media_type="application/ld+json")
    assert [fault.code for policy in document.policies(shipped()) for fault in policy.faults] == ["key-dropped"]


@pytest.mark.parametrize(
    "name", ["http://x.example/y?term=prohibition", "http://x.example/prohibitions/", "urn:prohibit"]
)
def test_a_prohibition_is_told_from_metadata_however_its_property_is_written(kit, name):
    decision = kit.decided(f"ex:p a odrl:Set ; odrl:permission [ {READ} ] ; <{name}> [ {READ} ] .")
    assert [fault.code for fault in decision.report.faults] == ["policy-property"]
