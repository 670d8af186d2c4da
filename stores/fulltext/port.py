"""The full text port: what is searched, how it is asked, what is answered; no engine shows here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from ontology.messages import Message


class Coded(NamedTuple):
    """A value that is counted (an IRI, a code or a literal) and what people call it."""

    value: str
    label: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDocument:
    """One description as it is searched.

    Attributes:
        key: number of the resource; a later document of the same key replaces this one.
        audience: who may see it, several separated by spaces; a search names the audiences of its reader.
        titles: texts by language tag ("" where there is none); `descriptions` and `keywords` likewise.
        other_text: further text to be found by: titles of distributions, names of contacts.
        issued: ISO 8601 date, also a year or a month alone; `modified` likewise.
        bbox: west, south, east, north in degrees; west > east crosses the 180th meridian.
        period: first and last ISO 8601 date; None is open.
    """

    key: int
    short_id: str
    iri: str
    kind: str
    catalog: str
    audience: str
    titles: Mapping[str, Sequence[str]] = field(default_factory=dict)
    descriptions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    keywords: Mapping[str, Sequence[str]] = field(default_factory=dict)
    publishers: Sequence[Coded] = ()
    themes: Sequence[Coded] = ()
    formats: Sequence[Coded] = ()
    licenses: Sequence[Coded] = ()
    languages: Sequence[Coded] = ()
    access: Sequence[Coded] = ()
    series: Sequence[Coded] = ()
    identifiers: Sequence[str] = ()
    other_text: Sequence[str] = ()
    issued: str | None = None
    modified: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    period: tuple[str | None, str | None] | None = None


Zone = Literal["title", "keyword", "publisher", "theme", "description", "other"]
"""Part of a document that words are looked for in."""

FACETS = ("catalog", "publisher", "theme", "format", "license", "language", "keyword", "access", "kind", "series")
"""What answers are counted by and may be filtered by."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words typed as one: all of them are needed and count more together; in quotation marks they stand side by side.

    Attributes:
        zone: the only part of the document to look in, or "id" for identifiers.
        prefix: the last word goes on.
    """

    text: str
    exact: bool = False
    zone: Zone | Literal["id"] | None = None
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Every:
    """All of these are needed."""

    clauses: tuple["Clause", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of these is enough."""

    clauses: tuple["Clause", ...]


@dataclass(frozen=True, slots=True)
class Without:
    """None of what this finds."""

    clause: "Clause"


Clause = Text | Every | Either | Without

Sort = Literal["relevance", "modified", "issued", "title"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """One question of one reader.

    Attributes:
        audiences: what the reader belongs to; nothing else is found, counted or named.
        q: what was typed, for exact titles and identifiers.
        clause: its meaning; None finds everything.
        filters: wanted values by facet; several values of one facet are alternatives.
        issued: first and last day, ISO 8601, either may be None; `modified` and `period` likewise (overlap).
        bbox: overlap, as in SearchDocument.
        page: from 1; page × size stays within WINDOW.
        size: at most 100.
        language: of the reader, for titles, snippets and suggestions.
    """

    audiences: tuple[str, ...]
    q: str = ""
    clause: Clause | None = None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    issued: tuple[str | None, str | None] | None = None
    modified: tuple[str | None, str | None] | None = None
    period: tuple[str | None, str | None] | None = None
    bbox: tuple[float, float, float, float] | None = None
    sort: Sort = "relevance"
    page: int = 1
    size: int = 20
    language: str = "ja"
    facets: tuple[str, ...] = FACETS
    facet_size: int = 20


WINDOW = 10_000
"""How deep pages go; further on, one narrows the search or takes the dump."""

Marked = tuple[tuple[str, bool], ...]
"""Text in pieces; True marks what was found. The page escapes each piece."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One description found.

    Attributes:
        title: the title in the reader's language, or another, with marks.
        snippet: the telling part of the description, with marks.
        fields: the zones in which the words were found.
    """

    key: int
    short_id: str
    iri: str
    kind: str
    catalog: str
    titles: Mapping[str, Sequence[str]]
    title: Marked
    snippet: Marked
    fields: tuple[str, ...]
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """A value of a facet and how many descriptions have it; the facet's own filter does not reduce the count."""

    value: str
    label: Message
    count: int


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What was found: how many in all, one page of them, and counts."""

    total: int
    items: tuple[Hit, ...]
    facets: Mapping[str, tuple[Bucket, ...]]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion and how many descriptions of the reader's audiences say it."""

    text: str
    count: int


class FullText(Protocol):
    """An index of documents that follows the journal."""

    async def apply(self, upserts: Sequence[SearchDocument], deletes: Sequence[int], cursor: int) -> None:
        """Put documents in, take others out and remember how far the journal was read, all at once; visible on return.

        Applying the same again changes nothing.
        """
        ...

    async def cursor(self) -> int:
        """Number of the last journal entry applied; 0 for an empty index."""
        ...

    async def count(self) -> int:
        """Number of documents."""
        ...

    async def keys(self) -> set[int]:
        """Keys of all documents, for comparison with the database."""
        ...

    async def mentioning(self, iris: Sequence[str]) -> set[int]:
        """Keys of the documents that bear the label of any of these things (publisher, theme, licence, series …)."""
        ...

    async def search(self, request: SearchRequest) -> SearchAnswer:
        """Find, count and mark."""
        ...

    async def suggest(self, prefix: str, audiences: Sequence[str], size: int = 10) -> tuple[Suggestion, ...]:
        """Completions of what was typed, from what the audiences may see."""
        ...

    async def clear(self) -> None:
        """Empty the index; the cursor goes back to 0."""
        ...

    async def close(self) -> None:
        """Let go of files and threads."""
        ...
