"""A description as a page shows it: names for properties, one language chosen, links only where a link is safe."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from pyoxigraph import NamedNode

from ontology import terms
from ontology.description import Description
from ontology.lines import datatype_of, is_literal, is_named, named, plain, statements, text_of
from ontology.terms import ADMS, DCAT, DCT, FOAF, RDF, RDFS, SCHEMA, SKOS, VCARD

LINKED_SCHEMES = ("http", "https", "mailto")  # a `javascript:` IRI stays text, whatever it is a value of (P20)
NESTING = 4
TITLES = tuple(node.value for node in (DCT.title, SKOS.prefLabel, FOAF.name, RDFS.label, SCHEMA.name, VCARD.fn))
DESCRIPTIONS = tuple(node.value for node in (DCT.description, SKOS.definition, RDFS.comment, SCHEMA.description))
SHOWN_APART = frozenset(
    (*TITLES, *DESCRIPTIONS, *(node.value for node in (DCAT.distribution, ADMS.sample, DCAT.keyword, RDF.type)))
)
NAMED_ABOVE = frozenset((*TITLES, RDF.type.value))  # a nested node shows its name as its text

Statements = Sequence[Sequence[str]]  # of `ontology.lines`
Term = str  # as a canonical line writes it; parsing them first would take a page as long as all the rest of its view


class Text(NamedTuple):
    """A literal as read aloud: its text and language (BCP 47, "" when it has none)."""

    text: str
    language: str = ""


class Value(NamedTuple):
    """One value of a property.

    Attributes:
        text: what is shown.
        language: language of the text, "" when unknown.
        href: where it leads, None when it must not be a link.
        iri: the IRI, None for literals and blank nodes.
        properties: what the description says about it, when it is a node of its own.
    """

    text: str
    language: str = ""
    href: str | None = None
    iri: str | None = None
    datatype: str = ""
    properties: "tuple[Property, ...]" = ()


class Property(NamedTuple):
    """A property with its values, in the order of the reader's language first."""

    iri: str
    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Distribution:
    """One way to get a dataset."""

    title: Text | None
    description: Text | None
    format: str
    download: Value | None
    access: Value | None
    properties: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class ResourceView:
    """What a page of one resource shows.

    Attributes:
        title: in the reader's language if there is one.
        other_titles: the same in further languages.
        properties: everything that has no place of its own on the page.
    """

    iri: str
    href: str | None
    title: Text
    other_titles: tuple[Text, ...]
    descriptions: tuple[Text, ...]
    other_descriptions: tuple[Text, ...]
    keywords: tuple[Text, ...]
    types: tuple[Value, ...]
    distributions: tuple[Distribution, ...]
    samples: tuple[Distribution, ...]
    properties: tuple[Property, ...]


@dataclass(frozen=True)
class Naming:
    """How IRIs get names.

    Attributes:
        language: the reader's.
        property_name: name of a property from its prefixed name (`dct:title`), None when we have none.
        label: name of a resource outside the description (a theme, a publisher), None when unknown.
        address: our page for an IRI, None when it is not a resource of ours.
    """

    language: str
    property_name: Callable[[str], str | None]
    label: Callable[[str], Text | None] = field(default=lambda iri: None)
    address: Callable[[str], str | None] = field(default=lambda iri: None)


class _Graph:
    def __init__(self, given: Statements, naming: Naming) -> None:
        self.naming = naming
        self.about: dict[Term, dict[str, list[Term]]] = {}
        for subject, predicate, value in given:
            self.about.setdefault(subject, {}).setdefault(_iri(predicate), []).append(value)

    def first_text(self, node: Term, properties: Iterable[str]) -> Text | None:
        if (described := self.about.get(node)) is None:
            return None
        found = [text for name in properties if name in described for text in _texts(described[name])]
        return in_language(found, self.naming.language) if found else None

    def texts(self, node: Term, name: str) -> list[Text]:
        return _texts(self.about.get(node, {}).get(name, ()))

    def properties(self, node: Term, without: frozenset[str], path: tuple[Term, ...]) -> tuple[Property, ...]:
        described = self.about.get(node)
        if not described:
            return ()
        listed = (
            Property(iri, self.name(iri), self._ordered(self.value(item, path) for item in values))
            for iri, values in described.items()
            if iri not in without
        )
        return tuple(sorted(listed, key=lambda item: _ORDER.get(item.iri, len(_ORDER))))

    def _ordered(self, values: Iterable[Value]) -> tuple[Value, ...]:
        some = tuple(values)
        if len(some) < 2:
            return some
        return tuple(
            sorted(some, key=lambda value: (not _speaks(value.language, self.naming.language), value.language))
        )

    def name(self, iri: str) -> str:
        short = prefixed(iri)
        return self.naming.property_name(short) or _seen(short)

    def value(self, node: Term, path: tuple[Term, ...]) -> Value:
        if is_literal(node):
            literal, language = text_of(node)
            datatype = "" if language else prefixed(datatype_of(node))
            href = safe_link(literal) if datatype == "xsd:anyURI" else None
            return Value(literal, language, href, datatype=datatype)
        nested = self.properties(node, NAMED_ABOVE, (*path, node)) if node not in path and len(path) < NESTING else ()
        own = self.first_text(node, TITLES)
        if not is_named(node):
            return Value(own.text if own else "", own.language if own else "", properties=nested)
        iri = plain(node)
        text = own or self.naming.label(iri) or Text(readable(iri))
        return Value(text.text, text.language, self.naming.address(iri) or safe_link(iri), iri, properties=nested)


_iri = lru_cache(maxsize=1024)(plain)  # of predicates, which are few


def _texts(values: Iterable[Term]) -> list[Text]:
    return [Text(*text_of(value)) for value in values if is_literal(value)]


def view(description: Description, naming: Naming, given: Statements | None = None) -> ResourceView:
    """Everything a page needs to know of a description.

    Args:
        description: what is shown.
        naming: how IRIs get names.
        given: the statements of the description, where they were taken apart before.
    """
    graph = _Graph(statements(description.canonical) if given is None else given, naming)
    node = named(description.iri)
    titles = _one_each([text for name in TITLES for text in graph.texts(node, name)])
    title = in_language(titles, naming.language) if titles else Text(readable(description.iri))
    described = [text for name in DESCRIPTIONS for text in graph.texts(node, name)]
    spoken = in_language(described, naming.language).language if described else ""
    return ResourceView(
        iri=description.iri,
        href=safe_link(description.iri),
        title=title,
        other_titles=tuple(text for text in titles if text != title),
        descriptions=tuple(text for text in described if text.language == spoken),
        other_descriptions=tuple(text for text in described if text.language != spoken),
        keywords=tuple(_near_first(graph.texts(node, DCAT.keyword.value), naming.language)),
        types=tuple(graph.value(kind, (node,)) for kind in graph.about.get(node, {}).get(RDF.type.value, ())),
        distributions=_distributions(graph, node, DCAT.distribution),
        samples=_distributions(graph, node, ADMS.sample),
        properties=graph.properties(node, SHOWN_APART, (node,)),
    )


def title_of(description: Description, language: str) -> Text:
    """The title of a description in a reader's language, its IRI when it has none."""
    graph = _Graph(statements(description.canonical), Naming(language, lambda name: None))
    found = graph.first_text(named(description.iri), TITLES)
    return found or Text(readable(description.iri))


def _distributions(graph: _Graph, node: Term, name: NamedNode) -> tuple[Distribution, ...]:
    return tuple(
        _distribution(graph, item) for item in graph.about.get(node, {}).get(name.value, ()) if not is_literal(item)
    )


def _distribution(graph: _Graph, node: Term) -> Distribution:
    described = graph.about.get(node, {})

    def value(*names: NamedNode) -> Value | None:
        found = [item for name in names for item in described.get(name.value, ())]
        return graph.value(found[0], (node,)) if found else None

    form = value(DCT.format, DCAT.mediaType)
    link = None
    if not described and is_named(node):  # described elsewhere, or not at all: the IRI is all there is
        link = graph.value(node, (node,))
    return Distribution(
        title=graph.first_text(node, TITLES),
        description=graph.first_text(node, DESCRIPTIONS),
        format=form.text if form else "",
        download=_as_link(value(DCAT.downloadURL)),
        access=_as_link(value(DCAT.accessURL)) or link,
        properties=graph.properties(node, _SHOWN_ABOVE, (node,)),
    )


_SHOWN_ABOVE = frozenset(
    (*TITLES, *DESCRIPTIONS, *(name.value for name in (DCT.format, DCAT.downloadURL, DCAT.accessURL, RDF.type)))
)


def _as_link(value: Value | None) -> Value | None:
    """Addresses given as text instead of IRIs are common in the wild; they lead somewhere all the same."""
    if value is None or value.href:
        return value
    return value._replace(href=safe_link(value.text))


def in_language(texts: Sequence[Text], language: str) -> Text:
    """The text a reader of `language` understands best: own language, no stated one, English, the first."""
    for wanted in (language, "", "en"):
        for text in texts:
            if _speaks(text.language, wanted):
                return text
    return texts[0]


@lru_cache(maxsize=1024)
def _speaks(tag: str, language: str) -> bool:
    return tag.lower().split("-")[0].split("_")[0] == language


def _near_first(texts: Iterable[Text], language: str) -> list[Text]:
    return sorted(texts, key=lambda text: (not _speaks(text.language, language), text.language, text.text))


def _one_each(texts: Iterable[Text]) -> list[Text]:
    return list(dict.fromkeys(texts))


@lru_cache(maxsize=4096)
def safe_link(iri: str) -> str | None:
    """The IRI when a page may link to it: http, https and mailto without control characters or spaces, else None."""
    if _UNLINKED.search(iri):
        return None
    if _ORDINARY.match(iri):
        return iri
    try:
        parts = urlsplit(iri)
    except ValueError:
        return None
    if parts.scheme.lower() not in LINKED_SCHEMES:
        return None
    return iri if parts.scheme.lower() == "mailto" or parts.netloc else None


@lru_cache(maxsize=4096)
def prefixed(iri: str) -> str:
    """`dct:title` for an IRI of a known vocabulary, the IRI itself otherwise."""
    for prefix, namespace in terms.PREFIXES.items():
        if iri.startswith(namespace) and len(iri) > len(namespace):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


def readable(iri: str) -> str:
    """An IRI for the eye: percent-encoding undone unless that would bring in control or direction characters."""
    try:
        shown = unquote(iri.removeprefix("mailto:"), errors="strict")
    except UnicodeDecodeError:
        return _seen(iri)
    return _seen(iri) if _UNSEEN.search(shown) else shown


def _seen(iri: str) -> str:
    """An IRI with what no eye sees percent-encoded."""
    return _UNSEEN.sub(lambda found: quote(found[0]), iri)


_ORDINARY = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:[/?#]|\Z)")
_UNLINKED = re.compile(r"[\x00-\x20\x7f-\x9f<>\"\\^`{|}]")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


_ORDER = {
    node.value: place
    for place, node in enumerate(
        (
            DCT.publisher, DCT.creator, DCAT.contactPoint, DCT.issued, DCT.modified, DCT.accrualPeriodicity, DCAT.theme,
            DCT.license, DCT.accessRights, DCT.rights, DCT.language, DCT.spatial, DCT.temporal, DCAT.endpointURL,
            DCAT.endpointDescription, DCAT.servesDataset, DCAT.landingPage, FOAF.page, DCT.conformsTo, DCAT.inSeries,
            DCAT.version, DCT.identifier, DCT.provenance, DCT.source, DCAT.startDate, DCAT.endDate, SCHEMA.startDate,
            SCHEMA.endDate,
        )
    )
}  # fmt: skip
