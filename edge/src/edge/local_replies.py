"""Which of Envoy's own refusals becomes which answer.

Envoy says why it refused in its response code details. They are matched here
(CEL over Envoy's attributes) and stay inside; the first condition that holds
wins.
"""

from __future__ import annotations

from typing import Final

from edge import errors
from edge.access import ADDRESS_RULE, CONNECT_RULE, HOST_RULE, ORIGIN_RULE, SCOPE_RULE
from edge.envoy_types import Config, extension
from edge.errors import EdgeError
from edge.surface import DASHBOARD_PREFIX, LOGIN_PATH, scopes


def _details(start: str) -> str:
    return f"response.code_details.startsWith({start!r})"


def _rule(name: str) -> str:
    return _details(f"rbac_access_denied_matched_policy[{name}")


def _token(fault: str) -> str:
    return _details(f"jwt_authn_access_denied{{{fault}")


def _status(code: int) -> str:
    return f"response.code == {code}"


_ANSWERS: Final[tuple[tuple[str, EdgeError], ...]] = (
    (_token("Jwt_is_missing"), errors.NO_TOKEN),
    (_token("Jwt_is_expired"), errors.TOKEN_EXPIRED),
    (_token("Audiences_in_Jwt"), errors.TOKEN_AUDIENCE),
    # auth was never reached since the start. Not the fault of the token, and
    # a client must not throw it away for it.
    (_token("Jwks_remote_fetch"), errors.NO_KEYS),
    (_token(""), errors.TOKEN_INVALID),
    (_rule(ORIGIN_RULE), errors.ORIGIN_NOT_ALLOWED),
    (_rule(ADDRESS_RULE), errors.ADDRESS_NOT_ALLOWED),
    (_rule(HOST_RULE), errors.MALFORMED),
    (_rule(CONNECT_RULE), errors.METHOD_NOT_ALLOWED),
    *((_rule(f"{SCOPE_RULE}_{scope}]"), errors.scope_missing(scope)) for scope in scopes()),
    # Not the early one: an answer of a service that could not be passed on.
    (_details("grpc_json_transcode_failure"), errors.FAILED),
    (_status(400), errors.MALFORMED),
    (_status(401), errors.TOKEN_INVALID),
    (_status(403), errors.FORBIDDEN),
    (_status(404), errors.NOT_HERE),
    (_status(405), errors.METHOD_NOT_ALLOWED),
    (_status(408), errors.TOO_SLOW_REQUEST),
    (_status(413), errors.BODY_TOO_LARGE),
    (_status(415), errors.CONTENT_TYPE),
    (_status(426), errors.OLD_HTTP),
    (_status(429), errors.RATE_LIMITED),
    (_status(431), errors.HEADERS_TOO_LARGE),
    (_status(503), errors.UNAVAILABLE_NOW),
    (_status(504), errors.NO_ANSWER_IN_TIME),
)

_AS_WRITTEN: Final[Config] = {
    "text_format_source": {"inline_string": "%LOCAL_REPLY_BODY%"},
    "content_type": "application/json",
}


def _when(expression: str) -> Config:
    return {
        "extension_filter": extension(
            "envoy.access_loggers.extension_filters.cel",
            "extensions.access_loggers.filters.cel.v3.ExpressionFilter",
            expression=expression,
        )
    }


def _headers(headers: errors.Headers) -> Config:
    if not headers:
        return {}
    return {
        "headers_to_add": [
            {
                "header": {"key": name, "value": value},
                "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
            }
            for name, value in headers
        ]
    }


def _answer(condition: str, error: EdgeError) -> Config:
    return {
        "filter": _when(condition),
        "status_code": error.status,
        "body": {"inline_string": error.body()},
        "body_format_override": _AS_WRITTEN,
        **_headers(error.headers),
    }


def _to_login() -> Config:
    """A browser without a good cookie is shown the way in, not an error."""
    on_dashboard = f"request.path.startsWith({DASHBOARD_PREFIX!r})"
    return {
        "filter": _when(f"{_token('')} && {on_dashboard}"),
        "status_code": 303,
        "body_format_override": {"text_format_source": {"inline_string": "\n"}},
        **_headers([("location", LOGIN_PATH)]),
    }


def _direct_responses() -> Config:
    """A route that answers by itself brings its body in the right shape."""
    return {
        "filter": _when("response.code_details == 'direct_response'"),
        "body_format_override": _AS_WRITTEN,
    }


def _not_transcodable() -> Config:
    """A value in the query that does not fit its field.

    The transcoder's own sentence names the field, in words of the contract
    only.
    """
    body = errors.shape(errors.INVALID_ARGUMENT, "INVALID_FIELD", "%LOCAL_REPLY_BODY%")
    return {
        "filter": _when(_details("early_grpc_json_transcode_failure")),
        "status_code": 400,
        "body_format_override": {"json_format": body},
    }


def local_reply_config() -> Config:
    """How Envoy's own answers are written, for the whole listener."""
    return {
        "mappers": [
            _to_login(),
            _direct_responses(),
            _not_transcodable(),
            *(_answer(condition, error) for condition, error in _ANSWERS),
        ],
        "body_format": {
            "text_format_source": {"inline_string": errors.FAILED.body()},
            "content_type": "application/json",
        },
    }
