"""Our DID document, by which peers that start from a DID find the catalog and the versions of the protocol."""

from starlette.requests import Request
from starlette.responses import Response

from api.docs import Handler, Operation
from api.errors import PageNotFound
from api.requests import base_of, service_of
from api.routes.dsp import ROOT
from api.routes.forms import json_answer
from exchange.dids import did_document, place_below


def _at(place: str) -> Handler:
    """The document, where the method did:web looks for it: it has a place of its own for addresses with a path."""

    async def document(request: Request) -> Response:
        service, base = service_of(request), base_of(request)
        if place != place_below(service.settings.root):
            raise PageNotFound(request.url.path)
        found = did_document(base, f"{base}{ROOT}", service.signing.public_jwk)
        answer = json_answer(found, cache_control="max-age=300")
        answer.headers["access-control-allow-origin"] = "*"
        return answer

    return document


_SUMMARY = "The DID document of this service (did:web): its key, its catalog, its versions of the protocol."
OPERATIONS = tuple(
    Operation("GET", place, _at(place), _SUMMARY, "Dataspace Protocol", refuses=(404,))
    for place in (place_below(""), place_below("/below"))
)
