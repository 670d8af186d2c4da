"""Duties against what was done: active, fulfilled in time, violated, made good by consequences (§2.6.3 to §2.6.7)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from exchange.policy.asking import Performed, Request, World
from exchange.policy.counting import Counting
from exchange.policy.decision import Phase
from exchange.policy.kleene import all_of
from exchange.policy.model import Condition, Constraint, Rule, RuleKind, Scope
from exchange.policy.options import DutyMode
from exchange.policy.programs import Program, States
from exchange.policy.values import microseconds
from exchange.policy.vocabulary import Vocabulary
from ontology.terms import ODRL

_BEFORE = frozenset((ODRL.lt.value, ODRL.lteq.value))
_ORDERS = _BEFORE | {ODRL.eq.value, ODRL.gt.value, ODRL.gteq.value}
_PHASES = {ODRL.eq.value: Phase.ONGOING, ODRL.gt.value: Phase.POST, ODRL.gteq.value: Phase.POST}
_WAITING = frozenset((ODRL.delayPeriod.value, ODRL.elapsedTime.value))


@dataclass(frozen=True, slots=True)
class DutyOutcome:
    """What became of a duty.

    Attributes:
        holds: whether it leaves its permission alone.
        active: by its constraints; None counts as active.
        by: the actions and reports that fulfil it.
    """

    holds: bool | None
    active: bool | None
    fulfilled: bool
    violated: bool
    by: tuple[str, ...] = ()
    consequences: "tuple[DutyOutcome, ...]" = ()


class CompiledDuty:
    """A duty, obligation, consequence or remedy, ready to be held against the world.

    Attributes:
        activation: its constraints except those that say when it is due.
        due: constraints that say when: the event of use, a deadline, a waiting period.
        deadline: last microsecond at which it is still in time.
        refinements: what has to be true of the action that was done.
    """

    def __init__(
        self, rule: Rule, words: Vocabulary, counting: Counting, mode: DutyMode, faulty: frozenset[str]
    ) -> None:
        self.rule = rule
        self._pre = mode is DutyMode.PRECONDITION
        self._faulty = rule.node in faulty
        self._acts = words.covered(rule.action.iri)
        # What nobody here understands nobody can promise to do afterwards.
        self._understood = not self._faulty and bool(self._acts)
        refinements = [*rule.action.refinements, *_refinements(rule.target), *_refinements(rule.assignee)]
        self.refinements = Program(refinements, words, counting)
        self._refined = [self.refinements.index(each) for each in refinements]
        simple = [each for each in rule.constraints if isinstance(each, Constraint)]
        self.due = tuple(each for each in simple if _says_when(each, self.refinements))
        self.activation = tuple(each for each in rule.constraints if each not in self.due)
        self.phase = _phase(self.due)
        self.deadline = min((at for at in (_latest(each, self.refinements) for each in self.due) if at), default=None)
        self.consequences = tuple(CompiledDuty(each, words, counting, mode, faulty) for each in rule.consequences)

    def conditions(self) -> Iterable[Condition]:
        """What has to be true now for the duty to be active."""
        yield from self.activation
        for consequence in self.consequences:
            yield from consequence.conditions()

    def outcome(self, states: States, index: Callable[[Condition], int], request: Request, world: World) -> DutyOutcome:
        """What became of it until now."""
        active = all_of([states[index(each)] for each in self.activation])
        done = [each for each in world.performed if self._matches(each, request, world)]
        report = world.reports.get(self.rule.node)
        reported = "" if report is None else report.deontic
        after = tuple(each.outcome(states, index, request, world) for each in self.consequences)
        made_good = bool(after) and all(each.fulfilled for each in after)
        in_time = [each for each in done if self._in_time(each)] if reported != "violated" else []
        fulfilled = reported == "fulfilled" or bool(in_time) or (bool(done) and made_good)
        late = self.deadline is not None and world.now is not None and microseconds(world.now) > self.deadline
        violated = not fulfilled and (reported == "violated" or (late and active is not False))
        by = tuple(each.node for each in (in_time or done) if each.node) if fulfilled else ()
        if report is not None and report.node and reported == "fulfilled":
            by = (report.node, *by)
        holds = self._holds(active, fulfilled, violated, world)
        return DutyOutcome(holds, active, fulfilled, violated, by, after)

    def _holds(self, active: bool | None, fulfilled: bool, violated: bool, world: World) -> bool | None:
        if violated or fulfilled:
            return fulfilled
        if self._pre and self.phase is Phase.PRE:
            return None if active is None else not active
        if active is not False and not self._understood:
            return None
        return None if self.deadline is not None and world.now is None else True

    def _in_time(self, done: Performed) -> bool:
        return self.deadline is None or (done.at is not None and microseconds(done.at) <= self.deadline)

    def _matches(self, done: Performed, request: Request, world: World) -> bool:
        if self._faulty or done.action not in self._acts or done.fulfils not in (None, self.rule.node):
            return False
        if done.at is None or world.now is None or done.at > world.now:
            return False
        if not self._by_whom(done, request, world) or not self._about(done, world):
            return False
        if not self._refined:
            return True
        states = self.refinements.run(Request(done.action, done.party, done.target, done.values), World())
        return all_of([states[each] for each in self._refined]) is True

    def _by_whom(self, done: Performed, request: Request, world: World) -> bool:
        """By the assignee of the duty, or else by who asks; and for the parties that it names."""
        who = self.rule.assignee
        if done.party is None or not (named(who, world.within(done.party)) if who else done.party == request.party):
            return False
        if done.fulfils == self.rule.node:
            return True
        return all(_says(done, function, scope) for function, scope in self.rule.functions)

    def _about(self, done: Performed, world: World) -> bool:
        return self.rule.target is None or named(self.rule.target, world.within(done.target))


def named(scope: Scope, within: frozenset[str]) -> bool:
    """Whether a scope names one of these: the thing itself or a collection it is in."""
    return scope.iri in within or (scope.node is not None and scope.node in within)


def _says(done: Performed, function: str, scope: Scope) -> bool:
    value = done.values.get(function)
    return value is not None and any(term.value in (scope.iri, scope.node) for term in value.terms)


def _refinements(scope: Scope | None) -> tuple[Condition, ...]:
    return () if scope is None else scope.refinements


def _says_when(constraint: Constraint, program: Program) -> bool:
    """Whether a constraint of a duty says when it is due instead of whether it is one."""
    if constraint.left == ODRL.event.value:
        return len(constraint.right) == 1 and _is_usage(constraint.right[0].value)
    if constraint.left in _WAITING:
        return constraint.operator in _ORDERS and program.right(constraint) is not None
    return constraint.left == ODRL.dateTime.value and constraint.operator in _BEFORE


def _is_usage(text: str) -> bool:
    return text in ("policyUsage", ODRL.policyUsage.value)


def _phase(due: Iterable[Constraint]) -> Phase:
    for constraint in due:
        if constraint.left == ODRL.event.value:
            return _PHASES.get(constraint.operator, Phase.PRE)
    return Phase.POST if any(constraint.left in _WAITING for constraint in due) else Phase.PRE


def _latest(constraint: Constraint, program: Program) -> int | None:
    """The last microsecond that a deadline allows; one that cannot be read is over."""
    if constraint.left != ODRL.dateTime.value:
        return None
    right = program.right(constraint)
    if right is None or len(right) != 1:
        return -(10**30)
    bound = right[0]
    low, high = bound if isinstance(bound, tuple) else (bound, bound)
    return int(high) if constraint.operator == ODRL.lteq.value else int(low) - 1


def phase_of(kind: RuleKind, phase: Phase) -> Phase:
    """Obligations of a policy do not go before a use; they go on until they are done."""
    return Phase.ONGOING if kind is RuleKind.OBLIGATION and phase is Phase.PRE else phase
