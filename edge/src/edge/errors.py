"""Every error that the edge answers by itself, in the one JSON shape.

    {"code": 7, "message": "...", "details": [{"@type": "type.googleapis.com/
     google.rpc.ErrorInfo", "reason": "...", "domain": "gerbang"}]}

The services answer in the same shape by way of the transcoder. Reasons are
names of `gerbang.common.v1.ErrorReason`. When each one is given is in
`local_replies.py` and `routes.py`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

Headers = Sequence[tuple[str, str]]

ERROR_INFO: Final = "type.googleapis.com/google.rpc.ErrorInfo"
DOMAIN: Final = "gerbang"

# Numbers of google.rpc.Code.
INVALID_ARGUMENT: Final = 3
DEADLINE_EXCEEDED: Final = 4
NOT_FOUND: Final = 5
PERMISSION_DENIED: Final = 7
RESOURCE_EXHAUSTED: Final = 8
UNIMPLEMENTED: Final = 12
INTERNAL: Final = 13
UNAVAILABLE: Final = 14
UNAUTHENTICATED: Final = 16

_RETRY_SOON: Final = (("retry-after", "1"),)
# RFC 6750 section 3: no error code when no token was sent.
_CHALLENGE: Final = (("www-authenticate", 'Bearer realm="gerbang"'),)
_CHALLENGE_INVALID: Final = (("www-authenticate", 'Bearer realm="gerbang", error="invalid_token"'),)


def shape(code: int, reason: str, message: str) -> dict[str, Any]:
    """A google.rpc.Status in JSON, as the transcoder writes it too."""
    info = {"@type": ERROR_INFO, "reason": reason, "domain": DOMAIN}
    return {"code": code, "message": message, "details": [info]}


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeError:
    """An answer of the edge. `status` is HTTP's, `code` is google.rpc.Code's."""

    status: int
    code: int
    reason: str
    message: str
    headers: Headers = ()

    def body(self) -> str:
        return json.dumps(shape(self.code, self.reason, self.message), separators=(",", ":"))


def _bad_request(reason: str, message: str, *, status: int = 400) -> EdgeError:
    return EdgeError(status=status, code=INVALID_ARGUMENT, reason=reason, message=message)


def _unauthenticated(message: str, challenge: Headers = _CHALLENGE_INVALID) -> EdgeError:
    return EdgeError(
        status=401,
        code=UNAUTHENTICATED,
        reason="UNAUTHENTICATED",
        message=message,
        headers=challenge,
    )


def _forbidden(reason: str, message: str) -> EdgeError:
    return EdgeError(status=403, code=PERMISSION_DENIED, reason=reason, message=message)


def _unavailable(message: str) -> EdgeError:
    return EdgeError(
        status=503,
        code=UNAVAILABLE,
        reason="UNAVAILABLE",
        message=message,
        headers=_RETRY_SOON,
    )


# What is asked for.
NOT_HERE: Final = EdgeError(
    status=404, code=NOT_FOUND, reason="NOT_FOUND", message="There is nothing at this path."
)
METHOD_NOT_ALLOWED: Final = EdgeError(
    status=405,
    code=UNIMPLEMENTED,
    reason="NOT_FOUND",
    message="This path has no such method; see the Allow header.",
)
OLD_HTTP: Final = EdgeError(
    status=426, code=UNIMPLEMENTED, reason="INVALID_FIELD", message="Speak HTTP/1.1 or HTTP/2."
)

# The request itself.
MALFORMED: Final = _bad_request("INVALID_FIELD", "This is not a well-formed HTTP request.")
QUERY_NOT_ALLOWED: Final = _bad_request(
    "QUERY_NOT_ALLOWED", "This call takes no query parameters; send every field in the body."
)
QUERY_REPEATED: Final = _bad_request("REPEATED_FIELD", "A query parameter stands there twice.")
BODY_TOO_LARGE: Final = _bad_request(
    "BODY_TOO_LARGE", "The body is larger than this gateway takes.", status=413
)
CONTENT_TYPE: Final = _bad_request(
    "UNSUPPORTED_CONTENT_TYPE", "This content type is not taken here.", status=415
)
HEADERS_TOO_LARGE: Final = _bad_request(
    "LIMIT_EXCEEDED", "The request headers are too many or too large.", status=431
)


def query_unknown(names: Sequence[str]) -> EdgeError:
    takes = ", ".join(names) if names else "none"
    return _bad_request(
        "UNKNOWN_FIELD", f"A query parameter is not known. This call takes: {takes}."
    )


# Who asks.
NO_TOKEN: Final = _unauthenticated("A bearer token is needed.", _CHALLENGE)
TOKEN_EXPIRED: Final = _unauthenticated("The token has expired; ask for a new one.")
TOKEN_AUDIENCE: Final = _unauthenticated("The token is for another audience.")
TOKEN_INVALID: Final = _unauthenticated("The token is not valid.")
ORIGIN_NOT_ALLOWED: Final = _forbidden(
    "ORIGIN_NOT_ALLOWED",
    "Send exactly one Origin header, byte for byte one of the registered ones.",
)
ADDRESS_NOT_ALLOWED: Final = _forbidden("CALLER_NOT_ALLOWED", "This address may not call here.")
FORBIDDEN: Final = _forbidden("CALLER_NOT_ALLOWED", "This call is not allowed.")
RATE_LIMITED: Final = EdgeError(
    status=429,
    code=RESOURCE_EXHAUSTED,
    reason="RATE_LIMITED",
    message="Too many requests; wait and send the same request again.",
    headers=_RETRY_SOON,
)


def scope_missing(scope: str) -> EdgeError:
    return _forbidden("SCOPE_MISSING", f"The token lacks the scope {scope}.")


# The house.
NO_KEYS: Final = _unavailable(
    "Tokens cannot be verified now; send the same request again later.",
)
UNAVAILABLE_NOW: Final = _unavailable(
    "A part of the gateway is not available; send the same request again later.",
)
TOO_SLOW_REQUEST: Final = EdgeError(
    status=408,
    code=DEADLINE_EXCEEDED,
    reason="DEADLINE_EXCEEDED",
    message="The request did not arrive in time.",
)
NO_ANSWER_IN_TIME: Final = EdgeError(
    status=504,
    code=DEADLINE_EXCEEDED,
    reason="DEADLINE_EXCEEDED",
    message="No answer in time. A transfer may be under way: ask for it by its reference.",
)
FAILED: Final = EdgeError(
    status=500, code=INTERNAL, reason="INTERNAL", message="The gateway failed."
)
