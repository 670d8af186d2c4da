"""A policy written out as it is evaluated: nothing inherited, nothing compact, every rule with all it has.

Atomic rules of one rule are written together as that rule, so that it keeps its name; read again they come apart in
the same way. What was read of it, and is no part of a decision, is not written.
"""

from collections.abc import Iterable, Iterator
from itertools import count

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from exchange.policy.model import Action, Condition, Constraint, Policy, Rule, RuleKind, Scope
from ontology.terms import ODRL, RDF, iri

_Node = NamedNode | BlankNode
_LINKS = {
    RuleKind.PERMISSION: ODRL.permission,
    RuleKind.PROHIBITION: ODRL.prohibition,
    RuleKind.OBLIGATION: ODRL.obligation,
    RuleKind.DUTY: ODRL.duty,
    RuleKind.CONSEQUENCE: ODRL.consequence,
    RuleKind.REMEDY: ODRL.remedy,
}


def policy_triples(policy: Policy) -> tuple[Triple, ...]:
    """The normal form of a policy; read again it decides alike, and its normal form is the same graph."""
    return tuple(dict.fromkeys(_Writer().policy(policy)))


class _Writer:
    def __init__(self) -> None:
        self._cells = count()
        self._written: set[Condition] = set()
        self._blank: dict[object, BlankNode] = {}

    def _node(self, name: str, what: object) -> _Node:
        """A node by its name; blank ones of a parent and a child may have the same label and be different things."""
        if not name.startswith("_:"):
            return iri(name)
        return self._blank.setdefault((name, what), BlankNode(f"b{len(self._blank)}"))

    def policy(self, policy: Policy) -> Iterator[Triple]:
        node = iri(policy.iri)
        yield Triple(node, RDF.type, NamedNode(ODRL.NAMESPACE + policy.kind))
        yield Triple(node, ODRL.conflict, NamedNode(ODRL.NAMESPACE + policy.conflict))
        for profile in policy.profiles:
            yield Triple(node, ODRL.profile, iri(profile))
        yield from self._rules(node, policy.rules)

    def _rules(self, owner: _Node, rules: Iterable[Rule]) -> Iterator[Triple]:
        for rule in rules:
            node = self._node(rule.node, rule.origin)
            yield Triple(owner, _LINKS[rule.kind], node)
            yield from self._rule(node, rule)

    def _rule(self, node: _Node, rule: Rule) -> Iterator[Triple]:
        if rule.action.iri or rule.action.node:
            yield from self._action(node, rule.action)
        named = ((ODRL.target, rule.target), (ODRL.assigner, rule.assigner), (ODRL.assignee, rule.assignee))
        for prop, scope in (*named, (ODRL.output, rule.output)):
            if scope is not None:
                yield from self._scope(node, prop, scope)
        for function, scope in rule.functions:
            yield from self._scope(node, NamedNode(function), scope)
        yield from self._conditions(node, ODRL.constraint, rule.constraints)
        yield from self._rules(node, (*rule.duties, *rule.consequences, *rule.remedies))

    def _action(self, owner: _Node, action: Action) -> Iterator[Triple]:
        node = self._node(action.node or action.iri, action)
        yield Triple(owner, ODRL.action, node)
        if action.iri and action.node and action.node != action.iri:
            yield Triple(node, RDF.value, self._node(action.iri, action))
        yield from self._conditions(node, ODRL.refinement, action.refinements)

    def _scope(self, owner: _Node, prop: NamedNode, scope: Scope) -> Iterator[Triple]:
        node = self._node(scope.node or scope.iri, scope)
        yield Triple(owner, prop, node)
        if scope.node:
            yield Triple(node, ODRL.source, self._node(scope.iri, ""))
        if scope.collection:
            is_asset = prop in (ODRL.target, ODRL.output)
            yield Triple(node, RDF.type, ODRL.AssetCollection if is_asset else ODRL.PartyCollection)
        yield from self._conditions(node, ODRL.refinement, scope.refinements)

    def _conditions(self, owner: _Node, prop: NamedNode, conditions: Iterable[Condition]) -> Iterator[Triple]:
        for condition in conditions:
            yield Triple(owner, prop, self._node(condition.node, condition))
            yield from self._condition(condition)

    def _condition(self, condition: Condition) -> Iterator[Triple]:
        """A condition once, however many rules share it: its lists would double."""
        if condition in self._written:
            return
        self._written.add(condition)
        node = self._node(condition.node, condition)
        if isinstance(condition, Constraint):
            yield from self._constraint(node, condition)
            return
        parts = [self._node(part.node, part) for part in condition.parts]
        yield from self._listed(node, NamedNode(ODRL.NAMESPACE + condition.logic), parts)
        for part in condition.parts:
            yield from self._condition(part)

    def _constraint(self, node: _Node, constraint: Constraint) -> Iterator[Triple]:
        named = (
            (ODRL.leftOperand, constraint.left),
            (ODRL.operator, constraint.operator),
            (ODRL.rightOperandReference, constraint.reference),
            (ODRL.dataType, constraint.data_type),
            (ODRL.unit, constraint.unit),
        )
        for prop, name in named:
            if name:
                yield Triple(node, prop, self._node(name, ""))
        if constraint.status is not None:
            yield Triple(node, ODRL.status, constraint.status)
        if constraint.listed:
            yield from self._listed(node, ODRL.rightOperand, constraint.right)
        elif constraint.right:
            yield Triple(node, ODRL.rightOperand, constraint.right[0])

    def _listed(
        self, owner: _Node, prop: NamedNode, members: Iterable[NamedNode | BlankNode | Literal]
    ) -> Iterator[Triple]:
        link = prop
        for member in members:
            cell = BlankNode(f"cell{next(self._cells)}")
            yield Triple(owner, link, cell)
            yield Triple(cell, RDF.first, member)
            owner, link = cell, RDF.rest
        yield Triple(owner, link, RDF.nil)
