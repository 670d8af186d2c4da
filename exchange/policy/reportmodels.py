"""How two models spell a report: SolidLab's compliance reports, and the W3C draft "ODRL Formal Semantics"."""

from dataclasses import dataclass
from types import MappingProxyType

from pyoxigraph import NamedNode

from exchange.policy.decision import Activation, Attempt, Deontic, Performance, PremiseKind
from exchange.policy.model import RuleKind

CLASSES = MappingProxyType(
    {
        PremiseKind.ACTION: "ActionReport",
        PremiseKind.TARGET: "TargetReport",
        PremiseKind.PARTY: "PartyReport",
        PremiseKind.CONSTRAINT: "ConstraintReport",
        PremiseKind.REFINEMENT: "ConstraintReport",
        RuleKind.PERMISSION: "PermissionReport",
        RuleKind.PROHIBITION: "ProhibitionReport",
    }
)
_STATES = MappingProxyType(
    {
        Activation.ACTIVE: "Active",
        Activation.INACTIVE: "Inactive",
        Attempt.ATTEMPTED: "Attempted",
        Attempt.NOT_ATTEMPTED: "NotAttempted",
        Performance.PERFORMED: "Performed",
        Performance.UNPERFORMED: "Unperformed",
        Performance.UNKNOWN: "Unknown",
        Deontic.FULFILLED: "Fulfilled",
        Deontic.VIOLATED: "Violated",
    }
)


@dataclass(frozen=True, slots=True)
class Model:
    """How one model spells what the two have in common.

    Attributes:
        draft: whether it is the W3C draft's, which has control states and tells the action of a condition apart.
    """

    namespace: str
    report: str
    request: str
    unsatisfied: str
    not_set: str
    duty: str
    duty_of: str
    draft: bool = False

    def term(self, local: str) -> NamedNode:
        """A term of the model."""
        return NamedNode(self.namespace + local)

    def state(self, state: Activation | Attempt | Performance | Deontic) -> NamedNode:
        """The node of a state."""
        return self.term(_STATES.get(state, self.not_set))


COMPLIANCE = Model(
    "https://w3id.org/force/compliance-report#",
    "PolicyReport",
    "policyRequest",
    "Unsatisfied",
    "NonSet",
    "DutyReport",
    "rule",
)
# The draft has published no namespace of its own for reports yet: this is the one of its examples.
FORMAL_SEMANTICS = Model(
    "http://example.com/report/temp/",
    "ComplianceReport",
    "evaluationRequest",
    "Not-Satisfied",
    "Not-set",
    "ConditionReport",
    "condition",
    draft=True,
)
