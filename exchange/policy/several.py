"""Many policies at once: only those about a request are decided, found by what they name, and their answers combined.

Of 100,000 agreements the few that name this asset and this party cost what they would cost alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exchange.policy.asking import Request, World
from exchange.policy.compiling import Compiled
from exchange.policy.decision import Decision, Enforced, Verdict
from exchange.policy.model import Rule, RuleKind, Scope
from exchange.policy.vocabulary import Vocabulary

_ANY = ""
_UNKNOWN = "?"  # actions that nothing declares, and prohibitions for requests of such an action
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Combined:
    """The answers of several policies as one.

    Attributes:
        decisions: of the policies that are about the request, each alone.
    """

    verdict: Verdict
    decisions: tuple[Decision, ...]

    @property
    def permitted(self) -> bool:
        """Whether the request may go ahead."""
        return self.verdict is Verdict.PERMIT

    @property
    def enforced(self) -> Enforced:
        """What is done."""
        return Enforced.PERMIT if self.permitted else Enforced.DENY


def combined(decisions: Iterable[Decision], *, permit_overrides: bool = False) -> Combined:
    """One answer of several: a refusal or a doubt outweighs every permit, unless permits are to outweigh."""
    given = tuple(decisions)
    verdicts = {decision.verdict for decision in given}
    order = (Verdict.DENY, Verdict.INDETERMINATE, Verdict.PERMIT)
    if permit_overrides:
        order = (Verdict.PERMIT, Verdict.INDETERMINATE, Verdict.DENY)
    return Combined(next((each for each in order if each in verdicts), Verdict.NOT_APPLICABLE), given)


class Policies:
    """Compiled policies of one vocabulary, found by target, assignee and action."""

    def __init__(self, words: Vocabulary, policies: Iterable[Compiled] = ()) -> None:
        self._words = words
        self._policies: dict[str, Compiled] = {}
        self._keys: dict[str, frozenset[_Key]] = {}
        self._found: dict[_Key, dict[str, None]] = {}
        for policy in policies:
            self.put(policy)

    def __len__(self) -> int:
        return len(self._policies)

    def put(self, policy: Compiled) -> None:
        """Add a policy, or take it for the one that has its IRI; in force from the next decision on."""
        iri = policy.policy.iri
        self.remove(iri)
        self._policies[iri] = policy
        self._keys[iri] = frozenset(key for rule in _rules(policy) for key in self._keys_of(rule))
        for key in self._keys[iri]:
            self._found.setdefault(key, {})[iri] = None

    def remove(self, iri: str) -> None:
        """Take a policy out; nothing happens if it is not in."""
        self._policies.pop(iri, None)
        for key in self._keys.pop(iri, frozenset()):
            del self._found[key][iri]
            if not self._found[key]:
                del self._found[key]

    def about(self, request: Request, world: World) -> list[Compiled]:
        """Policies with a rule that may be about a request, in the order in which they came in."""
        targets = (*world.within(request.target), _ANY) if request.target else None
        parties = (*world.within(request.party), _ANY) if request.party else None
        if targets is None or parties is None:  # a request that leaves these open may be about any of them
            return list(self._policies.values())
        found: dict[str, None] = {}
        for action in self._actions(request.action):
            for target in targets:
                for party in parties:
                    found.update(self._found.get((target, party, action), ()))
        return [self._policies[iri] for iri in found]

    def decide(self, request: Request, world: World, *, permit_overrides: bool = False) -> Combined:
        """Each policy about the request decided alone, and their answers combined."""
        decisions = [policy.decide(request, world) for policy in self.about(request, world)]
        return combined(decisions, permit_overrides=permit_overrides)

    def _actions(self, asked: str) -> Iterator[str]:
        """Names under which a rule about an action may stand."""
        if self._words.action(asked) is None:
            yield from (asked, _UNKNOWN)
        yield _ANY
        yield from self._words.covering(asked)
        for implied in self._words.implied(asked):
            yield from self._words.covering(implied)

    def _keys_of(self, rule: Rule) -> Iterator[_Key]:
        for target in _names(rule.target):
            for party in _names(rule.assignee):
                for action in self._names_of_action(rule):
                    yield target, party, action

    def _names_of_action(self, rule: Rule) -> tuple[str, ...]:
        action = rule.action.iri
        if rule.kind is not RuleKind.PROHIBITION:
            return (action,)
        # What an unknown action forbids, and whether an unknown request is forbidden, nobody can tell: it is decided.
        return (action, _UNKNOWN) if self._words.action(action) is not None else (_ANY, _UNKNOWN)


def _rules(policy: Compiled) -> Iterator[Rule]:
    """Rules that answer; a void policy stands under all it names, so that it is not passed over."""
    yield from policy.policy.permissions
    yield from policy.policy.prohibitions


def _names(scope: Scope | None) -> tuple[str, ...]:
    """What an asset or party is found by; a nameless one may be any."""
    if scope is None or scope.iri.startswith("_:"):
        return (_ANY,)
    return tuple(name for name in (scope.iri, scope.node) if name and not name.startswith("_:"))
