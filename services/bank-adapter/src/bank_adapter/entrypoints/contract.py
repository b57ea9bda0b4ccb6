"""From the contract to the use cases and back. Nothing here decides."""

from __future__ import annotations

import base64
import binascii
import json

from gerbang.bank_adapter.v1 import transfer_pb2
from gerbang.bank_adapter.v1.account_service_pb2 import Balance
from gerbang.bank_adapter.v1.transfer_service_pb2 import CreateTransferRequest
from gerbang.common.v1.money_pb2 import Money as MoneyMessage
from google.protobuf.timestamp_pb2 import Timestamp
from servicekit.call import Call

from bank_adapter.application.ports.ledger import PagePosition
from bank_adapter.application.transfer_request import InvalidFieldError, TransferRequest
from bank_adapter.domain.attempt import Attempt
from bank_adapter.domain.late_rejection import is_questioned
from bank_adapter.domain.money import InvalidMoneyError, Money
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.states import INQUIRED, PUBLIC, State
from bank_adapter.domain.transfer import Transfer, TransferEvent
from bank_adapter.drivers.protocol import BalanceReading
from bank_adapter.limits import PAGE_DEFAULT, PAGE_MOST

_MICROSECONDS = 1_000_000
# What breaks ties in any of the lists: an id, a digest, a bank with its account.
_POSITION_CHARACTERS = 72


class InvalidPageTokenError(ValueError):
    """The page token is not one of ours, or belongs to another kind of list."""


def to_request(message: CreateTransferRequest, call: Call, *, default_bank: str) -> TransferRequest:
    """Raises InvalidFieldError for what is not even a payment."""
    if not message.HasField("amount"):
        raise InvalidFieldError("amount", "is required", missing=True)
    return TransferRequest(
        client_id=call.caller.client_id or "",
        allowed_accounts=call.caller.accounts,
        idempotency_key=call.metadata.get("idempotency-key", "") or message.partner_reference_no,
        partner_reference_no=message.partner_reference_no,
        bank=message.bank or default_bank,
        amount=from_money(message.amount),
        source_account_no=message.source_account_no,
        beneficiary_account_no=message.beneficiary_account_no,
        beneficiary_account_name=message.beneficiary_account_name,
        beneficiary_bank_code=message.beneficiary_bank_code,
        beneficiary_email=message.beneficiary_email,
        remark=message.remark,
        rail=from_rail(message.rail),
        trace_id=call.trace_id[:64],
        beneficiary_address=message.beneficiary_address,
        beneficiary_residence=message.beneficiary_customer_residence,
        beneficiary_type=message.beneficiary_customer_type,
        purpose_code=message.purpose_code,
        economic_activity=message.economic_activity,
        transaction_purpose=message.transaction_purpose,
        allow_duplicate=message.allow_duplicate,
    )


def to_message(
    transfer: Transfer,
    *,
    replayed: bool = False,
    attempts: tuple[Attempt, ...] = (),
    events: tuple[TransferEvent, ...] = (),
) -> transfer_pb2.Transfer:
    """The transfer as the ERP sees it."""
    order = transfer.order
    return transfer_pb2.Transfer(
        transfer_id=transfer.transfer_id,
        state=transfer_pb2.Transfer.State.Value(transfer.public_state.value),
        state_reason=_reason(transfer),
        partner_reference_no=transfer.partner_reference_no,
        bank_partner_reference_no=order.bank_partner_reference_no,
        bank=transfer.bank,
        rail=transfer_pb2.Rail.Value(order.rail.value),
        rail_reason=transfer.rail_reason,
        amount=to_money(order.amount),
        source_account_no=order.source_account_no,
        beneficiary_account_no=order.beneficiary_account_no,
        beneficiary_account_name=order.beneficiary_account_name,
        beneficiary_bank_code=order.beneficiary_bank_code,
        beneficiary_email=order.beneficiary_email,
        remark=order.remark,
        beneficiary_address=order.beneficiary_address,
        beneficiary_customer_residence=order.beneficiary_residence,
        beneficiary_customer_type=order.beneficiary_type,
        purpose_code=order.purpose_code,
        economic_activity=order.economic_activity,
        transaction_purpose=order.transaction_purpose,
        bank_reference_no=transfer.bank_reference_no,
        network_reference_no=transfer.network_reference_no,
        response_code=transfer.response_code,
        response_message=transfer.response_message,
        create_time=to_timestamp(transfer.created_us),
        update_time=to_timestamp(transfer.updated_us),
        replayed=replayed,
        possible_duplicate_of=transfer.possible_duplicate_of,
        beneficiary_name_check=transfer.beneficiary_name_check,
        next_inquiry_time=to_timestamp(transfer.next_action_us)
        if transfer.next_action_us and (transfer.state in INQUIRED or is_questioned(transfer))
        else None,
        reconcile_time=to_timestamp(transfer.reconciled_us) if transfer.reconciled_us else None,
        attempts=[to_attempt(attempt) for attempt in attempts],
        events=[_event(event) for event in events],
    )


def _reason(transfer: Transfer) -> str:
    if transfer.state is State.CANCELLED:
        return "CANCELLED"
    return transfer.state_reason


def to_attempt(attempt: Attempt) -> transfer_pb2.Attempt:
    return transfer_pb2.Attempt(
        attempt_id=attempt.attempt_id,
        kind=transfer_pb2.Attempt.Kind.Value(attempt.kind.value),
        service_code=attempt.message.service_code,
        external_id=attempt.external_id,
        start_time=to_timestamp(attempt.started_us),
        end_time=to_timestamp(attempt.ended_us) if attempt.ended_us else None,
        result=transfer_pb2.Attempt.Result.Value(attempt.result.value),
        http_status=attempt.http_status,
        response_code=attempt.response_code,
        verdict=attempt.verdict.value if attempt.verdict is not None else "",
    )


def _event(event: TransferEvent) -> transfer_pb2.TransferEvent:
    return transfer_pb2.TransferEvent(
        sequence=event.sequence,
        occur_time=to_timestamp(event.at_us),
        kind=event.event or "NOTE",
        from_state=event.from_state,
        to_state=event.to_state,
        reason=event.reason,
        attempt_id=event.attempt_id,
        actor=event.actor,
    )


def from_rail(number: transfer_pb2.Rail.ValueType) -> Rail | None:
    """None for AUTO, said or not. Raises InvalidFieldError."""
    if number not in transfer_pb2.Rail.values():
        raise InvalidFieldError("rail", "is not a rail")
    if number in {transfer_pb2.RAIL_UNSPECIFIED, transfer_pb2.AUTO}:
        return None
    return Rail(transfer_pb2.Rail.Name(number))


def from_money(message: MoneyMessage) -> Money:
    """Raises InvalidFieldError naming the part at fault."""
    for name in ("value", "currency"):
        if not getattr(message, name):
            raise InvalidFieldError(f"amount.{name}", "is required", missing=True)
    try:
        return Money.parse(message.value, message.currency)
    except InvalidMoneyError as error:
        raise InvalidFieldError(f"amount.{error.field}", str(error)) from None


def to_money(money: Money) -> MoneyMessage:
    return MoneyMessage(value=money.value, currency=money.currency)


def to_balance(reading: BalanceReading, *, account_no: str, bank: str, read_us: int) -> Balance:
    def money(amount: Money | None) -> MoneyMessage | None:
        return to_money(amount) if amount is not None else None

    return Balance(
        account_no=account_no,
        account_name=reading.account_name,
        bank=bank,
        amount=money(reading.amount),
        available_balance=money(reading.available),
        hold_amount=money(reading.hold),
        float_amount=money(reading.floating),
        read_time=to_timestamp(read_us),
    )


def to_timestamp(at_us: int) -> Timestamp:
    seconds, micros = divmod(at_us, _MICROSECONDS)
    return Timestamp(seconds=seconds, nanos=micros * 1000)


def from_timestamp(timestamp: Timestamp, field: str) -> int:
    """Microseconds since the epoch; 0 for an unset one. Raises InvalidFieldError."""
    try:
        return max(timestamp.ToMicroseconds(), 0)
    except ValueError:
        raise InvalidFieldError(field, "is not an instant") from None


def internal_states(public: int) -> frozenset[State]:
    """The internal states behind a public one of the contract."""
    if public == transfer_pb2.Transfer.STATE_UNSPECIFIED:
        return frozenset()
    try:
        name = transfer_pb2.Transfer.State.Name(public)  # type: ignore[arg-type]
    except ValueError:
        raise InvalidFieldError("state", "is not a state") from None
    return frozenset(state for state, seen in PUBLIC.items() if seen.value == name)


def page_size(wanted: int) -> int:
    """Raises InvalidFieldError. 0 is the default, more than the most is the most."""
    if wanted < 0:
        raise InvalidFieldError("pageSize", "must not be negative")
    return min(wanted or PAGE_DEFAULT, PAGE_MOST)


def to_page_token(position: PagePosition, kind: str) -> str:
    """Opaque to clients: which list, the sort key, the id."""
    text = json.dumps([kind, position.at_us, position.transfer_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def from_page_token(token: str, kind: str) -> PagePosition | None:
    """None for an empty token. Raises InvalidPageTokenError."""
    if not token:
        return None
    try:
        padded = token + "=" * (-len(token) % 4)
        text = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
        found_kind, at_us, transfer_id = json.loads(text)
    except (ValueError, binascii.Error, TypeError, UnicodeError):
        raise InvalidPageTokenError from None
    right_types = type(at_us) is int and isinstance(transfer_id, str)
    if (
        found_kind != kind
        or not right_types
        or len(transfer_id) > _POSITION_CHARACTERS
        or at_us < 0
    ):
        raise InvalidPageTokenError
    return PagePosition(at_us=at_us, transfer_id=transfer_id)
