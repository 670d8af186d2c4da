"""Many policies at once: only those about a request are decided, found by what they name, and their answers combined.

Of 100,000 agreements the few that name this asset and this party cost what they would cost alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exchange.policy.asking import Request, World
from exchange.policy.compiling import Compiled
from exchange.policy.decision import Decision, Enforced, Verdict
from exchange.policy.model import Policy, Rule, RuleKind, Scope
from exchange.policy.options import Options
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
    """Policies of one vocabulary, found by target, assignee and action, and compiled when they are first asked.

    A compiled policy takes some ten times the room of a read one, so of many only those asked lately are kept compiled.
    """

    def __init__(
        self,
        words: Vocabulary,
        policies: Iterable[Policy] = (),
        options: Options = Options(),
        *,
        kept_compiled: int = 5_000,
    ) -> None:
        self._words = words
        self._kept = kept_compiled
        self._options = options
        self._policies: dict[str, Policy] = {}
        self._compiled: dict[str, Compiled] = {}
        self._found: dict[_Key, dict[str, None]] = {}
        for policy in policies:
            self.put(policy)

    def __len__(self) -> int:
        return len(self._policies)

    def put(self, policy: Policy) -> None:
        """Add a policy, or take it for the one that has its IRI; in force from the next decision on."""
        self.remove(policy.iri)
        self._policies[policy.iri] = policy
        for key in self._keys(policy):
            self._found.setdefault(key, {})[policy.iri] = None

    def remove(self, iri: str) -> None:
        """Take a policy out; nothing happens if it is not in."""
        self._compiled.pop(iri, None)
        policy = self._policies.pop(iri, None)
        for key in self._keys(policy) if policy else ():
            del self._found[key][iri]
            if not self._found[key]:
                del self._found[key]

    def _of(self, iri: str) -> Compiled:
        compiled = self._compiled.get(iri)
        if compiled is None:
            if len(self._compiled) >= self._kept:
                del self._compiled[next(iter(self._compiled))]
            compiled = self._compiled[iri] = Compiled(self._policies[iri], self._words, self._options)
        return compiled

    def about(self, request: Request, world: World) -> list[Compiled]:
        """Policies with a rule that may be about a request, in the order in which they came in."""
        targets = (*world.within(request.target), _ANY) if request.target else None
        parties = (*world.within(request.party), _ANY) if request.party else None
        if targets is None or parties is None:  # a request that leaves these open may be about any of them
            return [self._of(iri) for iri in self._policies]
        found: dict[str, None] = {}
        for action in self._actions(request.action):
            for target in targets:
                for party in parties:
                    found.update(self._found.get((target, party, action), ()))
        return [self._of(iri) for iri in found]

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

    def _keys(self, policy: Policy) -> frozenset[_Key]:
        """Under what a policy is found; a void one too, so that it is not passed over."""
        return frozenset(
            (target, party, action)
            for rule in (*policy.permissions, *policy.prohibitions)
            for target in _names(rule.target)
            for party in _names(rule.assignee)
            for action in self._names_of_action(rule)
        )

    def _names_of_action(self, rule: Rule) -> tuple[str, ...]:
        action = rule.action.iri
        if rule.kind is not RuleKind.PROHIBITION:
            return (action,)
        # What an unknown action forbids, and whether an unknown request is forbidden, nobody can tell: it is decided.
        return (action, _UNKNOWN) if self._words.action(action) is not None else (_ANY, _UNKNOWN)


def _names(scope: Scope | None) -> tuple[str, ...]:
    """What an asset or party is found by; a nameless one may be any."""
    if scope is None or scope.iri.startswith("_:"):
        return (_ANY,)
    return tuple(name for name in (scope.iri, scope.node) if name and not name.startswith("_:"))
