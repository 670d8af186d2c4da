"""One permission or prohibition for one request: a closure that knows its sets, and answers with a plain tuple.

This is the hot path of a decision: nothing is looked up twice, and no list is made that is not part of the answer.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from exchange.policy.asking import Request, World
from exchange.policy.duties import CompiledDuty, DutyOutcome
from exchange.policy.kleene import all_of
from exchange.policy.model import Condition, Rule, RuleKind, Scope
from exchange.policy.programs import States
from exchange.policy.vocabulary import Vocabulary

State = bool | None
_NOBODY = frozenset[str]().isdisjoint
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

Run = Callable[[States, State, Collection[str], Collection[str], Request, World], Outcome]
"""States, whether the action asked for is the rule's, the target and what it is in, the party too."""


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

    def acts(self, asked: str, implied: frozenset[str], known: bool) -> State:
        """Whether an action is that of the rule, by name alone.

        Args:
            implied: what else has to be allowed to do it.
            known: whether the vocabulary knows it.
        """
        acts = self._acts
        if acts is None or asked in acts:
            return True
        if not self.forbids:
            return False
        return True if not acts.isdisjoint(implied) else False if known and self._known else None

    def placed(self, index: Callable[[Condition], int]) -> Run:
        """The closure, told where the states of its conditions stand."""
        self.constraints = tuple(index(each) for each in self.rule.constraints)
        self.refinements = tuple(tuple(index(each) for each in given) for given in _refined(self.rule))
        run = self._plain()
        refined = self._refining(run) if any(self.refinements) else run
        return self._dutiful(refined, index) if self.duties or self.faulty else refined

    def _plain(self) -> Run:
        """A rule by names and constraints alone; of a nameless scope, or of nothing asked, nobody can tell."""
        constraints = self.constraints
        target_names, party_names = _names(self.rule.target), _names(self.rule.assignee)
        other_target = _NOBODY if target_names is None else target_names.isdisjoint
        other_party = _NOBODY if party_names is None else party_names.isdisjoint
        any_target: State = True if target_names is None else None
        any_party: State = True if party_names is None else None

        def run(
            states: States,
            action: State,
            targets: Collection[str],
            parties: Collection[str],
            request: Request,
            world: World,
        ) -> Outcome:
            target = not other_target(targets) if target_names and targets else any_target
            party = not other_party(parties) if party_names and parties else any_party
            if action and target and party:
                active: State = True
                for place in constraints:
                    state = states[place]
                    if not state and active is not False:
                        active = state
                return active, active, True, True, True, True, True, (), True
            if action is False or target is False or party is False:
                return False, False, False, action, target, party, True, (), False
            active = None
            for place in constraints:
                if states[place] is False:
                    active = False
            return active, active, None, action, target, party, True, (), True

        return run

    def _refining(self, plain: Run) -> Run:
        """A rule whose action, target or assignee is refined: about the request by its names, matched by both."""
        places = self.refinements

        def run(states: States, action: State, *asked: Any) -> Outcome:
            _, active, matched, *named, conditions, duties, about = plain(states, action, *asked)
            refined = [all_of([states[place] for place in its]) for its in places]
            action, target, party = (all_of(pair) for pair in zip(named, refined, strict=True))
            active, matched = all_of((active, *refined)), all_of((matched, *refined))
            return active, active, matched, action, target, party, conditions, duties, about

        return run

    def _dutiful(self, plain: Run, index: Callable[[Condition], int]) -> Run:
        """A rule with duties, or one of which a part is not understood: it is active, and grants nothing."""
        duties, faulty = self.duties, self.faulty

        def run(states: States, action: State, *asked: Any) -> Outcome:
            _, active, matched, action, target, party, _, _, about = plain(states, action, *asked)
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
