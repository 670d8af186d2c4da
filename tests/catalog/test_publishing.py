"""Many descriptions at once: what a load adds, leaves, changes, refuses and withdraws."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from pyoxigraph import RdfFormat, parse

from catalog.checking import Check
from catalog.descriptions import Document
from catalog.errors import ReplacementNeedsConsent, WriteForbidden
from catalog.kinds import Kind, kind_of
from catalog.parts import Part
from catalog.publishing import Load, Outcome
from ontology.description import Description
from ontology.messages import Message
from participants.principal import ANONYMOUS, Principal

pytestmark = pytest.mark.anyio
CITY = Principal("https://city.example/", "provider", None, True)
PREFIXES = "PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/> PREFIX foaf: <http://xmlns.com/foaf/0.1/> PREFIX : <https://city.example/> "  # fmt: skip


def part(iri: str, turtle: str, kind: Kind = Kind.DATASET) -> Part:
    triples = [quad.triple for quad in parse((PREFIXES + turtle).encode(), RdfFormat.TURTLE)]
    return Part(iri, kind, Description.of(iri, triples))


def dataset(name: str, title: str = "t") -> Part:
    return part(f"https://city.example/{name}", f':{name} a dcat:Dataset ; dct:title "{title}" .')


def catalog(title: str = "City") -> Part:
    return part(
        "https://city.example/", f'<https://city.example/> a dcat:Catalog ; dct:title "{title}" .', Kind.CATALOG
    )


@pytest.fixture
async def city(library: Any) -> Any:
    await library.descriptions.create_catalog("city", CITY)
    return library


async def load(city: Any, parts: list[Part], principal: Principal = CITY, **how: Any) -> Outcome:
    outcome: Outcome = await city.publishing.publish("city", parts, Load("file.ttl", **how), principal)
    return outcome


def counts(outcome: Outcome) -> tuple[int, ...]:
    return outcome.added, outcome.changed, outcome.unchanged, outcome.withdrawn, outcome.refused


async def test_loading_twice_changes_nothing(city: Any) -> None:
    parts = [catalog(), dataset("a"), dataset("b")]
    assert counts(await load(city, parts)) == (3, 0, 0, 0, 0)
    head = await city.database.head()
    assert counts(await load(city, parts)) == (0, 0, 3, 0, 0)
    assert await city.database.head() == head


async def test_only_what_changed_gets_a_revision(city: Any) -> None:
    await load(city, [dataset("a"), dataset("b")])
    assert counts(await load(city, [dataset("a", "new"), dataset("b")])) == (0, 1, 1, 0, 0)
    assert (await city.reading.by_iri("https://city.example/a", ANONYMOUS)).revision == 2


async def test_what_a_later_load_does_not_mention_stays(city: Any) -> None:
    await load(city, [dataset("a"), dataset("b")])
    await load(city, [dataset("a")])
    assert (await city.reading.by_iri("https://city.example/b", ANONYMOUS)).state == "published"


async def test_a_replacement_withdraws_what_is_gone(city: Any) -> None:
    await load(city, [dataset(f"d{n}") for n in range(10)])
    assert counts(await load(city, [dataset(f"d{n}") for n in range(1, 10)], replace=True)) == (0, 0, 9, 1, 0)


async def test_a_replacement_of_more_than_a_fifth_stops_for_consent(city: Any) -> None:
    await load(city, [dataset(f"d{n}") for n in range(10)])
    with pytest.raises(ReplacementNeedsConsent) as stopped:
        await load(city, [dataset("d0", "new")], replace=True)
    assert (stopped.value.count, counts(stopped.value.outcome)) == (9, (0, 1, 0, 0, 0))
    assert counts(await load(city, [dataset("d0", "new")], replace=True, consent=True)) == (0, 0, 1, 9, 0)


async def test_one_bad_record_harms_no_other(city: Any) -> None:
    broken = Part("https://city.example/x", Kind.DATASET, None, refusal=Message("読めません", "cannot be read"))
    untitled = part("https://city.example/u", ":u a dcat:Dataset .")
    outcome = await load(city, [dataset("a"), broken, untitled, dataset("b")])
    assert counts(outcome) == (2, 0, 0, 0, 2)
    assert outcome.by_kind["Dataset"] == {"added": 2, "changed": 0, "unchanged": 0, "withdrawn": 0, "refused": 2}
    assert [refusal.resource for refusal in outcome.refusals] == ["https://city.example/x", "https://city.example/u"]
    assert outcome.refusals[1].report is not None


async def test_a_sources_own_catalog_takes_the_place_of_the_minted_one(city: Any) -> None:
    await load(city, [catalog(), dataset("a")])
    info = await city.reading.catalog("city", ANONYMOUS)
    assert info.iri == "https://city.example/"
    assert (await city.reading.get("city", ANONYMOUS)).iri == "https://city.example/"
    assert [one.iri async for one in city.reading.dump("city", ANONYMOUS)] == [info.iri, "https://city.example/a"]


async def test_a_minted_catalog_is_in_no_dump(city: Any) -> None:
    await load(city, [dataset("a")])
    assert [one.iri async for one in city.reading.dump("city", ANONYMOUS)] == ["https://city.example/a"]


async def test_what_another_participant_registered_is_refused_not_overwritten(city: Any) -> None:
    await load(city, [dataset("a")])
    rival = Principal("https://rival.example/", "provider", None, True)
    assert counts(await load(city, [dataset("a", "stolen"), dataset("r")], rival)) == (1, 0, 0, 0, 1)
    with pytest.raises(WriteForbidden):
        await load(city, [dataset("b")], ANONYMOUS)


async def test_an_audience_named_by_the_load_is_a_change_of_its_own(city: Any) -> None:
    await load(city, [dataset("a")])
    assert counts(await load(city, [dataset("a")], audience=("participants",))) == (0, 1, 0, 0, 0)
    assert counts(await load(city, [dataset("a")])) == (0, 0, 1, 0, 0)
    assert (await city.reading.members("city", ANONYMOUS, offset=0, limit=9))[0] == 0


async def test_an_agent_of_the_same_load_is_known_when_its_datasets_are_judged(city: Any) -> None:
    agent = part("https://city.example/agent", ':agent a foaf:Agent ; foaf:name "City" .', Kind.PARTICIPANT)
    with_agent = part("https://city.example/a", ':a a dcat:Dataset ; dct:title "t" ; dct:publisher :agent .')
    await load(city, [agent, with_agent])
    stored = await city.reading.by_iri("https://city.example/a", ANONYMOUS)
    report = await city.reading.report(stored.short_id, ANONYMOUS)
    assert not [r for r in report["results"] if (r["path"] or "").endswith("publisher") and "lass" in r["component"]]


async def test_a_long_load_goes_in_chunks_and_ends_in_step(city: Any) -> None:
    def parts() -> Iterator[Part]:
        yield from (dataset(f"d{n}") for n in range(1200))

    told: list[int] = []
    outcome = await city.publishing.publish("city", parts(), Load("big"), CITY, stored=told.append)
    assert (outcome.added, told) == (1200, [500, 500, 200])
    assert (await Check(city.projection).run()).findings == ()


def test_a_catalog_is_a_catalog_even_if_it_is_called_a_dataset_too() -> None:
    namespace = "http://www.w3.org/ns/dcat#"
    assert kind_of([namespace + "Dataset", namespace + "Catalog"]) is Kind.CATALOG
    assert kind_of([namespace + "Dataset", namespace + "DatasetSeries"]) is Kind.SERIES
    assert kind_of(["http://www.w3.org/2004/02/skos/core#Concept"]) is Kind.RESOURCE


async def test_what_becomes_another_kind_is_no_longer_tied_to_its_catalog_as_the_old_one(city: Any) -> None:
    load = Load(source="file.ttl")
    await city.publishing.publish("city", [dataset("a")], load, CITY)
    await city.projection.follow()
    service = part("https://city.example/a", ':a a dcat:DataService ; dct:title "t" .', Kind.SERVICE)
    await city.publishing.publish("city", [service], load, CITY)
    assert (await Check(city.projection).run()).findings == ()


class Meanwhile:
    """The real assessor; while it works, something else happens."""

    def __init__(self, city: Any, happens: Callable[[], Awaitable[Any]]) -> None:
        self.assessor, self.happens, self.loop = city.publishing.assessor, happens, asyncio.get_running_loop()

    def assess_many(self, *given: Any, **how: Any) -> Any:
        asyncio.run_coroutine_threadsafe(self.happens(), self.loop).result()
        return self.assessor.assess_many(*given, **how)


async def test_what_becomes_secret_during_a_load_stays_secret(city: Any) -> None:
    await load(city, [dataset("a")])
    (short_id,) = [one.short_id for one in (await members(city))]
    city.publishing.assessor = Meanwhile(
        city, lambda: city.descriptions.set_audience(short_id, ["https://friend.example/"], CITY)
    )
    await load(city, [dataset("a", "another")])
    assert await members(city) == []


async def test_what_another_registers_during_a_load_stays_that_ones(city: Any) -> None:
    other = Principal("https://other.example/", "provider", None, True)
    given = Document(dataset("a", "of another").description.triples)
    city.publishing.assessor = Meanwhile(city, lambda: city.descriptions.register("city", Kind.DATASET, given, other))
    outcome = await load(city, [dataset("a", "of the city"), dataset("b")])
    titles = ["of another" in one.description.canonical for one in await members(city)]
    assert (counts(outcome), titles) == ((1, 0, 0, 0, 1), [True, False])


async def members(city: Any) -> list[Any]:
    return list((await city.reading.members("city", ANONYMOUS, offset=0, limit=10))[1])
