"""The signer's journal as a chain, checked here from its published form.

Independent of the signer's own code: the link's form is in the contract
(JournalEntry). An entry that was changed, left out or put in breaks it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gerbang.signer.v1 import key_admin_service_pb2 as pb

from gerbang_ops.connection import Service
from gerbang_ops.outcomes import ExitCode, OpsError

_TAG = b"gerbang-signer-journal-v1\x00"
_GENESIS = bytes(32)
_SEQUENCE_BYTES = 8
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain is: the last entry's number and link."""

    sequence: int = 0
    link: bytes = _GENESIS

    def follow(self, *, sequence: int, content: bytes, link: bytes) -> Head:
        """The head after one more entry. Raises OpsError ALARM."""
        if sequence != self.sequence + 1:
            raise OpsError(
                f"ALARM: journal entry {sequence} stands where {self.sequence + 1} belongs",
                ExitCode.ALARM,
            )
        number = sequence.to_bytes(_SEQUENCE_BYTES, "big")
        if hashlib.sha256(_TAG + number + self.link + content).digest() != link:
            raise OpsError(
                f"ALARM: journal entry {sequence} does not fit the chain: it or one before it "
                "was changed",
                ExitCode.ALARM,
            )
        return Head(sequence, link)


async def page(service: Service, *, after: int, size: int = PAGE) -> pb.ListJournalEntriesResponse:
    """Entries behind `after`. Raises OpsError."""
    request = pb.ListJournalEntriesRequest(after_sequence=after, page_size=size)
    return await service.ask(service.keys().ListJournalEntries, request)


def entries_of(file: Path) -> Iterator[tuple[int, bytes, bytes]]:
    """(sequence, content, link) of the signer's JSON-lines export. Raises OpsError."""
    with file.open(encoding="ascii") as lines:
        for line in lines:
            try:
                fields = json.loads(line)
                entry = fields["sequence"], fields["content"].encode(), fields["link"]
                yield int(entry[0]), entry[1], bytes.fromhex(entry[2])
            except (ValueError, KeyError, TypeError, AttributeError):
                raise OpsError(f"{file} is not an export of the journal") from None
