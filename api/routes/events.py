"""Events as they happen: to an address that is told of them, or on a line that stays open."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.docs import CREATED, NO_CONTENT, Operation, Parameter
from api.errors import MemberInvalid, ParameterInvalid, TokenInvalid
from api.limits import json_body
from api.members import members_of
from api.requests import reader_of, service_of, wants_body, writer_of
from api.routes.forms import json_answer
from exchange.hooks import Hook
from exchange.notices import LOOK_S
from journal.events import EventKind
from journal.exporting import Wanted, export
from ontology.messages import Message
from participants.principal import Principal

STREAM: Final = "text/event-stream"
ALIVE_S: Final = 15.0
"""Between two signs of life on a line where nothing happens; balancers cut silent ones after 30 to 60 seconds."""
_KINDS = Message(ja="事象の種類の一覧です。", en="It is a list of kinds of events.")
_ADDRESS = Message(ja="http(s) のアドレスです。", en="It is an http(s) address.")
_NUMBER = Message(ja="事象の番号です。", en="It is the number of an event.")


async def add(request: Request) -> Response:
    """Make a hook: an address that is told of the caller's events."""
    owner = await writer_of(request)
    given = members_of(await json_body(request), "", frozenset(("address", "kinds")))
    if not isinstance(address := given.get("address"), str):
        raise MemberInvalid("address", _ADDRESS)
    hook = await service_of(request).hooks.add(owner, address, _kinds(given.get("kinds")))
    return json_answer({**_shown(hook), "secret": hook.secret}, CREATED, cache_control="no-store")


def _kinds(given: Any) -> list[EventKind] | None:
    if given is None:
        return None
    if not isinstance(given, list) or not given:
        raise MemberInvalid("kinds", _KINDS)
    try:
        return [EventKind(kind) for kind in given]
    except ValueError:
        raise MemberInvalid("kinds", _KINDS) from None


def _shown(hook: Hook) -> dict[str, Any]:
    return {
        "id": hook.id,
        "owner": hook.owner,
        "address": hook.address,
        "kinds": hook.kinds,
        "told": hook.cursor,
        "made_at": hook.made_at,
        "failing_since": hook.failing_since,
        "error": hook.error,
    }


async def listed(request: Request) -> Response:
    """The hooks of the caller; of the operator all."""
    found = await service_of(request).hooks.listed(await writer_of(request))
    return json_answer({"items": [_shown(hook) for hook in found]}, cache_control="no-store")


async def remove(request: Request) -> Response:
    """End a hook."""
    await service_of(request).hooks.remove(request.path_params["id"], await writer_of(request))
    return Response(status_code=NO_CONTENT)


async def stream(request: Request) -> Response:
    """Events as they happen, from now on or after the one that the client had last."""
    reader = await writer_of(request)
    asked = request.query_params.get("kinds")
    kinds = None if not asked else tuple(asked.split(","))
    if kinds is not None and not set(kinds) <= {kind.value for kind in EventKind}:
        raise ParameterInvalid("kinds", _KINDS)
    last = request.headers.get("last-event-id") or request.query_params.get("after")
    if last is not None and not (last.isascii() and last.isdigit() and len(last) < 19):
        raise ParameterInvalid("after", _NUMBER)
    after = await service_of(request).database.head() if last is None else int(last)
    wanted = Wanted(reader=_participant(reader), kinds=kinds)
    lines = _lines(request, reader, wanted, after) if wants_body(request) else ()
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(lines, 200, headers, STREAM)


def _participant(reader: Principal) -> str | None:
    return None if reader.is_operator else reader.participant or ""


async def _lines(request: Request, reader: Principal, wanted: Wanted, after: int) -> AsyncIterator[bytes]:
    database, sign = service_of(request).database, monotonic()
    yield b"retry: 2000\n\n"
    while await _still(request, reader):
        if (head := await database.head()) > after:
            async for entry in export(database, wanted, after):
                yield _line(entry)
                head, sign = max(head, entry["seq"]), monotonic()
            after = head
        if monotonic() - sign >= ALIVE_S:
            sign = monotonic()
            yield b": here\n\n"
        await asyncio.sleep(LOOK_S)


async def _still(request: Request, reader: Principal) -> bool:
    """Whether the line may go on: a token that was revoked ends it."""
    try:
        return await reader_of(request) == reader
    except TokenInvalid:
        return False


def _line(entry: dict[str, Any]) -> bytes:
    data = orjson.dumps(entry, option=orjson.OPT_UTC_Z).decode()
    return f"id: {entry['seq']}\nevent: {entry['kind']}\ndata: {data}\n\n".encode()


_TAG = "Events"
_HOOK = {
    "type": "object",
    "required": ["address"],
    "properties": {
        "address": {"type": "string", "format": "uri"},
        "kinds": {"type": "array", "items": {"type": "string", "enum": [kind.value for kind in EventKind]}},
    },
}
OPERATIONS = (
    Operation("GET", "/exchange/events", stream, "Events as they happen (server-sent events)", _TAG,
              (Parameter("kinds", "Only these kinds, separated by commas."),
               Parameter("after", "From after this event on; stronger is Last-Event-ID."),
               Parameter("Last-Event-ID", "The last event that the client had.", place="header")),
              produces=(STREAM,), secured=True),
    Operation("GET", "/exchange/hooks", listed, "The addresses that are told of events", _TAG, secured=True),
    Operation("POST", "/exchange/hooks", add, "Have an address told of events", _TAG, body=("application/json",),
              json=_HOOK, status=CREATED, secured=True),
    Operation("DELETE", "/exchange/hooks/{id}", remove, "Have an address told no more", _TAG, status=NO_CONTENT,
              refuses=(404,), secured=True),
)  # fmt: skip
