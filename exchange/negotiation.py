"""Contract negotiations: what our side does at each state, by rule or by a person's word."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Any, Final
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from exchange import negotiation_sayings as sayings
from exchange.agreements import Agreements
from exchange.correspondence import ENDED_BEFORE, path_of, pids_of
from exchange.dialogue import Dialogue
from exchange.dsp import policies, writing
from exchange.dsp.states import Negotiation, Party
from exchange.errors import OfferMoved
from exchange.offers import Offer, Offers
from exchange.processes import Kind, Process
from exchange.turns import NOTHING, Reason, Saying, Turn
from participants.principal import Principal

__all__ = ["Act", "Negotiations", "Reason", "Script"]


# Which message puts what on the table; no other one does, whatever members it has.
_BEARS: Final = MappingProxyType(
    {"ContractRequestMessage": "offer", "ContractOfferMessage": "offer", "ContractAgreementMessage": "agreement"}
)


class Act(StrEnum):
    """What our side may do next."""

    WAIT = "wait"
    ASK_A_PERSON = "ask a person"
    OFFER = "offer"
    AGREE = "agree"
    FINALIZE = "finalize"
    COUNTER = "counter"
    ACCEPT = "accept"
    VERIFY = "verify"
    TERMINATE = "terminate"


Script = Callable[[Process], Awaitable[Act | None]]
"""Overrides what is done next, None leaves it to the rules; conformance tests have one."""


class Negotiations:
    """The contract negotiations of this service, as provider and as consumer.

    Args:
        participant: our own participant id.
        base: public address of the service, under which agreements are found.
        callback: base of our own protocol endpoints, where peers answer.
    """

    kind = Kind.NEGOTIATION

    def __init__(
        self,
        offers: Offers,
        agreements: Agreements,
        *,
        participant: str,
        base: str,
        callback: str,
        script: Script | None = None,
    ) -> None:
        self._offers, self._agreements, self._script = offers, agreements, script
        self._participant, self._base, self._callback = participant, base, callback
        self.dialogue: Dialogue
        self._turns: Mapping[Act, Callable[[Process], Turn]] = {
            Act.WAIT: lambda process: NOTHING,
            Act.ASK_A_PERSON: sayings.asking_a_person,
            Act.FINALIZE: sayings.finalizing,
            Act.COUNTER: sayings.asking_again,
            Act.ACCEPT: sayings.accepting,
            Act.VERIFY: self._verifying,
            Act.TERMINATE: sayings.ending,
        }

    # What a provider is asked

    async def requested(self, message: Mapping[str, Any], peer: Principal) -> Process:
        """A consumer asks for an offer of ours.

        Raises:
            OfferUnknown: there is no such offer, or not for this peer.
            StepRefused: it used its id before.
        """
        asked = message["offer"]
        offer = await self._offers.find(asked["@id"], asked.get("target"), peer)
        process = Process(
            kind=Kind.NEGOTIATION,
            role=Party.PROVIDER,
            peer=peer.participant or "",
            peer_address=message["callbackAddress"],
            state=Negotiation.REQUESTED,
            peer_pid=message["consumerPid"],
            dataset=offer.dataset,
            offer=offer.iri,
            document={"offer": asked},
            actor=offer.owner,
        )
        return await self.dialogue.begun(process, message)

    async def offered(self, message: Mapping[str, Any], peer: Principal) -> Process:
        """A provider offers us something unasked; a person decides."""
        offer = message["offer"]
        process = Process(
            kind=Kind.NEGOTIATION,
            role=Party.CONSUMER,
            peer=peer.participant or "",
            peer_address=message["callbackAddress"],
            state=Negotiation.OFFERED,
            peer_pid=message["providerPid"],
            dataset=offer.get("target"),
            offer=offer["@id"],
            document={"offer": offer},
        )
        return await self.dialogue.begun(process, message)

    # What we begin

    async def ask(self, peer: str, address: str, offer: Mapping[str, Any], actor: str | None) -> Process:
        """Ask a provider for one of its offers.

        Args:
            address: base of its protocol endpoints.
            offer: as its catalog has it, with `target`.
        """
        process = Process(
            kind=Kind.NEGOTIATION,
            role=Party.CONSUMER,
            peer=peer,
            peer_address=address,
            state=Negotiation.INITIAL,
            dataset=offer.get("target"),
            offer=offer["@id"],
            document={"offer": offer, "asked": offer},
            actor=actor,
        )
        message = writing.contract_request(consumer_pid=process.pid, offer=offer, callback=self._callback)
        return await self.dialogue.open(process, Saying(message, "negotiations/request", Negotiation.REQUESTED))

    async def propose(self, peer: str, address: str, offer: Offer) -> Process:
        """Offer something of ours to a consumer that did not ask, in the name of who made the offer."""
        terms = {**offer.document, "target": offer.dataset}
        process = Process(
            kind=Kind.NEGOTIATION,
            role=Party.PROVIDER,
            peer=peer,
            peer_address=address,
            state=Negotiation.INITIAL,
            dataset=offer.dataset,
            offer=offer.iri,
            document={"offer": terms},
            actor=offer.owner,
        )
        message = writing.contract_offer(provider_pid=process.pid, offer=terms, callback=self._callback)
        return await self.dialogue.open(process, Saying(message, "negotiations/offers", Negotiation.OFFERED))

    # What a person decides

    async def accept(self, pid: str) -> Process:
        """Take what is on the table: as provider agree to what was asked, as consumer accept the offer.

        Raises:
            OfferMoved: as provider, the offer was withdrawn, or is revised at this very moment.
        """

        async def make(process: Process) -> Turn:
            return await self._turn(process, Act.AGREE if process.role is Party.PROVIDER else Act.ACCEPT)

        return await self.dialogue.say(pid, make)

    async def counter(self, pid: str, offer: Mapping[str, Any]) -> Process:
        """Put other terms on the table.

        Raises:
            OfferMoved: as provider, the offer that this is about was withdrawn.
        """

        async def make(process: Process) -> Turn:
            if process.role is Party.PROVIDER:
                await self._standing(process)
            document = {**process.document, "offer": offer, "ours": offer}
            return Turn({"document": document}, sayings.countering(process, offer))

        return await self.dialogue.say(pid, make)

    async def terminate(self, pid: str, reason: Reason) -> Process:
        """End a negotiation, with a reason that the other side is told."""

        async def make(process: Process) -> Turn:
            return Turn(says=sayings.termination(process, reason), note=reason.texts[0])

        return await self.dialogue.say(pid, make)

    async def reminder(self, connection: AsyncConnection, process: Process) -> Saying | None:
        """Nothing: what was said in a negotiation was answered, or is still tried."""
        return None

    def farewell(self, process: Process) -> Saying:
        """Say that a negotiation has ended to a peer that could not be told before."""
        return sayings.termination(process, Reason("ended", (ENDED_BEFORE,)))

    # What follows from what

    async def heard(self, process: Process, message: Mapping[str, Any]) -> Turn:
        """Decide what a message of the peer leads to."""
        if (member := _BEARS.get(message["@type"])) is not None:
            process = replace(process, document={**process.document, member: message[member]})
        act = await self._script(process) if self._script else None
        if act is None:
            act = await self._by_rule(process)
            process = await self._in_our_words(process, act)
        turn = await self._turn(process, act)
        turn = replace(turn, changes={"document": process.document, **turn.changes})
        if process.is_final:
            return replace(turn, along=self._ended if process.state is Negotiation.TERMINATED else self._finalized)
        return turn

    async def taken(self, process: Process, message: Mapping[str, Any]) -> Turn:
        """Decide what follows once the peer took our message; by the rules nothing, it is the peer's turn."""
        if process.is_final:
            return Turn(along=self._ended if process.state is Negotiation.TERMINATED else self._finalized)
        act = await self._script(process) if self._script else None
        return await self._turn(process, act) if act else NOTHING

    async def _by_rule(self, process: Process) -> Act:
        match process.role, process.state:
            case Party.PROVIDER, Negotiation.REQUESTED:
                return await self._considered(process)
            case Party.PROVIDER, Negotiation.ACCEPTED:
                return await self._accepted(process)
            case Party.PROVIDER, Negotiation.VERIFIED:
                return Act.FINALIZE
            case Party.CONSUMER, Negotiation.OFFERED:
                return Act.ACCEPT if _as_asked(process) else Act.ASK_A_PERSON
            case Party.CONSUMER, Negotiation.AGREED:
                return Act.VERIFY if self._as_agreed(process) else Act.TERMINATE
            case _:
                return Act.WAIT

    async def _considered(self, process: Process) -> Act:
        """What a provider does with a request: agree where the terms are its own, else say its own once."""
        offer = await self._offers.of(process)
        if offer is None:
            return Act.TERMINATE
        if offer.approval == "person":
            return Act.ASK_A_PERSON
        if policies.same_terms(process.document["offer"], offer.document):
            return Act.AGREE
        return Act.ASK_A_PERSON if process.document.get("countered") else Act.OFFER

    async def _accepted(self, process: Process) -> Act:
        """What a provider does with the acceptance of its offer: what is offered no more is not agreed on."""
        offer, terms = await self._offers.of(process), process.document["offer"]
        if offer is None:
            return Act.TERMINATE
        by_hand = process.document.get("ours") == terms
        return Act.AGREE if by_hand or policies.same_terms(terms, offer.document) else Act.TERMINATE

    async def _in_our_words(self, process: Process, act: Act) -> Process:
        """What is agreed by rule is what we offered, as we wrote it: the same terms may be spelt with other types."""
        if (act, process.state) != (Act.AGREE, Negotiation.REQUESTED):
            return process
        offer = await self._offers.of(process)
        ours = process.document["offer"] if offer is None else {**offer.document, "target": offer.dataset}
        return replace(process, document={**process.document, "offer": ours})

    async def _turn(self, process: Process, act: Act) -> Turn:
        if act is Act.OFFER:
            return await self._offering(process)
        if act is Act.AGREE:
            return await self._agreeing(process)
        return self._turns[act](process)

    def _verifying(self, process: Process) -> Turn:
        message = writing.agreement_verification(**pids_of(process))
        path = path_of(process, "agreement", "verification")
        changes = {"agreement": process.document["agreement"]["@id"]}
        return Turn(changes, Saying(message, path, Negotiation.VERIFIED), self._concluded_there)

    async def _offering(self, process: Process) -> Turn:
        offer = await self._offers.of(process)
        if offer is None:
            return await self._turn(process, Act.TERMINATE)
        terms = {**offer.document, "target": process.dataset}
        message = writing.contract_offer(provider_pid=process.pid, offer=terms, consumer_pid=process.peer_pid)
        return Turn(
            changes={"document": {**process.document, "offer": terms, "countered": True}},
            says=Saying(message, path_of(process, "offers"), Negotiation.OFFERED),
            note=sayings.ASKED_OTHERWISE,
        )

    async def _agreeing(self, process: Process) -> Turn:
        terms, offer = process.document["offer"], await self._standing(process)
        if policies.same_terms(terms, offer.document):
            terms = offer.document  # peers lose datatypes and turn names into text when they hand it back
        agreement = policies.agreement(
            terms,
            iri=f"{self._base}/agreements/{uuid4().hex}",
            target=process.dataset or "",
            assigner=self._participant,
            assignee=process.peer,
            timestamp=datetime.now(UTC),
        )
        message = writing.contract_agreement(**pids_of(process), agreement=agreement)
        return Turn(
            changes={"agreement": agreement["@id"], "document": {**process.document, "agreement": agreement}},
            says=Saying(message, path_of(process, "agreement"), Negotiation.AGREED),
            along=partial(self._concluded_here, offer),
        )

    async def _standing(self, process: Process) -> Offer:
        """The offer that a negotiation is about, as it now stands."""
        if (offer := await self._offers.of(process)) is None:
            raise OfferMoved(process.offer or "")
        return offer

    def _as_agreed(self, process: Process) -> bool:
        """Whether the agreement that came says what was on the table, about the same data and for us."""
        agreement, terms = process.document["agreement"], process.document["offer"]
        return (
            policies.same_terms(agreement, terms)
            and agreement["target"] == (terms.get("target") or process.dataset)
            and agreement["assignee"] == self._participant
            and agreement["assigner"] == process.peer
        )

    # What is stored along

    async def _concluded_here(self, offer: Offer, connection: AsyncConnection, process: Process) -> None:
        """Write down what was agreed on an offer, unless that is another one by now: its description is pinned."""
        if await self._offers.of(process) != offer:
            raise OfferMoved(offer.iri)
        await self._agreements.conclude(
            connection,
            process.document["agreement"],
            negotiation=process.pid,
            role=Party.PROVIDER,
            offer=process.offer,
            owner=process.actor,
            revision=offer.revision,
            dataset_hash=offer.dataset_hash,
        )

    async def _concluded_there(self, connection: AsyncConnection, process: Process) -> None:
        await self._agreements.conclude(
            connection,
            process.document["agreement"],
            negotiation=process.pid,
            role=Party.CONSUMER,
            offer=process.offer,
            owner=process.actor,
        )

    async def _finalized(self, connection: AsyncConnection, process: Process) -> None:
        if process.agreement is not None:
            await self._agreements.finalized(connection, process.agreement)

    async def _ended(self, connection: AsyncConnection, process: Process) -> None:
        """An agreement that was not finalized comes to nothing with its negotiation."""
        if process.agreement is not None:
            await self._agreements.dropped(connection, process.agreement)


def _as_asked(process: Process) -> bool:
    asked = process.document.get("asked")
    return asked is not None and policies.same_terms(process.document["offer"], asked)
