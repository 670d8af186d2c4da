"""Deciding: one policy for one request, three-valued until the end, where only a permit permits."""

from collections.abc import Collection

from exchange.policy.asking import Request, World
from exchange.policy.decision import Decision, Report, Verdict
from exchange.policy.replaying import line
from exchange.policy.reporting import report
from exchange.policy.rulebook import Rulebook
from exchange.policy.rules import ABOUT, ACTIVE, GRANTS, Outcome, State

_EMPTY = World()
# Members of an enumeration are slow to look up where a microsecond counts.
_PERMIT, _DENY = Verdict.PERMIT, Verdict.DENY
_NOT_APPLICABLE, _INDETERMINATE = Verdict.NOT_APPLICABLE, Verdict.INDETERMINATE


class Compiled(Rulebook):
    """A policy that decides."""

    def decide(self, request: Request, world: World = _EMPTY) -> Decision:
        """The answer of this policy alone; nothing but `Verdict.PERMIT` permits."""
        if self.void or not self.evaluated:
            verdict = _INDETERMINATE if self.void else _NOT_APPLICABLE
            return Decision(self, request, world, verdict, [], [])
        states = self.program.run(request, world)
        asked, words = request.action, self.words
        known, implied = words.action(asked) is not None, words.implied(asked)
        target, party = request.target, request.party
        targets: Collection[str] = () if target is None else (target,)
        parties: Collection[str] = () if party is None else (party,)
        if world.memberships:
            targets, parties = world.within(target), world.within(party)
        outcomes = [run(states, asked, implied, known, targets, parties, request, world) for run in self.runs]
        return Decision(self, request, world, self._verdict(outcomes), states, outcomes)

    def _verdict(self, outcomes: list[Outcome]) -> Verdict:
        """Kleene's or over what permissions grant and prohibitions forbid, then the conflict strategy."""
        granted: State = False
        forbidden: State = False
        about = False
        for place, outcome in enumerate(
            outcomes
        ):  # written out, since a call for each rule would cost more than the rest
            about = about or outcome[ABOUT]
            if place < self.granting:
                grants = outcome[GRANTS]
                granted = True if granted or grants else None if grants is None else granted
            else:
                forbids = outcome[ACTIVE]
                forbidden = True if forbidden or forbids else None if forbids is None else forbidden
        if granted is False:
            return _DENY if about else _NOT_APPLICABLE
        if forbidden is False or self.permission_wins:
            return _PERMIT if granted else _INDETERMINATE
        return _DENY if forbidden else _INDETERMINATE

    def report(self, decision: Decision) -> Report:
        """The decision written out."""
        return report(self, decision)

    def line(self, decision: Decision) -> bytes:
        """One JSON line that can be replayed."""
        return line(self, decision)
