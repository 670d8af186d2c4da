"""One permission or prohibition for one request: a closure that knows what was asked, and answers with a plain tuple.

This is the hot path of a decision: names are matched before, and no list is made that is not part of the answer.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Final

from exchange.policy.asking import Request, World
from exchange.policy.duties import CompiledDuty, DutyOutcome
from exchange.policy.kleene import all_of
from exchange.policy.model import Condition, Rule, RuleKind, Scope
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

Run = Callable[[States, Request, World], Outcome]
"""A rule whose names are matched already, by the states of its conditions."""
# Most outcomes: of a rule that is about the request by all its names, by what its constraints say.
_ABOUT: dict[State, Outcome] = {
    active: (active, active, True, True, True, True, True, (), True) for active in (True, False, None)
}


class CompiledRule:
    """A permission or prohibition.

    Attributes:
        targets: names of its target; none where it has none, empty where it is nameless.
        parties: likewise, of its assignee.
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
        self.targets = _names(rule.target)
        self.parties = _names(rule.assignee)
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

    def place(self, index: Callable[[Condition], int]) -> None:
        """Be told where the states of its conditions stand."""
        self._index = index
        self.constraints = tuple(index(each) for each in self.rule.constraints)
        self.refinements = tuple(tuple(index(each) for each in given) for given in _refined(self.rule))

    def asked(self, action: State, targets: Collection[str], parties: Collection[str]) -> Run:
        """The closure for requests of these names.

        Args:
            action: whether it is that of the rule.
            targets: the target and what it is in; empty where the request names none.
            parties: likewise.
        """
        run = _plain(self.constraints, action, _among(self.targets, targets), _among(self.parties, parties))
        refined = self._refining(run) if any(self.refinements) else run
        return self._dutiful(refined) if self.duties or self.faulty else refined

    def _refining(self, plain: Run) -> Run:
        """A rule whose action, target or assignee is refined: about the request by its names, matched by both."""
        places = self.refinements

        def run(states: States, request: Request, world: World) -> Outcome:
            _, active, matched, *named, conditions, duties, about = plain(states, request, world)
            refined = [all_of([states[place] for place in its]) for its in places]
            action, target, party = (all_of(pair) for pair in zip(named, refined, strict=True))
            active, matched = all_of((active, *refined)), all_of((matched, *refined))
            return active, active, matched, action, target, party, conditions, duties, about

        return run

    def _dutiful(self, plain: Run) -> Run:
        """A rule with duties, or one of which a part is not understood: it is active, and grants nothing."""
        duties, faulty, index = self.duties, self.faulty, self._index

        def run(states: States, request: Request, world: World) -> Outcome:
            _, active, matched, action, target, party, _, _, about = plain(states, request, world)
            done = tuple([duty.outcome(states, index, request, world) for duty in duties])
            conditions = all_of([each.holds for each in done])
            active = all_of((active, conditions))
            grants = None if faulty and active else active
            return grants, active, matched, action, target, party, conditions, done, about

        return run


def _plain(constraints: tuple[int, ...], action: State, target: State, party: State) -> Run:
    """A rule by names and constraints alone."""
    if action is False or target is False or party is False:
        another = False, False, False, action, target, party, True, (), False
        return lambda states, request, world: another
    matched = all_of((action, target, party))

    def run(states: States, request: Request, world: World) -> Outcome:
        active = matched
        for place in constraints:
            state = states[place]
            if not state and active is not False:
                active = state
        return _ABOUT[active] if matched else (active, active, None, action, target, party, True, (), True)

    return run


def _among(names: frozenset[str] | None, asked: Collection[str]) -> State:
    """Whether a rule names what is asked for; of a nameless scope, or of nothing asked, nobody can tell."""
    if names is None:
        return True
    return not names.isdisjoint(asked) if names and asked else None


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
