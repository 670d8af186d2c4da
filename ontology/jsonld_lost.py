"""What a JSON-LD document says under words that its contexts take away: a parser passes over it without a word.

A term mapped to null, a term that is another name of a keyword which takes no such value, a word like a keyword where
an IRI is expected: all of it is gone from the triples. In a policy that may have been the constraint.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ontology.faults import Fault, shortened
from ontology.messages import Message
from ontology.terms import ODRL

KEYWORD_LIKE = re.compile(r"@[A-Za-z]+")

# Of a context alone: as another name of a key they mean nothing.
_OF_A_CONTEXT = frozenset(
    "@" + word
    for word in (
        *("base", "container", "context", "import", "json", "none", "prefix", "propagate", "protected", "version"),
        "vocab",
    )
)
_OF_A_VALUE = frozenset(("@value", "@language", "@direction", "@index"))
KEYWORDS = frozenset(
    (*_OF_A_CONTEXT, *_OF_A_VALUE, "@graph", "@id", "@included", "@list", "@nest", "@reverse", "@set", "@type")
)
_TYPES_OF_VALUES = frozenset(("@json", "@id", "@vocab", "@none"))
_LOST_KEY = Message(
    ja="@context がこの鍵の意味を消しているか、値を持てない語に変えています。この鍵の値は除かれます。",
    en="The @context takes the meaning of this key away, or makes it a keyword of no such value; its values are lost.",
)
_LOST_VALUE = Message(
    ja="この値は @context により意味がないか、JSON-LD のために空けてある語です。この値は除かれます。",
    en="This value has no meaning by the @context, or is a word that is kept free for JSON-LD; it is left out.",
)
_LOST_NULL = Message(
    ja="ポリシーの語に null があります。JSON-LD では除かれ、制限が消えます。値を書くか、鍵ごと消してください。",
    en="A word of policies is null, which JSON-LD leaves out, and a restriction with it. Write a value or no key.",
)


class LostTerms:
    """Learns from the contexts of one document what they take away, then finds where it is used.

    Which context holds where is not followed: what one takes away is taken for lost wherever it is used.
    """

    def __init__(self) -> None:
        self._learnt: dict[int, Mapping[str, Any]] = {}
        self._gone: set[str] = set()
        self._scalar = set(_OF_A_VALUE)
        self._types = {"@type"}
        self._iris: set[str] = set()
        self._words: set[str] = set()
        self._of_policies: PolicyWords | None = None

    def learn(self, context: Mapping[str, Any]) -> None:
        """Take in the terms of one context; of a document of ours that comes again and again, once."""
        if id(context) in self._learnt:
            return
        self._learnt[id(context)] = context
        for term, given in context.items():
            if term[:1] == "@":
                continue
            definition = given if isinstance(given, dict) else {"@id": given}
            self._mapped(term, definition.get("@id", term))
            if definition.get("@type") == "@id":
                self._iris.add(term)
            elif definition.get("@type") == "@vocab":
                self._words.add(term)

    def _mapped(self, term: str, to: Any) -> None:
        if to is None or (isinstance(to, str) and to in _OF_A_CONTEXT and (to, term) != ("@none", "none")):
            self._gone.add(term)
        elif not isinstance(to, str):
            return  # a parser refuses it
        elif to in _OF_A_VALUE:
            self._scalar.add(term)
        elif to == "@type":
            self._types.add(term)

    def faults(self, document: Any) -> Iterator[Fault]:
        """What is lost in a document; its contexts are passed over."""
        waiting = [document]
        while waiting:
            value = waiting.pop()
            if isinstance(value, list):
                waiting += value
            elif isinstance(value, dict):
                for key, member in value.items():
                    if key == "@context":
                        continue
                    if key[:1] != "@" and _holds_null(member) and self._is_of_policies(key):
                        yield Fault("null", None, None, shortened(key), _LOST_NULL)
                    if member is None:
                        continue
                    scalar = key in self._scalar and "@json" not in value.values()
                    if key in self._gone or (scalar and isinstance(member, (dict, list))):
                        yield Fault("term", None, None, shortened(key), _LOST_KEY)
                    if key in self._types or key in self._iris or key in self._words:
                        yield from self._lost_values(key, member)
                    if not isinstance(member, str):
                        waiting.append(member)

    def _lost_values(self, key: str, member: Any) -> Iterator[Fault]:
        for text in member if isinstance(member, list) else (member,):
            if isinstance(text, str) and self._is_lost(key, text):
                yield Fault("term", None, None, shortened(text), _LOST_VALUE)

    def _is_of_policies(self, key: str) -> bool:
        if self._of_policies is None:  # most documents have no null
            self._of_policies = PolicyWords(self._learnt.values())
        return key in self._of_policies

    def _is_lost(self, key: str, text: str) -> bool:
        if text[:1] == "@" and KEYWORD_LIKE.fullmatch(text):
            return key not in self._types or text not in _TYPES_OF_VALUES
        return text in self._gone and key not in self._iris


class PolicyWords:
    """Keys that mean a property of ODRL, by the contexts of one document; those of a scope count everywhere."""

    def __init__(self, contexts: Iterable[Mapping[str, Any]]) -> None:
        self._keys: set[str] = set()
        self._prefixes = {"odrl"}
        self._all = False
        for context in contexts:
            self._learn(context)

    def __contains__(self, key: str) -> bool:
        if key in self._keys or self._is_of_odrl(key):
            return True
        return self._all and key[:1] != "@" and ":" not in key

    def _learn(self, context: Mapping[str, Any]) -> None:
        waiting = [context]
        while waiting:
            terms = waiting.pop()
            self._all = self._all or terms.get("@vocab") == ODRL.NAMESPACE
            self._prefixes |= {term for term, given in terms.items() if given == ODRL.NAMESPACE}
            for term, given in terms.items():
                definition = given if isinstance(given, dict) else {"@id": given}
                iri, scoped = definition.get("@id"), definition.get("@context")
                if isinstance(iri, str) and self._is_of_odrl(iri):
                    self._keys.add(term)
                if isinstance(scoped, dict):
                    waiting.append(scoped)

    def _is_of_odrl(self, iri: str) -> bool:
        prefix, colon, _ = iri.partition(":")
        return bool(colon) and (prefix in self._prefixes or iri.startswith(ODRL.NAMESPACE))


def _holds_null(member: Any) -> bool:
    """Whether a value is null or has one among its values, however they are listed."""
    waiting = [member]
    while waiting:
        value = waiting.pop()
        if value is None:
            return True
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict) and "@json" not in value.values():
            waiting += [value[key] for key in ("@value", "@list", "@set") if key in value]
    return False
