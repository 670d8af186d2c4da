"""The full text port, with the embedded engine."""

import asyncio
import dataclasses
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from catalog.search_query import clause_of
from ontology.messages import Message
from stores.fulltext.local import LocalFullText
from stores.fulltext.port import Coded, SearchAnswer, SearchDocument, SearchRequest

pytestmark = pytest.mark.anyio


def coded(value: str, ja: str | None = None, en: str | None = None) -> Coded:
    return Coded(value, Message(ja or value, en or ja or value))


def document(key: int, title: str = "", **more: Any) -> SearchDocument:
    given: dict[str, Any] = {
        "short_id": f"d{key}",
        "iri": f"https://example.org/{key}",
        "kind": "Dataset",
        "catalog": "main",
        "audience": "public",
        "titles": {"ja": [title]} if title else {},
    }
    return SearchDocument(key=key, **(given | more))


@pytest.fixture(params=[0, 1, 200], ids=["settled", "parted", "recent"])
async def index(request: pytest.FixtureRequest) -> AsyncIterator[LocalFullText]:
    """One whose documents all stand in the big index, in both, or all in the small one of recent documents."""
    opened = LocalFullText(recent=request.param)
    yield opened
    await opened.close()


async def fill(index: LocalFullText, *documents: SearchDocument) -> None:
    await index.apply(documents[:-1], [], 1)
    await index.apply(documents[-1:], [], 1)


async def ask(index: LocalFullText, q: str = "", **more: Any) -> SearchAnswer:
    given: dict[str, Any] = {"audiences": ("public",), "q": q, "clause": clause_of(q)}
    return await index.search(SearchRequest(**(given | more)))


async def keys(index: LocalFullText, q: str = "", **more: Any) -> list[int]:
    return [item.key for item in (await ask(index, q, **more)).items]


FINDS = [
    ("人口", "人口統計"),
    ("法人", "公益法人一覧"),
    ("京都", "京都市の統計"),
    ("人口統計", "人口の統計"),
    ("大田区AED", "AED設置場所（大田区）"),
    ("2019", "令和元年度決算"),
    ("2019年", "平成31年予算"),
    ("令和元年", "2019年度決算"),
    ("平成31年", "令和元年版"),
    ("平成３０年度", "2018年の人口"),
    ("2018", "平成三十年の人口"),
    ("平成24年", "H24土壌調査"),
    ("H24", "平成24年度の調査"),
    ("国勢調査", "國勢調査"),
    ("渋沢", "澁澤家文書"),
    ("渡辺", "渡邉家文書"),
    ("渡邊", "渡辺家文書"),
    ("ｺﾝﾋﾟｭｰﾀ", "コンピューター台数"),
    ("サーバ", "サーバー一覧"),
    ("ＣＳＶ", "csvファイル"),
    ("霞ヶ関", "霞ケ関駅"),
    ("設置か所", "設置箇所"),
    ("3カ所", "3ヶ所"),
    ("子供", "こどもの数"),
    ("ゴミ収集日", "ごみ収集日程"),
    ("引越し", "引っ越しの件数"),
    ("観光客数", "観光客数等実態調査"),
    ("デジタル", "ディジタル化"),
    ("ざざむし", "ざざむしの生息"),
    ("愛媛", "愛\U000e0100媛県"),
    ("が", "が"),
]


@pytest.mark.parametrize(("q", "title"), FINDS, ids=[q for q, _ in FINDS])
async def test_japanese_is_found_in_its_other_spelling(index: LocalFullText, q: str, title: str) -> None:
    await fill(index, document(1, title), document(2, "別の話"))
    assert await keys(index, q) == [1]


NEVER = [
    ("京都", "東京都"),
    ("京都", "東京都市計画と東京都民"),
    ("東京都 京都", "東京都"),
    ("人参", "外国人参政権"),
    ("都市", "東京都の市場"),
    ("人口 世帯", "人口"),
    ("2019", "2018年の人口"),
    ('"人口統計"', "人口の統計"),
]


@pytest.mark.parametrize(("q", "title"), NEVER, ids=[f"{q} in {title}" for q, title in NEVER])
async def test_a_word_is_not_found_across_other_words(index: LocalFullText, q: str, title: str) -> None:
    await fill(index, document(1, title))
    assert await keys(index, q) == []


EUROPEAN = [
    ("statistic", "en", "Population statistics"),
    ("schools", "en", "List of every school"),
    ("haus", "de", "Häuser in Berlin"),
    ("strasse", "de", "Straßenverzeichnis der Straße"),
    ("ecole", "fr", "Les écoles"),
    ("données", "fr", "donnee"),
    ("città", "it", "Citta d'arte"),
    ("kommunerna", "sv", "Kommunernas skolor"),
    ("przystanki", "pl", "Przystanki"),
    ("wasser", "en", "Wasser"),
]


@pytest.mark.parametrize(("q", "language", "title"), EUROPEAN, ids=[f"{q} {tag}" for q, tag, _ in EUROPEAN])
async def test_european_words_meet_by_stem_and_without_accents(
    index: LocalFullText, q: str, language: str, title: str
) -> None:
    await fill(index, document(1, titles={"ja": ["題"], language: [title]}), document(2, "別の話"))
    assert await keys(index, q) == [1]


async def test_a_phrase_does_not_run_from_one_value_into_the_next(index: LocalFullText) -> None:
    await fill(index, document(1, "甲", keywords={"ja": ["人口", "統計"]}), document(2, "人口統計"))
    assert await keys(index, '"人口統計"') == [2]


async def test_a_title_counts_more_than_a_keyword_and_that_more_than_a_description(index: LocalFullText) -> None:
    await fill(
        index,
        document(1, "甲", descriptions={"ja": ["水質の話"]}),
        document(2, "乙", keywords={"ja": ["水質"]}),
        document(3, "水質調査"),
    )
    assert await keys(index, "水質") == [3, 2, 1]


async def test_the_exact_title_comes_first(index: LocalFullText) -> None:
    await fill(index, document(1, "避難所 避難所 避難所一覧"), document(2, "避難所"), document(3, "避難所の避難所"))
    assert (await keys(index, "避難所"))[0] == 2


@pytest.mark.parametrize("index", [0, 200], indirect=True)  # the lengths that BM25 compares with differ between the two
async def test_equals_come_by_newest_change_and_then_by_short_id(index: LocalFullText) -> None:
    days = {1: "2020-01-01", 2: "2024-05-01", 3: "2020-01-01", 4: None}
    await fill(index, *(document(key, "水質調査", modified=day) for key, day in days.items()))
    assert await keys(index, "水質") == [2, 1, 3, 4]
    assert await keys(index) == [2, 1, 3, 4]


async def test_sorting_by_date_and_title(index: LocalFullText) -> None:
    await fill(index, document(1, "う", issued="2020"), document(2, "あ", issued="2024-05"), document(3, "い"))
    assert await keys(index, sort="issued") == [2, 1, 3]
    assert await keys(index, sort="title") == [2, 3, 1]


async def test_pages_part_the_answer_without_gap_or_overlap(index: LocalFullText) -> None:
    await fill(index, *(document(key, "水質調査") for key in range(1, 96)))
    pages = [await keys(index, "水質", page=page, size=10) for page in range(1, 11)]
    assert sorted(key for page in pages for key in page) == list(range(1, 96))


async def test_a_facet_is_counted_without_its_own_filter_and_with_the_others(index: LocalFullText) -> None:
    csv, pdf = [coded("CSV")], [coded("PDF")]
    first, second = [coded("urn:p1", "甲市", "Ko")], [coded("urn:p2", "乙市", "Otsu")]
    await fill(
        index,
        document(1, "甲", formats=csv, publishers=first),
        document(2, "乙", formats=pdf, publishers=first),
        document(3, "丙", formats=pdf, publishers=second),
    )
    facets = (await ask(index, filters={"format": ("PDF",)})).facets
    assert [(one.value, one.count) for one in facets["format"]] == [("PDF", 2), ("CSV", 1)]
    assert [(one.label.en, one.count) for one in facets["publisher"]] == [("Ko", 1), ("Otsu", 1)]


async def test_values_of_one_filter_are_alternatives_and_filters_add_up(index: LocalFullText) -> None:
    await fill(
        index,
        document(1, "甲", formats=[coded("CSV")], catalog="a"),
        document(2, "乙", formats=[coded("PDF")], catalog="a"),
        document(3, "丙", formats=[coded("CSV")], catalog="b"),
    )
    assert set(await keys(index, filters={"format": ("CSV", "PDF"), "catalog": ("a",)})) == {1, 2}


async def test_a_chosen_value_is_shown_even_when_it_is_rare(index: LocalFullText) -> None:
    await fill(index, *(document(key, "甲", keywords={"ja": [f"語{key % 30:02}", "別"]}) for key in range(1, 59)))
    facets = (await ask(index, filters={"keyword": ("語29", "無い語")}, facet_size=5)).facets
    assert {one.value: one.count for one in facets["keyword"] if one.value in {"語29", "無い語"}} == {
        "語29": 1,
        "無い語": 0,
    }


RANGES = [
    ({"issued": ("2020-01-01", "2020-12-31")}, {1}),
    ({"issued": ("2020", None)}, {1, 2}),
    ({"issued": (None, "2020-06")}, {1}),
    ({"period": ("2015-06-01", "2016-01-01")}, {2}),
    ({"period": (None, "2010")}, set()),
    ({"period": ("2030", None)}, {1}),
    ({"bbox": (139.0, 35.0, 140.0, 36.0)}, {1}),
    ({"bbox": (170.0, -30.0, -170.0, -10.0)}, {2}),
    ({"bbox": (-175.0, -20.0, -172.0, -15.0)}, {2}),
    ({"bbox": (0.0, 0.0, 1.0, 1.0)}, set()),
]


@pytest.mark.parametrize(("asked", "found"), RANGES, ids=[str(asked) for asked, _ in RANGES])
async def test_dates_periods_and_boxes_narrow(index: LocalFullText, asked: dict[str, Any], found: set[int]) -> None:
    await fill(
        index,
        document(1, "甲", issued="2020-04-01", period=("2020-01-01", None), bbox=(139.5, 35.5, 139.9, 35.8)),
        document(2, "乙", issued="2021", period=("2015", "2015"), bbox=(177.0, -20.0, -170.0, -15.0)),
        document(3, "丙"),
    )
    assert set(await keys(index, **asked)) == found


async def test_marks_show_what_was_found_and_the_pieces_make_the_text(index: LocalFullText) -> None:
    text = "前置き。" * 60 + "ここに<b>人口</b>の統計がある。" + "後書き。" * 60
    await fill(index, document(1, "ﾄｳｷｮｳの人口", descriptions={"ja": [text]}))
    (hit,) = (await ask(index, "東京 人口 OR 人口")).items or (await ask(index, "人口")).items
    assert ("人口", True) in hit.title
    assert "".join(piece for piece, _ in hit.title) == "ﾄｳｷｮｳの人口"
    assert ("人口", True) in hit.snippet
    assert "".join(piece for piece, _ in hit.snippet).strip("…") in text
    assert hit.fields == ("title", "description")


async def test_marks_fall_on_words_of_the_same_stem_and_never_inside_other_words(index: LocalFullText) -> None:
    await fill(index, document(1, titles={"en": ["Schools of Kyoto"]}, descriptions={"ja": ["東京都と京都市"]}))
    (hit,) = (await ask(index, "school 京都")).items
    assert hit.title == (("Schools", True), (" of Kyoto", False))
    assert hit.snippet == (("東京都と", False), ("京都", True), ("市", False))


async def test_what_only_bigrams_found_is_marked_too(index: LocalFullText) -> None:
    await fill(index, document(1, "町田市ホゲフガ通り"))
    assert ("ホゲフガ", True) in (await ask(index, "ゲフガ")).items[0].title


async def test_a_hit_in_files_alone_says_so(index: LocalFullText) -> None:
    await fill(index, document(1, "甲", other_text=["人口の表"]))
    assert (await ask(index, "人口")).items[0].fields == ("other",)


async def test_the_title_is_shown_in_the_readers_language(index: LocalFullText) -> None:
    await fill(index, document(1, titles={"ja": ["人口"], "en": ["Population"]}))
    assert (await ask(index, "人口", language="en")).items[0].title == (("Population", False),)


SYNTAX = [
    ("人口 -速報", {1}),
    ("-速報", {1, 3, 4}),
    ("人口 OR 世帯", {1, 2, 3}),
    ("世帯*", {3}),
    ("stat*", {4}),
    ("title:人口", {1, 2}),
    ("keyword:防災", {3}),
    ("publisher:港区", {4}),
    ("theme:環境", {1}),
    ("theme:urn:theme:envi", {1}),
    ("id:ABC-1", {2}),
    ("ABC-1", {2}),
    ("https://example.org/4", {4}),
    ("提供者:港区", {4}),
    ('title:"人口 速報"', {2}),
]


@pytest.mark.parametrize(("q", "found"), SYNTAX, ids=[q for q, _ in SYNTAX])
async def test_what_people_type_means_what_they_expect(index: LocalFullText, q: str, found: set[int]) -> None:
    await fill(
        index,
        document(1, "人口", themes=[coded("urn:theme:envi", "環境", "Environment")]),
        document(2, "人口速報", identifiers=["ABC-1"]),
        document(3, "世帯数", keywords={"ja": ["防災"]}),
        document(4, titles={"en": ["Statistics"]}, publishers=[coded("urn:minato", "港区", "Minato")]),
    )
    assert set(await keys(index, q)) == found


async def test_a_write_is_visible_at_once_and_the_cursor_moves_with_it(index: LocalFullText) -> None:
    await index.apply([document(1, "人口")], [], 7)
    assert await keys(index, "人口") == [1]
    assert await index.cursor() == 7
    await index.apply([document(1, "世帯")], [], 8)
    assert await keys(index, "人口") == []
    await index.apply([], [1], 9)
    assert (await index.count(), await index.cursor(), await index.keys()) == (0, 9, set())


async def test_applying_the_same_again_changes_nothing(index: LocalFullText) -> None:
    for _ in range(3):
        await index.apply([document(1, "人口"), document(2, "世帯")], [3], 5)
    assert (await index.count(), await index.keys(), await index.cursor()) == (2, {1, 2}, 5)


async def test_writes_at_the_same_time_share_commits_and_all_arrive(index: LocalFullText) -> None:
    await asyncio.gather(*(index.apply([document(key, "人口")], [], key) for key in range(1, 41)))
    assert (await index.count(), await index.cursor()) == (40, 40)


async def test_a_failed_write_leaves_the_index_as_it_was(index: LocalFullText) -> None:
    await fill(index, document(1, "人口"))
    with pytest.raises(OverflowError):
        await index.apply([document(2, "世帯"), document(-1, "壊れた")], [], 2)
    assert (await index.keys(), await index.cursor()) == ({1}, 1)
    await index.apply([document(3, "面積")], [], 3)
    assert await index.keys() == {1, 3}


async def test_an_index_in_a_folder_is_there_again_when_opened_again(tmp_path: Path) -> None:
    first = LocalFullText(tmp_path)
    await fill(first, document(1, "人口", titles={"de": ["Häuser"]}))
    await first.close()
    again = LocalFullText(tmp_path)
    assert (await again.cursor(), await keys(again, "haus")) == (1, [1])
    await again.clear()
    assert (await again.cursor(), await again.count()) == (0, 0)
    await again.close()


async def test_what_a_killed_process_left_half_written_is_in_nobodys_way(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    first = LocalFullText(here, recent=0)
    await first.apply([document(number, "one") for number in range(3)], [], 1)
    await first.close()
    shutil.copytree(here, there)
    later = LocalFullText(there, recent=0)
    await later.apply([document(1, "two")], [], 2)
    await later.close()
    for left in [
        *there.rglob(".managed.json"),
        *there.rglob("*.del"),
    ]:  # what was written before the commit that never came
        shutil.copy(left, here / left.relative_to(there))
    again = LocalFullText(here, recent=0)
    await again.apply([document(1, "two")], [], 2)
    assert [await keys(again, q) for q in ("one", "two")] == [[0, 2], [1]]
    await again.close()


async def test_a_damaged_folder_is_made_anew_with_the_cursor_at_nothing(tmp_path: Path) -> None:
    first = LocalFullText(tmp_path)
    await fill(first, document(1, "人口"))
    await first.close()
    damaged = tmp_path / "layout-1" / "meta.json"
    damaged.write_text("{", encoding="utf-8")
    again = LocalFullText(tmp_path)
    assert (await again.cursor(), await again.count()) == (0, 0)
    await again.close()


SECRET = {
    "titles": {"ja": ["カナリア計画"], "en": ["Canary plan"]},
    "descriptions": {"ja": ["カナリアと人口の秘密"]},
    "keywords": {"ja": ["カナリア語"]},
    "publishers": [coded("urn:p", "カナリア省", "Ministry of Canaries")],
    "themes": [coded("urn:canary", "カナリア", "Canary")],
    "formats": [coded("CANARY")],
    "other_text": ["カナリア表"],
}


@pytest.mark.parametrize("audience", ["participants", "only/abc", "only/abc only/def"])
async def test_what_others_may_see_is_not_found_counted_named_or_suggested(index: LocalFullText, audience: str) -> None:
    public = document(1, "人口", publishers=[coded("urn:p", "甲省", "Ko")])
    await fill(index, public, document(2, audience=audience, **SECRET))
    answers = [await ask(index, q) for q in ("", "人口", "カナリア", "canary", "id:d2", "カナ*", "-無")]
    assert [answer.total for answer in answers] == [1, 1, 0, 0, 0, 0, 1]
    seen = str([dataclasses.asdict(answer) for answer in answers])
    assert "カナリア" not in seen
    assert "anar" not in seen
    for prefix in ("カ", "カナリア", "c", "can", "ministry", "表"):
        assert await index.suggest(prefix, ("public",)) == ()
    assert (await ask(index, "カナリア", audiences=("public", *audience.split()))).total == 1
    assert (await index.suggest("カナリア", ("public", audience.split(" ", 1)[0])))[0].text.startswith("カナリア")


async def test_a_change_of_audience_holds_for_the_next_search(index: LocalFullText) -> None:
    await fill(index, document(1, "人口", keywords={"ja": ["人口語"]}))
    assert await index.suggest("人口語", ("public",))
    await index.apply([document(1, "人口", keywords={"ja": ["人口語"]}, audience="participants")], [], 2)
    assert await keys(index, "人口") == []
    assert await index.suggest("人口", ("public",)) == ()


async def test_a_reader_of_no_audience_sees_nothing(index: LocalFullText) -> None:
    await fill(index, document(1, "人口"))
    assert (await ask(index, audiences=())).total == 0
    assert await index.suggest("人", ()) == ()


async def test_suggestions_complete_titles_words_keywords_and_publishers(index: LocalFullText) -> None:
    await fill(
        index,
        document(1, "港区の公衆無線LANアクセスポイント一覧", keywords={"ja": ["無線通信"], "en": ["Wireless"]}),
        document(2, "無線通信", publishers=[coded("urn:p", "無線局", "Radio")]),
    )
    assert [one.text for one in await index.suggest("無線", ("public",))] == [
        "無線通信", "無線LANアクセスポイント一覧", "無線局",
    ]  # fmt: skip
    assert [one.text for one in await index.suggest("WIRE", ("public",))] == ["Wireless"]
    assert (await index.suggest("港区", ("public",)))[0].count == 1
