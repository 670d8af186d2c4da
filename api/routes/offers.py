"""Offering data: the dataset, its terms and its source in one call; and withdrawing an offer."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.docs import CREATED, NO_CONTENT, Operation
from api.errors import MemberInvalid
from api.exchange_bodies import OFFER, body_of
from api.exchange_views import offer_row_json
from api.members import object_of, text_of, texts_of
from api.requests import base_of, document_of, reader_of, service_of, writer_of
from api.routes.forms import json_answer
from catalog.kinds import Kind
from catalog.namesakes import described_by
from catalog.visibility import PARTICIPANTS
from exchange.errors import OfferUnknown
from exchange.offering import Draft
from exchange.upstreams import Upstream, upstream_of
from ontology.messages import Message

_APPROVAL = Message(ja="rule か person です。", en="It is rule or person.")
_WHAT = Message(
    ja="登録済みの dataset の IRI か、description (content, mediaType) と catalog の、どちらかが必要です。",
    en="Either dataset, the IRI of a registered one, or description (content, mediaType) with catalog is needed.",
)


async def publish(request: Request) -> Response:
    """Publish dataset, terms and data address in one transaction, or add terms to a dataset that is published."""
    caller = await writer_of(request)
    given = await body_of(request, OFFER)
    service, draft = service_of(request), _draft(given)
    if ("dataset" in given) == ("description" in given):
        raise MemberInvalid("dataset", _WHAT)
    if "dataset" in given:
        iri = text_of(given, "dataset")
        own = await described_by(service.reading, iri, caller.participant, caller)
        stored = own or await service.reading.by_iri(iri, caller)  # which says that it is another's, or is none
        made = await service.exchange.offering.publish(stored, draft, caller)
    else:
        described = object_of(given, "description")
        content = text_of(described, "content").encode()
        media_type = text_of({"mediaType": "text/turtle", **described}, "mediaType")
        document = await document_of(request, f"{base_of(request)}/", content, media_type=media_type)
        audience = texts_of(given, "visibleTo") if "visibleTo" in given else None
        made = await service.exchange.offering.publish_new(text_of(given, "catalog"), document, draft, caller, audience)
    await service.follow()
    found = {
        "offer": made.iri,
        "dataset": made.dataset.iri,
        "address": f"{base_of(request)}{made.dataset.path}",
        "terms": made.document,
    }
    return json_answer(found, CREATED, location=made.iri)


def _draft(given: Mapping[str, Any]) -> Draft:
    terms = object_of(given, "terms")
    if "templates" in terms:
        object_of(terms, "templates", "terms.")
    approval = given.get("approval", "rule")
    if approval not in ("rule", "person"):
        raise MemberInvalid("approval", _APPROVAL)
    source: Upstream | None = upstream_of(object_of(given, "source")) if "source" in given else None
    audience = texts_of(given, "audience") if "audience" in given else (PARTICIPANTS,)
    return Draft(terms, approval, audience, source)


async def listed(request: Request) -> Response:
    """The offers of the caller; the operator sees all."""
    caller = await writer_of(request)
    rows = await service_of(request).exchange.offering.listed(caller)
    return json_answer({"items": [offer_row_json(row) for row in rows]})


async def one(request: Request) -> Response:
    """An offer leads to the dataset that has it."""
    reader = await reader_of(request)
    service = service_of(request)
    iri = f"{base_of(request)}/offers/{request.path_params['id']}"
    offer = await service.exchange.offers.find(iri, None, reader)
    stored = await described_by(service.reading, offer.dataset, offer.owner, reader)
    if stored is None:
        raise OfferUnknown(iri)
    return RedirectResponse(f"{base_of(request)}/{Kind.DATASET.segment}/{stored.short_id}", 303)


async def withdraw(request: Request) -> Response:
    """Make an offer no longer; agreements on it stay."""
    caller = await writer_of(request)
    await service_of(request).exchange.offering.withdraw(
        f"{base_of(request)}/offers/{request.path_params['id']}", caller
    )
    return Response(status_code=NO_CONTENT)


_JSON = ("application/json",)
OPERATIONS = (
    Operation("POST", "/offers", publish, "Offer a dataset: description, terms and source in one call.", "Exchange",
              body=_JSON, json=OFFER, status=CREATED, refuses=(401, 403, 404, 409, 422), secured=True),
    Operation("GET", "/offers", listed, "The offers you make.", "Exchange", refuses=(401,), secured=True),
    Operation("GET", "/offers/{id}", one, "The dataset that has an offer.", "Exchange", status=303, refuses=(404,)),
    Operation("DELETE", "/offers/{id}", withdraw, "Withdraw an offer.", "Exchange", status=NO_CONTENT,
              refuses=(401, 404), secured=True),
)  # fmt: skip
