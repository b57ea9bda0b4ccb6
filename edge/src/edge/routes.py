"""The route table: the REST paths of the surface, and nothing else.

For each path, in this order: a query the call does not take is refused, the
call goes to its service, any other method is refused. What no row names is
404, and so is every native gRPC request whatever its path.
There is no retry policy on any route: only the caller may send money again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edge.access import SCOPE_FILTER, scope_for_route
from edge.bindings import Binding, by_path
from edge.envoy_types import Config, duration
from edge.errors import (
    METHOD_NOT_ALLOWED,
    NOT_HERE,
    QUERY_NOT_ALLOWED,
    QUERY_REPEATED,
    EdgeError,
    query_unknown,
)
from edge.filters import (
    RATE_FILTER,
    answered_here,
    not_transcoded,
    rate_for_route,
)
from edge.settings import EdgeSettings
from edge.surface import (
    CALLBACK_PREFIX,
    DASHBOARD_PREFIX,
    JWKS_PATH,
    JWKS_RPC,
    LOGIN_PATH,
    QUESTIONS,
    SURFACE,
    TOKEN_PATH,
)

DASHBOARD_CLUSTER = "dashboard"


def _method(name: str) -> Config:
    return {"name": ":method", "string_match": {"exact": name}}


_GRPC = {"name": "content-type", "string_match": {"prefix": "application/grpc"}}
_QUERY = {"name": ":path", "string_match": {"contains": "?"}}


def _path_is(regex: str) -> Config:
    return {"name": ":path", "string_match": {"safe_regex": {"regex": regex}}}


def _answer(name: str, match: Config, error: EdgeError, headers: Sequence[Config] = ()) -> Config:
    return {
        "name": name,
        "match": match,
        "direct_response": {"status": error.status, "body": {"inline_string": error.body()}},
        "response_headers_to_add": list(headers),
        "typed_per_filter_config": answered_here(),
    }


def _forward(binding: Binding, settings: EdgeSettings) -> Config:
    """The route of one binding to its service."""
    # Credentials end here; only the token endpoint reads one (RFC 6749, Basic),
    # and for banks the token they bring, which is part of what they sign.
    reads_one = binding.template == TOKEN_PATH or binding.template.startswith(CALLBACK_PREFIX)
    removed = ["cookie"] if reads_one else ["cookie", "authorization"]
    filters: Config = {}
    scope = SURFACE[binding.rpc]
    if scope is not None:
        filters[SCOPE_FILTER] = scope_for_route(scope)
    if binding.template == TOKEN_PATH:
        filters[RATE_FILTER] = rate_for_route(settings.rates.token, "token")
    if binding.template == LOGIN_PATH and binding.mutating:
        filters[RATE_FILTER] = rate_for_route(settings.rates.login, "login")
    times = settings.times
    timeout_s = times.question_timeout_s if binding.rpc in QUESTIONS else times.route_timeout_s
    return {
        "name": binding.rpc.removeprefix("/"),
        "match": binding.path_match() | {"headers": [_method(binding.method)]},
        "route": {
            "cluster": binding.upstream,
            "timeout": duration(timeout_s),
            "host_rewrite_literal": f"{binding.upstream}.gerbang.internal",
        },
        "request_headers_to_remove": removed,
        "typed_per_filter_config": filters,
    }


def _query_routes(binding: Binding) -> Iterator[Config]:
    """Refuses what the transcoder would let through.

    It lets a query parameter override a field of the body or of the path,
    reads names percent-encoded and in snake_case, and of two with one name
    takes the last. So a query is held to the contract's names, as written.
    """
    name = f"query {binding.method} {binding.template}"
    method = _method(binding.method)
    if binding.mutating:
        match = binding.path_match() | {"headers": [method, _QUERY]}
        yield _answer(name, match, QUERY_NOT_ALLOWED)
        return
    names = "|".join(binding.query_names)
    query = f"(?:[?](?:&?(?:{names})=[^&]*)+)?" if names else ""
    known = _path_is(f"[^?]*{query}") | {"invert_match": True}
    match = binding.path_match() | {"headers": [method, known]}
    yield _answer(name, match, query_unknown(binding.query_names))
    if names:
        twice = "|".join(f"{each}=.*&{each}" for each in binding.query_names)
        repeated = _path_is(f".*[?&](?:{twice})=.*")
        match = binding.path_match() | {"headers": [method, repeated]}
        yield _answer(name, match, QUERY_REPEATED)


def _path_routes(bindings: Sequence[Binding], settings: EdgeSettings) -> Iterator[Config]:
    """Everything about one path; all bindings share its template."""
    template = bindings[0].template
    for binding in bindings:
        yield from _query_routes(binding)
        yield _forward(binding, settings)
    allow = ", ".join(sorted(binding.method for binding in bindings))
    header = {"header": {"key": "allow", "value": allow}}
    yield _answer(f"method {template}", bindings[0].path_match(), METHOD_NOT_ALLOWED, [header])


def _dashboard(settings: EdgeSettings) -> Iterator[Config]:
    """The operators' pages: plain HTTP to audit, nothing to transcode."""
    yield {
        "name": "dashboard slash",
        "match": {"path": DASHBOARD_PREFIX.removesuffix("/")},
        "redirect": {"path_redirect": DASHBOARD_PREFIX, "response_code": "SEE_OTHER"},
        "typed_per_filter_config": answered_here(),
    }
    yield {
        "name": "dashboard",
        "match": {"prefix": DASHBOARD_PREFIX},
        "route": {
            "cluster": DASHBOARD_CLUSTER,
            "timeout": duration(settings.times.route_timeout_s),
        },
        "request_headers_to_remove": ["cookie", "authorization"],
        "typed_per_filter_config": not_transcoded(),
    }


def public_routes(bindings: tuple[Binding, ...], settings: EdgeSettings) -> Config:
    """The route configuration of the public listener."""
    routes = [_answer("native gRPC", {"prefix": "/", "headers": [_GRPC]}, NOT_HERE)]
    for same_path in by_path(bindings).values():
        routes += _path_routes(same_path, settings)
    routes += _dashboard(settings)
    routes.append(_answer("nothing here", {"prefix": "/"}, NOT_HERE))
    return {
        "name": "public",
        "virtual_hosts": [{"name": "gerbang", "domains": ["*"], "routes": routes}],
    }


def jwks_routes(bindings: Sequence[Binding], settings: EdgeSettings) -> Config:
    """The loopback listener's one route: the JWKS, for this Envoy itself."""
    binding = next(each for each in bindings if each.rpc == JWKS_RPC)
    route = _forward(binding, settings)
    # No query either: exactly the one request that the token filter makes.
    route["match"] = {
        "path": JWKS_PATH,
        "headers": [_method("GET"), _QUERY | {"invert_match": True}],
    }
    return {
        "name": "jwks",
        "virtual_hosts": [
            {
                "name": "jwks",
                "domains": ["*"],
                "routes": [route, _answer("nothing here", {"prefix": "/"}, NOT_HERE)],
            }
        ],
    }
