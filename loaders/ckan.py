"""CKAN packages become DCAT: each key by the tables of `loaders.ckan_keys`, those unknown kept under names of ours."""

from collections.abc import Iterable, Mapping

from pyoxigraph import Literal, NamedNode

from catalog.kinds import Kind
from loaders import ckan_keys
from loaders.ckan_keys import DATASET, DEFAULTS, DERIVED, ORGANIZATION, RESOURCE
from loaders.ckan_rules import Rule, checksum
from loaders.codes import is_file, licence_of
from loaders.conversion import Conversion, Record, RecordUnusable
from loaders.naming import Naming
from loaders.statements import Json, Node, Statements, address, language_of, strings
from ontology.messages import Message
from ontology.terms import DCAT, DCT, FOAF, RDF, SKOS, VCARD

_ABSENT: tuple[Json, ...] = (None, "", [], {})


def convert(records: Iterable[tuple[str, Json]], source: str, site: str | None = None) -> Conversion:
    """Packages as DCAT statements.

    Args:
        records: each with a name to report it by, as `loaders.ckan_files` finds them.
        source: a name that stays the same at each load; with the package's id it is the dataset's identity.
        site: the CKAN site's address, if it is known: then IRIs are the site's.
    """
    naming = Naming(source, site)
    return Conversion(records, lambda record: _package(record, naming), Kind.DATASET)


def _package(record: Record, naming: Naming) -> tuple[str, Statements]:
    key = _text(record, "id") or _text(record, "name") or _text(record, "identifier")
    if key is None:
        raise RecordUnusable(Message("id も name もありません。", "It has neither an id nor a name."))
    if record.get("state") == "deleted":
        raise RecordUnusable(Message("CKAN で削除済みです(state=deleted)。", "It is deleted in CKAN (state=deleted)."))
    if record.get("private") is True:
        raise RecordUnusable(
            Message(
                "CKAN で非公開です(private=true)。公開してよければ private を外してください。",
                "It is private in CKAN (private=true). Take the mark off if it may be published.",
            )
        )
    naming = naming.of(record)
    out = Statements(ckan_keys.NAMESPACE, language=language_of(record))
    values = _with_extras(record, out)
    uri = values.get("uri")
    dataset = (address(uri) if isinstance(uri, str) else None) or naming.dataset(key)
    _keep_extras(record, values, out, dataset)
    _dataset(out, dataset, key, values, naming)
    resources = record.get("resources")
    for position, resource in enumerate(resources if isinstance(resources, list) else ()):
        if isinstance(resource, dict):
            _resource(out, dataset, naming.resource(key, _text(resource, "id") or str(position)), resource, values)
        else:
            out.keep(dataset, "resources", resource)
    if not isinstance(resources, list):
        out.keep(dataset, "resources", resources)
    if isinstance(uri, str) and dataset.value != uri.strip():
        out.keep(dataset, "uri", uri)
    return dataset.value, out


def _extras(record: Record) -> list[tuple[str, Json]]:
    extras = record.get("extras")
    if isinstance(extras, dict):
        return list(extras.items())
    entries = extras if isinstance(extras, list) else [extras]
    return [(str(e["key"]), e.get("value")) if isinstance(e, dict) and "key" in e else ("extras", e) for e in entries]


def _with_extras(record: Record, out: Statements) -> dict[str, Json]:
    """The package's keys and those extras that have a meaning; a key of both is the package's."""
    values = {key: value for key, value in record.items() if value not in _ABSENT}
    for key, value in _extras(record):
        if value not in _ABSENT and (key in DATASET or key in _DATASET_KEYS - _STRUCTURED):
            values.setdefault(key, value)
    return values


def _keep_extras(record: Record, values: Mapping[str, Json], out: Statements, dataset: Node) -> None:
    for key, value in _extras(record):
        if value not in _ABSENT and values.get(key) != value:
            out.keep(dataset, key, value, group="extras:")


# Keys that the functions below read together; `_by_rules` states or keeps all others.
_DATASET_KEYS = frozenset(
    [
        "id",
        "uri",
        "name",
        "tags",
        "groups",
        "organization",
        "owner_org",
        "extras",
        "resources",
        "revision_id",
        "author",
        "author_email",
        "maintainer",
        "maintainer_email",
        "publisher_name",
        "publisher_uri",
        "publisher_url",
        "publisher_email",
        "publisher_type",
        "creator_name",
        "creator_url",
        "creator_email",
        "contact_name",
        "contact_url",
        "contact_uri",
        "contact_email",
        "license_id",
        "license_title",
        "license_url",
        "temporal_start",
        "temporal_end",
        "metadata_created",
        "metadata_modified",
        "連絡先メールアドレス",
        "連絡先電話番号",
    ]
)
_RESOURCE_KEYS = frozenset(
    [
        "id",
        "uri",
        "created",
        "last_modified",
        "hash",
        "hash_algorithm",
        "license_id",
        "license_title",
        "revision_id",
        "data_service_title",
        "data_service_endpoint_url",
        "data_service_endpoint_description",
    ]
)
_ORGANIZATION_KEYS = frozenset({"id", "name"})
_STRUCTURED = frozenset({"tags", "groups", "organization", "extras", "resources"})


def _dataset(out: Statements, dataset: NamedNode, key: str, values: Mapping[str, Json], naming: Naming) -> None:
    series = values.get("type") == "dataset_series"
    out.say(dataset, RDF.type, DCAT.DatasetSeries if series else DCAT.Dataset)
    if "identifier" not in values:
        out.say(dataset, DCT.identifier, Literal(key))
    elif "uri" in values or values["identifier"] != key:
        out.keep(dataset, "id", key)
    _by_rules(out, dataset, values, DATASET, _DATASET_KEYS)
    _keywords(out, dataset, values.get("tags"))
    _groups(out, dataset, values.get("groups"), naming)
    _publisher(out, dataset, values, naming)
    _creator(out, dataset, values)
    _contact(out, dataset, values)
    _licence(out, dataset, values)
    _temporal(out, dataset, values)
    _times(out, dataset, values, _PACKAGE_TIMES)
    for kept in ("name", "license_id", "license_title", "revision_id"):
        out.keep(dataset, kept, values.get(kept))


def _by_rules(
    out: Statements, node: Node, values: Mapping[str, Json], rules: Mapping[str, Rule], others: frozenset[str]
) -> None:
    """State each key by its rule; keep those without one, and those whose value the rule cannot say."""
    for key, value in values.items():
        rule = rules.get(key)
        if value in _ABSENT or key in DERIVED:
            continue
        if key in others:
            if isinstance(value, (dict, list)) and key not in _STRUCTURED:
                out.keep(node, key, value)  # a shape that those who read these keys do not know
            continue
        if key in DEFAULTS and (value == DEFAULTS[key] or (key == "type" and value == "organization")):
            continue
        if rule is None:
            out.keep(node, key, value)
            continue
        said = rule.state(out, node, rule.predicate, value)
        if not said or rule.keeps:
            out.keep(node, key, value)


def _keywords(out: Statements, dataset: Node, tags: Json) -> None:
    for tag in tags if isinstance(tags, list) else strings(tags):
        if isinstance(tag, dict):
            name = tag.get("display_name") or tag.get("name")
            if isinstance(name, str):
                out.text(dataset, DCAT.keyword, name)
            out.keep(dataset, "tag_vocabulary_id", tag.get("vocabulary_id"))
        elif isinstance(tag, str) and tag:
            out.text(dataset, DCAT.keyword, tag)


def _groups(out: Statements, dataset: Node, groups: Json, naming: Naming) -> None:
    for group in groups if isinstance(groups, list) else ():
        entry: Record = group if isinstance(group, dict) else {"id": group}
        key = _text(entry, "id") or _text(entry, "name")
        if key is None:
            continue
        theme = naming.other("group", key)
        out.say(dataset, DCAT.theme, theme)
        if isinstance(group, dict):
            out.say(theme, RDF.type, SKOS.Concept)
            label = _text(entry, "title") or _text(entry, "display_name")
            if label:
                out.text(theme, SKOS.prefLabel, label)
            for name in entry.keys() - {"id", "title", "display_name"} - DERIVED:
                if name not in DEFAULTS or entry[name] != DEFAULTS[name]:
                    out.keep(theme, name, entry[name])


def _publisher(out: Statements, dataset: Node, values: Mapping[str, Json], naming: Naming) -> None:
    organization = values.get("organization")
    said = "publisher" in values
    uri, url = values.get("publisher_uri"), values.get("publisher_url")
    if any(values.get(f"publisher_{key}") for key in ("name", "uri", "url", "email", "type")):
        said = True
        agent = _agent(
            out, dataset, DCT.publisher, values.get("publisher_name"), uri or url, values.get("publisher_email")
        )
        out.keep(agent, "publisher_type", values.get("publisher_type"))
        if uri and url:
            out.keep(agent, "publisher_url", url)
    if not isinstance(organization, dict):
        out.keep(dataset, "organization", organization)
        out.keep(dataset, "owner_org", values.get("owner_org"))
        return
    if values.get("owner_org") != organization.get("id"):
        out.keep(dataset, "owner_org", values.get("owner_org"))
    key = _text(organization, "id") or _text(organization, "name")
    if key is None:
        out.keep(dataset, "organization", organization)
        return
    node = naming.other("organization", key)
    if said:
        out.say(dataset, NamedNode(f"{ckan_keys.NAMESPACE}organization"), node)
    else:
        out.say(dataset, DCT.publisher, node)
    _organization(out, node, key, organization)


def _organization(out: Statements, node: NamedNode, key: str, organization: Record) -> None:
    for kind in (FOAF.Agent, FOAF.Organization):
        out.say(node, RDF.type, kind)
    out.say(node, DCT.identifier, Literal(key))
    if not organization.get("title"):
        out.text(node, FOAF.name, str(organization.get("name") or key))
    _by_rules(out, node, organization, ORGANIZATION, _ORGANIZATION_KEYS)
    out.keep(node, "name", organization.get("name"))


def _agent(out: Statements, dataset: Node, predicate: NamedNode, name: Json, url: Json, email: Json = None) -> Node:
    """An agent by its address, or a blank one; its name and mail address."""
    node = address(url) if isinstance(url, str) else None
    agent: Node
    if node is not None:
        out.say(dataset, predicate, node)
        out.say(node, RDF.type, FOAF.Agent)
        agent = node
    else:
        agent = out.part(dataset, predicate, FOAF.Agent)
        if isinstance(url, str) and url:
            out.text(agent, DCT.identifier, url)
    if name not in _ABSENT:
        out.text(agent, FOAF.name, str(name))
    for each in strings(email):
        out.link_or_text(agent, FOAF.mbox, each if ":" in each else f"mailto:{each}")
    return agent


def _creator(out: Statements, dataset: Node, values: Mapping[str, Json]) -> None:
    if values.get("author") or values.get("author_email"):
        _agent(out, dataset, DCT.creator, values.get("author"), None, values.get("author_email"))
    if any(values.get(f"creator_{key}") for key in ("name", "url", "email")):
        _agent(
            out,
            dataset,
            DCT.creator,
            values.get("creator_name"),
            values.get("creator_url"),
            values.get("creator_email"),
        )


def _contact(out: Statements, dataset: Node, values: Mapping[str, Json]) -> None:
    for name, email, url, phone in (
        ("maintainer", "maintainer_email", "", ""),
        ("contact_name", "contact_email", "contact_url", ""),
        ("", "連絡先メールアドレス", "", "連絡先電話番号"),
    ):
        keys = [key for key in (name, email, url, phone) if key and values.get(key)]
        uri = values.get("contact_uri") if name == "contact_name" else None
        if not keys and not uri:
            continue
        contact = out.part(dataset, DCAT.contactPoint, VCARD.Kind)
        for each in strings(values.get(name)):
            out.text(contact, VCARD.fn, each)
        for each in strings(values.get(email)):
            out.link_or_text(contact, VCARD.hasEmail, each if ":" in each else f"mailto:{each}")
        for each in (*strings(values.get(url)), *strings(uri)):
            out.link_or_text(contact, VCARD.hasURL, each)
        for each in strings(values.get(phone)):
            out.text(contact, VCARD.hasTelephone, each)


def _licence(out: Statements, node: Node, values: Mapping[str, Json], *, keeps: bool = True) -> None:
    names = [_text(values, "license_id"), _text(values, "license_title"), _text(values, "license")]
    url = _text(values, "license_url")
    found = next((known for name in names if (known := licence_of(name, url))), None)
    node_of_url = address(url) if url else None
    licence = found or node_of_url
    if licence is not None:
        out.say(node, DCT.license, licence)
    if url and keeps and (licence is None or licence.value != url):
        out.keep(node, "license_url", url)


def _temporal(out: Statements, dataset: Node, values: Mapping[str, Json]) -> None:
    if values.get("temporal_start") or values.get("temporal_end"):
        period = out.part(dataset, DCT.temporal, DCT.PeriodOfTime)
        for key, edge in (("temporal_start", DCAT.startDate), ("temporal_end", DCAT.endDate)):
            for each in strings(values.get(key)):
                out.moment(period, edge, each, key)


def _resource(out: Statements, dataset: Node, node: NamedNode, resource: Record, package: Mapping[str, Json]) -> None:
    uri = resource.get("uri")
    node = (address(uri) if isinstance(uri, str) else None) or node
    if isinstance(uri, str) and node.value != uri.strip():
        out.keep(node, "uri", uri)
    out.say(dataset, DCAT.distribution, node)
    out.say(node, RDF.type, DCAT.Distribution)
    values = {key: value for key, value in resource.items() if value not in _ABSENT}
    if "id" in values:
        out.say(node, DCT.identifier, Literal(str(values["id"])))
    _by_rules(out, node, values, RESOURCE, _RESOURCE_KEYS)
    url = values.get("url")
    if isinstance(url, str) and "download_url" not in values and (is_file(url) or values.get("url_type") == "upload"):
        out.link(node, DCAT.downloadURL, url)
    if "license" not in values and "license_url" not in values:
        own = {"license_id", "license_title"} & values.keys()
        _licence(out, node, values if own else package, keeps=False)
    _times(out, node, values, _RESOURCE_TIMES)
    if isinstance(values.get("hash"), str):
        algorithm = values.get("hash_algorithm")
        checksum(out, node, str(values["hash"]), algorithm if isinstance(algorithm, str) else None)
    else:
        out.keep(node, "hash", values.get("hash"))
        out.keep(node, "hash_algorithm", values.get("hash_algorithm"))
    _service(out, node, values)
    for key in ("license_id", "license_title", "revision_id"):
        out.keep(node, key, values.get(key))


_PACKAGE_TIMES = (("metadata_created", "issued", DCT.issued), ("metadata_modified", "modified", DCT.modified))
_RESOURCE_TIMES = (("created", "issued", DCT.issued), ("last_modified", "modified", DCT.modified))


def _times(out: Statements, node: Node, values: Mapping[str, Json], keys: Iterable[tuple[str, str, NamedNode]]) -> None:
    """Times that the server keeps, where the record gives no time of its own."""
    for key, own, predicate in keys:
        if key in values:
            if own in values:
                out.keep(node, key, values[key])
            else:
                out.moment(node, predicate, str(values[key]), key)


def _service(out: Statements, node: Node, values: Mapping[str, Json]) -> None:
    """CADDE items 24010 to 24030."""
    keys = {
        "data_service_title": DCT.title,
        "data_service_endpoint_url": DCAT.endpointURL,
        "data_service_endpoint_description": DCAT.endpointDescription,
    }
    if not any(values.get(key) for key in keys):
        return
    service = out.part(node, DCAT.accessService, DCAT.DataService)
    for key, predicate in keys.items():
        for each in strings(values.get(key)):
            out.link_or_text(service, predicate, each)


def _text(record: Mapping[str, Json], key: str) -> str | None:
    value = record.get(key)
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "" else None
