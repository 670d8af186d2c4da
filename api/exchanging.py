"""The exchange of a running service: what negotiates, transfers and sends, put together."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta

from api.settings import Settings
from catalog.descriptions import Descriptions
from catalog.reading import Reading
from catalog.search import Search
from catalog.sparql import Sparql
from catalog.visibility import Visibility
from exchange.agreements import Agreements
from exchange.alarms import Alarms
from exchange.asking_peers import PeerCatalogs
from exchange.catalogs import OfferedCatalog
from exchange.dialogue import Dialogue
from exchange.grants import Grants
from exchange.keys import SecretBox, SigningKey
from exchange.locks import Locks
from exchange.negotiation import Negotiations
from exchange.offering import Offering
from exchange.offers import Offers
from exchange.outbox import Outbox
from exchange.outgoing import Outgoing
from exchange.peers import Peers
from exchange.policy.vocabulary import Vocabulary
from exchange.processes import Processes
from exchange.sourcing import Sources
from exchange.tck import Kit, datasets
from exchange.tck_seeds import refuse_beside_others, retire, seed
from exchange.telling import Telling
from exchange.transfers import Transfers
from exchange.trying import Patience
from stores.database import Database

DSP = "/dsp/2025-1"
"""Path of our protocol endpoints below the public address."""
_OF_NEGOTIATIONS = (
    "ContractRequestMessage",
    "ContractOfferMessage",
    "ContractAgreementMessage",
    "ContractAgreementVerificationMessage",
    "ContractNegotiationEventMessage",
    "ContractNegotiationTerminationMessage",
)
_OF_TRANSFERS = (
    "TransferRequestMessage",
    "TransferStartMessage",
    "TransferCompletionMessage",
    "TransferSuspensionMessage",
    "TransferTerminationMessage",
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the exchange stands on."""

    settings: Settings
    database: Database
    reading: Reading
    visibility: Visibility
    search: Search
    sparql: Sparql
    box: SecretBox
    outgoing: Outgoing
    peers: Peers
    agreements: Agreements
    grants: Grants
    descriptions: Descriptions
    sources: Sources
    vocabulary: Callable[[], Vocabulary]
    signing: SigningKey


@dataclass(frozen=True, slots=True)
class Exchange:
    """The negotiations and transfers of a service, and what they send."""

    processes: Processes
    outbox: Outbox
    locks: Locks
    offers: Offers
    offering: Offering
    negotiations: Negotiations
    transfers: Transfers
    peer_catalogs: PeerCatalogs
    offered: OfferedCatalog


@contextlib.asynccontextmanager
async def open_exchange(parts: Parts) -> AsyncIterator[Exchange]:
    """Put the exchange together and let it send, until the end."""
    exchange = _exchange(parts)
    parts.agreements.on_end.append(exchange.transfers.agreement_over)
    Telling(parts.database, parts.agreements, parts.peers, parts.outgoing, exchange.outbox)
    if parts.settings.tck:
        await refuse_beside_others(parts.database, parts.agreements)
        await seed(parts.database, parts.agreements, parts.settings.own_participant)
    else:
        await retire(exchange.processes, exchange.outbox, parts.agreements)
    tasks = [asyncio.create_task(work) for work in (exchange.outbox.run(), Alarms(exchange.processes).run())]
    try:
        yield exchange
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await exchange.outbox.close()


def _exchange(parts: Parts) -> Exchange:
    settings = parts.settings
    endpoint, participant = settings.base + DSP, settings.own_participant
    processes, locks, outbox = Processes(parts.database), Locks(), Outbox(parts.database, parts.box)
    patience = Patience(timedelta(seconds=settings.alarm_s), timedelta(seconds=settings.retry_s))
    kit = Kit(processes) if settings.tck else None
    offers = Offers(parts.database, parts.reading, parts.visibility, kit)
    negotiations = Negotiations(
        offers, parts.agreements, participant=participant, base=settings.base, callback=endpoint,
        script=kit.negotiate if kit else None,
    )  # fmt: skip
    transfers = Transfers(
        processes, parts.agreements, parts.grants, parts.box, endpoint=settings.base, callback=endpoint,
        bound_key=parts.peers.bound_key, script=kit.move if kit else None,
    )  # fmt: skip
    for machine, messages in ((negotiations, _OF_NEGOTIATIONS), (transfers, _OF_TRANSFERS)):
        machine.dialogue = Dialogue(
            processes, outbox, locks, parts.peers, parts.outgoing, machine, patience, settings.peer_processes
        )
        for message in messages:
            outbox.delivered_by(message, machine.dialogue.deliver)
    offered = OfferedCatalog(
        parts.database, parts.reading, parts.visibility, offers, parts.search, parts.sparql,
        participant=participant, endpoint=endpoint, scripted=datasets() if kit else (),
    )  # fmt: skip
    return Exchange(
        processes,
        outbox,
        locks,
        offers,
        Offering(parts.database, parts.descriptions, parts.sources, parts.vocabulary, settings.base),
        negotiations,
        transfers,
        PeerCatalogs(parts.peers, parts.outgoing),
        offered,
    )
