"""The peers of this service, for its operator alone."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.docs import CREATED, NO_CONTENT, Operation
from api.errors import MemberInvalid
from api.limits import json_body
from api.members import flag_of, members_of
from api.requests import service_of, writer_of
from api.routes.forms import json_answer
from catalog.errors import WriteForbidden
from exchange.peers import Peer
from exchange.probing import Probed, probe
from ontology.messages import Message
from participants.principal import Principal

_TEXT = Message(ja="文字列です。", en="It is a text.")
_OBJECT = Message(ja="JWK のオブジェクトです。", en="It is a JWK, an object.")
_TEXTS = ("participant", "address", "authorization", "presents")
_TAG = "Peers"


def peer_json(peer: Peer) -> dict[str, Any]:
    """A peer without its secrets."""
    return {
        "participant": peer.participant,
        "address": peer.address,
        "authorizes": peer.authorizes,
        "presents": peer.presents,
        "key": peer.key,
        "bound": peer.bound,
        "addedAt": peer.added_at.isoformat(),
    }


def probed_json(steps: list[Probed]) -> dict[str, Any]:
    """A trial of a connection."""
    return {
        "ok": all(each.ok for each in steps),
        "steps": [
            {"step": each.step, "ok": each.ok, "told": {"ja": each.told.ja, "en": each.told.en},
             "seconds": round(each.took_s, 3)}
            for each in steps
        ],
    }  # fmt: skip


async def listed(request: Request) -> Response:
    """Every peer."""
    await _operator(request)
    items = [peer_json(each) for each in await service_of(request).peers.all()]
    return json_answer({"total": len(items), "items": items}, cache_control="private, no-store")


async def put(request: Request) -> Response:
    """Make a peer known, or change it; what is left out stays."""
    caller = await _operator(request)
    given = members_of(await json_body(request), "", frozenset((*_TEXTS, "key", "bound")))
    for name in _TEXTS:
        if not isinstance(given.get(name, ""), str) or (name in _TEXTS[:2] and name not in given):
            raise MemberInvalid(name, _TEXT)
    if not isinstance(given.get("key", {}), dict):
        raise MemberInvalid("key", _OBJECT)
    bound = {"bound": flag_of(given, "bound")} if "bound" in given else {}
    peer = await service_of(request).peers.put(**{**given, **bound}, actor=caller.name)
    return json_answer(peer_json(peer), CREATED)


async def shown(request: Request) -> Response:
    """One peer."""
    await _operator(request)
    peer = await service_of(request).peers.get(request.path_params["participant"])
    return json_answer(peer_json(peer), cache_control="private, no-store")


async def remove(request: Request) -> Response:
    """Forget a peer; its agreements stay."""
    caller = await _operator(request)
    await service_of(request).peers.remove(request.path_params["participant"], caller.name)
    return Response(status_code=NO_CONTENT)


async def test(request: Request) -> Response:
    """Try the connection to a peer, step by step."""
    await _operator(request)
    service = service_of(request)
    peer = await service.peers.get(request.path_params["participant"])
    return json_answer(probed_json(await probe(peer, service.peers, service.outgoing)), cache_control="no-store")


async def _operator(request: Request) -> Principal:
    caller = await writer_of(request)
    if not caller.is_operator:
        raise WriteForbidden("*")
    return caller


_PROPERTIES = {**{name: {"type": "string"} for name in _TEXTS}, "key": {"type": "object"}, "bound": {"type": "boolean"}}
OPERATIONS = (
    Operation("GET", "/exchange/peers", listed, "Every peer", _TAG, secured=True),
    Operation("POST", "/exchange/peers", put, "Make a peer known, or change it", _TAG, body=("application/json",),
              json={"type": "object", "required": ["participant", "address"], "additionalProperties": False,
                    "properties": _PROPERTIES}, status=CREATED, refuses=(422,), secured=True),
    Operation("POST", "/exchange/peers/{participant:path}/test", test, "Try the connection to a peer", _TAG,
              refuses=(404,), secured=True),
    Operation("GET", "/exchange/peers/{participant:path}", shown, "One peer", _TAG, refuses=(404,), secured=True),
    Operation("DELETE", "/exchange/peers/{participant:path}", remove, "Forget a peer", _TAG, status=NO_CONTENT,
              refuses=(404,), secured=True),
)  # fmt: skip
