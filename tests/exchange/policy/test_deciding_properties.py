"""What holds of every decision, over policies by chance: 10,000 of them with `make campaign`, else a few hundred."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Triple

from exchange.policy.asking import Request, World
from exchange.policy.checking import PolicyDocument
from exchange.policy.compiling import Compiled
from exchange.policy.decision import Verdict
from exchange.policy.normalising import read_policy
from exchange.policy.options import DutyMode, Options
from exchange.policy.replaying import replay
from exchange.policy.vocabulary import shipped
from exchange.policy.writing import policy_triples
from ontology.description import Description, isomorphic
from ontology.reading import read
from ontology.syntax import Syntax
from ontology.writing import write
from tests.campaign.harness import FULL
from tests.exchange.policy.drafts import ODRL, Draft, PolicyDraft

pytestmark = pytest.mark.campaign
COUNT = ODRL + "count"
seeds = st.integers(0, 2**48)
enough = settings(max_examples=10_000 if FULL else 200, deadline=None)


def compiled(draft: PolicyDraft, mode: DutyMode = DutyMode.PRECONDITION) -> Compiled:
    [policy] = PolicyDocument.read(draft.turtle(), media_type="text/turtle").policies(shipped())
    return Compiled(policy, shipped(), Options(duty_mode=mode, what_if=True))


def questions(draft: Draft) -> Iterator[tuple[Request, World]]:
    for _ in range(4):
        yield draft.request(), draft.world()


@enough
@given(seeds)
def test_another_prohibition_never_turns_a_refusal_into_a_permit(seed: int) -> None:
    draft = Draft(seed)
    policy = draft.policy()
    before = compiled(policy)
    policy.rules.append(draft.rule("prohibition"))
    after = compiled(policy)
    for request, world in questions(draft):
        assert before.decide(request, world).permitted or not after.decide(request, world).permitted


@enough
@given(seeds)
def test_another_constraint_on_a_permission_never_turns_a_refusal_into_a_permit(seed: int) -> None:
    draft = Draft(seed)
    policy = draft.policy()
    before = compiled(policy)
    draft.random.choice([each for each in policy.rules if each.kind == "permission"]).statements.append(
        draft.constraint()
    )
    after = compiled(policy)
    for request, world in questions(draft):
        assert before.decide(request, world).permitted or not after.decide(request, world).permitted


def poorer(request: Request, world: World) -> Iterator[tuple[Request, World]]:
    """The same question with one value less, wherever it stood; else that of another source would take its place."""
    for left in {*request.parameters, *world.values, COUNT}:
        parameters = {name: value for name, value in request.parameters.items() if name != left}
        values = {name: value for name, value in world.values.items() if name != left}
        counters = {} if left == COUNT else world.counters
        yield replace(request, parameters=parameters), replace(world, values=values, counters=counters)
        yield replace(request, parameters=parameters), world
    yield request, replace(world, now=None)


@pytest.mark.parametrize("mode", DutyMode)
@enough
@given(seeds)
def test_a_value_taken_away_never_turns_a_refusal_into_a_permit(mode: DutyMode, seed: int) -> None:
    draft = Draft(seed)
    policy = compiled(draft.policy(), mode)
    for request, world in questions(draft):
        if not policy.decide(request, world).permitted:
            assert not any(policy.decide(*each).permitted for each in poorer(request, world))


def spelt(triples: list[Triple]) -> Iterator[Compiled]:
    for syntax in (Syntax.TURTLE, Syntax.JSON_LD, Syntax.RDF_XML):
        written = write(triples, syntax)
        assert not written.left_out
        [policy] = PolicyDocument.read(written.data, media_type=syntax.media_type).policies(shipped())
        yield Compiled(policy, shipped(), Options(what_if=True))


@enough
@given(seeds)
def test_every_spelling_of_a_policy_decides_alike_and_is_logged_alike(seed: int) -> None:
    draft = Draft(seed)
    policy = draft.policy()
    spellings = list(spelt(list(read(policy.turtle(), media_type="text/turtle", base_iri="urn:x:"))))
    for request, world in questions(draft):
        assert len({each.decide(request, world).line for each in spellings}) == 1


@enough
@given(seeds)
def test_a_normal_form_decides_as_its_policy_and_its_normal_form_is_itself(seed: int) -> None:
    draft = Draft(seed)
    policy = compiled(draft.policy())
    normal = policy_triples(policy.policy)
    again = read_policy(Description.of(policy.policy.iri, normal))
    assert isomorphic(normal, policy_triples(again))
    for request, world in questions(draft):
        one, other = policy.decide(request, world), Compiled(again, shipped(), policy.options).decide(request, world)
        assert one.verdict is other.verdict
        assert sorted(map(str, one.states)) == sorted(map(str, other.states))


@enough
@given(seeds)
def test_a_decision_replayed_from_its_line_is_the_same(seed: int) -> None:
    draft = Draft(seed)
    policy = compiled(draft.policy())
    for request, world in questions(draft):
        decision = policy.decide(request, world)
        again = replay(decision.line, policy.decide)
        assert (again.verdict, again.states, again.report) == (decision.verdict, decision.states, decision.report)


def test_the_policies_by_chance_permit_deny_and_leave_open_often_enough_to_prove_something() -> None:
    verdicts = []
    for seed in range(150):
        draft = Draft(seed)
        policy = compiled(draft.policy())
        verdicts += [policy.decide(*each).verdict for each in questions(draft)]
    shares = {each: verdicts.count(each) / len(verdicts) for each in Verdict}
    assert min(shares.values()) > 0.05, shares
