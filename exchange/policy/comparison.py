"""What a comparison of policies found, with a sentence for people to each finding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from exchange.policy.domains import Doubt
from exchange.policy.meeting import Witness
from exchange.policy.model import Constraint, Rule
from exchange.policy.vocabulary import Vocabulary
from exchange.policy.wording.clauses import statement
from exchange.policy.wording.naming import Names
from exchange.policy.wording.phrasing import listed, say
from ontology.messages import Message


class Verdict(StrEnum):
    """The answer of a comparison."""

    CONFLICT = "conflict"
    NONE = "none"
    CANNOT_TELL = "cannot tell"


class Kind(StrEnum):
    """What a finding is about."""

    CONTRADICTION = "contradiction"
    """One rule allows or demands what the other forbids."""
    APART = "apart"
    """No request can come under the permissions of both policies."""
    TOGETHER = "together"
    """A request can come under permissions of both policies."""
    NEVER = "never"
    """The conditions of a rule can never hold."""
    EXCEEDS = "exceeds"
    """What is requested goes beyond what is offered."""
    WITHIN = "within"
    """What is requested stays within what is offered."""
    DUTY = "duty"
    """The offer demands a duty that the request does not take on."""
    FORBIDDEN = "forbidden"
    """A permission never grants, because a prohibition covers all of it."""
    OVERRULED = "overruled"
    """A prohibition never forbids, because permissions that go first cover all of it."""
    REDUNDANT = "redundant"
    """A rule adds nothing to others of its kind."""
    VOID = "void"
    """A policy that may not be evaluated."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    Attributes:
        rules: the rules concerned, those of the first policy first; none where a whole policy is.
        constraints: which exclude each other.
        witness: a request that shows it.
    """

    kind: Kind
    verdict: Verdict
    message: Message
    rules: tuple[Rule, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    witness: Witness | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found; the verdict is conflict if one finding is, else cannot tell if one finding is, else none."""

    verdict: Verdict
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, findings: Sequence[Finding]) -> "Comparison":
        """A comparison with its verdict, the findings that decide it first."""
        order = (Verdict.CONFLICT, Verdict.CANNOT_TELL, Verdict.NONE)
        ranked = sorted(findings, key=lambda finding: order.index(finding.verdict))
        return cls(ranked[0].verdict if ranked else Verdict.NONE, tuple(ranked))


_SAID: Mapping[tuple[Kind, Verdict], tuple[str, str]] = MappingProxyType(
    {
        (Kind.CONTRADICTION, Verdict.CONFLICT): (
            "一方が認め、または求めることを、もう一方が禁じています。",
            "One rule allows or demands what the other forbids.",
        ),
        (Kind.CONTRADICTION, Verdict.CANNOT_TELL): (
            "一方が認めることをもう一方が禁じているかどうかは判断できません：{doubt}",
            "Whether one rule forbids what the other allows or demands cannot be told: {doubt}",
        ),
        (Kind.APART, Verdict.CONFLICT): (
            "両方のポリシーの許可を同時に満たす要求はありえません。{because}",
            "No request can come under the permissions of both policies. {because}",
        ),
        (Kind.APART, Verdict.CANNOT_TELL): (
            "両方のポリシーの許可を同時に満たす要求がありうるかは判断できません：{doubt}",
            "Whether a request can come under the permissions of both policies cannot be told: {doubt}",
        ),
        (Kind.TOGETHER, Verdict.NONE): (
            "両方のポリシーの許可を同時に満たす要求があります。",
            "A request can come under permissions of both policies.",
        ),
        (Kind.NEVER, Verdict.CONFLICT): (
            "この規則の条件が成り立つことはありえません。{because}",
            "The conditions of this rule can never hold. {because}",
        ),
        (Kind.NEVER, Verdict.CANNOT_TELL): (
            "この規則の条件が成り立ちうるかは判断できません：{doubt}",
            "Whether the conditions of this rule can hold cannot be told: {doubt}",
        ),
        (Kind.EXCEEDS, Verdict.CONFLICT): (
            "要求はオファーの範囲を超えています。",
            "What is requested goes beyond what is offered.",
        ),
        (Kind.EXCEEDS, Verdict.CANNOT_TELL): (
            "要求がオファーの範囲に収まるかは判断できません：{doubt}",
            "Whether the request stays within what is offered cannot be told: {doubt}",
        ),
        (Kind.WITHIN, Verdict.NONE): (
            "要求はオファーの範囲に収まっています。",
            "What is requested stays within what is offered.",
        ),
        (Kind.DUTY, Verdict.CONFLICT): (
            "オファーが求める義務が要求にありません。",
            "The offer demands a duty that the request does not take on.",
        ),
        (Kind.FORBIDDEN, Verdict.CONFLICT): (
            "この許可はすべて禁止に覆われ、何も認めません。",
            "This permission never grants: prohibitions cover all of it.",
        ),
        (Kind.OVERRULED, Verdict.CONFLICT): (
            "この禁止はすべて優先する許可に覆われ、何も禁じません。",
            "This prohibition never forbids: permissions, which go first here, cover all of it.",
        ),
        (Kind.REDUNDANT, Verdict.NONE): (
            "この規則は同じ種類の他の規則に含まれ、何も加えません。",
            "This rule adds nothing: other rules of its kind cover all of it.",
        ),
    }
)

_DOUBTS: Mapping[Doubt, tuple[str, str]] = MappingProxyType(
    {
        Doubt.NAMES: (
            "ある語が別の語に当てはまるかどうかを語彙が示していません。",
            "no vocabulary says whether one thing can fall under several of the terms.",
        ),
        Doubt.OPERATOR: (
            "演算子または右項を評価できない制約があります。",
            "a constraint has an operator or a right operand that cannot be judged.",
        ),
        Doubt.MIXED: (
            "単位、データ型または時間帯が異なり、値の順序が定まりません。",
            "units, datatypes or time zones differ, so the values have no common order.",
        ),
        Doubt.RECURRENCE: (
            "繰り返しの始まりが示されていません。",
            "it is not said when recurrences begin.",
        ),
        Doubt.SEQUENCE: (
            "順序のある条件（andSequence）は同じ時点で成り立つとは限りません。",
            "conditions of a sequence (andSequence) need not hold at the same time.",
        ),
        Doubt.CASES: (
            "場合の数が調べられる上限を超えています。",
            "there are more cases than are looked at.",
        ),
        Doubt.SILENCE: (
            "一方だけが定めている項目があります。",
            "only one side says something about an operand.",
        ),
        Doubt.MEMBERS: (
            "誰または何が集まりに属するかは、ポリシーに書かれていません。",
            "the policies do not say who or what belongs to a collection.",
        ),
        Doubt.PARTS: (
            "制約と限定条件が同じ項目を定めており、同じ値についてのものか分かりません。",
            "a constraint and a refinement speak of one operand, perhaps of different values of it.",
        ),
        Doubt.ACTION: (
            "どの語彙にもない行為があります。",
            "no vocabulary knows one of the actions.",
        ),
    }
)  # fmt: skip


def doubtful(kind: Kind, doubt: Doubt, rules: Sequence[Rule]) -> Finding:
    """A finding that nobody can tell, with the reason."""
    message = say(*_SAID[kind, Verdict.CANNOT_TELL], doubt=Message(*_DOUBTS[doubt]))
    return Finding(kind, Verdict.CANNOT_TELL, message, tuple(rules))


def found(
    kind: Kind,
    verdict: Verdict,
    rules: Sequence[Rule],
    vocabulary: Vocabulary,
    *,
    because: Sequence[Sequence[Constraint]] = (),
    witness: Witness | None = None,
) -> Finding:
    """A finding that is certain.

    Args:
        because: groups of constraints that exclude each other.
    """
    names = Names(vocabulary)
    said = [_excluding(group, names) for group in because if group]
    reason = Message("".join(each.ja for each in said), " ".join(each.en for each in said))
    blamed = dict.fromkeys(each for group in because for each in group)
    message = say(*_SAID[kind, verdict], because=reason)
    plain = Message(message.ja.strip(), message.en.strip())
    return Finding(kind, verdict, plain, tuple(rules), tuple(blamed), witness)


def _excluding(group: Sequence[Constraint], names: Names) -> Message:
    clauses = listed([statement(each, names) for each in group])
    if len(group) == 1:
        return say("{clauses}ことはありえません。", "It cannot be that {clauses}.", clauses=clauses)
    return say("{clauses}ことは両立しません。", "It cannot be that {clauses}.", clauses=clauses)
