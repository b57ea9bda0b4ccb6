"""Finds the route of a request: exact paths by one look-up, paths with parameters by pattern."""

import re
from collections.abc import Iterable

from simulator import codes
from simulator.exchange import Call, Reply, Route

_UNKNOWN_SERVICE = "00"


class Routes:
    """All routes of all dialects. A path with `{name}` members is matched by pattern."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._exact: dict[str, Route] = {}
        self._patterns: list[tuple[re.Pattern[str], Route]] = []
        for route in routes:
            if "{" in route.path:
                self._patterns.append((_pattern(route.path), route))
            else:
                self._exact[route.path] = route

    def find(self, call: Call) -> Route | Reply:
        """The route, with `call.parameters` set, or the answer for a path nobody serves."""
        route = self._exact.get(call.path)
        if route is None:
            route = self._by_pattern(call)
        if route is None:
            return _unknown(404, _UNKNOWN_SERVICE, "Unknown path")
        if call.method != route.method:
            return _unknown(405, route.service, codes.message(405, "00"))
        return route

    def _by_pattern(self, call: Call) -> Route | None:
        path = call.path.partition("?")[0]
        for pattern, route in self._patterns:
            found = pattern.fullmatch(path)
            if found is not None:
                call.parameters = found.groupdict()
                return route
        return None


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", path)
    literal = [re.escape(part) for part in parts[::2]]
    named = [f"(?P<{name}>[^/]+)" for name in parts[1::2]]
    text = literal[0]
    for name, rest in zip(named, literal[1:], strict=True):
        text += name + rest
    return re.compile(text)


def _unknown(status: int, service: str, message: str) -> Reply:
    code = codes.response_code(status, service, "00")
    return Reply(status, {"responseCode": code, "responseMessage": message})
