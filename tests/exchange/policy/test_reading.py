"""Spellings of policies: whatever form one comes in, it means what the Information Model says or grants nothing."""

import orjson
import pytest
from pyoxigraph import RdfFormat, parse

from exchange.policy.checking import PolicyDocument
from exchange.policy.compiling import Compiled
from exchange.policy.decision import Verdict
from exchange.policy.model import LogicalConstraint
from exchange.policy.vocabulary import shipped
from ontology.reading import Unreadable

ALICE = "odrl:assignee ex:alice ; odrl:target ex:x ; odrl:action odrl:read"
NOW = "odrl:leftOperand odrl:dateTime ; odrl:operator odrl:gt ; odrl:rightOperand '2026-01-01T00:00:00Z'^^xsd:dateTime"
PAST = NOW.replace("odrl:gt", "odrl:lt")
JSON = '{"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Set", "uid": "http://example.org/p", %s}'


def codes(kit, turtle):
    return {fault.code for fault in kit.parsed(turtle).faults}


def test_an_unknown_profile_stops_the_evaluation(kit):
    decision = kit.decided(f"ex:p a odrl:Set ; odrl:profile ex:unknown ; odrl:permission [ {ALICE} ] .")
    assert decision.verdict is Verdict.INDETERMINATE
    assert "profile http://example.org/unknown is not known" in decision.report.reasons[1].en


def test_an_offer_releases_nothing_but_can_be_asked_what_if(kit):
    offer = f"ex:p a odrl:Offer ; odrl:permission [ {ALICE} ] ."
    assert kit.decided(offer).verdict is Verdict.NOT_APPLICABLE
    assert kit.decided(offer, what_if=True).verdict is Verdict.PERMIT


def test_a_replaced_policy_is_void_and_its_replacement_decides(kit):
    turtle = f"ex:p a odrl:Set ; dct:isReplacedBy ex:new ; odrl:permission [ {ALICE} ] . ex:new a odrl:Set ; odrl:prohibition [ {ALICE} ] ."
    [policy, *_] = [each for each in all_of(turtle) if each.replaced]
    assert (policy.iri, policy.replaced) == ("http://example.org/new", "http://example.org/p")
    assert Compiled(policy, shipped()).decide(kit.asked(), kit.world()).verdict is Verdict.DENY


def all_of(turtle):
    from_head = "@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix ex: <http://example.org/> . @prefix dct: <http://purl.org/dc/terms/> ."
    return PolicyDocument.read((from_head + turtle).encode(), name="p.ttl").policies(shipped())


def test_a_missing_replacement_voids_the_policy(kit):
    assert "replacement-missing" in codes(
        kit, f"ex:p a odrl:Set ; dct:isReplacedBy ex:new ; odrl:permission [ {ALICE} ] ."
    )


def test_a_target_of_the_policy_is_the_target_of_all_its_rules(kit):
    compact = (
        "ex:p a odrl:Set ; odrl:target ex:x ; odrl:action odrl:read ; odrl:assignee ex:alice ; odrl:permission [ ] ."
    )
    assert kit.decided(compact).permitted
    assert not kit.decided(compact, kit.asked(target="y")).permitted
    assert not kit.decided(compact, kit.asked(party="bob")).permitted
    assert not kit.decided(compact, kit.asked("distribute")).permitted


def test_several_targets_and_actions_are_all_their_combinations(kit):
    turtle = "ex:p a odrl:Set ; odrl:permission [ odrl:target ex:x , ex:y ; odrl:action odrl:read , odrl:print ; odrl:assignee ex:alice ] ."
    assert len(kit.parsed(turtle).permissions) == 4
    assert kit.decided(turtle, kit.asked("print", target="y")).permitted
    assert not kit.decided(turtle, kit.asked("delete")).permitted


def test_an_asset_that_has_the_policy_is_its_target(kit):
    turtle = "ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:read ; odrl:assignee ex:alice ] . ex:x odrl:hasPolicy ex:p ."
    assert kit.decided(turtle).permitted
    assert not kit.decided(turtle, kit.asked(target="y")).permitted


@pytest.mark.parametrize(
    "operands", [f"[ {NOW} ] , [ {PAST} ]", f"( [ {NOW} ] [ {PAST} ] )", f"( [ {NOW} ] ) , ( [ {PAST} ] )"]
)
def test_no_operand_of_a_logical_constraint_is_dropped_in_any_encoding(kit, operands):
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {ALICE} ; odrl:constraint [ odrl:and {operands} ] ] ."
    assert kit.decided(turtle).verdict is Verdict.DENY
    assert kit.decided(turtle.replace("odrl:and", "odrl:or")).verdict is Verdict.PERMIT


def test_operands_written_in_json_are_a_list(kit):
    past = (
        '{"leftOperand": "dateTime", "operator": "lt", "rightOperand": {"@value": "2020-01-01", "@type": "xsd:date"}}'
    )
    given = (
        JSON % f'"permission": [{{"action": "read", "constraint": [{{"and": [{past}, {past.replace("lt", "gt")}]}}]}}]'
    )
    [policy] = PolicyDocument.read(given.encode(), name="p.json").policies(shipped())
    assert [part.operator[-2:] for part in policy.permissions[0].constraints[0].parts] == ["lt", "gt"]
    assert not Compiled(policy, shipped()).decide(kit.asked(), kit.world()).permitted


def test_a_rule_without_a_class_is_what_its_property_says(kit):
    turtle = f"ex:p odrl:prohibition ex:r . ex:r {ALICE} ."
    assert kit.decided(turtle).verdict is Verdict.DENY


def test_a_rule_of_a_class_that_contradicts_its_property_grants_nothing(kit):
    turtle = f"ex:p a odrl:Set ; odrl:permission [ a odrl:Prohibition ; {ALICE} ] ."
    assert kit.decided(turtle).verdict is Verdict.INDETERMINATE


def test_nameless_rules_keep_their_constraints_apart(kit):
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {ALICE} ; odrl:constraint [ {PAST} ] ] , [ odrl:assignee ex:bob ; odrl:target ex:x ; odrl:action odrl:read ] ."
    assert not kit.decided(turtle).permitted
    assert kit.decided(turtle, kit.asked(party="bob")).permitted


def test_a_rule_with_a_name_is_held_to_its_constraints_too(kit):
    turtle = f"ex:p a odrl:Set ; odrl:permission ex:r . ex:r {ALICE} ; odrl:constraint ex:c . ex:c {PAST} ."
    assert kit.decided(turtle).verdict is Verdict.DENY


def test_a_permission_without_an_action_is_active_and_grants_nothing(kit):
    decision = kit.decided("ex:p a odrl:Set ; odrl:permission [ odrl:target ex:x ] .")
    assert decision.verdict is Verdict.INDETERMINATE
    assert decision.report.rules[0].activation == "active"


def test_a_prohibition_without_an_action_forbids_everything(kit):
    turtle = f"ex:p a odrl:Set ; odrl:conflict odrl:prohibit ; odrl:permission [ {ALICE} ] ; odrl:prohibition [ odrl:target ex:x ] ."
    assert kit.decided(turtle).verdict is Verdict.DENY


@pytest.mark.parametrize("prop", ["odrl:constraints", "ex:constraint", "<urn:other#Refinement>", "odrl:atributedParty"])
def test_a_property_that_may_restrict_a_permission_and_has_no_meaning_keeps_it_from_granting(kit, prop):
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {ALICE} ; {prop} [ {NOW} ] ] ."
    assert kit.decided(turtle).verdict is Verdict.INDETERMINATE
    assert "rule-property" in codes(kit, turtle)


def test_a_constraint_of_the_whole_policy_restricts_each_permission(kit):
    turtle = f"ex:p a odrl:Set ; odrl:constraint [ {PAST} ] ; odrl:permission [ {ALICE} ] ."
    assert kit.decided(turtle).verdict is Verdict.DENY


def parents(*edges):
    """ex:p grants nothing by itself; ex:c grants it to Alice."""
    inherits = " ".join(f"ex:{child} odrl:inheritFrom ex:{parent} ." for child, parent in edges)
    names = {name for edge in edges for name in edge} - {"c"}
    policy = " ".join(f"ex:{name} a odrl:Set ." for name in names)
    return f"{policy} {inherits} ex:c a odrl:Set ; odrl:permission [ {ALICE} ] ."


def test_rules_are_inherited_through_three_steps(kit):
    policy = kit.parsed(parents(("p", "a"), ("a", "b"), ("b", "c")))
    assert [iri[-1] for iri in policy.parents] == ["a", "b", "c"]
    assert kit.decided(parents(("p", "a"), ("a", "b"), ("b", "c"))).permitted


def test_a_policy_inherited_on_two_ways_counts_once(kit):
    policy = kit.parsed(parents(("p", "a"), ("p", "b"), ("a", "c"), ("b", "c")))
    assert len(policy.permissions) == 1
    assert not policy.faults


def test_nameless_rules_of_parent_and_child_are_never_taken_for_one_another(kit):
    limit = "odrl:constraint [ odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 1 ]"
    its = f"odrl:permission [ {ALICE} ; {limit} ]"
    policy = kit.parsed(f"ex:p a odrl:Set ; odrl:inheritFrom ex:c ; {its} . ex:c a odrl:Set ; {its} .")
    assert len({rule.node for rule in policy.rules}) == 2
    assert len({rule.constraints[0].node for rule in policy.rules}) == 2


def test_a_circle_of_inheritance_voids_the_policy(kit):
    turtle = parents(("p", "a"), ("a", "b"), ("b", "p"), ("b", "c"))
    assert kit.decided(turtle).verdict is Verdict.INDETERMINATE
    assert "inheritance-circle" in codes(kit, turtle)


def test_a_missing_parent_voids_the_policy(kit):
    turtle = f"ex:p a odrl:Set ; odrl:inheritFrom ex:gone ; odrl:permission [ {ALICE} ] ."
    assert kit.decided(turtle).verdict is Verdict.INDETERMINATE
    assert "parent-missing" in codes(kit, turtle)


def test_a_profile_of_a_parent_is_one_of_the_child(kit):
    turtle = parents(("p", "c")) + "ex:c odrl:profile ex:unknown ."
    assert kit.decided(turtle).verdict is Verdict.INDETERMINATE


def test_what_was_used_up_under_a_parent_is_not_inherited(kit):
    count = "odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 1 ; odrl:status 1"
    policy = kit.parsed(
        f"ex:p a odrl:Set ; odrl:inheritFrom ex:c . ex:c a odrl:Set ; odrl:permission [ {ALICE} ; odrl:constraint [ {count} ] ] ."
    )
    assert policy.permissions[0].constraints[0].status is None


def test_a_context_of_elsewhere_is_never_fetched():
    given = b'{"@context": "https://example.org/context.jsonld", "@type": "Set", "permission": [{"action": "read"}]}'
    with pytest.raises(Unreadable, match="not known here"):
        PolicyDocument.read(given, name="p.json").policies(shipped())


@pytest.mark.parametrize("key", ["constraints", "refinements", "duties", "prohibitions", "conditionSet", "edctype"])
def test_a_key_that_no_context_defines_voids_the_policy_whatever_it_says(kit, key):
    given = JSON % f'"permission": [{{"action": "read", "{key}": [{{"leftOperand": "dateTime"}}]}}]'
    [policy] = PolicyDocument.read(given.encode(), name="p.json").policies(shipped())
    assert policy.void
    assert key in policy.faults[-1].message.ja


def test_a_document_of_which_a_statement_was_lost_is_void(kit):
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {ALICE} ] . ex:p odrl:prohibition [ odrl:action odrl:read ;; : ] ."
    assert kit.decided(turtle).verdict is Verdict.INDETERMINATE


def test_every_constraint_of_catena_x_is_read_with_its_context(shared):
    contexts = [
        "https://w3id.org/catenax/2025/9/policy/odrl.jsonld",
        "https://w3id.org/catenax/2025/9/policy/context.jsonld",
    ]
    samples = sorted((shared / "data" / "odrl" / "catena-x").glob("*-constraint-sample.json"))
    for path in samples:
        rule = {"action": "use", "constraint": [orjson.loads(path.read_bytes())]}
        document = {"@context": contexts, "@type": "Set", "@id": "urn:x:p", "permission": [rule]}
        [policy] = PolicyDocument.read(orjson.dumps(document), name="p.json").policies(shipped())
        [constraint] = policy.permissions[0].constraints
        leaves = constraint.parts if isinstance(constraint, LogicalConstraint) else (constraint,)
        assert not policy.faults
        assert [path.name for leaf in leaves if shipped().operand(leaf.left) is None] == []
    assert len(samples) == 17


def test_json_in_utf_16_is_read_like_any_other(kit):
    given = JSON % '"permission": [{"action": "read", "target": "http://example.org/x"}]'
    [policy] = PolicyDocument.read(given.encode("utf-16"), name="p.json").policies(shipped())
    assert Compiled(policy, shipped()).decide(kit.asked(), kit.world()).permitted


def test_the_same_policy_in_turtle_and_in_json_has_the_same_hash():
    given = JSON % '"permission": [{"action": "read", "target": "http://example.org/x"}]'
    [one] = PolicyDocument.read(given.encode(), name="p.json").policies(shipped())
    turtle = "@prefix odrl: <http://www.w3.org/ns/odrl/2/> . <http://example.org/p> a odrl:Set ; odrl:permission [ odrl:action odrl:read ; odrl:target <http://example.org/x> ] ."
    [other] = PolicyDocument.read(turtle.encode(), name="p.ttl").policies(shipped())
    assert one == other


def test_an_unfinished_constraint_grants_nothing_and_forbids(kit):
    for left_out in ("odrl:leftOperand odrl:dateTime ;", "odrl:operator odrl:gt ;"):
        broken = f"odrl:constraint [ {NOW.replace(left_out, '')} ]"
        assert (
            kit.decided(f"ex:p a odrl:Set ; odrl:permission [ {ALICE} ; {broken} ] .").verdict is Verdict.INDETERMINATE
        )
        assert kit.decided(f"ex:p a odrl:Set ; odrl:prohibition [ {ALICE} ; {broken} ] .").verdict is Verdict.DENY


def test_a_right_operand_elsewhere_is_not_fetched_and_unknown(kit):
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {ALICE} ; odrl:constraint [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lt ; odrl:rightOperandReference <https://example.org/date> ] ] ."
    assert kit.decided(turtle).verdict is Verdict.INDETERMINATE


def test_every_real_policy_is_read(shared):
    folder = shared / "data" / "odrl"
    read = {}
    for name in ("dalicc-licences", "catena-x", "fiware-dome-gaiax", "odrl-im-examples", "ids-oac-examples"):
        for path in sorted((folder / name).rglob("*.[tj][ts][lo]*")):
            if b"@type" in path.read_bytes().replace(b"\0", b"") or path.suffix == ".ttl":
                read[path] = len(list(PolicyDocument.read(path.read_bytes(), name=path.name).policies(shipped())))
    assert [
        str(path) for path, count in read.items() if not count and path.name not in ("labels.jsonld", "profile.ttl")
    ] == []


def test_triples_of_several_policies_are_told_apart():
    turtle = b"@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix ex: <http://example.org/> . ex:a a odrl:Set ; odrl:permission ex:r . ex:b a odrl:Set ; odrl:permission ex:r . ex:r odrl:action odrl:read ."
    assert len(list(parse(turtle, RdfFormat.TURTLE))) == 5
    assert [len(policy.permissions) for policy in PolicyDocument.read(turtle, name="p.ttl").policies(shipped())] == [
        1,
        1,
    ]
