"""What the use cases need from the outside world.

The adapters make these real on SQL; the tests may use fakes. Every method is
asynchronous: no database driver is called on the event loop.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from audit.domain.chain import Break, ChainHead
from audit.domain.event import ChainedText, Event, StoredEvent
from audit.domain.transfer_state import TransferLine, TransferState


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """What events must match, all of it. Empty text matches everything.

    `occurred_from_us` is included, `occurred_before_us` is not; 0 is no bound.
    """

    event_id: str = ""
    transfer_id: str = ""
    partner_reference_no: str = ""
    bank_partner_reference_no: str = ""
    client_id: str = ""
    kind: str = ""
    trace_id: str = ""
    attempt_id: str = ""
    bank: str = ""
    occurred_from_us: int = 0
    occurred_before_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a page ended: the order is (occur time, chain sequence)."""

    occur_us: int
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainCheck:
    """The result of one walk, which began behind `from_sequence`; 0 is the whole chain."""

    from_sequence: int
    start_us: int
    finish_us: int
    walked: ChainHead
    found: Break | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What was settled in a span of time, in one currency."""

    currency: str
    count: int
    amount_minor: int


class EventLog(Protocol):
    """The write side. A call returns after its events are committed."""

    async def store(self, events: Sequence[Event]) -> int:
        """Store what is not stored yet; the number of events stored by this call."""
        ...


class EventSearch(Protocol):
    """The read side over events."""

    async def find(
        self,
        criteria: EventFilter,
        *,
        after: Position | None,
        limit: int,
        newest_first: bool = False,
    ) -> list[StoredEvent]:
        """Matching events beyond `after` in the order asked for."""
        ...


class ChainStore(Protocol):
    """The chain as it is stored, and the memory of its verifications."""

    async def head(self) -> ChainHead | None:
        """The recorded head; None when its row is gone."""
        ...

    async def anchor(self) -> ChainHead:
        """The link behind which the stored part begins; the empty chain's unless archived."""
        ...

    async def rows_after(self, sequence: int, *, limit: int) -> Sequence[StoredEvent] | Break:
        """The next rows in order of sequence; a break where a row cannot be read."""
        ...

    async def texts(
        self, *, after: int, through: int, client_id: str | None, limit: int
    ) -> Sequence[ChainedText]:
        """What is stored behind `after`, up to and with `through`, unread and unjudged.

        With a `client_id` only that client's.
        """
        ...

    async def record(self, check: ChainCheck) -> None: ...

    async def last_check(self) -> ChainCheck | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFilter:
    """What transfers must match, all of it; empty or 0 matches everything.

    `created_from_us` is included, `created_before_us` is not.
    """

    state: str = ""
    client_id: str = ""
    bank: str = ""
    created_from_us: int = 0
    created_before_us: int = 0


class TransferFigures(Protocol):
    """Transfers as the projection has them: counts, and lists of lines."""

    async def count_by_state(self) -> dict[TransferState, int]: ...

    async def oldest_created(self, states: Sequence[TransferState]) -> dict[TransferState, int]:
        """When the oldest transfer now in each state was created; none, no entry."""
        ...

    async def count_created(
        self, *, from_us: int, before_us: int, bucket_us: int, offset_us: int
    ) -> dict[int, dict[TransferState, int]]:
        """Counts by the bucket's start (UTC) and present state.

        Buckets begin at multiples of `bucket_us` on a clock `offset_us` ahead
        of UTC.
        """
        ...

    async def settled(self, *, from_us: int, before_us: int) -> list[Settled]: ...

    async def waiting(self, *, limit: int) -> list[TransferLine]:
        """Unresolved transfers: for an operator first, then unknown ones; oldest first."""
        ...

    async def transfers(
        self, criteria: TransferFilter, *, before: tuple[int, str] | None, limit: int
    ) -> list[TransferLine]:
        """Newest first; `before` is (created_us, transfer_id) of the last one seen."""
        ...

    async def line(self, transfer_id: str) -> TransferLine | None: ...
