"""An agreement is what both signed, shown to whom it concerns, and over when it says so or somebody does."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from exchange.agreement import Agreement
from exchange.agreements import Agreements, Wanted
from exchange.dsp.states import Party
from exchange.keys import SigningKey
from exchange.partner_errors import AgreementOver, AgreementTaken, AgreementUnknown, SignatureInvalid
from journal.digests import digest_of
from journal.events import EventKind
from participants.principal import ANONYMOUS, OPERATOR, Principal
from stores.exchange_tables import AgreementRow
from stores.tables import EventRow
from tests.exchange.agreements.conftest import BASE, CITY, IRI, LAB, Side, document

pytestmark = pytest.mark.anyio
OFFICE = Principal("https://office.example/", "provider", authenticated=True)
AT_LAB = Principal(LAB, authenticated=True)
STRANGER = Principal("https://other.example/", "provider", authenticated=True)
HOUR = timedelta(hours=1)


def _in(delta: timedelta) -> str:
    return (datetime.now(UTC) + delta).isoformat()


async def _events(side: Side) -> list[tuple[str, str | None, str | None]]:
    async with side.database.reading() as connection:
        rows = await connection.execute(select(EventRow.kind, EventRow.subject, EventRow.digest))
        return [(kind, subject, digest) for kind, subject, digest in rows if kind != "peer-changed"]


async def _row(side: Side) -> dict[str, object]:
    async with side.database.reading() as connection:
        return dict((await connection.execute(select(AgreementRow.__table__))).mappings().one())


async def test_an_agreement_pins_the_dataset_the_offer_and_what_was_said(provider: Side) -> None:
    made = await provider.conclude(document(), offer="https://city.example/offer", revision=3, dataset_hash="ab" * 32)
    assert (made.short_id, made.revision, made.dataset_hash) == ("a1" * 16, 3, "ab" * 32)
    assert (made.document, made.description.hash) == (document(), made.hash)
    assert (made.us, made.peer, made.owner) == (CITY, LAB, "https://office.example/")


async def test_both_sides_come_to_the_same_hash_however_the_members_are_ordered(provider: Side, consumer: Side) -> None:
    there = await consumer.conclude(dict(reversed(document(until=_in(HOUR)).items())))
    here = await provider.conclude(
        document(until=there.document["permission"][0]["constraint"][0]["rightOperand"]["@value"])
    )
    assert here.hash == there.hash


async def test_what_is_concluded_is_an_event_with_the_digest_of_its_row(provider: Side) -> None:
    made = await provider.conclude(document())
    assert await _events(provider) == [("agreed", made.short_id, digest_of(EventKind.AGREED, await _row(provider)))]


async def test_the_same_conclusion_twice_is_one_agreement(provider: Side) -> None:
    assert await provider.conclude(document()) == await provider.conclude(document())
    assert len(await _events(provider)) == 1


@pytest.mark.parametrize("other", [{"assignee": "https://other.example/"}, {"prohibition": [{"action": "distribute"}]}])
async def test_the_name_of_an_agreement_is_never_that_of_another(other: dict[str, object], provider: Side) -> None:
    await provider.conclude(document())
    with pytest.raises(AgreementTaken):
        await provider.conclude(document(**other))
    with pytest.raises(AgreementTaken):
        await provider.conclude(document(), negotiation="urn:uuid:another")


async def test_a_peer_cannot_choose_the_address_of_an_agreement_of_ours(consumer: Side) -> None:
    made = await consumer.conclude(document(f"{BASE}/agreements/{'b2' * 16}"))
    assert made.short_id != "b2" * 16
    assert await consumer.agreements.get(made.short_id, AT_LAB) == made


async def test_both_signatures_are_good(provider: Side, consumer: Side) -> None:
    here, there = (
        await provider.conclude(document(), revision=3, dataset_hash="ab" * 32),
        await consumer.conclude(document()),
    )
    here = await provider.agreements.countersign(IRI, LAB, there.signatures[LAB])
    there = await consumer.agreements.countersign(there.short_id, CITY, here.signatures[CITY])
    assert await provider.agreements.check_signatures(here) == {CITY: None, LAB: None}
    assert await consumer.agreements.check_signatures(there) == {CITY: None, LAB: None}


async def test_a_signature_that_is_missing_is_told(provider: Side) -> None:
    found = await provider.agreements.check_signatures(await provider.conclude(document()))
    assert found[CITY] is None
    assert found[LAB] is not None
    assert "not signed" in found[LAB].en


@pytest.mark.parametrize("other", [{"target": "https://city.example/other"}, {"prohibition": [{"action": "distribute"}]},
                                   {"timestamp": "2026-11-21T09:00:01Z"}])  # fmt: skip
async def test_a_signature_on_anything_else_is_refused(
    other: dict[str, object], provider: Side, consumer: Side
) -> None:
    await provider.conclude(document())
    there = await consumer.conclude(document(**other))
    with pytest.raises(SignatureInvalid):
        await provider.agreements.countersign(IRI, LAB, there.signatures[LAB])


async def test_nobody_signs_for_another(provider: Side, consumer: Side) -> None:
    here, there = await provider.conclude(document()), await consumer.conclude(document())
    with pytest.raises(SignatureInvalid):
        await provider.agreements.countersign(IRI, LAB, here.signatures[CITY])
    for other in (CITY, "https://other.example/"):
        with pytest.raises(AgreementUnknown):
            await provider.agreements.countersign(IRI, other, there.signatures[LAB])


async def test_without_the_key_of_the_peer_its_signature_proves_nothing(provider: Side, consumer: Side) -> None:
    there = await consumer.conclude(document())
    await provider.conclude(document())
    await provider.peers.remove(LAB)
    with pytest.raises(SignatureInvalid, match="not known"):
        await provider.agreements.countersign(IRI, LAB, there.signatures[LAB])


async def test_an_agreement_changed_in_the_database_no_longer_bears_its_signature(provider: Side) -> None:
    await provider.conclude(document())
    async with provider.database.writing() as connection:
        await connection.execute(update(AgreementRow).values(hash="00" * 32))
    found = await provider.agreements.check_signatures(await provider.agreements.get(IRI, OPERATOR))
    assert found[CITY] is not None


@pytest.mark.parametrize("name", [IRI, "a1" * 16])
@pytest.mark.parametrize("reader", [OPERATOR, OFFICE, AT_LAB, Principal(CITY, authenticated=True)])
async def test_its_parties_and_who_answers_for_it_see_an_agreement(
    name: str, reader: Principal, provider: Side
) -> None:
    made = await provider.conclude(document())
    assert await provider.agreements.get(name, reader) == made
    assert await provider.agreements.listed(reader) == ([made], 1)


@pytest.mark.parametrize("reader", [ANONYMOUS, STRANGER, Principal("", authenticated=True)])
async def test_to_others_it_does_not_exist(reader: Principal, provider: Side) -> None:
    await provider.conclude(document(), owner=None)
    assert await provider.agreements.listed(reader) == ([], 0)
    for name in (IRI, "a1" * 16, "b2" * 16, "x", ""):
        with pytest.raises(AgreementUnknown):
            await provider.agreements.get(name, reader)


@pytest.mark.parametrize(("wanted", "found"), [(Wanted(), 3), (Wanted(state="finalized"), 2), (Wanted(state="ended"), 1),
                                               (Wanted(role="consumer"), 0), (Wanted(dataset="https://city.example/air"), 1),
                                               (Wanted(participant=LAB), 2), (Wanted(participant=CITY), 3)])  # fmt: skip
async def test_agreements_are_listed_by_what_is_asked(wanted: Wanted, found: int, provider: Side) -> None:
    await provider.conclude(document())
    await provider.conclude(document(f"{IRI[:-1]}2", target="https://city.example/air"))
    await provider.conclude(document(f"{IRI[:-1]}3", assignee="https://other.example/"))
    await provider.agreements.end(IRI, OPERATOR, "over")
    rows, total = await provider.agreements.listed(OPERATOR, wanted)
    assert (len(rows), total) == (found, found)


async def test_a_list_is_paged_newest_first(provider: Side) -> None:
    for n in range(3):
        await provider.conclude(document(f"{IRI[:-1]}{n}", timestamp=f"2026-11-2{n}T09:00:00Z"))
    rows, total = await provider.agreements.listed(OPERATOR, start=1, size=1)
    assert ([each.iri[-1] for each in rows], total) == (["1"], 3)


async def test_an_agreement_is_not_in_force_before_it_is_finalized(provider: Side) -> None:
    async with provider.database.writing() as connection:
        await provider.agreements.conclude(connection, document(), negotiation="urn:uuid:1", role=Party.PROVIDER)
    with pytest.raises(AgreementUnknown):
        await provider.agreements.in_force(IRI)


async def test_a_negotiation_that_fails_takes_its_agreement_along_but_none_in_force(provider: Side) -> None:
    async with provider.database.writing() as connection:
        await provider.agreements.conclude(connection, document(), negotiation="urn:uuid:1", role=Party.PROVIDER)
        await provider.agreements.dropped(connection, IRI)
        await provider.agreements.finalized(connection, IRI)
    assert (await provider.agreements.get(IRI, OPERATOR)).state == "ended"
    kept = await provider.conclude(document(f"{IRI[:-1]}2"))
    async with provider.database.writing() as connection:
        await provider.agreements.dropped(connection, kept.iri)
    assert await provider.agreements.in_force(kept.iri) == kept


async def test_only_its_consumer_has_an_agreement(provider: Side, consumer: Side) -> None:
    await provider.conclude(document())
    assert (await provider.agreements.in_force(IRI, consumer=LAB)).iri == IRI
    with pytest.raises(AgreementUnknown):
        await provider.agreements.in_force(IRI, consumer="https://other.example/")
    await consumer.conclude(document())
    with pytest.raises(AgreementUnknown):  # nobody pulls from a consumer
        await consumer.agreements.in_force(IRI, consumer=LAB)


@pytest.mark.parametrize("reader", [OPERATOR, OFFICE, AT_LAB])
async def test_either_side_ends_it_with_a_reason_and_it_permits_nothing_more(reader: Principal, provider: Side) -> None:
    await provider.conclude(document())
    ended = await provider.agreements.end("a1" * 16, reader, "the survey is over")
    assert (ended.state, ended.ended_by, ended.reason) == ("ended", reader.name, "the survey is over")
    with pytest.raises(AgreementOver):
        await provider.agreements.in_force(IRI)
    kind, subject, digest = (await _events(provider))[-1]
    assert (kind, subject, digest) == (
        "agreement-ended",
        "a1" * 16,
        digest_of(EventKind.AGREEMENT_ENDED, await _row(provider)),
    )


@pytest.mark.parametrize(
    "reader", [ANONYMOUS, STRANGER, Principal(CITY, authenticated=True), Principal("https://office.example/")]
)
async def test_nobody_else_ends_it(reader: Principal, provider: Side) -> None:
    await provider.conclude(document())
    with pytest.raises(AgreementUnknown):
        await provider.agreements.end(IRI, reader, "no")
    assert (await provider.agreements.in_force(IRI)).ended_at is None


async def test_it_is_ended_once(provider: Side) -> None:
    await provider.conclude(document())
    await provider.agreements.end(IRI, OPERATOR, "first")
    with pytest.raises(AgreementOver):
        await provider.agreements.end(IRI, AT_LAB, "second")
    assert (await provider.agreements.get(IRI, OPERATOR)).reason == "first"


async def test_who_listens_is_told_of_an_end_after_it_is_stored(provider: Side) -> None:
    told: list[str] = []

    async def listen(agreement: Agreement) -> None:
        told.append((await provider.agreements.get(agreement.iri, OPERATOR)).state)

    provider.agreements.on_end.append(listen)
    await provider.conclude(document())
    await provider.agreements.end(IRI, OPERATOR, "over")
    assert told == ["finalized"]
    assert (await provider.agreements.get(IRI, OPERATOR)).state == "ended"


async def test_an_end_that_could_not_be_told_is_told_by_the_next_sweep(provider: Side) -> None:
    told: list[str] = []

    async def listen(agreement: Agreement) -> None:
        told.append(agreement.iri)
        if len(told) == 1:
            raise RuntimeError("the process dies here")

    provider.agreements.on_end.append(listen)
    await provider.conclude(document())
    ended = await provider.agreements.end(IRI, OPERATOR, "over")
    assert not ended.is_in_force(datetime.now(UTC))
    assert [each.state for each in await provider.agreements.sweep()] == ["ended"]
    assert (await provider.agreements.sweep(), told) == ([], [IRI, IRI])
    assert [kind for kind, *_ in await _events(provider)] == ["agreed", "agreement-ended"]


async def test_a_command_beside_the_server_ends_it_and_the_server_tells_its_own(provider: Side) -> None:
    told: list[str] = []

    async def listen(agreement: Agreement) -> None:
        told.append(agreement.iri)

    await provider.conclude(document())
    provider.agreements.on_end.append(listen)
    command = Agreements(provider.database, provider.key, provider.peers, BASE)
    await command.end(IRI, OPERATOR, "by hand")
    with pytest.raises(AgreementOver):
        await provider.agreements.in_force(IRI)
    await provider.agreements.sweep()
    assert told == [IRI]
    assert (await provider.agreements.get(IRI, OPERATOR)).state == "ended"


async def test_it_goes_on_until_a_notice_has_run_out(provider: Side) -> None:
    told: list[Agreement] = []

    async def listen(agreement: Agreement) -> None:
        told.append(agreement)

    provider.agreements.on_end.append(listen)
    await provider.conclude(document())
    until = datetime.now(UTC) + HOUR
    await provider.agreements.end(IRI, AT_LAB, "in an hour", until)
    assert (await provider.agreements.in_force(IRI)).over_at == until
    assert (await provider.agreements.sweep(until - timedelta(seconds=1)), told) == ([], [])
    assert [each.reason for each in await provider.agreements.sweep(until)] == ["in an hour"]
    assert [each.iri for each in told] == [IRI]
    assert [kind for kind, *_ in await _events(provider)] == ["agreed", "agreement-ended"]
    assert (await _events(provider))[-1][2] == digest_of(EventKind.AGREEMENT_ENDED, await _row(provider))


async def test_a_notice_makes_no_agreement_longer(provider: Side) -> None:
    made = await provider.conclude(document(until=_in(HOUR)))
    ended = await provider.agreements.end(IRI, OPERATOR, "tomorrow", datetime.now(UTC) + 24 * HOUR)
    assert ended.ended_at == made.ends_at


async def test_p32_it_ends_on_the_clock_of_the_server_without_a_sweep(provider: Side) -> None:
    made = await provider.conclude(document(until=_in(HOUR)))
    assert made.ends_at is not None
    assert made.is_in_force(made.ends_at - timedelta(microseconds=1))
    assert not made.is_in_force(made.ends_at)
    with pytest.raises(AgreementOver):
        await provider.conclude(document(f"{IRI[:-1]}2", until=_in(-HOUR)))


async def test_what_has_expired_is_ended_by_nobody_and_once(provider: Side) -> None:
    made = await provider.conclude(document(until=_in(HOUR)))
    assert made.ends_at is not None
    (ended,) = await provider.agreements.sweep(made.ends_at)
    assert (ended.state, ended.ended_at, ended.ended_by) == ("ended", made.ends_at, None)
    assert await provider.agreements.sweep(made.ends_at + HOUR) == []
    assert [kind for kind, *_ in await _events(provider)] == ["agreed", "agreement-ended"]


async def test_a_signature_for_one_agreement_key_does_not_pass_as_a_checkpoint(provider: Side) -> None:
    made = await provider.conclude(document())
    other = SigningKey.in_folder(provider.database.path.parent / "other") if provider.database.path else None
    assert other is not None
    with pytest.raises(SignatureInvalid):
        made.check(other.sign(b"{}", "renkei-checkpoint"), other.public_jwk)
    with pytest.raises(SignatureInvalid):
        made.check(other.sign(b"[]", "renkei-agreement"), other.public_jwk)
