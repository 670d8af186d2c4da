"""The catalogue items of CADDE 4.0: required items, both families of values, check digits, numbers in the words."""

import pytest
from pyoxigraph import RdfFormat, Triple, parse

from shapes.profiles import Profiles
from shapes.report import Report, Result
from shapes.validation import Validator

SOUND = """
@prefix cadde: <urn:renkei:cadde:> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix ex: <https://example.jp/> .

ex:catalog a dcat:Catalog ; dct:title "新日本市オープンデータカタログ"@ja ; dct:description "市のデータ"@ja ;
    dct:publisher ex:city .
ex:city a foaf:Organization ; foaf:name "新日本市"@ja ; dct:identifier "8000012010038" .
ex:facilities a dcat:Dataset ;
    dct:title "公共施設一覧"@ja ; dct:description "公共施設の一覧です。"@ja ;
    dct:issued "2019-11-01"^^xsd:date ; dct:modified "2019-11-02T09:00:00"^^xsd:dateTime ;
    dct:language "ja" ;
    dct:accrualPeriodicity <http://publications.europa.eu/resource/authority/frequency/ANNUAL> ;
    dcat:theme "住宅・土地・建設"@ja ; dcat:keyword "公共施設"@ja ;
    cadde:contactPoint_explanation "情報推進課"@ja ;
    cadde:accessRightsTitle "公開" ;
    cadde:caddecProviderID "caddeprovider001" ;
    dct:spatial ex:kyoto ;
    cadde:contractType "利用許諾" ; cadde:nda "求めない" ; cadde:allowedUsage "研究利用" , "その他(展示)" ;
    cadde:containedPersonalDataType "個人情報（要配慮個人情報を含む）" ; cadde:fee "無償" ; cadde:governingLaw "日本" ;
    dcat:distribution ex:csv .
ex:kyoto a dct:Location ; dct:identifier "261009" .
ex:csv a dcat:Distribution ;
    dct:description "CSV"@ja ; dct:format "CSV" ; dct:license <https://creativecommons.org/licenses/by/4.0/> ;
    dcat:accessURL ex:page ; dcat:byteSize 350000 ;
    cadde:caddecResourceType "file/http" ; cadde:caddecContractRequired "要求しない" .
"""


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator(Profiles.shipped())


def _report(validator: Validator, turtle: str, level: str = "full") -> Report:
    triples: list[Triple] = [quad.triple for quad in parse(turtle.encode(), format=RdfFormat.TURTLE)]
    return validator.validate_document(triples, profile="cadde", level=level)


def _item(report: Report, number: str) -> Result:
    return next(result for result in report.results if (result.message.ja or "").startswith(number))


def test_a_sound_catalog_has_nothing_to_mend(validator: Validator) -> None:
    assert _report(validator, SOUND).results == ()


@pytest.mark.parametrize(
    ("number", "missing"),
    [
        ("10020", 'dct:description "市のデータ"@ja ;'),
        ("10040", 'foaf:name "新日本市"@ja ;'),
        ("10050", "dct:publisher ex:city"),
        ("11020", 'dct:description "公共施設の一覧です。"@ja ;'),
        ("11030", 'dct:issued "2019-11-01"^^xsd:date ;'),
        ("14010", 'cadde:caddecProviderID "caddeprovider001" ;'),
        ("21100", "dcat:accessURL ex:page ;"),
    ],
)
def test_a_required_item_that_is_missing_is_named_by_its_number(
    number: str, missing: str, validator: Validator
) -> None:
    assert missing in SOUND
    result = _item(_report(validator, SOUND.replace(missing, "", 1), "base"), number)
    assert result.clause is not None
    assert number in result.clause


@pytest.mark.parametrize("name", ["公共施設一覧", "新日本市オープンデータカタログ"])
def test_a_missing_title_is_refused_already_at_minimum(name: str, validator: Validator) -> None:
    assert not _report(validator, SOUND.replace(f'dct:title "{name}"@ja ;', "", 1), "minimum").conforms


@pytest.mark.parametrize(
    ("specified", "sampled"),
    [
        ('accessRightsTitle "公開"', 'accessRightsTitle "PUBLIC"'),
        ('contractType "利用許諾"', 'contractType "license"'),
        ('nda "求めない"', 'nda "notRequired"'),
        ('allowedUsage "研究利用" , "その他(展示)"', 'allowedUsage "noLimit"'),
        ('DataType "個人情報（要配慮個人情報を含む）"', 'DataType "nonPersonalInformation"'),
        ('fee "無償"', 'fee "free"'),
        ('governingLaw "日本"', 'governingLaw "JP"'),
        ('caddecContractRequired "要求しない"', 'caddecContractRequired "notRequired"'),
    ],
)  # fmt: skip
def test_both_families_of_values_are_taken(specified: str, sampled: str, validator: Validator) -> None:
    assert specified in SOUND
    assert _report(validator, SOUND.replace(specified, sampled, 1)).results == ()


@pytest.mark.parametrize(
    ("number", "right", "wrong"),
    [
        ("11030", '"2019-11-01"^^xsd:date', '"令和元年11月1日"'),
        ("11070", 'dct:language "ja"', 'dct:language "にほんご"'),
        ("11120", "frequency/ANNUAL>", "freq/A>"),
        ("11190", '"住宅・土地・建設"@ja', '"住宅"@ja'),
        ("11280", 'accessRightsTitle "公開"', 'accessRightsTitle "オープン"'),
        ("13010", 'contractType "利用許諾"', 'contractType "許諾"'),
        ("13070", '"個人情報（要配慮個人情報を含む）"', '"個人情報"'),
        ("13100", 'fee "無償"', 'fee "ただ"'),
        ("21130", "dcat:byteSize 350000", 'dcat:byteSize "350KB"'),
        ("23010", '"file/http"', '"http"'),
        ("23020", '"要求しない"', '"いいえ"'),
    ],
)
def test_a_value_outside_the_list_names_item_key_and_repair(
    number: str, right: str, wrong: str, validator: Validator
) -> None:
    assert right in SOUND
    result = _item(_report(validator, SOUND.replace(right, wrong, 1), "codelists"), number)
    assert "CKAN: " in result.message.en
    assert result.remedy is not None
    assert result.example


# japan.md lists these numbers, the bad ones from manuals and sample data.
@pytest.mark.parametrize("number", ["8000012010038", "4000012090001", "4011001098993", "7123456789012"])
def test_a_true_corporate_number_passes(number: str, validator: Validator) -> None:
    assert _report(validator, SOUND.replace("8000012010038", number)).results == ()


@pytest.mark.parametrize("number", ["0123456789123", "1234567891011", "1234567891022", "1234567891033"])
def test_a_corporate_number_with_a_wrong_check_digit_is_found(number: str, validator: Validator) -> None:
    (result,) = _report(validator, SOUND.replace("8000012010038", number)).results
    assert result.cause == "corporate-number-check-digit"
    assert result.value == f'"{number}"'


@pytest.mark.parametrize(("code", "cause"), [("261008", "check-digit"), ("26100", "length"), ("1000", "length")])
def test_a_local_government_code_is_checked(code: str, cause: str, validator: Validator) -> None:
    (result,) = _report(validator, SOUND.replace("261009", code)).results
    assert result.cause == f"local-government-code-{cause}"
