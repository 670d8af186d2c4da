"""Names that pages and index show of what is described elsewhere."""

import asyncio
from typing import Any

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from catalog import labels as labels_module
from catalog.descriptions import Document
from catalog.kinds import Kind
from catalog.labels import Labels, label_of
from ontology.lexical import mend_language
from ontology.messages import Message
from ontology.terms import FOAF
from participants.principal import OPERATOR
from stores.database import Database

pytestmark = pytest.mark.anyio
CITY = "https://city.example/"


@pytest.fixture
async def city(library: Any) -> Any:
    await library.descriptions.create_catalog("city", OPERATOR)
    return library


async def register(city: Any, iri: str, name: str) -> str:
    text = f'<{iri}> a <http://xmlns.com/foaf/0.1/Agent> ; <http://xmlns.com/foaf/0.1/name> "{name}" .'
    given = Document([quad.triple for quad in parse(text.encode(), RdfFormat.TURTLE)])
    stored = await city.descriptions.register("city", Kind.PARTICIPANT, given, OPERATOR)
    return str(stored.short_id)


async def shown(labels: Labels, iri: str) -> str | None:
    found = (await labels.prepare([iri]))(iri)
    return found.en if found else None


async def test_a_name_that_becomes_secret_is_shown_no_more_before_anything_follows(city: Any) -> None:
    labels = Labels(city.database, lambda iri: None)
    seen = [await shown(labels, CITY)]
    short_id = await register(city, CITY, "City")
    seen.append(await shown(labels, CITY))
    await city.descriptions.set_audience(short_id, ["participants"], OPERATOR)
    seen.append(await shown(labels, CITY))
    assert seen == [None, "City", None]


async def test_names_asked_for_together_are_all_there_however_few_are_kept(
    city: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels_module, "_KEPT", 2)
    iris = [f"https://city.example/{number}" for number in range(5)]
    for iri in iris:
        await register(city, iri, iri[-1])
    labels = Labels(city.database, lambda iri: None)
    await shown(labels, iris[0])
    found = await labels.prepare(iris)
    assert [name.en for name in map(found, iris) if name] == ["0", "1", "2", "3", "4"]


async def test_who_asks_while_a_name_is_looked_up_is_told_it_too(city: Any, leisurely: Database) -> None:
    await register(city, CITY, "Minato")
    labels = Labels(leisurely, lambda iri: None)
    await labels.prepare([])
    assert await asyncio.gather(*(shown(labels, CITY) for _ in range(3))) == ["Minato"] * 3


async def test_who_asks_while_titles_are_looked_up_is_told_them_too(city: Any, leisurely: Database) -> None:
    labels = Labels(leisurely, lambda iri: None)
    found = await asyncio.gather(*(labels.of_catalogs(["city"]) for _ in range(3)))
    assert (found[0] == found[1] == found[2], len(found[0])) == (True, 1)


async def test_a_name_in_a_language_that_rdf_cannot_hold_is_one_of_the_language_it_means() -> None:
    city, tags = NamedNode("http://ex.org/city"), {"Minato": "en_US", "みなと市": "ja_JP"}
    named = [Triple(city, FOAF.name, Literal(text, language=mend_language(tag))) for text, tag in tags.items()]
    assert label_of(city.value, named) == Message("みなと市", "Minato")
