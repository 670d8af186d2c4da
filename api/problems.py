"""Errors of every package as problem documents (RFC 9457), for HTTP and the terminal."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.errors import MethodNotAllowed, NotAcceptable, PageNotFound
from api.negotiation import HTML, JSON, negotiate
from api.outcomes import outcome_json
from api.pages import page, reader_language
from api.problem_form import Problem
from api.problem_table import PROBLEMS, UNEXPECTED
from catalog.errors import ReplacementNeedsConsent
from exchange.keys import ALGORITHM
from exchange.release_errors import ProofRefused
from ontology.messages import Message

MEDIA_TYPE = "application/problem+json"


def problem_of(error: BaseException) -> Problem:
    """The entry for an error: its own class, else the nearest base class, else `UNEXPECTED`."""
    return next((PROBLEMS[base] for base in type(error).__mro__ if base in PROBLEMS), UNEXPECTED)


def detail_of(error: BaseException, language: str) -> str:
    """This occurrence in words, in the reader's language."""
    message = getattr(error, "message", None)
    if isinstance(message, Message):
        return message.in_(language)
    detail = problem_of(error).detail
    return detail.in_(language).format_map(_attributes(error)) if detail else str(error)


def document(error: BaseException, language: str, base: str, request_id: str = "") -> dict[str, Any]:
    """The problem document of an error, JSON-ready."""
    problem = problem_of(error)
    found: dict[str, Any] = {
        "type": f"{base}/problems/{problem.slug}",
        "title": problem.title.in_(language),
        "status": int(problem.status),
        "detail": detail_of(error, language),
        "remedy": problem.remedy.in_(language).replace("{{", "{").replace("}}", "}"),
    }
    if place := {name: value for name in problem.place if (value := getattr(error, name, None)) is not None}:
        found["place"] = place
    found |= {name: getattr(error, name) for name in problem.extra if getattr(error, name, None) is not None}
    if isinstance(report := getattr(error, "report", None), Mapping):
        found |= {name: report[name] for name in ("results", "conforms", "profile", "level") if name in report}
    if isinstance(error, ReplacementNeedsConsent):
        found |= outcome_json(error.outcome, language)
    if request_id:
        found["request"] = request_id
    return found


def problem_response(error: Exception, request: Request, request_id: str = "") -> Response:
    """The answer for an error: a page for browsers, `application/problem+json` for everyone else."""
    error = _own(error, request)
    language = reader_language(request)
    found = document(error, language, request.app.state.settings.base, request_id)
    headers = _headers(error)
    if _wants_page(request):
        response: Response = page("problem.html", request, found["status"], problem={"place": {}, **found})
    else:
        response = Response(orjson.dumps(found, default=str), found["status"], media_type=MEDIA_TYPE)
        response.headers["content-language"] = language
        response.headers["vary"] = "Accept, Accept-Language, Authorization"
    response.headers["cache-control"] = "no-store"
    response.headers.update(headers)
    return response


def _own(error: Exception, request: Request) -> Exception:
    """The router's own refusals in our words."""
    if isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return MethodNotAllowed(request.method, (error.headers or {}).get("Allow", ""))
    if isinstance(error, HTTPException) and error.status_code == HTTPStatus.NOT_FOUND:
        return PageNotFound(request.url.path)
    return error


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, MethodNotAllowed):
        return {"allow": error.allowed}
    status = problem_of(error).status
    if isinstance(error, ProofRefused):
        return {"www-authenticate": f'DPoP algs="{ALGORITHM}", error="invalid_dpop_proof"'}
    if status == HTTPStatus.UNAUTHORIZED:
        return {"www-authenticate": 'Bearer realm="renkei"'}
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return {"connection": "close"}
    return {"retry-after": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}


def _wants_page(request: Request) -> bool:
    try:
        return negotiate(request.headers.get("accept"), None, (JSON, HTML)) is HTML
    except NotAcceptable:
        return False


def _attributes(error: BaseException) -> dict[str, Any]:
    slots = [name for base in type(error).__mro__ for name in getattr(base, "__slots__", ())]
    return {**{name: getattr(error, name, "") for name in slots}, **vars(error)}
