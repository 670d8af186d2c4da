"""Who may see a resource, or a catalog's own description."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.docs import Operation
from api.errors import MemberInvalid
from api.limits import json_body
from api.problems import detail_of
from api.requests import service_of, writer_of
from api.routes.forms import revision_tag
from api.routes.resources import IF_MATCH, check_kind, written
from catalog.errors import AudienceUnknown
from catalog.kinds import BY_SEGMENT
from ontology.messages import Message


async def set_audience(request: Request) -> Response:
    """Change who may see a resource: `{"audience": ["public"]}`."""
    service, principal = service_of(request), await writer_of(request)
    await check_kind(request, principal)
    names = _audience_in(await json_body(request))
    try:
        stored = await service.descriptions.set_audience(
            request.path_params["id"], names, principal, if_match=revision_tag(request)
        )
    except AudienceUnknown as error:
        raise MemberInvalid("audience", Message(detail_of(error, "ja"), detail_of(error, "en"))) from error
    await service.follow()
    return await written(request, stored, 200)


def _audience_in(given: Any) -> list[str]:
    """The one member, a list of texts; what we do not know is refused, so that a typing error shows (P26)."""
    if not isinstance(given, dict):
        raise MemberInvalid(
            "audience",
            Message(ja='{"audience": ["public"]} の形で送ってください。', en='Send {"audience": ["public"]}.'),
        )
    unknown = next((name[:100] for name in given if name != "audience"), None)
    if unknown is not None:
        raise MemberInvalid(unknown, Message(ja=f"{unknown} は使えません。", en=f"{unknown} cannot be used here."))
    names = given.get("audience")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise MemberInvalid(
            "audience",
            Message(ja="audience は一つ以上の文字列の配列です。", en="audience is a list of one or more texts."),
        )
    return names


def _operation(base: str, tag: str) -> Operation:
    """The route that changes who may see what stands at an address."""
    return Operation(
        "PUT", f"{base}/audience", set_audience, "Change who may see it", tag, (IF_MATCH,), body=("application/json",),
        json={"type": "object", "required": ["audience"], "additionalProperties": False,
              "properties": {"audience": {"type": "array", "items": {"type": "string"}, "minItems": 1}}},
        refuses=(404, 410, 412, 422), secured=True,
    )  # fmt: skip


OPERATIONS = tuple(_operation(f"/{segment}/{{id}}", segment.capitalize()) for segment in BY_SEGMENT)
