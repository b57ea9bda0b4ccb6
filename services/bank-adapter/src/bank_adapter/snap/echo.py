"""Does the bank speak of our payment? The fields it echoes must be ours.

Only what a bank echoes is compared: a missing, null or empty field is no echo
(BCA fills what it would have produced with empty strings). A field that is
there and is not ours makes the answer UNKNOWN and raises an alarm
(transfer-rules sections 4 and 5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from msgspec.structs import replace

from bank_adapter.domain.bank_code import canonical
from bank_adapter.domain.money import Money
from bank_adapter.domain.order import PaymentOrder, SentOrder
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.snap.reply import Value

# Verdicts that do not lean on the payment: there is nothing to contradict.
_SAYS_NOTHING_OF_THE_PAYMENT = frozenset(
    {Verdict.UNKNOWN, Verdict.REFUSED, Verdict.REFUSED_TOKEN, Verdict.NOT_SENT}
)

_AMOUNT = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,2})0*)?", re.ASCII)


class Shape(Enum):
    """How an echo is compared."""

    TEXT = "text"
    AMOUNT = "amount"
    BANK_CODE = "bank code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """One fact the bank may echo, under any of `names`.

    `what` ends the reason: ECHO_MISMATCH_<what>. An empty `ours` compares
    nothing; AMOUNT compares `amount`.
    """

    what: str
    names: tuple[str, ...]
    ours: str = ""
    amount: Money | None = None
    shape: Shape = Shape.TEXT


def of_order(order: PaymentOrder) -> tuple[Echo, ...]:
    """What the answer to a transfer may echo, in the spellings of both families."""
    return (
        Echo(
            what="AMOUNT",
            names=("amount", "paidAmount"),
            amount=order.amount,
            shape=Shape.AMOUNT,
        ),
        Echo(
            what="SOURCE_ACCOUNT",
            names=("sourceAccountNo", "sourceAccount"),
            ours=order.source_account_no,
        ),
        Echo(
            what="BENEFICIARY_ACCOUNT",
            names=("beneficiaryAccountNo", "beneficiaryAccountNumber", "virtualAccountNo"),
            ours=order.beneficiary_account_no,
        ),
        Echo(
            what="BENEFICIARY_BANK",
            names=("beneficiaryBankCode",),
            ours=order.beneficiary_bank_code,
            shape=Shape.BANK_CODE,
        ),
        Echo(
            what="PARTNER_REFERENCE",
            names=("partnerReferenceNo",),
            ours=order.bank_partner_reference_no,
        ),
    )


def of_sent(sent: SentOrder, *, by_external_id: bool = True) -> tuple[Echo, ...]:
    """What the answer to a status inquiry may echo.

    A bank that is asked by our reference alone may answer with the external id
    of any of the transfer's attempts: there it is not compared.
    """
    return (
        Echo(
            what="ORIGINAL_EXTERNAL_ID",
            names=("originalExternalId",),
            ours=sent.external_id if by_external_id else "",
        ),
        Echo(
            what="ORIGINAL_PARTNER_REFERENCE",
            names=("originalPartnerReferenceNo",),
            ours=sent.order.bank_partner_reference_no,
        ),
        Echo(what="SERVICE_CODE", names=("serviceCode",), ours=sent.service_code),
        *(echo for echo in of_order(sent.order) if echo.what != "PARTNER_REFERENCE"),
    )


def compared(reading: Reading, fields: Mapping[str, Value], echoes: Sequence[Echo]) -> Reading:
    """The reading as it was, or UNKNOWN with an alarm when an echo is not ours.

    DUPLICATE keeps its verdict and gets the alarm: it settles nothing by itself.
    """
    if reading.verdict in _SAYS_NOTHING_OF_THE_PAYMENT:
        return reading
    for echo in echoes:
        if any(not _is_ours(echo, fields.get(name)) for name in echo.names):
            # A known reference stays known, whatever stands beside it.
            duplicate = reading.verdict is Verdict.DUPLICATE
            return replace(
                reading,
                verdict=Verdict.DUPLICATE if duplicate else Verdict.UNKNOWN,
                bank_reference_no="",
                network_reference_no="",
                reason=f"ECHO_MISMATCH_{echo.what}",
                alarm=True,
            )
    return reading


def _is_ours(echo: Echo, value: Value) -> bool:
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    if echo.shape is Shape.AMOUNT:
        return echo.amount is None or _is_amount(echo.amount, value)
    if not echo.ours:
        return True
    if not isinstance(value, str):
        return False
    theirs, ours = value.strip(), echo.ours.strip()
    return _is_bank(ours, theirs) if echo.shape is Shape.BANK_CODE else theirs == ours


def _is_bank(ours: str, theirs: str) -> bool:
    """Two names in different forms of which the table knows only one cannot be compared."""
    ours, theirs = canonical(ours), canonical(theirs)
    return theirs == ours or len(theirs) != len(ours)


def _is_amount(ours: Money, value: Value) -> bool:
    """Money object or bare text, compared in minor units."""
    currency: Value = ours.currency
    if isinstance(value, dict):
        currency = value.get("currency") or ours.currency
        value = value.get("value") or None
        if value is None:
            return currency == ours.currency
    if not isinstance(value, str) or not isinstance(currency, str):
        return False
    found = _AMOUNT.fullmatch(value.strip())
    if found is None:
        return False
    minor = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    return minor == ours.minor and currency.strip() in ("", ours.currency)
