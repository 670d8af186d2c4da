"""Agreements, for their parties: listed, read in every form, signed, ended; and the key that ours are signed with."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.agreement_views import agreement_json, agreement_triples, in_words, parties, standing, whole_json
from api.docs import Operation, Parameter
from api.errors import MemberInvalid, TokenMissing
from api.limits import json_body
from api.members import members_of
from api.negotiation import HTML, JSON, RDF, Form, negotiate
from api.pages import page, reader_language
from api.requests import base_of, choice, number, reader_of, service_of, writer_of
from api.routes.forms import VARY, json_answer, rendered_rdf
from api.routes.paging import pages_of
from api.routes.resources import form_links
from exchange.agreement import STATES, Agreement
from exchange.agreements import Wanted
from exchange.dsp.states import Party
from ontology.messages import Message
from participants.principal import Principal

_FORMS = (RDF[0], JSON, *RDF[1:], HTML)
_REASON_LENGTH = 2000
_REASON = Message(
    ja=f"理由を {_REASON_LENGTH} 字までで書いてください。", en=f"Give a reason of at most {_REASON_LENGTH} characters."
)
_TIME = Message(
    ja="これから先の日時を、時差付きの ISO 8601 で書いてください。",
    en="Give a time that is to come, in ISO 8601 with its zone.",
)
_SIGNATURE = Message(ja="JWS (compact) の文字列です。", en="It is a compact JWS.")
_TAG = "Agreements"


async def listed(request: Request) -> Response:
    """The agreements that concern the reader, newest first."""
    reader = await _reader(request)
    form = negotiate(request.headers.get("accept"), request.query_params.get("format"), (JSON, HTML))
    at, size = number(request, "page", 1, 1, 100_000), number(request, "size", 50, 1, 200)
    asked = request.query_params
    wanted = Wanted(
        role=choice(request, "role", ["", *Party], "") or None,
        state=choice(request, "state", ["", *STATES], "") or None,
        dataset=asked.get("dataset") or None,
        participant=asked.get("participant") or None,
    )
    found, total = await service_of(request).agreements.listed(reader, wanted, start=(at - 1) * size, size=size)
    if form is HTML:
        return _list_page(request, found, total, at, size)
    items = [agreement_json(each, base_of(request)) for each in found]
    return json_answer({"total": total, "page": at, "size": size, "items": items}, cache_control="private, no-store")


async def shown(request: Request) -> Response:
    """One agreement, to its parties: what was agreed, by whom it is signed, whether it is in force."""
    agreements, reader = service_of(request).agreements, await reader_of(request)
    form = negotiate(request.headers.get("accept"), request.query_params.get("format"), _FORMS)
    agreement = await agreements.get(_name(request), reader)
    if form is JSON:
        signed = await agreements.check_signatures(agreement)
        return json_answer(whole_json(agreement, base_of(request), signed), cache_control="private, no-store")
    if form is HTML:
        return await _page(request, agreement, reader)
    return _rdf(request, agreement, form)


async def end(request: Request) -> Response:
    """End an agreement, with a reason: now, or at a time to come."""
    caller = await writer_of(request)
    given = members_of(await json_body(request), "", frozenset(("reason", "at")))
    reason = given.get("reason")
    if not isinstance(reason, str) or not 0 < len(reason.strip()) <= _REASON_LENGTH:
        raise MemberInvalid("reason", _REASON)
    agreements = service_of(request).agreements
    ended = await agreements.end(_name(request), caller, reason.strip(), _moment(given.get("at")))
    return json_answer(agreement_json(ended, base_of(request)))


async def sign(request: Request) -> Response:
    """Take the signature of the other party, and give ours."""
    caller = await writer_of(request)
    given = members_of(await json_body(request), "", frozenset(("signature",)))
    signature = given.get("signature")
    if not isinstance(signature, str):
        raise MemberInvalid("signature", _SIGNATURE)
    agreements = service_of(request).agreements
    signed = await agreements.countersign(_name(request), caller.participant or "", signature)
    return json_answer({"agreement": signed.iri, "signatures": dict(signed.signatures)})


async def keys(request: Request) -> Response:
    """The public key of our signatures (RFC 7517)."""
    found = {"keys": [dict(service_of(request).signing.public_jwk)]}
    return json_answer(found, cache_control="max-age=300")


async def _reader(request: Request) -> Principal:
    reader = await reader_of(request)
    if not reader.authenticated:
        raise TokenMissing
    return reader


def _name(request: Request) -> str:
    name: str = request.path_params["id"]
    return name


def _moment(given: Any) -> datetime | None:
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        raise MemberInvalid("at", _TIME) from None
    if moment.tzinfo is None or moment < datetime.now(UTC):
        raise MemberInvalid("at", _TIME)
    return moment


def _rdf(request: Request, agreement: Agreement, form: Form) -> Response:
    body = rendered_rdf(agreement_triples(agreement), form, base_of(request), agreement.iri)
    headers = {"vary": VARY, "cache-control": "private, no-store", "content-type": form.content_type}
    if agreement.iri.isascii() and not set(agreement.iri) & set('<> "\r\n\0'):
        headers["link"] = f'<{agreement.iri}>; rel="about"'
    return Response(body, 200, headers)


async def _page(request: Request, agreement: Agreement, reader: Principal) -> Response:
    service, language = service_of(request), reader_language(request)
    vocabulary = await asyncio.to_thread(service.policies.vocabulary)
    signed = await service.agreements.check_signatures(agreement)
    path = f"{request.app.state.settings.root}/agreements/{agreement.short_id}"
    return page(
        "agreement.html", request, language=language, agreement=agreement, parties=parties(agreement, signed),
        standing=standing(agreement), sentences=[each.in_(language) for each in in_words(agreement, vocabulary)],
        forms=[*form_links(path), {"href": f"{path}?format=json", "media_type": JSON.media_type, "label": "JSON"}],
        address=f"{base_of(request)}/agreements/{agreement.short_id}",
    )  # fmt: skip


def _list_page(request: Request, found: list[Agreement], total: int, at: int, size: int) -> Response:
    kept = {name: value for name, value in request.query_params.items() if name not in ("page", "lang")}
    links = pages_of(total, at, size, lambda n: str(request.url.replace(query="").include_query_params(**kept, page=n)))
    rows = [(each, standing(each)) for each in found]
    return page("agreements.html", request, rows=rows, total=total, pages=links)


_NAMED = (
    Parameter("role", "Only those in which we are provider or consumer."),
    Parameter("state", "agreed, finalized or ended."),
    Parameter("dataset", "IRI of the dataset."),
    Parameter("participant", "One of the parties."),
    Parameter("page", "Page, from 1.", {"type": "integer"}),
    Parameter("size", "Agreements on a page, at most 200.", {"type": "integer"}),
)
OPERATIONS = (
    Operation("GET", "/agreements", listed, "Agreements that concern you, newest first", _TAG, _NAMED,
              produces=("application/json", "text/html"), refuses=(401,), secured=True),
    Operation("GET", "/agreements/{id}", shown, "An agreement, for its parties", _TAG,
              (Parameter("format", "Name of a form instead of the Accept header."),),
              produces=tuple(each.media_type for each in _FORMS), refuses=(404,)),
    Operation("POST", "/agreements/{id}/end", end, "End an agreement, now or later", _TAG, body=("application/json",),
              json={"type": "object", "required": ["reason"], "additionalProperties": False,
                    "properties": {"reason": {"type": "string"}, "at": {"type": "string", "format": "date-time"}}},
              refuses=(404, 409, 422), secured=True),
    Operation("POST", "/agreements/{id}/signatures", sign, "Sign an agreement as its other party", _TAG,
              body=("application/json",), json={"type": "object", "required": ["signature"],
              "additionalProperties": False, "properties": {"signature": {"type": "string"}}},
              refuses=(404, 422), secured=True),
    Operation("GET", "/.well-known/jwks.json", keys, "The public key of our signatures", _TAG),
)  # fmt: skip
