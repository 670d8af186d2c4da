"""The triggers of the conformance kit, by which it lets this service begin something as a consumer."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.docs import Operation
from api.errors import MemberInvalid, PageNotFound
from api.limits import json_body
from api.requests import service_of
from api.routes.forms import json_answer
from exchange.tck import offer_of
from ontology.messages import Message

_TEXT = Message(ja="空でない文字列です。", en="It is a text that is not empty.")


async def negotiations(request: Request) -> Response:
    """Ask the kit for an offer."""
    given = await _given(request, "datasetId", "offerId", "providerId", "connectorAddress")
    offer = {**offer_of(given["datasetId"], given["offerId"]).document, "target": given["datasetId"]}
    process = await service_of(request).exchange.negotiations.ask(
        given["providerId"], given["connectorAddress"], offer, None
    )
    return json_answer({"pid": process.pid})


async def transfers(request: Request) -> Response:
    """Ask the kit for the data of an agreement."""
    given = await _given(request, "agreementId", "format", "providerId", "connectorAddress")
    process = await service_of(request).exchange.transfers.ask(
        given["agreementId"], given["connectorAddress"], form=given["format"]
    )
    return json_answer({"pid": process.pid})


async def _given(request: Request, *names: str) -> dict[str, str]:
    if not request.app.state.settings.tck:
        raise PageNotFound(request.url.path)
    given: Any = await json_body(request)
    for name in names:
        if not isinstance(given, dict) or not isinstance(given.get(name), str) or not given[name]:
            raise MemberInvalid(name, _TEXT)
    return {name: given[name] for name in names}


OPERATIONS = (
    Operation("POST", "/tck/negotiations", negotiations, "Conformance kit: begin a negotiation.", "Conformance kit",
              body=("application/json",), refuses=(404, 422)),
    Operation("POST", "/tck/transfers", transfers, "Conformance kit: begin a transfer.", "Conformance kit",
              body=("application/json",), refuses=(404, 422)),
)  # fmt: skip
