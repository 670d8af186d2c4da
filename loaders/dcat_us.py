"""DCAT-US 1.1 (Project Open Data) `data.json` files become DCAT: each key by the table below, those unknown kept."""

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode

from catalog.kinds import Kind
from loaders.ckan_rules import Rule, code, labelled, link, text
from loaders.codes import access_right_of, frequency_of, language_code_of, licence_of, media_type_of
from loaders.conversion import Conversion, Record, RecordUnusable
from loaders.statements import Json, Node, Statements, address, is_strange, name_part, strings
from ontology.messages import Message
from ontology.terms import DCAT, DCT, FOAF, ORG, RDF, SKOS, VCARD

NAMESPACE: Final = "urn:renkei:dcat-us:"
"""Namespace of keys kept as they are."""

_ABSENT: tuple[Json, ...] = (None, "", [], {})
_INTERVAL = re.compile(r"([^/]+)/([^/]+)")

# Project Open Data Metadata Schema v1.1, https://resources.data.gov/resources/dcat-us/ ; DCAT property of each field.
DATASET: Final = MappingProxyType(
    {
        "title": text(DCT.title),
        "description": text(DCT.description),
        "keyword": text(DCAT.keyword),
        "identifier": text(DCT.identifier),
        "accessLevel": code(DCT.accessRights, access_right_of, or_text=False),
        "rights": labelled(DCT.rights, DCT.RightsStatement),
        "license": code(DCT.license, lambda value: licence_of(None, value), or_text=False),
        "accrualPeriodicity": code(DCT.accrualPeriodicity, frequency_of),
        "language": code(DCT.language, language_code_of),
        "landingPage": link(DCAT.landingPage),
        "references": link(DCT.references, or_text=True),
        "conformsTo": labelled(DCT.conformsTo, DCT.Standard),
        "describedBy": link(FOAF.page),
        "systemOfRecords": link(DCT.relation, or_text=True),
        "accessURL": link(DCAT.landingPage, keeps=True),
    }
)
DISTRIBUTION: Final = MappingProxyType(
    {
        "title": text(DCT.title),
        "description": text(DCT.description),
        "accessURL": link(DCAT.accessURL),
        "downloadURL": link(DCAT.downloadURL),
        "mediaType": code(DCAT.mediaType, media_type_of),
        "format": text(DCT.format),
        "license": code(DCT.license, lambda value: licence_of(None, value), or_text=False),
        "conformsTo": labelled(DCT.conformsTo, DCT.Standard),
        "describedBy": link(FOAF.page),
    }
)
_CATALOG_KEYS = frozenset({"@context", "@id", "@type", "dataset"})
_DATASET_KEYS = frozenset(
    {"@type", "@id", "issued", "modified", "publisher", "contactPoint", "distribution", "theme", "spatial", "temporal"}
    | {"isPartOf"}
)
_DISTRIBUTION_KEYS = frozenset({"@type", "@id", "issued", "modified", "temporal"})
_STRUCTURED = frozenset({"publisher", "contactPoint", "distribution", "dataset", "@context", "theme", "spatial"})
TYPES: Final = frozenset(
    {
        "dcat:Dataset",
        "dcat:Distribution",
        "vcard:Contact",
        "org:Organization",
        "dcat:Catalog",
        "Dataset",
        "Distribution",
    }
)
"""Values of @type that the place of an object already tells; any other is kept."""


def convert(catalog: Record, source: str, name: str) -> Conversion:
    """A data.json catalog as DCAT statements.

    Args:
        catalog: the parsed file.
        source: a name that stays the same at each load; with a dataset's identifier it is the dataset's identity,
            unless the identifier is an address itself.
        name: to report records by.
    """
    catalog_iri = _iri(catalog.get("@id"), source, "catalog", "")
    datasets = catalog.get("dataset")
    members = _numbered(datasets if isinstance(datasets, list) else [], name)
    head: list[tuple[str, Json]] = [(name, {"@catalog": dict(catalog)})]

    def record(given: Record) -> tuple[str, Statements]:
        whole = given.get("@catalog")
        if isinstance(whole, dict):
            return _catalog(whole, catalog_iri)
        return _dataset(given, catalog_iri, source)

    return Conversion((*head, *members), record, Kind.DATASET)


def is_version_3(catalog: Record) -> bool:
    """Whether a document is JSON of DCAT-US 3.0, whose classes bear no prefix (1.1 says `dcat:Dataset`)."""
    datasets = catalog.get("dataset")
    members = datasets[:10] if isinstance(datasets, list) else []
    types = [each.get("@type") for each in (catalog, *members) if isinstance(each, dict)]
    return any(name in (said if isinstance(said, list) else [said]) for said in types for name in _CLASSES_OF_3)


_CLASSES_OF_3: Final = ("Catalog", "Dataset")
WITHOUT_CONTEXT: Final = Message(
    ja="DCAT-US 3.0 の JSON に @context がないため、項目の意味が決まりません。"
    "その @context を文書に加えるか、DCAT-US 1.1 の data.json を送ってください。",
    en="This is JSON of DCAT-US 3.0 without its @context, so its names have no meaning. "
    "Write the @context into the document, or send a data.json of DCAT-US 1.1.",
)


def _numbered(datasets: Iterable[Json], name: str) -> Iterator[tuple[str, Json]]:
    for position, dataset in enumerate(datasets, 1):
        title = dataset.get("identifier") or dataset.get("title") if isinstance(dataset, dict) else None
        yield f"{name}#{position}: {title}" if isinstance(title, str) else f"{name}#{position}", dataset


def _iri(value: Json, source: str, what: str, key: str) -> NamedNode:
    given = address(value) if isinstance(value, str) else None
    return given or NamedNode(f"urn:renkei:source:{name_part(source)}:{what}:{name_part(key)}".rstrip(":"))


def _catalog(catalog: Record, iri: NamedNode) -> tuple[str, Statements]:
    out = Statements(NAMESPACE)
    out.say(iri, RDF.type, DCAT.Catalog)
    _by_rules(out, iri, catalog, DATASET, _CATALOG_KEYS)
    return iri.value, out


def _dataset(dataset: Record, catalog: NamedNode, source: str) -> tuple[str, Statements]:
    identifier, title = dataset.get("identifier"), dataset.get("title")
    if not isinstance(identifier, str) or not identifier.strip():
        if not isinstance(title, str) or not title.strip():
            raise RecordUnusable(
                Message("identifier も title もありません。", "It has neither an identifier nor a title.")
            )
        identifier = ""
    out = Statements(NAMESPACE)
    node: Node = _iri(dataset.get("@id") or identifier, source, "dataset", identifier)
    if not identifier and not dataset.get("@id"):
        node = BlankNode()  # the split names it by its content
    out.say(catalog, DCAT.dataset, node)
    out.say(node, RDF.type, DCAT.Dataset)
    _by_rules(out, node, dataset, DATASET, _DATASET_KEYS)
    _type(out, node, dataset)
    _times(out, node, dataset)
    _themes(out, node, dataset.get("theme"))
    _spatial(out, node, dataset.get("spatial"))
    _temporal(out, node, dataset.get("temporal"))
    _organization(out, node, DCT.publisher, dataset.get("publisher"))
    _contact(out, node, dataset.get("contactPoint"))
    for parent in strings(dataset.get("isPartOf")):
        out.say(node, DCT.isPartOf, _iri(parent, source, "dataset", parent))
    distributions = dataset.get("distribution")
    for each in distributions if isinstance(distributions, list) else [distributions]:
        _distribution(out, node, each)
    return node.value, out


def _by_rules(
    out: Statements, node: Node, values: Mapping[str, Json], rules: Mapping[str, Rule], others: frozenset[str]
) -> None:
    for key, value in values.items():
        if value in _ABSENT:
            continue
        if key in others:
            if is_strange(value) and key not in _STRUCTURED:
                out.keep(node, key, value)
            continue
        rule = rules.get(key)
        if rule is None or not rule.state(out, node, rule.predicate, value) or rule.keeps:
            out.keep(node, key, value)


def _type(out: Statements, node: Node, values: Mapping[str, Json]) -> None:
    for kind in strings(values.get("@type")):
        if kind not in TYPES:
            out.keep(node, "@type", kind)


def _times(out: Statements, node: Node, values: Mapping[str, Json]) -> None:
    for key, predicate in (("issued", DCT.issued), ("modified", DCT.modified)):
        for each in strings(values.get(key)):
            if each.startswith("R/"):  # the schema lets `modified` hold a repeat ("R/P1D")
                out.keep(node, key, each)
                if (frequency := frequency_of(each)) is not None:
                    out.say(node, DCT.accrualPeriodicity, frequency)
            else:
                out.moment(node, predicate, each, key)


def _themes(out: Statements, node: Node, themes: Json) -> None:
    for theme in strings(themes):
        if not out.link(node, DCAT.theme, theme):
            out.text(out.part(node, DCAT.theme, SKOS.Concept), SKOS.prefLabel, theme)
    if is_strange(themes):
        out.keep(node, "theme", themes)


def _spatial(out: Statements, node: Node, value: Json) -> None:
    if isinstance(value, str) and value:
        if not out.link(node, DCT.spatial, value):
            _place(out, out.part(node, DCT.spatial, DCT.Location), value)
    elif value not in _ABSENT:
        out.keep(node, "spatial", value)


def _place(out: Statements, place: Node, value: str) -> None:
    """`west,south,east,north` as a box, anything else as a name."""
    numbers = value.split(",")
    try:
        west, south, east, north = (float(number) for number in numbers)
    except ValueError:
        out.text(place, SKOS.prefLabel, value)
        return
    ring = ", ".join(
        f"{x:g} {y:g}" for x, y in ((west, south), (east, south), (east, north), (west, north), (west, south))
    )
    wkt = NamedNode("http://www.opengis.net/ont/geosparql#wktLiteral")
    out.say(place, DCAT.bbox, Literal(f"POLYGON(({ring}))", datatype=wkt))
    out.keep(place, "spatial", value)


def _temporal(out: Statements, node: Node, value: Json) -> None:
    for each in strings(value):
        found = _INTERVAL.fullmatch(each.strip())
        if found is None:
            out.keep(node, "temporal", each)
            continue
        period = out.part(node, DCT.temporal, DCT.PeriodOfTime)
        for edge, text_ in ((DCAT.startDate, found[1]), (DCAT.endDate, found[2])):
            if text_ != "..":
                out.moment(period, edge, text_, "temporal")


def _organization(out: Statements, node: Node, predicate: NamedNode, value: Json) -> None:
    """A publisher and the organizations above it; those without an @id are blank nodes of the dataset."""
    if isinstance(value, list):
        for each in value:
            _organization(out, node, predicate, each)
        return
    if not isinstance(value, dict):
        for each in strings(value):
            out.text(out.part(node, predicate, FOAF.Agent), FOAF.name, each)
        return
    given = value.get("@id")
    agent: Node | None = address(given) if isinstance(given, str) else None
    if agent is None:
        agent = BlankNode()
    out.say(node, predicate, agent)
    for kind in (FOAF.Agent, ORG.Organization):
        out.say(agent, RDF.type, kind)
    for key, said in value.items():
        if key == "name" and isinstance(said, str):
            out.text(agent, FOAF.name, said)
        elif key == "subOrganizationOf":
            _organization(out, agent, ORG.subOrganizationOf, said)
        elif key != "@id" and not (isinstance(said, str) and said in TYPES):
            out.keep(agent, key, said)


def _contact(out: Statements, node: Node, value: Json) -> None:
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, dict):
            out.keep(node, "contactPoint", each)
            continue
        contact = out.part(node, DCAT.contactPoint, VCARD.Kind)
        for key, said in each.items():
            if key == "fn" and isinstance(said, str):
                out.text(contact, VCARD.fn, said)
            elif key == "hasEmail" and isinstance(said, str):
                out.link_or_text(contact, VCARD.hasEmail, said)
            elif not (isinstance(said, str) and said in TYPES):
                out.keep(contact, key, said)


def _distribution(out: Statements, dataset: Node, value: Json) -> None:
    if not isinstance(value, dict):
        out.keep(dataset, "distribution", value)
        return
    given = value.get("@id")
    node: Node | None = address(given) if isinstance(given, str) else None
    if node is None:
        node = BlankNode()
    out.say(dataset, DCAT.distribution, node)
    out.say(node, RDF.type, DCAT.Distribution)
    _by_rules(out, node, value, DISTRIBUTION, _DISTRIBUTION_KEYS)
    _type(out, node, value)
    _times(out, node, value)
    _temporal(out, node, value.get("temporal"))


def documentation() -> str:
    """The table of all keys for docs/reference/loading.md, in Markdown."""
    rows = ["| of | key | becomes |", "|---|---|---|"]
    for owner, rules in (("dataset, catalog", DATASET), ("distribution", DISTRIBUTION)):
        rows += [f"| {owner} | `{key}` | <{rule.predicate.value}> |" for key, rule in rules.items()]
    rows += [f"| any | `{key}` | {words} |" for key, words in _TOGETHER.items()]
    return "\n".join(rows) + "\n"


_TOGETHER: Final = MappingProxyType(
    {
        "@id": "the resource's IRI",
        "@type": "its class; a value other than the schema's is kept",
        "issued": "dct:issued",
        "modified": "dct:modified; a repeat (R/P1D) is dct:accrualPeriodicity and kept",
        "theme": "dcat:theme, a skos:Concept with the text as label",
        "spatial": "dct:spatial with dcat:bbox for four numbers, else a label",
        "temporal": "dct:temporal; what is no interval is kept",
        "publisher": "dct:publisher with subOrganizationOf as org:subOrganizationOf",
        "contactPoint": "dcat:contactPoint with vcard:fn and vcard:hasEmail",
        "isPartOf": "dct:isPartOf the dataset of that identifier",
        "dataset": "dcat:dataset of the catalog",
    }
)
