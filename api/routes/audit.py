"""The audit trail: signed checkpoints for everybody, proofs and events for those whom they concern."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.docs import Operation, Parameter
from api.errors import ParameterInvalid
from api.requests import choice, number, service_of, writer_of
from api.routes.forms import json_answer
from journal.errors import CheckpointUnknown, EventUnknown
from journal.exporting import Wanted, concerns, export
from journal.provenance import lines
from journal.proving import prove
from ontology.messages import Message
from participants.principal import Principal

NDJSON, NTRIPLES = "application/x-ndjson", "application/n-triples"
FORMATS = {"jsonl": NDJSON, "prov": NTRIPLES}
_PIECE_BYTES = 1 << 16
_NOT_YOURS = Message(
    ja="自分以外の参加者の事象を読めるのは運用者だけです。",
    en="Only the operator reads the events of other participants.",
)
_NO_TIME = Message(
    ja="日付か、時差の付いた日時です (例 2026-11-21、2026-11-21T09:00:00+09:00)。",
    en="It is a date, or a time with its offset (2026-11-21, 2026-11-21T09:00:00+09:00).",
)


async def checkpoint(request: Request) -> Response:
    """The newest checkpoint; who keeps it can tell later whether the journal was made anew."""
    service = service_of(request)
    if (sealed := await service.sealer.newest()) is None:
        raise CheckpointUnknown
    return json_answer({**sealed.to_json(), "key": service.signing.public_jwk}, cache_control="no-cache")


async def proof(request: Request) -> Response:
    """The proof of one event, for the operator and for those whom it concerns."""
    service, reader = service_of(request), await writer_of(request)
    event = _event(request)
    if not reader.is_operator and not await concerns(service.database, event, reader.participant or ""):
        raise EventUnknown(event)
    found = await prove(service.database, event)
    return json_answer({**found.to_json(), "key": service.signing.public_jwk}, cache_control="no-store")


def _event(request: Request) -> int:
    given = request.path_params["seq"]
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise ParameterInvalid("seq", Message(ja="事象の番号です。", en="It is the number of an event."))
    return int(given)


async def events(request: Request) -> Response:
    """The events that concern the reader, streamed; of the operator all."""
    reader = await writer_of(request)
    wanted = wanted_of(request, reader)
    form = choice(request, "format", tuple(FORMATS), "jsonl")
    found = export(service_of(request).database, wanted, number(request, "after", 0, 0, 999_999_999))
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="events.{form}"'}
    return StreamingResponse(pieces(found, form), 200, headers, FORMATS[form])


def wanted_of(request: Request, reader: Principal) -> Wanted:
    """Which events the query asks for, within what the reader may see.

    Raises:
        ParameterInvalid
    """
    given = request.query_params
    participant = given.get("participant") or None
    if not reader.is_operator and participant not in (None, reader.participant):
        raise ParameterInvalid("participant", _NOT_YOURS)
    return Wanted(
        reader=None if reader.is_operator else reader.participant or "",
        participant=participant,
        dataset=given.get("dataset") or None,
        request=given.get("request") or None,
        since=moment(given.get("since"), "since"),
        until=moment(given.get("until"), "until"),
    )


def moment(text: str | None, name: str) -> datetime | None:
    """A time as people write it; a date begins at midnight UTC.

    Raises:
        ParameterInvalid
    """
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ParameterInvalid(name, _NO_TIME) from None
    if found.tzinfo is None and len(text) > len("2026-11-21"):
        raise ParameterInvalid(name, _NO_TIME)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


async def pieces(entries: AsyncIterator[dict[str, object]], form: str) -> AsyncIterator[bytes]:
    """Events as JSON lines or as provenance, in pieces of some size."""
    piece = bytearray()
    async for entry in entries:
        if form == "jsonl":
            piece += orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
        else:
            piece += lines(entry).encode()
        if len(piece) >= _PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


WHICH = (
    Parameter("participant", "Only what this participant (IRI) did, and what happened with it; for the operator."),
    Parameter("dataset", "Only what concerns this dataset (IRI)."),
    Parameter("since", "From this time on: a date, or a time with its offset."),
    Parameter("until", "Before this time."),
)
_TAG = "Audit"
OPERATIONS = (
    Operation("GET", "/audit/checkpoint", checkpoint, "The newest signed checkpoint of the journal", _TAG,
              refuses=(404,)),
    Operation("GET", "/audit/proof/{seq}", proof, "Proof that an event stands in the journal", _TAG, refuses=(404, 409),
              secured=True),
    Operation("GET", "/audit/export", events, "Events with what they are about, as JSON lines or PROV-O", _TAG,
              (*WHICH, Parameter("request", "Only what one request caused, by its X-Request-Id."),
               Parameter("after", "Only events after this number.", {"type": "integer", "minimum": 0}),
               Parameter("format", "jsonl or prov.", {"type": "string", "enum": list(FORMATS)})),
              produces=(NDJSON, NTRIPLES), secured=True),
)  # fmt: skip
