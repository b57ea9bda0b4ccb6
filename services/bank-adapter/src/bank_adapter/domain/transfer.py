"""A transfer: the business fact, and the line it leaves behind each change."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.states import PUBLIC, PublicState, State
from bank_adapter.domain.verdict import Reading


class Transfer(Struct, frozen=True, kw_only=True):
    """One payment and where it stands.

    Instants are microseconds since the epoch. `version` guards every change
    by compare-and-set. `exposed_count` counts the attempts that may have
    reached the bank and were not refused before processing: while it is zero
    a rejection is final, afterwards it is not.
    """

    transfer_id: str
    client_id: str
    partner_reference_no: str
    idempotency_key: str
    # SHA-256 of the business fields: tells a replay from another payment.
    fingerprint: bytes
    # SHA-256 of client, source, beneficiary and amount: finds likely duplicates.
    twin: bytes
    bank: str
    bank_identity: str
    order: PaymentOrder
    rail_reason: str
    state: State
    version: int
    event_count: int
    created_us: int
    updated_us: int
    # Not sent after this instant.
    send_by_us: int
    trace_id: str = ""
    state_reason: str = ""
    # The attempt under way or last ended, who sends it and until when.
    attempt_id: str = ""
    owner_id: str = ""
    attempt_deadline_us: int = 0
    # When the worker looks at it next; 0 when there is nothing to do.
    next_action_us: int = 0
    exposed_count: int = 0
    send_count: int = 0
    token_refusal_count: int = 0
    inquiry_count: int = 0
    # Since when the bank is being asked; 0 when it is not.
    unresolved_us: int = 0
    bank_reference_no: str = ""
    network_reference_no: str = ""
    response_code: str = ""
    response_message: str = ""
    possible_duplicate_of: str = ""
    # MATCH, MISMATCH or NOT_CHECKED.
    beneficiary_name_check: str = "NOT_CHECKED"
    # The daily limits that count this transfer, joined by commas.
    limit_names: str = ""
    # When the bank's statement showed its debit; 0 before.
    reconciled_us: int = 0

    @property
    def public_state(self) -> PublicState:
        return PUBLIC[self.state]

    def with_words_of(self, reading: Reading) -> Transfer:
        """With what the bank said of it; where it said nothing, its earlier words stand."""
        return replace(
            self,
            bank_reference_no=reading.bank_reference_no or self.bank_reference_no,
            network_reference_no=reading.network_reference_no or self.network_reference_no,
            response_code=reading.response_code or self.response_code,
            response_message=reading.response_message or self.response_message,
        )


class TransferEvent(Struct, frozen=True, kw_only=True):
    """One step of a transfer's life. Appended, never changed.

    `event` is empty for a fact that moved nothing (evidence).
    """

    transfer_id: str
    sequence: int
    at_us: int
    event: str
    from_state: str
    to_state: str
    reason: str = ""
    attempt_id: str = ""
    actor: str = ""
