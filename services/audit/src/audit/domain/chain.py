"""The chain over stored events: its canonical bytes, its links, its verdicts.

A link is SHA-256(previous link || canonical bytes of the event). The bytes
are this file's own encoding, version 1, so that no library's serialiser can
change an old hash:

    version      1 byte, 0x01
    sequence     8 bytes, big-endian, unsigned
    store_us     8 bytes, as above
    occur_us     8 bytes, as above
    texts        each field of TEXT_FIELDS in that order
    request      0x00 when absent; else 0x01, method, target, status
                 (4 bytes, big-endian, signed), headers, body, body_sha256
    response     as request
    attributes   a map

A text is its UTF-8 length in 4 bytes, big-endian, and the bytes. A map is its
count in 4 bytes and then key and value texts, ordered by the keys' bytes.
Every part says its own length, so two different events never share bytes.
"""

import functools
import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from audit.domain.event import Event, Exchange, StoredEvent

VERSION: Final = b"\x01"
# What the first event links to.
GENESIS_HASH: Final = bytes(32)

TEXT_FIELDS: Final = (
    "event_id",
    "service",
    "kind",
    "actor",
    "trace_id",
    "transfer_id",
    "partner_reference_no",
    "bank_partner_reference_no",
    "bank",
    "attempt_id",
    "client_id",
)
_TEXTS_OF: Final = attrgetter(*TEXT_FIELDS)

_PLACE: Final = struct.Struct(">QQQ")
_LENGTH: Final = struct.Struct(">I")
_STATUS: Final = struct.Struct(">i")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    """The newest link. Sequence 0 with the genesis hash is an empty chain."""

    sequence: int
    chain_hash: bytes


EMPTY_CHAIN: Final = ChainHead(sequence=0, chain_hash=GENESIS_HASH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The first place where the stored chain is not what was acknowledged."""

    sequence: int
    problem: str


def canonical_bytes(event: Event, *, sequence: int, store_us: int) -> bytes:
    """The bytes that are hashed for an event at its place in the chain."""
    parts = [VERSION, _PLACE.pack(sequence, store_us, event.occur_us)]
    parts += map(_text, _TEXTS_OF(event))
    _add_exchange(parts, event.request)
    _add_exchange(parts, event.response)
    _add_map(parts, event.attributes)
    return b"".join(parts)


def link(previous: bytes, canonical: bytes) -> bytes:
    """The hash of an event that follows `previous`."""
    return hashlib.sha256(previous + canonical).digest()


def extend(head: ChainHead, events: Sequence[Event], *, store_us: int) -> list[StoredEvent]:
    """Give each event the next place after `head`, in the order given."""
    stored: list[StoredEvent] = []
    sequence, previous = head.sequence, head.chain_hash
    for event in events:
        sequence += 1
        previous = link(previous, canonical_bytes(event, sequence=sequence, store_us=store_us))
        stored.append(
            StoredEvent(event=event, sequence=sequence, store_us=store_us, chain_hash=previous)
        )
    return stored


def follow(head: ChainHead, rows: Iterable[StoredEvent]) -> ChainHead | Break:
    """Walk rows in order of sequence from `head`; the new head or the first break."""
    for row in rows:
        expected = head.sequence + 1
        if row.sequence > expected:
            return Break(sequence=expected, problem="the event is missing")
        if row.sequence < expected:
            return Break(sequence=row.sequence, problem="the sequence occurs twice")
        canonical = canonical_bytes(row.event, sequence=row.sequence, store_us=row.store_us)
        if link(head.chain_hash, canonical) != row.chain_hash:
            return Break(
                sequence=expected, problem="the event does not match its hash and the one before it"
            )
        head = ChainHead(sequence=row.sequence, chain_hash=row.chain_hash)
    return head


def compare_with_head(walked: ChainHead, recorded: ChainHead) -> Break | None:
    """Hold the last event that was found against the recorded head."""
    if walked.sequence < recorded.sequence:
        return Break(sequence=walked.sequence + 1, problem="the chain ends before its head")
    if walked.sequence > recorded.sequence:
        return Break(sequence=recorded.sequence + 1, problem="the event is beyond the head")
    if walked.chain_hash != recorded.chain_hash:
        return Break(sequence=walked.sequence, problem="the head has another hash")
    return None


def _text(text: str) -> bytes:
    encoded = text.encode()
    return _LENGTH.pack(len(encoded)) + encoded


# Header and attribute names repeat from event to event.
_name = functools.lru_cache(maxsize=1024)(_text)


def _add_map(parts: list[bytes], entries: Mapping[str, str]) -> None:
    parts.append(_LENGTH.pack(len(entries)))
    # Text in the order of its code points is UTF-8 in the order of its bytes.
    for key in sorted(entries):
        parts.append(_name(key))
        parts.append(_text(entries[key]))


def _add_exchange(parts: list[bytes], exchange: Exchange | None) -> None:
    if exchange is None:
        parts.append(b"\x00")
        return
    parts += (b"\x01", _text(exchange.method), _text(exchange.target))
    parts.append(_STATUS.pack(exchange.status))
    _add_map(parts, exchange.headers)
    parts += (_text(exchange.body), _text(exchange.body_sha256))
