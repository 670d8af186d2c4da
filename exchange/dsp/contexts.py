"""The contexts of a message: which are at hand, and what they may not do.

The terms of the protocol are protected: nobody may give one another meaning, which only some readers would see.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from exchange.dsp.errors import MessageInvalid
from exchange.dsp.spelling import MEMBERS, PREFIXES, WORDS
from exchange.dsp.writing import CONTEXT, VERSION, VERSIONS_PLACE, Json
from ontology.faults import shortened
from ontology.jsonld_contexts import known_context
from ontology.messages import Message

_CONTEXTS: Final = 16
_EDC: Final = {"edc": "https://w3id.org/edc/v0.0.1/ns/"}
# Contexts of other makers that name no word of the protocol; what is said by them is passed over.
_EXTENSIONS: Final = MappingProxyType(
    {"https://w3id.org/edc/dspace/v0.0.1": _EDC, "https://w3id.org/edc/connector/management/v2": _EDC}
)
_OLDER: Final = MappingProxyType({"https://w3id.org/dspace/2024/1/": "2024-1", "https://w3id.org/dspace/v0.8/": "0.8"})
_PLAIN: Final = frozenset((CONTEXT, *_EXTENSIONS))


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


def contexts_of(message: Json) -> list[Any]:
    """The contexts at the top of a message; that of the protocol is one of them."""
    contexts = message.get("@context")
    if not isinstance(contexts, list) or CONTEXT not in contexts or len(contexts) > _CONTEXTS:
        _check_version(contexts)
        raise MessageInvalid(
            Message(ja=f"@context は {CONTEXT} を含む配列です。", en=f"@context is an array that contains {CONTEXT}."),
            "@context",
        )
    return contexts


def _check_version(contexts: Any) -> None:
    """Tell a peer of an older version of the protocol that it is one, and where it finds what is spoken here."""
    given = contexts if isinstance(contexts, list) else [contexts]
    named = [each for one in given[:_CONTEXTS] for each in (one.values() if isinstance(one, Mapping) else [one])]
    for address, version in _OLDER.items():
        if any(isinstance(each, str) and each.startswith(address) for each in named):
            raise MessageInvalid(
                Message(
                    ja=f"これは版 {version} のメッセージです。ここで使うのは {VERSION} です ({VERSIONS_PLACE})。",
                    en=f"This message is of version {version}; spoken here is {VERSION}, see {VERSIONS_PLACE}.",
                ),
                "@context",
            )


def as_it_stands(message: Json, contexts: list[Any]) -> bool:
    """Whether every member of the protocol stands under its own name."""
    if not all(isinstance(each, str) and each in _PLAIN for each in contexts):
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


def settled(message: Json, contexts: list[Any]) -> Json:
    """The message with its contexts checked, at hand, and those left out that change nothing.

    Raises:
        MessageInvalid: a context is not known here, or redefines a word of the protocol.
    """
    for each in contexts[contexts.index(CONTEXT) :]:
        _check_context(each)
    within = list[Any]()
    rest = {name: _inner(member, within) for name, member in message.items() if name != "@context"}
    return {"@context": [_at_hand(each) for each in contexts], **rest}


def _at_hand(context: Any) -> Any:
    return _EXTENSIONS.get(context, context) if isinstance(context, str) else context


def _inner(value: Any, contexts: list[Any]) -> Any:
    """A part of a message with the contexts within it checked, and those left out that change nothing."""
    if isinstance(value, list):
        return [_inner(each, contexts) for each in value]
    if not isinstance(value, dict):
        return value
    made = {name: _inner(member, contexts) for name, member in value.items() if name != "@context"}
    scoped = value.get("@context", [])
    for each in scoped if isinstance(scoped, list) else [scoped]:
        if isinstance(each, str) and each in _PLAIN:
            continue
        _check_context(each)
        contexts.append(each)
        made.setdefault("@context", []).append(each)
    if len(contexts) > _CONTEXTS:
        raise MessageInvalid(
            Message(ja=f"@context は {_CONTEXTS} 個までです。", en=f"More than {_CONTEXTS} contexts."), "@context"
        )
    return made


def _check_context(context: Any) -> None:
    """Refuse a context that is not at hand, or that gives a word of the protocol another meaning."""
    if isinstance(context, str):
        if context not in _PLAIN and known_context(context) is None:
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
    for definition in context.values() if isinstance(context, Mapping) else ():
        scoped = definition.get("@context", []) if isinstance(definition, Mapping) else []
        for each in scoped if isinstance(scoped, list) else [scoped]:
            _check_context(each)
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
    return name in _PROTECTED or name in _OTHER_MEMBERS or name in _OTHER_WORDS
