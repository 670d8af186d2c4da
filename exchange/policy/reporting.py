"""Writing a decision out: premises with the values seen, duties, what is missing, and what would make it a permit."""

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from exchange.policy.consuming import consumed
from exchange.policy.decision import (
    Activation,
    Attempt,
    ConflictReport,
    Decision,
    Deontic,
    Identity,
    Missing,
    Performance,
    Premise,
    PremiseKind,
    Remedy,
    Report,
    RuleReport,
    Satisfaction,
    Seen,
    Verdict,
)
from exchange.policy.dutyreports import DutyWriter
from exchange.policy.kleene import all_of
from exchange.policy.model import Condition, Conflict, LogicalConstraint, Scope
from exchange.policy.monitoring import infringed
from exchange.policy.reasons import reasons
from exchange.policy.rulebook import Rulebook
from exchange.policy.rules import (
    ABOUT,
    ACTION,
    ACTIVE,
    CONDITIONS,
    DUTIES,
    GRANTS,
    MATCHED,
    PARTY,
    TARGET,
    CompiledRule,
    Outcome,
    State,
)
from ontology.messages import Message
from ontology.terms import ODRL, XSD

_SATISFACTION = {True: Satisfaction.SATISFIED, False: Satisfaction.UNSATISFIED, None: Satisfaction.UNKNOWN}
_DAY = Message(
    ja="日付はその日一日と読みました。日付に時間帯がなければ UTC{zone} とします。",
    en="The date was read as that whole day; without a zone of its own, in UTC{zone}.",
)


def report(compiled: Rulebook, decision: Decision) -> Report:
    """Everything about a decision."""
    writer = ReportWriter(compiled, decision)
    rules = tuple(writer.rules())
    conflict = writer.conflict()
    nearest = writer.nearest(rules)
    return Report(
        identity=identity(compiled),
        verdict=decision.verdict,
        enforced=decision.enforced,
        reasons=reasons(compiled, decision, rules, conflict),
        rules=rules,
        duties=tuple(writer.duties.due(rules)),
        missing=tuple(writer.missing()),
        conflict=conflict,
        consumed=consumed(compiled, decision),
        nearest=nearest,
        faults=compiled.policy.faults,
    )


def identity(compiled: Rulebook) -> Identity:
    """What exactly was evaluated."""
    policy = compiled.policy
    return Identity(
        policy.iri,
        policy.hash,
        policy.parents,
        policy.profiles,
        policy.replaced,
        compiled.words.hash,
        str(compiled.options),
    )


class ReportWriter:
    """Writes out one decision."""

    def __init__(self, compiled: Rulebook, decision: Decision) -> None:
        self._compiled = compiled
        self._decision = decision
        zone = compiled.options.zone
        self._day = Message(ja=_DAY.ja.format(zone=zone), en=_DAY.en.format(zone=zone))
        self._met: tuple[ConflictReport | None] | None = None
        self.duties = DutyWriter(compiled, decision, self.premise)

    def rules(self) -> Iterator[RuleReport]:
        """Permissions and prohibitions with their states."""
        for rule, outcome in zip(self._compiled.rules, self._outcomes(), strict=False):
            yield self._rule(rule, outcome)

    def _outcomes(self) -> Sequence[Outcome]:
        return cast("Sequence[Outcome]", self._decision.outcomes)

    def _rule(self, compiled: CompiledRule, outcome: Outcome) -> RuleReport:
        states, rule = self._decision.states, compiled.rule
        constraints = all_of([states[each] for each in compiled.constraints])
        in_force = all_of((constraints, outcome[CONDITIONS]))
        violated = compiled.forbids and infringed(self._compiled, rule, self._decision)
        deontic = Deontic.VIOLATED if violated else Deontic.NOT_SET
        return RuleReport(
            rule=rule,
            matched=_SATISFACTION[outcome[MATCHED]],
            attempt=Attempt.ATTEMPTED,
            activation=_activation(outcome[ACTIVE], compiled.forbids),
            in_force=_activation(in_force, compiled.forbids),
            control=outcome[GRANTS] is True or (compiled.forbids and outcome[ACTIVE] is not False),
            performance=Performance.PERFORMED if violated else Performance.UNKNOWN,
            deontic=deontic,
            premises=tuple(self._premises(compiled, outcome)),
            conditions=tuple(
                self.duties.written(duty, its) for duty, its in zip(compiled.duties, outcome[DUTIES], strict=True)
            ),
            remedies=tuple(self.duties.fresh(each) for each in self._compiled.remedies.get(id(rule), ())),
            overridden=self._overridden(compiled, outcome),
        )

    def _overridden(self, compiled: CompiledRule, outcome: Outcome) -> bool:
        found = self.conflict()
        if found is None:
            return False
        if compiled.forbids:
            return outcome[ACTIVE] is not False and found.strategy == Conflict.PERM
        return outcome[GRANTS] is True and found.strategy != Conflict.PERM

    def _premises(self, compiled: CompiledRule, outcome: Outcome) -> Iterator[Premise]:
        rule = compiled.rule
        if rule.action.iri:
            yield self._named(PremiseKind.ACTION, outcome[ACTION], rule.action.iri, rule.action.refinements)
        if rule.target:
            yield self._scoped(PremiseKind.TARGET, outcome[TARGET], rule.target)
        if rule.assignee:
            yield self._scoped(PremiseKind.PARTY, outcome[PARTY], rule.assignee)
        for condition in rule.constraints:
            yield self.premise(condition, PremiseKind.CONSTRAINT)
        if compiled.faulty:
            yield Premise(PremiseKind.RULE, rule.node, Satisfaction.UNKNOWN)

    def _scoped(self, kind: PremiseKind, state: State, scope: Scope) -> Premise:
        return self._named(kind, state, scope.node or scope.iri, scope.refinements)

    def _named(self, kind: PremiseKind, state: State, left: str, refinements: Iterable[Condition]) -> Premise:
        parts = tuple(self.premise(each, PremiseKind.REFINEMENT) for each in refinements)
        return Premise(kind, "", _SATISFACTION[state], left, parts=parts)

    def premise(self, condition: Condition, kind: PremiseKind) -> Premise:
        """A constraint or refinement with its state and the value it was held against."""
        index = self._compiled.program.index(condition)
        state = _SATISFACTION[self._decision.states[index]]
        if isinstance(condition, LogicalConstraint):
            parts = tuple(self.premise(part, kind) for part in condition.parts)
            return Premise(kind, condition.node, state, "", ODRL.NAMESPACE + condition.logic, parts=parts)
        return Premise(
            kind,
            condition.node,
            state,
            condition.left,
            condition.operator,
            condition.right,
            condition.unit,
            self._seen(index),
            reading=self._day if any(_is_date(term) for term in condition.right) else None,
        )

    def _seen(self, index: int) -> Seen | None:
        at = self._compiled.program.place_of[index]
        place = None if at is None else self._compiled.program.places[at]
        value = None if place is None else place.value(self._decision.request, self._decision.world)
        if place is None or value is None:
            return None
        attested = place.operand is not None and place.operand.attested
        return Seen(value.terms, value.source, value.unit, value.trust, place.accepts(value), attested)

    def missing(self) -> Iterator[Missing]:
        """Left operands without a usable value, among the rules that are about the request."""
        rules: dict[int, list[str]] = {}
        for rule, outcome in zip(self._compiled.rules, self._outcomes(), strict=False):
            if outcome[ABOUT]:
                for condition in rule.conditions():
                    self._unknown(condition, rule.rule.node, rules)
        for at, nodes in rules.items():
            operand = self._compiled.program.places[at].operand
            if operand is not None:
                sources = tuple(str(source) for source in operand.sources)
                yield Missing(operand.iri, operand.supplier, sources, tuple(dict.fromkeys(nodes)))

    def _unknown(self, condition: Condition, node: str, found: dict[int, list[str]]) -> None:
        program = self._compiled.program
        if isinstance(condition, LogicalConstraint):
            for part in condition.parts:
                self._unknown(part, node, found)
            return
        index = program.index(condition)
        at = program.place_of[index]
        if at is not None and self._decision.states[index] is None:
            seen = self._seen(index)
            if seen is None or not seen.accepted:
                found.setdefault(at, []).append(node)

    def conflict(self) -> ConflictReport | None:
        """A permission and a prohibition that met, if any did; looked for once, as every rule asks for it."""
        if self._met is None:
            self._met = (self._conflict(),)
        return self._met[0]

    def _conflict(self) -> ConflictReport | None:
        pairs = list(zip(self._compiled.rules, self._outcomes(), strict=False))
        permissions = tuple(rule.rule.node for rule, its in pairs if not rule.forbids and its[GRANTS])
        prohibitions = tuple(rule.rule.node for rule, its in pairs if rule.forbids and its[ACTIVE] is not False)
        if not permissions or not prohibitions:
            return None
        strategy = self._compiled.policy.conflict
        return ConflictReport(strategy, permissions, prohibitions, strategy is Conflict.INVALID)

    def nearest(self, rules: tuple[RuleReport, ...]) -> Remedy | None:
        """The permission that lacks least, and what stands in its way."""
        if self._decision.verdict is Verdict.PERMIT:
            return None
        against = tuple(each.rule.node for each in rules if each.rule.kind == "prohibition" and each.control)
        found = [_lacking(each, against) for each in rules if each.rule.kind == "permission"]
        return min(found, key=lambda each: len(each.premises) + len(each.duties), default=None)


def _lacking(rule: RuleReport, against: tuple[str, ...]) -> Remedy:
    premises = tuple(each for each in rule.premises if each.state is not Satisfaction.SATISFIED)
    return Remedy(rule.rule.node, premises, tuple(each for each in rule.conditions if each.holds_back), against)


def _activation(state: State, forbids: bool) -> Activation:
    """What is unknown does not grant, and forbids."""
    return Activation.ACTIVE if state or (forbids and state is None) else Activation.INACTIVE


def _is_date(term: object) -> bool:
    return getattr(term, "datatype", None) == XSD.date
