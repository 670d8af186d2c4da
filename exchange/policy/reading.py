"""Rules out of the graph: what a rule names, compact forms spread over all rules, cross products made atomic (§2.7)."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from typing import TypeVar

from pyoxigraph import BlankNode, Literal, NamedNode

from exchange.policy.constraining import ConditionReader
from exchange.policy.faults import fault
from exchange.policy.graph import Graph, Term, is_name, name
from exchange.policy.model import Action, Condition, Fault, Rule, RuleKind, Scope
from exchange.policy.strangers import (
    FUNCTIONS,
    IN_A_POLICY,
    IN_A_SCOPE,
    IN_AN_ACTION,
    strange_in_policy,
    strange_in_rule,
)
from ontology.terms import ODRL, RDF, XSD

Given = TypeVar("Given")

RULE_LIMIT = 10_000
WORK_LIMIT = 100_000
"""Of constraints and duties, each counted for every atomic rule that it stands in: deciding goes through all."""
_FUNCTIONS = frozenset(FUNCTIONS)
_FAILURES: dict[RuleKind, dict[NamedNode, RuleKind]] = {
    RuleKind.PERMISSION: {},
    RuleKind.PROHIBITION: {ODRL.remedy: RuleKind.REMEDY},
    RuleKind.OBLIGATION: {ODRL.consequence: RuleKind.CONSEQUENCE},
    RuleKind.DUTY: {ODRL.consequence: RuleKind.CONSEQUENCE},
    RuleKind.CONSEQUENCE: {},
    RuleKind.REMEDY: {},
}
_CLASSES = {
    RuleKind.PERMISSION: ODRL.Permission,
    RuleKind.PROHIBITION: ODRL.Prohibition,
}
_EXCLUSIVE = {ODRL.Permission, ODRL.Prohibition, ODRL.Duty}
_COMMON = {ODRL.action, ODRL.target, ODRL.assigner, ODRL.assignee, ODRL.output, ODRL.constraint, ODRL.uid, *FUNCTIONS}

_KNOWN = {
    kind: _COMMON | set(failures) | ({ODRL.duty} if kind is RuleKind.PERMISSION else set())
    for kind, failures in _FAILURES.items()
}


@dataclass(slots=True)
class Compact:
    """What a policy says for all of its rules.

    Attributes:
        size: its duties, and the constraints in it and in them.
    """

    actions: list[Action] = field(default_factory=list)
    targets: list[Scope] = field(default_factory=list)
    assigners: list[Scope] = field(default_factory=list)
    assignees: list[Scope] = field(default_factory=list)
    functions: list[tuple[str, Scope]] = field(default_factory=list)
    constraints: list[Condition] = field(default_factory=list)
    duties: list[Rule] = field(default_factory=list)
    size: int = 0

    def add(self, other: "Compact") -> None:
        """Take over what a parent says."""
        self.actions = _together(self.actions, other.actions)
        self.targets = _together(self.targets, other.targets)
        self.assigners = _together(self.assigners, other.assigners)
        self.assignees = _together(self.assignees, other.assignees)
        self.functions = _together(self.functions, other.functions)
        self.constraints = _together(self.constraints, other.constraints)
        self.duties = _together(self.duties, other.duties)
        self.size += other.size


class RuleReader:
    """Reads the rules of one document.

    Attributes:
        count: atomic rules made so far; none are made beyond the limit.
        work: constraints and duties of them, each counted for every rule.
    """

    def __init__(self, graph: Graph, origin: str, faults: list[Fault]) -> None:
        self._graph = graph
        self._origin = origin
        self._faults = faults
        self._conditions = ConditionReader(graph, faults)
        self.count = 0
        self.work = 0

    def compact(self, policy: Term) -> Compact:
        """What stands at the policy itself, and what assets and parties say of it (hasPolicy, assignerOf)."""
        owners = self._graph.owners
        for prop in strange_in_policy(self._graph, policy, IN_A_POLICY):
            self._faults.append(fault("policy-property", name(policy), prop.value))
        before = self._work_within()
        targets = [*self._graph.values(policy, ODRL.target), *owners.get((ODRL.hasPolicy, policy), ())]
        assigners = [*self._graph.values(policy, ODRL.assigner), *owners.get((ODRL.assignerOf, policy), ())]
        assignees = [*self._graph.values(policy, ODRL.assignee), *owners.get((ODRL.assigneeOf, policy), ())]
        constraints = self._conditions.all(policy, ODRL.constraint)
        if constraints:
            self._faults.append(fault("policy-constraint", name(policy)))
        duties = self.rules(policy, ODRL.duty, RuleKind.DUTY, Compact())
        if duties:
            self._faults.append(fault("policy-duty", name(policy)))
        return Compact(
            self._actions(policy),
            self._scopes(targets, ODRL.AssetCollection),
            self._scopes(assigners, ODRL.PartyCollection),
            self._scopes(assignees, ODRL.PartyCollection),
            self._functions(policy),
            list(constraints),
            duties,
            self._work_within() - before,
        )

    def rules(self, node: Term, prop: NamedNode, kind: RuleKind, shared: Compact) -> list[Rule]:
        """Atomic rules that a node has by a property."""
        made: list[Rule] = []
        for value in self._graph.values(node, prop):
            if isinstance(value, Literal):
                self._faults.append(fault("rule-not-a-node", name(node)))
            else:
                made += self._atomic(value, kind, shared)
        return made

    def _atomic(self, node: Term, kind: RuleKind, shared: Compact) -> list[Rule]:
        self._check(node, kind)
        before = self._work_within()
        actions = _together(self._actions(node), shared.actions) or [Action("")]
        parts = (
            actions,
            self._named(node, ODRL.target, ODRL.AssetCollection, shared.targets),
            self._named(node, ODRL.assigner, ODRL.PartyCollection, shared.assigners),
            self._named(node, ODRL.assignee, ODRL.PartyCollection, shared.assignees),
        )
        if not actions[0].iri:
            self._faults.append(fault("rule-without-action", name(node)))
        many = prod([len(each) for each in parts])
        if not self._within(node, many, many * shared.size):
            return []
        whole = self._whole(node, kind, shared)
        if not self._within(node, 0, many * (self._work_within() - many - before)):
            return []
        return [
            replace(whole, action=action, index=index, target=target, assigner=assigner, assignee=assignee)
            for index, (action, target, assigner, assignee) in enumerate(product(*parts))
        ]

    def _work_within(self) -> int:
        """Constraints and rules read so far, by which what belongs to one rule is told."""
        return self._conditions.size + self.count

    def _within(self, node: Term, rules: int, work: int) -> bool:
        """Whether so much more is within the limits; what is beyond is not even made."""
        self.count += rules
        self.work += work
        if self.count > RULE_LIMIT:
            self._faults.append(fault("too-many-rules", name(node)))
        elif self.work > WORK_LIMIT:
            self._faults.append(fault("too-many-constraints", name(node)))
        return self.count <= RULE_LIMIT and self.work <= WORK_LIMIT

    def _whole(self, node: Term, kind: RuleKind, shared: Compact) -> Rule:
        """A rule with all that its atomic rules have in common."""
        output = self._scopes(self._graph.values(node, ODRL.output), ODRL.AssetCollection)
        constraints = self._conditions.all(node, ODRL.constraint)
        duties: list[Rule] = []
        if kind is RuleKind.PERMISSION:
            constraints = tuple(dict.fromkeys((*constraints, *shared.constraints)))
            duties = [*self.rules(node, ODRL.duty, RuleKind.DUTY, Compact()), *shared.duties]
        failures = {its: self.rules(node, prop, its, Compact()) for prop, its in _FAILURES[kind].items()}
        return Rule(
            kind=kind,
            node=name(node),
            action=Action(""),
            origin=self._origin,
            functions=tuple(_together(self._functions(node), shared.functions)),
            output=output[0] if output else None,
            constraints=constraints,
            duties=tuple(duties),
            consequences=tuple(failures.get(RuleKind.CONSEQUENCE, ())),
            remedies=tuple(failures.get(RuleKind.REMEDY, ())),
        )

    def _named(self, node: Term, prop: NamedNode, collection: NamedNode, shared: Iterable[Scope]) -> list[Scope | None]:
        found = _together(self._scopes(self._graph.values(node, prop), collection), shared)
        return [*found] or [None]

    def _actions(self, node: Term) -> list[Action]:
        return [self._action(value) for value in self._graph.values(node, ODRL.action)]

    def _action(self, node: Term) -> Action:
        values = self._graph.values(node, RDF.value, ODRL.source)
        refinements = self._conditions.refinements(node, IN_AN_ACTION)
        if len(values) == 1:
            return Action(name(values[0]), refinements, name(node))
        if values or isinstance(node, BlankNode):
            return Action("", refinements, name(node))
        return Action(name(node), refinements, name(node) if refinements else None)

    def _scopes(self, nodes: Iterable[Term], collection: NamedNode) -> list[Scope]:
        return [self._scope(node, collection) for node in dict.fromkeys(nodes)]

    def _scope(self, node: Term, collection: NamedNode) -> Scope:
        """An asset or party; the members of a collection say by partOf the node or the source of it."""
        sources, uids = self._graph.values(node, ODRL.source), self._graph.values(node, ODRL.uid)
        is_collection = collection in self._graph.types(node)
        refinements = self._conditions.refinements(node, IN_A_SCOPE)
        own = uids[0] if uids and isinstance(node, BlankNode) else node
        iri = name((sources or uids or [node])[0])
        if isinstance(node, Literal) and node.datatype != XSD.anyURI:
            self._faults.append(fault("scope-literal", iri, iri))
            return Scope("_:text", is_collection, refinements)
        nameless = len(sources) > 1 or len(uids) > 1 or iri.startswith("_:")
        if nameless or not is_name(iri):
            self._faults.append(fault("unnamed-scope" if nameless else "scope-name", name(node), iri))
            return Scope(name(node) if isinstance(node, BlankNode) else "_:several", is_collection, refinements)
        return Scope(iri, is_collection, refinements, name(own) if name(own) != iri else None)

    def _functions(self, node: Term) -> list[tuple[str, Scope]]:
        if _FUNCTIONS.isdisjoint(self._graph.properties(node)):
            return []
        return [
            (prop.value, scope)
            for prop in FUNCTIONS
            for scope in self._scopes(self._graph.values(node, prop), ODRL.PartyCollection)
        ]

    def _check(self, node: Term, kind: RuleKind) -> None:
        """What could restrict the rule and has no meaning here."""
        classes = self._graph.types(node) & _EXCLUSIVE
        if classes - {_CLASSES.get(kind, ODRL.Duty)}:
            self._faults.append(fault("rule-class", name(node)))
        for prop in strange_in_rule(self._graph, node, _KNOWN[kind]):
            self._faults.append(fault("rule-property", name(node), prop.value))


def _together(mine: list[Given], shared: Iterable[Given]) -> list[Given]:
    return list(dict.fromkeys((*mine, *shared))) if shared else mine
