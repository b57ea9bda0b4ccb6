"""A bank's notification about a transfer (75 SKN, 76 RTGS; fact sheet 6.9).

Read leniently: BCA's own sample carries a malformed date, and status 00 beside
a text of rejection. It is a claim and nothing more; a status inquiry has to
confirm it before any money state moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bank_adapter.domain.money import Money
from bank_adapter.domain.order import SentOrder
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.snap import timestamp
from bank_adapter.snap.balance import money
from bank_adapter.snap.echo import compared, of_order
from bank_adapter.snap.inbound import RefusedCallError, json_object
from bank_adapter.snap.reply import Value, inner, plain, reference, text
from bank_adapter.snap.signals import TRANSACTION_STATUS

SERVICE_OF_RAIL = {"22": "76", "23": "75"}
TEXT_CHARACTERS = 100

# BCA's field for the external id is narrower than the id itself.
EXTERNAL_ID_PREFIX = 19

_GONE = frozenset({Verdict.REJECTED, Verdict.RETURNED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What the bank claims. Empty texts are fields that it did not send.

    `rejected`: the bank speaks of a rejection, by its status or by its text.
    """

    partner_reference_no: str
    bank_reference_no: str
    external_id: str
    status: str
    rejected: bool
    reason: str
    amount: Money | None
    at: datetime | None
    fields: Mapping[str, Value]

    def is_about(self, sent: SentOrder) -> bool:
        """By our reference first; without one, by the front of the external id."""
        if self.partner_reference_no:
            return self.partner_reference_no == sent.order.bank_partner_reference_no
        if len(self.external_id) < EXTERNAL_ID_PREFIX:
            return bool(self.external_id) and self.external_id == sent.external_id
        return sent.external_id.startswith(self.external_id)

    def mismatch(self, sent: SentOrder) -> str:
        """ECHO_MISMATCH_<field> when it speaks of another payment, else ""."""
        claimed = Reading(verdict=Verdict.REJECTED)
        return compared(claimed, self.fields, of_order(sent.order)).reason


def read(body: bytes) -> Notification:
    """Reads the body. Raises RefusedCallError with SNAP's code for our answer."""
    fields = json_object(body)
    additional = inner(fields, "additionalInfo")
    reason = plain(text(additional, "rejectStatusEN", "rejectStatusID"), TEXT_CHARACTERS)
    status = plain(text(fields, "latestTransactionStatus"), 2)
    if not status and not reason:
        raise RefusedCallError(400, "02", "Invalid Mandatory Field latestTransactionStatus")
    notification = Notification(
        partner_reference_no=reference(fields, "originalPartnerReferenceNo"),
        bank_reference_no=reference(fields, "originalReferenceNo"),
        external_id=reference(fields, "originalExternalId"),
        status=status,
        rejected=bool(reason) or TRANSACTION_STATUS.get(status) in _GONE,
        reason=reason,
        amount=money(fields, "amount"),
        at=timestamp.read(text(fields, "transactionDate")),
        fields=fields,
    )
    if not notification.partner_reference_no and not notification.external_id:
        raise RefusedCallError(400, "02", "Invalid Mandatory Field originalPartnerReferenceNo")
    return notification
