"""Turtle straight from the lines of a canonical text: what nearly every description needs, in a tenth of the time.

It writes exactly what `ontology.turtle` writes. What takes more than names, texts and blank nodes inside each other
(lists, shared or ringed blank nodes, terms that strict readers refuse) is left to that.
"""

from collections import Counter
from functools import lru_cache

from ontology.description import GENID
from ontology.lexical import is_iri, is_language, is_private
from ontology.lines import statements
from ontology.terms import PREFIXES, RDF
from ontology.turtle import prefixed_name

_TYPE = str(RDF.type)
_UNCOMMON = (str(RDF.first), str(RDF.rest), " <<(", GENID)
_DEEPEST = 8
_Statements = dict[str, list[tuple[str, list[str]]]]


class _Uncommon(Exception):
    """This text needs the whole writer."""


def turtle_of(canonical: str, subject: str) -> bytes | None:
    """The Turtle document of a canonical text, None when it takes the whole writer.

    Args:
        canonical: see `Description.canonical`.
        subject: IRI of the resource to begin with.
    """
    if any(part in canonical for part in _UNCOMMON):
        return None
    try:
        return _Document(canonical).written(f"<{subject}>")
    except _Uncommon:
        return None


class _Document:
    def __init__(self, canonical: str) -> None:
        self.used: set[str] = set()
        rows = [
            (subject, predicate != _TYPE, predicate[1:-1], predicate, value)
            for subject, predicate, value in statements(canonical)
        ]
        rows.sort()
        mentions = Counter(row[4] for row in rows if row[4][0] == "_")
        self.statements = _grouped(rows)
        self.waiting = {node for node in self.statements if node[0] == "_"}
        # Named by nobody or by several, a blank node stands by itself and needs a label.
        if any(n > 1 for n in mentions.values()) or not self.waiting <= mentions.keys():
            raise _Uncommon

    def written(self, root: str) -> bytes:
        named = [node for node in self.statements if node[0] == "<"]
        if root in self.statements:
            named.remove(root)
            named.insert(0, root)
        blocks = [f"{self.term(node)} {self.properties(node, 1)} .\n" for node in named]
        if self.waiting:  # a ring, which no named node leads to
            raise _Uncommon
        prefixes = [f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in sorted(self.used)]
        return ("".join(prefixes) + ("\n" if prefixes else "") + "\n".join(blocks)).encode()

    def properties(self, node: str, depth: int) -> str:
        return (" ;\n" + "    " * depth).join(
            f"{'a' if predicate == _TYPE else self.term(predicate)} "
            + (
                ", ".join([self.value(value, depth) for value in values])
                if len(values) > 1
                else self.value(values[0], depth)
            )
            for predicate, values in self.statements[node]
        )

    def value(self, value: str, depth: int) -> str:
        if value[0] != "_":
            return self.term(value)
        if value not in self.statements:
            return "[]"
        if depth > _DEEPEST:
            raise _Uncommon
        self.waiting.discard(value)
        inner, outer = "    " * (depth + 1), "    " * depth
        return f"[\n{inner}{self.properties(value, depth + 1)}\n{outer}]"

    def term(self, term: str) -> str:
        last = term[-1]
        if last == '"':
            return term
        spelt, prefix = _spelt(term) if last == ">" and term[0] == "<" else _tagged(term)
        if prefix:
            self.used.add(prefix)
        return spelt


def _grouped(rows: list[tuple[str, bool, str, str, str]]) -> _Statements:
    grouped: _Statements = {}
    last_subject = last_predicate = ""
    for subject, _, _, predicate, value in rows:
        if subject != last_subject:
            properties = grouped[subject] = []
            last_subject, last_predicate = subject, ""
        if predicate == last_predicate:
            properties[-1][1].append(value)
        else:
            properties.append((predicate, [value]))
            last_predicate = predicate
    return grouped


def _tagged(literal: str) -> tuple[str, str]:
    end = literal.rindex('"') + 1  # neither tags nor datatypes hold one
    if literal[end] == "@":
        _check_tag(literal[end + 1 :])
        return literal, ""
    spelt, prefix = _spelt(literal[end + 2 :])
    return f"{literal[:end]}^^{spelt}", prefix


@lru_cache(maxsize=16_384)
def _spelt(term: str) -> tuple[str, str]:
    """How Turtle spells an IRI, and the prefix that takes."""
    if "\\" in term or not is_iri(term[1:-1]):
        raise _Uncommon
    return prefixed_name(term[1:-1])


@lru_cache(maxsize=1024)
def _check_tag(tag: str) -> None:
    if is_private(tag) or not is_language(tag):
        raise _Uncommon
