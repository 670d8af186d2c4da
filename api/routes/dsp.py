"""The endpoints of the Dataspace Protocol 2025-1 for negotiations and transfers, of both roles: the id tells which.

Errors are the protocol's own objects (its binding demands them), with both ids and a sentence in both languages.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.docs import CREATED, OK, Handler, Operation
from api.errors import BodyTooLarge, TokenInvalid, TokenMissing
from api.limits import body_up_to
from api.requests import reader_of, service_of
from exchange.correspondence import is_id
from exchange.dsp import writing
from exchange.dsp.checking import check
from exchange.dsp.errors import ProtocolError
from exchange.dsp.reading import read_message
from exchange.dsp.states import Negotiation, State, Transfer
from exchange.errors import (
    ExchangeError,
    OfferMoved,
    OfferUnknown,
    ProcessBusy,
    ProcessMoved,
    ProcessUnknown,
    TooManyOpen,
)
from exchange.partner_errors import AgreementUnknown
from exchange.processes import Kind, Process
from ontology.messages import Message
from participants.principal import ANONYMOUS, Principal

ROOT = "/dsp/2025-1"
_TAG = "Dataspace Protocol"
_NONE = "urn:renkei:none"  # both ids are required in an error, even where one was never made
_UNPROVED = Message(ja="相手方を確認できるトークンが必要です。", en="A token that proves a peer is needed.")
_UNEXPECTED = Message(ja="処理できませんでした。", en="The request could not be carried out.")
_NOT_FOUND = frozenset((ProcessUnknown, AgreementUnknown))
_LATER = frozenset((ProcessBusy, ProcessMoved, OfferMoved))
_RETRY_AFTER_S = {503: 1, 429: 60}
_EVENTS = {"ACCEPTED": Negotiation.ACCEPTED, "FINALIZED": Negotiation.FINALIZED}

Answering = Callable[[Request, Principal], Awaitable[Response]]


def _answered(kind: Kind, answer: Answering, *, begins: bool = False) -> Handler:
    """A handler whose refusals are error objects of the protocol."""

    async def handler(request: Request) -> Response:
        try:
            peer = await _peer(request, anonymous=not begins)
            return await answer(request, peer)
        except (TokenMissing, TokenInvalid):
            return _refusal(kind, request, 401, "unauthenticated", _UNPROVED)
        except BodyTooLarge as error:
            return _refusal(kind, request, 413, "too-large", error.message)
        except ProtocolError as error:
            return _refusal(kind, request, 400, "message-invalid", _placed(error))
        except ExchangeError as error:
            return _refusal(kind, request, _status(error), _code(error), error.message)

    return handler


async def _peer(request: Request, *, anonymous: bool) -> Principal:
    """Who speaks. Where a process is named, nobody is told apart from a stranger: both find nothing."""
    try:
        peer = await reader_of(request)
    except TokenInvalid:
        if anonymous:
            return ANONYMOUS
        raise
    if peer.participant is None and not anonymous:
        raise TokenMissing
    return peer


async def _message(request: Request, expected: str) -> Mapping[str, Any]:
    """The message of a request; its ids are those of the refusal, if it is refused."""
    message = read_message(await body_up_to(request, service_of(request).settings.json_bytes), expected)
    request.state.message = message
    check(message)
    return message


def _begins(kind: Kind, expected: str, begin: Callable[[Any], Callable[..., Awaitable[Process]]]) -> Handler:
    async def answer(request: Request, peer: Principal) -> Response:
        message = await _message(request, expected)
        process = await begin(service_of(request))(message, peer)
        return _acknowledged(process, CREATED)

    return _answered(kind, answer, begins=True)


def _goes_on(kind: Kind, expected: str, state_of: Callable[[Mapping[str, Any]], State]) -> Handler:
    async def answer(request: Request, peer: Principal) -> Response:
        dialogue, pid = _dialogue(request, kind), request.path_params["pid"]
        await dialogue.get(pid, peer.participant)  # before the message is looked at: a stranger learns nothing of it
        message = await _message(request, expected)
        process = await dialogue.hear(pid, peer.participant, message, state_of(message))
        return _acknowledged(process, OK)

    return _answered(kind, answer)


def _asked(kind: Kind) -> Handler:
    async def answer(request: Request, peer: Principal) -> Response:
        process = await _dialogue(request, kind).get(request.path_params["pid"], peer.participant)
        return _acknowledged(process, OK)

    return _answered(kind, answer)


def _dialogue(request: Request, kind: Kind) -> Any:
    service = service_of(request)
    return (service.exchange.negotiations if kind is Kind.NEGOTIATION else service.exchange.transfers).dialogue


def _acknowledged(process: Process, status: int) -> Response:
    write = writing.negotiation if process.kind is Kind.NEGOTIATION else writing.transfer_process
    return answer_json(write(process.provider_pid or _NONE, process.consumer_pid or _NONE, process.state.value), status)


def _refusal(kind: Kind, request: Request, status: int, code: str, why: Message) -> Response:
    write = writing.negotiation_error if kind is Kind.NEGOTIATION else writing.transfer_error
    provider, consumer = _ids(request)
    answer = answer_json(write(provider, consumer, code, [why.en, why.ja]), status)
    if status == 401:
        answer.headers["www-authenticate"] = "Bearer"
    if status in _RETRY_AFTER_S:
        answer.headers["retry-after"] = str(_RETRY_AFTER_S[status])
    return answer


def _ids(request: Request) -> tuple[str, str]:
    """Both ids as far as the message and its address tell them."""
    message = getattr(request.state, "message", {})
    named = request.path_params.get("pid")
    pid = named if is_id(named) else _NONE
    provider, consumer = (message.get(name) for name in ("providerPid", "consumerPid"))
    return provider if is_id(provider) else pid, consumer if is_id(consumer) else pid


def answer_json(document: Mapping[str, Any], status: int = OK) -> Response:
    """A document of the protocol."""
    return Response(orjson.dumps(document), status, media_type="application/json")


def _status(error: ExchangeError) -> int:
    if type(error) in _NOT_FOUND:
        return 404
    if isinstance(error, TooManyOpen):
        return 429
    return 503 if type(error) in _LATER else 400


def _code(error: ExchangeError) -> str:
    return "offer-unknown" if isinstance(error, OfferUnknown) else type(error).__name__


def _placed(error: ProtocolError) -> Message:
    if error.place is None:
        return error.message
    return Message(f"{error.place}: {error.message.ja}", f"{error.place}: {error.message.en}")


def _entering(state: State) -> Callable[[Mapping[str, Any]], State]:
    return lambda message: state


def _event(message: Mapping[str, Any]) -> State:
    return _EVENTS[message["eventType"].rsplit("/", 1)[-1].rsplit(":", 1)[-1]]


def _operation(method: str, path: str, handler: Handler, summary: str, status: int = OK) -> Operation:
    reads = ("application/json", "application/ld+json") if method == "POST" else ()
    return Operation(
        method, ROOT + path, handler, summary, _TAG, body=reads, status=status, refuses=(400, 401, 404, 429, 503),
        secured=True,
    )  # fmt: skip


_N, _T = Kind.NEGOTIATION, Kind.TRANSFER
_OF_NEGOTIATIONS = (
    ("request", "ContractRequestMessage", _entering(Negotiation.REQUESTED), "Answer an offer with other terms."),
    ("offers", "ContractOfferMessage", _entering(Negotiation.OFFERED), "Answer a request with an offer."),
    ("events", "ContractNegotiationEventMessage", _event, "Accept an offer, or finalize a negotiation."),
    ("agreement", "ContractAgreementMessage", _entering(Negotiation.AGREED), "Conclude an agreement."),
    (
        "agreement/verification",
        "ContractAgreementVerificationMessage",
        _entering(Negotiation.VERIFIED),
        "Verify an agreement.",
    ),
    ("termination", "ContractNegotiationTerminationMessage", _entering(Negotiation.TERMINATED), "End a negotiation."),
)
_OF_TRANSFERS = (
    ("start", "TransferStartMessage", _entering(Transfer.STARTED), "Start or resume a transfer."),
    ("completion", "TransferCompletionMessage", _entering(Transfer.COMPLETED), "Complete a transfer."),
    ("suspension", "TransferSuspensionMessage", _entering(Transfer.SUSPENDED), "Suspend a transfer."),
    ("termination", "TransferTerminationMessage", _entering(Transfer.TERMINATED), "End a transfer."),
)
OPERATIONS = (
    _operation(
        "POST", "/negotiations/request",
        _begins(_N, "ContractRequestMessage", lambda service: service.exchange.negotiations.requested),
        "Ask for an agreement on an offer.", CREATED,
    ),
    _operation(
        "POST", "/negotiations/offers",
        _begins(_N, "ContractOfferMessage", lambda service: service.exchange.negotiations.offered),
        "Offer something to this service as a consumer.", CREATED,
    ),
    *(
        _operation("POST", f"/negotiations/{{pid}}/{word}", _goes_on(_N, kind, state), summary)
        for word, kind, state, summary in _OF_NEGOTIATIONS
    ),
    _operation("GET", "/negotiations/{pid}", _asked(_N), "A negotiation in its state."),
    _operation(
        "POST", "/transfers/request",
        _begins(_T, "TransferRequestMessage", lambda service: service.exchange.transfers.requested),
        "Ask for the data of an agreement.", CREATED,
    ),
    *(
        _operation("POST", f"/transfers/{{pid}}/{word}", _goes_on(_T, kind, state), summary)
        for word, kind, state, summary in _OF_TRANSFERS
    ),
    _operation("GET", "/transfers/{pid}", _asked(_T), "A transfer in its state."),
)  # fmt: skip
