"""The catalog endpoints of the Dataspace Protocol, and the list of its versions."""

from starlette.requests import Request
from starlette.responses import Response

from api.docs import Operation
from api.errors import BodyTooLarge, ParameterInvalid, TokenInvalid
from api.limits import body_up_to
from api.requests import base_of, number, reader_of, service_of
from api.routes.dsp import ROOT, answer_json
from exchange.catalogs import LARGEST_PAGE, PAGE
from exchange.dsp import writing
from exchange.dsp.checking import check
from exchange.dsp.errors import ProtocolError
from exchange.dsp.reading import read_message
from exchange.errors import ExchangeError, OfferUnknown
from exchange.query_specs import asked
from ontology.messages import Message

_TAG = "Dataspace Protocol"
_REQUEST_BYTES = 64 << 10  # anybody may ask, and unusual spellings of JSON-LD take long to read
_STATUSES = {OfferUnknown: 404, TokenInvalid: 401, BodyTooLarge: 413}
_INVALID_TOKEN = Message(ja="トークンが無効です。", en="This token proves nothing.")


async def versions(request: Request) -> Response:
    """Which versions of the protocol are spoken here, and where."""
    return answer_json(writing.versions(ROOT))


async def catalog(request: Request) -> Response:
    """What this service offers to who asks, page by page."""
    try:
        reader = await reader_of(request)
        message = read_message(
            await body_up_to(request, _REQUEST_BYTES), "CatalogRequestMessage", limit_bytes=_REQUEST_BYTES
        )
        check(message)
        wanted = asked(message.get("filter", ()))
        page = number(request, "page", 1, 1, 1_000_000)
        limit = min(wanted.limit or number(request, "limit", PAGE, 1, LARGEST_PAGE), LARGEST_PAGE)
        found = await service_of(request).exchange.offered.page(
            reader, offset=wanted.offset + (page - 1) * limit, limit=limit, filters=wanted.filters, only=wanted.dataset
        )
    except (ProtocolError, ExchangeError, ParameterInvalid, TokenInvalid, BodyTooLarge) as error:
        return _refusal(error)
    answer = Response(found.document, 200, media_type="application/json")
    if links := _links(request, page, limit, more=found.more):
        answer.headers["link"] = links
    return answer


def _links(request: Request, page: int, limit: int, *, more: bool) -> str:
    """Where the pages around this one are (RFC 8288)."""
    address = f"{base_of(request)}{ROOT}/catalog/request"
    around = [(page + 1, "next")] * more + [(page - 1, "previous")] * (page > 1)
    return ", ".join(f'<{address}?page={each}&limit={limit}>; rel="{name}"' for each, name in around)


async def dataset(request: Request) -> Response:
    """One dataset with its offers."""
    try:
        reader = await reader_of(request)
        found = await service_of(request).exchange.offered.dataset(request.path_params["iri"], reader)
    except (ExchangeError, TokenInvalid) as error:
        return _refusal(error)
    return Response(found, 200, media_type="application/json")


def _refusal(error: Exception) -> Response:
    why: Message = getattr(error, "message", _INVALID_TOKEN)
    status = next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 400)
    return answer_json(writing.catalog_error(type(error).__name__, [why.en, why.ja]), status)


OPERATIONS = (
    Operation(
        "GET", writing.VERSIONS_PLACE, versions, "Versions of the Dataspace Protocol that are spoken here.", _TAG
    ),
    Operation(
        "POST", f"{ROOT}/catalog/request", catalog, "The datasets that may be negotiated here.", _TAG,
        body=("application/json", "application/ld+json"), refuses=(400, 401),
    ),
    Operation(
        "GET", f"{ROOT}/catalog/datasets/{{iri:path}}", dataset, "A dataset with its offers.", _TAG, refuses=(401, 404)
    ),
)  # fmt: skip
