"""Routes found by the first part of their path: walking two hundred of them costs as much as reading a row."""

from collections.abc import Iterable

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send


class Branches(BaseRoute):
    """All routes of an app as one, in the same order and with the same outcome as one after the other."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._all = list(routes)
        self._others: list[Route] = []
        self._named: dict[str, list[Route]] = {}
        for route in self._all:
            name = _first(route.path)
            if "{" in name:  # it may begin with any
                self._others.append(route)
                for named in self._named.values():
                    named.append(route)
            else:
                self._named.setdefault(name, [*self._others]).append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The first that takes path and method, else the first that takes the path."""
        found: tuple[Match, Scope] = (Match.NONE, {})
        if scope["type"] != "http":
            return found
        likely = self._named.get(_first(scope["path"]), self._others)
        for route in self._all if scope.get("root_path") else likely:
            match, child = route.matches(scope)
            if match is Match.FULL:
                return match, {**child, "route": route}
            if match is Match.PARTIAL and found[0] is Match.NONE:
                found = match, {**child, "route": route}
        return found

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the route that was found."""
        await scope["route"].handle(scope, receive, send)


def _first(path: str) -> str:
    """What stands between the first two slashes."""
    return path[1:].partition("/")[0]
