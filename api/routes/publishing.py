"""Writing catalogs: opened, published whole, their rules changed, withdrawn; and new descriptions in them."""

import contextlib
import tempfile
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.docs import CREATED, NO_CONTENT, RDF_TYPES, Operation, Parameter
from api.errors import MediaTypeUnknown, ParameterInvalid
from api.limits import body_chunks, json_body
from api.outcomes import NOT_WHOLE, lost, noted_json, outcome_json
from api.pages import reader_language
from api.requests import audience_of, choice, document_of, flag, service_of, writer_of
from api.routes.catalogs import summary
from api.routes.forms import json_answer, off_loop, revision_tag
from api.routes.resources import IF_MATCH, SEGMENTS, STATES, written
from api.service import check_level
from catalog.descriptions import House
from catalog.errors import CatalogExists, CatalogNotFound, ResourceChanged, WriteForbidden
from catalog.kinds import BY_SEGMENT
from catalog.publishing import Load
from catalog.reading import CatalogInfo
from loaders.load import Load as SourceLoad
from loaders.sources import Document, Source
from ontology.faults import Unreadable
from ontology.messages import Message
from participants.principal import Principal


async def create(request: Request) -> Response:
    """Open a catalog: JSON `{id, profile, level, audience}`, or its description in RDF with `?id=`."""
    service, principal = service_of(request), await writer_of(request)
    if _is_json(request):
        name, house = _house(await json_body(request), House())
        _check_house(request, house)
        info = await service.descriptions.create_catalog(name, principal, house=house)
    else:
        name = request.query_params.get("id") or request.headers.get("slug") or ""
        house = House(
            profile=request.query_params.get("profile", House().profile),
            level=request.query_params.get("level", House().level),
            audience=audience_of(request) or House().audience,
        )
        _check_house(request, house)
        document = await document_of(request, f"{request.app.state.settings.base}/catalogs/{name}")
        info = await service.descriptions.create_catalog(name, principal, house=house, document=document)
    await service.follow()
    return await _written_catalog(request, info, principal, CREATED)


async def change(request: Request) -> Response:
    """Change the gate or the default audience of a catalog: JSON with any of `profile`, `level`, `audience`."""
    service, principal = service_of(request), await writer_of(request)
    info = await service.reading.catalog(request.path_params["id"], principal)
    given = await json_body(request)
    now = House(info.profile, info.level, None)
    _, house = _house({"id": info.id, **given} if isinstance(given, dict) else given, now)
    _check_house(request, house)
    info = await service.descriptions.change_house(info.id, principal, house, if_match=revision_tag(request))
    await service.follow()
    return await _written_catalog(request, info, principal, 200)


def _check_house(request: Request, house: House) -> None:
    check_level(service_of(request).profiles, house.profile, house.level)


async def _written_catalog(request: Request, info: CatalogInfo, principal: Principal, status: int) -> Response:
    reading = service_of(request).reading
    tag = await reading.tag(await reading.get(info.id, principal))
    found = await summary(request, info, principal, "en")
    headers = {"etag": f'"{tag}"', "content_location": found["address"]}
    return json_answer(found, status, **headers, **({"location": found["address"]} if status == CREATED else {}))


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def _house(given: Any, default: House) -> tuple[str, House]:
    """Id and rules from JSON; members we do not know are refused, so that a typing error shows (P26)."""
    known = {"id": str, "profile": str, "level": str, "audience": list}
    if not isinstance(given, dict) or not isinstance(given.get("id"), str):
        raise ParameterInvalid("id", Message(ja="id が必要です。", en="A JSON object with an id is needed."))
    for name, value in given.items():
        if name not in known or not isinstance(value, known[name]):
            raise ParameterInvalid(
                name[:100], Message(ja=f"{name[:100]} は使えません。", en=f"{name[:100]} cannot be used here.")
            )
    audience = given.get("audience")
    if audience is not None and not (audience and all(isinstance(name, str) for name in audience)):
        raise ParameterInvalid(
            "audience", Message(ja="audience は文字列の配列です。", en="audience is a list of texts.")
        )
    names = default.audience if audience is None else tuple(audience)
    return given["id"], House(given.get("profile", default.profile), given.get("level", default.level), names)


async def publish(request: Request) -> Response:
    """Publish a whole catalog; what it does not mention stays, unless `replace=true` and all of it could be read.

    A catalog is opened only for a document that can be read.
    """
    principal, name = await writer_of(request), request.path_params["id"]
    if (request.headers.get("content-type") or "").startswith("multipart/"):
        raise MediaTypeUnknown(request.headers["content-type"].partition(";")[0])
    await _check_writable(request, name, principal)
    with tempfile.NamedTemporaryFile(prefix="renkei-") as file:
        async for chunk in body_chunks(request):
            await off_loop(file.write, chunk)
        await off_loop(file.flush)
        with await off_loop(_source_load, name, Path(file.name), request.headers.get("content-type")) as parts:
            return await _published(request, parts, principal)


async def _check_writable(request: Request, name: str, principal: Principal) -> None:
    """Refuse what can be refused before the body is taken."""
    service = service_of(request)
    if not principal.may_write(name):
        raise WriteForbidden(name)
    try:
        await service.reading.catalog(name, principal)
    except CatalogNotFound:
        service.descriptions.check_name(name)
        if revision_tag(request) is not None:  # RFC 9110 §13.1.1: there is no state it could be based on
            raise ResourceChanged(name, "none") from None
        return
    current = await service.reading.tag(await service.reading.get(name, principal))
    if revision_tag(request) not in (None, "*", current):
        raise ResourceChanged(name, current)


def _source_load(name: str, file: Path, media_type: str | None) -> SourceLoad:
    document = Document(name, lambda: file.open("rb"), media_type.partition(";")[0].strip() if media_type else None)
    parts = SourceLoad(Source(name, lambda: (document,)), catalog=name)
    if parts.unread:
        unread = parts.unread[0]
        parts.close()
        raise Unreadable(unread.message, unread.line, unread.column)
    return parts


async def _published(request: Request, parts: SourceLoad, principal: Principal) -> Response:
    service, name = service_of(request), request.path_params["id"]
    created, skipped = await _opened(request, name, principal), lost(parts.faults)
    load = Load(
        source=f"{request.app.state.settings.base}/catalogs/{name}",
        profile=request.query_params.get("profile"),
        audience=audience_of(request),
        replace=flag(request, "replace") and not skipped,  # what seems to be gone may stand in a statement not read
        consent=flag(request, "confirm"),
    )
    try:
        outcome = await service.publishing.publish(name, parts, load, principal)
    finally:
        await service.follow()  # what was stored before a stop is found by the next request as well
    tag = await service.reading.tag(await service.reading.get(name, principal))
    language = reader_language(request)
    found = outcome_json(outcome, language)
    found["noted"] += noted_json(parts.faults, language)
    if skipped and flag(request, "replace"):
        found["warning"] = NOT_WHOLE.in_(language)
    return json_answer(found, CREATED if created else 200, etag=f'"{tag}"', location=load.source)


async def _opened(request: Request, name: str, principal: Principal) -> bool:
    service = service_of(request)
    try:
        await service.reading.catalog(name, principal)
    except CatalogNotFound:
        with contextlib.suppress(CatalogExists):  # another first PUT was quicker: this one goes on in its catalog
            await service.descriptions.create_catalog(name, principal)
            return True
    await service.descriptions.claim(name, principal, revision_tag(request))
    return False


async def withdraw(request: Request) -> Response:
    """Withdraw a catalog and everything in it."""
    service, principal = service_of(request), await writer_of(request)
    name, reason = request.path_params["id"], request.query_params.get("reason")
    await service.descriptions.withdraw_catalog(
        name, principal, reason[:2000] if reason else None, if_match=revision_tag(request)
    )
    await service.follow()
    return Response(status_code=NO_CONTENT)


async def register(request: Request) -> Response:
    """Register a description in a catalog; `state=draft` keeps it to its owner."""
    service, principal = service_of(request), await writer_of(request)
    kind = BY_SEGMENT[request.url.path.rsplit("/", 1)[1]]
    draft = choice(request, "state", STATES, "published") == "draft"
    document = await document_of(request, request.app.state.settings.base + "/")
    stored = await service.descriptions.register(
        request.path_params["id"], kind, document, principal, draft=draft, audience=audience_of(request)
    )
    service.follow_soon()
    return await written(request, stored, CREATED)


_ID = Parameter("id", "Id of the new catalog, when the body is RDF.")
_AUDIENCE = Parameter("audience", "Who may see it: public, participants or IRIs of participants.",
                      {"type": "array", "items": {"type": "string"}})  # fmt: skip
_PROFILE = Parameter("profile", "Profile to validate with.")
_LEVEL = Parameter("level", "Level of the gate.")
_FLAG = {"type": "boolean"}
_HOUSE = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,63}$"},
        "profile": {"type": "string"},
        "level": {"type": "string"},
        "audience": {"type": "array", "items": {"type": "string"}, "minItems": 1},
    },
}
_TAG = "Catalogs"
_NAMED = {SEGMENT: BY_SEGMENT[SEGMENT].value for SEGMENT in SEGMENTS}

OPERATIONS = (
    Operation("POST", "/catalogs", create, "Open a catalog", _TAG, (_ID, _PROFILE, _LEVEL, _AUDIENCE),
              body=("application/json", *RDF_TYPES), json={**_HOUSE, "required": ["id"]}, status=CREATED,
              refuses=(409, 422), secured=True),
    Operation("PUT", "/catalogs/{id}", publish, "Publish a whole catalog", _TAG,
              (_PROFILE, _AUDIENCE, Parameter("replace", "Withdraw what is not mentioned.", _FLAG),
               Parameter("confirm", "Do so even if that is more than a fifth.", _FLAG), IF_MATCH),
              body=RDF_TYPES, refuses=(409, 410, 412, 422), secured=True),
    Operation("PATCH", "/catalogs/{id}", change, "Change gate or default audience", _TAG, (IF_MATCH,),
              body=("application/json",), json=_HOUSE, refuses=(404, 410, 412), secured=True),
    Operation("DELETE", "/catalogs/{id}", withdraw, "Withdraw a catalog and all it holds", _TAG,
              (Parameter("reason", "Why; shown on the tombstones."), IF_MATCH), status=NO_CONTENT,
              refuses=(404, 410, 412), secured=True),
    *(
        Operation("POST", f"/catalogs/{{id}}/{segment}", register, f"Register a {name}", _TAG,
                  (Parameter("state", "`draft` keeps it to its owner.", {"enum": list(STATES)}), _AUDIENCE),
                  body=RDF_TYPES, status=CREATED, refuses=(404, 409, 410, 422), secured=True)
        for segment, name in _NAMED.items()
    ),
)  # fmt: skip
