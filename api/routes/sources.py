"""Where the data come from: files taken into custody, and addresses to fetch from; never shown to others."""

from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.docs import CREATED, NO_CONTENT, Operation, Parameter
from api.errors import MemberInvalid, ParameterInvalid
from api.limits import body_chunks, json_body
from api.requests import service_of, writer_of
from api.routes.forms import json_answer
from exchange.sourcing import Registered
from exchange.upstreams import Upstream, checked_media_type, upstream_of
from ontology.messages import Message
from participants.principal import Principal

log: structlog.stdlib.BoundLogger = structlog.get_logger("renkei")
_OBJECT = Message(ja="JSON のオブジェクトです。", en="A JSON object is needed.")
_IRI = Message(ja="データセットの IRI を書いてください。", en="Give the IRI of the dataset.")


async def put(request: Request) -> Response:
    """Say where the bytes of a dataset, or of one of its distributions, come from."""
    caller = await writer_of(request)
    given = await json_body(request)
    if not isinstance(given, dict):
        raise MemberInvalid("body", _OBJECT)
    upstream = upstream_of({name: value for name, value in given.items() if name not in ("dataset", "part")})
    return await _registered(request, caller, given.get("dataset"), given.get("part"), upstream)


async def upload(request: Request) -> Response:
    """Keep a file; with `dataset` it is that dataset's data from then on, else its receipt says that it is kept."""
    caller = await writer_of(request)
    gate, dataset = service_of(request).gate, request.query_params.get("dataset") or None
    part = request.query_params.get("part") or None
    gate.sources.check_may_register(caller)
    if dataset is not None:
        await gate.sources.check_dataset(service_of(request).reading, dataset, part, caller)
    media_type = checked_media_type(request.headers.get("content-type"))
    held = await gate.holdings.take(body_chunks(request))
    place = {"sha256": held.sha256, "size_bytes": held.size_bytes}
    receipt = gate.sources.receipt(held, caller)
    if dataset is None:
        return json_answer({**place, "receipt": receipt}, CREATED, cache_control="no-store")
    upstream = Upstream("file", place, {"receipt": receipt}, media_type)
    return await _registered(request, caller, dataset, part, upstream)


async def _registered(request: Request, caller: Principal, dataset: Any, part: Any, upstream: Upstream) -> Response:
    sources = service_of(request).gate.sources
    if not isinstance(dataset, str) or not dataset:
        raise MemberInvalid("dataset", _IRI)
    if part is not None and not isinstance(part, str):
        raise MemberInvalid("part", _IRI)
    await sources.check_dataset(service_of(request).reading, dataset, part, caller)
    others = await sources.set(part or dataset, upstream, caller)
    found = await sources.get(part or dataset, caller)
    # Whose the others are is told to their owner and the operator; a stranger would learn of data that he may not see.
    own = [each.dataset for each in others if caller.is_operator or each.owner == caller.participant]
    if others:
        log.warning("the same bytes are registered more than once", dataset=part or dataset, others=len(others))
    return json_answer({**_shown(found), "sameAs": own}, cache_control="no-store")


async def show(request: Request) -> Response:
    """The sources of a provider, without their credentials."""
    caller = await writer_of(request)
    owned = await service_of(request).gate.sources.owned(caller)
    return json_answer({"sources": [_shown(each) for each in owned]}, cache_control="no-store")


async def remove(request: Request) -> Response:
    """Forget where the bytes of a dataset come from; nothing of it is released from then on."""
    caller = await writer_of(request)
    dataset = request.query_params.get("dataset")
    if not dataset:
        raise ParameterInvalid("dataset", _IRI)
    await service_of(request).gate.sources.remove(dataset, caller)
    return Response(status_code=NO_CONTENT)


def _shown(source: Registered) -> dict[str, Any]:
    return {
        "dataset": source.dataset, "owner": source.owner, "kind": source.kind, **source.place,
        "mediaType": source.media_type, "credentials": source.sealed is not None, "changed": source.changed_at,
    }  # fmt: skip


_DATASET = Parameter("dataset", "IRI of the dataset, or of the distribution that was registered.")
_SOURCE = {
    "type": "object",
    "required": ["dataset", "kind"],
    "properties": {
        "dataset": {"type": "string"},
        "part": {"type": "string", "description": "IRI of a distribution, where only that is meant."},
        "kind": {"enum": ["file", "http", "s3", "sparql"]},
        "mediaType": {"type": "string"},
        "sha256": {"type": "string", "description": "Of a file kept here, with its receipt."},
        "receipt": {"type": "string"},
        "url": {"type": "string"},
        "endpoint": {"type": "string"},
        "region": {"type": "string"},
        "bucket": {"type": "string"},
        "key": {"type": "string"},
        "query": {"type": "string", "description": "A CONSTRUCT over what the catalog holds."},
        "credentials": {
            "type": "object",
            "description": "http: scheme header (name, value), basic (user, password), bearer (token) or query (name, "
            "value). s3: accessKey, secretKey, sessionToken.",
        },
    },
}
_JSON, _TAG = ("application/json",), "Data"

OPERATIONS = (
    Operation("GET", "/exchange/sources", show, "List where data come from", _TAG, secured=True),
    Operation("PUT", "/exchange/sources", put, "Say where the data of a dataset come from", _TAG, body=_JSON,
              json=_SOURCE, refuses=(422,), secured=True),
    Operation("DELETE", "/exchange/sources", remove, "Forget where the data of a dataset come from", _TAG, (_DATASET,),
              status=NO_CONTENT, refuses=(404,), secured=True),
    Operation("PUT", "/exchange/files", upload, "Keep a file, as the data of a dataset or for later", _TAG,
              (_DATASET, Parameter("part", "IRI of the distribution that it is.")), body=("*/*",), status=CREATED,
              refuses=(404, 422), secured=True),
)  # fmt: skip
