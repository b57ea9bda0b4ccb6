"""The figures of the overview, on both databases, with Jakarta's days and hours."""

from collections.abc import Callable
from typing import Any

import pytest
from audit.adapters.event_store import SQLEventStore
from audit.adapters.reader import Reader
from audit.adapters.transfer_figures import SQLTransferFigures
from audit.application.overview import DAY_US, HOUR_US, Overview, Span, SumUp, bucket_start
from audit.application.ports import Settled, TransferFilter
from audit.domain.event import Event
from audit.domain.transfer_state import TransferState
from servicekit.testing import FAKE_NOW_US, FakeClock

# FAKE_NOW_US is midnight UTC: 07:00 in Jakarta.
TODAY_US = FAKE_NOW_US - 7 * HOUR_US

StateRecorder = Callable[..., None]


@pytest.fixture
def record(store: SQLEventStore, make_event: Callable[..., Event]) -> StateRecorder:
    """Records one change of state of a transfer."""

    def change(
        transfer: str, sequence: int, state: str, at_us: int, *, amount: str = "10.00"
    ) -> None:
        event = make_event(
            kind="transfer.state_changed",
            transfer_id=transfer,
            occur_us=at_us,
            attributes={
                "state": state,
                "internalState": state,
                "amount": amount,
                "currency": "USD" if transfer.startswith("usd") else "IDR",
                "sequence": str(sequence),
            },
        )
        store.store([event])

    return change


async def summed_up(reader: Reader, clock: FakeClock, span: Span = Span.DAY) -> Overview:
    return await SumUp(SQLTransferFigures(reader), clock).run(span)


async def test_the_later_sequence_wins_whatever_arrives_first(
    record: StateRecorder, reader: Reader, clock: FakeClock
):
    record("a", 3, "SETTLED", FAKE_NOW_US - 1)
    record("a", 1, "PENDING", FAKE_NOW_US - 3)
    record("a", 2, "UNKNOWN", FAKE_NOW_US - 2)

    overview = await summed_up(reader, clock)
    line = await SQLTransferFigures(reader).line("a")

    assert overview.by_state == {TransferState.SETTLED: 1}
    assert line is not None
    assert (line.created_us, line.updated_us) == (FAKE_NOW_US - 3, FAKE_NOW_US - 1)


async def test_settled_today_counts_by_jakarta_s_midnight(
    record: StateRecorder, reader: Reader, clock: FakeClock
):
    record("before", 1, "SETTLED", TODAY_US - 1)
    record("first", 1, "SETTLED", TODAY_US, amount="1250000.00")
    record("second", 1, "SETTLED", FAKE_NOW_US, amount="0.07")
    record("usd-1", 1, "SETTLED", FAKE_NOW_US, amount="3.00")
    # Money that came back is not settled any more.
    record("back", 1, "SETTLED", TODAY_US + 1)
    record("back", 2, "RETURNED", TODAY_US + 2)
    # Settled before and reconciled today: still settled before.
    record("again", 1, "SETTLED", TODAY_US - 1)
    record("again", 2, "SETTLED", TODAY_US + 1)

    overview = await summed_up(reader, clock)

    assert overview.settled_today == [
        Settled(currency="IDR", count=2, amount_minor=125_000_007),
        Settled(currency="USD", count=1, amount_minor=300),
    ]


async def test_hours_and_days_are_jakarta_s(
    record: StateRecorder, reader: Reader, clock: FakeClock
):
    record("today", 1, "PENDING", TODAY_US)
    record("last night", 1, "SETTLED", TODAY_US - 1)
    record("too old", 1, "SETTLED", TODAY_US - 29 * DAY_US - 1)

    month = await summed_up(reader, clock, Span.MONTH)
    day = await summed_up(reader, clock, Span.DAY)

    assert len(month.over_time) == 30
    assert month.over_time[-1].start_us == TODAY_US
    assert [bucket.counts for bucket in month.over_time[-2:]] == [
        {TransferState.SETTLED: 1},
        {TransferState.PENDING: 1},
    ]
    assert sum(sum(bucket.counts.values()) for bucket in month.over_time) == 2
    assert len(day.over_time) == 24
    assert [bucket.start_us for bucket in day.over_time if bucket.counts] == [
        TODAY_US - HOUR_US,
        TODAY_US,
    ]


async def test_who_waits_for_an_operator_comes_first_then_unknown_then_pending(
    record: StateRecorder, reader: Reader, clock: FakeClock
):
    states = ("UNKNOWN", "SETTLED", "NEEDS_OPERATOR", "REJECTED", "PENDING", "UNKNOWN")
    for age, state in enumerate(states):
        record(f"t{age}", 1, state, FAKE_NOW_US - 1_000 - age)

    overview = await summed_up(reader, clock)

    assert [line.transfer_id for line in overview.waiting] == ["t2", "t5", "t0", "t4"]


async def test_transfers_are_listed_newest_first_by_state_time_and_page(
    record: StateRecorder, reader: Reader
):
    for number in range(6):
        at_us = FAKE_NOW_US + number // 2
        record(f"t{number}", 1, "SETTLED" if number % 3 else "UNKNOWN", at_us)
    figures = SQLTransferFigures(reader)

    async def listed(
        before: tuple[int, str] | None = None, limit: int = 10, **criteria: Any
    ) -> list[str]:
        found = await figures.transfers(TransferFilter(**criteria), before=before, limit=limit)
        return [line.transfer_id for line in found]

    assert await listed(limit=4) == ["t5", "t4", "t3", "t2"]
    assert await listed(before=(FAKE_NOW_US + 1, "t2")) == ["t1", "t0"]
    assert await listed(before=(FAKE_NOW_US + 1, "t3")) == ["t2", "t1", "t0"]
    assert await listed(state="UNKNOWN") == ["t3", "t0"]
    assert await listed(client_id="nobody") == []
    span = {"created_from_us": FAKE_NOW_US + 1, "created_before_us": FAKE_NOW_US + 2}
    assert await listed(**span) == ["t3", "t2"]


async def test_an_empty_database_has_figures_too(reader: Reader, clock: FakeClock):
    overview = await summed_up(reader, clock)

    assert (overview.by_state, overview.settled_today) == ({}, [])
    assert overview.waiting == []
    assert all(bucket.counts == {} for bucket in overview.over_time)


def test_a_bucket_begins_on_jakarta_s_clock():
    assert bucket_start(FAKE_NOW_US, DAY_US) == TODAY_US
    assert bucket_start(TODAY_US - 1, DAY_US) == TODAY_US - DAY_US
    assert bucket_start(FAKE_NOW_US + 5, HOUR_US) == FAKE_NOW_US
