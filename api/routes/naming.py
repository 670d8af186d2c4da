"""Names and links for pages of resources: labels of what they mention, the way back to their catalog."""

import contextlib
from collections.abc import Hashable, Iterable
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api import i18n
from api.pages import page, reader_language
from api.requests import service_of
from api.views import Naming, ResourceView, Statements, Text, title_of, view
from catalog.errors import CatalogError
from catalog.kinds import Kind
from catalog.reading import Stored
from ontology import lines
from ontology.description import Description
from ontology.terms import ADMS, DCAT, DCT, FOAF, ODRL, RDF, VCARD
from participants.principal import Principal

# Terms as canonical lines write them.
_LINKED = frozenset(
    str(node) for node in (
        DCT.publisher, DCT.creator, DCT.rightsHolder, DCAT.inSeries, DCAT.servesDataset, DCAT.accessService,
        ODRL.hasPolicy, ODRL.target, DCAT.prev, DCAT.first, DCAT.last, DCT.isVersionOf, DCT.source,
    )
)  # fmt: skip
Link = tuple[str, str]
_MOST_LINKS = 12  # each is a look-up; a page of a service that serves 10,000 datasets links the first of them
_MOST_LABELS = 200  # further ones are shown by their IRI; a page of more values is read by no one
# What these lead to is shown by its address, and nearly all of it is in no other description.
_UNNAMED = frozenset(
    str(node) for node in (
        RDF.type, DCAT.accessURL, DCAT.downloadURL, DCAT.endpointURL, DCAT.endpointDescription, DCAT.landingPage,
        DCAT.distribution, ADMS.sample, FOAF.page, FOAF.homepage, VCARD.hasEmail, VCARD.hasURL, VCARD.hasTelephone,
    )
)  # fmt: skip


async def shown(request: Request, description: Description, language: str, reader: Principal) -> ResourceView:
    """What the page of a description shows, with names and links for what it mentions."""
    given = lines.statements(description.canonical)
    return view(description, await _naming(request, given, language, reader), given)


async def _naming(request: Request, given: Statements, language: str, reader: Principal) -> Naming:
    service = service_of(request)
    labels = await service.labels.prepare(_named_elsewhere(given))
    addresses = await _addresses(request, given, reader)
    texts = i18n.texts(language)

    def label(iri: str) -> Text | None:
        found = labels(iri)
        return Text(found.in_(language)) if found else None

    return Naming(language, lambda name: texts.known(f"property.{name}"), label, addresses.get)


def plain(language: str) -> Naming:
    """Names without look-ups, for lists."""
    return Naming(language, lambda name: None)


def _named_elsewhere(given: Statements) -> list[str]:
    """IRIs whose names a page looks for outside the description, in its order.

    A part that is described in passing has its name there or none; an agent may well be described again by itself.
    """
    parts = {subject for subject, _, _ in given}
    return _first(
        _MOST_LABELS,
        (
            lines.plain(value)
            for _, predicate, value in given
            if predicate not in _UNNAMED and lines.is_named(value) and (value not in parts or predicate in _LINKED)
        ),
    )


async def _addresses(request: Request, given: Statements, reader: Principal) -> dict[str, str]:
    service, root = service_of(request), request.app.state.settings.root
    linked = _first(
        _MOST_LINKS,
        (lines.plain(value) for _, predicate, value in given if predicate in _LINKED and lines.is_named(value)),
    )
    known = service.shared.at(await service.database.catalog_head())
    if unknown := [iri for iri in linked if ("place", reader, iri) not in known]:
        found = await service.reading.paths(unknown, reader)
        known.update({("place", reader, iri): found.get(iri) for iri in unknown})
    return {iri: root + path for iri in linked if (path := known["place", reader, iri]) is not None}


def _first(most: int, iris: Iterable[str]) -> list[str]:
    return list(islice(dict.fromkeys(iris), most))


async def trail(request: Request, stored: Stored, language: str, reader: Principal) -> list[Link]:
    """Links from the top down to the catalog of a resource."""
    root = request.app.state.settings.root
    links = [(f"{root}/catalogs", i18n.texts(language)("nav.catalogs"))]
    if stored.kind is not Kind.CATALOG and (catalog := await _catalog(request, stored.catalog, language, reader)):
        links.append(catalog)
    return links


async def _catalog(request: Request, name: str, language: str, reader: Principal) -> Link | None:
    """Link to a catalog, None where the reader may not see it."""
    service = service_of(request)
    known: dict[Hashable, Link | None] = service.shared.at(await service.database.catalog_head())
    key = ("catalog", reader, name, language)
    if key not in known:
        link = None
        with contextlib.suppress(CatalogError):
            catalog = await service.reading.get(name, reader)
            link = request.app.state.settings.root + catalog.path, title_of(catalog.description, language).text
        known[key] = link
    return known[key]


async def resource_page(request: Request, template: str, stored: Stored, reader: Principal, **context: Any) -> Response:
    """A page about a resource: history, difference, report."""
    language = reader_language(request)
    title = title_of(stored.description, language)
    path = request.app.state.settings.root + stored.path
    links = [*await trail(request, stored, language, reader), (path, title.text)]
    return page(template, request, language=language, title=title, page=path, trail=links, **context)
