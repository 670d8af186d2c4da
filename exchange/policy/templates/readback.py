"""One part of a template against one part of a policy: whether they say the same, and with which values."""

from collections.abc import Iterable, Iterator, Sequence

from pyoxigraph import NamedNode

from exchange.policy.model import Condition, Constraint, Logic, Rule, Scope
from exchange.policy.templates.catalogue import Addition, Comparison, Template
from exchange.policy.templates.parameters import before, text
from exchange.policy.vocabulary import Vocabulary

Read = dict[str, tuple[str, ...]]


def plain(scope: Scope | None) -> str | None:
    """The name of an asset or party; nothing at all where a template cannot say it."""
    if scope is None:
        return None
    return "" if scope.collection or scope.refinements or scope.iri.startswith("_:") else scope.iri


def flat(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """Conditions that all hold, one by one: to join them by odrl:and says no more."""
    for each in conditions:
        if not isinstance(each, Constraint) and (each.logic is Logic.AND or len(each.parts) == 1):
            yield from flat(each.parts)
        else:
            yield each


class Readback:
    """Reads the values of one template."""

    def __init__(self, template: Template, vocabulary: Vocabulary) -> None:
        self._kinds = {parameter.name: parameter for parameter in template.parameters}
        self._words = vocabulary

    def optional(self, want: Comparison | Addition) -> bool:
        """Whether a template's part may be absent."""
        return isinstance(want, Comparison) and want.right is not None and self._kinds[want.right].optional

    def part(self, want: Comparison | Addition, part: Constraint | Rule) -> Read | None:
        """Values of the parameters that make a template's part out of a policy's; None if none do."""
        if isinstance(want, Comparison):
            return self._comparison(want, part) if isinstance(part, Constraint) else None
        return self._addition(want, part) if isinstance(part, Rule) else None

    def _addition(self, want: Addition, rule: Rule) -> Read | None:
        canonical = self._words.action
        if (canonical(rule.action.iri) or rule.action.iri) != (canonical(want.action) or want.action):
            return None
        if rule.consequences or rule.remedies or rule.output is not None:
            return None
        read = self._all(want.constraints, rule.constraints)
        refined = self._all(want.refinements, rule.action.refinements)
        named = dict(rule.functions)
        parties = {name: plain(named.pop(function, None)) for function, name in want.functions}
        if read is None or refined is None or named or not all(parties.values()):
            return None
        return {**read, **refined, **{name: (iri,) for name, iri in parties.items() if iri}}

    def _all(self, wanted: Sequence[Comparison], given: Iterable[Condition]) -> Read | None:
        """Values of comparisons that account for all conditions; those of optional parameters may be absent."""
        rest = list(flat(given))
        read: Read = {}
        for want in wanted:
            found = [(each, self._comparison(want, each)) for each in rest if isinstance(each, Constraint)]
            fits = [(each, values) for each, values in found if values is not None]
            if fits:
                rest.remove(fits[0][0])
                read |= fits[0][1] or {}
            elif not self.optional(want):
                return None
        return None if rest else read

    def _comparison(self, want: Comparison, given: Constraint) -> Read | None:
        if given.left != want.left or given.reference or given.status is not None or not given.right:
            return None
        if given.operator not in (want.operator, want.shifted, *want.alike) or (given.unit is None) != (not want.unit):
            return None
        if want.constants:
            names = [self._words.alike(each) for each in want.constants]
            fits = len(given.right) == len(names) and all(
                any(each.value in its for each in given.right) for its in names
            )
            return {} if fits and given.operator != want.shifted else None
        return self._values(want, given)

    def _values(self, want: Comparison, given: Constraint) -> Read | None:
        parameter = self._kinds[want.right or ""]
        shown = [text(parameter.kind, each) for each in given.right]
        if given.operator == want.shifted:
            shown = [before(parameter.kind, each) if each else None for each in shown]
        known = tuple(sorted({each for each in shown if each}))
        if None in shown or (len(known) > 1 and not parameter.many):
            return None
        read = {parameter.name: known}
        if want.unit and given.unit:
            unit = self._unit(want.unit, given.unit)
            return None if unit is None else read | unit
        return read

    def _unit(self, name: str, unit: str) -> Read | None:
        shown = text(self._kinds[name].kind, NamedNode(unit))
        return None if shown is None else {name: (shown,)}
