"""A policy made ready to decide: sets and closures worked out once, so that a decision is looking things up."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import orjson

from exchange.policy.duties import CompiledDuty, DutyOutcome
from exchange.policy.model import Condition, Policy, PolicyKind, Rule, RuleKind, Severity
from exchange.policy.operators import all_of
from exchange.policy.options import Options
from exchange.policy.programs import Program, States
from exchange.policy.vocabulary import Vocabulary

State = bool | None
Outcome = tuple[State, State, State, State, State, State, State, tuple[DutyOutcome, ...], bool]
"""Of a rule: what it grants or forbids, active, matched, action, target, party, conditions, duties, and whether it is
about the request, refinements aside."""
GRANTS: Final = 0
ACTIVE: Final = 1
MATCHED: Final = 2
ACTION: Final = 3
TARGET: Final = 4
PARTY: Final = 5
CONDITIONS: Final = 6
DUTIES: Final = 7
ABOUT: Final = 8

_EVALUATED = frozenset((PolicyKind.SET, PolicyKind.AGREEMENT, PolicyKind.TICKET, PolicyKind.PRIVACY))


class CompiledRule:
    """A permission or prohibition.

    Attributes:
        acts: actions it is about; None for one that names none, which is about all.
        constraints: places of its constraints among the states.
    """

    def __init__(self, rule: Rule, words: Vocabulary, duties: tuple[CompiledDuty, ...], faulty: bool) -> None:
        self.rule = rule
        self.duties = duties
        self.faulty = faulty
        self.forbids = rule.kind is RuleKind.PROHIBITION
        self.known = not rule.action.iri or words.action(rule.action.iri) is not None
        self.acts = words.covered(rule.action.iri) if rule.action.iri else None
        self.constraints: tuple[int, ...] = ()
        self.refinements: tuple[tuple[int, ...], ...] = ((), (), ())

    def place(self, index: Callable[[Condition], int]) -> None:
        """Learn where the states of its conditions stand."""
        self.constraints = tuple(index(each) for each in self.rule.constraints)
        self.refinements = tuple(tuple(index(each) for each in given) for given in _refined(self.rule))

    def conditions(self) -> Iterator[Condition]:
        """Everything that is decided for it."""
        yield from self.rule.constraints
        for given in _refined(self.rule):
            yield from given
        for duty in self.duties:
            yield from duty.conditions()

    def action(self, asked: str, implied: frozenset[str], known: bool) -> State:
        """Whether the action asked for is one of its own, to a prohibition also by what that implies.

        Of an unknown action a prohibition cannot tell.
        """
        if self.acts is None or asked in self.acts:
            return True
        if not self.forbids:
            return False
        if implied and not self.acts.isdisjoint(implied):
            return True
        return False if known and self.known else None

    def outcome(
        self,
        states: States,
        action: State,
        target: State,
        party: State,
        duties: tuple[DutyOutcome, ...],
    ) -> Outcome:
        """What it comes to."""
        acts, targets, parties = self.refinements
        about = action is not False and target is not False and party is not False
        if acts:
            action = all_of([action, *[states[each] for each in acts]])
        if targets:
            target = all_of([target, *[states[each] for each in targets]])
        if parties:
            party = all_of([party, *[states[each] for each in parties]])
        matched = (
            action and target and party if None not in (action, target, party) else all_of((action, target, party))
        )
        active = all_of([matched, *[states[each] for each in self.constraints]])
        conditions: State = True
        if duties:
            conditions = all_of([each.holds for each in duties])
            active = all_of((active, conditions))
        grants = None if self.faulty and active else active
        return grants, active, matched, action, target, party, conditions, duties, about


class Rulebook:
    """The compiled rules of a policy; `compiling.Compiled` decides by them.

    Attributes:
        program: all conditions of its permissions, prohibitions and obligations.
        rules: permissions, then prohibitions.
        head: what every logged line of it begins with.
    """

    def __init__(self, policy: Policy, words: Vocabulary, options: Options = Options()) -> None:
        self.policy = policy
        self.words = words
        self.options = options
        self.void = policy.void
        self.evaluated = options.what_if or policy.kind in _EVALUATED
        faulty = frozenset(each.node for each in policy.faults if each.severity is Severity.UNKNOWN)

        def duties(given: Iterable[Rule]) -> tuple[CompiledDuty, ...]:
            return tuple(CompiledDuty(each, words, policy.iri, options.duty_mode, faulty) for each in given)

        self.permissions = [
            CompiledRule(each, words, duties(each.duties), each.node in faulty) for each in policy.permissions
        ]
        self.prohibitions = [CompiledRule(each, words, (), each.node in faulty) for each in policy.prohibitions]
        self.rules = [*self.permissions, *self.prohibitions]
        self.obligations = duties(policy.obligations)
        self.remedies = {id(each): duties(each.remedies) for each in policy.prohibitions}
        self.program = Program(self._conditions(), words, policy.iri, options.zone_minutes)
        for rule in self.rules:
            rule.place(self.program.index)
        self.head = (
            orjson.dumps(
                {"policy": policy.iri, "hash": policy.hash, "vocabulary": words.hash, "options": str(options)}
            )[:-1]
            + b","
        )

    def _conditions(self) -> Iterator[Condition]:
        for rule in self.rules:
            yield from rule.conditions()
        for duty in (*self.obligations, *(each for given in self.remedies.values() for each in given)):
            yield from duty.conditions()


def _refined(rule: Rule) -> tuple[tuple[Condition, ...], ...]:
    return (
        rule.action.refinements,
        rule.target.refinements if rule.target else (),
        rule.assignee.refinements if rule.assignee else (),
    )
