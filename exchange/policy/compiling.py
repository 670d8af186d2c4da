"""Deciding: one policy for one request, three-valued until the end, where only a permit permits."""

from collections.abc import Iterable

from exchange.policy.asking import Request, World
from exchange.policy.decision import Decision, Report, Verdict
from exchange.policy.replaying import line
from exchange.policy.reporting import report
from exchange.policy.rulebook import Rulebook
from exchange.policy.rules import ABOUT, ACTIVE, GRANTS, Outcome, State

_EMPTY = World()
# Members of an enumeration and constants of a module are slow to look up where a microsecond counts.
_PERMIT, _DENY = Verdict.PERMIT, Verdict.DENY
_NOT_APPLICABLE, _INDETERMINATE = Verdict.NOT_APPLICABLE, Verdict.INDETERMINATE


class Compiled(Rulebook):
    """A policy that decides."""

    def decide(self, request: Request, world: World = _EMPTY) -> Decision:
        """The answer of this policy alone; nothing but `Verdict.PERMIT` permits."""
        if self.closed is not None:
            return Decision(self, request, world, self.closed, [], [])
        states = self.program.run(request, world)
        permissions, prohibitions = self.asked(request, world)
        outcomes: list[Outcome] = []
        granted: State = False
        forbidden: State = False
        # Kleene's or over both kinds of rules, written out: a call for each rule would cost more than the rest.
        for run in permissions:
            outcome = run(states, request, world)
            outcomes.append(outcome)
            if not granted and (grants := outcome[GRANTS]) is not False:
                granted = grants
        for run in prohibitions:
            outcome = run(states, request, world)
            outcomes.append(outcome)
            if not forbidden and (forbids := outcome[ACTIVE]) is not False:
                forbidden = forbids
        return Decision(self, request, world, self._verdict(granted, forbidden, outcomes), states, outcomes)

    def _verdict(self, granted: State, forbidden: State, outcomes: Iterable[Outcome]) -> Verdict:
        """What permissions grant against what prohibitions forbid, by the conflict strategy."""
        if granted is False:
            return _DENY if any(outcome[ABOUT] for outcome in outcomes) else _NOT_APPLICABLE
        if forbidden is False or self.permission_wins:
            return _PERMIT if granted else _INDETERMINATE
        return _DENY if forbidden else _INDETERMINATE

    def report(self, decision: Decision) -> Report:
        """The decision written out."""
        return report(self, decision)

    def line(self, decision: Decision) -> bytes:
        """One JSON line that can be replayed."""
        return line(self, decision)
