"""What a comparison says holds of the engine that decides: its witnesses, and its word that there is none."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode

from exchange.policy.asking import Request, Value, World
from exchange.policy.comparing import compare, fits, shadowed
from exchange.policy.comparison import Comparison, Kind, Verdict
from exchange.policy.compiling import Compiled
from exchange.policy.meeting import Witness
from exchange.policy.model import (
    Action,
    Condition,
    Constraint,
    Logic,
    LogicalConstraint,
    Policy,
    PolicyKind,
    Rule,
    RuleKind,
    Scope,
    Term,
)
from exchange.policy.rules import ACTIVE
from exchange.policy.vocabulary import shipped
from ontology.terms import ODRL, XSD

DPV = "https://w3id.org/dpv#"
NUMBERS = tuple(Literal(text, datatype=XSD.decimal) for text in ("0", "1", "1.5", "2", "3"))
DAYS = tuple(Literal(f"P{days}D", datatype=XSD.duration) for days in range(4))
TIMES = (
    Literal("2026-05-01", datatype=XSD.date),
    *(Literal(f"2026-05-0{day}T00:00:00Z", datatype=XSD.dateTime) for day in (1, 2, 3)),
)
CODES = tuple(Literal(text) for text in ("de", "de-AT", "fr", "it"))
PURPOSES = tuple(NamedNode(DPV + name) for name in ("Marketing", "DirectMarketing", "ScientificResearch", "Purpose"))
PARTIES = tuple(NamedNode(f"urn:x:{name}") for name in "abc")
ORDER = ("eq", "neq", "lt", "lteq", "gt", "gteq", "isAnyOf", "isNoneOf")
SETS = ("eq", "neq", "isAnyOf", "isNoneOf", "isA", "isPartOf", "hasPart")
POOLS = {
    "percentage": (NUMBERS, ORDER),
    "count": (NUMBERS, ORDER),
    "elapsedTime": (DAYS, ORDER),
    "dateTime": (TIMES, ORDER),
    "language": (CODES, SETS),
    "purpose": (PURPOSES, SETS),
    "recipient": (PARTIES, SETS),
}
MORE = {"percentage": ("0.5", "9"), "count": ("4",)}
numbered = count()


class Draft:
    """Policies by chance; drawing each part from hypothesis takes longer than all that is tested."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def policy(self, permissions: int, prohibitions: int) -> Policy:
        return _policy(
            [self.rule(RuleKind.PERMISSION) for _ in range(permissions)],
            [self.rule(RuleKind.PROHIBITION) for _ in range(prohibitions)],
        )

    def rule(self, kind: RuleKind) -> Rule:
        action = Action(ODRL.NAMESPACE + self.random.choice(["use", "read", "print"]))
        target = self.random.choice([None, Scope("urn:x:data")])
        constraints = tuple(self.condition(2) for _ in range(self.random.randint(0, 3)))
        return Rule(kind, f"_:r{next(numbered)}", action, "urn:x:p", target=target, constraints=constraints)

    def condition(self, depth: int) -> Condition:
        if depth and self.random.random() < 0.3:
            logic = self.random.choice([Logic.AND, Logic.OR, Logic.XONE])
            parts = tuple(self.condition(depth - 1) for _ in range(self.random.randint(1, 3)))
            return LogicalConstraint(f"_:b{next(numbered)}", logic, parts)
        left = self.random.choice(sorted(POOLS))
        pool, operators = POOLS[left]
        operator = self.random.choice(operators)
        listed = operator in ("isAnyOf", "isNoneOf")
        right = tuple(self.random.sample(pool, self.random.randint(1, 3) if listed else 1))
        return Constraint(f"_:b{next(numbered)}", ODRL.NAMESPACE + left, ODRL.NAMESPACE + operator, right, listed)


def _policy(permissions: list[Rule], prohibitions: list[Rule]) -> Policy:
    return Policy("urn:x:p", PolicyKind.SET, "", permissions=tuple(permissions), prohibitions=tuple(prohibitions))


seeds = st.integers(0, 2**32)
enough = settings(max_examples=300, deadline=None)


def _asked(witness: Witness) -> tuple[Request, World]:
    now, values = None, {}
    for left, terms in witness.values:
        if terms and left == ODRL.dateTime.value:
            now = datetime.fromisoformat(terms[0].value).replace(tzinfo=UTC)
        elif terms:
            operand = shipped().operand(left)
            assert operand is not None
            # The engine counts the use that is asked for itself.
            used = (Literal(str(int(terms[0].value) - 1), datatype=XSD.integer),) if left == ODRL.count.value else terms
            values[left] = Value(used, operand.sources[0].value)
    return Request(witness.action, witness.assignee, witness.target), World(now=now, values=values)


def _active(rule: Rule, request: Request, world: World) -> bool | None:
    """The state of one rule as the engine decides it."""
    state = _compiled(rule).decide(request, world).outcomes[0][ACTIVE]
    assert state is None or isinstance(state, bool)
    return state


@lru_cache(maxsize=20)
def _compiled(rule: Rule) -> Compiled:
    permission = rule.kind is RuleKind.PERMISSION
    return Compiled(_policy([rule] if permission else [], [] if permission else [rule]), shipped())


def _requests(*rules: Rule) -> Iterator[tuple[Request, World]]:
    """Requests with some combinations of values of the operands that rules speak of."""
    spoken = {one.left for rule in rules for given in rule.constraints for one in _leaves(given)}
    pools = {left: _values(left.removeprefix(ODRL.NAMESPACE)) for left in sorted(spoken)}
    chance = Random(str(pools))
    for _ in range(60):
        values = [(left, (its,) if (its := chance.choice(pool)) else ()) for left, pool in pools.items()]
        yield _asked(
            Witness(ODRL.NAMESPACE + chance.choice(["use", "read", "print"]), "urn:x:data", None, tuple(values))
        )


def _values(left: str) -> list[Term | None]:
    if left == "count":
        return [None, *(Literal(str(number), datatype=XSD.integer) for number in range(1, 5))]
    if left == "dateTime":
        return [None, *(Literal((datetime(2026, 4, 30) + timedelta(hours=12 * n)).isoformat()) for n in range(10))]
    return [None, *POOLS[left][0], *(Literal(text, datatype=XSD.decimal) for text in MORE.get(left, ()))]


def _leaves(condition: Condition) -> list[Constraint]:
    if isinstance(condition, Constraint):
        return [condition]
    return [leaf for part in condition.parts for leaf in _leaves(part)]


def _of(found: Comparison, kind: Kind) -> list[tuple[tuple[Rule, ...], Witness]]:
    return [(each.rules, each.witness) for each in found.findings if each.kind is kind and each.witness is not None]


@enough
@given(seeds)
def test_the_witness_of_a_contradiction_activates_the_permission_and_is_forbidden(seed: int) -> None:
    draft = Draft(seed)
    one, other = draft.policy(2, 0), draft.policy(0, 2)
    for (permission, prohibition), witness in _of(compare(one, other, shipped()), Kind.CONTRADICTION):
        request, world = _asked(witness)
        assert _active(permission, request, world) is True
        assert _active(prohibition, request, world) is not False


@enough
@given(seeds)
def test_where_a_permission_and_a_prohibition_do_not_conflict_no_request_comes_under_both(seed: int) -> None:
    draft = Draft(seed)
    one, other = draft.policy(1, 0), draft.policy(0, 1)
    if compare(one, other, shipped()).verdict is Verdict.NONE:
        for request, world in _requests(*one.rules, *other.rules):
            if _active(one.permissions[0], request, world):
                assert _active(other.prohibitions[0], request, world) is False


@enough
@given(seeds)
def test_what_two_policies_both_permit_the_engine_permits_and_else_nothing(seed: int) -> None:
    draft = Draft(seed)
    one, other = draft.policy(2, 0), draft.policy(2, 0)
    found = compare(one, other, shipped())
    for rules, witness in _of(found, Kind.TOGETHER):
        assert [_active(rule, *_asked(witness)) for rule in rules] == [True, True]
    if found.verdict is Verdict.CONFLICT:
        for request, world in _requests(*one.rules, *other.rules):
            both = [any(_active(rule, request, world) for rule in each.permissions) for each in (one, other)]
            assert both != [True, True]


@enough
@given(seeds)
def test_a_request_that_fits_is_granted_whatever_the_values_and_one_that_exceeds_is_refused_its_witness(
    seed: int,
) -> None:
    draft = Draft(seed)
    asked, offer = draft.policy(1, 0), draft.policy(2, 0)
    found = fits(asked, offer, shipped())
    for (rule, *_), witness in _of(found, Kind.EXCEEDS):
        granted = [_active(each, *_asked(witness)) for each in (rule, *offer.permissions)]
        assert granted[0] is True
        assert True not in granted[1:]
    if found.verdict is Verdict.NONE:
        for request, world in _requests(*asked.rules, *offer.rules):
            if _active(asked.permissions[0], request, world):
                assert any(_active(rule, request, world) for rule in offer.permissions)


@enough
@given(seeds)
def test_both_orders_give_one_verdict(seed: int) -> None:
    draft = Draft(seed)
    first, second = draft.policy(2, 1), draft.policy(2, 1)
    assert compare(first, second, shipped()).verdict is compare(second, first, shipped()).verdict


@enough
@given(seeds)
def test_a_rule_without_effect_is_never_missed_by_the_engine(seed: int) -> None:
    policy = Draft(seed).policy(2, 2)
    told = [each for each in shadowed(policy, shipped()) if each.verdict is not Verdict.CANNOT_TELL]
    for rule, *others in (finding.rules for finding in told):
        for request, world in _requests(rule, *others):
            if _active(rule, request, world):
                assert any(_active(each, request, world) is not False for each in others)
