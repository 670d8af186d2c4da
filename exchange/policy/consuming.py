"""What a permit uses up of the limits of its policy."""

from collections.abc import Iterable

from exchange.policy.decision import Consumption, Decision, Verdict
from exchange.policy.model import Constraint
from exchange.policy.rulebook import Rulebook
from exchange.policy.rules import ABOUT, GRANTS

_Counted = tuple[Constraint, dict[str, None]]


def consumed(compiled: Rulebook, decision: Decision) -> tuple[Consumption, ...]:
    """Each counter that a permit moves, once, however many constraints and rules look at it."""
    if decision.verdict is not Verdict.PERMIT or not compiled.limits:
        return ()
    taken: dict[str, Consumption] = {}
    # Those that could be counted in one place only come first: a limit over several things then finds its use counted.
    for constraint, parts in sorted(_counted(compiled, decision), key=lambda each: len(each[1])):
        if taken.keys().isdisjoint(parts):
            part = next(iter(parts))
            limit = constraint.right[0] if constraint.right else None
            taken[part] = Consumption(compiled.policy.iri, part, constraint.left, 1, limit)
    return tuple(taken.values())


def _counted(compiled: Rulebook, decision: Decision) -> Iterable[_Counted]:
    """The constraints that count this use, with the counters that it may move for each.

    A use counts for the permissions that grant it, and for the prohibitions about it, which may begin after some uses.
    """
    counting = compiled.counting
    found: dict[str, _Counted] = {}
    for rule, outcome in zip(compiled.rules, decision.outcomes, strict=True):
        if outcome[ABOUT] if rule.forbids else outcome[GRANTS]:
            for constraint in counting.limits(rule.rule):
                _, parts = found.setdefault(constraint.node, (constraint, {}))
                parts[counting.part(constraint, rule.rule)] = None
    return found.values()
