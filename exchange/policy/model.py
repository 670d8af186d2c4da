"""A policy as it is evaluated: normalised, atomic, frozen (ODRL Information Model 2.2).

Whatever spelling a policy came in – compact, inherited, with several targets or actions in one rule – it stands here as
rules of one action, one target, one assigner and one assignee each. Nodes keep the names they have in the canonical
form of their description, so that a report can point at them and a replay finds them again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from pyoxigraph import Literal, NamedNode

from ontology.messages import Message

Term = NamedNode | Literal


class PolicyKind(StrEnum):
    """Policy classes of the Information Model (§2.1) and the common vocabulary."""

    SET = "Set"
    OFFER = "Offer"
    AGREEMENT = "Agreement"
    REQUEST = "Request"
    TICKET = "Ticket"
    ASSERTION = "Assertion"
    PRIVACY = "Privacy"


class RuleKind(StrEnum):
    """What a rule is by the property that leads to it; many policies do not type their rules."""

    PERMISSION = "permission"
    PROHIBITION = "prohibition"
    OBLIGATION = "obligation"
    DUTY = "duty"
    CONSEQUENCE = "consequence"
    REMEDY = "remedy"


class Conflict(StrEnum):
    """What decides where a permission and a prohibition meet (§2.10)."""

    PERM = "perm"
    PROHIBIT = "prohibit"
    INVALID = "invalid"


class Logic(StrEnum):
    """How the parts of a logical constraint are combined (§2.5.2)."""

    AND = "and"
    OR = "or"
    XONE = "xone"
    AND_SEQUENCE = "andSequence"


class Severity(StrEnum):
    """How much a fault of a policy costs."""

    VOID = "void"
    """The whole policy may not be evaluated: whatever is asked of it is refused."""
    UNKNOWN = "unknown"
    """The part where it stands has no value: a permission with it never grants, a prohibition with it forbids."""
    NOTED = "noted"
    """Without effect on decisions."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a policy.

    Attributes:
        code: stable name, as "unknown-profile" or "inheritance-circle".
        node: IRI or blank node label ("_:c14n3") of the place.
    """

    code: str
    severity: Severity
    node: str
    message: Message


@dataclass(frozen=True, slots=True)
class Constraint:
    """One comparison (§2.5.1).

    Attributes:
        node: IRI or blank node label.
        left: IRI of the left operand.
        operator: IRI of the operator.
        right: right operand in the order given; one term unless it is a list or several values.
        listed: whether the right operand is an RDF list or several values.
        reference: IRI of a right operand that would have to be dereferenced, which is never done.
        data_type: IRI of odrl:dataType.
        unit: IRI of odrl:unit.
        status: odrl:status, what is used up already where counting begins.
    """

    node: str
    left: str
    operator: str
    right: tuple[Term, ...]
    listed: bool = False
    reference: str | None = None
    data_type: str | None = None
    unit: str | None = None
    status: Term | None = None


@dataclass(frozen=True, slots=True)
class LogicalConstraint:
    """Constraints combined; the order of the parts is kept and matters to andSequence."""

    node: str
    logic: Logic
    parts: "tuple[Condition, ...]"


Condition = Constraint | LogicalConstraint


@dataclass(frozen=True, slots=True)
class Action:
    """What is done, by the IRI of the action and refinements that all have to hold of the request."""

    iri: str
    refinements: tuple[Condition, ...] = ()
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """An asset or a party that a rule names.

    Attributes:
        iri: of the one asset or party, or of the whole collection (odrl:source where the node has one).
        collection: whether the members of it are meant.
        refinements: which members.
        node: the node in the policy, where it is another one than `iri`.
    """

    iri: str
    collection: bool = False
    refinements: tuple[Condition, ...] = ()
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """An atomic rule (§2.6, §2.7).

    Attributes:
        node: the rule of the policy that it came from; several atomic rules can come from one.
        index: place among the atomic rules of `node`, from 0.
        target: none means whatever asset is asked for (a duty, or a policy without a target).
        functions: further parties by the IRI of their function, as odrl:informedParty.
        output: odrl:output, where given.
        constraints: all have to hold.
        duties: of a permission, to be fulfilled before it grants.
        consequences: of a duty that was not fulfilled in time; all of them then.
        remedies: of a prohibition that was infringed; all of them set it right again.
        origin: IRI of the policy it was inherited from, or of its own policy.
    """

    kind: RuleKind
    node: str
    action: Action
    origin: str
    index: int = 0
    target: Scope | None = None
    assigner: Scope | None = None
    assignee: Scope | None = None
    functions: tuple[tuple[str, Scope], ...] = ()
    output: Scope | None = None
    constraints: tuple[Condition, ...] = ()
    duties: "tuple[Rule, ...]" = ()
    consequences: "tuple[Rule, ...]" = ()
    remedies: "tuple[Rule, ...]" = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy ready to be compiled.

    Attributes:
        hash: SHA-256 over the canonical form of everything that was read for it, parents and replacement included.
        replaced: IRI of the policy that this one stands for by odrl:isReplacedBy, the first of the chain.
        parents: IRIs of all policies inherited from, nearest first.
        faults: what is wrong with it; one of severity VOID keeps it from being evaluated.
    """

    iri: str
    kind: PolicyKind
    hash: str
    conflict: Conflict = Conflict.INVALID
    profiles: tuple[str, ...] = ()
    permissions: tuple[Rule, ...] = ()
    prohibitions: tuple[Rule, ...] = ()
    obligations: tuple[Rule, ...] = ()
    parents: tuple[str, ...] = ()
    replaced: str | None = None
    faults: tuple[Fault, ...] = field(default=())

    @property
    def void(self) -> bool:
        """Whether it may not be evaluated at all."""
        return any(fault.severity is Severity.VOID for fault in self.faults)

    @property
    def rules(self) -> Iterator[Rule]:
        """All rules at the top, permissions first."""
        yield from self.permissions
        yield from self.prohibitions
        yield from self.obligations
