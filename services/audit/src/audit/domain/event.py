"""An audit event: one thing that happened, with its request and response.

Values only; `domain/event_rules.py` says which of them may be stored,
`domain/event_content.py` as which bytes, `domain/chain.py` how those are
hashed. Absent text is the empty string, as in the contract. Structs, because
a million of them pass a day: they are made and written ten times as fast.
"""

from dataclasses import dataclass
from typing import Final

from msgspec import Struct, field

# Room for the fields of an event that have a small limit of their own.
_FIXED_WEIGHT_BYTES: Final = 2_048


class Exchange(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True,
    forbid_unknown_fields=True,
):  # fmt: skip
    """One half of an exchange with a bank, a client or another service.

    `status` is the HTTP status of a response and 0 in a request. `body` is
    masked; `body_sha256` (lower-case hex) is over the body as it really was.
    """

    method: str = ""
    target: str = ""
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    body_sha256: str = ""


class Event(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True,
    forbid_unknown_fields=True,
):  # fmt: skip
    """What a sender says happened. `occur_us` is UTC, epoch microseconds."""

    event_id: str
    occur_us: int
    service: str
    kind: str
    actor: str = ""
    trace_id: str = ""
    transfer_id: str = ""
    partner_reference_no: str = ""
    bank_partner_reference_no: str = ""
    bank: str = ""
    attempt_id: str = ""
    client_id: str = ""
    request: Exchange | None = None
    response: Exchange | None = None
    attributes: dict[str, str] = field(default_factory=dict)

    def weight_bytes(self) -> int:
        """About how large the event is on the wire; its bodies and maps decide."""
        maps = [self.attributes]
        total = _FIXED_WEIGHT_BYTES
        for exchange in (self.request, self.response):
            if exchange is not None:
                total += len(exchange.body.encode())
                maps.append(exchange.headers)
        return total + sum(
            len(key.encode()) + len(value.encode()) for each in maps for key, value in each.items()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainedText:
    """An event's text as it is stored and hashed, at the place the audit gave it."""

    sequence: int
    store_us: int
    content: bytes
    chain_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent(ChainedText):
    """The same, read: `event` is what `content` says."""

    event: Event
