"""One description's life: registered, changed, drafted, published, restricted, withdrawn."""

from typing import Any

import pytest
from pyoxigraph import RdfFormat, Triple, parse

from catalog.descriptions import Document, House
from catalog.errors import (
    CatalogExists,
    CatalogNameInvalid,
    DescriptionInvalid,
    DraftMissing,
    IriTaken,
    NotOneResource,
    ResourceChanged,
    ResourceNotFound,
    ResourceWithdrawn,
    RevisionNotFound,
    WriteForbidden,
)
from catalog.kinds import Kind
from ontology.description import difference, isomorphic
from participants.principal import ANONYMOUS, OPERATOR, Principal

pytestmark = pytest.mark.anyio

CITY = Principal("https://city.example/", "provider", None, True)
RIVAL = Principal("https://rival.example/", "provider", None, True)
PREFIXES = "PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/> PREFIX : <https://city.example/> "
CENSUS = ':census a dcat:Dataset ; dct:title "国勢調査"@ja, "Census"@en ; dct:temporal [ dcat:startDate "2020" ] .'


def triples(turtle: str) -> list[Triple]:
    return [quad.triple for quad in parse((PREFIXES + turtle).encode(), RdfFormat.TURTLE, lenient=True)]


def document(turtle: str) -> Document:
    return Document(triples(turtle), turtle.encode(), "text/turtle")


@pytest.fixture
async def city(library: Any) -> Any:
    await library.descriptions.create_catalog("city", CITY)
    return library


async def test_what_was_registered_comes_back_as_it_was_given(city: Any) -> None:
    stored = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    found = await city.reading.get(stored.short_id, ANONYMOUS)
    assert isomorphic(found.description.triples, triples(CENSUS))
    assert (found.iri, found.revision, found.state) == ("https://city.example/census", 1, "published")


async def test_a_dataset_without_an_iri_gets_one_of_ours(city: Any) -> None:
    stored = await city.descriptions.register(
        "city", Kind.DATASET, document('[] a dcat:Dataset ; dct:title "x" .'), CITY
    )
    assert stored.iri == f"http://here/datasets/{stored.short_id}"


async def test_an_untitled_dataset_is_refused_with_the_violation_and_nothing_is_stored(city: Any) -> None:
    with pytest.raises(DescriptionInvalid) as refused:
        await city.descriptions.register("city", Kind.DATASET, document(":x a dcat:Dataset ."), CITY)
    assert refused.value.report["conforms"] is False
    with pytest.raises(ResourceNotFound):
        await city.reading.by_iri("https://city.example/x", OPERATOR)


async def test_a_catalog_may_raise_its_own_gate(library: Any) -> None:
    await library.descriptions.create_catalog("strict", CITY, house=House(level="base"))
    with pytest.raises(DescriptionInvalid):
        await library.descriptions.register("strict", Kind.DATASET, document(CENSUS), CITY)


async def test_the_same_document_again_is_no_new_revision(city: Any) -> None:
    stored = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    again, new = await city.descriptions.replace(stored.short_id, document(CENSUS), CITY)
    assert (again.etag, new) == (stored.etag, False)


async def test_a_change_makes_a_revision_and_the_old_one_stays(city: Any) -> None:
    stored = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    changed = document(CENSUS.replace("Census", "Population census"))
    newer, _ = await city.descriptions.replace(stored.short_id, changed, CITY, if_match=stored.etag)
    older = await city.reading.get(stored.short_id, ANONYMOUS, number=1)
    added, removed = difference(older.description, newer.description)
    assert (newer.revision, len(added), len(removed)) == (2, 1, 1)
    assert [note.number for note in await city.reading.revisions(stored.short_id, ANONYMOUS)] == [2, 1]


async def test_a_change_on_top_of_anothers_is_refused(city: Any) -> None:
    stored = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    await city.descriptions.replace(stored.short_id, document(CENSUS.replace("Census", "A")), CITY)
    with pytest.raises(ResourceChanged):
        await city.descriptions.replace(stored.short_id, document(CENSUS), CITY, if_match=stored.etag)


async def test_a_withdrawn_dataset_leaves_a_tombstone_with_its_reason(city: Any) -> None:
    stored = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    await city.descriptions.withdraw(stored.short_id, CITY, reason="replaced by census-2")
    with pytest.raises(ResourceWithdrawn, match="census-2"):
        await city.reading.get(stored.short_id, ANONYMOUS)


async def test_what_was_withdrawn_may_come_back_under_its_old_address(city: Any) -> None:
    stored = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    await city.descriptions.withdraw(stored.short_id, CITY, reason=None)
    again = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    assert (again.short_id, again.revision) == (stored.short_id, 2)


async def test_an_iri_is_registered_once_in_a_catalog(city: Any) -> None:
    stored = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    with pytest.raises(IriTaken) as taken:
        await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    assert taken.value.address == f"/datasets/{stored.short_id}"


async def test_a_draft_is_seen_by_its_owner_alone_until_it_is_published(city: Any) -> None:
    draft = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY, draft=True)
    for stranger in (ANONYMOUS, RIVAL, OPERATOR):
        with pytest.raises(ResourceNotFound):
            await city.reading.get(draft.short_id, stranger, draft=True)
    await city.descriptions.publish_draft(draft.short_id, CITY)
    assert (await city.reading.get(draft.short_id, ANONYMOUS)).state == "published"


async def test_a_draft_beside_a_published_revision_changes_nothing_for_readers(city: Any) -> None:
    stored = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    await city.descriptions.replace(stored.short_id, document(CENSUS.replace("Census", "Secret")), CITY, draft=True)
    assert (await city.reading.get(stored.short_id, ANONYMOUS)).revision == 1
    assert "Secret" in (await city.reading.get(stored.short_id, CITY, draft=True)).description.canonical
    with pytest.raises(RevisionNotFound):
        await city.reading.get(stored.short_id, ANONYMOUS, number=2)
    assert [note.number for note in await city.reading.revisions(stored.short_id, ANONYMOUS)] == [1]


async def test_there_is_no_draft_to_publish(city: Any) -> None:
    stored = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    with pytest.raises(DraftMissing):
        await city.descriptions.publish_draft(stored.short_id, CITY)


async def test_nobody_changes_what_another_participant_registered(city: Any) -> None:
    stored = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    for act in (
        city.descriptions.replace(stored.short_id, document(CENSUS), RIVAL),
        city.descriptions.withdraw(stored.short_id, RIVAL, reason=None),
        city.descriptions.set_audience(stored.short_id, ["public"], RIVAL),
        city.descriptions.register("city", Kind.DATASET, document(CENSUS), ANONYMOUS),
    ):
        with pytest.raises(WriteForbidden):
            await act


async def test_a_restricted_dataset_is_not_there_for_others(city: Any) -> None:
    audience = ["https://friend.example/"]
    stored = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY, audience=audience)
    friend = Principal("https://friend.example/", "reader", None, True)
    assert [(await city.reading.get(stored.short_id, one)).iri for one in (friend, CITY, OPERATOR)] == [stored.iri] * 3
    for stranger in (ANONYMOUS, RIVAL):
        with pytest.raises(ResourceNotFound):
            await city.reading.get(stored.short_id, stranger)
        with pytest.raises(ResourceNotFound):
            await city.reading.by_iri(stored.iri, stranger)


async def test_a_document_of_two_datasets_is_refused_and_names_them(city: Any) -> None:
    two = document(':a a dcat:Dataset ; dct:title "a" . :b a dcat:Dataset ; dct:title "b" .')
    with pytest.raises(NotOneResource) as refused:
        await city.descriptions.register("city", Kind.DATASET, two, CITY)
    assert sorted(refused.value.found) == ["https://city.example/a", "https://city.example/b"]


async def test_catalog_ids_are_plain_and_given_once(city: Any) -> None:
    with pytest.raises(CatalogExists):
        await city.descriptions.create_catalog("city", CITY)
    for name in ("", "-x", "Ü", "a/b", "x" * 65, "A"):
        with pytest.raises(CatalogNameInvalid):
            await city.descriptions.create_catalog(name, CITY)


async def test_a_withdrawn_catalog_takes_its_members_with_it(city: Any) -> None:
    stored = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    assert await city.descriptions.withdraw_catalog("city", CITY, "merged") == 2
    for ask in (city.reading.get(stored.short_id, ANONYMOUS), city.reading.catalog("city", ANONYMOUS)):
        with pytest.raises(ResourceWithdrawn, match="merged"):
            await ask


async def test_members_are_paged_and_counted_for_each_reader(city: Any) -> None:
    for name, audience in (("a", ["public"]), ("b", ["participants"]), ("c", ["public"])):
        given = document(f':{name} a dcat:Dataset ; dct:title "{name}" .')
        await city.descriptions.register("city", Kind.DATASET, given, CITY, audience=audience)
    total, page = await city.reading.members("city", ANONYMOUS, offset=1, limit=5)
    assert (total, [one.iri for one in page]) == (2, ["https://city.example/c"])
    assert (await city.reading.members("city", RIVAL, offset=0, limit=1))[0] == 3


async def test_what_was_restricted_once_stays_so_when_the_dataset_is_opened(city: Any) -> None:
    secret = document(CENSUS.replace("Census", "Secret"))
    stored = await city.descriptions.register("city", Kind.DATASET, secret, CITY, audience=["https://friend.example/"])
    await city.descriptions.replace(stored.short_id, document(CENSUS), CITY, audience=["public"])
    with pytest.raises(RevisionNotFound):
        await city.reading.get(stored.short_id, ANONYMOUS, number=1)
    assert [note.number for note in await city.reading.revisions(stored.short_id, ANONYMOUS)] == [2]
    assert (await city.reading.get(stored.short_id, CITY, number=1)).revision == 1


async def test_a_discarded_draft_leaves_no_trace_for_strangers(city: Any) -> None:
    draft = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY, draft=True)
    await city.descriptions.withdraw(draft.short_id, CITY, reason="wrong")
    with pytest.raises(ResourceNotFound):
        await city.reading.get(draft.short_id, ANONYMOUS)
    again = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    assert again.revision == 2


async def test_the_rules_of_a_catalog_are_its_owners(city: Any) -> None:
    with pytest.raises(WriteForbidden):
        await city.descriptions.change_house("city", RIVAL, House(level="base"))
    assert (await city.descriptions.change_house("city", CITY, House(level="base"))).level == "base"


async def test_changing_the_gate_leaves_a_restricted_default_audience_as_it_is(library: Any) -> None:
    await library.descriptions.create_catalog("closed", CITY, house=House(audience=("https://friend.example/",)))
    before = await library.reading.catalog("closed", CITY)
    after = await library.descriptions.change_house("closed", CITY, House(level="base", audience=None))
    assert (after.audience, after.level) == (before.audience, "base")


async def test_the_operator_writes_no_draft_for_another(city: Any) -> None:
    stored = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    with pytest.raises(WriteForbidden):
        await city.descriptions.replace(stored.short_id, document(CENSUS.replace("2020", "2021")), OPERATOR, draft=True)
    assert [note.number for note in await city.reading.revisions(stored.short_id, CITY)] == [1]


async def test_the_operator_publishes_no_draft_of_another(city: Any) -> None:
    stored = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY, draft=True)
    with pytest.raises(WriteForbidden):
        await city.descriptions.publish_draft(stored.short_id, OPERATOR)


async def test_who_restricts_a_description_of_another_does_not_shut_its_owner_out(city: Any) -> None:
    stored = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    changed = document(CENSUS.replace("2020", "2021"))
    await city.descriptions.replace(stored.short_id, changed, OPERATOR, audience=["https://rival.example/"])
    sight = await city.visibility.of(CITY)
    assert sight.sees((await city.reading.get(stored.short_id, OPERATOR)).audience)


async def test_nothing_is_written_into_a_catalog_that_was_withdrawn_meanwhile(city: Any) -> None:
    async def withdrawn_meanwhile(*_: Any) -> Any:
        await city.descriptions.withdraw_catalog("city", CITY, "closed")
        return await assess(*_)

    assess, city.descriptions._assess = city.descriptions._assess, withdrawn_meanwhile
    with pytest.raises(ResourceWithdrawn):
        await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)


async def test_the_kind_is_told_of_what_is_withdrawn_and_kept_of_what_is_hidden(city: Any) -> None:
    stored = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    await city.descriptions.withdraw(stored.short_id, CITY, reason=None)
    draft = document(CENSUS.replace(":census", ":draft"))
    hidden = await city.descriptions.register("city", Kind.DATASET, draft, CITY, draft=True)
    assert await city.reading.kind_of(stored.short_id, ANONYMOUS) is Kind.DATASET
    with pytest.raises(ResourceNotFound):
        await city.reading.kind_of(hidden.short_id, ANONYMOUS)


async def test_what_its_owner_withdrew_is_not_taken_over_by_another(city: Any) -> None:
    stored = await city.descriptions.register("city", Kind.DATASET, document(CENSUS), CITY)
    await city.descriptions.withdraw(stored.short_id, CITY, reason=None)
    with pytest.raises(WriteForbidden):
        await city.descriptions.register("city", Kind.DATASET, document(CENSUS), RIVAL)


async def test_validation_knows_of_other_resources_only_what_the_writer_may_see(city: Any) -> None:
    office = ':office a <http://xmlns.com/foaf/0.1/Organization> ; <http://xmlns.com/foaf/0.1/name> "Office" .'
    hidden = await city.descriptions.register(
        "city", Kind.PARTICIPANT, document(office), CITY, audience=[CITY.participant]
    )
    dataset = await city.descriptions.register(
        "city", Kind.DATASET, document(CENSUS.replace("dct:temporal", "dct:publisher :office ; dct:temporal")), CITY
    )
    known = [await city.descriptions.context.of([dataset.description], "city", who) for who in (CITY, RIVAL, OPERATOR)]
    assert hidden.audience.startswith("only/")
    assert ["Office" in one[dataset.iri] for one in known] == [True, False, True]
