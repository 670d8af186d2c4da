"""Which statements of a catalog file belong to which resource: the table that `loaders.split` cuts along.

A blank node always belongs to whoever refers to it. These tables say the same of nodes with an IRI.
"""

from typing import Final

from pyoxigraph import NamedNode

from catalog.kinds import Kind
from ontology.terms import ADMS, DCAT, DCT, DQV, FOAF, GEOSPARQL, HYDRA, LOCN, ODRL, ORG, PROV, SPDX, VCARD

_LDP_CONTAINS: Final = NamedNode("http://www.w3.org/ns/ldp#contains")
_PROV_QUALIFIED: Final = tuple(
    NamedNode(f"{PROV.NAMESPACE}qualified{name}")
    for name in ("Association", "Attribution", "Communication", "Derivation", "Generation", "Influence", "Usage")
)
_ODRL_PARTS: Final = tuple(
    NamedNode(f"{ODRL.NAMESPACE}{name}") for name in ("failure", "operand", "and", "or", "xone", "andSequence")
)

# What the vocabularies describe as a part, or as a note about one resource only, and not as something others share.
# Left out on purpose, because catalogs share them: dct:publisher, dct:license, dct:rights, dct:accessRights,
# dct:spatial, dct:conformsTo, dct:format, dcat:mediaType, dcat:theme, dcat:accessService, odrl:hasPolicy.
_OWNING: Final = (
    DCAT.distribution, ADMS.sample,  # DCAT 3 §6.8, DCAT-AP 3.0 §4.3: a distribution is of its dataset
    DCAT.contactPoint, VCARD.hasAddress, VCARD.hasEmail, VCARD.hasTelephone, VCARD.hasURL,
    DCAT.qualifiedRelation, *_PROV_QUALIFIED, PROV.wasGeneratedBy,
    DCT.temporal, DCT.provenance, SPDX.checksum, ADMS.identifier,
    DQV.hasQualityMeasurement, DQV.hasQualityAnnotation,
    DCAT.landingPage, FOAF.page, FOAF.homepage, FOAF.isPrimaryTopicOf, DCAT.accessURL, DCAT.downloadURL,
    LOCN.geometry, LOCN.address, GEOSPARQL.hasGeometry, ORG.hasSite,
    ODRL.permission, ODRL.prohibition, ODRL.obligation, ODRL.duty, ODRL.remedy, ODRL.consequence,
    ODRL.constraint, ODRL.refinement, *_ODRL_PARTS,
)  # fmt: skip
OWNING: Final = frozenset(str(predicate) for predicate in _OWNING)
"""Predicates, in N-Triples form, whose object belongs to the subject's description."""

MEMBERSHIP: Final[dict[str, Kind | None]] = {
    str(DCAT.dataset): Kind.DATASET,
    str(DCAT.service): Kind.SERVICE,
    str(DCAT.catalog): Kind.CATALOG,
    str(DCAT.record): None,
    str(DCAT.resource): None,
    str(DCAT.seriesMember): Kind.DATASET,
    str(DCT.hasPart): None,
    str(HYDRA.member): None,
    str(_LDP_CONTAINS): None,
}
"""Predicates from a whole to its member, whose statement goes with the member, and what they say the member is.

So that registering one dataset never rewrites its catalog, and a catalog does not tell of hidden datasets.
"""

CATALOG_ONLY: Final = frozenset({str(DCT.hasPart)})
"""Memberships that mean a member only when the whole is a catalog; between others they are plain relations."""

PRIMARY_TOPIC: Final = str(FOAF.primaryTopic)
"""From a dcat:CatalogRecord to the resource whose description the record belongs to."""
