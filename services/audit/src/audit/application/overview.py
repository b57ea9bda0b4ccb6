"""The figures of the dashboard's first page, for one moment.

Days and hours are those of Jakarta, which is 7 hours ahead of UTC all year.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from servicekit.clock import Clock

from audit import limits
from audit.application.ports import Settled, TransferFigures
from audit.domain.transfer_state import TransferLine, TransferState

HOUR_US: Final = 3_600_000_000
DAY_US: Final = 24 * HOUR_US
JAKARTA_OFFSET_US: Final = 7 * HOUR_US


class Span(Enum):
    """How far back the overview looks, and in which steps."""

    DAY = (24, HOUR_US)
    MONTH = (30, DAY_US)

    @property
    def buckets(self) -> int:
        return self.value[0]

    @property
    def bucket_us(self) -> int:
        return self.value[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Transfers created in one step of the chart, by their present state."""

    start_us: int
    counts: dict[TransferState, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything the page shows. Lists are empty, never absent."""

    now_us: int
    span: Span
    by_state: dict[TransferState, int]
    over_time: list[Bucket]
    settled_today: list[Settled]
    waiting: list[TransferLine]


def bucket_start(instant_us: int, bucket_us: int) -> int:
    """The start of the Jakarta hour or day that holds an instant."""
    return instant_us - (instant_us + JAKARTA_OFFSET_US) % bucket_us


@dataclass(frozen=True, slots=True)
class SumUp:
    """The use case behind the overview page."""

    figures: TransferFigures
    clock: Clock

    async def run(self, span: Span) -> Overview:
        now_us = self.clock.now_us()
        last = bucket_start(now_us, span.bucket_us)
        first = last - (span.buckets - 1) * span.bucket_us
        today = bucket_start(now_us, DAY_US)
        created = await self.figures.count_created(
            from_us=first,
            before_us=last + span.bucket_us,
            bucket_us=span.bucket_us,
            offset_us=JAKARTA_OFFSET_US,
        )
        starts = range(first, last + span.bucket_us, span.bucket_us)
        return Overview(
            now_us=now_us,
            span=span,
            by_state=await self.figures.count_by_state(),
            over_time=[Bucket(start_us=at, counts=created.get(at, {})) for at in starts],
            settled_today=await self.figures.settled(from_us=today, before_us=today + DAY_US),
            waiting=await self.figures.waiting(limit=limits.DASHBOARD_WAITING_ROWS),
        )
