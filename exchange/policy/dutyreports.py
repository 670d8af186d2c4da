"""Writing duties out: when they are due, who carries them out, whether they keep a permission from granting."""

from collections.abc import Callable, Iterable, Iterator

from exchange.policy.decision import (
    Activation,
    Decision,
    Deontic,
    DutyReport,
    Performance,
    Premise,
    PremiseKind,
    RuleReport,
    Verdict,
)
from exchange.policy.duties import CompiledDuty, DutyOutcome, phase_of
from exchange.policy.model import Condition
from exchange.policy.rulebook import Rulebook
from ontology.terms import ODRL

_DATED = frozenset((ODRL.dateTime.value, ODRL.delayPeriod.value, ODRL.elapsedTime.value))


class DutyWriter:
    """Writes out the duties of one decision."""

    def __init__(
        self, compiled: Rulebook, decision: Decision, premise: Callable[[Condition, PremiseKind], Premise]
    ) -> None:
        self._compiled = compiled
        self._decision = decision
        self._premise = premise

    def fresh(self, duty: CompiledDuty) -> DutyReport:
        """A duty that the decision itself did not need."""
        decision = self._decision
        return self.written(
            duty, duty.outcome(decision.states, self._compiled.program.index, decision.request, decision.world)
        )

    def written(self, duty: CompiledDuty, outcome: DutyOutcome) -> DutyReport:
        """A duty with its states."""
        consequences = zip(duty.consequences, outcome.consequences, strict=True)
        return DutyReport(
            rule=duty.rule,
            phase=phase_of(duty.rule.kind, duty.phase),
            activation=Activation.INACTIVE if outcome.active is False else Activation.ACTIVE,
            performance=Performance.PERFORMED if outcome.fulfilled else Performance.UNPERFORMED,
            deontic=_deontic(outcome),
            handler=_handler(self._compiled.words.action(duty.rule.action.iri) or duty.rule.action.iri),
            deadline=_deadline(duty),
            premises=tuple(self._premise(each, PremiseKind.CONSTRAINT) for each in duty.activation),
            consequences=tuple(self.written(each, its) for each, its in consequences),
            satisfied_by=outcome.by,
            holds_back=outcome.holds is not True,
        )

    def due(self, rules: Iterable[RuleReport]) -> Iterator[DutyReport]:
        """What is to be carried out: duties of permissions about this request, then obligations of the policy."""
        if self._compiled.void or not self._compiled.evaluated:
            return
        granting = [each for each in rules if each.control and each.rule.kind == "permission"]
        permitted = self._decision.verdict is Verdict.PERMIT
        for rule in granting if permitted else rules:
            if rule.matched != "unsatisfied":
                yield from (each for each in rule.conditions if each.activation is Activation.ACTIVE)
        for duty in self._compiled.obligations:
            written = self.fresh(duty)
            if written.activation is Activation.ACTIVE:
                yield written


def _deontic(outcome: DutyOutcome) -> Deontic:
    if outcome.fulfilled:
        return Deontic.FULFILLED
    return Deontic.VIOLATED if outcome.violated else Deontic.NOT_SET


def _handler(action: str) -> str:
    return action.replace("#", "/").rsplit("/", 1)[-1]


def _deadline(duty: CompiledDuty) -> str | None:
    """As the policy writes it; of a time between the use and the duty, the duration."""
    for constraint in duty.due:
        if constraint.left in _DATED and constraint.right:
            return constraint.right[0].value
    return None
