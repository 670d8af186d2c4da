"""A policy in plain words: one sentence a rule, in Japanese and English."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeGuard

from exchange.policy.model import Condition, Conflict, Constraint, Policy, PolicyKind, Rule, RuleKind, Scope
from exchange.policy.vocabulary import Vocabulary
from exchange.policy.wording.deeds import all_of, deed, who
from exchange.policy.wording.naming import Names
from exchange.policy.wording.phrasing import NOTHING, begun, joined, listed, say
from ontology.messages import Message
from ontology.terms import ODRL

_EVENT = ODRL.NAMESPACE + "event"
_USAGE = frozenset(("policyUsage", ODRL.NAMESPACE + "policyUsage"))
_WAITING = frozenset((ODRL.NAMESPACE + "delayPeriod", ODRL.NAMESPACE + "elapsedTime"))
_THE_ASSET = Message(ja="対象の資産", en="the asset")
_ANY_ASSET = Message(ja="あらゆる資産", en="any asset")
_KINDS: Mapping[PolicyKind, Message] = MappingProxyType(
    {
        PolicyKind.SET: Message("ポリシー", "policy"),
        PolicyKind.OFFER: Message("オファー", "offer"),
        PolicyKind.AGREEMENT: Message("合意", "agreement"),
        PolicyKind.REQUEST: Message("要求", "request"),
        PolicyKind.TICKET: Message("チケット", "ticket"),
        PolicyKind.ASSERTION: Message("表明", "assertion"),
        PolicyKind.PRIVACY: Message("プライバシーポリシー", "privacy policy"),
    }
)
_CONFLICTS: Mapping[Conflict, Message] = MappingProxyType(
    {
        Conflict.PERM: Message(
            "許可と禁止が重なる場合は、許可を優先します。",
            "Where a permission and a prohibition meet, the permission wins.",
        ),
        Conflict.PROHIBIT: Message(
            "許可と禁止が重なる場合は、禁止を優先します。",
            "Where a permission and a prohibition meet, the prohibition wins.",
        ),
        Conflict.INVALID: Message(
            "許可と禁止が重なる場合は、ポリシー全体が無効になります。",
            "Where a permission and a prohibition meet, the whole policy is void.",
        ),
    }
)
_VOID = Message(
    "このポリシーは評価できないため、何も許可しません。", "This policy cannot be evaluated, so it permits nothing."
)
# By the order of the duty and the use (odrl:event with odrl:policyUsage); the Information Model asks for it first.
_PHASES: Mapping[str, Message] = MappingProxyType(
    {
        ODRL.NAMESPACE + "lt": Message("事前に", "first"),
        ODRL.NAMESPACE + "eq": Message("利用の際に", "at the same time"),
        ODRL.NAMESPACE + "gt": Message("利用後に", "afterwards"),
    }
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One rule in words.

    Attributes:
        node: the rule as the policy names it.
        index: of the first atomic rule that the sentence covers.
    """

    node: str
    index: int
    kind: RuleKind
    text: Message


@dataclass(frozen=True, slots=True)
class Explanation:
    """A policy in words.

    Attributes:
        notes: what holds for the policy as a whole, and what is wrong with it.
    """

    heading: Message
    sentences: tuple[Sentence, ...]
    notes: tuple[Message, ...]

    @property
    def text(self) -> Message:
        """All of it, a line each."""
        lines = [self.heading, *(sentence.text for sentence in self.sentences), *self.notes]
        return joined(lines, "\n", "\n")


def explain(policy: Policy, vocabulary: Vocabulary, titles: Mapping[str, Message] | None = None) -> Explanation:
    """Say what a policy permits, forbids and demands.

    Args:
        titles: of assets and parties, as the catalog and the registry know them.
    """
    names = Names(vocabulary, titles or {})
    sentences = tuple(_sentences(policy, names))
    heading = say("{kind}{iri}:", "{kind} {iri}:", kind=_KINDS[policy.kind], iri=names.thing(policy.iri))
    return Explanation(begun(heading), sentences, tuple(_notes(policy, names)))


def sentence(rule: Rule, policy: PolicyKind, names: Names) -> Message:
    """One rule in words."""
    return _sentence([rule], policy, names)


def _sentences(policy: Policy, names: Names) -> Iterator[Sentence]:
    for rules in _as_written(policy.rules):
        yield Sentence(rules[0].node, rules[0].index, rules[0].kind, _sentence(rules, policy.kind, names))


def _as_written(rules: Iterable[Rule]) -> Iterable[list[Rule]]:
    """Atomic rules that one rule of the policy was taken apart into, as far as one sentence can say them."""
    groups: dict[Rule, list[Rule]] = {}
    for rule in rules:
        groups.setdefault(replace(rule, index=0, target=None, assignee=None), []).append(rule)
    return groups.values()


def _notes(policy: Policy, names: Names) -> Iterator[Message]:
    if policy.permissions and policy.prohibitions:
        yield _CONFLICTS[policy.conflict]
    if policy.replaced is not None:
        old = names.thing(policy.replaced)
        yield say("{old}を置き換えたものです。", "It replaces {old}.", old=old)
    if policy.parents:
        parents = listed([names.thing(parent) for parent in policy.parents])
        yield say("{parents}の規則を継承しています。", "It inherits the rules of {parents}.", parents=parents)
    if policy.void:
        yield _VOID
    yield from dict.fromkeys(fault.message for fault in policy.faults)


def _sentence(rules: Sequence[Rule], policy: PolicyKind, names: Names) -> Message:
    rule = rules[0]
    parties = list(dict.fromkeys(each.assignee for each in rules if each.assignee is not None))
    assets = list(dict.fromkeys(each.target for each in rules if each.target is not None))
    things = all_of(assets, names, assets=True) if assets else None
    if things is None:
        things = _THE_ASSET if rule.kind is RuleKind.OBLIGATION else _ANY_ASSET
    said = _modal(rule, _party(parties, policy, names), bool(parties), policy, deed_of=(names, things))
    return begun(say("{source}{said}。", "{source}{said}.", source=_source(rule, names), said=said))


def _modal(
    rule: Rule, party: Message, named: bool, policy: PolicyKind, *, deed_of: tuple[Names, Message | None]
) -> Message:
    names, things = deed_of
    does = deed(rule, names, things)
    match rule.kind:
        case RuleKind.PERMISSION:
            said = say("{who}は、{does}", "{who} may {does}", who=party, does=does.may())
            return joined([said, _duties(rule, names)])
        case RuleKind.PROHIBITION:
            en = "{who} must not {does}" if named or policy is PolicyKind.OFFER else "no one may {does}"
            said = say("{who}は、{does}", en, who=party, does=does.must_not())
            remedies = _clauses(rule.remedies, names)
            aside = say("（違反した場合は、{must}）", " (whoever infringes this must {must})", must=remedies)
            return joined([said, aside if rule.remedies else NOTHING])
        case _:
            said = say("{who}は、{does}", "{who} must {does}", who=party, does=does.must())
            return joined([said, _consequences(rule, names)])


def _party(parties: Sequence[Scope], policy: PolicyKind, names: Names) -> Message:
    if parties:
        return all_of(parties, names, assets=False)
    if policy is PolicyKind.OFFER:
        return Message(ja="このオファーを受諾した者", en="whoever accepts this offer")
    return Message(ja="すべての者", en="everyone")


def _source(rule: Rule, names: Names) -> Message:
    if rule.assigner is None:
        return NOTHING
    giver = who(rule.assigner, names)
    if rule.kind is RuleKind.PERMISSION:
        return say("{giver}の許諾により、", "by permission of {giver}, ", giver=giver)
    return say("{giver}の定めにより、", "by order of {giver}, ", giver=giver)


def _duties(permission: Rule, names: Names) -> Message:
    if not permission.duties:
        return NOTHING
    groups: dict[tuple[Message, Message], list[Rule]] = {}
    for duty in permission.duties:
        groups.setdefault((_subject(duty, permission, names), _phase(duty)), []).append(duty)
    said = [
        say("{phase}{subject}{done}", "{subject}must {phase} {done}", subject=subject, phase=phase, done=done)
        for (subject, phase), duties in groups.items()
        for done in (_clauses(duties, names, last=permission.duties[-1] in duties),)
    ]
    return say("が、{said}", ", but {said}", said=joined(said, "、", " and "))


def _subject(duty: Rule, permission: Rule, names: Names) -> Message:
    """Who has the duty, where that is somebody else than who has the permission."""
    if duty.assignee is None or duty.assignee == permission.assignee:
        return NOTHING
    return say("{who}が", "{who} ", who=who(duty.assignee, names))


def _phase(duty: Rule) -> Message:
    """When a duty is due, seen from the use."""
    order = next((each.operator for each in duty.constraints if _is_order(each)), None)
    waiting = any(isinstance(each, Constraint) and each.left in _WAITING for each in duty.constraints)
    return _PHASES[order or ODRL.NAMESPACE + ("gt" if waiting else "lt")]


def _is_order(condition: Condition) -> TypeGuard[Constraint]:
    return (
        isinstance(condition, Constraint)
        and condition.left == _EVENT
        and any(each.value in _USAGE for each in condition.right)
        and condition.operator in _PHASES
    )


def _consequences(duty: Rule, names: Names) -> Message:
    if not duty.consequences:
        return NOTHING
    said = _clauses(duty.consequences, names)
    return say("（これを怠った場合は、さらに{said}）", " (failing that, must also {said})", said=said)


def _clauses(duties: Sequence[Rule], names: Names, *, last: bool = True) -> Message:
    """What must be done, one thing after the other; unless they are the last ones, Japanese goes on behind them."""
    said = []
    for duty in duties:
        asset = all_of([duty.target], names, assets=True) if duty.target is not None else None
        does = deed(duty, names, asset, [each for each in duty.constraints if not _is_order(each)])
        must = does.must() if last and duty is duties[-1] else does.must_and()
        said.append(joined([must, _consequences(duty, names)]))
    return Message(ja="、".join(each.ja for each in said), en=listed(said).en)
