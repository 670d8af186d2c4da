"""Search documents from triples."""

import pytest
from pyoxigraph import RdfFormat, parse

from catalog.formats import format_name
from catalog.search_document import document_of
from ontology.description import Description
from ontology.messages import Message
from stores.fulltext.port import SearchDocument

PREFIXES = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix locn: <http://www.w3.org/ns/locn#> . @prefix adms: <http://www.w3.org/ns/adms#> .
"""
THIS = "https://example.org/d"


def made(turtle: str, labels: dict[str, Message] | None = None) -> SearchDocument:
    triples = [quad.triple for quad in parse(f"{PREFIXES} <{THIS}> {turtle}".encode(), RdfFormat.TURTLE)]
    description = Description.of(THIS, triples)
    return document_of(
        description, key=1, short_id="d1", kind="Dataset", catalog="main", audience="public", labels=(labels or {}).get
    )


def test_texts_keep_their_languages() -> None:
    document = made('dct:title "人口"@ja, "Population"@en, "x" ; dcat:keyword "統計"@ja ; dct:description "話"@ja .')
    assert document.titles == {"ja": ["人口"], "en": ["Population"], "": ["x"]}
    assert (document.keywords, document.descriptions) == ({"ja": ["統計"]}, {"ja": ["話"]})


def test_without_a_title_the_short_id_stands_in() -> None:
    assert made('dct:description "x" .').titles == {"": ["d1"]}


@pytest.mark.parametrize(
    ("publisher", "value", "ja", "en"),
    [
        ('"港区"', "港区", "港区", "港区"),
        ('[ foaf:name "港区"@ja, "Minato"@en ]', "港区", "港区", "Minato"),
        ("<https://example.org/minato>", "https://example.org/minato", "minato", "minato"),
        ("<urn:known>", "urn:known", "既知", "Known"),
    ],
)
def test_a_publisher_may_be_a_text_a_blank_node_or_an_iri(publisher: str, value: str, ja: str, en: str) -> None:
    (found,) = made(f"dct:publisher {publisher} .", {"urn:known": Message("既知", "Known")}).publishers
    assert (found.value, found.label) == (value, Message(ja, en))


def test_a_label_in_the_description_itself_wins() -> None:
    document = made('dct:publisher <urn:p> . <urn:p> foaf:name "自称"@ja .', {"urn:p": Message("他称", "Other")})
    assert document.publishers[0].label.ja == "自称"


def test_formats_and_licences_of_all_distributions_are_gathered_once() -> None:
    document = made("""dcat:distribution
        [ dct:format "csv" ; dcat:mediaType "text/plain" ; dct:license <urn:cc-by> ; dct:title "表一"@ja ],
        [ dct:format <http://publications.europa.eu/resource/authority/file-type/CSV> ; dct:license "自由"@ja ],
        [ dcat:mediaType <https://www.iana.org/assignments/media-types/application/geo+json> ] .""")
    assert {one.value for one in document.formats} == {"CSV", "GeoJSON"}
    assert {one.value for one in document.licenses} == {"urn:cc-by", "自由"}
    assert list(document.other_text) == ["表一"]


FORMATS = [
    ("csv", "CSV"),
    ("ＣＳＶ", "CSV"),
    (".CSV", "CSV"),
    ("text/csv; charset=utf-8", "CSV"),
    ("http://publications.europa.eu/resource/authority/file-type/RDF_TURTLE", "Turtle"),
    ("https://www.iana.org/assignments/media-types/application/ld+json", "JSON-LD"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX"),
    ("jpg", "JPEG"),
    ("xisx", "XISX"),
    (" ", None),
]


@pytest.mark.parametrize(("given", "name"), FORMATS)
def test_a_format_has_one_name(given: str, name: str | None) -> None:
    assert format_name(given) == name


@pytest.mark.parametrize(
    "given", ['"ja"', '"日本語"', "<http://publications.europa.eu/resource/authority/language/JPN>", '"ja-JP"']
)
def test_a_language_has_one_code(given: str) -> None:
    assert [one.value for one in made(f"dct:language {given} .").languages] == ["ja"]


def test_dates_periods_and_identifiers() -> None:
    document = made("""dct:issued "2020-04-01"^^xsd:date ; dct:modified "2021" ; dct:identifier "A", "B" ;
        adms:identifier [ skos:notation "C" ] ;
        dct:temporal [ dcat:startDate "2019-04-01" ; dcat:endDate "2020-03-31" ] .""")
    assert (document.issued, document.modified) == ("2020-04-01", "2021")
    assert sorted(document.identifiers) == ["A", "B", "C"]
    assert document.period == ("2019-04-01", "2020-03-31")


BOXES = [
    "POLYGON((139.5 35.5,139.9 35.5,139.9 35.8,139.5 35.8,139.5 35.5))",
    "<http://www.opengis.net/def/crs/OGC/1.3/CRS84> POLYGON((139.5 35.5, 139.9 35.8))",
    '{\\"type\\":\\"Polygon\\",\\"coordinates\\":[[[139.5,35.5],[139.9,35.8]]]}',
]


@pytest.mark.parametrize("geometry", BOXES)
def test_a_box_is_read_from_wkt_and_geojson(geometry: str) -> None:
    assert made(f'dct:spatial [ dcat:bbox "{geometry}" ] .').bbox == (139.5, 35.5, 139.9, 35.8)


@pytest.mark.parametrize("geometry", ["POINT(x y)", "POINT(500 12)", "1 2 3", "", "9" * 50_000])
def test_an_unreadable_geometry_is_none(geometry: str) -> None:
    assert made(f'dct:title "x" ; dct:spatial [ locn:geometry "{geometry}" ] .').bbox is None


def test_names_of_places_and_contacts_are_found_by() -> None:
    document = made('dcat:contactPoint [ vcard:fn "統計課" ] ; dct:spatial [ skos:prefLabel "港区"@ja ] .')
    assert {"統計課", "港区"} <= set(document.other_text)
