"""The journal: what was done with which key, in a chain that cannot be edited unseen.

Each entry's link is SHA-256 over a tag, the sequence number, the previous link
and the entry's bytes. An entry says who, what and how it ended; never a
secret, a token, a signature or the string to sign.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import msgspec
from msgspec import Struct

GENESIS = bytes(32)
_TAG = b"gerbang-signer-journal-v1\x00"


class Act(StrEnum):
    """What an entry is about. Values are the audit's event kinds."""

    SIGNED = "signer.signed"
    SIGNATURE_REFUSED = "signer.signature_refused"
    VERIFIED = "signer.verified"
    VERIFICATION_REFUSED = "signer.verification_refused"
    PROBE_SIGNED = "signer.probe_signed"
    PROBE_RECORDED = "signer.probe_recorded"
    KEY_IMPORTED = "signer.key_imported"
    KEY_GENERATED = "signer.key_generated"
    KEY_PROMOTED = "signer.key_promoted"
    KEY_RETIRED = "signer.key_retired"
    DESTRUCTION_SCHEDULED = "signer.destruction_scheduled"
    DESTRUCTION_CONFIRMED = "signer.destruction_confirmed"
    DESTRUCTION_CANCELLED = "signer.destruction_cancelled"
    KEY_DESTROYED = "signer.key_destroyed"
    KEY_STORE_CREATED = "signer.key_store_created"
    KEY_STORE_REWRAPPED = "signer.key_store_rewrapped"
    STARTED = "signer.started"


class Record(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One act, not yet in the chain. Its fields stand in the order of their names in JSON.

    `actor` is a SPIFFE id, or `local:<name>` for the command line on the
    signer's own machine. `facts` are small facts by name: method, path,
    body_sha256, timestamp, reason.
    """

    act: Act
    actor: str
    attempt_id: str = ""
    facts: dict[str, str] = {}
    key_id: str = ""
    key_version: int = 0
    scheme: str = ""
    time_us: int
    trace_id: str = ""

    def encode(self) -> bytes:
        """Canonical JSON: sorted names, no blanks, UTF-8, empty values left out."""
        return msgspec.json.encode(self, order="deterministic")


class Entry(Struct, frozen=True, kw_only=True):
    """One record in its place."""

    sequence: int
    content: bytes
    link: bytes


def link(*, previous: bytes, sequence: int, content: bytes) -> bytes:
    """The 32 bytes that bind `content` to everything before it."""
    return hashlib.sha256(_TAG + sequence.to_bytes(8, "big") + previous + content).digest()


class ChainBroken(Exception):  # noqa: N818 - a finding
    """The chain does not hold at `sequence`."""

    def __init__(self, sequence: int, message: str) -> None:
        super().__init__(f"journal entry {sequence}: {message}")
        self.sequence = sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of the chain: the last entry's number and link."""

    sequence: int = 0
    link: bytes = GENESIS

    def extend(self, content: bytes) -> Entry:
        """The entry that comes next."""
        sequence = self.sequence + 1
        return Entry(
            sequence=sequence,
            content=content,
            link=link(previous=self.link, sequence=sequence, content=content),
        )

    def follow(self, entry: Entry) -> "Head":
        """The head after `entry`, checked.

        Raises:
            ChainBroken: a number is missing or doubled, or the link is wrong.
        """
        expected = self.extend(entry.content)
        if entry.sequence != expected.sequence:
            raise ChainBroken(entry.sequence, f"follows entry {self.sequence}")
        if entry.link != expected.link:
            raise ChainBroken(entry.sequence, "its link does not match its content")
        return Head(sequence=entry.sequence, link=entry.link)


def verify_chain(entries: Iterable[Entry], *, head: Head | None = None) -> Head:
    """Follows the entries from `head` (the beginning, if none) and gives the new head."""
    at = head or Head()
    for entry in entries:
        at = at.follow(entry)
    return at
