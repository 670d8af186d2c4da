"""Messages as they come in: any bytes become the compact form of a message, or a reason why not.

The usual spelling, members under the names of the protocol's own context, is taken as it stands. Any other one that
JSON-LD allows goes through `spelling`. Nothing is fetched: a context that is not at hand is refused by its address.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

import orjson

from exchange.dsp.contexts import as_it_stands, contexts_of, settled
from exchange.dsp.errors import MessageInvalid
from exchange.dsp.spelling import respelled
from exchange.dsp.writing import Json
from ontology.faults import shortened
from ontology.messages import Message

LIMIT_BYTES: Final = 1 << 20
_DEPTH: Final = 64
_DEARER: Final = 4  # of a message in another spelling so much less is taken: expanding costs ten times the work


def read_message(body: bytes, *expected: str, limit_bytes: int = LIMIT_BYTES) -> Json:
    """Read a message.

    Args:
        expected: the `@type`s that are taken here.
        limit_bytes: of the usual spelling; of any other a quarter.

    Returns:
        Its compact form with the protocol's context alone guaranteed; it is not yet checked against its schema.

    Raises:
        MessageInvalid: not JSON, not unambiguous, with a context that is not at hand, or of another type.
    """
    message = _parsed(body, limit_bytes)
    contexts = contexts_of(message)
    if not as_it_stands(message, contexts):
        _check_size(body, limit_bytes // _DEARER)
        return respelled(orjson.dumps(settled(message, contexts)), expected)
    if message.get("@type") not in expected:
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


def _check_size(body: bytes, limit_bytes: int) -> None:
    if len(body) > limit_bytes:
        raise MessageInvalid(
            Message(
                ja=f"メッセージが大きすぎます(この書き方の上限は {limit_bytes:,} バイト)。",
                en=f"The message is too large: in this spelling {limit_bytes:,} bytes are taken.",
            )
        )


def _parsed(body: bytes, limit_bytes: int) -> Json:
    _check_size(body, limit_bytes)
    try:
        message = orjson.loads(body)  # refuses what json takes: NaN, half a surrogate pair, any encoding but UTF-8
        if orjson.dumps(message) != body:  # as our own kind writes it, else a member may stand there twice
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


def _unexpected(kind: Any, expected: Iterable[str]) -> MessageInvalid:
    wanted, shown = ", ".join(expected), shortened(str(kind))
    return MessageInvalid(
        Message(
            ja=f"ここで受け取るのは {wanted} です(@type は {shown})。", en=f"{wanted} is expected here, not {shown}."
        ),
        "@type",
    )
