"""CKAN packages become DCAT, and no key is dropped without a word."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from loaders import ckan, ckan_keys
from loaders.ckan_files import NoRecords, packages_of_json, packages_of_yaml
from loaders.split import split

PACKAGE = {
    "id": "p1",
    "name": "shelters",
    "title": "避難所の一覧",
    "notes": "市内の避難所です。",
    "metadata_created": "2024-01-02T03:04:05",
    "license_id": "CC-BY-4.0",
    "license_url": "https://creativecommons.org/licenses/by/4.0/deed.ja",
    "organization": {"id": "o1", "name": "aoba", "title": "青葉市"},
    "tags": [{"name": "防災"}],
    "groups": [{"id": "g1", "title": "安全"}],
    "extras": [{"key": "更新頻度", "value": "１年ごと"}, {"key": "独自の項目", "value": "あ"}],
    "resources": [
        {"id": "r1", "name": "一覧", "url": "https://x.example/a.csv", "format": "ＣＳＶ", "size": 12, "hash": "d" * 32}
    ],
}


def converted(*packages: Mapping[str, object]) -> str:
    conversion = ckan.convert([(f"{n}", package) for n, package in enumerate(packages)], "s")  # type: ignore[misc]
    made = list(split(conversion, source="s"))
    assert not conversion.refused, conversion.refused
    return "".join(part.description.canonical for part in made if part.description)


@pytest.mark.parametrize(
    "said",
    [
        'dataset:p1> <http://purl.org/dc/terms/title> "避難所の一覧"@ja',
        'dataset:p1> <http://purl.org/dc/terms/identifier> "p1"',
        "dataset:p1> <http://purl.org/dc/terms/license> <https://creativecommons.org/licenses/by/4.0/>",
        "dataset:p1> <http://purl.org/dc/terms/publisher> <urn:renkei:source:s:organization:o1>",
        'organization:o1> <http://xmlns.com/foaf/0.1/name> "青葉市"@ja',
        'dataset:p1> <http://www.w3.org/ns/dcat#keyword> "防災"@ja',
        'group:g1> <http://www.w3.org/2004/02/skos/core#prefLabel> "安全"@ja',
        "accrualPeriodicity> <http://publications.europa.eu/resource/authority/frequency/ANNUAL>",
        'dataset:p1> <urn:renkei:ckan:更新頻度> "１年ごと"',
        'dataset:p1> <urn:renkei:ckan:extras:独自の項目> "あ"',
        "resource:r1> <http://purl.org/dc/terms/format> <http://publications.europa.eu/resource/authority/file-type/CSV>",
        'resource:r1> <urn:renkei:ckan:format> "ＣＳＶ"',
        "resource:r1> <http://www.w3.org/ns/dcat#downloadURL> <https://x.example/a.csv>",
        'byteSize> "12"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger>',
        "<http://spdx.org/rdf/terms#algorithm> <http://spdx.org/rdf/terms#checksumAlgorithm_md5>",
    ],
)
def test_a_package_says_in_dcat(said: str) -> None:
    assert said in converted(PACKAGE)


# A value that each key takes, with a mark that must be found again.
SHAPES = {
    "tags": [{"name": "MARK"}], "groups": [{"id": "g", "title": "MARK"}], "organization": {"id": "o", "title": "MARK"},
    "title_translated": {"en": "MARK"}, "notes_translated": {"en": "MARK"}, "tags_translated": {"en": ["MARK"]},
    "name_translated": {"en": "MARK"}, "description_translated": {"en": "MARK"},
    "temporal_coverage": [{"start": "MARK"}], "resources": [{"id": "r", "name": "MARK"}],
    "extras": [{"key": "k", "value": "MARK"}], "identifier": "MARK",
}  # fmt: skip
PACKAGE_KEYS = sorted(
    {*ckan_keys.DATASET, *ckan._DATASET_KEYS, "unknown key", "tracking_summary", "relationships_as_object"}
)
RESOURCE_KEYS = sorted({*ckan_keys.RESOURCE, *ckan._RESOURCE_KEYS, "unknown", "cache_url", "datastore_active"})


@pytest.mark.parametrize("key", PACKAGE_KEYS)
@pytest.mark.parametrize("value", ["MARK", "https://x.example/MARK", ["MARK"], {"deep": ["MARK"]}])
def test_no_key_of_a_package_is_dropped(key: str, value: object) -> None:
    given = SHAPES.get(key, value if key != "id" else "MARK")
    assert "MARK" in converted({"id": "p", "resources": [], key: given})


@pytest.mark.parametrize("key", PACKAGE_KEYS)
def test_no_extra_is_dropped(key: str) -> None:
    assert "MARK" in converted({"id": "p", "extras": [{"key": key, "value": "MARK"}]})


@pytest.mark.parametrize("key", RESOURCE_KEYS)
@pytest.mark.parametrize("value", ["MARK", "https://x.example/MARK", {"deep": ["MARK"]}])
def test_no_key_of_a_resource_is_dropped(key: str, value: object) -> None:
    assert "MARK" in converted({"id": "p", "resources": [{"id": "r", key: SHAPES.get(key, value)}]})


@pytest.mark.parametrize("key", sorted({*ckan_keys.ORGANIZATION, "name", "approval_status"}))
def test_no_key_of_an_organization_is_dropped(key: str) -> None:
    value = {"title_translated": {"en": "MARK"}, "description_translated": {"en": "MARK"}}.get(key, "MARK")
    assert "MARK" in converted({"id": "p", "organization": {"id": "o", key: value}})


def test_both_families_of_cadde_values_become_the_listed_one() -> None:
    for value in ("利用許諾", "license"):
        assert '<urn:renkei:cadde:contractType> "利用許諾"' in converted(
            {"id": "p", "extras": [{"key": "trading_policy_contract_type", "value": value}]}
        )


def test_a_date_in_era_years_is_read_and_kept() -> None:
    text = converted({"id": "p", "extras": [{"key": "issued", "value": "令和元年5月1日"}]})
    assert '"2019-05-01"^^<http://www.w3.org/2001/XMLSchema#date>' in text
    assert '<urn:renkei:ckan:issued> "令和元年5月1日"' in text


def test_a_date_nobody_can_read_is_kept_and_reported() -> None:
    conversion = ckan.convert([("n", {"id": "p", "issued": "いつか"})], "s")
    text = "".join(part.description.canonical for part in split(conversion, source="s") if part.description)
    assert '<http://purl.org/dc/terms/issued> "いつか"' in text
    assert "いつか" in conversion.faults["urn:renkei:source:s:dataset:p"][0].ja


@pytest.mark.parametrize(
    ("package", "word"),
    [
        ({"id": "p", "state": "deleted"}, "deleted"), ({"id": "p", "private": True}, "private"), ({"notes": "x"}, "id"),
        (["a"], "object"), (None, "object"),
    ],
)  # fmt: skip
def test_a_record_that_cannot_be_taken_is_refused_by_name_and_harms_no_other(package: object, word: str) -> None:
    conversion = ckan.convert([("bad one", package), ("good", {"id": "q"})], "s")  # type: ignore[list-item]
    assert len(list(split(conversion, source="s"))) == 1
    assert conversion.refused[0].iri == "bad one"
    assert conversion.refused[0].refusal
    assert word in conversion.refused[0].refusal.en


def test_identity_is_the_sites_where_the_site_is_known() -> None:
    iris = [triple.subject.value for triple in ckan.convert([("n", {"id": "p"})], "s", "https://ckan.example/")]
    assert set(iris) == {"https://ckan.example/dataset/p"}


def test_answers_lists_and_single_packages_are_told_apart() -> None:
    package = {"id": "a", "resources": []}
    for value in (package, [package], {"result": package}, {"success": True, "result": {"results": [package]}}):
        assert [each for _, each in packages_of_json(json.dumps(value).encode(), "x")] == [package]


def test_lines_of_json_are_packages_each() -> None:
    lines = b'{"id": "a", "resources": []}\n{"id": "b", "resources": []}\n{"broken\n'
    assert [each and each["id"] for _, each in packages_of_json(lines, "x")] == ["a", "b", None]  # type: ignore[index,call-overload]


@pytest.mark.parametrize(
    "text",
    ["a: &x [1]\nb: *x\n", "&a [*a]", "[" * 200, "- " * 5000, "a: !!python/object/apply:os.system [ls]", "a: 'open"],
)
def test_hostile_yaml_is_refused(text: str) -> None:
    with pytest.raises(NoRecords):
        list(packages_of_yaml(text.encode(), "x"))


@pytest.mark.parametrize(
    "name", ["ckan_full_dataset_dcat_ap.json", "ckan_full_dataset_dcat_ap_legacy.json", "health_dcat_ap.json"]
)
def test_every_text_of_a_peers_example_is_found_again(shared: Path, name: str) -> None:
    data = json.loads((shared / "data/dcat/examples/ckanext-dcat/ckan" / name).read_text(), object_hook=without_tag_id)
    text = converted(*(data if isinstance(data, list) else [data]))
    derived = {*ckan_keys.DERIVED, *ckan_keys.DEFAULTS, "key"}  # the key of an extra became a property
    lost = [
        leaf
        for leaf in leaves(data, derived)
        if json.dumps(leaf, ensure_ascii=False)[1:-1] not in text.replace("\\\\", "\\")
    ]
    assert lost == []


def without_tag_id(value: dict[str, object]) -> dict[str, object]:
    return {key: each for key, each in value.items() if key != "id" or "vocabulary_id" not in value}


def leaves(value: object, without: set[str]) -> list[str]:
    if isinstance(value, dict):
        return [leaf for key, each in value.items() if key not in without for leaf in leaves(each, without)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each, without)]
    return [value] if isinstance(value, str) and value and value[0] not in "[{" else []


def test_the_documentation_names_every_key(request: pytest.FixtureRequest) -> None:
    text = (Path(request.config.rootpath) / "docs/reference/loading.md").read_text()
    assert ckan_keys.documentation() in text
