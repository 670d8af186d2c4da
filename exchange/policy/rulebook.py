"""A policy made ready to decide: sets and closures worked out once, so that a decision is looking things up."""

from collections.abc import Iterable, Iterator

import orjson

from exchange.policy.duties import CompiledDuty
from exchange.policy.model import Condition, Conflict, Policy, PolicyKind, Rule, Severity
from exchange.policy.options import Options
from exchange.policy.programs import Program
from exchange.policy.rules import CompiledRule
from exchange.policy.vocabulary import Vocabulary

_EVALUATED = frozenset((PolicyKind.SET, PolicyKind.AGREEMENT, PolicyKind.TICKET, PolicyKind.PRIVACY))


class Rulebook:
    """The compiled rules of a policy; `compiling.Compiled` decides by them.

    Attributes:
        program: all conditions of its permissions, prohibitions and obligations.
        rules: permissions, then prohibitions.
        runs: a closure for each of them.
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
        self.granting = len(self.permissions)
        self.permission_wins = policy.conflict is Conflict.PERM
        self.runs = [rule.placed(self.program.index) for rule in self.rules]
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
