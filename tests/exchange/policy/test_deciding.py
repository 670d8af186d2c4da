"""What a policy answers: matching, hierarchy, conflicts, collections, refinements, values that are missing."""

from dataclasses import replace
from itertools import product

import pytest
from pyoxigraph import Literal, NamedNode

from exchange.policy.decision import Activation, Verdict

ALICE = "odrl:assignee ex:alice ; odrl:target ex:x"
READ = f"{ALICE} ; odrl:action odrl:read"
NOW = "odrl:leftOperand odrl:dateTime ; odrl:operator odrl:gt ; odrl:rightOperand '2026-01-01T00:00:00Z'^^xsd:dateTime"
PAST = NOW.replace("odrl:gt", "odrl:lt")
RESEARCH = "odrl:leftOperand odrl:purpose ; odrl:operator {} ; odrl:rightOperand ex:research"


def permission(body):
    return f"ex:p a odrl:Set ; odrl:permission [ {body} ] ."


def prohibition(body, conflict="prohibit"):
    return f"ex:p a odrl:Set ; odrl:conflict odrl:{conflict} ; odrl:permission [ {ALICE} ; odrl:action odrl:use ] ; odrl:prohibition [ {body} ] ."


def test_one_active_permission_of_two_is_enough(kit):
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {READ} ; odrl:constraint [ {PAST} ] ] , [ {READ} ] ."
    assert kit.decided(turtle).permitted


def test_a_prohibition_without_constraints_forbids(kit):
    assert kit.decided(prohibition(READ)).verdict is Verdict.DENY


def test_a_prohibition_needs_all_of_its_constraints(kit):
    assert kit.decided(prohibition(f"{READ} ; odrl:constraint [ {NOW} ] , [ {PAST} ]")).permitted
    assert not kit.decided(prohibition(f"{READ} ; odrl:constraint [ {NOW} ]")).permitted


def test_an_empty_policy_permits_nothing(kit):
    assert kit.decided("ex:p a odrl:Set .").verdict is Verdict.NOT_APPLICABLE


def test_nobody_else_and_nothing_else_is_permitted(kit):
    assert kit.decided(permission(READ)).permitted
    for other in (kit.asked(party="bob"), kit.asked(target="y"), kit.asked("print")):
        assert kit.decided(permission(READ), other).verdict is Verdict.NOT_APPLICABLE


def test_a_policy_keeps_nothing_of_who_asked_before(kit):
    anyone = "odrl:target ex:x ; odrl:action odrl:use"
    turtle = f"{prohibition(READ.replace('alice', 'bob'))} ex:p odrl:permission [ {anyone} ] , [ {READ} ] ."
    asked, once = kit.compiled(turtle), []
    for action, party, target in product(("read", "print", "x:new"), ("alice", "bob", "eve", None), ("x", "y", None)):
        named = kit.asked(action, party or "", target or "")
        request = replace(named, party=party and named.party, target=target and named.target)
        once.append((request, kit.compiled(turtle).decide(request, kit.world()).line))
    for request, line in [*once, *reversed(once)]:
        assert asked.decide(request, kit.world()).line == line


def test_a_prohibition_of_use_forbids_reading(kit):
    assert kit.decided(prohibition(f"{ALICE} ; odrl:action odrl:use"), kit.asked("read")).verdict is Verdict.DENY


def test_a_permission_of_use_permits_displaying_two_steps_below(kit):
    turtle = permission(f"{ALICE} ; odrl:action odrl:use")
    assert kit.decided(turtle, kit.asked("display")).permitted
    assert not kit.decided(turtle, kit.asked("sell")).permitted


@pytest.mark.parametrize(("old", "new"), [("write", "modify"), ("copy", "reproduce"), ("pay", "compensate")])
def test_an_action_goes_by_its_old_name_too(kit, old, new):
    assert kit.decided(permission(f"{ALICE} ; odrl:action odrl:{new}"), kit.asked(old)).permitted
    assert kit.decided(prohibition(f"{ALICE} ; odrl:action odrl:{old}"), kit.asked(new)).verdict is Verdict.DENY


def test_an_unknown_action_is_never_permitted_and_always_forbidden(kit):
    assert not kit.decided(
        permission(f"{ALICE} ; odrl:action ex:magic"), kit.asked("http://example.org/magic")
    ).permitted
    assert kit.decided(prohibition(f"{ALICE} ; odrl:action ex:magic")).enforced == "deny"


@pytest.mark.parametrize(
    ("conflict", "verdict"),
    [("perm", Verdict.PERMIT), ("prohibit", Verdict.DENY), ("invalid", Verdict.DENY)],
)
def test_the_conflict_strategy_decides_where_permission_and_prohibition_meet(kit, conflict, verdict):
    decision = kit.decided(prohibition(READ, conflict))
    assert decision.verdict is verdict
    assert decision.report.conflict.strategy == conflict


def test_without_a_conflict_strategy_the_whole_policy_is_void(kit):
    turtle = f"ex:p a odrl:Set ; odrl:permission [ {READ} ] ; odrl:prohibition [ {READ} ] ."
    decision = kit.decided(turtle)
    assert decision.verdict is Verdict.DENY
    assert decision.report.conflict.void


def test_inherited_conflict_strategies_that_differ_void_the_policy_where_a_conflict_arises(kit):
    parent = "ex:c a odrl:Set ; odrl:conflict odrl:prohibit ."
    turtle = prohibition(READ, "perm") + "ex:p odrl:inheritFrom ex:c ."
    decision = kit.decided(turtle + parent)
    assert decision.verdict is Verdict.DENY
    assert decision.report.conflict.void
    assert kit.decided(turtle + parent, kit.asked("print")).permitted


def test_a_prohibition_of_another_action_is_no_conflict(kit):
    assert kit.decided(prohibition(f"{ALICE} ; odrl:action odrl:print", "invalid")).permitted


def test_members_of_a_collection_are_meant_by_its_node_and_by_its_source(kit):
    turtle = permission("odrl:action odrl:read ; odrl:target ex:x ; odrl:assignee ex:team")
    turtle += "ex:team a odrl:PartyCollection ; odrl:source ex:list ."
    for whole in ("team", "list"):
        assert kit.decided(turtle, state=kit.world(memberships={"alice": ["group"], "group": [whole]})).permitted
    assert not kit.decided(turtle, state=kit.world(memberships={"bob": ["team"]})).permitted


def test_a_refinement_chooses_among_the_members_of_a_collection(kit):
    english = "odrl:refinement [ odrl:leftOperand odrl:language ; odrl:operator odrl:eq ; odrl:rightOperand 'en' ]"
    turtle = permission(
        f"odrl:action odrl:read ; odrl:target [ a odrl:AssetCollection ; odrl:source ex:all ; {english} ]"
    )
    state = kit.world(memberships={"x": ["all"]})
    for language, permitted in (("en", True), ("ja", False)):
        request = kit.asked(language=kit.value(language, "catalog"))
        assert kit.decided(turtle, request, state).permitted is permitted
    assert kit.decided(turtle, kit.asked(), state).verdict is Verdict.INDETERMINATE


def test_a_refinement_of_the_action_is_asked_of_the_request(kit):
    fine = "odrl:refinement [ odrl:leftOperand odrl:resolution ; odrl:operator odrl:lteq ; odrl:rightOperand 1200 ]"
    turtle = permission(f"{ALICE} ; odrl:action [ rdf:value odrl:print ; {fine} ]")
    for dots, permitted in ((1000, True), (1300, False)):
        assert kit.decided(turtle, kit.asked("print", resolution=kit.value(dots))).permitted is permitted
    assert kit.decided(turtle, kit.asked("print")).verdict is Verdict.INDETERMINATE


@pytest.mark.parametrize("operator", ["odrl:neq", "odrl:isNoneOf"])
def test_an_absent_value_does_not_differ_from_anything(kit, operator):
    constraint = f"odrl:constraint [ {RESEARCH.format(operator)} ]"
    assert kit.decided(permission(f"{READ} ; {constraint}")).verdict is Verdict.INDETERMINATE
    assert kit.decided(prohibition(f"{READ} ; {constraint}")).enforced == "deny"
    other = kit.asked(purpose=kit.value(NamedNode("http://example.org/sale")))
    assert kit.decided(permission(f"{READ} ; {constraint}"), other).permitted


def test_a_value_of_a_source_that_the_operand_does_not_accept_is_no_value(kit):
    place = "odrl:constraint [ odrl:leftOperand odrl:spatial ; odrl:operator odrl:eq ; odrl:rightOperand 'JP' ]"
    turtle = permission(f"{READ} ; {place}")
    declared = kit.decided(turtle, kit.asked(spatial=kit.value("JP", "declared")))
    assert declared.verdict is Verdict.INDETERMINATE
    assert not declared.report.rules[0].premises[-1].seen.accepted
    assert kit.decided(turtle, kit.asked(spatial=kit.value("JP", "token"))).permitted


def test_the_time_of_the_requester_is_not_believed(kit):
    turtle = permission(f"{READ} ; odrl:constraint [ {PAST} ]")
    request = kit.asked(dateTime=kit.value(Literal("2020-01-01T00:00:00Z"), "clock"))
    assert not kit.decided(turtle, request).permitted
    assert kit.decided(turtle, request, kit.world(now=None)).verdict is Verdict.INDETERMINATE


def test_an_operand_that_nothing_declares_never_grants(kit):
    constraint = "odrl:constraint [ odrl:leftOperand ex:mood ; odrl:operator odrl:eq ; odrl:rightOperand 'good' ]"
    request = kit.asked()
    assert kit.decided(permission(f"{READ} ; {constraint}"), request).verdict is Verdict.INDETERMINATE
    assert kit.decided(prohibition(f"{READ} ; {constraint}"), request).enforced == "deny"


def test_a_missing_value_is_named_with_who_can_supply_it(kit):
    decision = kit.decided(permission(f"{READ} ; odrl:constraint [ {RESEARCH.format('odrl:eq')} ]"))
    [missing] = decision.report.missing
    assert missing.operand.endswith("/purpose")
    assert "declared" in missing.sources
    assert "要求者" in missing.supplier.ja


def test_a_refusal_says_what_would_make_it_a_permit(kit):
    far = f"{READ} ; odrl:constraint [ {PAST} ] , [ {RESEARCH.format('odrl:eq')} ]"
    near = f"{READ} ; odrl:constraint [ {PAST} ]"
    decision = kit.decided(f"ex:p a odrl:Set ; odrl:permission [ {far} ] , [ {near} ] .")
    assert [premise.left[-8:] for premise in decision.report.nearest.premises] == ["dateTime"]


@pytest.mark.parametrize(("used", "permitted"), [(0, True), (9, True), (10, False), (11, False)])
def test_a_limit_of_ten_uses_permits_ten(kit, used, permitted):
    turtle = permission(f"{READ} ; odrl:constraint ex:c") + COUNT.format(10, "")
    counters = {("http://example.org/p", "http://example.org/c"): kit.value(used, "counter")}
    decision = kit.decided(turtle, state=kit.world(counters=counters))
    assert decision.permitted is permitted
    assert [each.amount for each in decision.report.consumed] == [1] * permitted


COUNT = "ex:c odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand {} {} ."


def test_a_counter_begins_at_the_status_and_an_absent_one_is_unknown(kit):
    turtle = permission(f"{READ} ; odrl:constraint ex:c") + COUNT.format(10, "; odrl:status 9")
    counters = {("http://example.org/p", "http://example.org/c"): kit.value(0, "counter")}
    assert kit.decided(turtle, state=kit.world(counters=counters)).permitted
    assert kit.decided(turtle).verdict is Verdict.INDETERMINATE
    one = {("http://example.org/p", "http://example.org/c"): kit.value(1, "counter")}
    assert not kit.decided(turtle, state=kit.world(counters=one)).permitted


def of_dates(count):
    return " ".join(f"[ {NOW} ]" for _ in range(count)) + " " + " ".join(f"[ {PAST} ]" for _ in range(3 - count))


@pytest.mark.parametrize(("count", "permitted"), [(0, False), (1, True), (2, False), (3, False)])
def test_exactly_one_part_of_an_xone_holds(kit, count, permitted):
    turtle = permission(f"{READ} ; odrl:constraint [ odrl:xone ( {of_dates(count)} ) ]")
    assert kit.decided(turtle).permitted is permitted


def test_an_unknown_part_leaves_an_xone_unknown_until_two_hold(kit):
    unknown = RESEARCH.format("odrl:eq")
    for known, verdict in ((f"[ {NOW} ]", Verdict.INDETERMINATE), (f"[ {NOW} ] [ {NOW} ]", Verdict.DENY)):
        turtle = permission(f"{READ} ; odrl:constraint [ odrl:xone ( {known} [ {unknown} ] ) ]")
        assert kit.decided(turtle).verdict is verdict


def test_a_sequence_holds_only_in_its_order(kit):
    parts = "[ odrl:leftOperand odrl:purpose ; odrl:operator odrl:eq ; odrl:rightOperand ex:research ] [ odrl:leftOperand odrl:product ; odrl:operator odrl:eq ; odrl:rightOperand ex:tool ]"
    turtle = permission(f"{READ} ; odrl:constraint [ odrl:andSequence ( {parts} ) ]")
    for first, second, permitted in ((1, 2, True), (2, 1, False), (1, 1, True)):
        request = kit.asked(purpose=since(kit, "research", first), product=since(kit, "tool", second))
        assert kit.decided(turtle, request).permitted is permitted


def since(kit, name, day):
    from dataclasses import replace
    from datetime import UTC, datetime

    return replace(kit.value(NamedNode("http://example.org/" + name)), at=datetime(2026, 1, day, tzinfo=UTC))


def test_an_implied_action_that_is_forbidden_forbids_what_implies_it(kit):
    from pyoxigraph import RdfFormat, parse

    from exchange.policy.compiling import Compiled
    from exchange.policy.vocabulary import shipped

    own = b"@prefix odrl: <http://www.w3.org/ns/odrl/2/> . <http://example.org/publish> a odrl:Action ; odrl:includedIn odrl:use ; odrl:implies odrl:distribute ."
    words = shipped().extended(quad.triple for quad in parse(own, RdfFormat.TURTLE))
    policy = kit.parsed(prohibition(f"{ALICE} ; odrl:action odrl:distribute"))
    decide = Compiled(policy, words).decide
    assert decide(kit.asked("http://example.org/publish"), kit.world()).verdict is Verdict.DENY
    assert decide(kit.asked("print"), kit.world()).permitted


def test_a_rule_that_does_not_apply_is_inactive_and_no_premise_is_hidden(kit):
    report = kit.decided(permission(f"{READ} ; odrl:constraint [ {NOW} ]"), kit.asked(party="bob")).report
    [rule] = report.rules
    assert rule.activation is Activation.INACTIVE
    assert [premise.state.value for premise in rule.premises] == ["satisfied", "satisfied", "unsatisfied", "satisfied"]


def test_a_prohibition_of_somebody_without_a_name_forbids_everybody(kit):
    nameless = "odrl:target ex:x ; odrl:action odrl:read ; odrl:assignee [ a odrl:PartyCollection ]"
    assert kit.decided(prohibition(nameless)).enforced == "deny"


@pytest.mark.parametrize("unsaid", ["party", "target"])
def test_who_does_not_say_for_whom_or_what_is_forbidden_what_somebody_is(kit, unsaid):
    from dataclasses import replace

    turtle = f"ex:p a odrl:Set ; odrl:conflict odrl:prohibit ; odrl:permission [ odrl:action odrl:read ] ; odrl:prohibition [ {READ} ] ."
    assert kit.decided(turtle, kit.asked(party="bob", target="y")).permitted
    assert kit.decided(turtle, replace(kit.asked(), **{unsaid: None})).enforced == "deny"


@pytest.mark.parametrize(("held", "said", "permitted"), [("research", "ads", True), ("ads", "research", False)])
def test_what_the_world_says_of_an_operand_stands_before_what_the_request_says(kit, held, said, permitted):
    rule = permission(f"{READ} ; odrl:constraint [ {RESEARCH.format('odrl:eq')} ]")
    known, claimed = (kit.value(NamedNode(f"http://example.org/{name}")) for name in (held, said))
    silent, talking = kit.asked(), kit.asked(purpose=claimed)
    decisions = [kit.decided(rule, each, kit.world(purpose=known)) for each in (silent, talking)]
    assert [each.permitted for each in decisions] == [permitted, permitted]
