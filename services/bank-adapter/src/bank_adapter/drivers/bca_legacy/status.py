"""The older API's transfer status: asked by TransactionID, day and type."""

from __future__ import annotations

from bank_adapter.domain.conversation import Answer, WireMessage
from bank_adapter.domain.order import SentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.bca_legacy import interbank, intrabank
from bank_adapter.drivers.bca_legacy.exchange import path_of, with_query
from bank_adapter.drivers.bca_legacy.fields import transaction_id
from bank_adapter.drivers.bca_legacy.profile import BCALegacyProfile
from bank_adapter.drivers.bca_legacy.signals import NOT_FOUND, SUCCESS, failure, short
from bank_adapter.snap.echo import Echo, Shape, compared
from bank_adapter.snap.reply import MESSAGE_CHARACTERS, inner, plain, read_object, reference, text

SERVICE_CODE = "36"
# The status call's own words for the kinds of transfer. ONL is inferred from
# the transfer's own word; only the three others are in the sheet.
TRANSFER_TYPES = {**interbank.TRANSFER_TYPES, Rail.INTRABANK: "BCA"}


def render(profile: BCALegacyProfile, sent: SentOrder) -> WireMessage:
    """`sent.transaction_date` is the day that the transfer carried."""
    path = f"{profile.status_path}/{path_of(transaction_id(profile, sent.order))}"
    query = {
        "TransactionDate": sent.transaction_date,
        "TransferType": TRANSFER_TYPES[sent.order.rail],
    }
    return WireMessage(
        service_code=SERVICE_CODE, method="GET", path=with_query(path, query), body=b""
    )


def read(profile: BCALegacyProfile, answer: Answer, sent: SentOrder) -> Reading:
    """The verdict on the transfer; only with our echo."""
    fields, fault = read_object(answer)
    if (answer.status, text(fields, "ErrorCode")) == NOT_FOUND:
        return Reading(
            verdict=Verdict.NOT_FOUND, http_status=answer.status, response_code=short(NOT_FOUND[1])
        )
    status = text(fields, "StatusCode")
    if answer.status != SUCCESS or fault or "StatusCode" not in fields:
        reading = failure(answer.status, fields, fault)
        # A refusal of the question says nothing of the transfer.
        if reading.verdict in (Verdict.REJECTED, Verdict.DUPLICATE):
            reading = Reading(verdict=Verdict.UNKNOWN, http_status=answer.status)
        return reading
    reading = Reading(
        verdict=_verdict(profile, status),
        http_status=answer.status,
        response_code=short(status),
        response_message=plain(text(inner(fields, "Reason"), "English"), MESSAGE_CHARACTERS),
        bank_reference_no=reference(fields, "TransactionID"),
    )
    return compared(reading, fields, _echoes(profile, sent))


def _verdict(profile: BCALegacyProfile, status: str) -> Verdict:
    if status in profile.settled_status:
        return Verdict.SETTLED
    return Verdict.REJECTED if status in profile.rejected_status else Verdict.PENDING


def _echoes(profile: BCALegacyProfile, sent: SentOrder) -> tuple[Echo, ...]:
    order = sent.order
    return (
        *intrabank.echoes(profile, order),
        Echo(what="TRANSACTION_DATE", names=("TransactionDate",), ours=sent.transaction_date),
        Echo(what="TRANSFER_TYPE", names=("TransferType",), ours=TRANSFER_TYPES[order.rail]),
        Echo(what="AMOUNT", names=("Amount",), amount=order.amount, shape=Shape.AMOUNT),
        Echo(what="AMOUNT", names=("CurrencyCode",), ours=order.amount.currency),
        Echo(
            what="SOURCE_ACCOUNT",
            names=("SourceAccountNumber",),
            ours=order.source_account_no,
        ),
        Echo(
            what="BENEFICIARY_ACCOUNT",
            names=("BeneficiaryAccountNumber",),
            ours=order.beneficiary_account_no,
        ),
    )
