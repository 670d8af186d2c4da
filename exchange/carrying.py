"""Duties that the gate carries out itself, with every release: then they are fulfilled when it is decided."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from exchange.cutting import Cuts
from exchange.policy.asking import Reported
from exchange.policy.decision import Decision
from exchange.policy.model import Condition, Constraint, LogicalConstraint, Policy, Rule
from exchange.terms import duties_of
from ontology.terms import ODRL

DROP: Final = "urn:renkei:ns#dropFields"
MASK: Final = "urn:renkei:ns#maskFields"
LOG: Final = "urn:renkei:ns#log"
FIELD: Final = "urn:renkei:ns#field"
INFORM: Final = ODRL.NAMESPACE + "inform"
_CUTTING: Final = frozenset((DROP, MASK))
_NOTING: Final = frozenset((LOG, INFORM))
_NAMING: Final = frozenset(ODRL.NAMESPACE + name for name in ("eq", "isAnyOf", "isAllOf", "isA"))
_BY: Final = "urn:renkei:gate"


def carried(policy: Policy, *, can_cut: bool) -> Mapping[str, Reported]:
    """Reports of the duties that the gate carries out, by their rule.

    Args:
        can_cut: whether the data are of a form from which fields can be taken; else these duties stay open, and hold
            their permissions back.
    """
    return {
        rule.node: Reported(rule.node, "fulfilled", _BY)
        for rule in duties(policy)
        if rule.action.iri in _NOTING or (can_cut and rule.action.iri in _CUTTING and _fields(rule))
    }


def cutting(policy: Policy) -> bool:
    """Whether a policy asks for fields to be taken out of anything."""
    return any(rule.action.iri in _CUTTING for rule in duties(policy))


def cuts_of(decision: Decision) -> Cuts:
    """What a decision wants taken out: by all permissions that granted, and by the policy as a whole."""
    wanted = [each.rule for each in decision.report.duties if each.rule.action.iri in _CUTTING]
    dropped = [name for rule in wanted if rule.action.iri == DROP for name in _fields(rule)]
    return Cuts.of(dropped, [name for rule in wanted if rule.action.iri == MASK for name in _fields(rule)])


def duties(policy: Policy) -> Sequence[Rule]:
    """All duties of a policy."""
    return tuple(duties_of(policy))


def _fields(rule: Rule) -> tuple[str, ...]:
    """Names of the fields that a duty is about, by its refinements or constraints."""
    found = _constraints([*rule.action.refinements, *rule.constraints])
    return tuple(term.value for each in found if each.left == FIELD and each.operator in _NAMING for term in each.right)


def _constraints(conditions: Sequence[Condition]) -> Iterator[Constraint]:
    for condition in conditions:
        if isinstance(condition, LogicalConstraint):
            yield from _constraints(condition.parts)
        else:
            yield condition
