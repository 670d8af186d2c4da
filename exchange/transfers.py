"""Transfer processes: asking for data under an agreement, and being let to it, until either side ends that."""

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.agreements import Agreement, Agreements
from exchange.correspondence import ENDED_BEFORE, path_of, pids_of
from exchange.data_addresses import access_of
from exchange.dialogue import Dialogue
from exchange.dsp import writing
from exchange.dsp.states import Party, Transfer
from exchange.errors import FormatUnknown, StepRefused
from exchange.grants import Bound, Grants
from exchange.keys import SecretBox
from exchange.negotiation import Reason
from exchange.processes import Kind, Process, Processes, Waiting
from exchange.proofs import SCHEME
from exchange.storefront import Storefront
from exchange.turns import NOTHING, Saying, Turn
from ontology.messages import Message
from participants.principal import Principal
from stores.exchange_tables import ReleaseRow

PULL, PUSH, S3_PULL, S3_PUSH = "HttpData-PULL", "HttpData-PUSH", "AmazonS3-PULL", "AmazonS3-PUSH"
FORMATS = (PULL, PUSH, S3_PULL, S3_PUSH)
_PUSHED = frozenset((PUSH, S3_PUSH))
_PROVED = tuple(each for each in FORMATS if each != S3_PULL)
_PURPOSE = "data address of "
_HELD = "held"  # in the document of a transfer that we suspended by hand
_STARTS, _STEPS = 3, 50  # so many are said of one transfer to a consumer that goes on asking, after so many steps none
_RELEASED = select(ReleaseRow.id).where(ReleaseRow.transfer == bindparam("transfer")).limit(1)


class Act(StrEnum):
    """What our side may do next."""

    WAIT = "wait"
    START = "start"
    SUSPEND = "suspend"
    COMPLETE = "complete"
    TERMINATE = "terminate"


Script = Callable[[Process], Awaitable[Act | None]]
Started = Callable[[Process], Awaitable[None]]

_OVER = Message(ja="合意が終わりました。", en="The agreement is over.")
_BY_SCRIPT = Reason("script", (Message(ja="試験の手順による。", en="As the conformance script says."),))


class Transfers:
    """The transfers of this service, as provider and as consumer.

    Args:
        endpoint: public address of this service: data is pulled below its `/data`, by clients of S3 below `/s3`.
        callback: base of our own protocol endpoints.
        bound_key: tells to which key the tokens of a peer are bound; None where to bear them is enough.
        started: told of each transfer that starts, for those that push.
    """

    kind = Kind.TRANSFER

    def __init__(
        self,
        processes: Processes,
        agreements: Agreements,
        grants: Grants,
        box: SecretBox,
        *,
        endpoint: str,
        callback: str,
        bound_key: Callable[[str], Awaitable[str | None]],
        script: Script | None = None,
    ) -> None:
        self._processes, self._agreements, self._grants, self._box = processes, agreements, grants, box
        self._endpoint, self._callback, self._script = f"{endpoint}/data", callback, script
        self.storefront = Storefront(box, f"{endpoint}/s3")
        self._bound_key = bound_key
        self.started: Started | None = None
        self.dialogue: Dialogue

    async def requested(self, message: Mapping[str, Any], peer: Principal) -> Process:
        """A consumer asks for the data of an agreement.

        Raises:
            AgreementUnknown: none of this peer's.
            AgreementOver: it has ended.
            FormatUnknown: nothing here moves data in this way.
            StepRefused: it used its id before.
        """
        form, address = message["format"].rsplit("/", 1)[-1], message.get("dataAddress")
        if form not in FORMATS or (form in _PUSHED) != (address is not None):
            raise FormatUnknown(message["format"], FORMATS)
        if form == S3_PULL and await self._bound_key(peer.participant or "") is not None:
            raise FormatUnknown(message["format"], _PROVED)  # a key pair of a store is good for whoever has it
        agreement = await self._agreements.in_force(message["agreementId"], consumer=peer.participant or "")
        process = Process(
            kind=Kind.TRANSFER,
            role=Party.PROVIDER,
            peer=peer.participant or "",
            peer_address=message["callbackAddress"],
            state=Transfer.REQUESTED,
            peer_pid=message["consumerPid"],
            dataset=agreement.dataset,
            agreement=agreement.iri,
            document={"format": form},
            actor=agreement.owner,
        )
        if address is not None:
            process = replace(process, sealed=self.sealed(process, address))
        return await self.dialogue.begun(process, message)

    async def ask(
        self,
        agreement: str,
        address: str,
        *,
        form: str = PULL,
        to: Mapping[str, Any] | None = None,
        actor: str | None = None,
    ) -> Process:
        """Ask the provider of an agreement for its data.

        Args:
            address: base of the provider's protocol endpoints.
            to: data address that it shall push to.

        Raises:
            AgreementUnknown, AgreementOver
        """
        agreed = await self._agreements.in_force(agreement)
        process = Process(
            kind=Kind.TRANSFER,
            role=Party.CONSUMER,
            peer=agreed.provider,
            peer_address=address,
            state=Transfer.INITIAL,
            dataset=agreed.dataset,
            agreement=agreed.iri,
            document={"format": form},
            actor=actor,
        )
        message = writing.transfer_request(
            consumer_pid=process.pid, agreement=agreement, format=form, callback=self._callback, data_address=to
        )
        return await self.dialogue.open(process, Saying(message, "transfers/request", Transfer.REQUESTED))

    def address(self, process: Process) -> Mapping[str, Any] | None:
        """Where the data of a transfer is pulled from or pushed to, token and all; None while that is not known."""
        if process.sealed is None:
            return None
        found: Mapping[str, Any] = orjson.loads(self._box.open(process.sealed, _PURPOSE + process.pid))
        return found

    def with_token(self, process: Process, endpoint: str, token: str) -> bytes:
        """The address of a transfer's data with another token, as it is kept."""
        scheme = SCHEME if access_of(self.address(process) or {}).proves else writing.BEARER
        return self.sealed(process, _pulled_from(endpoint, token, scheme))

    # By hand, or because something else ended

    async def resume(self, pid: str) -> Process:
        """Go on with a suspended transfer."""
        return await self._by_hand(pid, Act.START)

    async def suspend(self, pid: str, reason: Reason) -> Process:
        """Interrupt a transfer; its tokens open nothing meanwhile, and only our side goes on with it."""
        return await self._by_hand(pid, Act.SUSPEND, reason)

    async def complete(self, pid: str) -> Process:
        """Say that all is done."""
        return await self._by_hand(pid, Act.COMPLETE)

    async def terminate(self, pid: str, reason: Reason) -> Process:
        """End a transfer; from this moment on nothing leaves under it, whether or not the peer has heard."""
        return await self._by_hand(pid, Act.TERMINATE, reason)

    async def agreement_over(self, agreement: Agreement) -> None:
        """End all that runs under an agreement that is over: no byte leaves any more, and the peer is told why."""
        await self._grants.revoke(agreement=agreement.iri)
        text = agreement.reason or _OVER.en
        reason = Reason("agreement-over", (Message(ja=agreement.reason or _OVER.ja, en=text),))
        for process in await self._processes.running_under(agreement.iri):
            with contextlib.suppress(StepRefused):  # it ended by itself meanwhile
                await self.terminate(process.pid, reason)

    async def _by_hand(self, pid: str, act: Act, reason: Reason = _BY_SCRIPT) -> Process:
        async def make(process: Process) -> Turn:
            turn = self._turn(process, act, reason)
            if act not in (Act.SUSPEND, Act.START):
                return turn
            held = {**process.document, _HELD: act is Act.SUSPEND}
            return replace(turn, changes={**turn.changes, "document": held})

        return await self.dialogue.say(pid, make)

    async def reminder(self, connection: AsyncConnection, process: Process) -> Saying | None:
        """The start once more, with a token besides the first, to a consumer that has neither pulled nor heard it."""
        if (process.role, process.state) != (Party.PROVIDER, Transfer.STARTED):
            return None
        if await connection.scalar(_RELEASED, {"transfer": process.pid}) is not None:
            return None
        steps = await self._processes.steps(process.pid, most=_STEPS)
        said = [step for step in steps if step.direction == "out" and step.body is not None]
        if len(said) >= _STARTS or len(steps) == _STEPS:
            return None
        return await self._let_in(connection, process)

    def farewell(self, process: Process) -> Saying:
        """Say that a transfer has ended to a peer that could not be told before."""
        says = self._turn(process, Act.TERMINATE, Reason("ended", (ENDED_BEFORE,))).says
        assert says is not None
        return says

    # What follows from what

    async def heard(self, process: Process, message: Mapping[str, Any]) -> Turn:
        """Decide what a message of the peer leads to.

        Raises:
            StepRefused: the peer goes on with what we suspended by hand; the figure lets it, our people do not.
        """
        if process.state is Transfer.STARTED and process.document.get(_HELD):
            raise StepRefused(message["@type"], Transfer.SUSPENDED.value)
        act = await self._script(process) if self._script else None
        if act is None and (process.role, process.state) == (Party.PROVIDER, Transfer.REQUESTED):
            act = Act.START
        turn = self._turn(process, act or Act.WAIT, _BY_SCRIPT)
        changes = dict(turn.changes)
        if process.role is Party.CONSUMER and "dataAddress" in message:
            changes["sealed"] = self.sealed(process, message["dataAddress"])
        return self._settled(process, replace(turn, changes=changes))

    async def taken(self, process: Process, message: Mapping[str, Any]) -> Turn:
        """Decide what follows once the peer took our message."""
        act = await self._script(process) if self._script else None
        turn = self._turn(process, act, _BY_SCRIPT) if act else NOTHING
        return self._settled(process, turn)

    def _settled(self, process: Process, turn: Turn) -> Turn:
        """A transfer that runs or rests waits for nobody; one that ended lets nobody in."""
        if process.is_final:
            return replace(turn, along=self._closed)
        if process.state in (Transfer.STARTED, Transfer.SUSPENDED) and turn.enters is None:
            changes = {**turn.changes, "waits_for": Waiting.NOBODY}
            return replace(turn, changes=changes, after=self.started if process.state is Transfer.STARTED else None)
        return turn

    def _turn(self, process: Process, act: Act, reason: Reason) -> Turn:
        match act:
            case Act.WAIT:
                return NOTHING
            case Act.START:
                return Turn(along=self._let_in, enters=Transfer.STARTED)
            case Act.SUSPEND:
                message = writing.transfer_suspension(**pids_of(process), code=reason.code, reasons=reason.words)
                return _said(process, message, "suspension", Transfer.SUSPENDED, reason)
            case Act.COMPLETE:
                message = writing.transfer_completion(**pids_of(process))
                return _said(process, message, "completion", Transfer.COMPLETED, None)
            case Act.TERMINATE:
                message = writing.transfer_termination(**pids_of(process), code=reason.code, reasons=reason.words)
                turn = _said(process, message, "termination", Transfer.TERMINATED, reason)
                return replace(turn, along=self._closed)

    async def _let_in(self, connection: AsyncConnection, process: Process) -> Saying:
        """The start of a transfer; a provider hands out a token with it."""
        address = None
        if process.role is Party.PROVIDER and process.document["format"] not in _PUSHED:
            address = await self._opened(connection, process)
        message = writing.transfer_start(**pids_of(process), data_address=address)
        return Saying(message, path_of(process, "start"), Transfer.STARTED)

    async def _opened(self, connection: AsyncConnection, process: Process) -> Mapping[str, Any]:
        key = await self._bound_key(process.peer)
        bound = Bound(process.pid, process.agreement or "", process.peer, process.dataset or "", key)
        if process.document["format"] == S3_PULL:
            pair = self.storefront.pair()
            await self._grants.issue_within(connection, bound, key=pair.access_key)
            return self.storefront.address(process.pid, pair)
        grant = await self._grants.issue_within(connection, bound)
        return _pulled_from(f"{self._endpoint}/{process.pid}", grant.token, SCHEME if key else writing.BEARER)

    async def _closed(self, connection: AsyncConnection, process: Process) -> None:
        if process.role is Party.PROVIDER:
            await self._grants.revoke_within(connection, transfer=process.pid)

    def sealed(self, process: Process, address: Mapping[str, Any]) -> bytes:
        """The address of a transfer's data as it is kept."""
        return self._box.seal(orjson.dumps(address), _PURPOSE + process.pid)


def _pulled_from(endpoint: str, token: str, scheme: str) -> Mapping[str, Any]:
    """A data address; EDC looks for the endpoint among the properties alone."""
    return writing.data_address(endpoint, token, scheme=scheme, properties={"endpoint": endpoint})


def _said(process: Process, message: Mapping[str, Any], word: str, enters: Transfer, reason: Reason | None) -> Turn:
    note = reason.texts[0] if reason else None
    return Turn(says=Saying(message, path_of(process, word), enters), note=note)
