"""Duties around a release: those the gate carries out itself, and those the parties prove."""

from datetime import UTC, datetime, timedelta

import pytest
from pyoxigraph import Literal

from exchange.performing import Deed
from exchange.policy.asking import Value
from exchange.release_errors import PerformedForbidden, ReleaseRefused
from exchange.spans import Span
from participants.principal import OPERATOR, Principal
from tests.exchange.release.city import AGREEMENT, CITY, CSV, LAB, RIVAL, Deployment, agreed

pytestmark = pytest.mark.anyio
ODRL = "http://www.w3.org/ns/odrl/2/"
DUTY = "odrl:duty [ odrl:action {} ] ;"
CUTTING = (
    "odrl:duty [ odrl:action [ <http://www.w3.org/1999/02/22-rdf-syntax-ns#value> <urn:renkei:ns#{}> ; "
    'odrl:refinement [ odrl:leftOperand <urn:renkei:ns#field> ; odrl:operator odrl:isAnyOf ; odrl:rightOperand "name" ] ] ] ;'
)
OBLIGED = (
    "odrl:obligation [ odrl:action <urn:renkei:ns#dropFields> ; odrl:constraint "
    '[ odrl:leftOperand <urn:renkei:ns#field> ; odrl:operator odrl:eq ; odrl:rightOperand "name" ] ] ; odrl:permission'
)
CONSUMER, PROVIDER = Principal(LAB, "reader", None, True), Principal(CITY, "provider", None, True)
NO_NAMES = b"age\n" + b"".join(b"%d\n" % (n % 90) for n in range(5000))
MASKED = b"name,age\n" + b"".join(b"***,%d\n" % (n % 90) for n in range(5000))


@pytest.mark.parametrize(("action", "shown"), [("dropFields", NO_NAMES), ("maskFields", MASKED)])
async def test_fields_that_a_duty_names_do_not_leave(city: Deployment, action: str, shown: bytes) -> None:
    token = await city.agree(agreed(CUTTING.format(action)))
    assert await city.pull(token) == shown
    assert (await city.releases())[0].size_bytes == len(shown)


async def test_an_obligation_of_the_whole_policy_cuts_too(city: Deployment) -> None:
    """The protocol of data spaces has no duties of permissions."""
    token = await city.agree(agreed().replace("odrl:permission", OBLIGED))
    assert await city.pull(token) == NO_NAMES


async def test_no_span_and_no_tag_leads_past_a_cut(city: Deployment) -> None:
    """P30."""
    token = await city.agree(agreed(CUTTING.format("dropFields")))
    assert await city.pull(token, span=Span(0, 99)) == NO_NAMES
    opened = await city.gate.look(await city.wanted(token))
    assert (opened.size, opened.sha256, opened.accepts_ranges) == (None, None, False)


async def test_data_from_which_nothing_can_be_cut_are_refused(city: Deployment) -> None:
    await city.hold(b"%PDF-1.7", media_type="application/pdf")
    token = await city.agree(agreed(CUTTING.format("dropFields")))
    with pytest.raises(ReleaseRefused):
        await city.pull(token)


@pytest.mark.parametrize("action", ["odrl:inform", "<urn:renkei:ns#log>"])
async def test_what_the_gate_does_with_every_release_holds_nothing_back(city: Deployment, action: str) -> None:
    assert await city.pull(await city.agree(agreed(DUTY.format(action)))) == CSV


@pytest.mark.parametrize("action", ["odrl:compensate", "odrl:obtainConsent", "odrl:delete", "<urn:ex:unheard-of>"])
async def test_a_duty_that_nobody_fulfilled_holds_the_data_back(city: Deployment, action: str) -> None:
    with pytest.raises(ReleaseRefused):
        await city.pull(await city.agree(agreed(DUTY.format(action))))


PAID = (
    "odrl:duty [ odrl:action [ <http://www.w3.org/1999/02/22-rdf-syntax-ns#value> odrl:compensate ; odrl:refinement "
    "[ odrl:leftOperand odrl:payAmount ; odrl:operator odrl:gteq ; odrl:rightOperand 500 ] ] ] ;"
)


def payment(amount: int, source: str = "payment") -> Deed:
    values = {ODRL + "payAmount": Value((Literal(amount),), source)}
    return Deed(ODRL + "compensate", values=values, proof={"receipt": "R-1"})


async def test_a_receipt_of_the_provider_opens_what_is_to_be_paid_for(city: Deployment) -> None:
    token = await city.agree(agreed(PAID))
    await city.gate.performances.note(AGREEMENT, payment(400), PROVIDER)
    with pytest.raises(ReleaseRefused):
        await city.pull(token)
    await city.gate.performances.note(AGREEMENT, payment(500), PROVIDER)
    assert await city.pull(token) == CSV
    assert "performed" in await city.events()


async def test_nobody_writes_a_receipt_for_oneself_or_for_others(city: Deployment) -> None:
    token = await city.agree(agreed(PAID))
    late = Deed(ODRL + "delete", at=datetime.now(UTC) - timedelta(days=1))
    for deed, by in (
        (payment(500), CONSUMER), (payment(500, "declared"), CONSUMER), (late, CONSUMER),
        (Deed(ODRL + "delete", party=CITY), CONSUMER), (Deed(ODRL + "delete"), Principal(RIVAL, "provider", None, True)),
        (Deed(ODRL + "delete"), Principal()),
    ):  # fmt: skip
        with pytest.raises(PerformedForbidden):
            await city.gate.performances.note(AGREEMENT, deed, by)
    with pytest.raises(ReleaseRefused):
        await city.pull(token)


async def test_a_deletion_that_is_due_is_proved_by_the_consumer(city: Deployment) -> None:
    due = datetime.now(UTC) + timedelta(hours=1)
    rule = (
        "odrl:duty [ odrl:action odrl:delete ; odrl:constraint [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lteq ; "
        f'odrl:rightOperand "{due.isoformat()}"^^xsd:dateTime ] ] ;'
    )
    token = await city.agree(agreed(rule))
    with pytest.raises(ReleaseRefused):
        await city.pull(token)
    await city.gate.performances.note(AGREEMENT, Deed(ODRL + "delete", proof={"sha256": "0" * 64}), CONSUMER)
    assert await city.pull(token) == CSV
    (entry,) = await city.gate.performances.noted(AGREEMENT, OPERATOR)
    assert (entry["party"], entry["noted_by"], entry["proof"]) == (LAB, LAB, {"sha256": "0" * 64})


async def test_a_deletion_after_the_use_does_not_hold_it_back(city: Deployment) -> None:
    rule = (
        "odrl:duty [ odrl:action odrl:delete ; odrl:constraint [ odrl:leftOperand odrl:event ; odrl:operator odrl:gt ; "
        "odrl:rightOperand odrl:policyUsage ] ] ;"
    )
    assert await city.pull(await city.agree(agreed(rule))) == CSV
