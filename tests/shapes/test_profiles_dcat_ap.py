"""DCAT-AP and its high-value datasets: a sound catalog, what each level says of faults in it, and planted faults."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Triple, parse

from shapes.profiles import Profiles
from shapes.report import Report, Severity
from shapes.validation import Validator

SOUND = """
@prefix adms: <http://www.w3.org/ns/adms#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcatap: <http://data.europa.eu/r5r/> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix odrl: <http://www.w3.org/ns/odrl/2/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix schema: <http://schema.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix spdx: <http://spdx.org/rdf/terms#> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ex: <https://example.jp/> .

ex:catalog a dcat:Catalog ;
    dct:title "市のカタログ"@ja , "City catalog"@en ;
    dct:description "市のデータの一覧です。"@ja ;
    dct:publisher ex:city ;
    dct:language <http://publications.europa.eu/resource/authority/language/JPN> ;
    dct:license <https://creativecommons.org/licenses/by/4.0/> ;
    dct:issued "2020-01-01"^^xsd:date ;
    dct:modified "2025-01-01T10:00:00Z"^^xsd:dateTime ;
    dct:spatial <http://publications.europa.eu/resource/authority/country/JPN> ;
    dcat:themeTaxonomy <http://publications.europa.eu/resource/authority/data-theme> ;
    foaf:homepage ex:home ;
    dcat:dataset ex:population ; dcat:service ex:api ; dcat:record ex:record .
ex:home a foaf:Document .
ex:record a dcat:CatalogRecord ;
    foaf:primaryTopic ex:population ; dct:modified "2025-01-01"^^xsd:date ; dct:issued "2024"^^xsd:gYear ;
    dct:conformsTo ex:standard ; adms:status ex:created .
ex:created a <http://www.w3.org/2004/02/skos/core#Concept> ; <http://www.w3.org/2004/02/skos/core#prefLabel> "new"@en .
ex:standard a dct:Standard .
ex:city a foaf:Agent ;
    foaf:name "京都市"@ja ; dct:type <http://purl.org/adms/publishertype/LocalAuthority> .
ex:population a dcat:Dataset ;
    dct:title "人口"@ja , "Population"@en ;
    dct:description "町丁目別の人口です。"@ja ;
    dct:identifier "P-1" ;
    dct:publisher ex:city ;
    dcat:contactPoint ex:desk ;
    dcat:keyword "人口"@ja ;
    dcat:theme <http://publications.europa.eu/resource/authority/data-theme/SOCI> ,
        <urn:renkei:vocabulary:datagojp-theme:02> ;
    dct:accrualPeriodicity <http://publications.europa.eu/resource/authority/frequency/ANNUAL> ;
    dct:accessRights <http://publications.europa.eu/resource/authority/access-right/PUBLIC> ;
    dct:language <http://publications.europa.eu/resource/authority/language/JPN> ;
    dct:type <http://publications.europa.eu/resource/authority/dataset-type/STATISTICAL> ;
    dct:spatial <urn:renkei:vocabulary:prefecture:26> ;
    dct:temporal ex:year ;
    dct:issued "2025-04-01"^^xsd:date ; dct:modified "2025-05"^^xsd:gYearMonth ;
    dcatap:applicableLegislation <http://data.europa.eu/eli/reg_impl/2023/138/oj> ;
    dcatap:hvdCategory <http://data.europa.eu/bna/c_e1da4e07> ;
    dcat:spatialResolutionInMeters "10.0"^^xsd:decimal ; dcat:temporalResolution "P1Y"^^xsd:duration ;
    dcat:version "1" ;
    dcat:distribution ex:csv .
ex:desk a vcard:Organization ; vcard:fn "情報推進課"@ja ; vcard:hasEmail <mailto:data@example.jp> .
ex:year a dct:PeriodOfTime ; dcat:startDate "2025-04-01"^^xsd:date ; dcat:endDate "2026-03-31"^^xsd:date .
ex:csv a dcat:Distribution ;
    dct:title "CSV"@ja ; dct:description "UTF-8のCSVです。"@ja ;
    dcat:accessURL ex:page ; dcat:downloadURL ex:file ;
    dct:license <https://creativecommons.org/licenses/by/4.0/> ;
    dct:format <http://publications.europa.eu/resource/authority/file-type/CSV> ;
    dcat:mediaType <https://www.iana.org/assignments/media-types/text/csv> ;
    dcat:byteSize "350000"^^xsd:nonNegativeInteger ;
    dcatap:availability <http://publications.europa.eu/resource/authority/planned-availability/STABLE> ;
    dcatap:applicableLegislation <http://data.europa.eu/eli/reg_impl/2023/138/oj> ;
    adms:status <http://publications.europa.eu/resource/authority/distribution-status/COMPLETED> ;
    spdx:checksum ex:sum .
ex:sum a spdx:Checksum ; spdx:algorithm spdx:checksumAlgorithm_sha256 ; spdx:checksumValue "9f86d0"^^xsd:hexBinary .
ex:api a dcat:DataService ;
    dct:title "API"@ja ; dcat:endpointURL ex:endpoint ; dcat:endpointDescription ex:openapi ;
    dcat:servesDataset ex:population ; dcat:contactPoint ex:desk ; dct:publisher ex:city ;
    dct:license <https://creativecommons.org/licenses/by/4.0/> ; foaf:page ex:home ; dct:conformsTo ex:standard ;
    dcat:theme <http://publications.europa.eu/resource/authority/data-theme/SOCI> ; dcat:keyword "人口"@ja ;
    dcatap:applicableLegislation <http://data.europa.eu/eli/reg_impl/2023/138/oj> ;
    dcatap:hvdCategory <http://data.europa.eu/bna/c_e1da4e07> .
"""
V, W = "Violation", "Warning"
STATUS = "<http://publications.europa.eu/resource/authority/distribution-status/COMPLETED>"
LANGUAGE = "authority/language/JPN> ;\n    dct:type"
LAW = "dcatap:applicableLegislation <http://data.europa.eu/eli/reg_impl/2023/138/oj> ;\n    adms"
CATEGORY = "dcatap:hvdCategory <http://data.europa.eu/bna/c_e1da4e07> ;\n    dcat:spatial"
BEFORE_CONTACT = "dct:publisher ex:city ;\n    dcat:contactPoint"
OLD_START = 'schema:startDate "2025" ; dcat:startDate "2025-04-01"'
MEDIA_TYPE = "<https://www.iana.org/assignments/media-types/text/csv>"
# (what is replaced, by what, the lowest level that says so, severity, last part of the path)
FAULTS = [
    ('dct:title "人口"@ja , "Population"@en ;', "", "minimum", V, "title"),
    ('dct:title "API"@ja ;', "", "minimum", V, "title"),
    ('dct:title "市のカタログ"@ja , "City catalog"@en ;', 'dct:title " " ;', "base", V, "title"),
    ('dct:description "町丁目別の人口です。"@ja ;', "", "base", V, "description"),
    ('dct:description "町丁目別の人口です。"@ja ;', "dct:description ex:text ;", "base", V, "description"),
    ("dct:publisher ex:city ;\n    dct:language", "dct:language", "base", V, "publisher"),
    (
        "dct:publisher ex:city ;\n    dcat:contactPoint",
        "dct:publisher ex:city , ex:town ;\n dcat:contactPoint",
        "base",
        V,
        "publisher",
    ),
    ('foaf:name "京都市"@ja ;', "", "base", V, "name"),
    ("dcat:accessURL ex:page ;", "", "base", V, "accessURL"),
    ("dcat:accessURL ex:page ;", 'dcat:accessURL "https://example.jp" ;', "base", V, "accessURL"),
    ("dcat:endpointURL ex:endpoint ;", "", "base", V, "endpointURL"),
    ('"350000"^^xsd:nonNegativeInteger', '"350000"', "base", V, "byteSize"),
    ('"350000"^^xsd:nonNegativeInteger', '"-1"^^xsd:nonNegativeInteger', "base", V, "byteSize"),
    ('"9f86d0"^^xsd:hexBinary', '"zz"', "base", V, "checksumValue"),
    ('"10.0"^^xsd:decimal', '"ten"', "base", V, "spatialResolutionInMeters"),
    ('"P1Y"^^xsd:duration', '"yearly"', "base", V, "temporalResolution"),
    ('"2020-01-01"^^xsd:date', '"2020/01/01"', "base", V, "issued"),
    ("foaf:primaryTopic ex:population ;", "foaf:primaryTopic ex:nothing ;", "base", V, "primaryTopic"),
    ("dct:spatial <urn:renkei:vocabulary:prefecture:26> ;", 'dct:spatial "京都府"@ja ;', "base", V, "spatial"),
    ('dcat:keyword "人口"@ja ;\n    dcat:theme', "dcat:theme", "recommended", W, "keyword"),
    ("dcat:contactPoint ex:desk ;\n    dcat:keyword", "dcat:keyword", "recommended", W, "contactPoint"),
    ('dct:title "人口"@ja , "Population"@en ;', 'dct:title "人口"@ja , "人口数"@ja ;', "recommended", W, "title"),
    ('"2026-03-31"^^xsd:date', '"2024-03-31"^^xsd:date', "recommended", W, "startDate"),
    (
        'dcat:startDate "2025-04-01"',
        'schema:startDate "2025" ; dcat:startDate "2025-04-01"',
        "recommended",
        W,
        "startDate",
    ),
    ('dcat:version "1" ;', 'owl:versionInfo "1" ;', "recommended", W, "versionInfo"),
    ('dcat:version "1" ;', "dct:isVersionOf ex:old ;", "recommended", W, "isVersionOf"),
    (
        "<http://publications.europa.eu/resource/authority/distribution-status/COMPLETED>",
        "<http://purl.org/adms/status/Completed>",
        "recommended",
        W,
        "status",
    ),
    ('"2025-04-01"^^xsd:date ; dct:modified', '"1 April" ; dct:modified', "ranges", V, "issued"),
    ('"2026-03-31"^^xsd:date', '"2026-13-31"^^xsd:date', "ranges", V, "endDate"),
    ("ex:desk a vcard:Organization ;", "ex:desk", "ranges", V, "contactPoint"),
    ("ex:csv a dcat:Distribution ;", "ex:csv", "ranges", V, "distribution"),
    ("ex:home a foaf:Document .", "", "ranges", W, "homepage"),
    (
        "authority/language/JPN> ;\n    dct:type",
        "authority/language/JAPANESE> ;\n    dct:type",
        "codelists",
        V,
        "language",
    ),
    ("authority/frequency/ANNUAL", "authority/frequency/YEARLY", "codelists", V, "accrualPeriodicity"),
    ("authority/file-type/CSV", "authority/file-type/CSVX", "codelists", V, "format"),
    ("planned-availability/STABLE", "planned-availability/SOMETIMES", "codelists", V, "availability"),
    (
        "<https://www.iana.org/assignments/media-types/text/csv>",
        "<https://example.jp/csv>",
        "codelists",
        V,
        "mediaType",
    ),
    ("access-right/PUBLIC", "access-right/OPEN", "codelists", W, "accessRights"),
    ("<http://publications.europa.eu/resource/authority/data-theme/SOCI> ,\n", "", "codelists", W, "theme"),
    ("dct:spatial <urn:renkei:vocabulary:prefecture:26> ;", "dct:spatial ex:somewhere ;", "codelists", W, "spatial"),
    ("bna/c_e1da4e07> ;\n    dcat:spatial", "bna/nothing> ;\n    dcat:spatial", "codelists", W, "hvdCategory"),
]
LEVELS_BELOW = {
    "minimum": (),
    "base": ("minimum",),
    "recommended": ("base", "ranges", "codelists"),
    "ranges": ("base", "recommended", "codelists"),
    "codelists": ("base", "recommended"),  # a code that no list knows has no class either, so `ranges` speaks too
}


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator(Profiles.shipped())


def _triples(turtle: str) -> list[Triple]:
    return [quad.triple for quad in parse(turtle.encode(), format=RdfFormat.TURTLE)]


def _said(report: Report) -> set[tuple[str, str]]:
    return {(r.severity.value, (r.path or "").replace("#", "/").rsplit("/", 1)[-1]) for r in report.results}


@pytest.mark.parametrize("profile", ["dcat-ap", "dcat-ap-hvd"])
def test_a_sound_catalog_has_nothing_to_mend_at_any_level(profile: str, validator: Validator) -> None:
    report = validator.validate_document(_triples(SOUND), profile=profile, level="full")
    assert report.results == ()


@pytest.mark.parametrize(("old", "new", "level", "severity", "path"), FAULTS)
def test_a_fault_shows_at_its_level_and_at_full_but_not_below(
    old: str, new: str, level: str, severity: str, path: str, validator: Validator
) -> None:
    assert old in SOUND
    faulty = _triples(SOUND.replace(old, new, 1))
    for said in (level, "full"):
        assert (severity, path) in _said(validator.validate_document(faulty, profile="dcat-ap", level=said))
    for silent in LEVELS_BELOW[level]:
        assert (severity, path) not in _said(validator.validate_document(faulty, profile="dcat-ap", level=silent))


@pytest.mark.parametrize(
    ("old", "new", "level", "path"),
    [
        (CATEGORY, "dcat:spatial", "base", "hvdCategory"),
        ("bna/c_e1da4e07> ;\n    dcat:spatial", "bna/nothing> ;\n    dcat:spatial", "codelists", "hvdCategory"),
        (LAW, "adms", "base", "applicableLegislation"),
        ("eli/reg_impl/2023/138/oj> ;\n    adms", "eli/reg/2016/679/oj> ;\n    adms", "base", "applicableLegislation"),
        ("foaf:page ex:home ;", "", "base", "page"),
        ("dcat:distribution ex:csv .", 'dcat:version "2" .', "base", "distribution"),
    ],
)  # fmt: skip
def test_a_high_value_dataset_needs_more(old: str, new: str, level: str, path: str, validator: Validator) -> None:
    assert old in SOUND
    report = validator.validate_document(_triples(SOUND.replace(old, new, 1)), profile="dcat-ap-hvd", level=level)
    assert ("Violation", path) in _said(report)


def test_an_untitled_dataset_is_told_so_in_plain_words(validator: Validator) -> None:
    report = validator.validate_document(
        _triples("<https://example.jp/d> a <http://www.w3.org/ns/dcat#Dataset> ."), profile="dcat-ap", level="minimum"
    )
    (result,) = report.results
    assert result.message.en == "A dataset needs a title (dct:title)."
    assert result.message.ja == "データセットにはタイトル（dct:title）が必要です。"
    assert result.clause == "DCAT-AP 3.0.1, Dataset, title"


# Faults of the generated catalog of the benchmarks, by the level that finds them.
# DCAT-AP says nothing of spaces in an identifier ("bad_identifier").
PLANTED = {
    "no_title": ("minimum", Severity.VIOLATION, "http://purl.org/dc/terms/title", "MinCount"),
    "no_description": ("base", Severity.VIOLATION, "http://purl.org/dc/terms/description", "MinCount"),
    "no_access_url": ("base", Severity.VIOLATION, "http://www.w3.org/ns/dcat#accessURL", "MinCount"),
    "byteSize_dt": ("base", Severity.VIOLATION, "http://www.w3.org/ns/dcat#byteSize", "Datatype"),
    "two_licences": ("base", Severity.VIOLATION, "http://purl.org/dc/terms/license", "MaxCount"),
    "bad_issued_type": ("ranges", Severity.VIOLATION, "http://purl.org/dc/terms/issued", "Node"),
    "publisher_class": ("ranges", Severity.VIOLATION, "http://purl.org/dc/terms/publisher", "Or"),
    "bad_period": ("recommended", Severity.WARNING, "http://www.w3.org/ns/dcat#startDate", "LessThanOrEquals"),
    "dup_lang_title": ("recommended", Severity.WARNING, "http://purl.org/dc/terms/title", "UniqueLang"),
}


@dataclass(frozen=True)
class Generated:
    """Reports on the generated catalog of 1,000 datasets, and how often each fault was planted."""

    reports: dict[str, Report]
    planted: dict[str, int]


@pytest.fixture(scope="module")
def generated(shared: Path, tmp_path_factory: pytest.TempPathFactory, validator: Validator) -> Generated:
    folder = tmp_path_factory.mktemp("generated")
    generator = shared / "peers/bench/generate_catalog.py"
    subprocess.run([sys.executable, str(generator), "1000", str(folder)], check=True, capture_output=True)
    planted = json.loads((folder / "expected_1000.json").read_text())["planted"]
    triples = [quad.triple for quad in parse(path=folder / "cat_1000.nt", format=RdfFormat.N_TRIPLES)]
    levels = {level for level, *_ in PLANTED.values()} | {"full"}
    return Generated(
        {level: validator.validate_document(triples, profile="dcat-ap", level=level) for level in levels}, planted
    )


@pytest.mark.parametrize("kind", PLANTED)
def test_planted_faults_are_found_at_their_level_and_no_sound_one_is_blamed(kind: str, generated: Generated) -> None:
    level, severity, path, component = PLANTED[kind]
    for asked in (level, "full"):
        found = [
            result
            for result in generated.reports[asked].results
            if "/dataset/" in result.focus
            and (result.severity, result.path) == (severity, path)
            and result.component.endswith(f"#{component}ConstraintComponent")
        ]
        assert len(found) == generated.planted[kind] > 0
