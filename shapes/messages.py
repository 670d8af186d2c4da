"""What a broken constraint says to people: one sentence per constraint component of SHACL, in both languages.

Slots: {label} the property by its human name, {value} the offending value, {limit} the parameter of the constraint.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ontology.messages import Message
from ontology.terms import RENKEI, SH
from shapes.graph import ListMalformed, ShapesGraph, Term, sh
from shapes.paths import short

NO_FOCUS = RENKEI.NAMESPACE + "NoFocusNode"
SKIPPED_SHAPES = RENKEI.NAMESPACE + "SkippedShapes"
RUN_FAILED = RENKEI.NAMESPACE + "RunFailed"
"""Components of our own, for what no constraint of SHACL can say."""

_VALUE_LENGTH = 200
_LIST_LENGTH = 8

Parameters = tuple[str, ...]
_COMPONENTS: Mapping[str, tuple[Parameters, Message]] = MappingProxyType(
    {
        "MinCount": (
            ("minCount",),
            Message("{label}の値が足りません。{limit}個以上必要です。", "{label} needs at least {limit} value(s)."),
        ),
        "MaxCount": (
            ("maxCount",),
            Message("{label}の値が多すぎます。{limit}個までです。", "{label} may have at most {limit} value(s)."),
        ),
        "Class": (
            ("class",),
            Message(
                "{label}の値 {value} は {limit} の実体ではありません。",
                "{label}: {value} is not an instance of {limit}.",
            ),
        ),
        "Datatype": (
            ("datatype",),
            Message(
                "{label}の値 {value} は型 {limit} の正しい値ではありません。",
                "{label}: {value} is not a valid value of type {limit}.",
            ),
        ),
        "NodeKind": (
            ("nodeKind",),
            Message("{label}の値 {value} は{limit}でなければなりません。", "{label}: {value} must be {limit}."),
        ),
        "MinExclusive": (
            ("minExclusive",),
            Message(
                "{label}の値 {value} は {limit} より大きくなければなりません。",
                "{label}: {value} must be greater than {limit}.",
            ),
        ),
        "MinInclusive": (
            ("minInclusive",),
            Message(
                "{label}の値 {value} は {limit} 以上でなければなりません。", "{label}: {value} must be {limit} or more."
            ),
        ),
        "MaxExclusive": (
            ("maxExclusive",),
            Message(
                "{label}の値 {value} は {limit} より小さくなければなりません。",
                "{label}: {value} must be less than {limit}.",
            ),
        ),
        "MaxInclusive": (
            ("maxInclusive",),
            Message(
                "{label}の値 {value} は {limit} 以下でなければなりません。", "{label}: {value} must be {limit} or less."
            ),
        ),
        "MinLength": (
            ("minLength",),
            Message(
                "{label}の値 {value} は短すぎます。{limit}文字以上必要です。",
                "{label}: {value} is shorter than {limit} character(s).",
            ),
        ),
        "MaxLength": (
            ("maxLength",),
            Message(
                "{label}の値 {value} は長すぎます。{limit}文字までです。",
                "{label}: {value} is longer than {limit} character(s).",
            ),
        ),
        "Pattern": (
            ("pattern",),
            Message(
                "{label}の値 {value} は書式 {limit} に合いません。", "{label}: {value} does not have the form {limit}."
            ),
        ),
        "LanguageIn": (
            ("languageIn",),
            Message(
                "{label}の値 {value} の言語は {limit} のいずれかでなければなりません。",
                "{label}: the language of {value} must be one of {limit}.",
            ),
        ),
        "UniqueLang": (
            (),
            Message(
                "{label}に同じ言語の値が二つ以上あります。言語ごとに一つだけ書けます。",
                "{label} has more than one value in the same language.",
            ),
        ),
        "Equals": (
            ("equals",),
            Message(
                "{label}と {limit} の値は同じでなければなりません。{value} は片方にしかありません。",
                "{label} and {limit} must have the same values; {value} is in one of them only.",
            ),
        ),
        "Disjoint": (
            ("disjoint",),
            Message(
                "{label}と {limit} に同じ値 {value} があってはなりません。",
                "{label} and {limit} must not share a value; both have {value}.",
            ),
        ),
        "LessThan": (
            ("lessThan",),
            Message(
                "{label}の値 {value} は {limit} の値より小さく（前に）なければなりません。",
                "{label}: {value} must be less (earlier) than every value of {limit}.",
            ),
        ),
        "LessThanOrEquals": (
            ("lessThanOrEquals",),
            Message(
                "{label}の値 {value} は {limit} の値以下（以前）でなければなりません。",
                "{label}: {value} must not be greater (later) than any value of {limit}.",
            ),
        ),
        "Not": (
            (),
            Message(
                "{label}の値 {value} は許されない形をしています。", "{label}: {value} has a form that is not allowed."
            ),
        ),
        "And": (
            (),
            Message(
                "{label}の値 {value} は条件のすべては満たしません。",
                "{label}: {value} does not meet all of the conditions.",
            ),
        ),
        "Or": (
            (),
            Message(
                "{label}の値 {value} は認められた条件のどれも満たしません。",
                "{label}: {value} meets none of the permitted conditions.",
            ),
        ),
        "Xone": (
            (),
            Message(
                "{label}の値 {value} は条件のちょうど一つを満たさなければなりません。",
                "{label}: {value} must meet exactly one of the conditions.",
            ),
        ),
        "Node": (
            ("node",),
            Message(
                "{label}の値 {value} はシェイプ {limit} に適合しません。",
                "{label}: {value} does not conform to the shape {limit}.",
            ),
        ),
        "QualifiedMinCount": (
            ("qualifiedMinCount",),
            Message(
                "{label}には、条件に合う値が{limit}個以上必要です。",
                "{label} needs at least {limit} value(s) that meet the condition.",
            ),
        ),
        "QualifiedMaxCount": (
            ("qualifiedMaxCount",),
            Message(
                "{label}の、条件に合う値は{limit}個までです。",
                "{label} may have at most {limit} value(s) that meet the condition.",
            ),
        ),
        "Closed": (
            (),
            Message("{label}はここでは使えません（値 {value}）。", "{label} is not allowed here (value {value})."),
        ),
        "HasValue": (
            ("hasValue",),
            Message("{label}に値 {limit} が必要です。", "{label} must have the value {limit}."),
        ),
        "In": (
            ("in",),
            Message(
                "{label}の値 {value} は許された値（{limit}）ではありません。",
                "{label}: {value} is not one of the permitted values ({limit}).",
            ),
        ),
        "SPARQL": (
            (),
            Message(
                "{label}の値 {value} は条件を満たしません。", "{label}: {value} does not meet a condition (SPARQL)."
            ),
        ),
        "JS": (
            (),
            Message(
                "{label}の値 {value} は条件を満たしません。", "{label}: {value} does not meet a condition (script)."
            ),
        ),
    }
)
_CUSTOM = Message(
    "{label}の値 {value} は条件 {limit} を満たしません。", "{label}: {value} does not meet the condition {limit}."
)
COMPONENTS = frozenset(f"{SH.NAMESPACE}{name}ConstraintComponent" for name in _COMPONENTS)
"""IRIs of the components that have a sentence of their own."""

_SELF = Message("この資源", "This resource")
_KINDS: Mapping[str, Message] = MappingProxyType(
    {
        "IRI": Message("IRI", "an IRI"),
        "Literal": Message("リテラル（文字列や数値）", "a literal (text or number)"),
        "BlankNode": Message("空白ノード", "a blank node"),
        "BlankNodeOrIRI": Message("IRIまたは空白ノード", "an IRI or a blank node"),
        "BlankNodeOrLiteral": Message("リテラルまたは空白ノード", "a literal or a blank node"),
        "IRIOrLiteral": Message("IRIまたはリテラル", "an IRI or a literal"),
    }
)


def label(name: Message | None, path: str | None) -> Message:
    """A property as people know it, with its short IRI: `title (dct:title)`."""
    if path is None:
        return name or _SELF
    return Message(path, path) if name is None else Message(f"{name.ja}（{path}）", f"{name.en} ({path})")


def template(graph: ShapesGraph, shape: Term, component: str, named: Message) -> Message:
    """The sentence of a component for one shape; `{value}` is left to be filled by `fill`.

    Args:
        component: IRI of the constraint component; an unknown one gets a general sentence.
        named: the property, from `label`.
    """
    name = component.removeprefix(SH.NAMESPACE).removesuffix("ConstraintComponent")
    parameters, sentence = _COMPONENTS.get(name, ((), _CUSTOM))
    limit = _limit(graph, shape, parameters[0]) if parameters else Message(short(component), short(component))
    return Message(
        sentence.ja.replace("{label}", named.ja).replace("{limit}", limit.ja),
        sentence.en.replace("{label}", named.en).replace("{limit}", limit.en),
    )


def fill(sentence: Message, value: str | None) -> Message:
    """Put a value, given as N-Triples, into a sentence."""
    if "{value}" not in sentence.en and "{value}" not in sentence.ja:
        return sentence
    text = readable(value or "")
    return Message(sentence.ja.replace("{value}", text), sentence.en.replace("{value}", text))


def readable(value: str) -> str:
    """An N-Triples term for a sentence: short, without the datatype's namespace."""
    text = value if len(value) <= _VALUE_LENGTH else value[:_VALUE_LENGTH] + "…"
    text, mark, datatype = text.partition('"^^<')
    return f'{text}"^^{short(datatype.removesuffix(">"))}' if mark else text


def _limit(graph: ShapesGraph, shape: Term, parameter: str) -> Message:
    values = graph.objects(shape, sh(parameter))
    if parameter == "nodeKind" and values and (kind := _KINDS.get(values[0].value.removeprefix(SH.NAMESPACE))):
        return kind
    if parameter in {"in", "languageIn"} and values:
        try:
            values = graph.members(values[0])
        except ListMalformed:
            values = []
    texts = [_parameter_text(value) for value in values[:_LIST_LENGTH]]
    more = ["…"] if len(values) > _LIST_LENGTH else []
    return Message("、".join(texts + more) or "…", ", ".join(texts + more) or "…")


def _parameter_text(value: Term) -> str:
    text = str(value)
    return short(value.value) if text.startswith("<") else value.value
