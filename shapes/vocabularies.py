"""Controlled vocabularies beside the data: only the triples about the terms that a description mentions.

Without them up to 85 % of code-list results are artefacts; with all of them each validation would parse them again.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path

from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from ontology.terms import SKOS
from shapes.graph import n_triples

_IRI = re.compile(r"<([^>]*)>")
_FOLDER = Path(__file__).parent / "vocabularies"
# A scheme names all its concepts: to follow these back would merge the whole table for one term.
_DOWNWARD = frozenset(
    term.value
    for term in (SKOS.narrower, NamedNode(SKOS.NAMESPACE + "member"), NamedNode(SKOS.NAMESPACE + "hasTopConcept"))
)


class Vocabularies:
    """Tables of terms by name; immutable, shared by threads.

    Args:
        tables: triples of each vocabulary by name.
    """

    def __init__(self, tables: Mapping[str, Iterable[Triple]]) -> None:
        self._tables = {name: _by_subject(triples) for name, triples in tables.items()}

    @classmethod
    def load(cls, folder: Path = _FOLDER) -> "Vocabularies":
        """Read every Turtle file of a folder; its name without extension names the vocabulary."""
        return cls({path.stem: _read(path) for path in sorted(folder.glob("*.ttl"))})

    @property
    def names(self) -> frozenset[str]:
        """Names of the tables."""
        return frozenset(self._tables)

    def index(self, names: Iterable[str]) -> "VocabularyIndex":
        """The terms of some vocabularies; names that are not here add nothing."""
        merged: dict[str, str] = defaultdict(str)
        for name in names:
            for subject, lines in self._tables.get(name, {}).items():
                merged[subject] += lines
        return VocabularyIndex(dict(merged))


class VocabularyIndex:
    """N-Triples lines about each term."""

    def __init__(self, lines: Mapping[str, str]) -> None:
        self._lines = lines
        self._closure_of = lru_cache(maxsize=4096)(self._closure)

    def __contains__(self, term: str) -> bool:
        return term in self._lines

    @property
    def text(self) -> str:
        """Every line of every term."""
        return "".join(self._lines.values())

    def about(self, text: str) -> str:
        """Lines about the terms that N-Triples text mentions, with their schemes and broader terms."""
        if not self._lines:
            return ""
        return self.around(dict.fromkeys(_ends(text)))

    def around(self, iris: Iterable[str]) -> str:
        """The same for terms by their IRIs; others add nothing."""
        mentioned = [iri for iri in iris if iri in self._lines]
        if not mentioned:
            return ""
        return "".join(dict.fromkeys(line for term in mentioned for line in self._closure_of(term)))

    def speaks_of(self, iris: frozenset[str]) -> bool:
        """Whether any of these is a term or is mentioned by one."""
        return not (self._lines.keys().isdisjoint(iris) and self._mentioned.isdisjoint(iris))

    @cached_property
    def _mentioned(self) -> frozenset[str]:
        found = {iri for lines in self._lines.values() for iri in _IRI.findall(lines)}
        return frozenset(iri for iri in found if iri not in self._lines)

    def _closure(self, start: str) -> tuple[str, ...]:
        found = {start: None}
        queue = [start]
        while queue:
            for iri in _IRI.findall(self._lines[queue.pop()]):
                if iri in self._lines and iri not in found:
                    found[iri] = None
                    queue.append(iri)
        return tuple(line for term in found for line in self._lines[term].splitlines(keepends=True))


def _ends(text: str) -> Iterator[str]:
    """IRIs that are subject or object of N-Triples lines, and some datatypes; far cheaper than to parse."""
    for line in text.split("\n"):
        if line.endswith("> ."):
            yield line[line.rfind("<") + 1 : -3]
        if line.startswith("<"):
            yield line[1 : line.find(">")]


def _read(path: Path) -> list[Triple]:
    return [quad.triple for quad in parse(path=path, format=RdfFormat.TURTLE)]


def _by_subject(triples: Iterable[Triple]) -> dict[str, str]:
    subjects: dict[str, list[Triple]] = defaultdict(list)
    for triple in triples:
        if isinstance(triple.subject, NamedNode) and triple.predicate.value not in _DOWNWARD:
            subjects[triple.subject.value].append(triple)
    return {subject: n_triples(its) for subject, its in subjects.items()}
