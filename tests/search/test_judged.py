"""Search over real Japanese records: judged queries, and known items looked for by two remembered words."""

import json
import random
import re
import tarfile
import unicodedata
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from catalog.search_query import clause_of
from ontology.messages import Message
from stores.fulltext.local import LocalFullText
from stores.fulltext.port import Coded, SearchAnswer, SearchDocument, SearchRequest

pytestmark = pytest.mark.anyio

JUDGED = json.loads(Path(__file__).with_name("judged_queries.json").read_text(encoding="utf-8"))["queries"]


def coded(value: str) -> Coded:
    return Coded(value, Message(value, value))


def records(shared: Path) -> list[dict[str, Any]]:
    """The newest record of each CKAN name."""
    newest: dict[str, dict[str, Any]] = {}
    for text in record_texts(shared):
        try:
            answer = json.loads(text)
        except ValueError:
            continue
        record = answer.get("result") or answer
        if not isinstance(record, dict) or not record.get("title"):
            continue
        known = newest.get(record["name"])
        if known is None or known["metadata_modified"] < record["metadata_modified"]:
            newest[record["name"]] = record
    return [newest[name] for name in sorted(newest)]


def record_texts(shared: Path) -> Iterator[bytes]:
    with tarfile.open(shared / "data/dcat/catalogs/ckan-tokyo/packages.tar.gz") as packages:
        for member in packages:
            if member.isfile() and (file := packages.extractfile(member)):
                yield file.read()
    for path in sorted((shared / "data/japan/ckan/tokyo").glob("*.json")):
        yield path.read_bytes()


def document(key: int, record: dict[str, Any]) -> SearchDocument:
    resources = record.get("resources") or []
    organization = (record.get("organization") or {}).get("title")
    return SearchDocument(
        key=key,
        short_id=record["name"],
        iri=f"https://example.org/dataset/{record['name']}",
        kind="Dataset",
        catalog="tokyo",
        audience="public",
        titles={"ja": [record["title"]]},
        descriptions={"ja": [record["notes"]]} if record.get("notes") else {},
        keywords={"ja": [tag["name"] for tag in record.get("tags") or []]},
        publishers=[coded(organization)] if organization else [],
        themes=[coded(group["title"]) for group in record.get("groups") or []],
        formats=[coded(name) for name in dict.fromkeys(one.get("format") or "" for one in resources) if name],
        other_text=[text for one in resources for text in (one.get("name"), one.get("description")) if text],
        modified=record["metadata_modified"],
    )


class Tokyo:
    """The records in an index, each asked for by its CKAN name."""

    def __init__(self, found: list[dict[str, Any]]) -> None:
        self.records = found
        self.index = LocalFullText()

    async def fill(self) -> None:
        await self.index.apply([document(key, one) for key, one in enumerate(self.records, 1)], [], 1)

    async def ask(self, q: str, size: int = 10) -> SearchAnswer:
        request = SearchRequest(audiences=("public",), q=q, clause=clause_of(q), size=size, facets=())
        return await self.index.search(request)

    async def names(self, q: str, size: int = 10) -> list[str]:
        return [item.short_id for item in (await self.ask(q, size)).items]


@pytest.fixture(scope="module")
async def tokyo(shared: Path) -> Tokyo:
    found = Tokyo(records(shared))
    await found.fill()
    return found


def test_sixty_queries_and_more_are_judged() -> None:
    assert len(JUDGED) >= 60
    assert len({judged["q"] for judged in JUDGED}) == len(JUDGED)


@pytest.mark.parametrize("judged", JUDGED, ids=[judged["q"] for judged in JUDGED])
async def test_judged_query_finds_what_a_reader_of_the_records_would(tokyo: Tokyo, judged: dict[str, Any]) -> None:
    names = await tokyo.names(judged["q"], 100)
    assert set(judged.get("must", ())) <= set(names[:10])
    assert not set(judged.get("never", ())) & set(names)
    if "total" in judged:
        assert (await tokyo.ask(judged["q"])).total == judged["total"]


SEED = 20260401
TELLING = 4
CONTENT = re.compile(
    r"(?:平成|令和|昭和)(?:元|[0-9]{1,2})年(?:[0-9]{1,2}月)?"  # when
    r"|(?<![一-鿿々])[一-鿿々]{2,6}(?![一-鿿々0-9])(?![ぁ-ゖ](?<![のはがをにでとやもへ]))"  # a whole run, no verb
    r"|(?<![ァ-ヺー])[ァ-ヺー]{3,12}(?![ァ-ヺー])"
    r"|(?<![A-Za-z])[A-Za-z]{3,12}(?![A-Za-z])"
)


def content_words(record: dict[str, Any]) -> set[str]:
    """Content words of title and notes by spelling, without the analyser under test; 【publisher】 is no content."""
    text = unicodedata.normalize("NFKC", f"{record['title']} {record.get('notes') or ''}")
    return set(CONTENT.findall(re.sub(r"【.*?】|https?:\S+", " ", text)))


def remembered(found: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """300 records (name, word, word), drawn with a fixed seed.

    The rule: one remembers what is telling. Of each record's content words the four that the fewest records have are
    its telling ones (equals by spelling); two of them are drawn. A pair that more than ten records have (months of a
    series, say) asks for none of them in particular: another pair of the four is taken, and where none is left, or
    fewer than two words, the record is not drawn.
    """
    held: dict[str, set[str]] = {}
    for one in found:
        for word in content_words(one):
            held.setdefault(word, set()).add(one["name"])
    draw = random.Random(SEED)
    answer: list[tuple[str, str, str]] = []
    for one in draw.sample(found, len(found)):
        telling = sorted(content_words(one), key=lambda word: (len(held[word]), word))[:TELLING]
        pairs = [pair for pair in combinations(telling, 2) if len(held[pair[0]] & held[pair[1]]) <= 10]
        if pairs:
            answer.append((one["name"], *draw.choice(pairs)))
    return answer[:300]


async def test_two_remembered_words_bring_the_known_record_back(tokyo: Tokyo, record_property: Any) -> None:
    ranks = []
    for name, first, second in remembered(tokyo.records):
        names = await tokyo.names(f"{first} {second}")
        ranks.append(names.index(name) + 1 if name in names else 0)
    in_ten = sum(1 for rank in ranks if rank) / len(ranks)
    reciprocal = sum(1 / rank for rank in ranks if rank) / len(ranks)
    print(f"known items: in the first ten {in_ten:.3f}, MRR {reciprocal:.3f}")
    assert in_ten >= 0.95
