"""Geometry for the charts, which are SVG drawn on the server: no script at all.

Shapes live in a box of fixed units that the page stretches; words stay outside
of it, in HTML, so that they keep their size on a phone.
"""

from dataclasses import dataclass
from typing import Final

from audit.application.overview import Bucket, Span
from audit.domain.transfer_state import TransferState
from audit.entrypoints.dashboard.display import jakarta, state_class, state_name

HEIGHT: Final = 100
_STEP: Final = 10
_BAR: Final = 8

# From the bottom of a bar upwards; also the order of the legend.
STATE_ORDER: Final = (
    TransferState.SETTLED,
    TransferState.PENDING,
    TransferState.UNKNOWN,
    TransferState.NEEDS_OPERATOR,
    TransferState.RETURNED,
    TransferState.REJECTED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One rectangle, in units of the box."""

    x: int
    y: float
    width: int
    height: float
    css_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One bar: its blocks, the full-height area that shows its words, the words."""

    x: int
    title: str
    blocks: list[Block]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeChart:
    """Transfers over time. `top` is the value at the upper edge."""

    width: int
    height: int
    step: int
    columns: list[Column]
    top: int
    total: int
    labels: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One line of a horizontal bar list; `percent` of the largest line."""

    key: str
    label: str
    count: int
    percent: float
    css_class: str


def time_chart(buckets: list[Bucket], span: Span) -> TimeChart:
    totals = [sum(bucket.counts.values()) for bucket in buckets]
    top = round_up(max(totals, default=0))
    columns = [
        Column(
            x=index * _STEP,
            title=_title(bucket, total, span),
            blocks=_blocks(bucket, index * _STEP, top),
        )
        for index, (bucket, total) in enumerate(zip(buckets, totals, strict=True))
    ]
    marks = [buckets[len(buckets) * part // 4] for part in range(4)] if buckets else []
    return TimeChart(
        width=len(buckets) * _STEP,
        height=HEIGHT,
        step=_STEP,
        columns=columns,
        top=top,
        total=sum(totals),
        labels=[_label(bucket.start_us, span) for bucket in marks],
    )


def state_shares(counts: dict[TransferState, int]) -> list[Share]:
    largest = max(counts.values(), default=0)
    return [
        Share(
            key=state.value,
            label=state_name(state),
            count=counts.get(state, 0),
            percent=_percent(counts.get(state, 0), largest),
            css_class=state_class(state),
        )
        for state in STATE_ORDER
    ]


def round_up(value: int) -> int:
    """The next 1, 2, 4, 5 or 10 times a power of ten: an honest upper edge."""
    power = 1
    while True:
        for factor in (1, 2, 4, 5, 10):
            if value <= factor * power:
                return factor * power
        power *= 10


def _blocks(bucket: Bucket, x: int, top: int) -> list[Block]:
    blocks: list[Block] = []
    y = float(HEIGHT)
    for state in STATE_ORDER:
        count = bucket.counts.get(state, 0)
        if count:
            height = count * HEIGHT / top
            y -= height
            blocks.append(
                Block(
                    x=x + (_STEP - _BAR) // 2,
                    y=round(y, 3),
                    width=_BAR,
                    height=round(height, 3),
                    css_class=state_class(state),
                )
            )
    return blocks


def _title(bucket: Bucket, total: int, span: Span) -> str:
    moment = jakarta(bucket.start_us)
    when = f"{moment:%d %b %H:00} WIB" if span is Span.DAY else f"{moment:%d %b %Y}"
    parts = [
        f"{bucket.counts[state]:,} {state_name(state).lower()}"
        for state in STATE_ORDER
        if bucket.counts.get(state)
    ]
    return f"{when}: {total:,}" + (f" ({', '.join(parts)})" if parts else "")


def _label(start_us: int, span: Span) -> str:
    moment = jakarta(start_us)
    return f"{moment:%H:00}" if span is Span.DAY else f"{moment:%d %b}"


def _percent(count: int, largest: int) -> float:
    return round(100 * count / largest, 2) if largest else 0.0
