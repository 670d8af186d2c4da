"""The terms of every vocabulary that the code names, as constants that mypy checks.

One class a vocabulary; `NAMESPACE` is its address prefix. A term whose local name is a Python keyword or holds a hyphen
is spelt with an underscore (`VCARD.organization_name`).
"""

from typing import Final

from pyoxigraph import NamedNode, Quad, RdfFormat, parse


class RDF:
    """RDF 1.1 (https://www.w3.org/TR/rdf11-concepts/)."""

    NAMESPACE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    List: Final = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#List")
    Property: Final = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#Property")
    first: Final = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#first")
    langString: Final = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#langString")
    nil: Final = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#nil")
    rest: Final = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#rest")
    type: Final = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    value: Final = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#value")


class RDFS:
    """RDF Schema 1.1 (https://www.w3.org/TR/rdf-schema/)."""

    NAMESPACE: Final = "http://www.w3.org/2000/01/rdf-schema#"
    Class: Final = NamedNode("http://www.w3.org/2000/01/rdf-schema#Class")
    Literal: Final = NamedNode("http://www.w3.org/2000/01/rdf-schema#Literal")
    Resource: Final = NamedNode("http://www.w3.org/2000/01/rdf-schema#Resource")
    comment: Final = NamedNode("http://www.w3.org/2000/01/rdf-schema#comment")
    isDefinedBy: Final = NamedNode("http://www.w3.org/2000/01/rdf-schema#isDefinedBy")
    label: Final = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    seeAlso: Final = NamedNode("http://www.w3.org/2000/01/rdf-schema#seeAlso")
    subClassOf: Final = NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")


class XSD:
    """XML Schema datatypes (https://www.w3.org/TR/xmlschema11-2/)."""

    NAMESPACE: Final = "http://www.w3.org/2001/XMLSchema#"
    anyURI: Final = NamedNode("http://www.w3.org/2001/XMLSchema#anyURI")
    boolean: Final = NamedNode("http://www.w3.org/2001/XMLSchema#boolean")
    date: Final = NamedNode("http://www.w3.org/2001/XMLSchema#date")
    dateTime: Final = NamedNode("http://www.w3.org/2001/XMLSchema#dateTime")
    decimal: Final = NamedNode("http://www.w3.org/2001/XMLSchema#decimal")
    double: Final = NamedNode("http://www.w3.org/2001/XMLSchema#double")
    duration: Final = NamedNode("http://www.w3.org/2001/XMLSchema#duration")
    float: Final = NamedNode("http://www.w3.org/2001/XMLSchema#float")
    gYear: Final = NamedNode("http://www.w3.org/2001/XMLSchema#gYear")
    gYearMonth: Final = NamedNode("http://www.w3.org/2001/XMLSchema#gYearMonth")
    hexBinary: Final = NamedNode("http://www.w3.org/2001/XMLSchema#hexBinary")
    integer: Final = NamedNode("http://www.w3.org/2001/XMLSchema#integer")
    language: Final = NamedNode("http://www.w3.org/2001/XMLSchema#language")
    nonNegativeInteger: Final = NamedNode("http://www.w3.org/2001/XMLSchema#nonNegativeInteger")
    string: Final = NamedNode("http://www.w3.org/2001/XMLSchema#string")
    time: Final = NamedNode("http://www.w3.org/2001/XMLSchema#time")


class OWL:
    """OWL 2 (https://www.w3.org/TR/owl2-overview/)."""

    NAMESPACE: Final = "http://www.w3.org/2002/07/owl#"
    Class: Final = NamedNode("http://www.w3.org/2002/07/owl#Class")
    Ontology: Final = NamedNode("http://www.w3.org/2002/07/owl#Ontology")
    deprecated: Final = NamedNode("http://www.w3.org/2002/07/owl#deprecated")
    imports: Final = NamedNode("http://www.w3.org/2002/07/owl#imports")
    sameAs: Final = NamedNode("http://www.w3.org/2002/07/owl#sameAs")
    versionIRI: Final = NamedNode("http://www.w3.org/2002/07/owl#versionIRI")
    versionInfo: Final = NamedNode("http://www.w3.org/2002/07/owl#versionInfo")


class DCAT:
    """Data Catalog Vocabulary 3 (https://www.w3.org/TR/vocab-dcat-3/)."""

    NAMESPACE: Final = "http://www.w3.org/ns/dcat#"
    Catalog: Final = NamedNode("http://www.w3.org/ns/dcat#Catalog")
    CatalogRecord: Final = NamedNode("http://www.w3.org/ns/dcat#CatalogRecord")
    DataService: Final = NamedNode("http://www.w3.org/ns/dcat#DataService")
    Dataset: Final = NamedNode("http://www.w3.org/ns/dcat#Dataset")
    DatasetSeries: Final = NamedNode("http://www.w3.org/ns/dcat#DatasetSeries")
    Distribution: Final = NamedNode("http://www.w3.org/ns/dcat#Distribution")
    Relationship: Final = NamedNode("http://www.w3.org/ns/dcat#Relationship")
    Resource: Final = NamedNode("http://www.w3.org/ns/dcat#Resource")
    Role: Final = NamedNode("http://www.w3.org/ns/dcat#Role")
    accessService: Final = NamedNode("http://www.w3.org/ns/dcat#accessService")
    accessURL: Final = NamedNode("http://www.w3.org/ns/dcat#accessURL")
    bbox: Final = NamedNode("http://www.w3.org/ns/dcat#bbox")
    byteSize: Final = NamedNode("http://www.w3.org/ns/dcat#byteSize")
    catalog: Final = NamedNode("http://www.w3.org/ns/dcat#catalog")
    centroid: Final = NamedNode("http://www.w3.org/ns/dcat#centroid")
    compressFormat: Final = NamedNode("http://www.w3.org/ns/dcat#compressFormat")
    contactPoint: Final = NamedNode("http://www.w3.org/ns/dcat#contactPoint")
    dataset: Final = NamedNode("http://www.w3.org/ns/dcat#dataset")
    distribution: Final = NamedNode("http://www.w3.org/ns/dcat#distribution")
    downloadURL: Final = NamedNode("http://www.w3.org/ns/dcat#downloadURL")
    endDate: Final = NamedNode("http://www.w3.org/ns/dcat#endDate")
    endpointDescription: Final = NamedNode("http://www.w3.org/ns/dcat#endpointDescription")
    endpointURL: Final = NamedNode("http://www.w3.org/ns/dcat#endpointURL")
    first: Final = NamedNode("http://www.w3.org/ns/dcat#first")
    hadRole: Final = NamedNode("http://www.w3.org/ns/dcat#hadRole")
    hasCurrentVersion: Final = NamedNode("http://www.w3.org/ns/dcat#hasCurrentVersion")
    hasVersion: Final = NamedNode("http://www.w3.org/ns/dcat#hasVersion")
    inSeries: Final = NamedNode("http://www.w3.org/ns/dcat#inSeries")
    isVersionOf: Final = NamedNode("http://www.w3.org/ns/dcat#isVersionOf")
    keyword: Final = NamedNode("http://www.w3.org/ns/dcat#keyword")
    landingPage: Final = NamedNode("http://www.w3.org/ns/dcat#landingPage")
    last: Final = NamedNode("http://www.w3.org/ns/dcat#last")
    mediaType: Final = NamedNode("http://www.w3.org/ns/dcat#mediaType")
    next: Final = NamedNode("http://www.w3.org/ns/dcat#next")
    packageFormat: Final = NamedNode("http://www.w3.org/ns/dcat#packageFormat")
    prev: Final = NamedNode("http://www.w3.org/ns/dcat#prev")
    previousVersion: Final = NamedNode("http://www.w3.org/ns/dcat#previousVersion")
    qualifiedRelation: Final = NamedNode("http://www.w3.org/ns/dcat#qualifiedRelation")
    record: Final = NamedNode("http://www.w3.org/ns/dcat#record")
    resource: Final = NamedNode("http://www.w3.org/ns/dcat#resource")
    seriesMember: Final = NamedNode("http://www.w3.org/ns/dcat#seriesMember")
    servesDataset: Final = NamedNode("http://www.w3.org/ns/dcat#servesDataset")
    service: Final = NamedNode("http://www.w3.org/ns/dcat#service")
    spatialResolutionInMeters: Final = NamedNode("http://www.w3.org/ns/dcat#spatialResolutionInMeters")
    startDate: Final = NamedNode("http://www.w3.org/ns/dcat#startDate")
    temporalResolution: Final = NamedNode("http://www.w3.org/ns/dcat#temporalResolution")
    theme: Final = NamedNode("http://www.w3.org/ns/dcat#theme")
    themeTaxonomy: Final = NamedNode("http://www.w3.org/ns/dcat#themeTaxonomy")
    version: Final = NamedNode("http://www.w3.org/ns/dcat#version")


class DCT:
    """DCMI Metadata Terms (https://www.dublincore.org/specifications/dublin-core/dcmi-terms/)."""

    NAMESPACE: Final = "http://purl.org/dc/terms/"
    Agent: Final = NamedNode("http://purl.org/dc/terms/Agent")
    Frequency: Final = NamedNode("http://purl.org/dc/terms/Frequency")
    LicenseDocument: Final = NamedNode("http://purl.org/dc/terms/LicenseDocument")
    LinguisticSystem: Final = NamedNode("http://purl.org/dc/terms/LinguisticSystem")
    Location: Final = NamedNode("http://purl.org/dc/terms/Location")
    MediaType: Final = NamedNode("http://purl.org/dc/terms/MediaType")
    MediaTypeOrExtent: Final = NamedNode("http://purl.org/dc/terms/MediaTypeOrExtent")
    PeriodOfTime: Final = NamedNode("http://purl.org/dc/terms/PeriodOfTime")
    ProvenanceStatement: Final = NamedNode("http://purl.org/dc/terms/ProvenanceStatement")
    RightsStatement: Final = NamedNode("http://purl.org/dc/terms/RightsStatement")
    Standard: Final = NamedNode("http://purl.org/dc/terms/Standard")
    abstract: Final = NamedNode("http://purl.org/dc/terms/abstract")
    accessRights: Final = NamedNode("http://purl.org/dc/terms/accessRights")
    accrualPeriodicity: Final = NamedNode("http://purl.org/dc/terms/accrualPeriodicity")
    alternative: Final = NamedNode("http://purl.org/dc/terms/alternative")
    audience: Final = NamedNode("http://purl.org/dc/terms/audience")
    available: Final = NamedNode("http://purl.org/dc/terms/available")
    conformsTo: Final = NamedNode("http://purl.org/dc/terms/conformsTo")
    contributor: Final = NamedNode("http://purl.org/dc/terms/contributor")
    coverage: Final = NamedNode("http://purl.org/dc/terms/coverage")
    created: Final = NamedNode("http://purl.org/dc/terms/created")
    creator: Final = NamedNode("http://purl.org/dc/terms/creator")
    date: Final = NamedNode("http://purl.org/dc/terms/date")
    description: Final = NamedNode("http://purl.org/dc/terms/description")
    extent: Final = NamedNode("http://purl.org/dc/terms/extent")
    format: Final = NamedNode("http://purl.org/dc/terms/format")
    hasPart: Final = NamedNode("http://purl.org/dc/terms/hasPart")
    hasVersion: Final = NamedNode("http://purl.org/dc/terms/hasVersion")
    identifier: Final = NamedNode("http://purl.org/dc/terms/identifier")
    isPartOf: Final = NamedNode("http://purl.org/dc/terms/isPartOf")
    isReferencedBy: Final = NamedNode("http://purl.org/dc/terms/isReferencedBy")
    isReplacedBy: Final = NamedNode("http://purl.org/dc/terms/isReplacedBy")
    isRequiredBy: Final = NamedNode("http://purl.org/dc/terms/isRequiredBy")
    isVersionOf: Final = NamedNode("http://purl.org/dc/terms/isVersionOf")
    issued: Final = NamedNode("http://purl.org/dc/terms/issued")
    language: Final = NamedNode("http://purl.org/dc/terms/language")
    license: Final = NamedNode("http://purl.org/dc/terms/license")
    modified: Final = NamedNode("http://purl.org/dc/terms/modified")
    provenance: Final = NamedNode("http://purl.org/dc/terms/provenance")
    publisher: Final = NamedNode("http://purl.org/dc/terms/publisher")
    references: Final = NamedNode("http://purl.org/dc/terms/references")
    relation: Final = NamedNode("http://purl.org/dc/terms/relation")
    replaces: Final = NamedNode("http://purl.org/dc/terms/replaces")
    requires: Final = NamedNode("http://purl.org/dc/terms/requires")
    rights: Final = NamedNode("http://purl.org/dc/terms/rights")
    rightsHolder: Final = NamedNode("http://purl.org/dc/terms/rightsHolder")
    source: Final = NamedNode("http://purl.org/dc/terms/source")
    spatial: Final = NamedNode("http://purl.org/dc/terms/spatial")
    subject: Final = NamedNode("http://purl.org/dc/terms/subject")
    temporal: Final = NamedNode("http://purl.org/dc/terms/temporal")
    title: Final = NamedNode("http://purl.org/dc/terms/title")
    type: Final = NamedNode("http://purl.org/dc/terms/type")
    valid: Final = NamedNode("http://purl.org/dc/terms/valid")


class DC:
    """Dublin Core elements 1.1 (https://www.dublincore.org/specifications/dublin-core/dces/)."""

    NAMESPACE: Final = "http://purl.org/dc/elements/1.1/"
    creator: Final = NamedNode("http://purl.org/dc/elements/1.1/creator")
    date: Final = NamedNode("http://purl.org/dc/elements/1.1/date")
    description: Final = NamedNode("http://purl.org/dc/elements/1.1/description")
    format: Final = NamedNode("http://purl.org/dc/elements/1.1/format")
    identifier: Final = NamedNode("http://purl.org/dc/elements/1.1/identifier")
    language: Final = NamedNode("http://purl.org/dc/elements/1.1/language")
    publisher: Final = NamedNode("http://purl.org/dc/elements/1.1/publisher")
    rights: Final = NamedNode("http://purl.org/dc/elements/1.1/rights")
    subject: Final = NamedNode("http://purl.org/dc/elements/1.1/subject")
    title: Final = NamedNode("http://purl.org/dc/elements/1.1/title")


class FOAF:
    """Friend of a Friend (http://xmlns.com/foaf/spec/)."""

    NAMESPACE: Final = "http://xmlns.com/foaf/0.1/"
    Agent: Final = NamedNode("http://xmlns.com/foaf/0.1/Agent")
    Document: Final = NamedNode("http://xmlns.com/foaf/0.1/Document")
    Group: Final = NamedNode("http://xmlns.com/foaf/0.1/Group")
    Organization: Final = NamedNode("http://xmlns.com/foaf/0.1/Organization")
    Person: Final = NamedNode("http://xmlns.com/foaf/0.1/Person")
    Project: Final = NamedNode("http://xmlns.com/foaf/0.1/Project")
    depiction: Final = NamedNode("http://xmlns.com/foaf/0.1/depiction")
    homepage: Final = NamedNode("http://xmlns.com/foaf/0.1/homepage")
    isPrimaryTopicOf: Final = NamedNode("http://xmlns.com/foaf/0.1/isPrimaryTopicOf")
    mbox: Final = NamedNode("http://xmlns.com/foaf/0.1/mbox")
    member: Final = NamedNode("http://xmlns.com/foaf/0.1/member")
    name: Final = NamedNode("http://xmlns.com/foaf/0.1/name")
    nick: Final = NamedNode("http://xmlns.com/foaf/0.1/nick")
    page: Final = NamedNode("http://xmlns.com/foaf/0.1/page")
    phone: Final = NamedNode("http://xmlns.com/foaf/0.1/phone")
    primaryTopic: Final = NamedNode("http://xmlns.com/foaf/0.1/primaryTopic")


class SKOS:
    """Simple Knowledge Organization System (https://www.w3.org/TR/skos-reference/)."""

    NAMESPACE: Final = "http://www.w3.org/2004/02/skos/core#"
    Collection: Final = NamedNode("http://www.w3.org/2004/02/skos/core#Collection")
    Concept: Final = NamedNode("http://www.w3.org/2004/02/skos/core#Concept")
    ConceptScheme: Final = NamedNode("http://www.w3.org/2004/02/skos/core#ConceptScheme")
    altLabel: Final = NamedNode("http://www.w3.org/2004/02/skos/core#altLabel")
    broader: Final = NamedNode("http://www.w3.org/2004/02/skos/core#broader")
    closeMatch: Final = NamedNode("http://www.w3.org/2004/02/skos/core#closeMatch")
    definition: Final = NamedNode("http://www.w3.org/2004/02/skos/core#definition")
    exactMatch: Final = NamedNode("http://www.w3.org/2004/02/skos/core#exactMatch")
    hasTopConcept: Final = NamedNode("http://www.w3.org/2004/02/skos/core#hasTopConcept")
    hiddenLabel: Final = NamedNode("http://www.w3.org/2004/02/skos/core#hiddenLabel")
    inScheme: Final = NamedNode("http://www.w3.org/2004/02/skos/core#inScheme")
    narrower: Final = NamedNode("http://www.w3.org/2004/02/skos/core#narrower")
    notation: Final = NamedNode("http://www.w3.org/2004/02/skos/core#notation")
    prefLabel: Final = NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
    related: Final = NamedNode("http://www.w3.org/2004/02/skos/core#related")
    topConceptOf: Final = NamedNode("http://www.w3.org/2004/02/skos/core#topConceptOf")


class VCARD:
    """vCard ontology (https://www.w3.org/TR/vcard-rdf/)."""

    NAMESPACE: Final = "http://www.w3.org/2006/vcard/ns#"
    Address: Final = NamedNode("http://www.w3.org/2006/vcard/ns#Address")
    Group: Final = NamedNode("http://www.w3.org/2006/vcard/ns#Group")
    Individual: Final = NamedNode("http://www.w3.org/2006/vcard/ns#Individual")
    Kind: Final = NamedNode("http://www.w3.org/2006/vcard/ns#Kind")
    Location: Final = NamedNode("http://www.w3.org/2006/vcard/ns#Location")
    Organization: Final = NamedNode("http://www.w3.org/2006/vcard/ns#Organization")
    country_name: Final = NamedNode("http://www.w3.org/2006/vcard/ns#country-name")
    email: Final = NamedNode("http://www.w3.org/2006/vcard/ns#email")
    fn: Final = NamedNode("http://www.w3.org/2006/vcard/ns#fn")
    hasAddress: Final = NamedNode("http://www.w3.org/2006/vcard/ns#hasAddress")
    hasEmail: Final = NamedNode("http://www.w3.org/2006/vcard/ns#hasEmail")
    hasOrganizationName: Final = NamedNode("http://www.w3.org/2006/vcard/ns#hasOrganizationName")
    hasTelephone: Final = NamedNode("http://www.w3.org/2006/vcard/ns#hasTelephone")
    hasUID: Final = NamedNode("http://www.w3.org/2006/vcard/ns#hasUID")
    hasURL: Final = NamedNode("http://www.w3.org/2006/vcard/ns#hasURL")
    locality: Final = NamedNode("http://www.w3.org/2006/vcard/ns#locality")
    organization_name: Final = NamedNode("http://www.w3.org/2006/vcard/ns#organization-name")
    postal_code: Final = NamedNode("http://www.w3.org/2006/vcard/ns#postal-code")
    region: Final = NamedNode("http://www.w3.org/2006/vcard/ns#region")
    street_address: Final = NamedNode("http://www.w3.org/2006/vcard/ns#street-address")


class SPDX:
    """SPDX terms (https://spdx.org/rdf/terms/)."""

    NAMESPACE: Final = "http://spdx.org/rdf/terms#"
    Checksum: Final = NamedNode("http://spdx.org/rdf/terms#Checksum")
    ChecksumAlgorithm: Final = NamedNode("http://spdx.org/rdf/terms#ChecksumAlgorithm")
    algorithm: Final = NamedNode("http://spdx.org/rdf/terms#algorithm")
    checksum: Final = NamedNode("http://spdx.org/rdf/terms#checksum")
    checksumValue: Final = NamedNode("http://spdx.org/rdf/terms#checksumValue")


class ADMS:
    """Asset Description Metadata Schema (https://www.w3.org/TR/vocab-adms/)."""

    NAMESPACE: Final = "http://www.w3.org/ns/adms#"
    Identifier: Final = NamedNode("http://www.w3.org/ns/adms#Identifier")
    identifier: Final = NamedNode("http://www.w3.org/ns/adms#identifier")
    representationTechnique: Final = NamedNode("http://www.w3.org/ns/adms#representationTechnique")
    sample: Final = NamedNode("http://www.w3.org/ns/adms#sample")
    schemaAgency: Final = NamedNode("http://www.w3.org/ns/adms#schemaAgency")
    status: Final = NamedNode("http://www.w3.org/ns/adms#status")
    versionNotes: Final = NamedNode("http://www.w3.org/ns/adms#versionNotes")


class PROV:
    """PROV-O (https://www.w3.org/TR/prov-o/)."""

    NAMESPACE: Final = "http://www.w3.org/ns/prov#"
    Activity: Final = NamedNode("http://www.w3.org/ns/prov#Activity")
    Agent: Final = NamedNode("http://www.w3.org/ns/prov#Agent")
    Attribution: Final = NamedNode("http://www.w3.org/ns/prov#Attribution")
    Entity: Final = NamedNode("http://www.w3.org/ns/prov#Entity")
    agent: Final = NamedNode("http://www.w3.org/ns/prov#agent")
    endedAtTime: Final = NamedNode("http://www.w3.org/ns/prov#endedAtTime")
    generatedAtTime: Final = NamedNode("http://www.w3.org/ns/prov#generatedAtTime")
    hadRole: Final = NamedNode("http://www.w3.org/ns/prov#hadRole")
    invalidatedAtTime: Final = NamedNode("http://www.w3.org/ns/prov#invalidatedAtTime")
    qualifiedAttribution: Final = NamedNode("http://www.w3.org/ns/prov#qualifiedAttribution")
    startedAtTime: Final = NamedNode("http://www.w3.org/ns/prov#startedAtTime")
    used: Final = NamedNode("http://www.w3.org/ns/prov#used")
    wasAssociatedWith: Final = NamedNode("http://www.w3.org/ns/prov#wasAssociatedWith")
    wasAttributedTo: Final = NamedNode("http://www.w3.org/ns/prov#wasAttributedTo")
    wasDerivedFrom: Final = NamedNode("http://www.w3.org/ns/prov#wasDerivedFrom")
    wasGeneratedBy: Final = NamedNode("http://www.w3.org/ns/prov#wasGeneratedBy")


class LOCN:
    """ISA Location Core Vocabulary (https://www.w3.org/ns/locn)."""

    NAMESPACE: Final = "http://www.w3.org/ns/locn#"
    Address: Final = NamedNode("http://www.w3.org/ns/locn#Address")
    address: Final = NamedNode("http://www.w3.org/ns/locn#address")
    geographicName: Final = NamedNode("http://www.w3.org/ns/locn#geographicName")
    geometry: Final = NamedNode("http://www.w3.org/ns/locn#geometry")


class GEOSPARQL:
    """GeoSPARQL (https://www.ogc.org/standard/geosparql/)."""

    NAMESPACE: Final = "http://www.opengis.net/ont/geosparql#"
    Geometry: Final = NamedNode("http://www.opengis.net/ont/geosparql#Geometry")
    asWKT: Final = NamedNode("http://www.opengis.net/ont/geosparql#asWKT")
    geoJSONLiteral: Final = NamedNode("http://www.opengis.net/ont/geosparql#geoJSONLiteral")
    gmlLiteral: Final = NamedNode("http://www.opengis.net/ont/geosparql#gmlLiteral")
    hasGeometry: Final = NamedNode("http://www.opengis.net/ont/geosparql#hasGeometry")
    wktLiteral: Final = NamedNode("http://www.opengis.net/ont/geosparql#wktLiteral")


class ORG:
    """The Organization Ontology (https://www.w3.org/TR/vocab-org/)."""

    NAMESPACE: Final = "http://www.w3.org/ns/org#"
    FormalOrganization: Final = NamedNode("http://www.w3.org/ns/org#FormalOrganization")
    Organization: Final = NamedNode("http://www.w3.org/ns/org#Organization")
    OrganizationalUnit: Final = NamedNode("http://www.w3.org/ns/org#OrganizationalUnit")
    hasSite: Final = NamedNode("http://www.w3.org/ns/org#hasSite")
    identifier: Final = NamedNode("http://www.w3.org/ns/org#identifier")
    memberOf: Final = NamedNode("http://www.w3.org/ns/org#memberOf")
    subOrganizationOf: Final = NamedNode("http://www.w3.org/ns/org#subOrganizationOf")


class SCHEMA:
    """schema.org (https://schema.org/)."""

    NAMESPACE: Final = "http://schema.org/"
    DataCatalog: Final = NamedNode("http://schema.org/DataCatalog")
    DataDownload: Final = NamedNode("http://schema.org/DataDownload")
    Dataset: Final = NamedNode("http://schema.org/Dataset")
    Organization: Final = NamedNode("http://schema.org/Organization")
    Person: Final = NamedNode("http://schema.org/Person")
    description: Final = NamedNode("http://schema.org/description")
    endDate: Final = NamedNode("http://schema.org/endDate")
    identifier: Final = NamedNode("http://schema.org/identifier")
    name: Final = NamedNode("http://schema.org/name")
    startDate: Final = NamedNode("http://schema.org/startDate")
    url: Final = NamedNode("http://schema.org/url")


class DQV:
    """Data Quality Vocabulary (https://www.w3.org/TR/vocab-dqv/)."""

    NAMESPACE: Final = "http://www.w3.org/ns/dqv#"
    QualityMeasurement: Final = NamedNode("http://www.w3.org/ns/dqv#QualityMeasurement")
    hasQualityAnnotation: Final = NamedNode("http://www.w3.org/ns/dqv#hasQualityAnnotation")
    hasQualityMeasurement: Final = NamedNode("http://www.w3.org/ns/dqv#hasQualityMeasurement")
    inDimension: Final = NamedNode("http://www.w3.org/ns/dqv#inDimension")
    isMeasurementOf: Final = NamedNode("http://www.w3.org/ns/dqv#isMeasurementOf")
    value: Final = NamedNode("http://www.w3.org/ns/dqv#value")


class DCATAP:
    """DCAT-AP's own terms (http://data.europa.eu/r5r/)."""

    NAMESPACE: Final = "http://data.europa.eu/r5r/"
    applicableLegislation: Final = NamedNode("http://data.europa.eu/r5r/applicableLegislation")
    availability: Final = NamedNode("http://data.europa.eu/r5r/availability")
    hvdCategory: Final = NamedNode("http://data.europa.eu/r5r/hvdCategory")


class HYDRA:
    """Hydra core vocabulary (http://www.w3.org/ns/hydra/core)."""

    NAMESPACE: Final = "http://www.w3.org/ns/hydra/core#"
    Collection: Final = NamedNode("http://www.w3.org/ns/hydra/core#Collection")
    PagedCollection: Final = NamedNode("http://www.w3.org/ns/hydra/core#PagedCollection")
    PartialCollectionView: Final = NamedNode("http://www.w3.org/ns/hydra/core#PartialCollectionView")
    first: Final = NamedNode("http://www.w3.org/ns/hydra/core#first")
    firstPage: Final = NamedNode("http://www.w3.org/ns/hydra/core#firstPage")
    itemsPerPage: Final = NamedNode("http://www.w3.org/ns/hydra/core#itemsPerPage")
    last: Final = NamedNode("http://www.w3.org/ns/hydra/core#last")
    lastPage: Final = NamedNode("http://www.w3.org/ns/hydra/core#lastPage")
    member: Final = NamedNode("http://www.w3.org/ns/hydra/core#member")
    next: Final = NamedNode("http://www.w3.org/ns/hydra/core#next")
    nextPage: Final = NamedNode("http://www.w3.org/ns/hydra/core#nextPage")
    previous: Final = NamedNode("http://www.w3.org/ns/hydra/core#previous")
    previousPage: Final = NamedNode("http://www.w3.org/ns/hydra/core#previousPage")
    totalItems: Final = NamedNode("http://www.w3.org/ns/hydra/core#totalItems")
    view: Final = NamedNode("http://www.w3.org/ns/hydra/core#view")


class TIME:
    """Time Ontology (https://www.w3.org/TR/owl-time/)."""

    NAMESPACE: Final = "http://www.w3.org/2006/time#"
    Instant: Final = NamedNode("http://www.w3.org/2006/time#Instant")
    Interval: Final = NamedNode("http://www.w3.org/2006/time#Interval")
    ProperInterval: Final = NamedNode("http://www.w3.org/2006/time#ProperInterval")
    hasBeginning: Final = NamedNode("http://www.w3.org/2006/time#hasBeginning")
    hasEnd: Final = NamedNode("http://www.w3.org/2006/time#hasEnd")
    inXSDDate: Final = NamedNode("http://www.w3.org/2006/time#inXSDDate")
    inXSDDateTime: Final = NamedNode("http://www.w3.org/2006/time#inXSDDateTime")


class SH:
    """SHACL (https://www.w3.org/TR/shacl/)."""

    NAMESPACE: Final = "http://www.w3.org/ns/shacl#"
    Info: Final = NamedNode("http://www.w3.org/ns/shacl#Info")
    NodeShape: Final = NamedNode("http://www.w3.org/ns/shacl#NodeShape")
    PropertyShape: Final = NamedNode("http://www.w3.org/ns/shacl#PropertyShape")
    ValidationReport: Final = NamedNode("http://www.w3.org/ns/shacl#ValidationReport")
    ValidationResult: Final = NamedNode("http://www.w3.org/ns/shacl#ValidationResult")
    Violation: Final = NamedNode("http://www.w3.org/ns/shacl#Violation")
    Warning: Final = NamedNode("http://www.w3.org/ns/shacl#Warning")
    conforms: Final = NamedNode("http://www.w3.org/ns/shacl#conforms")
    focusNode: Final = NamedNode("http://www.w3.org/ns/shacl#focusNode")
    message: Final = NamedNode("http://www.w3.org/ns/shacl#message")
    name: Final = NamedNode("http://www.w3.org/ns/shacl#name")
    path: Final = NamedNode("http://www.w3.org/ns/shacl#path")
    property: Final = NamedNode("http://www.w3.org/ns/shacl#property")
    result: Final = NamedNode("http://www.w3.org/ns/shacl#result")
    resultMessage: Final = NamedNode("http://www.w3.org/ns/shacl#resultMessage")
    resultPath: Final = NamedNode("http://www.w3.org/ns/shacl#resultPath")
    resultSeverity: Final = NamedNode("http://www.w3.org/ns/shacl#resultSeverity")
    severity: Final = NamedNode("http://www.w3.org/ns/shacl#severity")
    sourceConstraintComponent: Final = NamedNode("http://www.w3.org/ns/shacl#sourceConstraintComponent")
    sourceShape: Final = NamedNode("http://www.w3.org/ns/shacl#sourceShape")
    value: Final = NamedNode("http://www.w3.org/ns/shacl#value")


class ODRL:
    """ODRL 2.2 (https://www.w3.org/TR/odrl-vocab/)."""

    NAMESPACE: Final = "http://www.w3.org/ns/odrl/2/"
    Agreement: Final = NamedNode("http://www.w3.org/ns/odrl/2/Agreement")
    Assertion: Final = NamedNode("http://www.w3.org/ns/odrl/2/Assertion")
    Asset: Final = NamedNode("http://www.w3.org/ns/odrl/2/Asset")
    AssetCollection: Final = NamedNode("http://www.w3.org/ns/odrl/2/AssetCollection")
    Constraint: Final = NamedNode("http://www.w3.org/ns/odrl/2/Constraint")
    Duty: Final = NamedNode("http://www.w3.org/ns/odrl/2/Duty")
    LogicalConstraint: Final = NamedNode("http://www.w3.org/ns/odrl/2/LogicalConstraint")
    Offer: Final = NamedNode("http://www.w3.org/ns/odrl/2/Offer")
    Party: Final = NamedNode("http://www.w3.org/ns/odrl/2/Party")
    PartyCollection: Final = NamedNode("http://www.w3.org/ns/odrl/2/PartyCollection")
    Permission: Final = NamedNode("http://www.w3.org/ns/odrl/2/Permission")
    Policy: Final = NamedNode("http://www.w3.org/ns/odrl/2/Policy")
    Privacy: Final = NamedNode("http://www.w3.org/ns/odrl/2/Privacy")
    Prohibition: Final = NamedNode("http://www.w3.org/ns/odrl/2/Prohibition")
    Request: Final = NamedNode("http://www.w3.org/ns/odrl/2/Request")
    RightOperand: Final = NamedNode("http://www.w3.org/ns/odrl/2/RightOperand")
    Set: Final = NamedNode("http://www.w3.org/ns/odrl/2/Set")
    Ticket: Final = NamedNode("http://www.w3.org/ns/odrl/2/Ticket")
    action: Final = NamedNode("http://www.w3.org/ns/odrl/2/action")
    andSequence: Final = NamedNode("http://www.w3.org/ns/odrl/2/andSequence")
    and_: Final = NamedNode("http://www.w3.org/ns/odrl/2/and")
    assignee: Final = NamedNode("http://www.w3.org/ns/odrl/2/assignee")
    assigneeOf: Final = NamedNode("http://www.w3.org/ns/odrl/2/assigneeOf")
    assigner: Final = NamedNode("http://www.w3.org/ns/odrl/2/assigner")
    assignerOf: Final = NamedNode("http://www.w3.org/ns/odrl/2/assignerOf")
    attributedParty: Final = NamedNode("http://www.w3.org/ns/odrl/2/attributedParty")
    attributingParty: Final = NamedNode("http://www.w3.org/ns/odrl/2/attributingParty")
    compensate: Final = NamedNode("http://www.w3.org/ns/odrl/2/compensate")
    compensatedParty: Final = NamedNode("http://www.w3.org/ns/odrl/2/compensatedParty")
    compensatingParty: Final = NamedNode("http://www.w3.org/ns/odrl/2/compensatingParty")
    conflict: Final = NamedNode("http://www.w3.org/ns/odrl/2/conflict")
    consentedParty: Final = NamedNode("http://www.w3.org/ns/odrl/2/consentedParty")
    consentingParty: Final = NamedNode("http://www.w3.org/ns/odrl/2/consentingParty")
    consequence: Final = NamedNode("http://www.w3.org/ns/odrl/2/consequence")
    constraint: Final = NamedNode("http://www.w3.org/ns/odrl/2/constraint")
    contractedParty: Final = NamedNode("http://www.w3.org/ns/odrl/2/contractedParty")
    contractingParty: Final = NamedNode("http://www.w3.org/ns/odrl/2/contractingParty")
    count: Final = NamedNode("http://www.w3.org/ns/odrl/2/count")
    dataType: Final = NamedNode("http://www.w3.org/ns/odrl/2/dataType")
    datatype: Final = NamedNode("http://www.w3.org/ns/odrl/2/datatype")
    dateTime: Final = NamedNode("http://www.w3.org/ns/odrl/2/dateTime")
    delayPeriod: Final = NamedNode("http://www.w3.org/ns/odrl/2/delayPeriod")
    duty: Final = NamedNode("http://www.w3.org/ns/odrl/2/duty")
    elapsedTime: Final = NamedNode("http://www.w3.org/ns/odrl/2/elapsedTime")
    event: Final = NamedNode("http://www.w3.org/ns/odrl/2/event")
    eq: Final = NamedNode("http://www.w3.org/ns/odrl/2/eq")
    failure: Final = NamedNode("http://www.w3.org/ns/odrl/2/failure")
    function: Final = NamedNode("http://www.w3.org/ns/odrl/2/function")
    gt: Final = NamedNode("http://www.w3.org/ns/odrl/2/gt")
    gteq: Final = NamedNode("http://www.w3.org/ns/odrl/2/gteq")
    hasPolicy: Final = NamedNode("http://www.w3.org/ns/odrl/2/hasPolicy")
    informedParty: Final = NamedNode("http://www.w3.org/ns/odrl/2/informedParty")
    informingParty: Final = NamedNode("http://www.w3.org/ns/odrl/2/informingParty")
    inheritFrom: Final = NamedNode("http://www.w3.org/ns/odrl/2/inheritFrom")
    isReplacedBy: Final = NamedNode("http://www.w3.org/ns/odrl/2/isReplacedBy")
    leftOperand: Final = NamedNode("http://www.w3.org/ns/odrl/2/leftOperand")
    lt: Final = NamedNode("http://www.w3.org/ns/odrl/2/lt")
    lteq: Final = NamedNode("http://www.w3.org/ns/odrl/2/lteq")
    obligation: Final = NamedNode("http://www.w3.org/ns/odrl/2/obligation")
    operator: Final = NamedNode("http://www.w3.org/ns/odrl/2/operator")
    or_: Final = NamedNode("http://www.w3.org/ns/odrl/2/or")
    output: Final = NamedNode("http://www.w3.org/ns/odrl/2/output")
    partOf: Final = NamedNode("http://www.w3.org/ns/odrl/2/partOf")
    payAmount: Final = NamedNode("http://www.w3.org/ns/odrl/2/payAmount")
    permission: Final = NamedNode("http://www.w3.org/ns/odrl/2/permission")
    policyUsage: Final = NamedNode("http://www.w3.org/ns/odrl/2/policyUsage")
    profile: Final = NamedNode("http://www.w3.org/ns/odrl/2/profile")
    prohibition: Final = NamedNode("http://www.w3.org/ns/odrl/2/prohibition")
    refinement: Final = NamedNode("http://www.w3.org/ns/odrl/2/refinement")
    relation: Final = NamedNode("http://www.w3.org/ns/odrl/2/relation")
    remedy: Final = NamedNode("http://www.w3.org/ns/odrl/2/remedy")
    rightOperand: Final = NamedNode("http://www.w3.org/ns/odrl/2/rightOperand")
    rightOperandReference: Final = NamedNode("http://www.w3.org/ns/odrl/2/rightOperandReference")
    source: Final = NamedNode("http://www.w3.org/ns/odrl/2/source")
    status: Final = NamedNode("http://www.w3.org/ns/odrl/2/status")
    target: Final = NamedNode("http://www.w3.org/ns/odrl/2/target")
    trackedParty: Final = NamedNode("http://www.w3.org/ns/odrl/2/trackedParty")
    trackingParty: Final = NamedNode("http://www.w3.org/ns/odrl/2/trackingParty")
    uid: Final = NamedNode("http://www.w3.org/ns/odrl/2/uid")
    unit: Final = NamedNode("http://www.w3.org/ns/odrl/2/unit")
    xone: Final = NamedNode("http://www.w3.org/ns/odrl/2/xone")


class VOID:
    """Vocabulary of Interlinked Datasets (https://www.w3.org/TR/void/)."""

    NAMESPACE: Final = "http://rdfs.org/ns/void#"
    Dataset: Final = NamedNode("http://rdfs.org/ns/void#Dataset")
    dataDump: Final = NamedNode("http://rdfs.org/ns/void#dataDump")
    sparqlEndpoint: Final = NamedNode("http://rdfs.org/ns/void#sparqlEndpoint")
    triples: Final = NamedNode("http://rdfs.org/ns/void#triples")


class SD:
    """SPARQL 1.1 Service Description (https://www.w3.org/TR/sparql11-service-description/)."""

    NAMESPACE: Final = "http://www.w3.org/ns/sparql-service-description#"
    Dataset: Final = NamedNode("http://www.w3.org/ns/sparql-service-description#Dataset")
    Graph: Final = NamedNode("http://www.w3.org/ns/sparql-service-description#Graph")
    SPARQL11Query: Final = NamedNode("http://www.w3.org/ns/sparql-service-description#SPARQL11Query")
    Service: Final = NamedNode("http://www.w3.org/ns/sparql-service-description#Service")
    defaultDataset: Final = NamedNode("http://www.w3.org/ns/sparql-service-description#defaultDataset")
    defaultGraph: Final = NamedNode("http://www.w3.org/ns/sparql-service-description#defaultGraph")
    endpoint: Final = NamedNode("http://www.w3.org/ns/sparql-service-description#endpoint")
    feature: Final = NamedNode("http://www.w3.org/ns/sparql-service-description#feature")
    resultFormat: Final = NamedNode("http://www.w3.org/ns/sparql-service-description#resultFormat")
    supportedLanguage: Final = NamedNode("http://www.w3.org/ns/sparql-service-description#supportedLanguage")


class RENKEI:
    """Renkei's own terms, documented under {base}/ns#."""

    NAMESPACE: Final = "urn:renkei:ns#"
    PolicyProfile: Final = NamedNode("urn:renkei:ns#PolicyProfile")
    agreementState: Final = NamedNode("urn:renkei:ns#agreementState")
    audience: Final = NamedNode("urn:renkei:ns#audience")
    cause: Final = NamedNode("urn:renkei:ns#cause")
    clause: Final = NamedNode("urn:renkei:ns#clause")
    example: Final = NamedNode("urn:renkei:ns#example")
    remedy: Final = NamedNode("urn:renkei:ns#remedy")
    severalValues: Final = NamedNode("urn:renkei:ns#severalValues")
    signature: Final = NamedNode("urn:renkei:ns#signature")
    supplier: Final = NamedNode("urn:renkei:ns#supplier")
    valueKind: Final = NamedNode("urn:renkei:ns#valueKind")
    valueSource: Final = NamedNode("urn:renkei:ns#valueSource")


PREFIXES: Final[dict[str, str]] = {
    "adms": ADMS.NAMESPACE,
    "dcat": DCAT.NAMESPACE,
    "dcatap": DCATAP.NAMESPACE,
    "dct": DCT.NAMESPACE,
    "dqv": DQV.NAMESPACE,
    "foaf": FOAF.NAMESPACE,
    "geo": GEOSPARQL.NAMESPACE,
    "hydra": HYDRA.NAMESPACE,
    "locn": LOCN.NAMESPACE,
    "odrl": ODRL.NAMESPACE,
    "org": ORG.NAMESPACE,
    "owl": OWL.NAMESPACE,
    "prov": PROV.NAMESPACE,
    "rdf": RDF.NAMESPACE,
    "rdfs": RDFS.NAMESPACE,
    "schema": SCHEMA.NAMESPACE,
    "sh": SH.NAMESPACE,
    "skos": SKOS.NAMESPACE,
    "spdx": SPDX.NAMESPACE,
    "time": TIME.NAMESPACE,
    "vcard": VCARD.NAMESPACE,
    "void": VOID.NAMESPACE,
    "xsd": XSD.NAMESPACE,
}
"""Prefixes as people write them, for the syntaxes that have prefixes."""

_FORBIDDEN_IN_IRI: Final = frozenset('<>"{}|^`\\') | {chr(code) for code in range(0x21)}


def escape_iri(value: str) -> str:
    """An IRI as N-Triples can hold it: characters that RFC 3987 forbids become `\\uXXXX`, reversibly."""
    if _FORBIDDEN_IN_IRI.isdisjoint(value):
        return value
    return "".join(f"\\u{ord(c):04X}" if c in _FORBIDDEN_IN_IRI else c for c in value)


def iri(value: str) -> NamedNode:
    """A node for any IRI that real data holds, also one that RFC 3987 forbids (`http://x/a b`).

    The constructor of pyoxigraph refuses those; its text parser, when lenient, does not.

    Raises:
        ValueError: not even the lenient parser takes it.
    """
    try:
        return NamedNode(value)
    except ValueError:
        text = f"<{escape_iri(value)}> <urn:p> <urn:o> ."
    try:
        quad = next(iter(parse(text.encode("utf-8", "replace"), RdfFormat.N_TRIPLES, lenient=True)))
    except SyntaxError as error:
        raise ValueError(f"not an IRI: {value!r}") from error
    assert isinstance(quad, Quad)
    assert isinstance(quad.subject, NamedNode)
    return quad.subject
