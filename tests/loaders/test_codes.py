"""What catalogs write as they like is read as codes that the vocabularies know."""

import re
from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from loaders import codes
from loaders.codes import (
    access_right_of,
    file_type_of,
    frequency_of,
    is_file,
    language_code_of,
    licence_of,
    media_type_of,
)

# Every spelling of the update frequency in 2,819 Tokyo records, and those of DCAT-US and CADDE.
FREQUENCIES = {
    "AS_NEEDED": "随時 変更の都度 適宜 必要に応じて"
    " 必要な都度更新 調査結果更新の都度 アクセスポイントの追加時 変更時（調査を1年に1回実施） 変更時",
    "NEVER": "公開時のみ 更新無 更新予定なし 初回のみ なし 更新なし 非更新",
    "ANNUAL": "1年ごと １年ごと 年1回 年１回 1年 1回/年 年１回（３月頃）"
    " 毎年 1年に1回 年1回(4月）"
    " 年１回（４月頃） １回/年度 概ね１年ごと"
    " １年に１回 年に１回程度 1年に1回程度 1年ごと（変更あればその都度） 1年ごとの公開 概ね一年ごと R/P1Y annual",
    "IRREG": "不定期 1年ごと不定期 不定期(R2ー3年見直し予定） 選挙時ごと irregular",
    "MONTHLY": "１か月ごと 1月ごと 1か月ごと 月1回 毎月 １月ごと 月１回"
    " 月1回予定 月次 1カ月ごと 1ヶ月に1回 1回/月 一月ごと R/P1M monthly",
    "QUARTERLY": "3か月ごと 年４回 4回/年 四半期に一回 四半期ごと ３月ごと R/P3M",
    "QUINQUENNIAL": "５年ごと 概ね5年ごと 5年ごと 5年に1回 5年",
    "ANNUAL_2": "半年ごと 年２回 年に２回程度 1年に2回程度 ２回/年度",
    "DAILY": "毎日 毎日8:30更新 R/P1D",
    "TRIENNIAL": "３年に１回 1回/3年",
    "QUADRENNIAL": "4年ごと",
    "BIENNIAL": "2年に1回",
    "BIMONTHLY": "2か月ごと 隔月",
    "ANNUAL_3": "3回/年",
    "OTHER": "市場開市日ごと 年に数回 1回/6～7年",
    "UNKNOWN": "未定 不明",
    "WEEKLY": "毎週 週1回 R/P1W",
    "MONTHLY_2": "月２回",
    "UPDATE_CONT": "R/PT1S 常時",
}


@pytest.mark.parametrize(("code", "texts"), FREQUENCIES.items())
def test_frequencies_in_every_spelling(code: str, texts: str) -> None:
    found = {text: frequency_of(text) for text in texts.split()}
    assert {text for text, node in found.items() if node is None or not node.value.endswith(f"/{code}")} == set()


@pytest.mark.parametrize("text", ["", "春", "http://x.example/", "R/P1Q", "99999999999年"])
def test_what_is_no_frequency_is_none_or_other(text: str) -> None:
    found = frequency_of(text)
    assert found is None or found.value.endswith("/OTHER")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CSV", "CSV"),
        ("ＣＳＶ", "CSV"),
        ("csv", "CSV"),
        ("xisx", "XLSX"),
        ("_2CSV", "CSV"),
        ("GeoJSON", "GEOJSON"),
        (".xls", "XLS"),
    ],
)
def test_formats_in_every_spelling(text: str, code: str) -> None:
    assert str(file_type_of(text)).endswith(f"/file-type/{code}>")


@pytest.mark.parametrize(
    ("given", "licence"),
    [
        (
            ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/deed.ja"),
            "https://creativecommons.org/licenses/by/4.0/",
        ),
        (("cc-by", None), "http://www.opendefinition.org/licenses/cc-by"),
        (("CC BY 4.0", None), "https://creativecommons.org/licenses/by/4.0/"),
        ((None, "http://creativecommons.org/licenses/by/2.1/jp/"), "https://creativecommons.org/licenses/by/2.1/jp/"),
        (("CC0", None), "https://creativecommons.org/publicdomain/zero/1.0/"),
    ],
)
def test_licences_by_id_and_address(given: tuple[str | None, str | None], licence: str) -> None:
    assert licence_of(*given) == NamedNode(licence)


def test_unknown_names_are_no_codes() -> None:
    assert (file_type_of("/DATASET/X"), licence_of("ours"), access_right_of("x"), language_code_of("xx")) == (None,) * 4


def test_media_types_and_files() -> None:
    assert media_type_of("Text/CSV; charset=UTF-8") == NamedNode(
        "https://www.iana.org/assignments/media-types/text/csv"
    )
    assert media_type_of("CSV") is None
    assert is_file("https://x.example/a.csv?b=1")
    assert not is_file("https://x.example/a.html")


@pytest.mark.parametrize(
    ("file", "table", "values"),
    [
        ("file-types", "file-type", codes._FORMATS.values()),
        ("frequencies", "frequency", codes._CODES),
        ("languages", "language", codes._LANGUAGES.values()),
        ("access-rights", "access-right", codes._ACCESS.values()),
    ],
)
def test_every_code_is_in_our_own_vocabulary(
    file: str, table: str, values: object, request: pytest.FixtureRequest
) -> None:
    text = (Path(request.config.rootpath) / f"shapes/vocabularies/{file}.ttl").read_text()
    known = set(re.findall(rf"authority/{table}/([A-Z0-9_]+)>", text))
    assert set(values) <= known  # type: ignore[call-overload]
