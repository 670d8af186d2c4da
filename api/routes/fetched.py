"""The newest of what a scheduled transfer brought, for who has it."""

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.docs import Operation, Parameter
from api.flow import SANDBOX
from api.requests import service_of, wants_body
from api.routes.exchange import mine
from api.routes.forms import opaque_tags
from exchange.errors import ProcessUnknown
from exchange.processes import Kind


async def newest(request: Request) -> Response:
    """Our own copy of the data of a transfer, as its provider gave them last."""
    service, process = service_of(request), await mine(request, Kind.TRANSFER)
    row = (await service.schedules.of([process.pid])).get(process.pid)
    if row is None or row["sha256"] is None:
        raise ProcessUnknown(process.pid)
    tag = row["sha256"][:32]
    headers = {**SANDBOX, "etag": f'"{tag}"'}
    if tag in opaque_tags(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    headers |= {
        "content-type": row["media_type"] or "application/octet-stream",
        "content-length": str(row["size_bytes"]),
    }
    if not wants_body(request):
        return Response(headers=headers)
    return StreamingResponse(service.gate.holdings.read(row["sha256"]), headers=headers)


OPERATIONS = (
    Operation("GET", "/exchange/transfers/{pid}/data", newest, "The newest data that a scheduled transfer brought.",
              "Exchange", (Parameter("If-None-Match", "Entity tag of what is there already.", place="header"),),
              produces=("*/*",), refuses=(401, 404), secured=True),
)  # fmt: skip
