"""The transfer status inquiry's answer (service 36), shared by every bank.

Which reference asks is the bank's; what an answer means is not.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from bank_adapter.domain.conversation import Answer
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.snap.echo import Echo, compared
from bank_adapter.snap.reply import network_reference, read_reply, reference, text
from bank_adapter.snap.signals import TRANSACTION_STATUS, Tables, classify

SERVICE_CODE = "36"


def read(
    answer: Answer, *, echoes: Sequence[Echo], tables: Tables, service_code: str = SERVICE_CODE
) -> Reading:
    """The verdict on the transfer asked about; only with our echo."""
    reply = read_reply(answer)
    reading = classify(reply, service_code=service_code, tables=tables)
    if reading.verdict is Verdict.PENDING and reading.http_status == 200:  # noqa: PLR2004  HTTP's own number
        status = text(reply.fields, "latestTransactionStatus", "transactionStatus")
        known = TRANSACTION_STATUS.get(status)
        reading = replace(
            reading,
            verdict=known or Verdict.PENDING,
            reason="" if known else "UNKNOWN_TRANSACTION_STATUS",
            bank_reference_no=reference(
                reply.fields, "originalReferenceNo", "referenceNumber", "referenceNo"
            ),
            network_reference_no=network_reference(reply.fields),
        )
    return compared(reading, reply.fields, echoes)
