"""Every CKAN key that is known, and what becomes of it. A key that is not here is kept under `urn:renkei:ckan:`."""

from types import MappingProxyType
from typing import Final

from pyoxigraph import NamedNode

from loaders import cadde
from loaders.ckan_rules import (
    ACCESS_RIGHT,
    FILE_TYPE,
    FREQUENCY,
    LANGUAGE,
    MEDIA_TYPE,
    Rule,
    agents,
    cadde_item,
    code,
    contacts,
    labelled,
    licence,
    link,
    moment,
    periods,
    places,
    services,
    text,
    translated,
    typed,
)
from ontology.terms import ADMS, DCAT, DCATAP, DCT, FOAF, ODRL, PROV, VOID, XSD

NAMESPACE: Final = "urn:renkei:ckan:"
"""Namespace of keys kept as they are; unknown extras are under `urn:renkei:ckan:extras:`."""

_VOCABULARY: Final = NamedNode(f"{VOID.NAMESPACE}vocabulary")

DATASET: Final = MappingProxyType(
    {
        "title": text(DCT.title),
        "title_translated": translated(DCT.title),
        "notes": text(DCT.description),
        "notes_translated": translated(DCT.description),
        "tags_translated": translated(DCAT.keyword),
        "identifier": text(DCT.identifier),
        "alternate_identifier": text(DCT.identifier),
        "issued": moment(DCT.issued, "issued"),
        "modified": moment(DCT.modified, "modified"),
        "created": moment(DCT.created, "created"),
        "version": text(DCAT.version),
        "dcat_version": text(DCAT.version),
        "version_notes": text(ADMS.versionNotes),
        "language": code(DCT.language, LANGUAGE),
        "使用言語": code(DCT.language, LANGUAGE),
        "frequency": code(DCT.accrualPeriodicity, FREQUENCY),
        "accrual_periodicity": code(DCT.accrualPeriodicity, FREQUENCY),
        "更新頻度": code(DCT.accrualPeriodicity, FREQUENCY),
        "作成頻度": code(DCT.accrualPeriodicity, FREQUENCY),
        "url": link(DCAT.landingPage),
        "dataset_url": link(FOAF.page),
        "documentation": link(FOAF.page),
        "theme": link(DCAT.theme, or_text=True),
        "category": link(DCAT.theme, or_text=True),
        "dcat_type": link(DCT.type, or_text=True),
        "conforms_to": labelled(DCT.conformsTo, DCT.Standard),
        "is_referenced_by": link(DCT.isReferencedBy, or_text=True),
        "related_resource": link(DCT.relation, or_text=True),
        "has_version": link(DCAT.hasVersion, or_text=True),
        "is_version_of": link(DCAT.isVersionOf, or_text=True),
        "source": link(DCT.source, or_text=True),
        "sample": link(ADMS.sample),
        "in_series": link(DCAT.inSeries),
        "provenance": labelled(DCT.provenance, DCT.ProvenanceStatement),
        "access_rights": code(DCT.accessRights, ACCESS_RIGHT),
        "accessrights_url": code(DCT.accessRights, ACCESS_RIGHT),
        "access_rights_url": code(DCT.accessRights, ACCESS_RIGHT),
        "rights": labelled(DCT.rights, DCT.RightsStatement),
        "license": code(DCT.license, licence, or_text=False),
        "haspolicy_url": link(ODRL.hasPolicy),
        "prov_was_generated_by_url": link(PROV.wasGeneratedBy),
        "applicable_legislation": link(DCATAP.applicableLegislation),
        "hvd_category": link(DCATAP.hvdCategory),
        "publisher": agents(DCT.publisher),
        "creator": agents(DCT.creator),
        "contact": contacts(DCAT.contactPoint),
        "temporal_coverage": periods(DCT.temporal),
        "temporal_resolution": typed(DCAT.temporalResolution, XSD.duration),
        "spatial": places(DCT.spatial),
        "spatial_coverage": places(DCT.spatial),
        "spatial_text": places(DCT.spatial),
        "spatial_url": places(DCT.spatial),
        "spatial_uri": places(DCT.spatial),
        "spatial_resolution_in_meters": typed(DCAT.spatialResolutionInMeters, XSD.decimal),
        "vocabulary": link(_VOCABULARY),
        "コピーライト": labelled(DCT.rights, DCT.RightsStatement),
        **{key: cadde_item(term) for key, (_, term) in cadde.DATASET_ITEMS.items()},
    }
)
"""Keys of a package, at its top level or among its extras."""

RESOURCE: Final = MappingProxyType(
    {
        "name": text(DCT.title),
        "name_translated": translated(DCT.title),
        "description": text(DCT.description),
        "description_translated": translated(DCT.description),
        "url": link(DCAT.accessURL),
        "access_url": link(DCAT.accessURL),
        "download_url": link(DCAT.downloadURL),
        "explain_url": link(FOAF.page),
        "documentation": link(FOAF.page),
        "format": code(DCT.format, FILE_TYPE),
        "mimetype": code(DCAT.mediaType, MEDIA_TYPE),
        "mime_type": code(DCAT.mediaType, MEDIA_TYPE),
        "compress_format": code(DCAT.compressFormat, MEDIA_TYPE),
        "package_format": code(DCAT.packageFormat, MEDIA_TYPE),
        "size": typed(DCAT.byteSize, XSD.nonNegativeInteger),
        "issued": moment(DCT.issued, "issued"),
        "modified": moment(DCT.modified, "modified"),
        "language": code(DCT.language, LANGUAGE),
        "license": code(DCT.license, licence, or_text=False),
        "license_url": code(DCT.license, licence, or_text=False),
        "rights": labelled(DCT.rights, DCT.RightsStatement),
        "access_rights": code(DCT.accessRights, ACCESS_RIGHT),
        "access_rights_url": code(DCT.accessRights, ACCESS_RIGHT),
        "haspolicy_url": link(ODRL.hasPolicy),
        "conforms_to": labelled(DCT.conformsTo, DCT.Standard),
        "status": link(ADMS.status, or_text=True),
        "availability": link(DCATAP.availability, or_text=True),
        "applicable_legislation": link(DCATAP.applicableLegislation),
        "temporal_resolution": typed(DCAT.temporalResolution, XSD.duration),
        "spatial_resolution_in_meters": typed(DCAT.spatialResolutionInMeters, XSD.decimal),
        "access_services": services(DCAT.accessService),
        **{key: cadde_item(term) for key, (_, term) in cadde.RESOURCE_ITEMS.items()},
    }
)
"""Keys of a resource."""

ORGANIZATION: Final = MappingProxyType(
    {
        "title": text(FOAF.name),
        "title_translated": translated(FOAF.name),
        "description": text(DCT.description),
        "description_translated": translated(DCT.description),
        "created": moment(DCT.created, "created"),
        "image_url": link(FOAF.depiction),
    }
)
"""Keys of an organization."""

TOGETHER: Final = MappingProxyType(
    {
        "id": "the resource's IRI and dct:identifier",
        "uri": "the resource's IRI, if it is one",
        "tags": "dcat:keyword; the id that a site gives a word is not taken",
        "groups": "dcat:theme of a skos:Concept",
        "organization": "dct:publisher, unless publisher_name, publisher_uri or publisher say another",
        "author": "dct:creator (foaf:Agent) with author_email",
        "maintainer": "dcat:contactPoint (vcard:Kind) with maintainer_email, unless there is a contact_name",
        "publisher_name": "dct:publisher with publisher_uri or publisher_url, publisher_email, publisher_type",
        "creator_name": "dct:creator with creator_url, creator_email",
        "contact_name": "dcat:contactPoint with contact_url, contact_uri, contact_email",
        "license_id": "dct:license of dataset and distributions, with license_url and license_title; kept",
        "temporal_start": "dct:temporal with temporal_end",
        "metadata_created": "dct:issued, unless issued is given; kept",
        "metadata_modified": "dct:modified, unless modified is given; kept",
        "last_modified": "dct:modified of a distribution, unless modified is given; kept",
        "hash": "spdx:checksum with hash_algorithm",
        "data_service_title": "dcat:accessService with data_service_endpoint_url and data_service_endpoint_description",
        "extras": "each as the key of the same name; unknown ones under urn:renkei:ckan:extras:",
        "resources": "dcat:distribution",
        "name": "kept",
    }
)
"""Keys that several of are read together, in words."""

DERIVED: Final = frozenset({"num_tags", "num_resources", "package_id", "isopen", "display_name", "notes_rendered"})
"""Keys that repeat others; not taken, so that counts and renderings do not go stale."""

DEFAULTS: Final = MappingProxyType({"state": "active", "private": False, "type": "dataset", "is_organization": True})
"""Keys of which the usual value says nothing; any other value is kept."""

_RULES: Final[dict[str, MappingProxyType[str, Rule]]] = {
    "package": DATASET, "resource": RESOURCE, "organization": ORGANIZATION,
}  # fmt: skip


def documentation() -> str:
    """The table of all keys for docs/reference/loading.md, in Markdown."""
    rows = ["| of | key | becomes |", "|---|---|---|"]
    for owner, rules in _RULES.items():
        rows += [f"| {owner} | `{key}` | <{rule.predicate.value}> |" for key, rule in rules.items()]
    rows += [f"| any | `{key}` | {words} |" for key, words in TOGETHER.items()]
    rows += [f"| any | `{key}` | not taken: repeats other keys |" for key in sorted(DERIVED)]
    rows += [f"| any | `{key}` = `{value}` | not taken: the usual value |" for key, value in DEFAULTS.items()]
    return "\n".join(rows) + "\n"
