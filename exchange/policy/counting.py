"""What a limit on uses counts: names of counters that stay when a policy is revised.

A constraint with a name counts under it. The label of a nameless one says nothing – it changes with every revision –
so what it counts is named by what its rule is about: the rule's own name, or else its action, asset and assignee. Thus
another limit, another order or another rule beside it leave a count as it is, and two limits on one thing share it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from exchange.policy.model import Action, Condition, Constraint, Logic, LogicalConstraint, Policy, Rule, RuleKind, Scope
from exchange.policy.vocabulary import Vocabulary
from ontology.description import GENID
from ontology.terms import ODRL

COUNT = ODRL.count.value
_USES = (RuleKind.PERMISSION, RuleKind.PROHIBITION)
_LIMIT = 50_000  # rules that the nameless limits of one policy may stand in, taken together


@dataclass(frozen=True, slots=True)
class Counter:
    """What one constraint counts.

    Attributes:
        name: by which a world gives what is used up.
        parts: the counters that it is the sum of: one for each thing that it limits, as each asset of its rule. A use
            moves one of them; an asset more or less in a revision leaves the others.
    """

    name: str
    parts: tuple[str, ...]


class Counting:
    """Names what the constraints of one policy count."""

    def __init__(self, policy: Policy, words: Vocabulary) -> None:
        self.policy = policy.iri
        self._rules = policy
        self._words = words
        self._made: dict[str, Counter | None] = {}

    def counter(self, constraint: Constraint) -> Counter | None:
        """What a constraint counts; None where nobody can tell, as it stands in too many rules."""
        if not _nameless(constraint.node):
            return Counter(constraint.node, (constraint.node,))
        if constraint.node not in self._made:
            self._made[constraint.node] = self._counter(constraint)
        return self._made[constraint.node]

    def _counter(self, constraint: Constraint) -> Counter | None:
        holders = self._holders.get(constraint.node, ())
        parts = tuple(sorted(_named(holder, COUNT, constraint.unit) for holder in holders))
        return Counter(parts[0] if len(parts) == 1 else _named(parts), parts) if parts else None

    def part(self, constraint: Constraint, rule: Rule) -> str:
        """The counter that a use under one of its rules moves."""
        return _named(self._about(rule), COUNT, constraint.unit) if _nameless(constraint.node) else constraint.node

    def limits(self, rule: Rule) -> Iterator[Constraint]:
        """The constraints of a rule that count, wherever in it they stand."""
        scopes = [scope.refinements for scope in (rule.target, rule.assignee) if scope is not None]
        pending = [*rule.constraints, *rule.action.refinements, *(each for its in scopes for each in its)]
        while pending:
            condition = pending.pop(0)
            if isinstance(condition, LogicalConstraint):
                pending[:0] = condition.parts
            elif self.counts(condition):
                yield condition

    def counts(self, constraint: Constraint) -> bool:
        """Whether a constraint is about a number of uses."""
        operand = self._words.operand(constraint.left)
        return operand is not None and operand.iri == COUNT

    @cached_property
    def _holders(self) -> Mapping[str, Iterable[str]]:
        """For each nameless constraint that counts, what the rules are about that it stands in."""
        found: dict[str, dict[str, None]] = {}
        size = 0
        for rule in _all(self._rules.rules):
            about = None
            for constraint in self.limits(rule):
                if _nameless(constraint.node):
                    about = about or self._about(rule)
                    found.setdefault(constraint.node, {})[about] = None
                    size += 1
                    if size > _LIMIT:
                        return {}
        return found

    def _about(self, rule: Rule) -> str:
        """What has a name goes by it, what has none by what it says; duties are apart from uses."""
        if not _nameless(rule.node):
            return rule.node
        kind = "use" if rule.kind in _USES else "duty"
        return _text([kind, self._action(rule.action), self._scope(rule.target), self._scope(rule.assignee)])

    def _action(self, action: Action) -> Any:
        if action.node is not None and not _nameless(action.node):
            return action.node
        return self._refined(self._words.action(action.iri) or action.iri, action.refinements)

    def _scope(self, scope: Scope | None) -> Any:
        if scope is None:
            return None
        if scope.node is not None and not _nameless(scope.node):
            return scope.node
        return self._refined("" if scope.iri.startswith("_:") else scope.iri, scope.refinements)

    def _refined(self, iri: str, refinements: Iterable[Condition]) -> Any:
        said = [text for text in map(self._said, refinements) if text is not None]
        return [iri, sorted(said)] if said else iri

    def _said(self, condition: Condition) -> str | None:
        """A refinement as text; none for a limit, which may be raised without counting anew."""
        if isinstance(condition, Constraint):
            return None if self.counts(condition) else self._compared(condition)
        if not _nameless(condition.node):
            return condition.node
        parts = [text for text in map(self._said, condition.parts) if text is not None]
        return _text([condition.logic, parts if condition.logic is Logic.AND_SEQUENCE else sorted(parts)])

    def _compared(self, constraint: Constraint) -> str:
        if not _nameless(constraint.node):
            return constraint.node
        operand = self._words.operand(constraint.left)
        left = constraint.left if operand is None else operand.iri
        right = [constraint.reference, constraint.data_type, constraint.unit, sorted(map(str, constraint.right))]
        return _text([left, constraint.operator, *right])


def _nameless(node: str) -> bool:
    """Whether a node has no name, or one that was made for it here or elsewhere (RDF 1.1, section 3.5)."""
    return node.startswith(("_:", GENID)) or "/.well-known/genid/" in node


def _all(rules: Iterable[Rule]) -> Iterator[Rule]:
    for rule in rules:
        yield rule
        yield from _all((*rule.duties, *rule.consequences, *rule.remedies))


def _text(given: list[Any]) -> str:
    return orjson.dumps(given).decode()


def _named(*what: Any) -> str:
    """Short, as it is a key of the database; nobody can spell out a rule with a hundred refinements there."""
    return f"urn:renkei:counter:{hashlib.sha256(_text([*what]).encode()).hexdigest()[:32]}"
