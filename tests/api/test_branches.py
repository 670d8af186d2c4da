"""Routes are found by the first part of a path as they would be one after the other."""

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from api.branches import Branches
from api.routes import ROUTES


async def answer(request: Request) -> Response:
    return Response()


def one_by_one(routes: list[Route], scope: Scope) -> Route | None:
    for wanted in (Match.FULL, Match.PARTIAL):
        for route in routes:
            if route.matches(scope)[0] is wanted:
                return route
    return None


def asked(method: str, path: str, root: str = "") -> Scope:
    return {"type": "http", "method": method, "path": path, "root_path": root}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
def test_every_address_is_answered_by_the_route_that_comes_first(method: str) -> None:
    branches = Branches(ROUTES)
    paths = [route.path.replace(":path}", "}").replace("{", "").replace("}", "") for route in ROUTES]
    for path in [*paths, "/", "", "//", "/nothing", "/exchange", "/exchange/", *(f"{path}/more" for path in paths)]:
        scope = asked(method, path)
        assert branches.matches(scope)[1].get("route") is one_by_one(ROUTES, scope)


def test_a_place_that_comes_first_takes_what_a_later_name_would_take() -> None:
    routes = [Route("/{any}/a", answer), Route("/named/{any}", answer), Route("/{any}/b", answer)]
    branches = Branches(routes)
    found = [branches.matches(asked("GET", path))[1].get("route") for path in ("/named/a", "/named/b", "/x/b", "/x/c")]
    assert found == [routes[0], routes[1], routes[2], None]


def test_below_the_path_of_a_proxy_the_same_is_found() -> None:
    assert Branches(ROUTES).matches(asked("GET", "/below/catalogs", "/below"))[1]["route"].path == "/catalogs"
