"""Refusals as the errors of the house."""

import contextlib
from collections.abc import Iterator

import grpc
from servicekit.errors import ServiceError

from signer.domain.refusal import Reason, Refusal

_CODES: dict[Reason, grpc.StatusCode] = {
    Reason.INVALID_FIELD: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.MISSING_FIELD: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.KEY_NOT_ALLOWED: grpc.StatusCode.PERMISSION_DENIED,
    Reason.KEY_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.KEY_STATE: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.SIGNATURE_INVALID: grpc.StatusCode.PERMISSION_DENIED,
    Reason.TIMESTAMP_OUT_OF_RANGE: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.RATE_LIMITED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.REPLAYED: grpc.StatusCode.PERMISSION_DENIED,
    Reason.SEALED: grpc.StatusCode.UNAVAILABLE,
    Reason.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
}


def service_error(refusal: Refusal) -> ServiceError:
    return ServiceError(
        _CODES[refusal.reason], refusal.reason.value, refusal.message, field=refusal.field
    )


@contextlib.contextmanager
def as_service_errors() -> Iterator[None]:
    """Inside it, a Refusal leaves as a ServiceError."""
    try:
        yield
    except Refusal as refusal:
        raise service_error(refusal) from None
