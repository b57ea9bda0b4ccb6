"""What an ERP is told when a payment is not taken: reason, status and field."""

from __future__ import annotations

import grpc
import pytest
from bank_adapter.application.check_name import NameMismatchError
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.rail_choice import (
    NoRailFitsError,
    Obstacle,
    RailClosedError,
    RailLimitError,
    UnsupportedRailError,
)
from bank_adapter.domain.spending_limit import LimitExceededError
from bank_adapter.entrypoints.errors import as_service_errors
from servicekit.errors import ServiceError

OVER = Obstacle(rail=Rail.BIFAST, message="takes no more than 250000000.00 IDR")
MISSING = Obstacle(
    rail=Rail.SKN, message="beneficiaryAddress is required", field="beneficiaryAddress"
)


def told(error: Exception) -> ServiceError:
    with pytest.raises(ServiceError) as raised, as_service_errors():
        raise error
    return raised.value


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (UnsupportedRailError("x"), "FAILED_PRECONDITION", "UNSUPPORTED_BY_BANK"),
        (NoRailFitsError([OVER]), "FAILED_PRECONDITION", "UNSUPPORTED_BY_BANK"),
        (NoRailFitsError([OVER, MISSING]), "INVALID_ARGUMENT", "INVALID_FIELD"),
        (RailLimitError(OVER), "PERMISSION_DENIED", "LIMIT_EXCEEDED"),
        (LimitExceededError("x", allows="1", left="0"), "PERMISSION_DENIED", "LIMIT_EXCEEDED"),
        (RailClosedError(OVER, hours="x"), "FAILED_PRECONDITION", "RAIL_CLOSED"),
        (NameMismatchError(), "FAILED_PRECONDITION", "NAME_MISMATCH"),
    ],
)
def test_refusal_has_a_status_and_a_reason(error: Exception, code: str, reason: str) -> None:
    answer = told(error)

    assert (answer.code, answer.reason) == (grpc.StatusCode[code], reason)


def test_missing_field_is_named() -> None:
    assert told(NoRailFitsError([OVER, MISSING])).field == "beneficiaryAddress"


def test_limit_and_hours_are_in_the_metadata() -> None:
    limit = told(LimitExceededError("daily", allows="10 a day", left="3.00 IDR"))
    closed = told(RailClosedError(OVER, hours="MON 08:00-15:30"))

    assert limit.metadata == {"limit": "daily", "left": "3.00 IDR"}
    assert closed.metadata == {"rail": "BIFAST", "hours": "MON 08:00-15:30"}
