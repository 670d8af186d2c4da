"""Proposing an offer to a participant that has not asked for it: a negotiation that the provider begins."""

from starlette.requests import Request
from starlette.responses import Response

from api.docs import CREATED, Operation
from api.exchange_bodies import PROPOSE, body_of
from api.exchange_views import process_json
from api.members import text_of
from api.requests import base_of, service_of, writer_of
from api.routes.forms import json_answer
from catalog.errors import WriteForbidden


async def propose(request: Request) -> Response:
    """Begin a negotiation with an offer of the caller's; the consumer accepts, answers with other terms, or refuses."""
    caller = await writer_of(request)
    if caller.role == "reader":
        raise WriteForbidden("*")
    given = await body_of(request, PROPOSE)
    service, consumer = service_of(request), text_of(given, "consumer")
    offer = await service.exchange.offers.to_propose(text_of(given, "offer"), caller, consumer)
    address = await service.peers.dsp_base(consumer)
    process = await service.exchange.negotiations.propose(consumer, address, offer)
    return json_answer(process_json(process, base_of(request)), CREATED)


OPERATIONS = (
    Operation("POST", "/exchange/proposals", propose, "Propose an offer to a participant that has not asked for it.",
              "Exchange", body=("application/json",), json=PROPOSE, status=CREATED,
              refuses=(401, 403, 404, 409, 422), secured=True),
)  # fmt: skip
