"""The kinds of resource that a catalog addresses, and how to tell them from RDF types."""

from collections.abc import Iterable
from enum import StrEnum

from ontology.terms import DCAT, FOAF, ODRL, ORG, PROV, SCHEMA


class Kind(StrEnum):
    """What a described resource is; the value is the name used in answers, `segment` the one in addresses."""

    CATALOG = "Catalog"
    SERIES = "DatasetSeries"
    DATASET = "Dataset"
    SERVICE = "DataService"
    POLICY = "Policy"
    PARTICIPANT = "Participant"
    RESOURCE = "Resource"

    @property
    def segment(self) -> str:
        """The path segment of addresses: `datasets` in `/datasets/{id}`."""
        return _SEGMENTS[self]


_SEGMENTS = {
    Kind.CATALOG: "catalogs",
    Kind.SERIES: "series",
    Kind.DATASET: "datasets",
    Kind.SERVICE: "services",
    Kind.POLICY: "policies",
    Kind.PARTICIPANT: "participants",
    Kind.RESOURCE: "resources",
}
BY_SEGMENT = {segment: kind for kind, segment in _SEGMENTS.items()}

# In order of precedence: a catalog is also a dataset in DCAT 3, and so is a series.
_TYPES = {
    Kind.CATALOG: (DCAT.Catalog,),
    Kind.SERIES: (DCAT.DatasetSeries,),
    Kind.DATASET: (DCAT.Dataset,),
    Kind.SERVICE: (DCAT.DataService,),
    Kind.POLICY: (
        ODRL.Policy, ODRL.Set, ODRL.Offer, ODRL.Agreement, ODRL.Request, ODRL.Privacy, ODRL.Ticket, ODRL.Assertion,
    ),
    Kind.PARTICIPANT: (
        FOAF.Agent, FOAF.Organization, FOAF.Person, FOAF.Group, ORG.Organization, ORG.FormalOrganization,
        ORG.OrganizationalUnit, PROV.Agent, SCHEMA.Organization, SCHEMA.Person,
    ),
}  # fmt: skip
KIND_OF_TYPE = {node.value: kind for kind, nodes in _TYPES.items() for node in nodes}


def kind_of(types: Iterable[str]) -> Kind:
    """The kind of a resource from the IRIs of its RDF types; anything not listed is a plain resource."""
    found = {KIND_OF_TYPE[name] for name in types if name in KIND_OF_TYPE}
    return next((kind for kind in Kind if kind in found), Kind.RESOURCE)
