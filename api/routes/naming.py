"""Names and links for pages of resources: labels of what they mention, the way back to their catalog."""

import contextlib
from collections.abc import Iterable
from typing import Any

from pyoxigraph import NamedNode
from starlette.requests import Request
from starlette.responses import Response

from api import i18n
from api.pages import page, reader_language
from api.requests import service_of
from api.views import Naming, Text, title_of
from catalog.errors import CatalogError
from catalog.kinds import Kind
from catalog.reading import Stored
from ontology.description import Description
from ontology.terms import DCAT, DCT, ODRL
from participants.principal import Principal

_LINKED = frozenset(
    {
        DCT.publisher, DCT.creator, DCT.rightsHolder, DCAT.inSeries, DCAT.servesDataset, DCAT.accessService,
        ODRL.hasPolicy, ODRL.target, DCAT.prev, DCAT.first, DCAT.last, DCT.isVersionOf, DCT.source,
    }
)  # fmt: skip
_MOST_LINKS = 12  # each is a look-up; a page of a service that serves 10,000 datasets links the first of them


async def of(request: Request, description: Description, language: str, reader: Principal) -> Naming:
    """How the page of a description names and links what it mentions."""
    service = service_of(request)
    mentioned = {triple.object.value for triple in description.triples if isinstance(triple.object, NamedNode)}
    await service.labels.prepare(sorted(mentioned)[:2000])
    addresses = await _addresses(request, description, reader)
    texts = i18n.texts(language)

    def label(iri: str) -> Text | None:
        found = service.labels(iri)
        return Text(found.in_(language)) if found else None

    return Naming(language, lambda name: texts.known(f"property.{name}"), label, addresses.get)


def plain(language: str) -> Naming:
    """Names without look-ups, for lists."""
    return Naming(language, lambda name: None)


async def _addresses(request: Request, description: Description, reader: Principal) -> dict[str, str]:
    reading, root = service_of(request).reading, request.app.state.settings.root
    linked = _first(
        triple.object.value
        for triple in description.triples
        if triple.predicate in _LINKED and isinstance(triple.object, NamedNode)
    )
    return {iri: root + path for iri, path in (await reading.paths(linked, reader)).items()}


def _first(iris: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(iris))[:_MOST_LINKS]


async def trail(request: Request, stored: Stored, language: str, reader: Principal) -> list[tuple[str, str]]:
    """Links from the top down to the catalog of a resource."""
    root = request.app.state.settings.root
    links = [(f"{root}/catalogs", i18n.texts(language)("nav.catalogs"))]
    if stored.kind is not Kind.CATALOG:
        with contextlib.suppress(CatalogError):
            catalog = await service_of(request).reading.get(stored.catalog, reader)
            links.append((root + catalog.path, title_of(catalog.description, language).text))
    return links


async def resource_page(request: Request, template: str, stored: Stored, reader: Principal, **context: Any) -> Response:
    """A page about a resource: history, difference, report."""
    language = reader_language(request)
    title = title_of(stored.description, language)
    path = request.app.state.settings.root + stored.path
    links = [*await trail(request, stored, language, reader), (path, title.text)]
    return page(template, request, language=language, title=title, page=path, trail=links, **context)
