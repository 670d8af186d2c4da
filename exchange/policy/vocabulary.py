"""The words of policies: left operands, actions, places, purposes and profiles, as files beside this declare them.

A vocabulary is a value: it never changes, `extended` makes another, and its hash stands in every decision.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pyoxigraph import RdfFormat, Triple, parse

from exchange.policy.errors import VocabularyInvalid
from exchange.policy.extending import merged
from exchange.policy.hierarchies import reversed_
from exchange.policy.operands import Operand, Source, Trust, ValueKind
from exchange.policy.registry import (
    ACTION,
    IMPLIES,
    INCLUDED_IN,
    PROFILE,
    Entries,
    concepts,
    included,
    named,
    operands,
    synonyms,
)
from ontology.description import canonicalize
from ontology.messages import Message

__all__ = ["Operand", "Source", "Trust", "ValueKind", "Vocabulary", "shipped"]

_FOLDER = Path(__file__).parent / "vocabulary"
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Vocabulary:
    """Terms and what follows from them; every question is one look in a table.

    Attributes:
        hash: SHA-256 over the canonical form of all its triples, hexadecimal.
        triples: what it was made of.
    """

    hash: str
    triples: tuple[Triple, ...]
    _operands: Mapping[str, Operand]
    _actions: Mapping[str, str]
    _covering: Mapping[str, frozenset[str]]
    _covered: Mapping[str, frozenset[str]]
    _implied: Mapping[str, frozenset[str]]
    _broader: Mapping[str, frozenset[str]]
    _alike: Mapping[str, frozenset[str]]
    _profiles: frozenset[str]
    _labels: Mapping[str, Message]

    @classmethod
    def of(cls, triples: Iterable[Triple]) -> "Vocabulary":
        """Make a vocabulary of everything that is said in it.

        Raises:
            VocabularyInvalid: an entry cannot be used.
        """
        given = tuple(dict.fromkeys(triples))
        entries = Entries(given)
        labels = entries.labels()
        left = operands(entries, labels)
        actions = synonyms(entries, entries.typed(ACTION))
        covering = _spelt(included(entries, actions, INCLUDED_IN), actions)
        implied = _spelt(included(entries, actions, IMPLIES), actions)
        broader, alike = concepts(entries, (*left, *actions))
        if entries.reasons:
            raise VocabularyInvalid(tuple(entries.reasons))
        return cls(
            hash=hashlib.sha256(canonicalize(given, about="the vocabulary").encode()).hexdigest(),
            triples=given,
            _operands=left,
            _actions=actions,
            _covering=covering,
            _covered=reversed_(covering),
            _implied={term: its - {term, actions[term]} for term, its in implied.items()},
            _broader=broader,
            _alike=alike,
            _profiles=frozenset(entries.typed(PROFILE)),
            _labels=_shared(labels, (*alike.values(), *_groups(actions), *_groups(left))),
        )

    def operand(self, iri: str) -> Operand | None:
        """A left operand by any of its names; None if nothing declares it."""
        return self._operands.get(iri)

    @property
    def operands(self) -> tuple[Operand, ...]:
        """All left operands, each once."""
        return tuple({operand.iri: operand for operand in self._operands.values()}.values())

    def action(self, iri: str) -> str | None:
        """The name that an action has today (odrl:write is odrl:modify); None if nothing declares it."""
        return self._actions.get(iri)

    @property
    def actions(self) -> tuple[str, ...]:
        """All actions by all their names."""
        return tuple(self._actions)

    @property
    def profiles(self) -> frozenset[str]:
        """All profiles whose policies can be evaluated."""
        return self._profiles

    def covers(self, general: str, particular: str) -> bool:
        """Whether doing the one is always doing the other: odrl:use covers odrl:read. Unknown actions cover nothing."""
        return particular in self._covered.get(general, _NOTHING)

    def covered(self, general: str) -> frozenset[str]:
        """All actions that an action covers, itself and its other names among them."""
        return self._covered.get(general, _NOTHING)

    def covering(self, particular: str) -> frozenset[str]:
        """All actions that cover an action, itself and its other names among them."""
        return self._covering.get(particular, _NOTHING)

    def implied(self, action: str) -> frozenset[str]:
        """What else has to be allowed to do this (odrl:implies), directly or by others."""
        return self._implied.get(action, _NOTHING)

    def broader(self, concept: str) -> frozenset[str]:
        """A concept, what means the same, and all that it is part or kind of; by IRI or by code (`JP-13`)."""
        return self._broader.get(concept) or frozenset((concept,))

    def alike(self, concept: str) -> frozenset[str]:
        """A concept and what means the same: `JP`, `JPN` and the IRIs of Japan."""
        return self._alike.get(concept) or frozenset((concept,))

    def knows_profile(self, iri: str) -> bool:
        """Whether policies of this profile can be evaluated."""
        return iri in self._profiles

    def label(self, iri: str) -> Message:
        """What people call a term; its local name if nothing says."""
        return self._labels.get(iri) or named(iri)

    def extended(self, triples: Iterable[Triple]) -> "Vocabulary":
        """This vocabulary with a deployment's own entries; of terms that are here it may only take sources away.

        Raises:
            VocabularyInvalid: an entry cannot be used.
        """
        return Vocabulary.of(merged(self.triples, triples, self._operands, self._actions))


def _spelt(closed: Mapping[str, frozenset[str]], names: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """A closure over names of today, for and with every other name."""
    spellings: dict[str, set[str]] = {}
    for term, name in names.items():
        spellings.setdefault(name, set()).add(term)
    whole = {name: frozenset(its for each in above for its in spellings[each]) for name, above in closed.items()}
    return {term: whole[name] for term, name in names.items() if name in whole}


def _groups(names: Mapping[str, object]) -> list[frozenset[str]]:
    """Names that stand for the same thing."""
    groups: dict[object, set[str]] = {}
    for term, what in names.items():
        groups.setdefault(what, set()).add(term)
    return [frozenset(its) for its in groups.values() if len(its) > 1]


def _shared(labels: Mapping[str, Message], groups: Iterable[frozenset[str]]) -> dict[str, Message]:
    """Labels also for terms that have none but mean the same as one that has."""
    found: dict[str, Message] = {}
    for group in dict.fromkeys(groups):
        labelled = [labels[term] for term in sorted(group) if term in labels]
        if labelled:
            found.update(dict.fromkeys(group, labelled[0]))
    return {**found, **labels}


@lru_cache(maxsize=1)
def shipped() -> Vocabulary:
    """What Renkei brings along: ODRL 2.2 and the profiles beside this module."""
    return Vocabulary.of(
        quad.triple for path in sorted(_FOLDER.glob("*.ttl")) for quad in parse(path=path, format=RdfFormat.TURTLE)
    )
