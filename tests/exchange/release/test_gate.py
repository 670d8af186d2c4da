"""The gate: nothing leaves without a permit, and what permits it is written down before the first byte."""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyoxigraph import NamedNode
from sqlalchemy import select

from exchange.grants import Bound, UnverifiedGrant
from exchange.policy.asking import Value
from exchange.release import Wanted
from exchange.release_errors import GrantRefused, ReleaseRefused, ReleaseStopped, SourceUnknown
from exchange.spans import Span, SpanUnsatisfiable
from participants.principal import ANONYMOUS, Principal
from stores.exchange_tables import AgreementRow, GrantRow, ProcessRow, ReleaseRow
from stores.tables import DecisionRow
from tests.exchange.release.city import AGREEMENT, CSV, DATASET, LAB, LIMIT, RIVAL, TRANSFER, Deployment, agreed

pytestmark = pytest.mark.anyio
PURPOSE = "odrl:constraint [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:eq ; odrl:rightOperand <https://w3id.org/dpv#ResearchAndDevelopment> ] ;"


async def test_what_an_agreement_permits_arrives_whole_and_is_written_down_with_its_hash(city: Deployment) -> None:
    token = await city.agree(agreed())
    assert await city.pull(token) == CSV
    (row,) = await city.releases()
    assert (row.state, row.size_bytes, row.sha256) == ("done", len(CSV), hashlib.sha256(CSV).hexdigest())
    assert (row.agreement, row.transfer, row.participant, row.dataset) == (AGREEMENT, TRANSFER, LAB, DATASET)
    assert (await city.events())[-3:] == ["decided", "released", "release-ended"]


async def test_decision_counter_and_release_are_committed_before_the_source_is_opened(city: Deployment) -> None:
    token = await city.agree(agreed(LIMIT.format(1)))
    release = await city.gate.open(await city.wanted(token))
    async with city.database.reading() as connection:
        (row,) = (await connection.execute(select(ReleaseRow.__table__))).all()
        decision = (await connection.execute(select(DecisionRow.__table__))).one()
    assert (row.state, row.decision, decision.verdict) == ("open", decision.id, "permit")
    await release.close()


async def test_the_fourth_use_of_three_is_refused_with_its_reason_in_both_languages(city: Deployment) -> None:
    token = await city.agree(agreed(LIMIT.format(3)))
    for _ in range(3):
        assert await city.pull(token) == CSV
    with pytest.raises(ReleaseRefused) as refused:
        await city.pull(token)
    assert "許可を与えません" in refused.value.message.ja
    assert "does not grant" in refused.value.message.en
    assert [row.state for row in await city.releases()] == ["done"] * 3 + ["refused"]


async def test_a_purpose_is_declared_with_the_wish(city: Deployment) -> None:
    token = await city.agree(agreed(PURPOSE))
    with pytest.raises(ReleaseRefused):
        await city.pull(token)
    research = Value((NamedNode("https://w3id.org/dpv#ResearchAndDevelopment"),), "declared")
    assert await city.pull(token, values={"http://www.w3.org/ns/odrl/2/purpose": research}) == CSV


REFUSALS = {
    "the agreement has ended": (AgreementRow, {"ended_at": datetime(2026, 1, 1, tzinfo=UTC)}),
    "the agreement has expired": (AgreementRow, {"ends_at": datetime(2026, 1, 1, tzinfo=UTC)}),
    "the agreement is not concluded": (AgreementRow, {"state": "verified"}),
    "the agreement is another's": (AgreementRow, {"consumer": RIVAL}),
    "the agreement is about something else": (AgreementRow, {"dataset": "https://city.example/air"}),
    "we are its consumer": (AgreementRow, {"role": "consumer"}),
    "the transfer is suspended": (ProcessRow, {"state": "SUSPENDED"}),
    "the transfer has ended": (ProcessRow, {"state": "TERMINATED"}),
    "the transfer is of another agreement": (ProcessRow, {"agreement": "https://city.example/agreements/2"}),
    "the token was revoked": (GrantRow, {"revoked_at": datetime(2026, 1, 1, tzinfo=UTC)}),
    "the token has expired": (GrantRow, {"expires_at": datetime(2026, 1, 1, tzinfo=UTC)}),
    "the token is used up": (GrantRow, {"uses_left": 0}),
}


@pytest.mark.parametrize("case", REFUSALS)
async def test_nothing_leaves_and_the_refusal_is_written_down_when(city: Deployment, case: str) -> None:
    token = await city.agree(agreed())
    wanted = await city.wanted(token)
    table, values = REFUSALS[case]
    await city.change(table, **values)
    with pytest.raises(ReleaseRefused):
        await city.gate.open(wanted)
    (row,) = await city.releases()
    assert (row.state, row.size_bytes, row.decision) == ("refused", 0, None)
    assert len(row.reason) == 2
    assert (await city.events())[-1] == "refused"


async def test_without_agreement_and_open_terms_the_gate_is_closed(city: Deployment) -> None:
    with pytest.raises(ReleaseRefused):
        await city.gate.open(Wanted(ANONYMOUS, DATASET))
    with pytest.raises(ReleaseRefused):
        await city.gate.open(Wanted(Principal(LAB, "reader", None, True), DATASET, agreement="urn:ex:none"))


async def test_a_dataset_without_source_counts_nothing(city: Deployment) -> None:
    token = await city.agree(agreed(dataset="urn:ex:other"), dataset="urn:ex:other")
    with pytest.raises(SourceUnknown):
        await city.pull(token)
    assert await city.releases() == []


async def test_bytes_that_a_stranger_registered_do_not_pass_for_the_providers(city: Deployment) -> None:
    await city.hold(b"forged", "https://city.example/new", owner=RIVAL)
    token = await city.agree(agreed(dataset="https://city.example/new"), dataset="https://city.example/new")
    with pytest.raises(ReleaseRefused):
        await city.pull(token)


async def test_asking_what_there_is_uses_nothing_up(city: Deployment) -> None:
    token = await city.agree(agreed(LIMIT.format(1)))
    for _ in range(3):
        opened = await city.gate.look(await city.wanted(token))
        assert (opened.size, opened.media_type) == (len(CSV), "text/csv")
    assert await city.pull(token) == CSV
    with pytest.raises(ReleaseRefused):
        await city.gate.look(await city.wanted(token))


async def test_two_uses_at_once_of_a_token_for_one_use_succeed_exactly_once(city: Deployment) -> None:
    """T59."""
    await city.agree(agreed())
    for _ in range(100):
        grant = await city.grants.issue(Bound(TRANSFER, AGREEMENT, LAB, DATASET), uses=1)
        wanted = await city.wanted(grant.token)
        found = await asyncio.gather(city.gate.open(wanted), city.gate.open(wanted), return_exceptions=True)
        assert sorted(isinstance(each, ReleaseRefused) for each in found) == [False, True]
        for each in found:
            if not isinstance(each, BaseException):
                await each.close()


async def test_of_many_at_once_on_a_limit_of_five_exactly_five_succeed(city: Deployment) -> None:
    token = await city.agree(agreed(LIMIT.format(5)))
    found = await asyncio.gather(*(city.pull(token) for _ in range(30)), return_exceptions=True)
    assert sum(each == CSV for each in found) == 5
    assert all(isinstance(each, ReleaseRefused) for each in found if each != CSV)


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [("bytes=100-199", 100, 200), ("bytes=-50", len(CSV) - 50, len(CSV)), ("bytes=100-", 100, len(CSV))],
)
async def test_a_span_of_the_bytes_is_released(city: Deployment, header: str, start: int, stop: int) -> None:
    token = await city.agree(agreed())
    release = await city.gate.open(await city.wanted(token, span=Span.of(header)))
    assert b"".join([chunk async for chunk in release.chunks()]) == CSV[start:stop]
    assert (release.opened.start, release.opened.stop, release.whole) == (start, stop, False)
    await release.close()


async def test_a_span_beyond_the_end_is_told_and_costs_no_use(city: Deployment) -> None:
    token = await city.agree(agreed(LIMIT.format(1)))
    with pytest.raises(SpanUnsatisfiable):
        await city.pull(token, span=Span.of(f"bytes={len(CSV)}-"))
    assert await city.pull(token) == CSV


async def broken_off(city: Deployment, token: str) -> int:
    """Take one piece and leave; answers how many bytes that was."""
    release = await city.gate.open(await city.wanted(token))
    first = await anext(release.chunks())
    await release.close()
    return len(first)


@pytest.fixture
async def large(city: Deployment) -> bytes:
    content = bytes(range(256)) * (16 << 10)
    await city.hold(content)
    return content


async def test_what_broke_off_goes_on_as_the_same_use(city: Deployment, large: bytes) -> None:
    token = await city.agree(agreed(LIMIT.format(1)))
    reached = await broken_off(city, token)
    rest = await city.pull(token, span=Span(reached, None), if_range=(await city.releases())[0].etag)
    assert rest == large[reached:]
    first, second = await city.releases()
    assert (first.state, second.state, second.continues) == ("stopped", "done", first.id)
    with pytest.raises(ReleaseRefused):
        await city.pull(token)


@pytest.mark.parametrize("spared", [1, 1 << 19])
async def test_nobody_goes_on_from_a_byte_that_was_not_reached(city: Deployment, large: bytes, spared: int) -> None:
    token = await city.agree(agreed(LIMIT.format(1)))
    reached = await broken_off(city, token)
    with pytest.raises(ReleaseRefused):
        await city.pull(token, span=Span(reached + spared, None))


async def test_breaking_off_on_purpose_gains_no_second_use(city: Deployment, large: bytes) -> None:
    token = await city.agree(agreed(LIMIT.format(1)))
    await city.pull(token, span=Span(0, len(large) - 2))
    for _ in range(2):
        with pytest.raises(ReleaseRefused):
            await city.pull(token, span=Span(1, len(large) - 2))
            await city.pull(token, span=Span(1, len(large) - 2))


async def test_nothing_goes_on_after_its_time(opening: Callable[..., Any]) -> None:
    late = await opening(resume_s=0)
    await late.hold(bytes(4 << 20))
    token = await late.agree(agreed(LIMIT.format(1)))
    reached = await broken_off(late, token)
    with pytest.raises(ReleaseRefused):
        await late.pull(token, span=Span(reached, None))


async def test_when_the_data_changed_meanwhile_the_whole_is_a_new_use(city: Deployment, large: bytes) -> None:
    token = await city.agree(agreed(LIMIT.format(2)))
    reached = await broken_off(city, token)
    etag = (await city.releases())[0].etag
    await city.hold(large[::-1])
    assert await city.pull(token, span=Span(reached, None), if_range=etag) == large[::-1]
    with pytest.raises(ReleaseRefused):
        await city.pull(token)


STOPS = {
    "the agreement ends": (AgreementRow, {"ended_at": datetime(2026, 1, 1, tzinfo=UTC)}),
    "the agreement expires": (AgreementRow, {"ends_at": datetime(2026, 1, 1, tzinfo=UTC)}),
    "the transfer is suspended": (ProcessRow, {"state": "SUSPENDED"}),
    "the transfer is terminated": (ProcessRow, {"state": "TERMINATED"}),
    "the token is revoked": (GrantRow, {"revoked_at": datetime(2026, 1, 1, tzinfo=UTC)}),
}


@pytest.mark.parametrize("case", STOPS)
async def test_a_running_release_stops_when(opening: Callable[..., Any], case: str) -> None:
    city = await opening(recheck_s=0)
    await city.hold(bytes(4 << 20))
    release = await city.gate.open(await city.wanted(await city.agree(agreed())))
    chunks = release.chunks()
    sent = len(await anext(chunks))
    table, values = STOPS[case]
    await city.change(table, **values)
    with pytest.raises(ReleaseStopped):
        await anext(chunks)
    await release.close()
    (row,) = await city.releases()
    assert (row.state, row.size_bytes, row.sha256) == ("stopped", sent, None)


async def test_a_running_release_stops_when_the_time_of_its_policy_is_over(opening: Callable[..., Any]) -> None:
    city = await opening(recheck_s=0)
    await city.hold(bytes(4 << 20))
    until = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    rule = f'odrl:constraint [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lt ; odrl:rightOperand "{until}"^^xsd:dateTime ] ;'
    release = await city.gate.open(await city.wanted(await city.agree(agreed(rule))))
    chunks = release.chunks()
    await anext(chunks)
    await asyncio.sleep(1)
    with pytest.raises(ReleaseStopped):
        await anext(chunks)
    await release.close()


async def test_the_last_use_goes_on_though_the_count_is_used_up(opening: Callable[..., Any]) -> None:
    city = await opening(recheck_s=0)
    await city.hold(bytes(4 << 20))
    token = await city.agree(agreed(LIMIT.format(1)))
    assert await city.pull(token) == bytes(4 << 20)


async def test_a_receiver_that_takes_nothing_is_stopped_too(opening: Callable[..., Any]) -> None:
    city = await opening(recheck_s=0.05)
    await city.gate.start()
    await city.hold(bytes(4 << 20))
    release = await city.gate.open(await city.wanted(await city.agree(agreed())))
    await anext(release.chunks())
    await city.change(ProcessRow, state="TERMINATED")
    await asyncio.wait_for(release.stopped.wait(), 20)


async def test_what_a_crash_left_open_is_failed_at_the_next_start(opening: Callable[..., Any]) -> None:
    city = await opening()
    await city.hold()
    await city.gate.open(await city.wanted(await city.agree(agreed())))
    again = await opening()
    assert await again.gate.start() == 1
    assert [row.state for row in await again.releases()] == ["failed"]


async def test_a_renewed_token_takes_the_place_of_the_old_one(city: Deployment) -> None:
    old = await city.agree(agreed())
    grant = await city.grants.renew(UnverifiedGrant(old))
    assert await city.pull(grant.token) == CSV
    with pytest.raises(GrantRefused):
        await city.grants.verify(UnverifiedGrant(old))


async def test_what_began_with_a_token_goes_on_when_that_is_renewed(opening: Callable[..., Any]) -> None:
    city = await opening(recheck_s=0)
    await city.hold(bytes(4 << 20))
    token = await city.agree(agreed())
    release = await city.gate.open(await city.wanted(token))
    chunks = release.chunks()
    first = await anext(chunks)
    await city.grants.renew(UnverifiedGrant(token))
    assert first + b"".join([chunk async for chunk in chunks]) == bytes(4 << 20)
    await release.close()


async def test_the_same_bytes_under_two_datasets_go_to_nobody_whom_either_forbids(city: Deployment) -> None:
    """P29."""
    other = "https://city.example/census-copy"
    await city.hold(CSV, other)
    token = await city.agree(agreed())
    assert await city.pull(token) == CSV
    forbids = agreed(iri="urn:ex:a2", dataset=other).replace(
        "odrl:permission",
        f"odrl:prohibition [ odrl:action odrl:use ; odrl:target <{other}> ; odrl:assignee <{LAB}> ] ; odrl:permission",
    )
    await city.agree(forbids, iri="urn:ex:a2", dataset=other, transfer="urn:uuid:2")
    with pytest.raises(ReleaseRefused):
        await city.pull(token)


async def test_nobody_gains_a_use_by_a_crash_in_the_middle_of_one(opening: Callable[..., Any]) -> None:
    city = await opening()
    await city.hold()
    token = await city.agree(agreed(LIMIT.format(1)))
    await city.gate.open(await city.wanted(token))
    again = await opening()
    await again.gate.start()
    with pytest.raises(ReleaseRefused):
        await again.pull(token)


@pytest.mark.parametrize("reached", [1, 3 << 20, 7 << 20])
async def test_what_a_crash_of_ours_broke_off_goes_on_where_its_receiver_is_as_the_same_use(
    opening: Callable[..., Any], reached: int
) -> None:
    city, content = await opening(), bytes(range(256)) * (32 << 10)
    await city.hold(content)
    token = await city.agree(agreed(LIMIT.format(1)))
    release = await city.gate.open(await city.wanted(token))
    await anext(release.chunks())
    await city.gate.settled()
    again = await opening()
    await again.gate.start()
    going_on = {"span": Span(reached, None), "if_range": release.opened.etag}
    assert await again.pull(token, **going_on) == content[reached:]
    with pytest.raises(ReleaseRefused):
        await again.pull(token)
