"""Messages held against the JSON Schema documents of this package: every one that comes in or goes out."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Final

import orjson
from jsonschema_rs import Draft202012, Draft202012Validator, Registry, ValidationError, ValidationErrorKind

from exchange.dsp.errors import MessageInvalid
from ontology.faults import shortened
from ontology.messages import Message

SCHEMAS: Final = ("catalog", "common", "negotiation", "policy", "transfer", "version")
"""Names of the schema documents; they refer to each other by `NAME.json`, wherever they are served."""

_BASE: Final = "https://renkei.invalid/schemas/"  # nothing is there; registered, so that nothing is fetched
_PLAIN: Final = re.compile(r"[A-Za-z@][A-Za-z0-9_]*")
_VERSIONS: Final = "VersionResponse"
_ONE_OF: Final = MappingProxyType(
    {
        "ContractRequestMessage": "callbackAddress, providerPid",
        "ContractOfferMessage": "callbackAddress, consumerPid",
        "rightOperand": "@id, @value, @list",
        "constraint": "and, andSequence, or, xone",
    }
)


# What a pattern of the schemas holds → what it asks for.
_FORMS: Final = (
    (
        "://",
        Message(
            ja="http または https のアドレスで、認証情報・フラグメント・空白を含まないものにしてください。",
            en="an address over http or https is wanted, without credentials, fragment and spaces.",
        ),
    ),
    (
        ":[0-5]",
        Message(
            ja="日時は xsd:dateTime で書いてください(例 2026-04-01T09:00:00Z)。",
            en="a time is written as xsd:dateTime, such as 2026-04-01T09:00:00Z.",
        ),
    ),
    (
        "",
        Message(
            ja="空白・制御文字・双方向制御文字は使えません。",
            en="spaces, control and bidirectional characters are not allowed.",
        ),
    ),
)


_SENTENCES: Final = MappingProxyType(
    {
        "falseSchema": ("ここには書けません。", "this member is not allowed here."),
        "additionalProperties": ("ここには書けません。", "this member is not allowed here."),
        "minItems": (
            "空の配列は書けません。項目ごと省いてください。",
            "an empty array is not allowed; leave the member out.",
        ),
        "minLength": ("空の文字列は書けません。", "an empty text is not allowed."),
        "contains": ("プロトコルのコンテキストを含みません。", "it does not contain the context of the protocol."),
        "not": ("@type と @language は同時に書けません。", "@type and @language exclude each other."),
        "anyOf": ("permission か prohibition が要ります。", "a permission or a prohibition is needed."),
    }
)


def schema_document(name: str) -> bytes:
    """The text of one schema document, as it is served."""
    return resources.files("exchange.dsp").joinpath("schemas", f"{name}.json").read_bytes()


def kinds() -> frozenset[str]:
    """What `check` knows, by `@type`."""
    return frozenset(_places())


def check(message: Mapping[str, Any], kind: str | None = None) -> None:
    """Hold a message against its schema.

    Args:
        message: in compact form.
        kind: "VersionResponse" for the version document, which has no `@type`; else the `@type` of the message.

    Raises:
        MessageInvalid: names the first place that is wrong.
    """
    given = message.get("@type") if kind is None else kind
    if not isinstance(given, str) or given not in _places():
        raise MessageInvalid(
            Message(
                ja=f"@type が Dataspace Protocol のメッセージではありません({shortened(str(given))})。",
                en=f"@type is no message of the Dataspace Protocol: {shortened(str(given))}.",
            ),
            "@type",
        )
    try:
        _validator(given).validate(message)
    except ValidationError as error:
        raise _invalid(error, given) from None
    except (ValueError, RecursionError) as error:  # what no JSON holds, in a message that is to be sent
        raise MessageInvalid(
            Message(ja="JSON にできない値があります。", en=f"A value is not JSON: {shortened(str(error))}.")
        ) from error


@cache
def _documents() -> dict[str, Any]:
    return {name: orjson.loads(schema_document(name)) for name in SCHEMAS}


@cache
def _places() -> dict[str, str]:
    """Message type → where its schema stands."""
    found = {
        kind: f"{_BASE}{name}.json#/$defs/{kind}"
        for name in ("catalog", "negotiation", "transfer")
        for kind, schema in _documents()[name]["$defs"].items()
        if "@context" in schema.get("required", ())
    }
    return {**found, _VERSIONS: f"{_BASE}version.json#/$defs/{_VERSIONS}"}


@cache
def _registry() -> Registry:
    return Registry([(f"{_BASE}{name}.json", document) for name, document in _documents().items()], draft=Draft202012)


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": _places()[kind]}, registry=_registry(), offline=True)


def _invalid(error: ValidationError, kind: str) -> MessageInvalid:
    path = list(error.instance_path)
    if isinstance(error.kind, ValidationErrorKind.Required):
        path.append(error.kind.property)
    elif isinstance(error.kind, ValidationErrorKind.AdditionalProperties):
        path.append(error.kind.unexpected[0])
    place = _place(path)
    said = _said(error, kind, path)
    where = place or kind
    return MessageInvalid(Message(ja=f"{where}: {said.ja}", en=f"{where}: {said.en}"), place or None)


def _place(path: Sequence[str | int]) -> str:
    """As people write it: `offer.permission[0].action`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            plain = step if _PLAIN.fullmatch(step) else f"[{shortened(step, 60)!r}]"
            text += f".{plain}" if text and plain == step else plain
    return shortened(text)


def _said(error: ValidationError, kind: str, path: Sequence[str | int]) -> Message:
    """What is wrong with the value at a place."""
    match error.kind:
        case ValidationErrorKind.Type(types=types):
            names = ", ".join(types)
            return Message(ja=f"値の型は {names} です。", en=f"the value must be of type {names}.")
        case ValidationErrorKind.Constant(expected_value=value):
            return Message(ja=f"値は {value} です。", en=f"the value must be {value}.")
        case ValidationErrorKind.Enum(options=options):
            names = ", ".join(map(str, options))
            return Message(ja=f"値は次のいずれかです: {names}", en=f"the value must be one of {names}.")
        case ValidationErrorKind.MaxLength(limit=limit):
            return Message(ja=f"{limit} 文字までです。", en=f"at most {limit} characters are taken.")
        case ValidationErrorKind.Pattern(pattern=pattern):
            return next(said for mark, said in _FORMS if mark in pattern)
        case _:
            return _said_of_members(error.kind, kind, path)


def _said_of_members(error: ValidationErrorKind, kind: str, path: Sequence[str | int]) -> Message:
    """What is wrong with the members of an object or array."""
    match error:
        case ValidationErrorKind.Required():
            return Message(ja=f"必須の項目がありません({kind})。", en=f"this member is required ({kind}).")
        case ValidationErrorKind.OneOfNotValid() | ValidationErrorKind.OneOfMultipleValid():
            names = _ONE_OF[next((str(each) for each in reversed(path) if each in _ONE_OF), kind)]
            return Message(ja=f"次のうちちょうど一つが要ります: {names}", en=f"exactly one of {names} is needed.")
        case _:
            ja, en = _SENTENCES.get(error.name, (f"値が正しくありません({error.name})。", f"not valid ({error.name})."))
            return Message(ja, en)
