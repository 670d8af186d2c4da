"""Constraints in words, as a limit ("until 31 December 2026") or as a statement ("the purpose is “research”")."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pyoxigraph import Literal

from exchange.policy.model import Condition, Constraint, Logic, LogicalConstraint, RuleKind, Term
from exchange.policy.wording.naming import UNKNOWN, Names, local
from exchange.policy.wording.phrasing import AND, NOTHING, OR, abridged, joined, listed, quoted, same, say
from ontology.messages import Message

Pattern = tuple[str, str]

_IN_TIME = MappingProxyType(
    {
        "lt": ("{left}が{value}より前である", "{left} is before {value}"),
        "lteq": ("{left}が{value}以前である", "{left} is not later than {value}"),
        "gt": ("{left}が{value}より後である", "{left} is after {value}"),
        "gteq": ("{left}が{value}以降である", "{left} is not before {value}"),
    }
)
_STATEMENTS: Mapping[str, Pattern] = MappingProxyType(
    {
        "lt": ("{left}が{value}未満である", "{left} is less than {value}"),
        "lteq": ("{left}が{value}以下である", "{left} is at most {value}"),
        "gt": ("{left}が{value}を超える", "{left} is more than {value}"),
        "gteq": ("{left}が{value}以上である", "{left} is at least {value}"),
        "eq": ("{left}が{value}である", "{left} is {value}"),
        "neq": ("{left}が{value}ではない", "{left} is not {value}"),
        "isA": ("{left}が{value}に属する", "{left} is a kind of {value}"),
        "hasPart": ("{left}が{value}を含む", "{left} contains {value}"),
        "isPartOf": ("{left}が{value}に含まれる", "{left} is within {value}"),
        "isAnyOf": ("{left}が{value}である", "{left} is {value}"),
        "isAllOf": ("{left}が{value}のすべてである", "{left} is all of {value}"),
        "isNoneOf": ("{left}が{value}のいずれでもない", "{left} is none of {value}"),
    }
)
_UNKNOWN_OPERATOR: Pattern = (
    "{left}と{value}の間に{name}（未知の演算子）の関係がある",
    "{left} stands in the relation {name} (unknown operator) to {value}",
)
_UNREADABLE = Message(ja="読み取れない制約が成り立つ", en="a constraint that cannot be read holds")
# What a set operator says of one value.
_SINGLE = MappingProxyType({"isAnyOf": "eq", "isAllOf": "eq", "isNoneOf": "neq"})
_HIERARCHY = ("isA", "isPartOf", "hasPart")
_ALL = ("isAllOf", "isNoneOf")
_ONE = ("eq", "isA", "isPartOf", "isAnyOf")
_NONE = ("neq", "isNoneOf")


def _each(operand: str, operators: Sequence[str], ja: str, en: str) -> dict[tuple[str, str], Pattern]:
    return {(operand, operator): (ja, en) for operator in operators}


_TIMES: Mapping[tuple[str, str], Pattern] = MappingProxyType(
    {
        ("dateTime", "lt"): ("{value}より前に", "before {value}"),
        ("dateTime", "lteq"): ("{value}まで", "until {value}"),
        ("dateTime", "gt"): ("{value}より後に", "after {value}"),
        ("dateTime", "gteq"): ("{value}から", "from {value} on"),
        ("dateTime", "eq"): ("{value}に", "on {value}"),
        ("event", "lt"): ("{value}の前に", "before {value}"),
        ("event", "gt"): ("{value}の後に", "after {value}"),
        ("event", "eq"): ("{value}の際に", "at the time of {value}"),
        **_each("delayPeriod", ("eq", "gt", "gteq"), "{value}の待機期間の後に", "after a delay of {value}"),
    }
)
"""Limits that say when; they read the same in permissions and prohibitions."""
_DEADLINES: Mapping[tuple[str, str], Pattern] = MappingProxyType(
    {
        **_TIMES,
        ("dateTime", "lteq"): ("{value}までに", "by {value}"),
        ("dateTime", "gteq"): ("{value}以降に", "from {value} on"),
        **_each("elapsedTime", ("eq", "lteq"), "利用から{value}以内に", "within {value} of the use"),
        **_each("delayPeriod", ("lt", "lteq"), "{value}以内に", "within {value}"),
    }
)
"""Of duties the same limits say until when they are to be done."""
_LIMITS: Mapping[tuple[str, str], Pattern] = MappingProxyType(
    {
        **_TIMES,
        ("count", "lteq"): ("{value}回まで", "at most {value} times"),
        ("count", "lt"): ("{value}回未満", "fewer than {value} times"),
        ("count", "eq"): ("ちょうど{value}回", "exactly {value} times"),
        ("count", "gteq"): ("{value}回以上", "at least {value} times"),
        ("percentage", "lteq"): ("全体の{value}%まで", "at most {value} % of it"),
        ("elapsedTime", "lteq"): ("最初の利用から{value}以内に", "within {value} of the first use"),
        ("elapsedTime", "lt"): ("最初の利用から{value}未満の間", "for less than {value} from the first use"),
        ("elapsedTime", "eq"): ("最初の利用から{value}の間", "for {value} from the first use"),
        ("meteredTime", "lteq"): ("合計{value}まで", "for at most {value} in total"),
        ("meteredTime", "lt"): ("合計{value}未満", "for less than {value} in total"),
        **_each("timeInterval", ("gteq", "gt"), "{value}以上の間隔を空けて", "at intervals of at least {value}"),
        ("timeInterval", "eq"): ("{value}ごとに", "at intervals of {value}"),
        **_each("purpose", _ONE, "{value}の目的に限り", "only for the purpose {value}"),
        **_each("purpose", _NONE, "{value}を除く目的に限り", "for any purpose but {value}"),
        **_each("spatial", _ONE, "{value}の域内に限り", "only in {value}"),
        **_each("spatial", _NONE, "{value}の域外に限り", "only outside {value}"),
        **_each("recipient", _ONE, "受領者が{value}である場合に限り", "only with {value} as recipient"),
        **_each("industry", _ONE, "{value}の業種に限り", "only in the industry {value}"),
        **_each("systemDevice", _ONE, "{value}の上でのみ", "only on {value}"),
    }
)
"""How the conditions of a permission are mostly read; a statement says the rest."""


_BY_KIND: Mapping[RuleKind, Mapping[tuple[str, str], Pattern]] = MappingProxyType(
    {RuleKind.PERMISSION: _LIMITS, RuleKind.PROHIBITION: _TIMES}
)


def limit(condition: Condition, names: Names, kind: RuleKind) -> Message | None:
    """A condition as an adverbial, where there is a natural one for this kind of rule."""
    if not isinstance(condition, Constraint) or condition.status is not None or condition.unit is not None:
        return None
    pair = local(condition.left), local(condition.operator)
    pattern = _BY_KIND.get(kind, _DEADLINES).get(pair)
    if pattern is None or condition.reference is not None or not condition.right:
        return None
    if pair == ("count", "lteq") and isinstance(condition.right[0], Literal) and condition.right[0].value == "1":
        return Message(ja="1回だけ", en="at most once")
    return say(*pattern, value=_right(condition, names))


def statement(condition: Condition, names: Names) -> Message:
    """A condition as a clause that is true or false; in Japanese in plain form, to be followed by 形 or 場合."""
    if isinstance(condition, LogicalConstraint):
        return _combined(condition, names)
    if not (condition.left and condition.operator):
        return _UNREADABLE
    operator = local(condition.operator)
    operator = _SINGLE.get(operator, operator) if len(condition.right) == 1 else operator
    pattern = _IN_TIME.get(operator) if names.in_time(condition.left) else None
    said = pattern or _STATEMENTS.get(operator) or _UNKNOWN_OPERATOR
    left = joined([names.operand(condition.left), names.attested(condition.left)])
    value = joined([_right(condition, names), _used(condition, names)])
    return say(*said, left=left, value=value, name=quoted(names.vocabulary.label(condition.operator)))


def together(conditions: Sequence[Condition], names: Names) -> Message:
    """Several conditions that all hold."""
    if len(conditions) == 1:
        return statement(conditions[0], names)
    return _all([_inner(each, names) for each in conditions])


def _right(constraint: Constraint, names: Names) -> Message:
    if constraint.reference is not None:
        named = names.thing(constraint.reference)
        return say("{named}の示す値（取得しません）", "what {named} says (it is never fetched)", named=named)
    shown = [_value(term, constraint, names) for term in constraint.right]
    if not shown:
        return Message(ja="（値なし）", en="(no value)")
    return listed(abridged(shown), AND if local(constraint.operator) in _ALL else OR)


def _value(term: Term, constraint: Constraint, names: Names) -> Message:
    value = names.value(term, constraint.left, constraint.data_type, constraint.unit)
    strange = local(constraint.operator) in _HIERARCHY and names.strange(term, constraint.left)
    return joined([value, UNKNOWN]) if strange else value


def _used(constraint: Constraint, names: Names) -> Message:
    if constraint.status is None:
        return NOTHING
    used = names.value(constraint.status, constraint.left, constraint.data_type, constraint.unit)
    return say("（使用済み: {used}）", " (used already: {used})", used=used)


def _combined(condition: LogicalConstraint, names: Names) -> Message:
    if not condition.parts:
        return Message(ja="空の論理制約が成り立つ", en="an empty logical constraint holds")
    if len(condition.parts) == 1:
        return statement(condition.parts[0], names)
    parts = [_inner(part, names) for part in condition.parts]
    match condition.logic:
        case Logic.AND:
            return _all(parts)
        case Logic.OR:
            return joined(parts, "、または、", " or ")
        case Logic.XONE:
            return say("次のうち1つだけが成り立つ（{parts}）", "exactly one of {parts} holds", parts=_numbered(parts))
        case Logic.AND_SEQUENCE:
            return say("次がこの順に成り立つ（{parts}）", "{parts} hold in this order", parts=_numbered(parts))


def _all(statements: Sequence[Message]) -> Message:
    """Statements that all hold; many are kept apart by semicolons, since there are commas in them."""
    if len(statements) < 3:
        return joined(statements, "、かつ、", " and ")
    head, last = joined(statements[:-1], "、かつ、", "; "), statements[-1]
    return say("{head}、かつ、{last}", "{head}; and {last}", head=head, last=last)


def _inner(part: Condition, names: Names) -> Message:
    said = statement(part, names)
    nested = isinstance(part, LogicalConstraint) and len(part.parts) > 1
    return say("（{said}）", "({said})", said=said) if nested else said


def _numbered(parts: Sequence[Message]) -> Message:
    numbered = [joined([same(f"[{place}] "), part]) for place, part in enumerate(parts, 1)]
    return Message(ja="、".join(each.ja for each in numbered), en=listed(numbered).en)
