"""Errors keep their meaning over the wire; foreign ones lose their text."""

import grpc
import grpc.aio
import pytest
from google.rpc import error_details_pb2, status_pb2
from servicekit import errors
from servicekit.errors import ServiceError, from_rpc_error, from_status, to_status


def facts(error: ServiceError) -> tuple[object, ...]:
    return (error.code, error.reason, error.message, error.field, dict(error.metadata))


@pytest.mark.parametrize(
    "error",
    [
        errors.invalid_field("amount.value", "must be positive"),
        errors.missing_field("bank"),
        errors.not_found("transfer"),
        errors.permission_denied("ACCOUNT_NOT_ALLOWED", "not yours"),
        errors.unauthenticated("a token is needed"),
        errors.unavailable("try again"),
        errors.failed_precondition("TRANSFER_STATE", "is final"),
        errors.already_exists("IDEMPOTENCY_CONFLICT", "differs", {"transferId": "t"}),
        errors.resource_exhausted("too many"),
        errors.deadline_exceeded("too slow"),
        errors.internal(),
    ],
    ids=lambda error: error.reason,
)
def test_error_survives_the_wire(error: ServiceError):
    wire = to_status(error).SerializeToString()
    assert facts(from_status(status_pb2.Status.FromString(wire))) == facts(error)


def test_details_are_in_the_shape_that_the_edge_renders():
    status = to_status(errors.invalid_field("amount.value", "must be positive"))
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    assert status.details[0].Unpack(info)
    assert status.details[1].Unpack(bad)
    assert (info.domain, info.reason) == ("gerbang", "INVALID_FIELD")
    assert bad.field_violations[0].field == "amount.value"


def test_reason_outside_the_closed_list_is_a_bug():
    with pytest.raises(ValueError, match="closed list"):
        ServiceError(grpc.StatusCode.INTERNAL, "WHATEVER", "x")
    with pytest.raises(ValueError, match="closed list"):
        ServiceError(grpc.StatusCode.INTERNAL, "UNSPECIFIED", "x")


def rpc_error(code: grpc.StatusCode, trailing: grpc.aio.Metadata) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailing, details="stack trace")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (grpc.StatusCode.UNAVAILABLE, "UNAVAILABLE"),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"),
        (grpc.StatusCode.CANCELLED, "UNAVAILABLE"),
        (grpc.StatusCode.UNKNOWN, "INTERNAL"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "INTERNAL"),
    ],
)
def test_foreign_error_keeps_its_code_and_loses_its_text(code: grpc.StatusCode, reason: str):
    error = from_rpc_error(rpc_error(code, grpc.aio.Metadata()))
    assert (error.code, error.reason) == (code, reason)
    assert "stack trace" not in error.message


def test_reason_of_another_domain_is_not_taken_over():
    status = status_pb2.Status(code=5, message="x")
    info = error_details_pb2.ErrorInfo(domain="elsewhere", reason="NOT_FOUND")
    status.details.add().Pack(info)
    assert from_status(status).reason == "INTERNAL"


def test_details_that_contradict_the_code_are_not_believed():
    wire = to_status(errors.not_found("x")).SerializeToString()
    trailing = grpc.aio.Metadata((errors.DETAILS_KEY, wire))
    error = from_rpc_error(rpc_error(grpc.StatusCode.INTERNAL, trailing))
    assert (error.code.name, error.reason) == ("INTERNAL", "INTERNAL")


def test_reason_a_newer_service_invented_is_internal_here():
    status = status_pb2.Status(code=9, message="x")
    info = error_details_pb2.ErrorInfo(domain="gerbang", reason="FROM_THE_FUTURE")
    status.details.add().Pack(info)
    error = from_status(status)
    assert (error.code.name, error.reason) == ("FAILED_PRECONDITION", "INTERNAL")
