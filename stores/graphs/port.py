"""What every graph engine can do for us, and how a query of ours meets its values."""

import re
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Triple

Term = NamedNode | BlankNode | Literal | Triple
GraphName = NamedNode | DefaultGraph

PUBLIC = "public"
PLAIN = "graph/"
_AUDIENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]{0,200}")
# IRIREF of SPARQL 1.1 (production 139): what may stand between < and > without ending them early.
_IRI = re.compile(r"[^<>\"{}|^`\\\x00-\x20]+")
_LANGUAGE = re.compile(r"[A-Za-z]+(-[A-Za-z0-9]+)*")


class GraphsError(Exception):
    """Something about the graph store went wrong."""


class GraphsLocked(GraphsError):
    """Another process has the graph folder open for writing.

    Attributes:
        folder: the data folder that holds it.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(f"another process has the graphs in {folder} open")
        self.folder = folder


class GraphsUnavailable(GraphsError):
    """The engine failed, and failed again after it was opened anew."""


class TermUnspeakable(GraphsError, ValueError):
    """A value that no SPARQL text can hold: a blank node, or an IRI with characters that IRIs do not have."""

    def __init__(self, term: object) -> None:
        super().__init__(f"no query can name {str(term)[:200]!r}")


@dataclass(frozen=True, slots=True)
class GraphChange:
    """What one audience's graph loses and gains; what is in both stays.

    Attributes:
        audience: `public`, `participants`, `only/<short id>`; or `graph/<IRI>`, a plain named graph.
        remove: N-Triples lines; blank node labels are the ones they were added under.
        add: N-Triples lines; blank node labels are unique in the whole store.
    """

    audience: str
    remove: Sequence[str] = ()
    add: Sequence[str] = ()


class Checkpoint(Protocol):
    """A frozen copy of the graphs, good until released."""

    @property
    def path(self) -> Path:
        """Folder that a store can be opened from, for reading only."""

    @property
    def cursor(self) -> int:
        """Journal number that the copy stands at."""

    def release(self) -> None:
        """Say that this reader is done; once for each time the checkpoint was handed out."""


class Graphs(Protocol):
    """One graph per audience, and the number of the last journal event applied to them.

    A line that the engine cannot hold (an IRI against RFC 3987, a language tag against BCP 47) is left out;
    the writing calls return how many they left out.
    """

    async def apply(self, changes: Sequence[GraphChange], cursor: int) -> int:
        """Make all changes and move the cursor, wholly or, after a crash at any moment, as if never or wholly."""

    async def load(self, lines: AsyncIterable[tuple[str, Sequence[str]]], cursor: int) -> int:
        """Fill empty graphs with (audience, lines) in constant memory; a fill that was cut short leaves them empty."""

    async def cursor(self) -> int:
        """Number of the last event applied, 0 before the first."""

    async def checkpoint(self) -> Checkpoint:
        """A copy that holds at least every change applied before this call."""

    async def select(self, query: "Query", audiences: Sequence[str], **values: Term) -> list[Mapping[str, Term]]:
        """Rows of a query of ours over the union of some audiences, with values for its inputs.

        Raises:
            TermUnspeakable: a value cannot be written into SPARQL, so nothing in the store can be equal to it.
        """

    async def count(self, audience: str) -> int:
        """Triples in an audience's graph."""

    def lines(self, audience: str) -> Iterator[str]:
        """The N-Triples lines of an audience's graph as the engine holds them, in no order."""

    def audiences(self) -> list[str]:
        """Audiences whose graph has any triple."""

    def stored_form(self, lines: Iterable[str]) -> list[str | None]:
        """Each line as `lines` would give it back, or None where the engine cannot hold it.

        Engines fold literals ("1.50"^^xsd:decimal becomes "1.5"): what counts or compares triples must use this form.
        """

    async def settle(self) -> None:
        """Put what big changes left lying in layers into order, if there is much; queries take half the time then.

        For a quiet moment; reads and writes go on beside it.
        """

    async def clear(self) -> None:
        """Empty everything, the cursor too."""

    async def close(self) -> None:
        """Let go of the engine; checkpoints become invalid."""


def graph_of(audience: str) -> GraphName:
    """The name of the graph that holds an audience's triples.

    Public triples lie in the store's default graph, which has three indexes where named graphs have six: half of the
    space and of the writing.

    Raises:
        ValueError: no audience is called this.
    """
    if audience == PUBLIC:
        return DefaultGraph()
    if audience.startswith(PLAIN):
        return NamedNode(audience.removeprefix(PLAIN))
    if not _AUDIENCE.fullmatch(audience):
        raise ValueError(f"no audience is called {audience!r}")
    return NamedNode(f"urn:renkei:audience:{audience}")


@dataclass(frozen=True, slots=True)
class Query:
    """A query of ours, kept in a `.rq` file that says what goes in and what comes out.

    Its first comment lines hold `in: ?name (IRI) …` and `out: ?name …`; values are joined by a trailing VALUES, so an
    input must be visible where the query's outermost braces are.
    """

    text: str
    inputs: frozenset[str]
    outputs: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Query":
        """Read the contract from the comments of a query's text."""
        comments = " ".join(line[1:] for line in text.splitlines() if line.startswith("#"))
        given, _, found = comments.partition("out:")
        inputs = re.findall(r"\?(\w+)", given.partition("in:")[2])
        return cls(text, frozenset(inputs), tuple(re.findall(r"\?(\w+)", found)))

    @classmethod
    def load(cls, package: str, name: str) -> "Query":
        """Read `name`.rq from a package."""
        return cls.of(files(package).joinpath(f"{name}.rq").read_text("utf-8"))

    def bound(self, **values: Term) -> str:
        """The text with one value for each input.

        Raises:
            ValueError: the values are not those that the contract asks for.
            TermUnspeakable: a value cannot be written into SPARQL.
        """
        if values.keys() != self.inputs:
            raise ValueError(f"the query takes {sorted(self.inputs)}, not {sorted(values)}")
        if not values:
            return self.text
        names = " ".join(f"?{name}" for name in values)
        return f"{self.text}\nVALUES ({names}) {{ ({' '.join(map(spoken, values.values()))}) }}"


def spoken(term: Term) -> str:
    """A term as SPARQL writes it.

    Terms made by a lenient parser hold what their syntax forbids; written unchecked they would end the IRI early and go
    on as query text.

    Raises:
        TermUnspeakable: the term is a blank node or breaks its syntax.
    """
    if isinstance(term, NamedNode) and _IRI.fullmatch(term.value):
        return f"<{term.value}>"
    if isinstance(term, Literal):
        spoken(term.datatype)
        if term.language is None or _LANGUAGE.fullmatch(term.language):
            return str(term)
    raise TermUnspeakable(term)
