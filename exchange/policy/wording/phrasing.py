"""Sentences put together from our own words and the words of others, which are quoted and never interpreted."""

import re
import unicodedata
from collections.abc import Sequence

from ontology.faults import shortened
from ontology.messages import Message

_LENGTH = 120
_NAMED_LIMIT = 100
_LOOKED_AT = 2_000  # of a literal, which may hold a megabyte
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
_HIDDEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_PLACEHOLDER = "\ufffd"
_BLANK = re.compile(r"\s+")
# A text must not end its own quotation: its quotation marks become the inner ones of each language.
_INNER_JA = str.maketrans("「」", "『』")
_INNER_EN = str.maketrans("“”„‟", "‘’‚‛")
_INNER_IRI = str.maketrans("<>", "‹›")

AND = Message(ja="および", en=" and ")
OR = Message(ja="または", en=" or ")
NOTHING = Message(ja="", en="")


def clean(text: str, length: int = _LENGTH) -> str:
    """Text of others on one line and in one direction: what would not be seen is shown as U+FFFD."""
    flat = _BLANK.sub(" ", text[:_LOOKED_AT]).strip()
    return shortened("".join(map(_seen, flat)), length)


def _seen(character: str) -> str:
    hidden = character in _FILLERS or unicodedata.category(character) in _HIDDEN
    return _PLACEHOLDER if hidden else character


def quoted(text: Message | str) -> Message:
    """Text of others between quotation marks."""
    given = Message(ja=text, en=text) if isinstance(text, str) else text
    return Message(
        ja=f"「{clean(given.ja).translate(_INNER_JA)}」",
        en=f"“{clean(given.en).translate(_INNER_EN)}”",
    )


def address(iri: str) -> Message:
    """An IRI as it is, between angle brackets."""
    return same(f"<{clean(iri, 200).translate(_INNER_IRI)}>")


def same(text: str) -> Message:
    """What reads the same in both languages."""
    return Message(ja=text, en=text)


def say(ja: str, en: str, /, **parts: Message) -> Message:
    """A pattern of ours filled with parts, which are not looked into: braces in them stay braces."""
    return Message(
        ja=ja.format_map({name: part.ja for name, part in parts.items()}),
        en=en.format_map({name: part.en for name, part in parts.items()}),
    )


def listed(items: Sequence[Message], last: Message = AND) -> Message:
    """An enumeration, with the word that joins its last two."""
    if len(items) < 2:
        return items[0] if items else NOTHING
    head, tail = items[:-1], items[-1]
    return Message(
        ja="、".join(item.ja for item in head) + last.ja + tail.ja,
        en=", ".join(item.en for item in head) + last.en + tail.en,
    )


def abridged(names: Sequence[Message]) -> Sequence[Message]:
    """Of very many names the first, and how many more there are."""
    if len(names) <= _NAMED_LIMIT:
        return names
    more = len(names) - _NAMED_LIMIT + 1
    return [*names[: _NAMED_LIMIT - 1], Message(ja=f"ほか{more:,}件", en=f"{more:,} more")]


def joined(items: Sequence[Message], ja: str = "", en: str = "") -> Message:
    """Items with the same separator between them all."""
    return Message(ja=ja.join(item.ja for item in items), en=en.join(item.en for item in items))


def begun(sentence: Message) -> Message:
    """A sentence whose English begins with a capital."""
    return Message(ja=sentence.ja, en=sentence.en[:1].upper() + sentence.en[1:])
