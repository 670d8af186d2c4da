"""What two of our kind say beside the protocol, which has no words for it: signatures on agreements, and their ends.

A peer whose key is known is taken for one of our kind. What it has to be told is kept in the outbox until it answers;
an answer that will not change with time is the end of it, for the agreement holds without.
"""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.addresses import same_origin
from exchange.agreement import Agreement
from exchange.agreements import Agreements
from exchange.dsp.states import Party
from exchange.errors import ExchangeError
from exchange.outbox import Letter, Outbox
from exchange.outgoing import Answer, Outgoing
from exchange.partner_errors import PeerUnknown, Unreachable
from exchange.peers import Peer, Peers
from participants.principal import OPERATOR
from stores.database import Database

SIGNATURE: Final = "renkei:AgreementSignature"
END: Final = "renkei:AgreementEnd"
_TRY_AGAIN = frozenset((408, 425, 429))
_LONGEST = timedelta(days=7)
_AFTER_COMMIT_S: Final = 1.0  # out of the way of negotiations under way; were it lost, the outbox finds the letter
log: structlog.stdlib.BoundLogger = structlog.get_logger("renkei")


class Telling:
    """Tells peers of signatures and ends of agreements.

    Args:
        beside: in a command beside a service, which tells all but the notice that the command gives.
    """

    def __init__(
        self,
        database: Database,
        agreements: Agreements,
        peers: Peers,
        outgoing: Outgoing,
        outbox: Outbox,
        *,
        beside: bool = False,
    ) -> None:
        self._database, self._agreements = database, agreements
        self._peers, self._outgoing, self._outbox = peers, outgoing, outbox
        outbox.delivered_by(SIGNATURE, self._deliver)
        outbox.delivered_by(END, self._deliver)
        agreements.on_notice.append(self.notice)
        if not beside:
            agreements.on_final.append(self.signature)
            agreements.on_end.append(self.end)

    async def signature(self, connection: AsyncConnection, agreement: Agreement) -> None:
        """Send the provider our signature on an agreement that comes into force; it answers with its own."""
        peer = await self._of_our_kind(agreement)
        if agreement.role is Party.PROVIDER or peer is None or not same_origin(agreement.iri, peer.address):
            return
        body = orjson.dumps({"signature": agreement.signatures[agreement.us]})
        letter = await self._outbox.put(connection, _letter(agreement, SIGNATURE, f"{agreement.iri}/signatures", body))
        asyncio.get_running_loop().call_later(_AFTER_COMMIT_S, self._outbox.send_soon, letter)

    async def notice(self, connection: AsyncConnection, agreement: Agreement) -> None:
        """Tell the other party when an agreement will be over, unless it gave the notice."""
        letter = await self._of_end(agreement)
        if letter is not None:
            letter = await self._outbox.put(connection, letter)
            asyncio.get_running_loop().call_later(_AFTER_COMMIT_S, self._outbox.send_soon, letter)

    async def end(self, agreement: Agreement) -> None:
        """Tell the other party that an agreement is over, unless it said so itself or the terms did."""
        letter = await self._of_end(agreement)
        if letter is not None:
            async with self._database.writing() as connection:
                letter = await self._outbox.put(connection, letter)
            self._outbox.send_soon(letter)

    async def _of_end(self, agreement: Agreement) -> Letter | None:
        peer = await self._of_our_kind(agreement)
        if peer is None or agreement.ended_by in (None, agreement.peer) or not agreement.reason:
            return None
        place = agreement.iri
        if agreement.role is Party.PROVIDER:  # where a consumer of our kind keeps it (Agreements._short_id)
            place = f"{peer.address}/agreements/{hashlib.sha256(agreement.iri.encode()).hexdigest()[:32]}"
        if not same_origin(place, peer.address):
            return None
        said = {"reason": agreement.reason}
        if agreement.ended_at is not None and agreement.ended_at > datetime.now(UTC):
            said["at"] = agreement.ended_at.isoformat()
        return _letter(agreement, END, f"{place}/end", orjson.dumps(said))

    async def _of_our_kind(self, agreement: Agreement) -> Peer | None:
        try:
            peer = await self._peers.get(agreement.peer)
        except PeerUnknown:
            return None
        return peer if peer.key is not None else None

    async def _deliver(self, letter: Letter) -> None:
        agreement = await self._agreements.get(letter.pid, OPERATOR)
        headers = {"content-type": "application/json", "accept": "application/json"}
        if (authorization := await self._peers.authorization(agreement.peer)) is not None:
            headers["authorization"] = authorization
        late = datetime.now(UTC) - letter.made_at > _LONGEST
        try:
            answer: Answer | None = await self._outgoing.post(letter.address, letter.body, headers)
        except Unreachable:
            answer = None
        if not late and (answer is None or answer.status >= 500 or answer.status in _TRY_AGAIN):
            async with self._database.writing() as connection:
                await self._outbox.later(connection, letter)
            return
        await self._answered(agreement, letter, answer)
        async with self._database.writing(settled=False) as connection:
            await self._outbox.drop(connection, letter)

    async def _answered(self, agreement: Agreement, letter: Letter, answer: Answer | None) -> None:
        if answer is None or not answer.ok:
            status = None if answer is None else answer.status
            log.info("a peer took no notice", agreement=agreement.iri, message=letter.message, status=status)
        elif letter.message == SIGNATURE:
            try:
                theirs = orjson.loads(answer.body)["signatures"][agreement.peer]
                await self._agreements.countersign(agreement.iri, agreement.peer, theirs)
            except (ValueError, KeyError, TypeError, AttributeError, ExchangeError) as error:
                log.warning("a peer gave no good signature", agreement=agreement.iri, reason=str(error))


def _letter(agreement: Agreement, message: str, address: str, body: bytes) -> Letter:
    return Letter(agreement.short_id, message, address, body, "")
