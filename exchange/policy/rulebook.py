"""A policy made ready to decide: sets and closures worked out once, so that a decision is looking things up."""

from collections.abc import Iterable, Iterator

import orjson

from exchange.policy.counting import Counting
from exchange.policy.decision import Verdict
from exchange.policy.duties import CompiledDuty
from exchange.policy.model import Condition, Conflict, Policy, PolicyKind, Rule, Severity
from exchange.policy.options import Options
from exchange.policy.programs import Program
from exchange.policy.rules import CompiledRule, Run, State
from exchange.policy.vocabulary import Vocabulary

_EVALUATED = frozenset((PolicyKind.SET, PolicyKind.AGREEMENT, PolicyKind.TICKET, PolicyKind.PRIVACY))

_Acting = tuple[tuple[Run, State], ...]


class Rulebook:
    """The compiled rules of a policy; `compiling.Compiled` decides by them.

    Attributes:
        program: all conditions of its permissions, prohibitions and obligations.
        limits: counters that it looks at, by policy and name, each with those that it is the sum of.
        rules: permissions, then prohibitions.
        runs: a closure for each of them.
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

        def duties(given: Iterable[Rule]) -> tuple[CompiledDuty, ...]:
            return tuple(CompiledDuty(each, words, self.counting, options.duty_mode, faulty) for each in given)

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
        self.runs = [rule.placed(self.program.index) for rule in self.rules]
        self.closed = Verdict.INDETERMINATE if self.void else None if self.evaluated else Verdict.NOT_APPLICABLE
        self.heads = {verdict: self._head(verdict) for verdict in Verdict}
        self._acting: dict[str, _Acting] = {}

    def acting(self, asked: str) -> _Acting:
        """Each rule with whether an action is that of the rule; kept for actions that the vocabulary knows.

        Others come from outside in any number, so they would fill the memory.
        """
        kept = self._acting.get(asked)
        if kept is not None:
            return kept
        known, implied = self.words.action(asked) is not None, self.words.implied(asked)
        found = tuple((run, rule.acts(asked, implied, known)) for run, rule in zip(self.runs, self.rules, strict=True))
        if known:
            self._acting[asked] = found
        return found

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
