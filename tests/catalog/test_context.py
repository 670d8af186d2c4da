"""What the catalog knows of the things that a description mentions, for validation."""

import asyncio
from typing import Any

import pytest
from pyoxigraph import RdfFormat, parse

from catalog import context as context_module
from catalog.context import Context
from catalog.descriptions import Document
from catalog.kinds import Kind
from ontology.description import Description
from participants.principal import OPERATOR, Principal
from stores.database import Database

pytestmark = pytest.mark.anyio
PROVIDER = Principal("https://provider.example/", "provider", None, True)
NAMES = ("a", "b", "c")


def document(turtle: str) -> Document:
    prefixes = "PREFIX foaf: <http://xmlns.com/foaf/0.1/> PREFIX dct: <http://purl.org/dc/terms/> "
    return Document([quad.triple for quad in parse((prefixes + turtle).encode(), RdfFormat.TURTLE)])


def mentioning(*names: str) -> list[Description]:
    agents = ", ".join(f"<https://city.example/{name}>" for name in names)
    return [Description.of("urn:x", document(f"<urn:x> dct:publisher {agents} .").triples)]


@pytest.fixture
async def agents(library: Any) -> list[str]:
    await library.descriptions.create_catalog("city", OPERATOR)
    given = [document(f'<https://city.example/{name}> a foaf:Agent ; foaf:name "{name}" .') for name in NAMES]
    stored = [await library.descriptions.register("city", Kind.PARTICIPANT, one, OPERATOR) for one in given]
    return [one.short_id for one in stored]


@pytest.mark.usefixtures("agents")
async def test_everything_mentioned_is_known_however_little_is_kept(
    library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context_module, "_KEPT", 0)
    context = Context(library.database, library.visibility)
    await context.of(mentioning("a"), "city", PROVIDER)
    found = await context.of(mentioning(*NAMES), "city", PROVIDER)
    assert [f'"{name}"' in found["urn:x"] for name in NAMES] == [True, True, True]


@pytest.mark.usefixtures("agents")
async def test_who_writes_while_what_is_mentioned_is_looked_up_knows_it_too(library: Any, leisurely: Database) -> None:
    context = Context(leisurely, library.visibility)
    found = await asyncio.gather(*(context.of(mentioning("a"), "city", PROVIDER) for _ in range(3)))
    assert ['"a"' in one["urn:x"] for one in found] == [True] * 3


async def test_a_load_begins_without_what_has_become_secret(library: Any, agents: list[str]) -> None:
    context = Context(library.database, library.visibility)
    known = await context.of(mentioning("a"), "city", PROVIDER)
    await library.descriptions.set_audience(agents[0], ["https://friend.example/"], OPERATOR)
    await context.begin()
    assert ('"a"' in known["urn:x"], (await context.within_load(mentioning("a"), "city", PROVIDER))["urn:x"]) == (
        True, "",
    )  # fmt: skip
