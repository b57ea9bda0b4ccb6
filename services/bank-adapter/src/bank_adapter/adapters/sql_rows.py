"""From the ledger's rows back to the nouns."""

from __future__ import annotations

from typing import Any

from bank_adapter.domain.attempt import Attempt, AttemptKind, AttemptResult
from bank_adapter.domain.bank_notification import BankNotification, Handling
from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.money import Money
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer, TransferEvent
from bank_adapter.domain.verdict import Verdict

_ORDER = (
    "bank_partner_reference_no",
    "source_account_no",
    "beneficiary_account_no",
    "beneficiary_account_name",
    "beneficiary_bank_code",
    "beneficiary_email",
    "remark",
    "beneficiary_address",
    "beneficiary_residence",
    "beneficiary_type",
    "purpose_code",
    "economic_activity",
    "transaction_purpose",
    "inquiry_session",
)


def to_transfer(row: Any) -> Transfer:
    found = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public way to a mapping
    order = PaymentOrder(
        rail=Rail(found.pop("rail")),
        amount=Money(found.pop("amount_minor"), found.pop("currency")),
        **{name: found.pop(name) for name in _ORDER},
    )
    state = State(found.pop("state"))
    return Transfer(order=order, state=state, **found)


def to_attempt(row: Any) -> Attempt:
    found = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public way to a mapping
    message = WireMessage(
        service_code=found.pop("service_code"),
        method=found.pop("method"),
        path=found.pop("path"),
        body=found.pop("body"),
        transaction_date=found.pop("transaction_date"),
    )
    del found["body_sha256"]
    verdict = found.pop("verdict")
    return Attempt(
        message=message,
        kind=AttemptKind(found.pop("kind")),
        result=AttemptResult(found.pop("result")),
        verdict=Verdict(verdict) if verdict else None,
        **found,
    )


def to_event(row: Any) -> TransferEvent:
    return TransferEvent(**row._mapping)  # noqa: SLF001  SQLAlchemy's public way to a mapping


def to_notification(row: Any) -> BankNotification:
    found = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public way to a mapping
    return BankNotification(
        rejected=bool(found.pop("rejected")), handling=Handling(found.pop("handling")), **found
    )
