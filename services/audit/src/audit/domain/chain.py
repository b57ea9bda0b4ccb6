"""The chain over stored events: its links and its verdicts.

A link is SHA-256 over, in this order and without anything between:

    tag         the 17 bytes "gerbang-audit-v1" and a zero
    sequence    8 bytes, big-endian, unsigned; 1 for the first event
    store_us    8 bytes, as above: when the audit stored it, epoch microseconds
    previous    the 32 bytes of the link before; zeros for the first event
    content     the event's text exactly as stored (domain/event_content.py)

Only the last part has a length of its own, so no two events share bytes.
`gerbang-ops audit verify` computes it a second time, from this description.
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from audit.domain.event import ChainedText, Event, StoredEvent
from audit.domain.event_content import to_content

TAG: Final = b"gerbang-audit-v1\x00"
# What the first event links to.
GENESIS_HASH: Final = bytes(32)

_PLACE: Final = struct.Struct(">QQ")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    """One link by its number; the newest, or where a walk begins or ends.

    Sequence 0 with the genesis hash is an empty chain.
    """

    sequence: int
    chain_hash: bytes


EMPTY_CHAIN: Final = ChainHead(sequence=0, chain_hash=GENESIS_HASH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The first place where the stored chain is not what was acknowledged."""

    sequence: int
    problem: str


def link(previous: bytes, *, sequence: int, store_us: int, content: bytes) -> bytes:
    """The hash of the event at `sequence` that follows `previous`."""
    place = _PLACE.pack(sequence, store_us)
    return hashlib.sha256(TAG + place + previous + content).digest()


def extend(head: ChainHead, events: Sequence[Event], *, store_us: int) -> list[StoredEvent]:
    """Give each event the next place after `head`, in the order given."""
    stored: list[StoredEvent] = []
    sequence, previous = head.sequence, head.chain_hash
    for event in events:
        sequence += 1
        content = to_content(event)
        previous = link(previous, sequence=sequence, store_us=store_us, content=content)
        stored.append(
            StoredEvent(
                event=event,
                content=content,
                sequence=sequence,
                store_us=store_us,
                chain_hash=previous,
            )
        )
    return stored


def follow(head: ChainHead, rows: Iterable[ChainedText]) -> tuple[ChainHead, Break | None]:
    """Walk rows in order of sequence from `head`: the last good link, the first break."""
    for row in rows:
        expected = head.sequence + 1
        if row.sequence > expected:
            return head, Break(sequence=expected, problem="the event is missing")
        if row.sequence < expected:
            return head, Break(sequence=row.sequence, problem="the sequence occurs twice")
        if row.chain_hash != link(
            head.chain_hash, sequence=row.sequence, store_us=row.store_us, content=row.content
        ):
            return head, Break(
                sequence=expected, problem="the event does not match its hash and the one before it"
            )
        head = ChainHead(sequence=row.sequence, chain_hash=row.chain_hash)
    return head, None


def compare_with_head(walked: ChainHead, recorded: ChainHead) -> Break | None:
    """Hold the last event that was found against the recorded head."""
    if walked.sequence < recorded.sequence:
        return Break(sequence=walked.sequence + 1, problem="the chain ends before its head")
    if walked.sequence > recorded.sequence:
        return Break(sequence=recorded.sequence + 1, problem="the event is beyond the head")
    if walked.chain_hash != recorded.chain_hash:
        return Break(sequence=walked.sequence, problem="the head has another hash")
    return None
