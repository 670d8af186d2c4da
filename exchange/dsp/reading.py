"""Messages as they come in: any bytes become the compact form of a message, or a reason why not.

The usual spelling, members under the names of the protocol's own context, is taken as it stands. Any other one that
JSON-LD allows goes through `spelling`. Nothing is fetched: a context that is not at hand is refused by its address.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson

from exchange.dsp.errors import MessageInvalid
from exchange.dsp.spelling import MEMBERS, PREFIXES, WORDS, respelled
from exchange.dsp.writing import CONTEXT, Json
from ontology.faults import shortened
from ontology.jsonld_contexts import known_context
from ontology.messages import Message

LIMIT_BYTES: Final = 1 << 20
_DEPTH: Final = 64
_CONTEXTS: Final = 16
_EDC: Final = {"edc": "https://w3id.org/edc/v0.0.1/ns/"}
# Contexts of other makers that name no word of the protocol; what is said by them is passed over.
_EXTENSIONS: Final = MappingProxyType(
    {"https://w3id.org/edc/dspace/v0.0.1": _EDC, "https://w3id.org/edc/connector/management/v2": _EDC}
)
_PLAIN_CONTEXTS: Final = frozenset((CONTEXT, *_EXTENSIONS))


def _spelled(iri: str) -> Iterator[str]:
    yield iri
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            yield f"{prefix}:{iri[len(namespace) :]}"


_OTHER_MEMBERS: Final = frozenset(
    (
        *(spelled for iri, _ in MEMBERS.values() for spelled in _spelled(iri)),
        *("@context", "@graph", "@included", "@nest", "@reverse", "@set"),
    )
)
_OTHER_WORDS: Final = frozenset(spelled for iri in WORDS for spelled in _spelled(iri))
_OF_WORDS: Final = frozenset(("@type", "operator", "state", "eventType"))
_PROTECTED: Final = frozenset((*MEMBERS, *WORDS.values()))


def read_message(body: bytes, *expected: str, limit_bytes: int = LIMIT_BYTES) -> Json:
    """Read a message.

    Args:
        expected: the `@type`s that are taken here.

    Returns:
        Its compact form with the protocol's context alone guaranteed; it is not yet checked against its schema.

    Raises:
        MessageInvalid: not JSON, not unambiguous, with a context that is not at hand, or of another type.
    """
    message = _parsed(body, limit_bytes)
    contexts = _contexts(message)
    if not _as_it_stands(message, contexts):
        for member in contexts[contexts.index(CONTEXT) :]:
            _check_context(member)
        _check_scoped(message)
        message = respelled(orjson.dumps({**message, "@context": [_at_hand(each) for each in contexts]}), expected)
    elif message.get("@type") not in expected:
        raise _unexpected(message.get("@type"), expected)
    return message


def read_error(body: bytes) -> tuple[str | None, tuple[str, ...]]:
    """Code and reasons of a refusal, as far as it has any: peers send much that is no error object of the protocol."""
    try:
        said = orjson.loads(body[:LIMIT_BYTES])
    except orjson.JSONDecodeError:
        return None, ()
    given = next((each for each in (said if isinstance(said, list) else [said]) if isinstance(each, dict)), {})
    code = next((given[key] for key in ("code", "dspace:code", "type") if isinstance(given.get(key), str)), None)
    told = (given[key] for key in ("reason", "dspace:reason", "message", "detail") if given.get(key))
    reasons: Any = next(told, [])
    listed = reasons if isinstance(reasons, list) else [reasons]
    return code and shortened(code), tuple(shortened(_sentence(each)) for each in listed[:10])


def _sentence(reason: Any) -> str:
    if isinstance(reason, dict):
        reason = next((reason[key] for key in ("@value", "message", "en") if isinstance(reason.get(key), str)), reason)
    return reason if isinstance(reason, str) else orjson.dumps(reason).decode()


def _parsed(body: bytes, limit_bytes: int) -> Json:
    if len(body) > limit_bytes:
        raise MessageInvalid(
            Message(
                ja=f"メッセージが大きすぎます(上限 {limit_bytes:,} バイト)。",
                en=f"The message is larger than {limit_bytes:,} bytes.",
            )
        )
    try:
        orjson.loads(body)  # refuses what json takes: NaN, half a surrogate pair, any encoding but UTF-8
        message = json.loads(body, object_pairs_hook=_unambiguous)
    except (ValueError, RecursionError) as error:
        reason = shortened(str(error))
        raise MessageInvalid(
            Message(ja=f"JSON として読めません({reason})。", en=f"This is not JSON: {reason}.")
        ) from error
    if not isinstance(message, dict):
        raise MessageInvalid(Message(ja="メッセージは JSON オブジェクトです。", en="A message is a JSON object."))
    if body.count(b"[") + body.count(b"{") > _DEPTH:
        _check_depth(message)
    return _without_null(message) if b"null" in body else message


def _unambiguous(pairs: list[tuple[str, Any]]) -> Json:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise MessageInvalid(
            Message(ja="同じ名前の項目が一つのオブジェクトに二度あります。", en="One object has this member twice."),
            shortened(twice),
        )
    return made


def _without_null(value: Any) -> Any:
    """What is null says nothing, but in a context, where it takes a meaning away."""
    if isinstance(value, dict):
        return {
            name: member if name == "@context" else _without_null(member)
            for name, member in value.items()
            if member is not None or name == "@context"
        }
    return [_without_null(each) for each in value if each is not None] if isinstance(value, list) else value


def _check_depth(message: Json) -> None:
    level: list[Any] = [message]
    for _ in range(_DEPTH):
        level = [
            member
            for value in level
            for member in (value.values() if isinstance(value, dict) else value)
            if isinstance(member, (dict, list))
        ]
        if not level:
            return
    raise MessageInvalid(
        Message(ja=f"入れ子は {_DEPTH} 段までです。", en=f"It is nested more than {_DEPTH} deep."), None
    )


def _contexts(message: Json) -> list[Any]:
    contexts = message.get("@context")
    if not isinstance(contexts, list) or CONTEXT not in contexts or len(contexts) > _CONTEXTS:
        raise MessageInvalid(
            Message(ja=f"@context は {CONTEXT} を含む配列です。", en=f"@context is an array that contains {CONTEXT}."),
            "@context",
        )
    return contexts


def _as_it_stands(message: Json, contexts: list[Any]) -> bool:
    """Whether every member of the protocol stands under its own name."""
    if not all(isinstance(each, str) and each in _PLAIN_CONTEXTS for each in contexts):
        return False
    members = [(name, value) for name, value in message.items() if name != "@context"]
    if _is_other(members):
        return False
    waiting = [value for _, value in members]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if _is_other(value.items()):
                return False
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return True


def _is_other(members: Iterable[tuple[str, Any]]) -> bool:
    for name, value in members:
        if name in _OTHER_MEMBERS:
            return True
        if name in _OF_WORDS and (value in _OTHER_WORDS if isinstance(value, str) else isinstance(value, list)):
            return True
    return False


def _at_hand(context: Any) -> Any:
    return _EXTENSIONS.get(context, context) if isinstance(context, str) else context


def _check_scoped(message: Json) -> None:
    """Contexts within the message; they may not take words of the protocol away either."""
    waiting: list[Any] = [value for name, value in message.items() if name != "@context"]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            scoped = value.get("@context", [])
            for each in scoped if isinstance(scoped, list) else [scoped]:
                _check_context(each)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _check_context(context: Any) -> None:
    """The terms of the protocol are protected: nobody may give one another meaning, which only some would see."""
    if isinstance(context, str):
        if context not in _PLAIN_CONTEXTS and known_context(context) is None:
            shown = shortened(context)
            raise MessageInvalid(
                Message(
                    ja=f"@context {shown} は登録されていません(取りに行きません)。",
                    en=f"The @context {shown} is not known here, and contexts are never fetched.",
                ),
                "@context",
            )
        return
    taken = [name for name in context if _redefined(name, context[name])] if isinstance(context, Mapping) else ["null"]
    if taken:
        raise MessageInvalid(
            Message(
                ja=f"@context がプロトコルの語 {shortened(taken[0])} を定義し直しています。",
                en=f"The @context redefines {shortened(taken[0])}, a word of the protocol.",
            ),
            "@context",
        )


def _redefined(name: str, meaning: Any) -> bool:
    if name in PREFIXES:
        return (meaning.get("@id") if isinstance(meaning, Mapping) else meaning) != PREFIXES[name]
    return name in _PROTECTED


def _unexpected(kind: Any, expected: Iterable[str]) -> MessageInvalid:
    wanted, shown = ", ".join(expected), shortened(str(kind))
    return MessageInvalid(
        Message(
            ja=f"ここで受け取るのは {wanted} です(@type は {shown})。", en=f"{wanted} is expected here, not {shown}."
        ),
        "@type",
    )
