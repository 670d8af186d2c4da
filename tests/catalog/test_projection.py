"""Graphs and index follow the journal: at once, after a crash, and whatever the order of changes."""

import random
from typing import Any

import pytest
from pyoxigraph import RdfFormat, parse

from catalog import projection as projection_module
from catalog.checking import Check
from catalog.descriptions import Document
from catalog.errors import CatalogError
from catalog.kinds import Kind
from catalog.projection import _Batch
from journal.events import Event, EventKind, append, since
from participants.principal import ANONYMOUS, OPERATOR, Principal
from stores.fulltext.local import LocalFullText
from stores.fulltext.port import SearchRequest
from stores.graphs.port import GraphChange

pytestmark = pytest.mark.anyio
PREFIXES = "PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/> PREFIX foaf: <http://xmlns.com/foaf/0.1/> PREFIX : <https://city.example/> "  # fmt: skip
FRIEND = Principal("https://friend.example/", "reader", None, True)


def document(turtle: str) -> Document:
    return Document([quad.triple for quad in parse((PREFIXES + turtle).encode(), RdfFormat.TURTLE, lenient=True)])


def shelters(title: str, contact: str = "Office") -> Document:
    return document(
        f':shelters a dcat:Dataset ; dct:title "{title}" ; dcat:contactPoint :desk ; dct:temporal [ dct:title "p" ] .'
        f':desk foaf:name "{contact}" .'
    )


@pytest.fixture
async def city(library: Any) -> Any:
    await library.descriptions.create_catalog("city", OPERATOR)
    return library


async def found(library: Any, word: str, reader: Principal = ANONYMOUS) -> int:
    await library.projection.follow()
    sight = await library.visibility.of(reader)
    from catalog.search import clause_of

    answer = await library.fulltext.search(SearchRequest(audiences=sight.audiences, q=word, clause=clause_of(word)))
    return int(answer.total)


async def lines(library: Any, audience: str = "public") -> set[str]:
    await library.projection.follow()
    return set(library.graphs.lines(audience))


async def test_a_registered_dataset_is_found_by_the_very_next_request(city: Any) -> None:
    assert await found(city, "避難所") == 0
    await city.descriptions.register("city", Kind.DATASET, shelters("避難所一覧"), OPERATOR)
    assert await found(city, "避難所") == 1
    assert any("避難所一覧" in line for line in await lines(city))


async def test_a_change_of_audience_holds_from_the_next_request_on(city: Any) -> None:
    stored = await city.descriptions.register("city", Kind.DATASET, shelters("避難所一覧"), OPERATOR)
    await city.descriptions.set_audience(stored.short_id, ["https://friend.example/"], OPERATOR)
    assert (await found(city, "避難所"), await found(city, "避難所", FRIEND)) == (0, 1)
    assert not any("shelters" in line for line in await lines(city))


async def test_a_triple_that_two_descriptions_share_stays_until_the_last_one_goes(city: Any) -> None:
    shared = ':desk foaf:name "Desk" .'
    ids = []
    for name in ("a", "b"):
        given = document(f':{name} a dcat:Dataset ; dct:title "{name}" ; dcat:contactPoint :desk . {shared}')
        ids.append((await city.descriptions.register("city", Kind.DATASET, given, OPERATOR)).short_id)
    kept = []
    for short_id in ids:
        await city.descriptions.withdraw(short_id, OPERATOR, reason=None)
        kept.append(any('"Desk"' in line for line in await lines(city)))
    assert kept == [True, False]


async def test_blank_nodes_of_two_descriptions_never_meet(city: Any) -> None:
    for name in ("a", "b"):
        given = document(f':{name} a dcat:Dataset ; dct:title "{name}" ; dct:temporal [ dct:title "{name}" ] .')
        await city.descriptions.register("city", Kind.DATASET, given, OPERATOR)
    blanks = {line.split(" ")[0] for line in await lines(city) if line.startswith("_:")}
    assert len(blanks) == 2


async def test_what_a_crash_left_half_applied_is_finished_at_the_next_start(city: Any) -> None:
    await city.descriptions.register("city", Kind.DATASET, shelters("避難所一覧"), OPERATOR)
    async with city.database.reading() as connection:
        batch = await _Batch.of(connection, await since(connection, 0, 10))
    await city.projection._into_graphs(batch, await city.database.head())
    assert await city.fulltext.cursor() < await city.graphs.cursor()
    await city.projection.follow()
    assert (await Check(city.projection).run()).clean


async def test_a_check_finds_what_a_projection_has_too_many_or_lacks_and_mends_it(city: Any) -> None:
    await city.descriptions.register("city", Kind.DATASET, shelters("避難所一覧"), OPERATOR)
    await city.projection.follow()
    wrong = GraphChange("public", sorted(await lines(city))[:1], ["<http://e/s> <http://e/p> <http://e/o> ."])
    await city.graphs.apply([wrong], await city.graphs.cursor())
    await city.fulltext.apply([], [2], await city.fulltext.cursor())
    report = await Check(city.projection).run()
    assert {finding.place for finding in report.findings} == {"graphs", "index"}
    assert (await Check(city.projection).repair()).clean


async def test_a_projection_ahead_of_a_restored_database_is_made_anew(city: Any) -> None:
    await city.descriptions.register("city", Kind.DATASET, shelters("避難所一覧"), OPERATOR)
    await city.graphs.apply([], 10_000)
    await city.fulltext.apply([], [], 10_000)
    city.projection._at = -1
    assert await found(city, "避難所") == 1
    assert (await Check(city.projection).run()).clean


async def act(city: Any, dice: random.Random, known: dict[str, str]) -> None:
    """One random write; what the catalog refuses is part of the game."""
    name, choice = f"d{dice.randrange(12)}", dice.randrange(6)
    text = (
        f':{name} a dcat:Dataset ; dct:title "t{dice.randrange(4)}"@ja ; dcat:contactPoint :c{dice.randrange(3)} ;'
        f' dct:temporal [ dct:title "p{dice.randrange(2)}" ] .'
        f':c{dice.randrange(3)} foaf:name "n{dice.randrange(2)}" .'
    )
    audience = dice.choice(
        [["public"], ["participants"], ["https://friend.example/"], ["https://a.example/", "https://b.example/"]]
    )
    if name not in known:
        stored = await city.descriptions.register(
            "city", Kind.DATASET, document(text), OPERATOR, draft=choice == 0, audience=audience
        )
        known[name] = stored.short_id
    elif choice == 1:
        await city.descriptions.withdraw(known.pop(name), OPERATOR, reason="dice")
    elif choice == 2:
        await city.descriptions.set_audience(known[name], audience, OPERATOR)
    elif choice == 3:
        await city.descriptions.publish_draft(known[name], OPERATOR)
    else:
        await city.descriptions.replace(known[name], document(text), OPERATOR, draft=choice == 5)


@pytest.mark.parametrize("seed", range(3))
async def test_r04_after_any_operations_graphs_and_index_are_what_a_rebuild_gives(city: Any, seed: int) -> None:
    dice, known = random.Random(seed), dict[str, str]()
    for _ in range(120):
        try:
            await act(city, dice, known)
        except CatalogError:
            continue
        if dice.random() < 0.3:
            await city.projection.follow()
    report = await Check(city.projection).run()
    assert report.findings == ()
    assert report.triples > 0


async def test_a_publisher_that_is_restricted_loses_its_name_in_what_mentions_it(city: Any) -> None:
    agent = document(':agent a foaf:Organization ; foaf:name "Hidden Harbour" .')
    stored = await city.descriptions.register("city", Kind.PARTICIPANT, agent, OPERATOR)
    given = document(':d a dcat:Dataset ; dct:title "t" ; dct:publisher :agent .')
    await city.descriptions.register("city", Kind.DATASET, given, OPERATOR)
    assert await found(city, "harbour") == 1
    await city.descriptions.set_audience(stored.short_id, ["participants"], OPERATOR)
    assert await found(city, "harbour") == 0


async def test_a_publisher_described_later_gives_its_name_to_what_mentions_it(city: Any) -> None:
    given = document(':d a dcat:Dataset ; dct:title "t" ; dct:publisher :agent .')
    await city.descriptions.register("city", Kind.DATASET, given, OPERATOR)
    await city.projection.follow()
    agent = document(':agent a foaf:Organization ; foaf:name "Harbour" .')
    await city.descriptions.register("city", Kind.PARTICIPANT, agent, OPERATOR)
    assert await found(city, "harbour") == 1


async def test_when_one_of_both_fails_the_other_is_done_before_that_is_told(city: Any) -> None:
    class Unwell(LocalFullText):
        async def apply(self, *given: Any) -> None:
            raise OSError("no space left")

    city.projection.fulltext = unwell = Unwell()
    with pytest.raises(OSError, match="no space left"):
        await city.projection.follow()
    assert await city.graphs.cursor() == await city.database.head()
    await unwell.close()


async def decided(city: Any, times: int) -> None:
    async with city.database.writing() as connection:
        await append(connection, [Event(EventKind.DECIDED, subject=f"d{number}") for number in range(times)])


async def test_decisions_are_passed_without_a_commit_of_graphs_or_index(city: Any) -> None:
    await city.projection.follow()
    before = (await city.graphs.cursor(), await city.fulltext.cursor())
    await decided(city, 3)
    await city.projection.follow()
    assert (await city.graphs.cursor(), await city.fulltext.cursor()) == before
    assert await city.projection.behind() == 0


async def test_what_is_registered_among_decisions_is_found(city: Any) -> None:
    await decided(city, 3)
    await city.projection.follow()
    await decided(city, 2)
    await city.descriptions.register("city", Kind.DATASET, shelters("避難所一覧"), OPERATOR)
    await decided(city, 2)
    assert await found(city, "避難所") == 1
    await decided(city, 2)
    parks = document(':parks a dcat:Dataset ; dct:title "公園一覧" .')
    await city.descriptions.register("city", Kind.DATASET, parks, OPERATOR)
    assert await found(city, "公園") == 1
    assert await city.projection.behind() == 0


async def test_a_long_run_of_decisions_is_passed_in_two_looks_at_the_journal(
    city: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    async def counted(connection: Any, cursor: int, limit: int) -> Any:
        looks.append(cursor)
        return await since(connection, cursor, limit)

    await city.projection.follow()
    await decided(city, 20)
    monkeypatch.setattr(projection_module, "_EVENTS", 2)
    monkeypatch.setattr(projection_module, "since", counted)
    await city.descriptions.register("city", Kind.DATASET, shelters("避難所一覧"), OPERATOR)
    await decided(city, 20)
    assert await found(city, "避難所") == 1
    assert (await city.projection.behind(), len(looks)) == (0, 3)
