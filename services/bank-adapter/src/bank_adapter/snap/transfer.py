"""A transfer's answer, read: the signal table, then the echoes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bank_adapter.domain.conversation import Answer
from bank_adapter.domain.verdict import Reading
from bank_adapter.snap.echo import Echo, compared
from bank_adapter.snap.reply import read_reply, reference
from bank_adapter.snap.signals import Tables, classify


def read(answer: Answer, *, service_code: str, tables: Tables, echoes: Sequence[Echo]) -> Reading:
    """The verdict on a message that moves money. Never raises."""
    reply = read_reply(answer)
    reading = classify(reply, service_code=service_code, tables=tables)
    with_reference = replace(
        reading, bank_reference_no=reference(reply.fields, "referenceNo", "referenceNumber")
    )
    return compared(with_reference, reply.fields, echoes)
