"""A decision in plain words: why each rule granted, forbade or did not apply, what is missing, what would permit it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from exchange.policy.decision import (
    Decision,
    Deontic,
    DutyReport,
    Phase,
    Premise,
    Report,
    RuleReport,
    Satisfaction,
    Verdict,
)
from exchange.policy.explaining import Sentence
from exchange.policy.model import Rule, RuleKind
from exchange.policy.vocabulary import Vocabulary
from exchange.policy.wording.deeds import all_of, deed
from exchange.policy.wording.naming import Names
from exchange.policy.wording.phrasing import NOTHING, begun, joined, listed, same, say
from exchange.policy.wording.premises import because, wanted
from ontology.messages import Message

_DENIED = Message("許可しません。", "Denied.")
_VERDICTS: Mapping[Verdict, Message] = MappingProxyType(
    {
        Verdict.PERMIT: Message("許可します。", "Permitted."),
        Verdict.DENY: _DENIED,
        Verdict.NOT_APPLICABLE: Message("当てはまる規則がないため、許可しません。", "No rule is about this: denied."),
        Verdict.INDETERMINATE: Message("判断できないため、許可しません。", "It cannot be decided: denied."),
    }
)
_PERMISSION, _PROHIBITION = RuleKind.PERMISSION, RuleKind.PROHIBITION
_GRANTS = "{does}許可は、{why}許可を与えます。", "The permission to {does} grants{why}."
_DOES_NOT_GRANT = "{does}許可は、{why}許可を与えません。", "The permission to {does} does not grant{why}."
_FORBIDS = "{does}ことの禁止は、{why}要求を退けます。", "The prohibition to {does} forbids it{why}."
_DOES_NOT_FORBID = "{does}ことの禁止は、{why}要求を妨げません。", "The prohibition to {does} does not forbid it{why}."
_OUTCOMES: Mapping[tuple[RuleKind, bool], tuple[str, str]] = MappingProxyType(
    {
        (_PERMISSION, True): _GRANTS,
        (_PERMISSION, False): _DOES_NOT_GRANT,
        (_PROHIBITION, True): _FORBIDS,
        (_PROHIBITION, False): _DOES_NOT_FORBID,
    }
)
_OVERRIDDEN: Mapping[RuleKind, tuple[str, str]] = MappingProxyType(
    {
        RuleKind.PERMISSION: (
            "{does}許可は、条件を満たしますが、禁止と重なるため許可を与えません。",
            "The permission to {does} would grant, but a prohibition meets it.",
        ),
        RuleKind.PROHIBITION: (
            "{does}ことの禁止は、許可が優先されるため要求を妨げません。",
            "The prohibition to {does} gives way, because permissions win in this policy.",
        ),
    }
)
_PHASES: Mapping[Phase, Message] = MappingProxyType(
    {
        Phase.PRE: Message("利用前", "Before the use"),
        Phase.ONGOING: Message("利用中", "As long as it is used"),
        Phase.POST: Message("利用後", "After the use"),
    }
)
_STATES: Mapping[Deontic, Message] = MappingProxyType(
    {
        Deontic.FULFILLED: Message("履行済み", "done"),
        Deontic.VIOLATED: Message("違反", "violated"),
        Deontic.NOT_SET: Message("未履行", "not done yet"),
    }
)


@dataclass(frozen=True, slots=True)
class Account:
    """A decision in words.

    Attributes:
        sentences: one a rule, those that decided first.
        missing: values that nobody brought, and who can supply them.
        consumed: what a permit uses up.
        duties: what is to be done, when, and whether it was.
        remedy: what would make it a permit; none of a permit.
    """

    heading: Message
    sentences: tuple[Sentence, ...]
    missing: tuple[Message, ...]
    consumed: tuple[Message, ...]
    duties: tuple[Message, ...]
    remedy: Message | None

    @property
    def text(self) -> Message:
        """All of it, a line each."""
        lines = [self.heading, *(each.text for each in self.sentences), *self.missing, *self.consumed]
        return joined([*lines, *self.duties, *([self.remedy] if self.remedy else ())], "\n", "\n")


def account(decision: Decision, vocabulary: Vocabulary, titles: Mapping[str, Message] | None = None) -> Account:
    """Say why it was decided so.

    Args:
        titles: of assets and parties, as the catalog and the registry know them.
    """
    names, report = Names(vocabulary, titles or {}), decision.report
    plain = report.reasons if not report.rules else ()
    return Account(
        heading=joined([_DENIED, *plain], "", " ") if plain else _VERDICTS[report.verdict],
        sentences=tuple(_sentences(report, names)),
        missing=tuple(_missing(report, names)),
        consumed=tuple(_consumed(report, names)),
        duties=tuple(_duty(each, names) for each in report.duties),
        remedy=_remedy(report, names),
    )


def _sentences(report: Report, names: Names) -> Iterator[Sentence]:
    for each in sorted(report.rules, key=_remoteness):
        yield Sentence(each.rule.node, each.rule.index, each.rule.kind, _sentence(each, names))


def _remoteness(report: RuleReport) -> int:
    """Rules that are not about the request come last."""
    decided = report.control and not report.overridden
    return 2 if report.matched is Satisfaction.UNSATISFIED else 0 if decided else 1


def _sentence(report: RuleReport, names: Names) -> Message:
    does = _does(report.rule, names)
    if report.overridden:
        return say(*_OVERRIDDEN[report.rule.kind], does=does)
    if report.rule.kind is RuleKind.PROHIBITION and not report.rule.constraints and report.control:
        return say("{does}ことは禁止されています。", "To {does} is forbidden.", does=does)
    reasons = list(_reasons(report, names))
    why = say("{why}ため、", ", because {why}", why=_all(reasons)) if reasons else NOTHING
    return say(*_OUTCOMES[report.rule.kind, report.control], does=does, why=why)


def _reasons(report: RuleReport, names: Names) -> Iterator[Message]:
    """Of what grants or forbids all that holds; of what does not, what is in the way."""
    away = [each for each in report.premises if each.state is not Satisfaction.SATISFIED]
    about = [each for each in away if not _is_constraint(each)]
    if report.matched is Satisfaction.UNSATISFIED:
        about = [each for each in about if each.state is Satisfaction.UNSATISFIED]
        yield from (because(each, report.rule, names) for each in about)
        return
    chosen = report.premises if report.control else away
    yield from (because(each, report.rule, names) for each in chosen if _is_constraint(each) or each in about)
    for duty in report.conditions:
        if duty.holds_back:
            yield say(
                "{does}義務が果たされていない", "the duty to {does} is not fulfilled", does=_does(duty.rule, names)
            )


def _is_constraint(premise: Premise) -> bool:
    return premise.kind == "constraint"


def _does(rule: Rule, names: Names) -> Message:
    assets = all_of([rule.target], names, assets=True) if rule.target is not None else None
    if assets is None and rule.kind in (RuleKind.PERMISSION, RuleKind.PROHIBITION):
        assets = Message(ja="あらゆる資産", en="any asset")
    said = deed(rule, names, assets, [])
    return Message(ja=said.before + said.done.ja, en=said.done.en + said.after)


def _missing(report: Report, names: Names) -> Iterator[Message]:
    for each in report.missing:
        yield begun(
            say(
                "{operand}の値がありません。{supplier}",
                "{operand} is not known. {supplier}",
                operand=names.operand(each.operand),
                supplier=each.supplier,
            )
        )


def _consumed(report: Report, names: Names) -> Iterator[Message]:
    for each in report.consumed:
        limit = names.value(each.limit, each.operand) if each.limit is not None else same("?")
        amount = same(str(each.amount))
        yield say(
            "この許可により、{limit}回のうち{amount}回を使います。",
            "This permit uses up {amount} of {limit} times.",
            amount=amount,
            limit=limit,
        )


def _duty(duty: DutyReport, names: Names) -> Message:
    deadline = NOTHING
    conditions = [each for each in duty.rule.constraints if duty.deadline in _rights(each)]
    if conditions:
        deadline = deed(duty.rule, names, None, conditions[:1]).timing()
    return say(
        "{phase}: {deadline}{does}（{state}）",
        "{phase}: {does}{deadline} ({state})",
        phase=_PHASES[duty.phase],
        deadline=deadline,
        does=_does(duty.rule, names),
        state=_STATES[duty.deontic],
    )


def _rights(condition: object) -> Sequence[str | None]:
    return [each.value for each in getattr(condition, "right", ())]


def _remedy(report: Report, names: Names) -> Message | None:
    nearest = report.nearest
    if nearest is None:
        return None
    rule = next(
        each.rule
        for each in report.rules
        if each.rule.node == nearest.rule and set(nearest.premises) <= set(each.premises)
    )
    wants = [wanted(each, rule, names) for each in nearest.premises]
    wants += [
        say("{does}義務が果たされる", "the duty to {does} is fulfilled", does=_does(each.rule, names))
        for each in nearest.duties
    ]
    against = [each.rule for each in report.rules if each.rule.kind is RuleKind.PROHIBITION and each.control]
    wants += [
        say("{does}ことの禁止が当てはまらない", "the prohibition to {does} does not apply", does=_does(each, names))
        for each in against
        if each.node in nearest.prohibitions
    ]
    if not wants:
        return None
    return say("{said}なら、許可になります。", "For a permit it is needed that {said}.", said=_all(wants))


def _all(clauses: Sequence[Message]) -> Message:
    return Message(ja="、かつ、".join(each.ja for each in clauses), en=listed(clauses).en)
