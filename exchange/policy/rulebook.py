"""A policy made ready to decide: sets and closures worked out once, so that a decision is looking things up."""

from collections.abc import Collection, Iterable, Iterator

import orjson

from exchange.policy.asking import Request, World
from exchange.policy.counting import Counting
from exchange.policy.decision import Verdict
from exchange.policy.duties import CompiledDuty
from exchange.policy.model import Condition, Conflict, Policy, PolicyKind, Rule, Severity
from exchange.policy.options import Options
from exchange.policy.programs import Program
from exchange.policy.rules import CompiledRule, Run
from exchange.policy.vocabulary import Vocabulary

_EVALUATED = frozenset((PolicyKind.SET, PolicyKind.AGREEMENT, PolicyKind.TICKET, PolicyKind.PRIVACY))

_OTHER = ""
"""Stands for every name that no rule mentions: to a policy they are all alike."""
_ROOM = 10_000
"""Closures kept of one policy, each some 200 bytes."""
_Asked = tuple[tuple[Run, ...], tuple[Run, ...]]


class Rulebook:
    """The compiled rules of a policy; `compiling.Compiled` decides by them.

    Attributes:
        program: all conditions of its permissions, prohibitions and obligations.
        limits: counters that it looks at, by policy and name, each with those that it is the sum of.
        rules: permissions, then prohibitions.
        closed: the answer to every request where the policy is void or not one that is evaluated.
        heads: what every logged line of it begins with, by its verdict.
    """

    def __init__(self, policy: Policy, words: Vocabulary, options: Options = Options()) -> None:
        self.policy = policy
        self.words = words
        self.options = options
        self.void = policy.void
        self.counting = Counting(policy, words)
        self.evaluated = options.what_if or policy.kind in _EVALUATED
        faulty = frozenset(each.node for each in policy.faults if each.severity is Severity.UNKNOWN)

        made: dict[int, CompiledDuty] = {}

        def duty(given: Rule) -> CompiledDuty:
            if id(given) not in made:
                made[id(given)] = CompiledDuty(given, words, self.counting, options.duty_mode, faulty)
            return made[id(given)]

        def duties(given: Iterable[Rule]) -> tuple[CompiledDuty, ...]:
            return tuple(duty(each) for each in given)  # the atomic rules of one rule have theirs in common

        self.permissions = [
            CompiledRule(each, words, duties(each.duties), each.node in faulty) for each in policy.permissions
        ]
        self.prohibitions = [CompiledRule(each, words, (), each.node in faulty) for each in policy.prohibitions]
        self.rules = [*self.permissions, *self.prohibitions]
        self.obligations = duties(policy.obligations)
        self.remedies = {id(each): duties(each.remedies) for each in policy.prohibitions}
        self.program = Program(self._conditions(), words, self.counting, options.zone_minutes)
        self.limits = self.program.limits
        self.granting = len(self.permissions)
        self.permission_wins = policy.conflict is Conflict.PERM
        for rule in self.rules:
            rule.place(self.program.index)
        self._targets = _mentioned(rule.targets for rule in self.rules)
        self._parties = _mentioned(rule.parties for rule in self.rules)
        self.closed = Verdict.INDETERMINATE if self.void else None if self.evaluated else Verdict.NOT_APPLICABLE
        self.heads = {verdict: self._head(verdict) for verdict in Verdict}
        self._kept: dict[tuple[str, str | None, str | None], _Asked] = {}

    def asked(self, request: Request, world: World) -> _Asked:
        """A closure for each permission and each prohibition, by the names that the request has."""
        action, target, party = request.action, request.target, request.party
        if world.memberships:
            return self._matched(action, world.within(target), world.within(party))
        if target not in self._targets:
            target = _OTHER
        if party not in self._parties:
            party = _OTHER
        kept = self._kept.get((action, target, party))
        return self._keep(action, target, party) if kept is None else kept

    def _keep(self, action: str, target: str | None, party: str | None) -> _Asked:
        """Match names and keep it; unknown actions come from outside in any number, so they would fill the memory."""
        found = self._matched(action, () if target is None else (target,), () if party is None else (party,))
        if self.words.action(action) is not None:
            if len(self._kept) * len(self.rules) >= _ROOM:
                self._kept.clear()
            self._kept[action, target, party] = found
        return found

    def _matched(self, asked: str, targets: Collection[str], parties: Collection[str]) -> _Asked:
        known, implied = self.words.action(asked) is not None, self.words.implied(asked)
        runs = tuple(rule.asked(rule.acts(asked, implied, known), targets, parties) for rule in self.rules)
        return runs[: self.granting], runs[self.granting :]

    def _head(self, verdict: Verdict) -> bytes:
        head = {
            "policy": self.policy.iri,
            "hash": self.policy.hash,
            "vocabulary": self.words.hash,
            "options": str(self.options),
            "verdict": verdict.value,
            "enforced": "permit" if verdict is Verdict.PERMIT else "deny",
        }
        return orjson.dumps(head)[:-1] + b","

    def _conditions(self) -> Iterator[Condition]:
        for rule in self.rules:
            yield from rule.conditions()
        for duty in (*self.obligations, *(each for given in self.remedies.values() for each in given)):
            yield from duty.conditions()


def _mentioned(names: Iterable[frozenset[str] | None]) -> frozenset[str | None]:
    """Names that make a difference; naming none does, too."""
    return frozenset((None,)).union(*(each for each in names if each is not None))
