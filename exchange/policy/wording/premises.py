"""Premises of a decision in words: what was asked for, what was seen instead, and where that came from."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from exchange.policy.decision import Premise, PremiseKind, Satisfaction
from exchange.policy.model import Condition, Rule, Scope
from exchange.policy.wording.clauses import statement
from exchange.policy.wording.deeds import what, who
from exchange.policy.wording.naming import Names
from exchange.policy.wording.phrasing import AND, NOTHING, joined, listed, quoted, say
from ontology.messages import Message

_SOURCES: Mapping[str, Message] = MappingProxyType(
    {
        "clock": Message("時計", "by the clock"),
        "token": Message("トークン", "by a token"),
        "credential": Message("資格証明", "by a credential"),
        "counter": Message("利用の記録", "as counted"),
        "payment": Message("決済", "by a payment"),
        "catalog": Message("カタログ", "by the catalog"),
        "declared": Message("要求者の申告", "as the requester states"),
        "attested": Message("契約での表明", "as the contract attests"),
    }
)
_REFUSED = Message(ja="この出所の値は使えません", en="a value from there does not count")
_NO_VALUE = Message(ja="（値なし）", en=" (no value)")
_MALFORMED = Message(ja="規則が正しく書かれていない", en="the rule is not well formed")
_OTHERS: Mapping[PremiseKind, Mapping[Satisfaction, Message]] = MappingProxyType(
    {
        PremiseKind.ACTION: {
            Satisfaction.UNSATISFIED: Message("要求された行為がこれと異なる", "another action is asked for"),
            Satisfaction.UNKNOWN: Message(
                "要求された行為がこれに当たるか分からない", "nobody can tell whether this is the action asked for"
            ),
        },
        PremiseKind.TARGET: {
            Satisfaction.UNSATISFIED: Message("要求された対象がこれと異なる", "another asset is asked for"),
            Satisfaction.UNKNOWN: Message(
                "要求された対象がこれに当たるか分からない", "nobody can tell whether this is the asset asked for"
            ),
        },
    }
)


def because(premise: Premise, rule: Rule, names: Names) -> Message:
    """A premise as a reason: in Japanese in plain form, to be followed by ため."""
    if premise.kind is PremiseKind.RULE:
        return _MALFORMED
    if premise.kind is PremiseKind.CONSTRAINT:
        return _state(statement(_condition(premise, rule), names), premise, names)
    failing = [_state(statement(it, names), part, names) for part, it in _refined(premise, rule) if _fails(part)]
    if failing:
        return listed(failing, AND)
    if premise.kind is PremiseKind.PARTY:
        pattern = {
            Satisfaction.UNSATISFIED: ("要求者が{party}ではない", "the requester is not {party}"),
            Satisfaction.UNKNOWN: ("要求者が{party}か分からない", "nobody can tell whether the requester is {party}"),
        }
        return say(*pattern[premise.state], party=_party(rule, names))
    return _OTHERS[premise.kind][premise.state]


def wanted(premise: Premise, rule: Rule, names: Names) -> Message:
    """What would have to be so instead; in Japanese in plain form, to be followed by なら."""
    if premise.kind is PremiseKind.RULE:
        return Message(ja="規則が正しく書かれている", en="the rule is well formed")
    if premise.kind is PremiseKind.CONSTRAINT:
        return statement(_condition(premise, rule), names)
    failing = [statement(it, names) for part, it in _refined(premise, rule) if _fails(part)]
    if failing:
        return joined(failing, "、かつ、", " and ")
    if premise.kind is PremiseKind.PARTY:
        return say("要求者が{party}である", "the requester is {party}", party=_party(rule, names))
    if premise.kind is PremiseKind.TARGET and rule.target is not None:
        asset = what(rule.target, names)
        return say("{asset}が要求される", "{asset} is asked for", asset=asset)
    action = quoted(names.vocabulary.label(rule.action.iri))
    return say("{action}の行為が要求される", "the action {action} is asked for", action=action)


def _party(rule: Rule, names: Names) -> Message:
    return who(rule.assignee, names) if rule.assignee is not None else NOTHING


def _fails(premise: Premise) -> bool:
    return premise.state is not Satisfaction.SATISFIED


def _state(said: Message, premise: Premise, names: Names) -> Message:
    seen = _seen(premise, names)
    match premise.state:
        case Satisfaction.SATISFIED:
            return say("{said}{seen}", "{said}{seen}", said=said, seen=seen)
        case Satisfaction.UNSATISFIED:
            return say("{said}という条件が満たされない{seen}", "it is not so that {said}{seen}", said=said, seen=seen)
        case Satisfaction.UNKNOWN:
            return say("{said}かどうか分からない{seen}", "nobody can tell whether {said}{seen}", said=said, seen=seen)


def _condition(premise: Premise, rule: Rule) -> Condition:
    return next(each for each in rule.constraints if _is_of(premise, each))


def _is_of(premise: Premise, condition: Condition) -> bool:
    if premise.node != condition.node:
        return False
    left, right = getattr(condition, "left", ""), getattr(condition, "right", ())
    return (premise.left, premise.right) == (left, right)


def _refined(premise: Premise, rule: Rule) -> Iterator[tuple[Premise, Condition]]:
    of: Mapping[PremiseKind, Sequence[Condition]] = {
        PremiseKind.ACTION: rule.action.refinements,
        PremiseKind.TARGET: _refinements(rule.target),
        PremiseKind.PARTY: _refinements(rule.assignee),
    }
    return zip(premise.parts, of[premise.kind], strict=True)


def _refinements(scope: Scope | None) -> Sequence[Condition]:
    return () if scope is None else scope.refinements


def _seen(premise: Premise, names: Names) -> Message:
    """The values that were seen, those of the parts of a logical constraint one after the other."""
    leaves = list(dict.fromkeys(_leaves(premise)))
    values = [_value(leaf, names, named=len(leaves) > 1) for leaf in leaves if leaf.seen is not None]
    if not values:
        return _NO_VALUE
    return say("（値は{values}）", " (seen: {values})", values=joined(values, "、", ", "))


def _leaves(premise: Premise) -> Iterator[Premise]:
    if not premise.parts:
        yield premise
    for part in premise.parts:
        yield from _leaves(part)


def _value(premise: Premise, names: Names, *, named: bool) -> Message:
    seen = premise.seen
    if seen is None:
        return NOTHING
    values = listed([names.value(term, premise.left, None, seen.unit) for term in seen.terms], AND)
    source = _SOURCES.get(seen.source) or quoted(seen.source)
    refused = NOTHING if seen.accepted else say("、{no}", ", {no}", no=_REFUSED)
    pattern = ("{left}: {values}・{source}{refused}", "{left} {values} {source}{refused}")
    if not named:
        pattern = ("{values}・{source}{refused}", "{values}, {source}{refused}")
    return say(*pattern, left=names.operand(premise.left), values=values, source=source, refused=refused)
