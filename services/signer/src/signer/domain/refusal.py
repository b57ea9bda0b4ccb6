"""Why the signer says no.

A refusal is a decision, not a fault: it is written to the journal and told to
the caller with a reason from the house's closed list. It never carries key
material, a token or the string to sign.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Names of gerbang.common.v1.ErrorReason without their prefix."""

    INVALID_FIELD = "INVALID_FIELD"
    MISSING_FIELD = "MISSING_FIELD"
    KEY_NOT_ALLOWED = "KEY_NOT_ALLOWED"
    KEY_NOT_FOUND = "KEY_NOT_FOUND"
    KEY_STATE = "KEY_STATE"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    TIMESTAMP_OUT_OF_RANGE = "TIMESTAMP_OUT_OF_RANGE"
    RATE_LIMITED = "RATE_LIMITED"
    REPLAYED = "REPLAYED"
    SEALED = "SEALED"
    UNAVAILABLE = "UNAVAILABLE"


class Refusal(Exception):  # noqa: N818 - a refusal is a verdict, not an error
    """The signer's no.

    Args:
        reason: one of the closed list.
        message: one sentence for the caller; no secret in it.
        field: path of the field at fault, for INVALID_FIELD and MISSING_FIELD.
    """

    def __init__(self, reason: Reason, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.field = field


def invalid(field: str, message: str) -> Refusal:
    return Refusal(Reason.INVALID_FIELD, f"{field} {message}", field=field)
