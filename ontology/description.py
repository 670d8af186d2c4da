"""The RDF document that passes every boundary: its triples, their canonical form and its hash.

The stored and signed form is the canonical N-Quads text (RDFC-1.0), not what a graph store gives back: a store rewrites
literals. Terms that N-Quads cannot hold (`<http://x/a b>`) are escaped reversibly as UCHAR, so nothing given is lost.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
    serialize,
)

from ontology.killable import KillableError, Workers
from ontology.refining import Looks, names, renamed
from ontology.terms import escape_iri

GENID = "urn:renkei:genid:"
"""IRI prefix of a node that was blank at its source and needs a name here; exports make it blank again."""

_BLANK_LIMIT = 20_000
_KEPT_CHARACTERS = 50_000
_TOGETHER = 500  # triples written as lines at once
_SYMMETRIC_LIMIT = 6  # RDFC-1.0 is factorial in nodes that look alike and touch each other: 8 took 2.7 s, 9 over 30 s
_WALKED_LIMIT = (
    256  # alike and hanging together; RDFC-1.0 took 3 s for a list of so many equal values, 300 were refused
)

_BLANK = re.compile(r"_:\S+")
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')

_IRI = r"<[^\x00-\x20<>\"{}|^`\\]*+>"
_PLAIN_LINE = re.compile(
    rf'(?:{_IRI}|_:\S+) {_IRI} (?:{_IRI}|_:\S+|"[^"\\]*+(?:\\.[^"\\]*+)*+"(?:@[A-Za-z0-9-]+|\^\^{_IRI})?)', re.DOTALL
)
# A quotation mark in a faulty IRI makes a text of what stands between two terms.
_SPANNING = re.compile(r"\"[^\"\n]*> (?:<|_:)")
_PLAIN_LINES = re.compile(rf"(?:(?:{_PLAIN_LINE.pattern}) \.\n)*+", re.DOTALL)


class TooEntangled(ValueError):
    """The blank nodes of a description are so symmetric that its canonical form cannot be found in bounded time."""

    def __init__(self, iri: str, blank_nodes: int) -> None:
        super().__init__(f"the {blank_nodes} blank nodes of {iri} are too entangled for a canonical form")
        self.iri = iri
        self.blank_nodes = blank_nodes


@dataclass(frozen=True, slots=True)
class Description:
    """Everything one document says about one resource.

    Attributes:
        iri: the resource, as its owner names it.
        canonical: sorted N-Quads lines of the default graph, each ending in a line feed; blank nodes labelled by
            RDFC-1.0, language tags in lower case.
        hash: SHA-256 of `canonical` in UTF-8, hexadecimal.
    """

    iri: str
    canonical: str
    hash: str

    @classmethod
    def of(cls, iri: str, triples: Iterable[Triple]) -> "Description":
        """Make a description from triples.

        Raises:
            TooEntangled: its blank nodes have no canonical form within the limits.
        """
        return cls.stored(iri, canonicalize(triples, about=iri))

    @classmethod
    def stored(cls, iri: str, canonical: str) -> "Description":
        """Make a description from text that `canonicalize` wrote before."""
        return cls(iri, canonical, hashlib.sha256(canonical.encode()).hexdigest())

    @property
    def triples(self) -> tuple[Triple, ...]:
        """The triples, parsed from the canonical text."""
        if len(self.canonical) > _KEPT_CHARACTERS:
            return tuple(triples_of(self.canonical))
        return _kept_triples(self.canonical)

    @property
    def subjects(self) -> frozenset[str]:
        """IRIs that this document says something about."""
        return frozenset(line[1 : line.index(">")] for line in self.lines if line.startswith("<"))

    @property
    def lines(self) -> list[str]:
        """The canonical lines without their line feeds."""
        return self.canonical.split("\n")[:-1]  # never splitlines(): literals hold U+2028 and its like


@lru_cache(maxsize=64)
def _kept_triples(text: str) -> tuple[Triple, ...]:
    """A page asks for the triples of one description half a dozen times."""
    return tuple(triples_of(text))


def triples_of(text: str) -> Iterator[Triple]:
    """Read back the lines of a canonical text, escaped terms included."""
    for quad in parse(text.encode(), RdfFormat.N_TRIPLES, lenient=True):
        yield quad.triple


def line_of(triple: Triple) -> str:
    """One triple as an N-Triples line without its line feed, terms that the syntax forbids escaped."""
    text = str(triple)
    if not _PLAIN_LINE.fullmatch(text) or _SPANNING.search(text):
        text = " ".join(_term(term) for term in (triple.subject, triple.predicate, triple.object))
    return text + " ."


def lines_of(triples: Sequence[Triple]) -> list[str]:
    """`line_of` of many triples, in a quarter of the time."""
    text = (serialize(triples, format=RdfFormat.N_TRIPLES) or b"").decode()
    # A faulty IRI can hold a line feed, and behind it what looks like one statement more.
    if text.count("\n") != len(triples) or not _PLAIN_LINES.fullmatch(text) or _SPANNING.search(text):
        return [line_of(triple) for triple in triples]
    return text.split("\n")[:-1]


def lines_of_each(triples: Iterable[Triple]) -> Iterator[list[str]]:
    """`lines_of` of any number of triples as they come, some at a time."""
    iterator = iter(triples)
    while some := list(islice(iterator, _TOGETHER)):
        yield lines_of(some)


def _term(term: NamedNode | BlankNode | Literal | Triple) -> str:
    if isinstance(term, NamedNode):
        return f"<{escape_iri(term.value)}>"
    if isinstance(term, Triple):
        return f"<<( {' '.join(_term(part) for part in (term.subject, term.predicate, term.object))} )>>"
    if isinstance(term, Literal) and term.language is None and not _PLAIN_LINE.fullmatch(f"<a:> <a:> {term}"):
        plain = str(Literal(term.value))
        return f"{plain}^^<{escape_iri(term.datatype.value)}>"
    return str(term)


def canonicalize(triples: Iterable[Triple], *, about: str = "the graph") -> str:
    """Canonical N-Quads text of a set of triples (RDF Dataset Canonicalization 1.0).

    Graphs whose blank nodes look alike and touch each other are done in a killable worker. Where more of these hang
    together than RDFC-1.0 gets through, but each has a place of its own (a list of 1,000 equal values), the labels are
    those of `ontology.refining`.

    Raises:
        TooEntangled: no canonical form within the worker's limits, or more blank nodes than are taken.
    """
    plain, tangled = set[str](), set[str]()
    for line in lines_of(triples if isinstance(triples, (list, tuple)) else list(triples)):
        (tangled if mentions_blank(line) else plain).add(line)
    return canonical_lines(plain, tangled, about=about)


def canonical_lines(plain: Iterable[str], tangled: Iterable[str], *, about: str = "the graph") -> str:
    """`canonicalize` of lines that stand apart: those without and those with blank nodes (see `mentions_blank`).

    Canonical labels depend only on statements with blank nodes, so only these are parsed.

    Raises:
        TooEntangled: as `canonicalize`.
    """
    text = _joined(set(tangled))
    return _joined({*plain, *_labelled(text, about).split("\n")[:-1]})


def mentions_blank(line: str) -> bool:
    """Whether a line of `lines_of` names a blank node, within a triple term too."""
    if line[0] == "_":
        return True
    value = line.split(" ", 2)[2]
    return value[0] == "_" or (value.startswith("<<(") and bool(blanks_of(value)))


def blanks_of(text: str) -> list[str]:
    """Blank nodes named inside a triple term."""
    return _BLANK.findall(_LITERAL.sub("", text))


def _labelled(text: str, about: str) -> str:
    """The statements of a text, all of them with blank nodes, in canonical form."""
    if not text:
        return ""
    triples = list(triples_of(text))
    blanks = _blank_nodes(triples)
    if len(blanks) > _BLANK_LIMIT:
        raise TooEntangled(about, len(blanks))
    looks = Looks(triples)
    if looks.tangled() <= _SYMMETRIC_LIMIT:
        return _canonical_text(text)
    # The measure is of the graph alone, so that one graph has one form on every machine.
    if looks.widest() > _WALKED_LIMIT and (given := names(triples)) is not None:
        return _joined(set(lines_of(renamed(triples, given))))
    try:
        answer = _workers().run_sync("ontology.description:_canonical_text", text)
    except KillableError as error:
        raise TooEntangled(about, len(blanks)) from error
    assert isinstance(answer, str)
    return answer


def _joined(lines: Iterable[str]) -> str:
    return "".join(line + "\n" for line in sorted(lines))


def _canonical_text(text: str) -> str:
    dataset = Dataset(parse(text.encode(), RdfFormat.N_TRIPLES, lenient=True))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return _joined(set(lines_of([quad.triple for quad in dataset])))


def _blank_nodes(triples: Iterable[Triple]) -> set[BlankNode]:
    return {term for triple in triples for term in _terms(triple) if isinstance(term, BlankNode)}


def _terms(triple: Triple) -> Iterator[NamedNode | BlankNode | Literal]:
    for term in (triple.subject, triple.object):
        if isinstance(term, Triple):
            yield from _terms(term)
        else:
            yield term


_POOL: list[Workers] = []


def _workers() -> Workers:
    if not _POOL:
        _POOL.append(Workers(size=1))
    return _POOL[0]


def isomorphic(one: Iterable[Triple], other: Iterable[Triple]) -> bool:
    """Whether two graphs say the same up to the names of blank nodes and the case of language tags."""
    return canonicalize(one) == canonicalize(other)


def difference(before: Description, after: Description) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Canonical lines that a newer document added and removed, as (added, removed).

    Blank nodes are compared by their canonical labels, so a change inside one may relabel its neighbours.
    """
    old, new = set(before.lines), set(after.lines)
    return tuple(sorted(new - old)), tuple(sorted(old - new))


def deskolemize(triple: Triple) -> Triple:
    """Turn the names that sources' blank nodes bear here into blank nodes again."""
    subject, value = triple.subject, triple.object
    if isinstance(subject, NamedNode) and subject.value.startswith(GENID):
        subject = BlankNode("g" + subject.value.removeprefix(GENID))
    if isinstance(value, NamedNode) and value.value.startswith(GENID):
        value = BlankNode("g" + value.value.removeprefix(GENID))
    return Triple(subject, triple.predicate, value)


def as_quads(triples: Iterable[Triple]) -> Iterator[Quad]:
    """Triples as quads of the default graph, the form pyoxigraph's datasets take."""
    return (Quad(triple.subject, triple.predicate, triple.object) for triple in triples)
