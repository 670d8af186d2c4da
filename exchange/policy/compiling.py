"""Deciding: one policy for one request, three-valued until the end, where only a permit permits."""

from exchange.policy.asking import Request, World
from exchange.policy.decision import Decision, Report, Verdict
from exchange.policy.duties import named
from exchange.policy.model import Conflict, Scope
from exchange.policy.operators import any_of
from exchange.policy.replaying import line
from exchange.policy.reporting import report
from exchange.policy.rulebook import ABOUT, ACTIVE, GRANTS, Outcome, Rulebook, State

_EMPTY = World()


class Compiled(Rulebook):
    """A policy that decides."""

    def decide(self, request: Request, world: World = _EMPTY) -> Decision:
        """The answer of this policy alone; nothing but `Verdict.PERMIT` permits."""
        if self.void or not self.evaluated:
            verdict = Verdict.INDETERMINATE if self.void else Verdict.NOT_APPLICABLE
            return Decision(self, request, world, verdict, [], [])
        states = self.program.run(request, world)
        asked, words = request.action, self.words
        known, implied = words.action(asked) is not None, words.implied(asked)
        targets, parties = world.within(request.target), world.within(request.party)
        index = self.program.index
        outcomes: list[Outcome] = []
        for rule in self.rules:
            duties = tuple([each.outcome(states, index, request, world) for each in rule.duties]) if rule.duties else ()
            outcomes.append(
                rule.outcome(
                    states,
                    rule.action(asked, implied, known),
                    _matches(rule.rule.target, targets),
                    _matches(rule.rule.assignee, parties),
                    duties,
                )
            )
        return Decision(self, request, world, self._verdict(outcomes), states, outcomes)

    def _verdict(self, outcomes: list[Outcome]) -> Verdict:
        grants = any_of([outcome[GRANTS] for outcome in outcomes[: len(self.permissions)]])
        forbids = any_of([outcome[ACTIVE] for outcome in outcomes[len(self.permissions) :]])
        if grants is False:
            applies = forbids is not False or any(outcome[ABOUT] for outcome in outcomes)
            return Verdict.DENY if applies else Verdict.NOT_APPLICABLE
        if self.policy.conflict is Conflict.PERM or forbids is False:
            return Verdict.PERMIT if grants else Verdict.INDETERMINATE
        return Verdict.DENY if forbids else Verdict.INDETERMINATE

    def report(self, decision: Decision) -> Report:
        """The decision written out."""
        return report(self, decision)

    def line(self, decision: Decision) -> bytes:
        """One JSON line that can be replayed."""
        return line(self, decision)


def _matches(scope: Scope | None, within: frozenset[str]) -> State:
    """Whether the asset or party asked about is named; of a nameless scope, or of nothing asked, nobody can tell."""
    if scope is None:
        return True
    if not within or scope.iri.startswith("_:"):
        return None
    return named(scope, within)
