"""Every operation of the API as a value: the routes, the OpenAPI document and the reference are all made from it."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from api.negotiation import RDF

Handler = Callable[[Request], Awaitable[Response]]
RDF_TYPES = tuple(form.media_type for form in RDF)
PROBLEM = "application/problem+json"
OK, CREATED, NO_CONTENT = 200, 201, 204


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter or header.

    Attributes:
        schema: JSON Schema of its value.
    """

    name: str
    text: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    place: str = "query"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address.

    Attributes:
        path: with `{name}` places; `{name:path}` takes slashes.
        body: media types it reads, empty for none.
        json: schema of a JSON body.
        produces: media types of its answer.
        status: of its answer when all goes well.
        refuses: further statuses, each a problem document.
        secured: whether it needs a token.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    tag: str
    parameters: tuple[Parameter, ...] = ()
    body: tuple[str, ...] = ()
    json: Mapping[str, Any] | None = None
    produces: tuple[str, ...] = ("application/json",)
    status: int = OK
    refuses: tuple[int, ...] = ()
    secured: bool = False


class TemplateRoute(Route):
    """A route that leaves its template in the scope, for log and metrics."""

    def __init__(self, path: str, endpoint: Handler, **given: Any) -> None:
        super().__init__(path, endpoint, **given)
        self._begins = path.partition("{")[0]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As its base, with `route` in the child scope; most of two hundred routes are told apart by how they begin."""
        if not scope["path"].startswith(self._begins) and not scope.get("root_path"):
            return Match.NONE, {}
        match, child = super().matches(scope)
        if match is not Match.NONE:
            child["route"] = self
        return match, child


def routes_of(operations: Iterable[Operation]) -> list[TemplateRoute]:
    """One route an address; which of its operations answers depends on the method alone."""
    by_path: dict[str, dict[str, Handler]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation.handler
    return [_route(path, handlers) for path, handlers in by_path.items()]


def _route(path: str, handlers: Mapping[str, Handler]) -> TemplateRoute:
    async def endpoint(request: Request) -> Response:
        return await handlers[request.method](request)

    return TemplateRoute(path, endpoint, methods=list(handlers))


def openapi(operations: Iterable[Operation], base: str, version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the API."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _described(operation, path)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Renkei",
            "version": version,
            "description": "Catalogs of data: publish, validate, find. Errors are RFC 9457 problem documents. "
            "GET answers HEAD too.",
        },
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": _PROBLEM_SCHEMA},
        },
    }


def _described(operation: Operation, path: str) -> dict[str, Any]:
    named = re.findall(r"\{(\w+)\}", path)
    described: dict[str, Any] = {
        "summary": operation.summary,
        "tags": [operation.tag],
        "operationId": re.sub(r"\W+", "_", f"{operation.method.lower()} {path}").strip("_"),
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in named),
            *(_parameter(parameter) for parameter in operation.parameters),
        ],
        "responses": _responses(operation),
    }
    if operation.body:
        described["requestBody"] = {
            "required": True,
            "content": {media_type: {"schema": _body_schema(operation, media_type)} for media_type in operation.body},
        }
    if operation.secured:
        described["security"] = [{"token": []}]
    return described


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": parameter.text,
        "schema": dict(parameter.schema),
    }


def _body_schema(operation: Operation, media_type: str) -> dict[str, Any]:
    if media_type == "application/json" and operation.json is not None:
        return dict(operation.json)
    return {"type": "string"} if not media_type.endswith("json") else {}


def _responses(operation: Operation) -> dict[str, Any]:
    content: dict[str, Any] = {media_type: {"schema": {}} for media_type in operation.produces}
    success: dict[str, Any] = {"description": "Done."}
    if operation.status != NO_CONTENT:
        success["content"] = content
    refuses = {400, *operation.refuses, *((401, 403) if operation.secured else ())}
    if operation.body:
        refuses |= {408, 413}
    if len(operation.produces) > 1:
        refuses |= {406}
    problem = {"content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    found = {str(operation.status): success}
    if operation.status == OK and operation.method == "GET":
        found["304"] = {"description": "Not changed since the ETag in If-None-Match."}
    return found | {str(status): {"description": "Refused.", **problem} for status in sorted(refuses)}


_PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457, with the remedy in the reader's language and the request id.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "remedy": {"type": "string"},
        "place": {"type": "object"},
        "request": {"type": "string"},
    },
}
