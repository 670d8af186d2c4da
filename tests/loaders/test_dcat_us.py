"""DCAT-US data.json feeds become DCAT, and no key is dropped without a word."""

import json

import pytest

from catalog.kinds import Kind
from loaders import dcat_us
from loaders.load import parts_of
from loaders.sources import of_bytes
from loaders.split import split

DATASET = {
    "@type": "dcat:Dataset",
    "identifier": "A-1",
    "title": "T",
    "description": "D",
    "keyword": ["k"],
    "modified": "2024-01-02",
    "accessLevel": "public",
    "accrualPeriodicity": "R/P1Y",
    "spatial": "-10,40.5,3,50",
    "temporal": "2020-01-01/2020-12-31",
    "publisher": {"name": "P", "subOrganizationOf": {"name": "Q"}},
    "contactPoint": {"fn": "C", "hasEmail": "mailto:c@x.example"},
    "distribution": [{"downloadURL": "https://x.example/a.csv", "mediaType": "text/csv"}],
    "isPartOf": "A-0",
}


def converted(dataset: object) -> str:
    conversion = dcat_us.convert({"dataset": [dataset]}, "s", "data.json")  # type: ignore[dict-item]
    made = list(split(conversion, source="s"))
    assert not conversion.refused, conversion.refused
    return "".join(part.description.canonical for part in made if part.description)


@pytest.mark.parametrize(
    "said",
    [
        "<urn:renkei:source:s:catalog> <http://www.w3.org/ns/dcat#dataset> <urn:renkei:source:s:dataset:A-1>",
        'identifier> "A-1"',
        '"2024-01-02"^^<http://www.w3.org/2001/XMLSchema#date>',
        "accessRights> <http://publications.europa.eu/resource/authority/access-right/PUBLIC>",
        "accrualPeriodicity> <http://publications.europa.eu/resource/authority/frequency/ANNUAL>",
        '"POLYGON((-10 40.5, 3 40.5, 3 50, -10 50, -10 40.5))"',
        'endDate> "2020-12-31"',
        '<http://xmlns.com/foaf/0.1/name> "Q"',
        "hasEmail> <mailto:c@x.example>",
        "mediaType> <https://www.iana.org/assignments/media-types/text/csv>",
        "isPartOf> <urn:renkei:source:s:dataset:A-0>",
    ],
)
def test_a_dataset_says_in_dcat(said: str) -> None:
    assert said in converted(DATASET)


@pytest.mark.parametrize(
    "key", sorted({*dcat_us.DATASET, *dcat_us._DATASET_KEYS, "bureauCode", "metadata"} - {"@id", "identifier"})
)
@pytest.mark.parametrize("value", ["MARK", "https://x.example/MARK", ["MARK"], {"deep": "MARK"}, [{"deep": "MARK"}]])
def test_no_key_of_a_dataset_is_dropped(key: str, value: object) -> None:
    assert "MARK" in converted({"identifier": "i", key: value})


@pytest.mark.parametrize("key", sorted({*dcat_us.DISTRIBUTION, *dcat_us._DISTRIBUTION_KEYS, "resourcesAPI"} - {"@id"}))
@pytest.mark.parametrize("value", ["MARK", "https://x.example/MARK", {"deep": "MARK"}])
def test_no_key_of_a_distribution_is_dropped(key: str, value: object) -> None:
    assert "MARK" in converted({"identifier": "i", "distribution": [{key: value}]})


def test_a_dataset_without_identifier_is_known_by_its_content() -> None:
    names = []
    for _ in range(2):
        made = split(dcat_us.convert({"dataset": [{"title": "T"}]}, "s", "f"), source="s")
        names.append({part.iri for part in made if part.kind is Kind.DATASET})
    assert names[0] == names[1]


def test_a_dataset_without_identifier_and_title_is_refused_with_its_place() -> None:
    conversion = dcat_us.convert({"dataset": [{"title": "T"}, {"keyword": ["k"]}, 7]}, "s", "data.json")
    list(conversion)
    assert [part.iri for part in conversion.refused] == ["data.json#2", "data.json#3"]


@pytest.mark.parametrize("place", ["catalog", "dataset"])
def test_dcat_us_3_without_its_context_is_refused_not_taken_for_version_1(place: str) -> None:
    record = {"title": "Census", "identifier": "1", "@type": "Dataset" if place == "dataset" else "dcat:Dataset"}
    data = json.dumps({"@type": "Catalog" if place == "catalog" else "dcat:Catalog", "dataset": [record]}).encode()
    with parts_of(of_bytes(data, "data.json"), catalog="us") as load:
        assert (len(load), "without its @context" in load.unread[0].message.en) == (0, True)
