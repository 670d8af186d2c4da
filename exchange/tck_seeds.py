"""What the conformance kit finds here when it begins, and how that is over once its switch is off.

In its profile whoever bears no token is the kit, so nothing of others may lie beside it; and what it left must be good
for nobody who gets its name later.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

from sqlalchemy import and_, select

from exchange.agreement import ENDED
from exchange.agreements import Agreements, Wanted
from exchange.dsp import policies
from exchange.dsp.states import Negotiation, Party, Transfer
from exchange.errors import KitRefused
from exchange.outbox import Outbox
from exchange.partner_errors import AgreementUnknown
from exchange.processes import Kind, Process, Processes, Step, Waiting
from exchange.tck import KIT, USE, ids
from ontology.messages import Message
from participants.principal import OPERATOR
from stores.database import Database
from stores.exchange_tables import AgreementRow, PeerRow
from stores.tables import CatalogRow

_AGREED_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_AT_ONCE: Final = 100
_OVER = Message(ja="適合試験は終わりました。", en="The conformance test is over.")
_OTHERS = (
    select(CatalogRow.id),
    select(PeerRow.participant),
    select(AgreementRow.iri).where(and_(AgreementRow.provider != KIT, AgreementRow.consumer != KIT)),
)


def agreements(participant: str) -> Iterator[tuple[Party, dict[str, Any]]]:
    """The agreements that transfers are tried under, with our role in each.

    Args:
        participant: our own id.
    """
    numbers = count(1)
    for prefix, role in (("ATP", Party.PROVIDER), ("ATPC", Party.CONSUMER)):
        for iri in ids(prefix):
            ours = role is Party.PROVIDER
            yield role, policies.agreement(
                {"@id": f"urn:renkei:tck:{next(numbers)}", "@type": "Offer", "permission": USE},
                iri=iri, target=f"dataset-of-{iri}",
                assigner=participant if ours else KIT, assignee=KIT if ours else participant,
                timestamp=_AGREED_AT,
            )  # fmt: skip


async def seed(database: Database, kept: Agreements, participant: str) -> None:
    """Store the agreements that transfers are tried under; those that are there stay as they are."""
    async with database.writing() as connection:
        for role, document in agreements(participant):
            await kept.conclude(connection, document, negotiation=f"tck:{document['@id']}", role=role)
            await kept.finalized(connection, document["@id"])


async def refuse_beside_others(database: Database, kept: Agreements) -> None:
    """Let the kit into a data folder of its own alone, and into none that was taken from it.

    Raises:
        KitRefused
    """
    async with database.reading() as connection:
        held = [await connection.scalar(each.limit(1)) for each in _OTHERS]
    if any(each is not None for each in held) or await _state(kept) == ENDED:
        raise KitRefused


async def retire(processes: Processes, outbox: Outbox, kept: Agreements) -> None:
    """End what the kit left, if it ever was here; it is not told, for it is gone."""
    if await _state(kept) in (None, ENDED):
        return
    for kind in Kind:
        total, _ = await processes.listed(kind, peer=KIT, limit=1)
        for start in range(0, total, _AT_ONCE):
            _, found = await processes.listed(kind, peer=KIT, offset=start, limit=_AT_ONCE)
            for process in found:
                await _closed(processes, outbox, process)
    agreed, _ = await kept.listed(OPERATOR, Wanted(participant=KIT), size=1_000_000)
    first = next(iter(ids("ATP")))  # the last to be ended: what stands between is ended at another start
    for agreement in sorted(agreed, key=lambda each: each.iri == first):
        if agreement.state != ENDED and agreement.ended_at is None:
            await kept.end(agreement.iri, OPERATOR, _OVER.en)


async def _state(kept: Agreements) -> str | None:
    """Of the first agreement of the kit, None where it never was."""
    try:
        return (await kept.get(next(iter(ids("ATP"))), OPERATOR)).state
    except AgreementUnknown:
        return None


async def _closed(processes: Processes, outbox: Outbox, process: Process) -> None:
    ended = Negotiation.TERMINATED if process.kind is Kind.NEGOTIATION else Transfer.TERMINATED
    now = {"state": ended, "waits_for": Waiting.NOBODY, "error": None, "alarm_at": None}
    async with processes.database.writing() as connection:
        for letter in await outbox.pending(connection, process.pid):
            await outbox.drop(connection, letter)
        if not process.is_final:
            await processes.change(connection, process, Step("out", "", ended, note=_OVER), **now)
