"""The audit's log as a chain, checked here from its published form.

Independent of the audit's own code: the form of a link is in docs/audit.md and
is computed here a second time. What was changed, left out or put in breaks it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gerbang_ops.outcomes import ExitCode, OpsError

_TAG = b"gerbang-audit-v1\x00"
_GENESIS = bytes(32)
_NOTED = re.compile(r"([1-9][0-9]{0,18}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the chain and the hash of everything up to it."""

    sequence: int = 0
    hash: bytes = _GENESIS

    def __str__(self) -> str:
        """As `head` and `verify` print it and --from-head takes it."""
        return f"{self.sequence}:{self.hash.hex()}"

    def follow(self, line: EventLine) -> Link:
        """The link of the next event. Raises OpsError ALARM."""
        if line.sequence != self.sequence + 1:
            raise OpsError(
                f"ALARM: event {line.sequence} stands where {self.sequence + 1} belongs",
                ExitCode.ALARM,
            )
        place = line.sequence.to_bytes(8, "big") + line.store_us.to_bytes(8, "big")
        if hashlib.sha256(_TAG + place + self.hash + line.content).digest() != line.hash:
            raise OpsError(
                f"ALARM: event {line.sequence} does not fit the chain: it or one before it "
                "was changed",
                ExitCode.ALARM,
            )
        return Link(line.sequence, line.hash)


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event of an export."""

    sequence: int
    store_us: int
    content: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class PageLine:
    """The last line of a page: which places it covers."""

    after: int
    through: int
    is_last: bool


def noted(text: str | None) -> Link | None:
    """A link as it was printed. Raises OpsError USAGE."""
    if text is None:
        return None
    match = _NOTED.fullmatch(text.strip().lower())
    if match is None:
        raise OpsError("--from-head wants NUMBER:HASH as it was printed", ExitCode.USAGE)
    return Link(int(match[1]), bytes.fromhex(match[2]))


def verify_export(file: Path, known: Link | None) -> Link:
    """Follows an export to its end; its last link. Raises OpsError.

    An export that begins behind the first event needs `known`, the link it
    begins behind. One that passes `known` must hold it.
    """
    link, through, is_last = None, None, False
    for line in lines_of(file):
        if isinstance(line, PageLine):
            if link is None:
                # A page without events; nothing to follow yet.
                link = _start(line.after, known)
            if line.through != link.sequence:
                raise _missing(link.sequence + 1)
            through, is_last = line.through, line.is_last
            continue
        link = (link or _start(line.sequence - 1, known)).follow(line)
        if known is not None and link.sequence == known.sequence and link != known:
            raise OpsError(
                f"ALARM: event {link.sequence} is not the one you noted: the log was written anew",
                ExitCode.ALARM,
            )
    if link is None or link.sequence != through or not is_last:
        raise OpsError(f"{file} is not a finished export: its last page is missing")
    if known is not None and link.sequence < known.sequence:
        raise OpsError(
            f"ALARM: the log ends at event {link.sequence}, before the {known.sequence} you noted",
            ExitCode.ALARM,
        )
    return link


def lines_of(file: Path) -> Iterator[EventLine | PageLine]:
    """The lines of an export. Raises OpsError."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                yield read_line(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError):
                raise OpsError(f"{file} is not an export of the audit") from None


def read_line(fields: Any) -> EventLine | PageLine:
    """Raises ValueError, KeyError, TypeError or AttributeError."""
    if "page" in fields:
        page = fields["page"]
        return PageLine(page["afterSequence"], page["throughSequence"], page["isLast"])
    return EventLine(
        sequence=int(fields["chainSequence"]),
        store_us=int(fields["storeUs"]),
        content=fields["content"].encode(),
        hash=bytes.fromhex(fields["chainHash"]),
    )


def _start(after: int, known: Link | None) -> Link:
    if after == 0:
        return Link()
    if known is not None and known.sequence == after:
        return known
    raise OpsError(
        f"the export begins behind event {after}: give the link you noted there as --from-head, "
        "or export from the start",
        ExitCode.USAGE,
    )


def _missing(sequence: int) -> OpsError:
    return OpsError(
        f"ALARM: event {sequence} is missing from the export; one client's own export has such "
        "gaps and cannot be verified",
        ExitCode.ALARM,
    )
