"""Comparing policies: do they conflict, does a request fit an offer, which rules are without effect.

Two policies conflict where one forbids what the other allows or demands, and where they leave nothing that both
allow although they speak of the same action, asset and party. Every "conflict" of the first kind comes with a request
that shows it, the second with the constraints that exclude each other; where neither can be had, the answer is
"cannot tell".
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from exchange.policy.cases import Truth
from exchange.policy.comparison import Comparison, Finding, Kind, Verdict, doubtful, found
from exchange.policy.domains import Doubt, Status
from exchange.policy.meeting import (
    Common,
    Overlap,
    Witness,
    common,
    covering,
    fails,
    holds,
    implying,
    spoken,
)
from exchange.policy.model import Conflict, Policy, Rule
from exchange.policy.solving import Solution, Solver
from exchange.policy.vocabulary import Vocabulary

LIMIT = 1_000_000  # comparisons of values in one comparison of policies; a few seconds
PAIRS = 100_000  # pairs of rules held against each other; two policies of 10,000 rules have 100 million
FIRST = 300  # rules of one kind that are held against each other to find those without effect
SHOWN = 100  # findings of one kind; a reader asks no more


class Silence(StrEnum):
    """How to read that a policy says nothing about an operand that the other one restricts."""

    FREE = "free"
    """It leaves the operand free, as policies are evaluated."""
    OPEN = "open"
    """It may still say something, as while terms are negotiated: agreement cannot be told before."""


def compare(
    one: Policy,
    other: Policy | None,
    vocabulary: Vocabulary,
    *,
    silence: Silence = Silence.FREE,
    limit: int = LIMIT,
) -> Comparison:
    """Whether two policies conflict, or the rules of one policy among themselves.

    Args:
        limit: how much may be looked at; beyond that nothing can be told.
    """
    solver = Solver(vocabulary, limit)
    if other is None:
        pairs = ((a, b) for a in _binding(one) for b in one.prohibitions)
        return Comparison.of([*_void(one), *_never(one, solver), *_contradictions(pairs, solver)])
    pairs = ((a, b) for its, those in ((one, other), (other, one)) for a in _binding(its) for b in those.prohibitions)
    agreed = _agreement(one.permissions, other.permissions, silence, solver)
    return Comparison.of([*_void(one, other), *_contradictions(pairs, solver), *agreed])


def fits(
    request: Policy, offer: Policy, vocabulary: Vocabulary, *, silence: Silence = Silence.FREE, limit: int = LIMIT
) -> Comparison:
    """Whether all that a request asks for is offered: "none" if it fits, "conflict" if it goes beyond."""
    solver = Solver(vocabulary, limit)
    if len(request.permissions) * len(offer.permissions) > PAIRS:
        return Comparison.of([doubtful(Kind.EXCEEDS, Doubt.CASES, ())])
    asked = [finding for rule in request.permissions for finding in _asked(rule, offer, silence, solver)]
    pairs = ((a, b) for a in request.permissions for b in offer.prohibitions)
    return Comparison.of([*_void(request, offer), *asked, *_contradictions(pairs, solver)])


def shadowed(policy: Policy, vocabulary: Vocabulary, *, limit: int = LIMIT) -> tuple[Finding, ...]:
    """Rules without effect: never active, covered by prohibitions, by others of their kind.

    Of more rules of one kind than a person would write, only the first are looked at.
    """
    solver = Solver(vocabulary, limit)
    return (*_never(policy, solver), *_covered(policy, solver), *_redundant(policy, solver))


def _binding(policy: Policy) -> Iterator[Rule]:
    """Rules that a prohibition can contradict."""
    yield from policy.permissions
    yield from policy.obligations


def _void(*policies: Policy) -> Iterator[Finding]:
    for policy in policies:
        fault = next((each for each in policy.faults if policy.void and each.severity.value == "void"), None)
        if fault is not None:
            yield Finding(Kind.VOID, Verdict.CANNOT_TELL, fault.message)


def _never(policy: Policy, solver: Solver) -> Iterator[Finding]:
    for rule in policy.rules:
        solution = solver.solve(holds(rule))
        if solution.status is Status.EMPTY:
            yield found(Kind.NEVER, Verdict.CONFLICT, (rule,), solver.vocabulary, because=solution.because)
        elif solution.doubt is not None:
            yield doubtful(Kind.NEVER, solution.doubt, (rule,))


def _contradictions(pairs: Iterable[tuple[Rule, Rule]], solver: Solver) -> Iterator[Finding]:
    """Prohibitions that meet a permission or an obligation.

    A prohibition forbids as long as its constraints are not false, so it also meets where they are unknown.
    """
    shown = {Verdict.CONFLICT: 0, Verdict.CANNOT_TELL: 0}
    for count, (rule, prohibition) in enumerate(pairs):
        if shown[Verdict.CONFLICT] >= SHOWN:
            return
        if count >= PAIRS or solver.exhausted:
            yield doubtful(Kind.CONTRADICTION, Doubt.CASES, (rule, prohibition))
            return
        met = implying(rule, prohibition, solver.vocabulary)
        if met.overlap is Overlap.NO or _avoidable(rule, prohibition, solver.vocabulary):
            continue
        solution = _meeting(rule, prohibition, solver)
        if solution.status is Status.EMPTY:
            continue
        doubt = solution.doubt or met.doubt
        verdict = Verdict.CONFLICT if doubt is None else Verdict.CANNOT_TELL
        shown[verdict] += 1
        if doubt is not None:
            if shown[verdict] <= SHOWN:
                yield doubtful(Kind.CONTRADICTION, doubt, (rule, prohibition))
            continue
        witness = _witness(met, solution)
        rules = (rule, prohibition)
        yield found(Kind.CONTRADICTION, Verdict.CONFLICT, rules, solver.vocabulary, witness=witness)


def _avoidable(rule: Rule, prohibition: Rule, vocabulary: Vocabulary) -> bool:
    """Whether an obligation can be fulfilled by a part of its action that is not prohibited."""
    if rule.kind.value != "obligation" or rule.action.iri == prohibition.action.iri:
        return False
    return vocabulary.covers(rule.action.iri, prohibition.action.iri)


def _meeting(rule: Rule, prohibition: Rule, solver: Solver) -> Solution:
    """A request that comes under both; rather one with values than one without."""
    both = solver.solve([*holds(rule), *holds(prohibition)])
    if both.status is Status.POSSIBLE:
        return both
    return solver.solve([*holds(rule), *holds(prohibition, Truth.NOT_FALSE)])


def _witness(met: Common, solution: Solution) -> Witness:
    return Witness(met.witness.action, met.witness.target, met.witness.assignee, solution.values)


def _agreement(ones: Sequence[Rule], others: Sequence[Rule], silence: Silence, solver: Solver) -> Iterator[Finding]:
    """Whether something comes under a permission of each side, if they are about the same thing at all."""
    blamed: list[Finding] = []
    doubted: list[Finding] = []
    for count, (one, other) in enumerate((one, other) for one in ones for other in others):
        met = common(one, other, solver.vocabulary)
        if count >= PAIRS or solver.exhausted:
            doubted.append(doubtful(Kind.APART, Doubt.CASES, (one, other)))
            break
        if met.overlap is Overlap.NO:
            continue
        solution = solver.solve([*holds(one), *holds(other)])
        if solution.status is Status.EMPTY:
            because = solution.because
            blamed.append(found(Kind.APART, Verdict.CONFLICT, (one, other), solver.vocabulary, because=because))
            continue
        doubt = solution.doubt or met.doubt or _silent(silence, spoken(one, solver) ^ spoken(other, solver))
        if doubt is None:
            witness = _witness(met, solution)
            yield found(Kind.TOGETHER, Verdict.NONE, (one, other), solver.vocabulary, witness=witness)
            return
        doubted.append(doubtful(Kind.APART, doubt, (one, other)))
    yield from doubted[:1] or blamed


def _silent(silence: Silence, one_sided: frozenset[str]) -> Doubt | None:
    return Doubt.SILENCE if silence is Silence.OPEN and one_sided else None


def _asked(asked: Rule, offer: Policy, silence: Silence, solver: Solver) -> Iterator[Finding]:
    """Whether what one permission asks for is within the permissions of an offer."""
    about = [(rule, covering(rule, asked, solver.vocabulary)) for rule in offer.permissions]
    sure = [rule for rule, overlap in about if overlap is Overlap.YES]
    maybe = [rule for rule, overlap in about if overlap is not Overlap.NO]
    one_sided = frozenset(left for rule in maybe for left in spoken(rule, solver) ^ spoken(asked, solver))
    doubt = _silent(silence, one_sided)
    left_aside = one_sided if doubt else frozenset()
    beyond = _beyond(asked, sure, solver, left_aside)
    if beyond.status is Status.POSSIBLE and len(maybe) > len(sure):
        possibly = _beyond(asked, maybe, solver, left_aside)
        doubt = doubt or (Doubt.MEMBERS if possibly.status is not Status.POSSIBLE else None)
        beyond = possibly if doubt else beyond
    if beyond.status is Status.POSSIBLE:
        rules = (asked, *sure)
        witness = Witness(asked.action.iri, _name(asked.target), _name(asked.assignee), beyond.values)
        yield found(Kind.EXCEEDS, Verdict.CONFLICT, rules, solver.vocabulary, witness=witness)
    elif (reason := beyond.doubt or doubt) is not None:
        yield doubtful(Kind.EXCEEDS, reason, (asked, *maybe))
    else:
        yield found(Kind.WITHIN, Verdict.NONE, (asked, *sure), solver.vocabulary)
        yield from _duties(asked, sure, solver.vocabulary)


def _name(scope: object) -> str | None:
    return getattr(scope, "iri", None)


def _beyond(rule: Rule, others: Sequence[Rule], solver: Solver, but: frozenset[str] = frozenset()) -> Solution:
    """A request that comes under a rule and under none of the others."""
    return solver.solve([*holds(rule), *(fails(other, but=but) for other in others)])


def _duties(asked: Rule, offered: Sequence[Rule], vocabulary: Vocabulary) -> Iterator[Finding]:
    """Duties that every offered permission demands in some way and the request does not mention."""
    taken = {duty.action.iri for duty in asked.duties}
    if offered and all(_missing(rule, taken, vocabulary) for rule in offered):
        for rule in offered:
            missing = _missing(rule, taken, vocabulary)
            yield found(Kind.DUTY, Verdict.CONFLICT, (asked, *missing), vocabulary)


def _missing(rule: Rule, taken: set[str], vocabulary: Vocabulary) -> list[Rule]:
    def met(duty: Rule) -> bool:
        return any(its == duty.action.iri or vocabulary.covers(duty.action.iri, its) for its in taken)

    return [duty for duty in rule.duties if not met(duty)]


def _covered(policy: Policy, solver: Solver) -> Iterator[Finding]:
    """Rules that always lose to rules of the opposite kind."""
    if policy.conflict is Conflict.PERM:
        losers, winners, kind = policy.prohibitions, policy.permissions, Kind.OVERRULED
    else:
        losers, winners, kind = policy.permissions, policy.prohibitions, Kind.FORBIDDEN
    loses = Truth.NOT_FALSE if kind is Kind.OVERRULED else Truth.TRUE
    spared = Truth.NOT_TRUE if kind is Kind.OVERRULED else Truth.FALSE
    for rule in losers[:FIRST]:
        over = [each for each in winners[:FIRST] if covering(each, rule, solver.vocabulary) is Overlap.YES]
        active = holds(rule, loses)
        alone = solver.solve([*active, *(fails(each, spared) for each in over)])
        if over and alone.status is Status.EMPTY and solver.solve(active).status is Status.POSSIBLE:
            yield found(kind, Verdict.CONFLICT, (rule, *over), solver.vocabulary)


def _redundant(policy: Policy, solver: Solver) -> Iterator[Finding]:
    for rules in (policy.permissions, policy.prohibitions):
        kept = list(rules[:FIRST])
        for rule in tuple(reversed(kept)):
            others = [each for each in kept if each is not rule and _stands_for(each, rule, solver.vocabulary)]
            reachable = solver.solve(holds(rule)).status is Status.POSSIBLE
            if others and reachable and _beyond(rule, others, solver).status is Status.EMPTY:
                kept.remove(rule)
                yield found(Kind.REDUNDANT, Verdict.NONE, (rule, *others), solver.vocabulary)


def _stands_for(other: Rule, rule: Rule, vocabulary: Vocabulary) -> bool:
    """Whether the other rule, where it is active, has all effects of this one."""
    duties = not other.duties if rule.kind.value == "permission" else other.remedies == rule.remedies
    return covering(other, rule, vocabulary) is Overlap.YES and (duties or other.duties == rule.duties)
