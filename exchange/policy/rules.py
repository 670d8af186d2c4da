"""One permission or prohibition for one request: a closure that knows its sets, and answers with a plain tuple.

This is the hot path of a decision: nothing is looked up twice, and no list is made that is not part of the answer.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from exchange.policy.asking import Request, World
from exchange.policy.duties import CompiledDuty, DutyOutcome
from exchange.policy.model import Condition, Rule, RuleKind, Scope
from exchange.policy.operators import all_of
from exchange.policy.programs import States
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

Run = Callable[[States, str, frozenset[str], bool, Collection[str], Collection[str], Request, World], Outcome]
"""States, action asked for, what that implies, whether it is known, the target and what it is in, the party too."""


class CompiledRule:
    """A permission or prohibition.

    Attributes:
        constraints: places of its constraints among the states.
        refinements: likewise, of action, target and assignee.
    """

    def __init__(self, rule: Rule, words: Vocabulary, duties: tuple[CompiledDuty, ...], faulty: bool) -> None:
        self.rule = rule
        self.duties = duties
        self.faulty = faulty
        self.forbids = rule.kind is RuleKind.PROHIBITION
        self._known = not rule.action.iri or words.action(rule.action.iri) is not None
        self._acts = words.covered(rule.action.iri) if rule.action.iri else None
        self.constraints: tuple[int, ...] = ()
        self.refinements: tuple[tuple[int, ...], ...] = ((), (), ())

    def conditions(self) -> Iterator[Condition]:
        """Everything that is decided for it."""
        yield from self.rule.constraints
        for given in _refined(self.rule):
            yield from given
        for duty in self.duties:
            yield from duty.conditions()

    def placed(self, index: Callable[[Condition], int]) -> Run:
        """The closure, told where the states of its conditions stand."""
        self.constraints = tuple(index(each) for each in self.rule.constraints)
        self.refinements = tuple(tuple(index(each) for each in given) for given in _refined(self.rule))
        run = self._plain()
        refined = self._refining(run) if any(self.refinements) else run
        return self._dutiful(refined, index) if self.duties or self.faulty else refined

    def _plain(self) -> Run:
        """A rule by names and constraints alone; of a nameless scope, or of nothing asked, nobody can tell."""
        acts, forbids, own, constraints = self._acts, self.forbids, self._known, self.constraints
        target_names, party_names = _names(self.rule.target), _names(self.rule.assignee)

        def run(
            states: States,
            asked: str,
            implied: frozenset[str],
            known: bool,
            targets: Collection[str],
            parties: Collection[str],
            request: Request,
            world: World,
        ) -> Outcome:
            action: State = True
            if acts is not None and asked not in acts:
                action = forbids and (True if not acts.isdisjoint(implied) else None if not (known and own) else False)
            target: State = True
            if target_names is not None:
                target = not target_names.isdisjoint(targets) if target_names and targets else None
            party: State = True
            if party_names is not None:
                party = not party_names.isdisjoint(parties) if party_names and parties else None
            matched: State = True
            if not (action and target and party):
                matched = False if action is False or target is False or party is False else None
            active = matched
            for place in constraints:
                state = states[place]
                if not state and active is not False:
                    active = state
            return active, active, matched, action, target, party, True, (), matched is not False

        return run

    def _refining(self, plain: Run) -> Run:
        """A rule whose action, target or assignee is refined: about the request by its names, matched by both."""
        places = self.refinements

        def run(states: States, *asked: Any) -> Outcome:
            _, active, matched, *named, conditions, duties, about = plain(states, *asked)
            refined = [all_of([states[place] for place in its]) for its in places]
            action, target, party = (all_of(pair) for pair in zip(named, refined, strict=True))
            active, matched = all_of((active, *refined)), all_of((matched, *refined))
            return active, active, matched, action, target, party, conditions, duties, about

        return run

    def _dutiful(self, plain: Run, index: Callable[[Condition], int]) -> Run:
        """A rule with duties, or one of which a part is not understood: it is active, and grants nothing."""
        duties, faulty = self.duties, self.faulty

        def run(states: States, *asked: Any) -> Outcome:
            _, active, matched, action, target, party, _, _, about = plain(states, *asked)
            done = tuple([duty.outcome(states, index, *asked[-2:]) for duty in duties])
            conditions = all_of([each.holds for each in done])
            active = all_of((active, conditions))
            grants = None if faulty and active else active
            return grants, active, matched, action, target, party, conditions, done, about

        return run


def _names(scope: Scope | None) -> frozenset[str] | None:
    """What an asset or party goes by; a nameless one by nothing, None where the rule names none."""
    if scope is None:
        return None
    return frozenset(name for name in (scope.iri, scope.node) if name and not name.startswith("_:"))


def _refined(rule: Rule) -> tuple[tuple[Condition, ...], ...]:
    return (
        rule.action.refinements,
        rule.target.refinements if rule.target else (),
        rule.assignee.refinements if rule.assignee else (),
    )
