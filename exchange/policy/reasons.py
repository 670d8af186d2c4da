"""Why it was decided so: one sentence for what decided, in both languages."""

from collections.abc import Iterator

from exchange.policy.decision import ConflictReport, Decision, RuleReport, Satisfaction, Verdict
from exchange.policy.model import PolicyKind, RuleKind, Severity
from exchange.policy.rulebook import Rulebook
from ontology.faults import shortened
from ontology.messages import Message

_VOID = Message(ja="ポリシーが無効なため評価しません。", en="The policy is void and not evaluated.")
_PERMIT = Message(ja="許可の条件がすべて満たされました。", en="All that a permission asks for is satisfied.")
_NONE = Message(ja="この要求に当てはまる規則がありません。", en="No rule of the policy is about this request.")
_MISSING = Message(ja="判断に必要な値が足りません。", en="Values that the decision rests on are missing.")
_CONFLICT = Message(
    ja="許可と禁止が競合し、競合の扱い(invalid)によりポリシー全体が無効です。",
    en="A permission and a prohibition meet, which by its conflict strategy (invalid) voids the whole policy.",
)
_CLOSED = Message(
    ja="許可されていないことは行えません。条件を満たす許可がありません。",
    en="What is not permitted is denied, and no permission is satisfied.",
)


def reasons(
    compiled: Rulebook, decision: Decision, rules: tuple[RuleReport, ...], conflict: ConflictReport | None
) -> tuple[Message, ...]:
    """Sentences, the one that decided first."""
    if compiled.void:
        return (_VOID, *(each.message for each in compiled.policy.faults if each.severity is Severity.VOID))
    if not compiled.evaluated:
        return (_not_evaluated(compiled.policy.kind),)
    return tuple(dict.fromkeys(_decided(decision, rules, conflict)))


def _decided(decision: Decision, rules: tuple[RuleReport, ...], conflict: ConflictReport | None) -> Iterator[Message]:
    if decision.verdict is Verdict.PERMIT:
        yield _PERMIT
    elif decision.verdict is Verdict.NOT_APPLICABLE:
        yield _NONE
    elif conflict is not None and conflict.void and decision.verdict is Verdict.DENY:
        yield _CONFLICT
    else:
        yield from (_forbidden(each) for each in rules if each.rule.kind is RuleKind.PROHIBITION and each.control)
        yield _MISSING if decision.verdict is Verdict.INDETERMINATE else _CLOSED
        yield from (_held(each) for each in rules if _waits(each))


def _waits(rule: RuleReport) -> bool:
    held = any(each.holds_back for each in rule.conditions)
    return held and rule.matched is Satisfaction.SATISFIED


def _held(rule: RuleReport) -> Message:
    names = ", ".join(each.handler for each in rule.conditions if each.holds_back)
    return Message(
        ja=f"許可の前に果たすべき義務があります: {shortened(names)}。",
        en=f"Duties are to be fulfilled before the permission grants: {shortened(names)}.",
    )


def _forbidden(rule: RuleReport) -> Message:
    node = shortened(rule.rule.node)
    return Message(ja=f"禁止 {node} に当たります。", en=f"The prohibition {node} applies.")


def _not_evaluated(kind: PolicyKind) -> Message:
    return Message(
        ja=f"{kind} はまだ合意ではないため、公開の判断には使いません。",
        en=f"A policy of the class {kind} is not agreed upon, so nothing is released by it.",
    )
