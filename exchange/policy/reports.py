"""A decision as RDF: in SolidLab's compliance report model, and in the terms of the W3C draft "ODRL Formal Semantics".

Nodes of a report are named after what was decided and where in the policy they stand: the same decision gives the
same graph, and two decisions share no node. What neither model can say – that a premise is unknown – is left out.
"""

from collections.abc import Iterable, Iterator
from uuid import NAMESPACE_URL, UUID, uuid5

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from exchange.policy.asking import Value
from exchange.policy.decision import Decision, Deontic, DutyReport, Premise, PremiseKind, RuleReport, Satisfaction
from exchange.policy.model import Logic, RuleKind
from exchange.policy.reportmodels import CLASSES, COMPLIANCE, Model
from ontology.syntax import Syntax
from ontology.terms import DCT, ODRL, RDF, RENKEI, iri
from ontology.writing import write

_SOTW = "https://w3id.org/force/sotw#"
_LOGIC = frozenset(ODRL.NAMESPACE + each for each in Logic)
_Place = tuple[object, ...]


def report_triples(decision: Decision, model: Model = COMPLIANCE) -> tuple[Triple, ...]:
    """The report on a decision; nodes of the policy, the request and the world keep the names they have there."""
    return tuple(dict.fromkeys(_Writer(decision, model).triples()))


def turtle(decision: Decision, *models: Model) -> bytes:
    """The report as a Turtle document; without a choice in the compliance report model."""
    triples = [triple for model in models or (COMPLIANCE,) for triple in report_triples(decision, model)]
    return write(triples, Syntax.TURTLE).data


class _Writer:
    def __init__(self, decision: Decision, model: Model) -> None:
        self._decision = decision
        self._model = model
        self._root: UUID = uuid5(NAMESPACE_URL, model.namespace + decision.line.decode())

    def _named(self, *path: object) -> NamedNode:
        """The node of the report at a place in it."""
        return NamedNode(f"urn:uuid:{uuid5(self._root, ' '.join(map(str, path))) if path else self._root}")

    def triples(self) -> Iterator[Triple]:
        """All of it."""
        model, decision, report = self._model, self._decision, self._decision.report
        root, request = self._named(), decision.request
        yield Triple(root, RDF.type, model.term(model.report))
        if (clock := decision.world.clock) is not None:
            yield Triple(root, DCT.created, clock.terms[0])
        yield from self._named_elsewhere(root, "policy", report.identity.policy)
        asked = iri(request.iri) if request.iri and not request.iri.startswith("_:") else self._named("request")
        yield Triple(root, model.term(model.request), asked)
        if asked == self._named("request"):
            yield from self._request(asked)
        if model.draft:
            yield Triple(root, model.term("controlState"), self._control(decision.permitted))
        for rule in report.rules:
            yield from self._rule(root, rule)
        for duty in report.duties:
            if duty.rule.kind is RuleKind.OBLIGATION:
                yield from self._duty(root, model.term("ruleReport"), duty, (duty.rule.node, duty.rule.index))

    def _request(self, node: NamedNode) -> Iterator[Triple]:
        """What was asked, where the request has no name under which it could be found."""
        request = self._decision.request
        yield Triple(node, RDF.type, NamedNode(_SOTW + "EvaluationRequest"))
        for local, name in (("Action", request.action), ("Party", request.party), ("Target", request.target)):
            if name:
                yield Triple(node, NamedNode(f"{_SOTW}evaluated{local}"), iri(name))
        for left, value in request.parameters.items():
            yield from self._parameter(node, left, value)

    def _parameter(self, node: NamedNode, left: str, value: Value) -> Iterator[Triple]:
        parameter = self._named("request", left)
        yield Triple(node, NamedNode(_SOTW + "requestParameter"), parameter)
        yield Triple(parameter, RDF.type, NamedNode(_SOTW + "RequestParameter"))
        yield Triple(parameter, NamedNode(_SOTW + "describesFeature"), iri(left))
        for term in value.terms:
            yield Triple(parameter, NamedNode(_SOTW + "value"), term)

    def _rule(self, root: NamedNode, report: RuleReport) -> Iterator[Triple]:
        model, rule, request = self._model, report.rule, self._decision.request
        place = (rule.node, rule.index)
        node = self._named(*place)
        yield from self._linked(root, model.term("ruleReport"), node, CLASSES[rule.kind])
        yield from self._named_elsewhere(node, "rule", rule.node)
        yield Triple(node, model.term("attemptState"), model.state(report.attempt))
        if request.rule:
            yield from self._named_elsewhere(node, "ruleRequest", request.rule)
        activation = report.in_force if model.draft else report.activation
        yield Triple(node, model.term("activationState"), model.state(activation))
        if model.draft:
            permits = report.control if rule.kind is RuleKind.PERMISSION else not report.control
            yield Triple(node, model.term("controlState"), self._control(permits))
        if report.deontic is not Deontic.NOT_SET:
            yield Triple(node, model.term("performanceState"), model.state(report.performance))
            yield Triple(node, model.term("deonticState"), model.state(report.deontic))
        yield from self._premises(node, report.premises, place)
        for each in report.conditions:
            yield from self._condition(node, each, place)
        for each in report.remedies:
            yield from self._further(node, "remedyReport", each, place)

    def _control(self, permits: bool) -> NamedNode:
        return self._model.term("Permit" if permits else "Deny")

    def _condition(self, node: NamedNode, duty: DutyReport, place: _Place) -> Iterator[Triple]:
        """A duty of a permission; what an earlier report tells of it is not told again in the compliance model."""
        earlier = self._decision.world.reports.get(duty.rule.node)
        if earlier is not None and earlier.node is not None and not self._model.draft:
            yield from self._named_elsewhere(node, "conditionReport", earlier.node)
        else:
            link = self._model.term("conditionReport")
            yield from self._duty(node, link, duty, (*place, duty.rule.node, duty.rule.index))

    def _duty(self, whole: NamedNode, link: NamedNode, duty: DutyReport, place: _Place) -> Iterator[Triple]:
        model = self._model
        node = self._named(*place)
        yield from self._linked(whole, link, node, model.duty)
        yield from self._named_elsewhere(node, model.duty_of, duty.rule.node)
        yield Triple(node, model.term("activationState"), model.state(duty.activation))
        yield Triple(node, model.term("deonticState"), model.state(duty.deontic))
        if model.draft:
            done = self._named(*place, "action")
            yield from self._linked(node, model.term("actionReport"), done, "ActionReport")
            yield from self._named_elsewhere(done, "action", duty.rule.action.node or duty.rule.action.iri)
            yield Triple(done, model.term("performanceState"), model.state(duty.performance))
        else:
            yield Triple(node, model.term("performanceState"), model.state(duty.performance))
        for name in duty.satisfied_by:
            yield from self._named_elsewhere(node, "fulfillingAction", name)
        yield from self._premises(node, duty.premises, place)
        for each in duty.consequences:
            yield from self._further(node, "consequenceReport", each, place)

    def _further(self, node: NamedNode, link: str, duty: DutyReport, place: _Place) -> Iterator[Triple]:
        """A consequence or remedy: both models leave open how these hang together, so the link is a word of ours."""
        inner = (*place, link, duty.rule.node, duty.rule.index)
        yield from self._duty(node, NamedNode(RENKEI.NAMESPACE + link), duty, inner)

    def _premises(self, node: NamedNode, premises: Iterable[Premise], place: _Place) -> Iterator[Triple]:
        for index, premise in enumerate(premises):
            if premise.kind is PremiseKind.RULE:
                continue  # a malformed rule is no premise in either model
            yield from self._premise(node, premise, (*place, index))

    def _premise(self, whole: NamedNode, premise: Premise, place: _Place) -> Iterator[Triple]:
        model, node = self._model, self._named("premise", *place)
        yield from self._linked(whole, model.term("premiseReport"), node, CLASSES[premise.kind])
        if premise.node:
            yield from self._named_elsewhere(node, "constraint", premise.node)
        if premise.state is not Satisfaction.UNKNOWN:
            satisfied = premise.state is Satisfaction.SATISFIED
            state = model.term("Satisfied" if satisfied else model.unsatisfied)
            yield Triple(node, model.term("satisfactionState"), state)
        yield from self._compared(node, premise)
        yield from self._premises(node, premise.parts, place)

    def _compared(self, node: NamedNode, premise: Premise) -> Iterator[Triple]:
        """What was held against what; the model tells the operator and right side of satisfied constraints only."""
        model = self._model
        if not premise.operator:
            return
        if premise.operator in _LOGIC:
            yield Triple(node, model.term("constraintLogicalOperand"), iri(premise.operator))
            return
        for term in premise.seen.terms if premise.seen else ():
            yield Triple(node, model.term("constraintLeftOperand"), term)
        if premise.state is Satisfaction.SATISFIED or model.draft:
            yield from self._named_elsewhere(node, "constraintOperator", premise.operator)
            for term in premise.right:
                yield Triple(node, model.term("constraintRightOperand"), term)

    def _linked(self, whole: NamedNode, link: NamedNode, node: NamedNode, kind: str) -> Iterator[Triple]:
        yield Triple(whole, link, node)
        yield Triple(node, RDF.type, self._model.term(kind))

    def _named_elsewhere(self, node: NamedNode, link: str, name: str) -> Iterator[Triple]:
        """A node of the policy or the world; a blank one is told by the label it has in the canonical policy."""
        if not name.startswith("_:"):
            yield Triple(node, self._model.term(link), iri(name))
            return
        blank = BlankNode(name[2:])
        yield Triple(node, self._model.term(link), blank)
        yield Triple(blank, DCT.identifier, Literal(name))
