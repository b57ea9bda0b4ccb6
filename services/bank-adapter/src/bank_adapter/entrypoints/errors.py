"""The use cases' errors as the contract's: stable reasons, no bank text."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import grpc
from servicekit.errors import (
    ServiceError,
    already_exists,
    failed_precondition,
    invalid_argument,
    invalid_field,
    not_found,
    permission_denied,
    resource_exhausted,
    unavailable,
)

from bank_adapter.application.ask_about_accounts import BankSaidNoError
from bank_adapter.application.cancel_transfer import NotCancellableError
from bank_adapter.application.check_name import NameMismatchError
from bank_adapter.application.create_transfer import (
    KeyUsedError,
    PossibleDuplicateError,
    TooBusyError,
)
from bank_adapter.application.ports.ledger import OvertakenError, UnavailableError
from bank_adapter.application.ports.staged_key import SignerSaidNoError
from bank_adapter.application.read_transfers import TransferNotFoundError
from bank_adapter.application.reconcile_daily import NotReconciledError, ReconcilingNowError
from bank_adapter.application.transfer_request import AccountNotAllowedError, InvalidFieldError
from bank_adapter.domain.approving import NotApprovableError
from bank_adapter.domain.rail_choice import (
    NoRailFitsError,
    RailClosedError,
    RailLimitError,
    UnsupportedRailError,
)
from bank_adapter.domain.resolving import NotResolvableError
from bank_adapter.domain.spending_limit import LimitExceededError
from bank_adapter.domain.verdict import Verdict
from bank_adapter.drivers.protocol import InvalidOrderError, UnsupportedServiceError
from bank_adapter.entrypoints.contract import InvalidPageTokenError

_HTTP_NOT_FOUND = 404


@contextlib.contextmanager
def as_service_errors() -> Iterator[None]:
    """Inside it, an error of a use case leaves as a ServiceError."""
    try:
        yield
    except ServiceError:
        raise
    except Exception as error:
        known = _translate(error)
        if known is None:
            raise
        raise known from error


def _translate(error: Exception) -> ServiceError | None:
    return (
        _of_the_request(error)
        or _of_the_rail(error)
        or _of_the_policy(error)
        or _of_the_transfer(error)
        or _of_the_house(error)
        or _of_those_we_ask(error)
    )


def _of_the_request(error: Exception) -> ServiceError | None:
    """What was asked is wrong in itself."""
    match error:
        case InvalidFieldError():
            reason = "MISSING_FIELD" if error.missing else "INVALID_FIELD"
            return invalid_argument(reason, str(error), error.field)
        case InvalidOrderError():
            return invalid_field(error.field, str(error))
        case InvalidPageTokenError():
            return invalid_argument("INVALID_PAGE_TOKEN", "was not given by this list", "pageToken")
        case AccountNotAllowedError():
            return permission_denied(
                "ACCOUNT_NOT_ALLOWED", "this client may not use this account at this bank"
            )
        case _:
            return None


def _of_the_rail(error: Exception) -> ServiceError | None:
    """The bank has no way for it, or none now."""
    match error:
        case NoRailFitsError() if error.field:
            return invalid_field(error.field, str(error))
        case (
            UnsupportedRailError()
            | UnsupportedServiceError()
            | NoRailFitsError()
            | NotReconciledError()
        ):
            return failed_precondition("UNSUPPORTED_BY_BANK", str(error))
        case RailLimitError():
            return permission_denied("LIMIT_EXCEEDED", str(error))
        case RailClosedError():
            return ServiceError(
                grpc.StatusCode.FAILED_PRECONDITION,
                "RAIL_CLOSED",
                str(error),
                metadata={"rail": error.rail.value, "hours": error.hours},
            )
        case _:
            return None


def _of_the_policy(error: Exception) -> ServiceError | None:
    """The house does not want it so."""
    match error:
        case LimitExceededError():
            return ServiceError(
                grpc.StatusCode.PERMISSION_DENIED,
                "LIMIT_EXCEEDED",
                str(error),
                metadata={"limit": error.name, "left": error.left},
            )
        case NameMismatchError():
            return failed_precondition(
                "NAME_MISMATCH", "the bank knows the beneficiary account under another name"
            )
        case _:
            return None


def _of_the_transfer(error: Exception) -> ServiceError | None:
    """What was asked does not fit what is there."""
    match error:
        case KeyUsedError():
            metadata = {"transferId": error.transfer.transfer_id, "field": error.field}
            return already_exists(
                "IDEMPOTENCY_CONFLICT",
                f"{error.field} belongs to transfer {error.transfer.transfer_id}, "
                "which is another payment or came under another key",
                metadata,
            )
        case PossibleDuplicateError():
            return already_exists(
                "POSSIBLE_DUPLICATE",
                f"transfer {error.transfer.transfer_id} looks the same and is not resolved; "
                "wait for it, or say allowDuplicate",
                {"transferId": error.transfer.transfer_id},
            )
        case NotCancellableError():
            return ServiceError(
                grpc.StatusCode.ABORTED,
                "TRANSFER_STATE",
                "the transfer is on its way or at its end and cannot be cancelled",
                metadata={"state": error.transfer.public_state.value},
            )
        case NotResolvableError() | NotApprovableError():
            return ServiceError(
                grpc.StatusCode.ABORTED,
                "TRANSFER_STATE",
                str(error),
                metadata={"state": error.transfer.public_state.value},
            )
        case TransferNotFoundError():
            return not_found("transfer")
        case _:
            return None


def _of_the_house(error: Exception) -> ServiceError | None:
    """It cannot be done now."""
    match error:
        case TooBusyError():
            return resource_exhausted("too many transfers are under way; try again soon")
        case OvertakenError():
            return unavailable("the transfer is being changed; try again")
        case ReconcilingNowError():
            return unavailable("another run has the account now; try again soon")
        case UnavailableError():
            return unavailable("the ledger did not answer; repeat the request with the same key")
        case _:
            return None


def _of_those_we_ask(error: Exception) -> ServiceError | None:
    """The bank or the signer."""
    match error:
        case BankSaidNoError():
            return _bank_said_no(error)
        case SignerSaidNoError():
            return _signer_said_no(error)
        case _:
            return None


def _signer_said_no(error: SignerSaidNoError) -> ServiceError:
    if error.refused:
        return failed_precondition(error.reason, f"the signer refuses: {error.message}")
    return unavailable("the signer did not answer; nothing was recorded, try again")


def _bank_said_no(error: BankSaidNoError) -> ServiceError:
    reading = error.reading
    metadata = {"responseCode": reading.response_code} if reading.response_code else {}
    match reading.verdict:
        case Verdict.NOT_SENT | Verdict.REFUSED | Verdict.REFUSED_TOKEN:
            code, reason = grpc.StatusCode.UNAVAILABLE, "BANK_UNAVAILABLE"
            message = "the bank cannot be asked now"
        case Verdict.REJECTED | Verdict.NOT_FOUND if reading.http_status == _HTTP_NOT_FOUND:
            code, reason = grpc.StatusCode.NOT_FOUND, "NOT_FOUND"
            message = "the bank does not know the account"
        case Verdict.REJECTED:
            code, reason = grpc.StatusCode.FAILED_PRECONDITION, "BANK_REFUSED"
            message = "the bank refused the question"
        case _:
            code, reason = grpc.StatusCode.UNAVAILABLE, "BANK_ANSWER_UNCLEAR"
            message = "the bank gave no usable answer"
    return ServiceError(code, reason, message, metadata=metadata)
