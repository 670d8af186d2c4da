"""Canonical text taken apart without a parser.

Lines that `ontology.description` wrote have one form: three terms and a full stop, one space between. Cutting them
costs a fifth of parsing them. Terms stay as they are written; `plain` and `text_of` say what they mean.
"""

import re

from ontology.lexical import spoken_language
from ontology.terms import XSD, escape_iri

_END = " .\n"
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_CHARACTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def statements(canonical: str) -> list[list[str]]:
    """Subject, predicate and object of each line; lines with triple terms are passed over."""
    if not canonical:
        return []
    found = [line.split(" ", 2) for line in canonical[: -len(_END)].split(_END)]  # no literal holds a line feed as such
    return [each for each in found if not each[2].startswith("<<(")] if "<<(" in canonical else found


def is_literal(term: str) -> bool:
    """Whether a term is a literal."""
    return term[0] == '"'


def is_named(term: str) -> bool:
    """Whether a term is an IRI."""
    return term[0] == "<"


def named(iri: str) -> str:
    """The term of an IRI."""
    return f"<{escape_iri(iri)}>"


def plain(term: str) -> str:
    """The IRI or the text that a term stands for."""
    return _unescaped(term[1 : term.rindex('"')] if term[0] == '"' else term[1:-1])


def text_of(literal: str) -> tuple[str, str]:
    """The text and the language tag of a literal, as readers take it (`spoken_language`); "" for no tag."""
    end = literal.rindex('"')  # neither tags nor datatypes hold one
    tag = literal[end + 2 :].lower() if literal.startswith("@", end + 1) else ""
    return _unescaped(literal[1:end]), spoken_language(tag) if tag.startswith("x-") else tag


def datatype_of(literal: str) -> str:
    """The IRI of the datatype of a literal without a language."""
    end = literal.rindex('"')
    return _unescaped(literal[end + 4 : -1]) or XSD.string.value


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _CHARACTERS.get(found[3], found[3])
