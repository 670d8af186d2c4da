"""Many policies at once: the same answers as asking each, combined so that doubt never permits."""

import pytest

from exchange.policy.checking import PolicyDocument
from exchange.policy.compiling import Compiled
from exchange.policy.decision import Verdict
from exchange.policy.several import Policies, combined
from exchange.policy.vocabulary import shipped

HEAD = "@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix ex: <http://example.org/> . "
RULES = {
    "one": "odrl:permission [ odrl:action odrl:use ; odrl:target ex:x ; odrl:assignee ex:alice ]",
    "other": "odrl:permission [ odrl:action odrl:read ; odrl:target ex:y ; odrl:assignee ex:alice ]",
    "anyone": "odrl:permission [ odrl:action odrl:print ; odrl:target ex:x ]",
    "member": "odrl:permission [ odrl:action odrl:read ; odrl:target [ a odrl:AssetCollection ; odrl:source ex:all ] ]",
    "no-selling": "odrl:prohibition [ odrl:action odrl:sell ; odrl:target ex:x ]",
    "no-magic": "odrl:prohibition [ odrl:action ex:magic ; odrl:target ex:z ]",
    "void": "odrl:profile ex:unknown ; odrl:permission [ odrl:action odrl:read ; odrl:target ex:v ]",
    "nameless": "odrl:prohibition [ odrl:action odrl:read ; odrl:assignee [ a odrl:PartyCollection ] ]",
    "silent": "odrl:prohibition [ odrl:target ex:w ]",
}


@pytest.fixture(scope="module")
def each():
    turtle = HEAD + " ".join(f"ex:{name} a odrl:Set ; {body} ." for name, body in RULES.items())
    return PolicyDocument.read(turtle.encode(), name="p.ttl").policies(shipped())


def compiled(policy):
    return Compiled(policy, shipped())


def requests(kit):
    for party in ("alice", "bob"):
        for target in ("x", "y", "z", "v", "w", "unheard"):
            for action in ("read", "print", "sell", "http://example.org/magic", "http://example.org/unheard"):
                yield kit.asked(action, party, target)
    yield kit.asked()


def test_the_index_passes_over_no_policy_that_would_have_answered(kit, each):
    index = Policies(shipped(), each)
    world = kit.world(memberships={"y": ["all"]})
    for request in requests(kit):
        applied = {its.policy.iri for its in index.about(request, world)}
        expected = {
            its.policy.iri
            for its in map(compiled, each)
            if its.decide(request, world).verdict is not Verdict.NOT_APPLICABLE
        }
        assert expected - applied <= {"http://example.org/void"}
        if request.target == "http://example.org/v" and request.action.endswith("read"):
            assert "http://example.org/void" in applied


def test_more_policies_than_are_kept_compiled_all_answer(kit, each):
    index = Policies(shipped(), each, kept_compiled=2)
    for _ in range(2):
        verdicts = [index.decide(kit.asked(target=target), kit.world()).verdict for target in ("y", "w", "z")]
        assert verdicts == [Verdict.DENY] * 3


def test_the_index_gives_few_of_many(kit, each):
    assert len(Policies(shipped(), each).about(kit.asked(target="unheard"), kit.world())) == 1


def test_a_changed_policy_is_in_force_in_the_next_decision(kit):
    turtle = "ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:read ; odrl:target ex:x ] ."
    index = Policies(shipped(), [kit.parsed(turtle)])
    assert index.decide(kit.asked(), kit.world()).permitted
    index.put(kit.parsed(turtle.replace("permission", "prohibition")))
    assert index.decide(kit.asked(), kit.world()).verdict is Verdict.DENY
    index.remove("http://example.org/p")
    assert index.decide(kit.asked(), kit.world()).verdict is Verdict.NOT_APPLICABLE


def decisions(kit, *bodies):
    read = "odrl:action odrl:read ; odrl:target ex:x"
    known = {
        "permit": f"odrl:permission [ {read} ]",
        "deny": f"odrl:prohibition [ {read} ]",
        "void": f"odrl:profile ex:unknown ; odrl:permission [ {read} ]",
        "nothing": "odrl:permission [ odrl:action odrl:read ; odrl:target ex:y ]",
    }
    return [kit.decided(f"ex:p a odrl:Set ; {known[body]} .") for body in bodies]


@pytest.mark.parametrize(
    ("bodies", "verdict", "overridden"),
    [
        (("permit", "nothing"), Verdict.PERMIT, Verdict.PERMIT),
        (("permit", "deny"), Verdict.DENY, Verdict.PERMIT),
        (("permit", "void"), Verdict.INDETERMINATE, Verdict.PERMIT),
        (("deny", "void"), Verdict.DENY, Verdict.INDETERMINATE),
        (("nothing",), Verdict.NOT_APPLICABLE, Verdict.NOT_APPLICABLE),
        ((), Verdict.NOT_APPLICABLE, Verdict.NOT_APPLICABLE),
    ],
)
def test_a_refusal_or_a_doubt_outweighs_a_permit_unless_asked_otherwise(kit, bodies, verdict, overridden):
    given = decisions(kit, *bodies)
    assert combined(given).verdict is verdict
    assert combined(given, permit_overrides=True).verdict is overridden


def test_a_request_that_names_no_target_is_asked_of_all(kit, each):
    from dataclasses import replace

    index = Policies(shipped(), each)
    assert len(index.about(replace(kit.asked(), target=None), kit.world())) == len(index)
    assert not index.decide(replace(kit.asked(), target=None), kit.world()).permitted
