"""Errors that cross a service boundary: one exception, one wire shape.

On the wire an error is a google.rpc.Status with an ErrorInfo (domain "gerbang",
a reason from the closed list in common/v1) and, when a field is at fault, a
BadRequest that names it. What an error says reaches the ERP: no bank text, no
secret and no exception text belongs in it.
"""

from collections.abc import Mapping
from typing import cast

import grpc
import grpc.aio
from gerbang.common.v1.error_reason_pb2 import ErrorReason
from google.rpc import error_details_pb2, status_pb2

DOMAIN = "gerbang"
DETAILS_KEY = "grpc-status-details-bin"
_PREFIX = "ERROR_REASON_"
_REASONS = frozenset(
    value.name.removeprefix(_PREFIX) for value in ErrorReason.DESCRIPTOR.values
) - {"UNSPECIFIED"}
_BY_NUMBER: dict[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}


class ServiceError(Exception):
    """An RPC fails for a reason that the caller may know.

    `reason` is a name of ErrorReason without its prefix. `field` is the JSON
    path of the field at fault, for example "amount.value".
    """

    def __init__(
        self,
        code: grpc.StatusCode,
        reason: str,
        message: str,
        *,
        field: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        reason = reason.removeprefix(_PREFIX)
        if reason not in _REASONS:
            raise ValueError(f"{reason} is not in the closed list of reasons")
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.field = field
        self.metadata: Mapping[str, str] = dict(metadata or {})

    def __str__(self) -> str:
        where = f" ({self.field})" if self.field else ""
        return f"{self.code.name} {self.reason}{where}: {self.message}"


def to_status(error: ServiceError) -> status_pb2.Status:
    """The error as it travels."""
    status = status_pb2.Status(code=error.code.value[0], message=error.message)
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata)
    status.details.add().Pack(info)
    if error.field is not None:
        violation = error_details_pb2.BadRequest.FieldViolation(
            field=error.field, description=error.message
        )
        status.details.add().Pack(error_details_pb2.BadRequest(field_violations=[violation]))
    return status


def from_status(status: status_pb2.Status) -> ServiceError:
    """The error that a status carries.

    A status that is not ours keeps its code; its reason is UNAVAILABLE,
    DEADLINE_EXCEEDED or INTERNAL, and its text is not taken over.
    """
    code = _BY_NUMBER.get(status.code, grpc.StatusCode.UNKNOWN)
    reason, field, metadata = "", None, {}
    for detail in status.details:
        info, bad_request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info) and info.domain == DOMAIN and info.reason in _REASONS:
            reason, metadata = info.reason, dict(info.metadata)
        elif detail.Unpack(bad_request) and bad_request.field_violations:
            field = bad_request.field_violations[0].field
    if not reason:
        return _foreign(code)
    return ServiceError(code, reason, status.message, field=field, metadata=metadata)


def _foreign(code: grpc.StatusCode) -> ServiceError:
    match code:
        case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.CANCELLED:
            reason, message = "UNAVAILABLE", "a service that is needed cannot be reached"
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            reason, message = "DEADLINE_EXCEEDED", "a service that is needed did not answer in time"
        case _:
            reason, message = "INTERNAL", "a service that is needed failed"
    return ServiceError(code, reason, message)


def from_rpc_error(error: grpc.aio.AioRpcError) -> ServiceError:
    """The error that a call to one of our services ended with."""
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS_KEY:
            status = status_pb2.Status.FromString(cast("bytes", value))
            if status.code == error.code().value[0]:
                return from_status(status)
    return _foreign(error.code())


def invalid_field(field: str, message: str) -> ServiceError:
    return ServiceError(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", message, field=field)


def missing_field(field: str) -> ServiceError:
    return ServiceError(
        grpc.StatusCode.INVALID_ARGUMENT, "MISSING_FIELD", "must be given", field=field
    )


def not_found(what: str) -> ServiceError:
    """`what` names the kind of thing, for example "transfer"."""
    return ServiceError(grpc.StatusCode.NOT_FOUND, "NOT_FOUND", f"{what} not found")


def permission_denied(reason: str, message: str) -> ServiceError:
    return ServiceError(grpc.StatusCode.PERMISSION_DENIED, reason, message)


def unauthenticated(message: str) -> ServiceError:
    return ServiceError(grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED", message)


def unavailable(message: str) -> ServiceError:
    return ServiceError(grpc.StatusCode.UNAVAILABLE, "UNAVAILABLE", message)


def failed_precondition(reason: str, message: str) -> ServiceError:
    return ServiceError(grpc.StatusCode.FAILED_PRECONDITION, reason, message)


def already_exists(
    reason: str, message: str, metadata: Mapping[str, str] | None = None
) -> ServiceError:
    return ServiceError(grpc.StatusCode.ALREADY_EXISTS, reason, message, metadata=metadata)


def invalid_argument(reason: str, message: str, field: str | None = None) -> ServiceError:
    return ServiceError(grpc.StatusCode.INVALID_ARGUMENT, reason, message, field=field)


def resource_exhausted(message: str) -> ServiceError:
    return ServiceError(grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED", message)


def deadline_exceeded(message: str) -> ServiceError:
    return ServiceError(grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", message)


def internal() -> ServiceError:
    """Always the same words: what went wrong stands in our log, not in the answer."""
    return ServiceError(grpc.StatusCode.INTERNAL, "INTERNAL", "the service failed")
