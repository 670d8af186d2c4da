"""What the parties of an agreement did because its policy asks for it: a payment received, a copy deleted."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.docs import CREATED, Operation, Parameter
from api.errors import MemberInvalid, ParameterInvalid
from api.limits import json_body
from api.members import members_of
from api.requests import service_of, writer_of
from api.routes.forms import json_answer
from exchange.performing import Deed
from exchange.policy.asked_json import AskedWrong, world_from
from ontology.messages import Message

_MEMBERS = frozenset(("agreement", "action", "party", "target", "at", "fulfils", "values", "proof"))
_AGREEMENT = Message(ja="合意の IRI を書いてください。", en="Give the IRI of the agreement.")
_PROOF = Message(
    ja="20個までのメンバーを持つオブジェクトで、値は1,000字までの文字列です。",
    en="An object of at most 20 members is needed, their values texts of at most 1,000 characters.",
)


async def note(request: Request) -> Response:
    """Write down that something was done."""
    caller = await writer_of(request)
    given = members_of(await json_body(request), "", _MEMBERS)
    agreement = given.get("agreement")
    if not isinstance(agreement, str) or not agreement:
        raise MemberInvalid("agreement", _AGREEMENT)
    deed = _deed({name: value for name, value in given.items() if name not in ("agreement", "proof")})
    noted = Deed(deed.action, deed.party, deed.target, deed.at, deed.fulfils, deed.values, _proof(given.get("proof")))
    entry = await service_of(request).gate.performances.note(agreement, noted, caller)
    return json_answer({"id": entry}, CREATED)


async def show(request: Request) -> Response:
    """What was done under an agreement, for its parties."""
    caller = await writer_of(request)
    agreement = request.query_params.get("agreement")
    if not agreement:
        raise ParameterInvalid("agreement", _AGREEMENT)
    rows = await service_of(request).gate.performances.noted(agreement, caller)
    return json_answer({"performed": [_shown(row) for row in rows]}, cache_control="no-store")


def _deed(given: dict[str, Any]) -> Deed:
    try:
        (done,) = world_from({"performed": [given]}).performed
    except AskedWrong as error:
        raise MemberInvalid(error.member.removeprefix("world.performed[0]."), error.message) from None
    return Deed(done.action, done.party, done.target, done.at, done.fulfils, done.values)


def _proof(given: Any) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict) or len(given) > 20:
        raise MemberInvalid("proof", _PROOF)
    if not all(isinstance(text, str) and len(text) <= 1000 and len(name) <= 100 for name, text in given.items()):
        raise MemberInvalid("proof", _PROOF)
    return given


def _shown(row: Any) -> dict[str, Any]:
    names = ("id", "agreement", "action", "party", "target", "at", "fulfils", "proof", "noted_by", "noted_at")
    return {**{name: row[name] for name in names}, "values": row["value"]}


_PERFORMED = {
    "type": "object",
    "required": ["agreement", "action"],
    "properties": {
        "agreement": {"type": "string"},
        "action": {"type": "string", "description": "IRI, or odrl:delete and its like."},
        "party": {"type": "string", "description": "Who did it; the consumer unless the provider says otherwise."},
        "target": {"type": "string"},
        "at": {"type": "string", "format": "date-time", "description": "Now, unless the provider says when."},
        "fulfils": {"type": "string", "description": "Node of the one duty it was done for."},
        "values": {"type": "object", "description": "By left operand, as odrl:payAmount with the source payment."},
        "proof": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}

OPERATIONS = (
    Operation("GET", "/exchange/performed", show, "List what was done for the duties of an agreement", "Data",
              (Parameter("agreement", "IRI of the agreement.", required=True),), secured=True),
    Operation("POST", "/exchange/performed", note, "Write down a payment, a deletion and its proof", "Data",
              body=("application/json",), json=_PERFORMED, status=CREATED, refuses=(422,), secured=True),
)  # fmt: skip
