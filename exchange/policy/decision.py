"""What was decided and why: every rule and premise with its state, the value seen and where that came from.

States are those of the compliance report model (https://w3id.org/force/compliance-report) and of the W3C draft "ODRL
Formal Semantics"; a premise that nobody can tell is `UNKNOWN` there, which both leave out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from exchange.policy.asking import Request, Term, World
from exchange.policy.model import Fault, Policy, Rule
from ontology.messages import Message


class Verdict(StrEnum):
    """The answer of a policy; whatever is not `PERMIT` is enforced as a refusal."""

    PERMIT = "permit"
    DENY = "deny"
    NOT_APPLICABLE = "not-applicable"
    """No rule of the policy is about this request, or the policy is not one that is evaluated."""
    INDETERMINATE = "indeterminate"
    """The policy is void, or what is missing could turn the answer."""


class Enforced(StrEnum):
    """What is done."""

    PERMIT = "permit"
    DENY = "deny"


class Satisfaction(StrEnum):
    """State of a premise."""

    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"
    UNKNOWN = "unknown"


class Activation(StrEnum):
    """State of a rule by its premises and conditions."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class Attempt(StrEnum):
    """Whether the action of a rule was tried."""

    ATTEMPTED = "attempted"
    NOT_ATTEMPTED = "not-attempted"


class Performance(StrEnum):
    """Whether the action of a rule was carried out."""

    PERFORMED = "performed"
    UNPERFORMED = "unperformed"
    UNKNOWN = "unknown"


class Deontic(StrEnum):
    """What became of a rule."""

    FULFILLED = "fulfilled"
    VIOLATED = "violated"
    NOT_SET = "not-set"


class PremiseKind(StrEnum):
    """What a premise is about."""

    ACTION = "action"
    TARGET = "target"
    PARTY = "party"
    CONSTRAINT = "constraint"
    REFINEMENT = "refinement"
    RULE = "rule"
    """The rule itself is malformed, which is never satisfied."""


class Phase(StrEnum):
    """When a duty is to be carried out, seen from the use."""

    PRE = "pre"
    ONGOING = "ongoing"
    POST = "post"


@dataclass(frozen=True, slots=True)
class Seen:
    """The value that a premise was held against.

    Attributes:
        terms: none where there was no value.
        source: where it came from, as "clock".
        accepted: whether the operand takes values of this source.
        attested: declared in a contract and never checkable.
    """

    terms: tuple[Term, ...]
    source: str
    unit: str | None = None
    trust: str | None = None
    accepted: bool = True
    attested: bool = False


@dataclass(frozen=True, slots=True)
class Premise:
    """One premise of a rule.

    Attributes:
        node: of the constraint; empty for the premises of action, target and party.
        left: IRI of the left operand of a constraint, or of what the rule names.
        operator: IRI; of a logical constraint the IRI of and, or, xone, andSequence.
        seen: none for logical constraints and where nothing is known.
        parts: of a logical constraint.
        reading: how a right operand was read where there is a choice, as a date held against a time.
    """

    kind: PremiseKind
    node: str
    state: Satisfaction
    left: str = ""
    operator: str = ""
    right: tuple[Term, ...] = ()
    unit: str | None = None
    seen: Seen | None = None
    parts: "tuple[Premise, ...]" = ()
    reading: Message | None = None


@dataclass(frozen=True, slots=True)
class DutyReport:
    """State of a duty, an obligation, a consequence or a remedy, and what is to be done about it.

    Attributes:
        handler: who carries it out, by the local name of the action, as "delete".
        deadline: as the policy writes it: a time, or a duration counted from the use.
        satisfied_by: nodes of the actions or reports that fulfilled it.
        holds_back: whether it keeps its permission from granting.
    """

    rule: Rule
    phase: Phase
    activation: Activation
    performance: Performance
    deontic: Deontic
    handler: str
    deadline: str | None = None
    premises: tuple[Premise, ...] = ()
    consequences: "tuple[DutyReport, ...]" = ()
    satisfied_by: tuple[str, ...] = ()
    holds_back: bool = False


@dataclass(frozen=True, slots=True)
class RuleReport:
    """State of a permission or prohibition.

    Attributes:
        matched: whether action, target and party of the request fall under the rule.
        activation: by all premises and conditions, as the report model has it.
        in_force: by constraints and conditions alone, as the draft has it.
        control: whether a permission permits, a prohibition forbids (the draft's control state).
        conditions: duties of a permission.
        remedies: of a prohibition.
        overridden: whether the conflict strategy set it aside.
    """

    rule: Rule
    matched: Satisfaction
    attempt: Attempt
    activation: Activation
    in_force: Activation
    control: bool
    performance: Performance
    deontic: Deontic
    premises: tuple[Premise, ...]
    conditions: tuple[DutyReport, ...] = ()
    remedies: tuple[DutyReport, ...] = ()
    overridden: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """A left operand without a usable value, and who can supply one."""

    operand: str
    supplier: Message
    sources: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConflictReport:
    """A permission and a prohibition that met.

    Attributes:
        strategy: value of model.Conflict.
        void: whether the policy is void by it.
    """

    strategy: str
    permissions: tuple[str, ...]
    prohibitions: tuple[str, ...]
    void: bool


@dataclass(frozen=True, slots=True)
class Consumption:
    """What a permit uses up: the caller takes it from the counter in one step with the decision.

    Attributes:
        counter: name of what is counted, that of the constraint where it has one; it stays when the policy is revised.
        limit: of the first constraint that counts it.
    """

    policy: str
    counter: str
    operand: str
    amount: int
    limit: Term | None


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would make it a permit: the premises and duties that the nearest permission lacks."""

    rule: str
    premises: tuple[Premise, ...]
    duties: tuple[DutyReport, ...]
    prohibitions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """What exactly was evaluated; the same identity, request and world give the same answer."""

    policy: str
    hash: str
    parents: tuple[str, ...]
    profiles: tuple[str, ...]
    replaced: str | None
    vocabulary: str
    options: str


@dataclass(frozen=True, slots=True)
class Report:
    """A decision written out.

    Attributes:
        reasons: one sentence each, the one that decided first.
        duties: of the permissions that granted or would grant, and obligations of the policy.
        consumed: empty unless the verdict is a permit.
    """

    identity: Identity
    verdict: Verdict
    enforced: Enforced
    reasons: tuple[Message, ...]
    rules: tuple[RuleReport, ...]
    duties: tuple[DutyReport, ...]
    missing: tuple[Missing, ...]
    conflict: ConflictReport | None
    consumed: tuple[Consumption, ...]
    nearest: Remedy | None
    faults: tuple[Fault, ...]


class Decided(Protocol):
    """A compiled policy as a decision needs it to write itself out."""

    policy: Policy

    def report(self, decision: "Decision") -> Report:
        """The decision written out."""

    def line(self, decision: "Decision") -> bytes:
        """One JSON line that can be replayed."""


class Decision:
    """A verdict and the states it rests on; the report is written when somebody asks for it.

    Attributes:
        states: one entry a condition of the compiled policy, True, False, or None for unknown.
        outcomes: one tuple a rule, in the order of the policy.
    """

    __slots__ = ("_report", "compiled", "outcomes", "request", "states", "verdict", "world")

    def __init__(
        self,
        compiled: Decided,
        request: Request,
        world: World,
        verdict: Verdict,
        states: list[bool | None],
        outcomes: Sequence[tuple[Any, ...]],
    ) -> None:
        self.compiled = compiled
        self.request = request
        self.world = world
        self.verdict = verdict
        self.states = states
        self.outcomes = outcomes
        self._report: Report | None = None

    @property
    def permitted(self) -> bool:
        """Whether the request may go ahead; nothing but a permit permits."""
        return self.verdict is Verdict.PERMIT

    @property
    def enforced(self) -> Enforced:
        """What is done."""
        return Enforced.PERMIT if self.permitted else Enforced.DENY

    @property
    def report(self) -> Report:
        """Everything written out."""
        if self._report is None:
            self._report = self.compiled.report(self)
        return self._report

    @property
    def line(self) -> bytes:
        """One JSON line for the log, enough to decide again."""
        return self.compiled.line(self)
