"""New tokens for transfers of ours whose old ones ran out; a provider of our kind gives them to its consumer."""

from typing import Any, Final

import orjson

from exchange.addresses import same_origin
from exchange.correspondence import pids_of
from exchange.data_addresses import access_of
from exchange.dsp import writing
from exchange.dsp.checking import check
from exchange.dsp.errors import MessageInvalid
from exchange.dsp.states import Party
from exchange.errors import ExchangeError
from exchange.locks import Locks
from exchange.outgoing import Outgoing
from exchange.partner_errors import OutgoingFailed
from exchange.peers import Peers
from exchange.processes import Kind, Process, Processes
from exchange.stored_objects import AddressUnclear, properties_of, stored_object
from exchange.transfers import S3_PULL, Transfers
from ontology.messages import Message

_LONGEST_TOKEN: Final = 512
_LONGEST_ADDRESS: Final = 16_384
_REFUSED: Final = Message(
    ja="提供者は新しいトークンを出しません。", en="The provider gives no new token for this transfer."
)


class RenewalRefused(ExchangeError):
    """The provider gives no new token."""


class Renewing:
    """Asks for them."""

    def __init__(
        self, processes: Processes, locks: Locks, transfers: Transfers, peers: Peers, outgoing: Outgoing
    ) -> None:
        self._processes, self._locks, self._transfers = processes, locks, transfers
        self._peers, self._outgoing = peers, outgoing

    async def renewed(self, process: Process) -> Process:
        """A transfer with a new token in its data address, which opens the same uses as the old one.

        Raises:
            RenewalRefused
        """
        address = self._transfers.address(process)
        if address is None or process.role is not Party.CONSUMER:
            raise RenewalRefused(_REFUSED)
        endpoint, s3 = access_of(address).endpoint or "", process.document.get("format") == S3_PULL
        proof = await self._peers.authorization(process.peer)
        if proof is None or not same_origin(endpoint, (await self._peers.get(process.peer)).address):
            raise RenewalRefused(_REFUSED)  # what proves us to the peer is shown to nobody else
        data = f"{endpoint.removesuffix('/s3')}/data/{process.peer_pid}" if s3 else endpoint
        try:
            answer = await self._outgoing.post(f"{data}/token", b"", {"authorization": proof})
            told = orjson.loads(answer.body) if answer.ok else {}
            sealed = (
                self._transfers.sealed(process, _checked_address(process, told["dataAddress"]))
                if s3
                else self._transfers.with_token(process, endpoint, _checked_token(told["token"]))
            )
        except (OutgoingFailed, MessageInvalid, AddressUnclear, ValueError, KeyError, TypeError) as error:
            raise RenewalRefused(_REFUSED) from error
        return await self._kept(process.pid, sealed)

    async def _kept(self, pid: str, sealed: bytes) -> Process:
        async with self._locks.held(pid):
            found = await self._processes.get(pid, Kind.TRANSFER)
            async with self._processes.database.writing() as connection:
                return await self._processes.change(connection, found, None, sealed=sealed)


def _checked_address(process: Process, given: Any) -> dict[str, Any]:
    """A data address as good as one that came with a start; raises MessageInvalid, AddressUnclear, ValueError."""
    if not isinstance(given, dict) or len(orjson.dumps(given)) > _LONGEST_ADDRESS:
        raise ValueError("no address")
    check(writing.transfer_start(**pids_of(process), data_address=given))
    stored_object(properties_of(given))
    return given


def _checked_token(given: Any) -> str:
    if not isinstance(given, str) or not 0 < len(given) <= _LONGEST_TOKEN:
        raise ValueError("no token")
    return given
