"""Events to rows and back.

A row is the event's text, its place in the chain, and copies of what is
searched. Only the text is believed: copies lead to it and are compared with it
when the chain is verified. Absent text is NULL.
"""

from typing import Any, Final

from sqlalchemy import RowMapping

from audit.adapters.tables import AUDIT_EVENT
from audit.domain.event import ChainedText, StoredEvent
from audit.domain.event_content import from_content

# The columns that repeat a text of the event.
_COPIES: Final = (
    "event_id",
    "kind",
    "client_id",
    "transfer_id",
    "partner_reference_no",
    "bank_partner_reference_no",
    "attempt_id",
    "trace_id",
    "bank",
)
_OWN: Final = ("chain_sequence", "store_us", "chain_hash", "occur_us", "content")
COLUMNS: Final = (*_OWN, *_COPIES)
# What a reader needs: the copies are left in the database.
READ: Final = [
    AUDIT_EVENT.c[name] for name in ("chain_sequence", "store_us", "chain_hash", "content")
]


class StrayCopyError(ValueError):
    """A searched column does not say what the event's text says."""


def to_row(stored: StoredEvent) -> tuple[Any, ...]:
    """Values in the order of COLUMNS, as the drivers take them."""
    event = stored.event
    own = (stored.sequence, stored.store_us, stored.chain_hash, event.occur_us, stored.content)
    return own + tuple([getattr(event, name).encode() or None for name in _COPIES])


def text_of_row(row: RowMapping) -> ChainedText:
    """A row that holds READ, whatever its text is."""
    return ChainedText(
        sequence=row["chain_sequence"],
        store_us=row["store_us"],
        content=bytes(row["content"]),
        chain_hash=row["chain_hash"],
    )


def from_row(row: RowMapping) -> StoredEvent:
    """The event of a row that holds READ. Raises ValueError when its text is not one of ours."""
    content = bytes(row["content"])
    return StoredEvent(
        event=from_content(content),
        content=content,
        sequence=row["chain_sequence"],
        store_us=row["store_us"],
        chain_hash=row["chain_hash"],
    )


def from_whole_row(row: RowMapping) -> StoredEvent:
    """The event of a row that holds COLUMNS. Raises ValueError also for a stray copy."""
    stored = from_row(row)
    event = stored.event
    if row["occur_us"] != event.occur_us or any(
        (row[name] or "") != getattr(event, name) for name in _COPIES
    ):
        raise StrayCopyError("a searched column differs from the event")
    return stored
