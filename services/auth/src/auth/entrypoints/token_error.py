"""The refusals of the token endpoint, in two languages at once.

RFC 6749 section 5.2 gives `error` and `error_description`; the house gives
`code`, `message` and `details`, as every other error at the edge has them.
"""

from dataclasses import dataclass
from typing import Any

import grpc
from servicekit.errors import DOMAIN

_TYPE = "type.googleapis.com/google.rpc."


class TokenRequestError(Exception):
    """The request gets no token; `answer` says so."""

    def __init__(self, answer: "TokenErrorAnswer") -> None:
        super().__init__(answer.reason)
        self.answer = answer


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenErrorAnswer:
    """One error. `message` is ASCII without quote and backslash (RFC 6749 5.2)."""

    status: int
    error: str
    code: grpc.StatusCode
    reason: str
    message: str
    field: str | None = None
    retry_after_s: int | None = None

    def document(self) -> dict[str, Any]:
        details: list[dict[str, Any]] = [
            {"@type": _TYPE + "ErrorInfo", "reason": self.reason, "domain": DOMAIN}
        ]
        if self.field is not None:
            violation = {"field": self.field, "description": self.message}
            details.append({"@type": _TYPE + "BadRequest", "fieldViolations": [violation]})
        return {
            "error": self.error,
            "error_description": self.message,
            "code": self.code.value[0],
            "message": self.message,
            "details": details,
        }


def invalid_request(
    reason: str, message: str, *, field: str | None = None, status: int = 400
) -> TokenRequestError:
    return TokenRequestError(
        TokenErrorAnswer(
            status=status,
            error="invalid_request",
            code=grpc.StatusCode.INVALID_ARGUMENT,
            reason=reason,
            message=message,
            field=field,
        )
    )


INVALID_CLIENT = TokenErrorAnswer(
    status=401,
    error="invalid_client",
    code=grpc.StatusCode.UNAUTHENTICATED,
    reason="INVALID_CLIENT",
    message="client id or secret is wrong",
)
NO_CREDENTIALS = TokenErrorAnswer(
    status=401,
    error="invalid_client",
    code=grpc.StatusCode.UNAUTHENTICATED,
    reason="UNAUTHENTICATED",
    message="send client id and secret by HTTP Basic or as client_id and client_secret",
)
CLIENT_DISABLED = TokenErrorAnswer(
    status=401,
    error="invalid_client",
    code=grpc.StatusCode.UNAUTHENTICATED,
    reason="INVALID_CLIENT",
    message="the client is disabled",
)
ORIGIN_NOT_ALLOWED = TokenErrorAnswer(
    status=403,
    error="unauthorized_client",
    code=grpc.StatusCode.PERMISSION_DENIED,
    reason="ORIGIN_NOT_ALLOWED",
    message="the Origin header is not one of the origins of this client",
)
SCOPE_NOT_HELD = TokenErrorAnswer(
    status=400,
    error="invalid_scope",
    code=grpc.StatusCode.INVALID_ARGUMENT,
    reason="SCOPE_MISSING",
    message="the client does not hold every scope that was asked for",
    field="scope",
)
MALFORMED_SCOPE = TokenErrorAnswer(
    status=400,
    error="invalid_scope",
    code=grpc.StatusCode.INVALID_ARGUMENT,
    reason="INVALID_FIELD",
    message="scope must be scope names parted by single blanks",
    field="scope",
)
UNSUPPORTED_GRANT = TokenErrorAnswer(
    status=400,
    error="unsupported_grant_type",
    code=grpc.StatusCode.INVALID_ARGUMENT,
    reason="INVALID_FIELD",
    message="grant_type must be client_credentials",
    field="grant_type",
)
BUSY = TokenErrorAnswer(
    status=503,
    error="temporarily_unavailable",
    code=grpc.StatusCode.UNAVAILABLE,
    reason="UNAVAILABLE",
    message="the service is busy or not ready; try again shortly",
    retry_after_s=1,
)


def too_many_failures(retry_after_s: int) -> TokenErrorAnswer:
    return TokenErrorAnswer(
        status=429,
        error="temporarily_unavailable",
        code=grpc.StatusCode.RESOURCE_EXHAUSTED,
        reason="RATE_LIMITED",
        message="too many failed attempts; wait as long as Retry-After says",
        retry_after_s=retry_after_s,
    )
