"""Managing what this service negotiates and transfers: begin, watch, decide, end."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.docs import CREATED, Operation, Parameter
from api.errors import MemberInvalid, ParameterInvalid
from api.exchange_bodies import COUNTER, ENDED, NEGOTIATE, PROVE, TRANSFER, Schema, body_of
from api.exchange_views import process_json, told, whole_json
from api.members import object_of, text_of
from api.requests import base_of, number, service_of, writer_of
from api.routes.forms import json_answer
from api.schedule_views import declared_of, every_of, schedule_json
from catalog.errors import WriteForbidden
from exchange.data_addresses import access_of
from exchange.declaring import declaring
from exchange.dsp.states import Party
from exchange.errors import ProcessUnknown
from exchange.negotiation import Reason
from exchange.partner_errors import AgreementUnknown
from exchange.processes import Kind, Process, Waiting
from exchange.transfers import FORMATS, PULL
from ontology.messages import Message
from participants.principal import Principal

_NO_ADDRESS = Message(
    ja="この転送の受け取り先はまだ分かりません。", en="Where this transfer's data lies is not known yet."
)
_PULLED = Message(ja="HttpData-PULL だけに使えます。", en="It is for HttpData-PULL alone.")
_BY_QUERY = Message(
    ja="every か dataAddress と一緒に書きます。自分で取得するときは、データのアドレスのクエリに書きます (?purpose=…)。",
    en="It goes with every or a dataAddress. Who pulls states it in the query of the data's address, as ?purpose=….",
)
_METHODS = Message(ja="GET、HEAD、POST のいずれかです。", en="It is GET, HEAD or POST.")
_BELOW = Message(ja="空、/changes、/token のいずれかです。", en="It is empty, /changes or /token.")
_UNBOUND = Message(
    ja="この転送のトークンは鍵に結び付けられていません。", en="The token of this transfer is bound to no key."
)
_TAG = "Exchange"


async def negotiate(request: Request) -> Response:
    """Ask a provider for one of the offers of a dataset."""
    caller = await writer_of(request)
    if caller.role == "reader":  # peers have such tokens: none of them agrees to anything in our name
        raise WriteForbidden("*")
    given = await body_of(request, NEGOTIATE)
    provider, dataset = text_of(given, "provider"), text_of(given, "dataset")
    wanted = text_of(given, "offer") if given.get("offer") is not None else None
    service = service_of(request)
    address, offer = await service.exchange.peer_catalogs.offer(provider, dataset, wanted)
    process = await service.exchange.negotiations.ask(provider, address, offer, _actor(caller))
    return json_answer(process_json(process, base_of(request)), CREATED)


async def transfer(request: Request) -> Response:
    """Ask the provider of an agreement for its data."""
    caller = await writer_of(request)
    given = await body_of(request, TRANSFER)
    service, agreement = service_of(request), text_of(given, "agreement")
    every_s, declared = every_of(given.get("every")), declared_of(given.get("declare"))
    form = given.get("format", PULL)
    if form not in FORMATS:
        raise MemberInvalid("format", Message(ja=f"{'、'.join(FORMATS)} のいずれかです。", en=f"{', '.join(FORMATS)}."))
    if every_s is not None and form != PULL:
        raise MemberInvalid("every", _PULLED)
    to = object_of(given, "dataAddress") if given.get("dataAddress") is not None else None
    if declared and every_s is None and to is None:
        raise MemberInvalid("declare", _BY_QUERY)
    if not _manages(caller, (await service.agreements.get(agreement, caller)).owner):
        raise AgreementUnknown(agreement)  # like one that does not exist, and before it is told whether it is over
    known = await service.agreements.in_force(agreement)
    address = await service.peers.dsp_base(known.provider)
    to = declaring(to, declared) if to is not None and declared else to
    process = await service.exchange.transfers.ask(agreement, address, form=form, to=to, actor=_actor(caller))
    if every_s is not None:
        await service.schedules.add(process.pid, every_s, declared)
    (shown,) = await _with_schedules(request, [process_json(process, base_of(request))])
    return json_answer(shown, CREATED)


def _listed(kind: Kind) -> Any:
    async def handler(request: Request) -> Response:
        caller = await writer_of(request)
        asked = request.query_params
        offset, limit = number(request, "offset", 0, 0, 10_000_000), number(request, "limit", 50, 1, 500)
        waits = asked.get("waitsFor")
        if waits is not None and waits not in list(Waiting):
            raise ParameterInvalid(
                "waitsFor", Message(ja="peer、person、us、nobody です。", en="peer, person, us, nobody.")
            )
        total, found = await service_of(request).exchange.processes.listed(
            kind,
            owner=None if caller.is_operator else caller.participant or "",
            waits_for=Waiting(waits) if waits else None,
            state=asked.get("state"),
            peer=asked.get("peer"),
            offset=offset,
            limit=limit,
        )
        items = [process_json(each, base_of(request)) for each in found]
        return json_answer({"total": total, "items": await _with_schedules(request, items)})

    return handler


def _shown(kind: Kind) -> Any:
    async def handler(request: Request) -> Response:
        process = await mine(request, kind)
        return await _whole(request, process)

    return handler


async def accept(request: Request) -> Response:
    """Agree to what is on the table."""
    process = await mine(request, Kind.NEGOTIATION)
    return await _whole(request, await service_of(request).exchange.negotiations.accept(process.pid))


async def counter(request: Request) -> Response:
    """Answer with other terms; the answer shows how they differ from what was on the table."""
    process = await mine(request, Kind.NEGOTIATION)
    given = await body_of(request, COUNTER)
    offer = object_of(given, "offer")
    terms = {"@id": process.offer, **offer, "@type": "Offer", "target": process.dataset}
    return await _whole(request, await service_of(request).exchange.negotiations.counter(process.pid, terms))


def _ended(kind: Kind, how: str) -> Any:
    async def handler(request: Request) -> Response:
        process = await mine(request, kind)
        given = await body_of(request, ENDED)
        reason = text_of(given, "reason")
        why = Reason(str(given.get("code", how)), (Message(ja=reason, en=reason),))
        service = service_of(request)
        machine: Any = service.exchange.negotiations if kind is Kind.NEGOTIATION else service.exchange.transfers
        return await _whole(request, await getattr(machine, how)(process.pid, why))

    return handler


def _moved(how: str) -> Any:
    async def handler(request: Request) -> Response:
        process = await mine(request, Kind.TRANSFER)
        return await _whole(request, await getattr(service_of(request).exchange.transfers, how)(process.pid))

    return handler


def _retried(kind: Kind) -> Any:
    async def handler(request: Request) -> Response:
        process = await mine(request, kind)
        return json_answer({"messages": await service_of(request).exchange.outbox.retry(process.pid)})

    return handler


async def address(request: Request) -> Response:
    """Where the data of a transfer of ours is pulled from, with its token."""
    return _addressed(request, await mine(request, Kind.TRANSFER))


async def renew(request: Request) -> Response:
    """The same with a new token, which our service gets from the provider by proving to be the consumer."""
    process = await mine(request, Kind.TRANSFER)
    return _addressed(request, await service_of(request).renewing.renewed(process))


def _addressed(request: Request, process: Process) -> Response:
    found = service_of(request).exchange.transfers.address(process) if process.role is Party.CONSUMER else None
    if found is None:
        return json_answer({"dataAddress": None, "note": told(_NO_ADDRESS)}, 404)
    access = access_of(found)
    how = {"endpoint": access.endpoint, "authorization": access.authorization, "proves": access.proves}
    return json_answer({"dataAddress": found, **how}, cache_control="no-store")


async def proof(request: Request) -> Response:
    """A proof of our key for one request to the data of a transfer, whose token is bound to that key."""
    process = await mine(request, Kind.TRANSFER)
    given = await body_of(request, PROVE)
    method, below = given.get("method", "GET"), given.get("below", "")
    if method not in ("GET", "HEAD", "POST"):
        raise MemberInvalid("method", _METHODS)
    if below not in ("", "/changes", "/token"):
        raise MemberInvalid("below", _BELOW)
    service, ours = service_of(request), process.role is Party.CONSUMER
    access = access_of((service.exchange.transfers.address(process) if ours else None) or {})
    if access.endpoint is None or not access.proves:
        return json_answer({"proof": None, "note": told(_UNBOUND)}, 404)
    if "token" in given:  # another than ours, where it was changed for a new one since
        access = replace(access, authorization=access.with_token(text_of(given, "token")))
    made = access.headers(service.signing, method, access.endpoint + below)
    return json_answer({"proof": made["dpop"]}, cache_control="no-store")


async def mine(request: Request, kind: Kind) -> Process:
    """A process that the caller may manage: the operator any, others what they offered or began."""
    caller = await writer_of(request)
    process = await service_of(request).exchange.processes.get(request.path_params["pid"], kind)
    if not _manages(caller, process.actor):
        raise ProcessUnknown(process.pid)
    return process


def _manages(caller: Principal, owner: str | None) -> bool:
    return caller.is_operator or (caller.role == "provider" and caller.participant == owner is not None)


def _actor(caller: Principal) -> str | None:
    return caller.participant


async def _whole(request: Request, process: Process) -> Response:
    """A process with a page of its timeline: the newest lines, and where those before them are."""
    service, most = service_of(request), number(request, "limit", 50, 1, 500)
    before = number(request, "before", 0, 0, 999_999_999) or None
    steps = await service.exchange.processes.steps(process.pid, before=before, most=most + 1)
    more, steps = len(steps) > most, steps[-most:]
    ours = process.document.get("asked")
    if process.role is Party.PROVIDER and process.kind is Kind.NEGOTIATION:
        offer = await service.exchange.offers.of(process)
        ours = offer.document if offer else None
    (shown,) = await _with_schedules(request, [whole_json(process, steps, base_of(request), ours)])
    earlier = f"{shown['address']}?before={steps[0].number}&limit={most}" if more else None
    return json_answer({**shown, "earlier": earlier})


async def _with_schedules(request: Request, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Processes as JSON; those that are pulled again and again with what came of it."""
    rows = await service_of(request).schedules.of([each["pid"] for each in items if "format" in each])
    return [
        {**each, "schedule": schedule_json(rows[each["pid"]], each)} if each["pid"] in rows else each for each in items
    ]


_PAGE = (
    Parameter("before", "Only lines of the timeline with a smaller number.", {"type": "integer", "minimum": 0}),
    Parameter("limit", "Most lines of the timeline.", {"type": "integer", "minimum": 1, "maximum": 500}),
)


def _operation(
    method: str,
    path: str,
    handler: Any,
    summary: str,
    status: int = 200,
    *,
    parameters: tuple[Parameter, ...] = (),
    json: Schema | None = None,
) -> Operation:
    reads = () if json is None else ("application/json",)
    return Operation(
        method, "/exchange" + path, handler, summary, _TAG, parameters, body=reads, json=json, status=status,
        refuses=(401, 403, 404, 409, 422), secured=True,
    )  # fmt: skip


def _of(kind: Kind) -> tuple[Operation, ...]:
    word = f"{kind.value}s"
    return (
        _operation("GET", f"/{word}", _listed(kind), f"{word.capitalize()}, newest first."),
        _operation(
            "GET",
            f"/{word}/{{pid}}",
            _shown(kind),
            f"A {kind.value} with its timeline, the newest lines of it.",
            parameters=_PAGE,
        ),
        _operation(
            "POST",
            f"/{word}/{{pid}}/terminate",
            _ended(kind, "terminate"),
            f"End a {kind.value}, with a reason.",
            json=ENDED,
        ),
        _operation("POST", f"/{word}/{{pid}}/retry", _retried(kind), "Send again now what was not answered."),
    )


OPERATIONS = (
    _operation(
        "POST", "/negotiations", negotiate, "Ask a provider for an agreement on a dataset.", CREATED, json=NEGOTIATE
    ),
    *_of(Kind.NEGOTIATION),
    _operation("POST", "/negotiations/{pid}/accept", accept, "Agree to the terms on the table."),
    _operation("POST", "/negotiations/{pid}/counter", counter, "Answer with other terms.", json=COUNTER),
    _operation("POST", "/transfers", transfer, "Ask for the data of an agreement.", CREATED, json=TRANSFER),
    *_of(Kind.TRANSFER),
    _operation("GET", "/transfers/{pid}/address", address, "Where the data is pulled from, with its token."),
    _operation("POST", "/transfers/{pid}/address", renew, "The same with a new token, from the provider."),
    _operation(
        "POST",
        "/transfers/{pid}/proof",
        proof,
        "Prove our key for one request to data whose token is bound.",
        json=PROVE,
    ),
    _operation(
        "POST", "/transfers/{pid}/suspend", _ended(Kind.TRANSFER, "suspend"), "Interrupt a transfer.", json=ENDED
    ),
    _operation("POST", "/transfers/{pid}/resume", _moved("resume"), "Go on with a suspended transfer."),
    _operation("POST", "/transfers/{pid}/complete", _moved("complete"), "Say that all was transferred."),
)
