"""What a limit counts: the same counter after every revision that leaves alone what it is about."""

import orjson
import pytest

from exchange.policy.decision import Verdict
from exchange.policy.replaying import replay

TEN = "odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 10"
READ = "odrl:action odrl:read ; odrl:target ex:x"
ONE = f"odrl:permission [ {READ} ; odrl:constraint [ {TEN} ] ]"
PRINTED = "odrl:action [ rdf:value odrl:print ; odrl:refinement [ odrl:leftOperand odrl:resolution ; odrl:operator odrl:lteq ; odrl:rightOperand {} ] ] ; odrl:constraint [ {} ]"


def policy(kit, *rules, more=""):
    return kit.compiled(f"ex:p a odrl:Set ; {' ; '.join(rules)} . {more}")


def counters(kit, *rules, more=""):
    """All that the limits of a policy count."""
    return {part for parts in policy(kit, *rules, more=more).limits.values() for part in parts}


def moved(kit, compiled, memberships=None):
    """What a permit uses up."""
    zero = {key: kit.value(0, "counter") for key in compiled.limits}
    decision = compiled.decide(kit.asked(), kit.world(memberships=memberships, counters=zero))
    assert decision.permitted
    return [each.counter for each in decision.report.consumed]


@pytest.mark.parametrize(
    "revised",
    [
        ONE.replace("10", "5").replace("lteq", "lt"),
        f"odrl:permission [ odrl:constraint [ {TEN} ; odrl:status 3 ] ; {READ} ; odrl:assigner ex:owner ]",
        f"odrl:target ex:x ; odrl:action odrl:read ; odrl:permission [ odrl:constraint [ {TEN} ] ]",
        f"odrl:constraint [ {TEN} ] ; odrl:permission [ {READ} ]",
        f"odrl:permission [ {READ} ; odrl:constraint [ odrl:or ( [ {TEN} ] [ {TEN.replace('10', '20')} ] ) ] ]",
        f"odrl:permission [ odrl:target [ odrl:source ex:x ] ; odrl:action odrl:read ; odrl:constraint [ {TEN} ] ]",
        f"odrl:permission <urn:renkei:genid:1> . <urn:renkei:genid:1> {READ} ; odrl:constraint <urn:renkei:genid:2> . <urn:renkei:genid:2> {TEN}",
        f"odrl:inheritFrom ex:q . ex:q a odrl:Set ; {ONE}",
    ],
)
def test_another_way_to_limit_the_same_thing_counts_on(kit, revised):
    assert counters(kit, revised) == counters(kit, ONE)


@pytest.mark.parametrize(
    "other",
    [
        ONE.replace("odrl:read", "odrl:print"),
        ONE.replace("ex:x", "ex:y"),
        ONE.replace("ex:x", "ex:x ; odrl:assignee ex:alice"),
        ONE.replace("10", "10 ; odrl:unit ex:page"),
        ONE.replace("permission [", "obligation ["),
        f"odrl:permission [ {READ} ; odrl:duty [ odrl:action odrl:read ; odrl:target ex:x ; odrl:constraint [ {TEN} ] ] ]",
    ],
)
def test_a_limit_on_something_else_counts_apart(kit, other):
    assert counters(kit, other).isdisjoint(counters(kit, ONE))


def test_a_name_is_what_is_counted_by(kit):
    named = f"odrl:permission ex:rule . ex:rule {READ} ; odrl:constraint [ {TEN} ]"
    assert counters(kit, named) == counters(kit, named.replace("ex:x", "ex:y")) != counters(kit, ONE)
    assert counters(kit, f"odrl:permission [ {READ} ; odrl:constraint ex:c ] . ex:c {TEN}") == {"http://example.org/c"}


def test_a_refined_action_is_an_action_of_its_own_but_for_a_limit_in_it(kit):
    fine, coarse = (f"odrl:permission [ {PRINTED.format(dots, TEN)} ]" for dots in (300, 72))
    assert counters(kit, fine).isdisjoint(counters(kit, coarse))
    inside = f"odrl:permission [ odrl:action [ rdf:value odrl:read ; odrl:refinement [ {TEN} ] ] ]"
    assert counters(kit, inside) == counters(kit, inside.replace("10", "5"))


def test_a_limit_over_several_assets_is_the_sum_of_theirs(kit):
    both = ONE.replace("ex:x", "ex:x , ex:y")
    assert counters(kit, both) == counters(kit, ONE) | counters(kit, ONE.replace("ex:x", "ex:y"))
    assert moved(kit, policy(kit, both)) == [*counters(kit, ONE)]


def test_a_use_that_several_rules_grant_is_used_up_once(kit):
    compiled = policy(kit, ONE.replace("ex:x", "ex:all , ex:x"), ONE.replace("10", "20"))
    assert moved(kit, compiled, {"x": ["all"]}) == [*counters(kit, ONE)]


def test_a_limit_with_too_many_rules_to_name_never_permits(kit):
    limits = " , ".join(f"[ {TEN.replace('10', str(number + 1))} ]" for number in range(60))
    assets = " , ".join(f"ex:x{number}" for number in range(999))
    compiled = policy(
        kit, f"odrl:permission [ odrl:action odrl:read ; odrl:target ex:x , {assets} ; odrl:constraint {limits} ]"
    )
    assert compiled.decide(kit.asked(), kit.world(count=kit.value(0, "counter"))).verdict is Verdict.INDETERMINATE


def test_a_line_that_names_a_counter_by_its_node_is_decided_as_then(kit):
    compiled = policy(kit, ONE)
    [(iri, name)] = compiled.limits
    node = compiled.policy.permissions[0].constraints[0].node
    line = compiled.decide(kit.asked(), kit.world(counters={(iri, name): kit.value(9, "counter")})).line
    logged = orjson.loads(line)
    logged["world"]["counters"] = {iri: {node: logged["world"]["counters"][iri][name]}}
    again = replay(orjson.dumps(logged), compiled.decide)
    assert again.permitted
    assert orjson.loads(again.line) == logged
