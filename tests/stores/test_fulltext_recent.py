"""Documents that wait in memory are found, counted and ordered as if they stood in the big index."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from catalog.search_query import clause_of
from ontology.messages import Message
from stores.fulltext.local import LocalFullText
from stores.fulltext.port import Coded, SearchAnswer, SearchDocument, SearchRequest

pytestmark = pytest.mark.anyio
WORDS = ("人口", "統計", "防災", "避難所", "学校", "観光", "予算", "水質", "道路", "公園")
STORED, RECENT = range(1, 41), range(31, 47)  # the last ten of the stored ones come again
GONE = [3, 44]


def document(key: int, version: int = 1) -> SearchDocument:
    first, second = WORDS[key % 10], WORDS[(key * 7 + version) % 10]
    return SearchDocument(
        key=key, short_id=f"d{key:03}", iri=f"https://example.org/{key}", kind="Dataset", catalog=f"c{key % 2}",
        audience="public" if key % 5 else "only/a", titles={"ja": [f"{first}の{second} {key}"], "en": [f"List {key}"]},
        descriptions={"ja": [f"{second}を収録したものです。"]}, keywords={"ja": [second, f"語{key % 13}"]},
        publishers=[Coded(f"urn:p{key % 4}", Message(f"市{key % 4}", f"City {key % 4}"))],
        issued=f"20{10 + key % 12}-01-01",
    )  # fmt: skip


async def told(index: LocalFullText) -> None:
    await index.apply([document(key) for key in STORED], [], 1)
    await index.apply([document(key, 2) for key in RECENT], GONE, 2)


@pytest.fixture
async def both() -> AsyncIterator[tuple[LocalFullText, LocalFullText]]:
    """The same told to one that keeps some documents waiting and to one that never does."""
    parted, settled = LocalFullText(recent=len(RECENT) + 1), LocalFullText(recent=0)
    await told(parted)
    await told(settled)
    yield parted, settled
    await parted.close()
    await settled.close()


async def ask(index: LocalFullText, q: str, **more: Any) -> SearchAnswer:
    given: dict[str, Any] = {"audiences": ("public",), "q": q, "clause": clause_of(q)}
    return await index.search(SearchRequest(**(given | more)))


def shown(answer: SearchAnswer) -> tuple[Any, ...]:
    return answer.total, [(one.key, one.title, one.snippet) for one in answer.items], answer.facets


ASKED: list[tuple[str, dict[str, Any]]] = [
    ("", {}),
    ("", {"sort": "title", "page": 2}),
    ("", {"sort": "issued", "page": 3, "size": 7}),
    ("", {"page": 5, "size": 9}),
    ("", {"audiences": ("public", "only/a"), "filters": {"publisher": ("urn:p1",), "keyword": ("無い語",)}}),
    ("人口", {"sort": "modified", "size": 4, "page": 2}),
    ("人口", {"filters": {"catalog": ("c1",)}, "facet_size": 3}),
    ("防災 OR 学校", {"sort": "title", "size": 5}),
    ("list -人口", {"sort": "issued", "page": 2}),
]


@pytest.mark.parametrize(("q", "asked"), ASKED, ids=[f"{q} {asked}" for q, asked in ASKED])
async def test_the_answer_is_that_of_one_index(
    both: tuple[LocalFullText, LocalFullText], q: str, asked: dict[str, Any]
) -> None:
    parted, settled = [shown(await ask(index, q, **asked)) for index in both]
    assert parted == settled


@pytest.mark.parametrize("q", ["人口", "防災 統計", "観光の予算", "lists", "41", "語5", "道路 OR 公園", "水*"])
async def test_scores_are_nearly_those_of_one_index(both: tuple[LocalFullText, LocalFullText], q: str) -> None:
    parted, settled = [{one.key: one.score for one in (await ask(index, q, size=50)).items} for index in both]
    assert parted.keys() == settled.keys()
    assert all(parted[key] == pytest.approx(settled[key], rel=0.2, abs=0.2) for key in parted)


async def test_what_is_counted_completed_and_mentioned_is_that_of_one_index(
    both: tuple[LocalFullText, LocalFullText],
) -> None:
    parted, settled = [
        (
            await index.cursor(), await index.count(), await index.keys(), await index.mentioning(["urn:p1"]),
            await index.suggest("人", ("public",)), await index.suggest("l", ("public", "only/a"), 20),
        )
        for index in both
    ]  # fmt: skip
    assert parted == settled


async def test_recent_documents_are_on_disk_after_a_close_and_given_again_after_a_crash(tmp_path: Path) -> None:
    first = LocalFullText(tmp_path / "closed")
    await first.apply([document(1)], [], 5)
    await first.close()
    again = LocalFullText(tmp_path / "closed")
    assert (await again.keys(), await again.cursor()) == ({1}, 5)
    await again.apply([document(2)], [], 6)
    (tmp_path / "crashed").mkdir()
    crashed = _copied(tmp_path / "closed" / "layout-1", tmp_path / "crashed" / "layout-1")
    await again.close()
    assert (await crashed.keys(), await crashed.cursor()) == ({1}, 5)
    await crashed.close()


def _copied(folder: Path, target: Path) -> LocalFullText:
    target.mkdir()
    for file in folder.iterdir():
        if not file.name.endswith(".lock"):
            (target / file.name).write_bytes(file.read_bytes())
    return LocalFullText(target.parent)
