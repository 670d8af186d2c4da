"""Search for readers: parameters, names, hostile questions."""

import random
import time
from collections.abc import AsyncIterator, Sequence

import pytest

from catalog.search import Search, SearchParameterInvalid, request_from
from catalog.search_query import clause_of
from ontology.messages import Message
from stores.fulltext.local import LocalFullText
from stores.fulltext.port import SearchDocument, SearchRequest

pytestmark = pytest.mark.anyio

PUBLIC = ("public",)


def document(key: int, title: str, audience: str = "public") -> SearchDocument:
    return SearchDocument(
        key=key, short_id=f"d{key}", iri=f"urn:{key}", kind="Dataset", catalog="main", audience=audience,
        titles={"ja": [title]}, descriptions={"ja": [f"{title}についての説明"]}, keywords={"ja": [title[:2]]},
    )  # fmt: skip


@pytest.fixture
async def index() -> AsyncIterator[LocalFullText]:
    opened = LocalFullText()
    await opened.apply([document(1, "人口統計"), document(2, "カナリア計画", "participants")], [], 1)
    yield opened
    await opened.close()


def test_parameters_make_a_request() -> None:
    request = request_from(
        {
            "q": ["人口"], "format": ["csv", "ＣＳＶ", "pdf"], "kind": ["datasets"], "publisher": ["urn:p", ""],
            "issued": ["2020..2021-03"], "modified": ["..2021"], "period": ["2019"], "bbox": ["139.5, 35.5,139.9,35.8"],
            "sort": ["modified"], "page": ["2"], "size": ["50"], "unknown": ["x"],
        },
        PUBLIC,
        "en",
    )  # fmt: skip
    assert request == SearchRequest(
        audiences=PUBLIC, q="人口", clause=clause_of("人口"),
        filters={"format": ("CSV", "PDF"), "kind": ("Dataset",), "publisher": ("urn:p",)},
        issued=("2020", "2021-03"), modified=(None, "2021"), period=("2019", "2019"), bbox=(139.5, 35.5, 139.9, 35.8),
        sort="modified", page=2, size=50, language="en",
    )  # fmt: skip


def test_empty_parameters_are_absent_ones() -> None:
    names = ("q", "issued", "bbox", "sort", "page", "size", "format")
    assert request_from({name: [" "] for name in names}, PUBLIC) == SearchRequest(audiences=PUBLIC)


WRONG = [
    ("issued", "yesterday"),
    ("issued", ".."),
    ("issued", "2020-13-01..2021"),
    ("period", "a..b"),
    ("modified", "2021-02-30"),
    ("bbox", "1,2,3"),
    ("bbox", "1,2,3,4,5"),
    ("bbox", "nan,0,1,1"),
    ("bbox", "0,\x1e0,1,1"),
    ("bbox", "0,10,1,5"),
    ("bbox", "-200,0,1,1"),
    ("sort", "random"),
    ("page", "0"),
    ("page", "-1"),
    ("page", "٣"),
    ("page", "9999"),
    ("size", "101"),
    ("size", "1e3"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_parameter_that_cannot_be_read_is_named_in_both_languages(name: str, value: str) -> None:
    with pytest.raises(SearchParameterInvalid) as refused:
        request_from({name: [value]}, PUBLIC)
    assert refused.value.parameter == name
    assert refused.value.message.ja
    assert refused.value.message.en.endswith(".")


async def test_kinds_and_catalogs_have_names(index: LocalFullText) -> None:
    async def titles(ids: Sequence[str]) -> dict[str, Message]:
        return {name: Message("主", "The main one") for name in ids if name == "main"}

    search = Search(index, titles)
    facets = (await search.search(request_from({}, PUBLIC))).facets
    assert [one.label.ja for one in facets["kind"]] == ["データセット"]
    assert [one.label.en for one in facets["catalog"]] == ["The main one"]


def hostile() -> list[str]:
    """Two hundred questions that nobody means well."""
    fixed = [
        *("/.*/", "title:/a+/", "*:*", "*", "[*]", "audience:participants", "audience:*", "f_kind:Dataset", "id:*"),
        *(
            "+audience:participants",
            "title:*",
            "a~100",
            "人口~2",
            "人口^1000000",
            "((((((((((",
            "))))",
            "\\",
            "\\u0000",
        ),
        *(
            "<script>alert(1)</script>",
            "{{7*7}}",
            "%00",
            "${jndi:ldap://x}",
            "🎉",
            "👨\u200d👩\u200d👧",
            "İ",
            "ǅ",
            "一*",
        ),
        *(
            "·",
            "role:cursor",
            "cursor",
            "document",
            "1e999",
            "-0",
            "NaN",
            "٣٤",
            "평양",
            "กรุงเทพ",
            "平成99年",
            "令和0年",
        ),
        *("H99", "令和0年", "\\u0000", "昭和元年昭和元年", "1.2.3.4.5.6", "ﺍﻟﻌﺮﺑﻴﺔ"),
        *("* *", "[* TO *]", 'title:"*"', "NOT NOT NOT", "- - -", "OR OR OR", "'; DROP TABLE x;--"),
        *("\x00", "\x00人口", "\ud800\udfff", "\u202e人口", "\ufeff", "\x1f", "人口\x1f", "\n\r\t\v\f\u2028"),
        *("ﷺ" * 200, "か" + "\u3099" * 500, "e" + "\u0301" * 2000, "㌀" * 500, "𠮷" * 900, "ー" * 5000, "\u0e33" * 500),
        *("人" * 20_000, "a" * 100_000, '"' * 1001, "-" * 1001, "title:" * 500, "人口 " * 5000, "a* " * 500),
        *('"人口 統計"*' * 100, "元年" * 300, "." * 1000, "PM2." * 200),
    ]
    draw = random.Random(35)
    alphabet = '"*-:()[]{}~^+|&!\\/ 　人口カナリア統計ORtitle令和元年🎉\x00\ud800\u0301'
    drawn = ["".join(draw.choices(alphabet, k=draw.randrange(1, 400))) for _ in range(200 - len(fixed))]
    return fixed + drawn


async def test_p35_hostile_questions_are_answered_quickly_and_show_nothing_secret(index: LocalFullText) -> None:
    questions = hostile()
    assert len(questions) >= 200
    search = Search(index)
    for question in questions:
        start = time.perf_counter()
        answer = await search.search(request_from({"q": [question], "format": [question]}, PUBLIC))
        plain = await search.search(request_from({"q": [question]}, PUBLIC))
        suggested = await search.suggest(question, PUBLIC)
        assert time.perf_counter() - start < 1, question[:50]
        assert answer.total <= plain.total <= 1
        assert all(item.key == 1 for item in plain.items)
        assert all("カナリア" not in one.text for one in suggested)


async def test_p36_suggestions_know_only_what_the_reader_may_see(index: LocalFullText) -> None:
    search = Search(index)
    for length in range(1, 7):
        assert await search.suggest("カナリア計画"[:length], PUBLIC) == ()
    assert await search.suggest("カナ", ("participants",))
    assert await search.suggest("", PUBLIC) == ()
