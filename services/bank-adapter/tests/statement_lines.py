"""Makes transfers and statement lines for the tests of the matching rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bank_adapter.domain.bank_day import JAKARTA
from bank_adapter.domain.money import Money
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.statement_line import NumberedLine, StatementLine, number_lines
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer
from msgspec.structs import replace

NOON = datetime(2026, 1, 5, 12, tzinfo=JAKARTA)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def paid(
    name: str,
    *,
    state: State = State.SETTLED,
    at: datetime = NOON,
    minor: int = 100_000,
    **order: str,
) -> Transfer:
    """A payment, settled in the moment it was made."""
    at_us = int(at.timestamp() * 1_000_000)
    fields = {
        "bank_partner_reference_no": f"20260105{name:0>16}",
        "source_account_no": "1234567890",
        "beneficiary_account_no": "8010001575",
        **order,
    }
    return Transfer(
        transfer_id=name,
        client_id="erp",
        partner_reference_no=name,
        idempotency_key=name,
        fingerprint=b"f" * 32,
        twin=b"t" * 32,
        bank="bca",
        bank_identity="bca/x",
        order=PaymentOrder(rail=Rail.INTRABANK, amount=Money(minor, "IDR"), **fields),
        rail_reason="REQUESTED",
        state=state,
        version=1,
        event_count=4,
        created_us=at_us,
        updated_us=at_us,
        send_by_us=at_us,
    )


def settled_by(transfer: Transfer, reason: str) -> Transfer:
    return replace(transfer, state_reason=reason)


def line(
    remark: str, *, at: datetime | None = NOON + HOUR, minor: int = 100_000, debit: bool = True
) -> StatementLine:
    return StatementLine(amount=Money(minor, "IDR"), debit=debit, at=at, remark=remark)


def numbered(*lines: StatementLine) -> Sequence[NumberedLine]:
    return number_lines("bca", "1234567890", lines)
