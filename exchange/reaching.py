"""The peer of a process over the wire: a message posted to it, and what it holds for the state of that process."""

import orjson

from exchange.addresses import same_origin
from exchange.correspondence import below, path_of
from exchange.outbox import Letter
from exchange.outgoing import Answer, Outgoing
from exchange.partner_errors import OutgoingFailed
from exchange.peers import Peers
from exchange.processes import Process


class Reaching:
    """Reaches the peers of processes."""

    def __init__(self, peers: Peers, outgoing: Outgoing) -> None:
        self._peers, self._outgoing = peers, outgoing

    async def post(self, process: Process, letter: Letter) -> Answer | OutgoingFailed:
        """Send a message; what the peer answered, or why it was not reached."""
        headers = {"content-type": "application/json", **await self._headers(process)}
        try:
            return await self._outgoing.post(letter.address, letter.body, headers)
        except OutgoingFailed as error:
            return error

    async def state(self, process: Process) -> str:
        """The state that a process is in at its peer, as that spells it; empty where it does not say."""
        try:
            told = await self._outgoing.get(below(process.peer_address, path_of(process)), await self._headers(process))
            return str(orjson.loads(told.body).get("state", "")) if told.ok else ""
        except (OutgoingFailed, ValueError, AttributeError):
            return ""

    async def _headers(self, process: Process) -> dict[str, str]:
        """What a peer is shown: our proof only where it said that it stands, wherever a message asks for its answer."""
        shown = {"accept": "application/json"}
        proof = await self._peers.authorization(process.peer)
        if proof is None or not same_origin(process.peer_address, (await self._peers.get(process.peer)).address):
            return shown
        return {**shown, "authorization": proof}
