"""The feed of a transfer: when its data changed, for who bears its token, without using anything up."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from api.docs import Operation, Parameter
from api.requests import number, service_of, wants_body
from api.routes.data import granted_to, granted_wish
from api.routes.forms import json_answer
from exchange.changes import WAIT_S, Change, are_told
from exchange.opened import Opened
from exchange.release import Wanted

_LAST_CURSOR = 999_999_999


async def changes(request: Request) -> Response:
    """Changes of a transfer's data after a cursor; `wait` lets the answer come when there is one."""
    wanted, service = await granted_wish(request), service_of(request)
    wait_s = number(request, "wait", 0, 0, WAIT_S)
    after = number(request, "after", 0, 0, _LAST_CURSOR) if request.query_params.get("after") else None
    opened = await service.gate.look(wanted)
    source = await service.gate.sources.find(wanted.source)
    if source is None or not are_told(source):
        return _answer(request, wanted, "unknown", opened, None)
    if after is None:
        found = await service.changes.newest(wanted.source)
    else:
        waits_s = wait_s if wants_body(request) else 0

        async def still() -> bool:
            await granted_to(request)  # a token that was revoked, or an agreement that ended, waits no longer
            return not await request.is_disconnected()

        found = await service.changes.awaited(wanted.source, after, waits_s, wanted.transfer or "", still)
        if found:
            opened = await service.gate.look(wanted)
    return _answer(request, wanted, [_shown(each) for each in found], opened, found[-1].cursor if found else after or 0)


def _answer(request: Request, wanted: Wanted, told: Any, opened: Opened, cursor: int | None) -> Response:
    etag = None if opened.etag is None else f'"{opened.etag}"'
    found = {
        "transfer": wanted.transfer,
        "dataset": wanted.dataset,
        "changes": told,
        "current": {"etag": etag, "size_bytes": opened.size},
        "next": cursor,
    }
    response = json_answer(found, cache_control="private, no-store")
    if cursor is not None:
        asked = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
        response.headers["link"] = f'<?{urlencode([*asked, ("after", cursor)])}>; rel="next"'
    return response


def _shown(change: Change) -> dict[str, Any]:
    return {"cursor": change.cursor, "at": change.at.isoformat()}


OPERATIONS = (
    Operation(
        "GET", "/data/{transfer}/changes", changes, "When the data of a transfer changed, or wait until they do",
        "Data",
        (Parameter("after", "Only changes after this one: `next` of an answer before; without it the last one alone."),
         Parameter("wait", f"Seconds to wait for a change, at most {WAIT_S}.", {"type": "integer"}),
         Parameter("purpose", "As for the data themselves, and other left operands of ODRL likewise.")),
        refuses=(400, 401, 403, 404, 502), secured=True,
    ),
)  # fmt: skip
