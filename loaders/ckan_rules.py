"""Rules that turn the value of one CKAN key into statements; `loaders.ckan_keys` says which key follows which."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import orjson
from pyoxigraph import Literal, NamedNode

from loaders import cadde
from loaders.codes import (
    access_right_of,
    file_type_of,
    frequency_of,
    language_code_of,
    licence_of,
    media_type_of,
)
from loaders.statements import Json, Node, Statements, address, is_strange, strings
from ontology.terms import DCAT, DCT, FOAF, GEOSPARQL, LOCN, RDFS, SKOS, SPDX, VCARD, XSD

Code: TypeAlias = Callable[[str], NamedNode | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a key becomes.

    Attributes:
        predicate: the DCAT property that a reader finds the value under.
        state: says it; False if the value cannot be said so, then it is kept under its own key.
        keeps: whether the given spelling is kept beside the statement because this one is a reading of it.
    """

    predicate: NamedNode
    state: Callable[[Statements, Node, NamedNode, Json], bool]
    keeps: bool = False


def text(predicate: NamedNode) -> Rule:
    """Each text as a literal."""

    def state(out: Statements, node: Node, predicate: NamedNode, value: Json) -> bool:
        values = [value] if isinstance(value, str) else strings(value)
        for each in values:
            out.text(node, predicate, each)
        return bool(values) and not is_strange(value)

    return Rule(predicate, state)


def translated(predicate: NamedNode) -> Rule:
    """`{language: text or texts}` as tagged literals."""

    def state(out: Statements, node: Node, predicate: NamedNode, value: Json) -> bool:
        if not isinstance(value, dict):
            return False
        for language, texts in value.items():
            for each in strings(texts):
                out.text(node, predicate, each, language)
        return True

    return Rule(predicate, state)


def link(predicate: NamedNode, *, or_text: bool = False, keeps: bool = False) -> Rule:
    """Each address as an IRI; what is none is kept under its key, or stated as a text."""

    def state(out: Statements, node: Node, predicate: NamedNode, value: Json) -> bool:
        said = True
        for each in strings(value):
            if or_text:
                out.link_or_text(node, predicate, each)
            else:
                said = out.link(node, predicate, each) and said
        return said and not is_strange(value)

    return Rule(predicate, state, keeps)


def moment(predicate: NamedNode, key: str) -> Rule:
    """A date or time."""

    def state(out: Statements, node: Node, predicate: NamedNode, value: Json) -> bool:
        for each in strings(value):
            out.moment(node, predicate, each, key)
        return not is_strange(value)

    return Rule(predicate, state)


def code(predicate: NamedNode, read: Code, *, or_text: bool = True) -> Rule:
    """The IRI of a code list that each text means, the spelling kept; else the text itself, or an address as it is."""

    def state(out: Statements, node: Node, predicate: NamedNode, value: Json) -> bool:
        said = True
        for each in strings(value):
            found = read(each)
            if found is not None:
                out.say(node, predicate, found)
            elif or_text:
                out.link_or_text(node, predicate, each)
            else:
                said = out.link(node, predicate, each) and said
        return said and not is_strange(value)

    return Rule(predicate, state, keeps=True)


def typed(predicate: NamedNode, datatype: NamedNode) -> Rule:
    """A literal of a datatype; the value's own digits are kept."""

    def state(out: Statements, node: Node, predicate: NamedNode, value: Json) -> bool:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            return False
        if datatype == XSD.nonNegativeInteger and not str(value).isdecimal():
            return False
        out.say(node, predicate, Literal(str(value), datatype=datatype))
        return True

    return Rule(predicate, state)


def labelled(predicate: NamedNode, kind: NamedNode) -> Rule:
    """An address as a link, a text as a blank node of the range's class with the text as its label."""

    def state(out: Statements, node: Node, predicate: NamedNode, value: Json) -> bool:
        for each in strings(value):
            if not out.link(node, predicate, each):
                out.text(out.part(node, predicate, kind), RDFS.label, each)
        return not is_strange(value)

    return Rule(predicate, state)


def agents(predicate: NamedNode) -> Rule:
    """`[{name, email, url, identifier, type}]` or names as foaf:Agent."""

    def state(out: Statements, node: Node, predicate: NamedNode, value: Json) -> bool:
        entries = _entries(value)
        for entry in entries:
            agent = out.part(node, predicate, FOAF.Agent)
            _fields(
                out,
                agent,
                entry,
                {
                    "name": FOAF.name,
                    "email": FOAF.mbox,
                    "url": FOAF.homepage,
                    "type": DCT.type,
                    "identifier": DCT.identifier,
                },
            )
        return bool(entries)

    return Rule(predicate, state)


def contacts(predicate: NamedNode) -> Rule:
    """`[{name, email, url, identifier}]` or names as vcard:Kind."""

    def state(out: Statements, node: Node, predicate: NamedNode, value: Json) -> bool:
        entries = _entries(value)
        for entry in entries:
            contact = out.part(node, predicate, VCARD.Kind)
            _fields(
                out,
                contact,
                entry,
                {"name": VCARD.fn, "email": VCARD.hasEmail, "url": VCARD.hasURL, "identifier": VCARD.hasUID},
            )
        return bool(entries)

    return Rule(predicate, state)


def periods(predicate: NamedNode) -> Rule:
    """`[{start, end}]` as dct:PeriodOfTime."""

    def state(out: Statements, node: Node, predicate: NamedNode, value: Json) -> bool:
        entries = [entry for entry in _entries(value) if "start" in entry or "end" in entry]
        for entry in entries:
            period = out.part(node, predicate, DCT.PeriodOfTime)
            for key, edge in (("start", DCAT.startDate), ("end", DCAT.endDate)):
                for each in strings(entry.get(key)):
                    out.moment(period, edge, each, f"temporal_{key}")
        return bool(entries)

    return Rule(predicate, state)


def places(predicate: NamedNode) -> Rule:
    """GeoJSON, `[{uri, text, geom, bbox, centroid}]`, an address or a name as dct:Location."""

    def state(out: Statements, node: Node, predicate: NamedNode, value: Json) -> bool:
        entries = _entries(_parsed(value))
        for entry in entries:
            uri = entry.get("uri")
            place = address(uri) if isinstance(uri, str) else None
            if place is not None:
                out.say(node, predicate, place)
                if entry.keys() == {"uri"}:
                    continue
            location = out.part(node, predicate, DCT.Location)
            _place(out, location, entry)
        return bool(entries)

    return Rule(predicate, state)


def _place(out: Statements, location: Node, entry: dict[str, Json]) -> None:
    if "coordinates" in entry:
        entry = {"geom": entry}
    for key, edge in (("geom", LOCN.geometry), ("bbox", DCAT.bbox), ("centroid", DCAT.centroid)):
        geometry = _parsed(entry.get(key))
        if geometry not in (None, "", {}):
            shown = geometry if isinstance(geometry, str) else orjson.dumps(geometry).decode()
            out.say(location, edge, Literal(shown, datatype=GEOSPARQL.geoJSONLiteral))
    for name in (*strings(entry.get("text")), *strings(entry.get("name"))):
        out.text(location, SKOS.prefLabel, name)
    for key in entry.keys() - {"uri", "text", "name", "geom", "bbox", "centroid"}:
        out.keep(location, key, entry[key])


def services(predicate: NamedNode) -> Rule:
    """`[{title, endpoint_url, endpoint_description, serves_dataset …}]` as dcat:DataService."""

    def state(out: Statements, node: Node, predicate: NamedNode, value: Json) -> bool:
        entries = _entries(_parsed(value))
        for entry in entries:
            service = out.part(node, predicate, DCAT.DataService)
            _fields(
                out,
                service,
                entry,
                {
                    "title": DCT.title,
                    "endpoint_url": DCAT.endpointURL,
                    "description": DCT.description,
                    "endpoint_description": DCAT.endpointDescription,
                    "serves_dataset": DCAT.servesDataset,
                    "license": DCT.license,
                },
            )
        return bool(entries)

    return Rule(predicate, state)


def checksum(out: Statements, node: Node, value: str, algorithm: str | None) -> None:
    """State a hash; its algorithm by its length where none is named."""
    part = out.part(node, SPDX.checksum, SPDX.Checksum)
    out.say(part, SPDX.checksumValue, Literal(value, datatype=XSD.hexBinary))
    name = algorithm or {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}.get(len(value))
    if name:
        known = address(name) or NamedNode(
            f"{SPDX.NAMESPACE}checksumAlgorithm_{''.join(filter(str.isalnum, name)).lower()}"
        )
        out.say(part, SPDX.algorithm, known)


def cadde_item(term: str) -> Rule:
    """An item of CADDE's own, its value as the specification's list spells it, other spellings kept."""

    def state(out: Statements, node: Node, predicate: NamedNode, value: Json) -> bool:
        if not isinstance(value, str):
            return False
        shown = cadde.listed(term, value)
        out.text(node, predicate, shown)
        return shown == value

    return Rule(NamedNode(cadde.NAMESPACE + term), state)


def _parsed(value: Json) -> Json:
    """JSON inside a text, as CKAN's extras hold it; any other text as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            parsed: Json = orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
        return parsed
    return value


def _entries(value: Json) -> list[dict[str, Json]]:
    value = _parsed(value)
    values = value if isinstance(value, list) else [value]
    entries: list[dict[str, Json]] = []
    for each in values:
        if isinstance(each, dict) and each:
            entries.append(each)
        elif isinstance(each, str) and each.strip():
            entries.append({"uri" if address(each) else "text": each, "name": each})
    return entries


def _fields(out: Statements, node: Node, entry: dict[str, Json], predicates: dict[str, NamedNode]) -> None:
    if set(entry) <= {"uri", "text", "name"} and "name" in entry:
        entry = {"name": entry["name"]}
    for key, value in entry.items():
        predicate = predicates.get(key)
        if predicate is None:
            out.keep(node, key, value)
        elif predicate in (VCARD.hasEmail, FOAF.mbox):
            for each in strings(value):
                out.link_or_text(node, predicate, each if ":" in each else f"mailto:{each}")
        else:
            for each in strings(value):
                out.link_or_text(node, predicate, each)


FREQUENCY: Code = frequency_of
FILE_TYPE: Code = file_type_of
MEDIA_TYPE: Code = media_type_of
ACCESS_RIGHT: Code = access_right_of
LANGUAGE: Code = language_code_of


def licence(value: str) -> NamedNode | None:
    """A licence by its address or name."""
    return licence_of(value, value)
