"""Bytes, as far as the gate lets them out: under an agreement by the token of a transfer, open data by their terms."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.bearing import check_proof, token_of
from api.docs import Operation, Parameter
from api.errors import ParameterInvalid
from api.flow import Flow, headers_of
from api.packing import flow_of, is_packed, packed_headers
from api.problems import problem_response
from api.request_net import request_id
from api.requests import reader_of, service_of, wants_body
from api.routes.forms import json_answer, opaque_tags
from exchange.declaring import MOST_VALUES, declared_value, odrl_iri
from exchange.dsp.states import Party, Transfer
from exchange.errors import ProcessUnknown
from exchange.grants import PREFIX, Granted
from exchange.loops import HEADER, passed_on
from exchange.policy.asking import Value
from exchange.processes import Kind, Process
from exchange.release import Wanted
from exchange.release_errors import GrantElsewhere, GrantRefused
from exchange.spans import Span, SpanUnsatisfiable
from exchange.transfers import S3_PULL
from ontology.messages import Message
from participants.principal import Principal

_NO_STATE = "W/"  # as no entity tag of ours is
_OURS = frozenset(("action", "part", "after", "wait"))
_LEFT = Message(
    ja="クエリには action、part、または odrl の左オペランドの名前か IRI を書きます。",
    en="A query holds action, part, or names or IRIs of left operands of ODRL.",
)


async def pull(request: Request) -> Response:
    """The data of a transfer, for who bears its token."""
    return await _answer(request, await granted_wish(request))


async def granted_wish(request: Request) -> Wanted:
    """What the bearer of a transfer's token wants of it.

    Raises:
        GrantRefused, GrantElsewhere, ProofRefused, ParameterInvalid
    """
    service, granted = service_of(request), await granted_to(request)
    bound = granted.bound
    async with service.exchange.locks.held(bound.transfer):
        pass  # who was just told of the start may ask before its answer to that is stored here
    consumer = Principal(bound.participant, "reader", None, True)
    return Wanted(
        consumer, bound.asset, agreement=bound.agreement, transfer=bound.transfer, grant=granted.hash,
        **asked_of(request),
    )  # fmt: skip


async def granted_to(request: Request) -> Granted:
    """What the token of a request is good for now: the transfer of the address, or nothing."""
    granted = await service_of(request).grants.verify(token_of(request))
    if granted.bound.transfer != request.path_params["transfer"]:
        raise GrantElsewhere
    await check_proof(request, granted)
    return granted


async def open_data(request: Request) -> Response:
    """The data of a dataset that is open to everybody by its own terms; counted like any other release."""
    reader = await reader_of(request)
    stored = await service_of(request).reading.get(request.path_params["id"], reader)
    part = request.query_params.get("part") or None
    return await _answer(request, Wanted(reader, stored.iri, part=part, **asked_of(request)))


async def renew(request: Request) -> Response:
    """A new token for a transfer: for who bears one that is still good, or proves to be its consumer."""
    service, given = service_of(request), token_of(request)
    if given.startswith(PREFIX):
        await granted_to(request)
        grant = await service.grants.renew(given)
    else:
        process = await _proved(request)
        if process.document.get("format") == S3_PULL:
            return await _keys_anew(request, process)
        grant = await service.grants.anew(process.pid, process.peer)
    expires = grant.expires_at.isoformat()
    return json_answer({"token": grant.token, "expires": expires}, cache_control="no-store")


async def _keys_anew(request: Request, process: Process) -> Response:
    """A new key pair in the place of the old one, as the whole data address."""
    service = service_of(request)
    storefront = service.exchange.transfers.storefront
    pair = storefront.pair()
    grant = await service.grants.anew(process.pid, process.peer, pair.access_key)
    found = {"dataAddress": storefront.address(process.pid, pair), "expires": grant.expires_at.isoformat()}
    return json_answer(found, cache_control="no-store")


async def _proved(request: Request) -> Process:
    """The running transfer of the address, and its consumer, who asks.

    Raises:
        TokenInvalid: nobody is proved.
        GrantRefused: there is no such transfer of this participant; that it may be another's is not told.
    """
    caller = await reader_of(request)
    try:
        process = await service_of(request).exchange.processes.get(request.path_params["transfer"], Kind.TRANSFER)
    except ProcessUnknown:
        raise GrantRefused from None
    ours = (process.role, process.state) == (Party.PROVIDER, Transfer.STARTED)
    if not ours or caller.participant is None or caller.participant != process.peer:
        raise GrantRefused
    return process


def asked_of(request: Request, but: Sequence[str] = ()) -> Mapping[str, Any]:
    """What the request says of span and values.

    Args:
        but: names in the query that say nothing.

    Raises:
        ParameterInvalid
    """
    passed_on(request.headers.getlist(HEADER))
    weak = request.headers.get("if-range", "").lstrip().startswith("W/")  # which never fits (RFC 9110 §13.1.5)
    tags = [_NO_STATE] if weak else opaque_tags(request.headers.get("if-range", ""))
    return {
        "action": _iri(request.query_params.get("action") or "read"),
        "span": Span.of(request.headers.get("range")),
        "if_range": tags[0] if tags[0] else None,
        "values": _declared(request, but),
    }


def _declared(request: Request, but: Sequence[str]) -> Mapping[str, Value]:
    """Values of left operands that the one who asks declares, as `?purpose=https://…`."""
    names = [name for name in request.query_params if name not in _OURS and name not in but]
    if len(names) > MOST_VALUES:
        raise ParameterInvalid(names[MOST_VALUES], _LEFT)
    return {_iri(name): declared_value(request.query_params.getlist(name)) for name in names}


def _iri(name: str) -> str:
    try:
        return odrl_iri(name)
    except ValueError:
        raise ParameterInvalid(name[:100], _LEFT) from None


async def _answer(request: Request, wanted: Wanted) -> Response:
    try:
        return await given(request, wanted)
    except SpanUnsatisfiable as error:
        response = problem_response(error, request, request_id(request.scope))
        response.headers["content-range"] = f"bytes */{error.size}"
        return response


async def given(request: Request, wanted: Wanted, *, packs: bool = True) -> Response:
    """What the gate gives to a request; raises its refusals, and SpanUnsatisfiable.

    Args:
        packs: whether the data may be packed.
    """
    gate, known = service_of(request).gate, request.headers.get("if-none-match")
    if known is not None or not wants_body(request):
        opened = await gate.look(wanted)
        length = {} if opened.size is None else {"content-length": str(opened.size)}
        headers = {**headers_of(opened), **length}
        if packs and is_packed(request, opened):
            headers = packed_headers(headers)
        if known is not None and _has(known, opened.etag):
            kept = ("etag", "vary", "cache-control")
            return Response(status_code=304, headers={n: v for n, v in headers.items() if n in kept})
        if not wants_body(request):
            return Response(headers=headers)
    release = await gate.open(wanted)
    return flow_of(request, release) if packs else Flow(release)


def _has(known: str, etag: str | None) -> bool:
    """Whether who names these entity tags has the state of this one (RFC 9110 §13.1.2)."""
    return known.strip() == "*" or (etag is not None and etag in opaque_tags(known))


_ANY = ("*/*",)
_PARAMETERS = (
    Parameter("Range", "One span of bytes; goes on with a release that broke off.", place="header"),
    Parameter("If-Range", "Entity tag of the state that the span is to be of.", place="header"),
    Parameter(
        "If-None-Match", "Entity tags of states that are there already: 304, and no use is counted.", place="header"
    ),
    Parameter("action", "What is done with the data, as the terms name it; read unless stated."),
    Parameter("purpose", "What for, declared; other left operands of ODRL likewise, by name or IRI."),
)
_REFUSES = (401, 403, 404, 416, 502)

OPERATIONS = (
    Operation("GET", "/data/{transfer}", pull, "Pull the data of a transfer by its token", "Data", _PARAMETERS,
              produces=_ANY, refuses=_REFUSES, secured=True),
    Operation("POST", "/data/{transfer}/token", renew, "Change the token of a transfer for a new one", "Data",
              refuses=(401, 403), secured=True),
    Operation("GET", "/datasets/{id}/data", open_data, "Get the data of a dataset that is open by its terms", "Data",
              (*_PARAMETERS, Parameter("part", "IRI of the distribution that is meant.")), produces=_ANY,
              refuses=_REFUSES),
)  # fmt: skip
