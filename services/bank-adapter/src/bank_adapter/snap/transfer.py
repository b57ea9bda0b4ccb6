"""A transfer's answer, read: the signal table, then the echoes."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from bank_adapter.domain.conversation import Answer
from bank_adapter.domain.verdict import Reading
from bank_adapter.snap.echo import Echo, compared
from bank_adapter.snap.reply import inner, network_reference, read_reply, reference
from bank_adapter.snap.signals import Tables, classify

# Payments to a virtual account answer inside an object; the standard writes a
# small d, BCA a capital one.
_INSIDE = ("virtualAccountData", "virtualAccountdata")


def read(answer: Answer, *, service_code: str, tables: Tables, echoes: Sequence[Echo]) -> Reading:
    """The verdict on a message that moves money. Never raises."""
    reply = read_reply(answer)
    reading = classify(reply, service_code=service_code, tables=tables)
    places = (reply.fields, *(inner(reply.fields, name) for name in _INSIDE))
    references = (reference(place, "referenceNo", "referenceNumber") for place in places)
    reading = replace(
        reading,
        bank_reference_no=next(filter(None, references), ""),
        network_reference_no=network_reference(reply.fields),
    )
    for place in places:
        reading = compared(reading, place, echoes)
    return reading
