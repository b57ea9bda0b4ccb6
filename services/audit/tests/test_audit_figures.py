"""What Prometheus is told by the audit, from real tables and real events."""

from collections.abc import Callable, Sequence

from audit.adapters.chain_store import SQLChainStore
from audit.adapters.event_store import SQLEventStore
from audit.adapters.reader import Reader
from audit.adapters.transfer_figures import SQLTransferFigures
from audit.application.verify_chain import VerifyChain
from audit.domain.event import Event
from audit.entrypoints.figures import Standing, Watched
from servicekit.metrics import render
from servicekit.testing import FAKE_NOW_US, FakeClock
from sqlalchemy import Engine


async def test_transfers_their_ages_and_the_chain_are_told(
    engine: Engine, reader: Reader, clock: FakeClock, make_event: Callable[..., Event]
):
    for number, state in enumerate(("UNKNOWN", "UNKNOWN", "NEEDS_OPERATOR", "SETTLED")):
        attributes = {"state": state, "amount": "1.00", "currency": "IDR", "sequence": "1"}
        event = make_event(
            kind="transfer.state_changed",
            transfer_id=f"t{number}",
            occur_us=FAKE_NOW_US - (number + 1) * 60_000_000,
            attributes=attributes,
        )
        SQLEventStore(engine, clock).store([event])
    chain = SQLChainStore(reader, clock)
    standing = Standing(SQLTransferFigures(reader), chain, clock)
    before = render(await standing.families())
    await VerifyChain(chain, clock).run()
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM audit_event WHERE chain_sequence = 2")
    clock.advance(30)
    whole = render(await standing.families()).splitlines()
    await VerifyChain(chain, clock).run()
    broken = render(await standing.families()).splitlines()

    assert "gerbang_audit_chain_verified_age_seconds" not in before
    for line in (
        'gerbang_transfers{state="UNKNOWN"} 2',
        'gerbang_transfers{state="SETTLED"} 1',
        'gerbang_transfers{state="PENDING"} 0',
        'gerbang_oldest_transfer_age_seconds{state="UNKNOWN"} 150',
        'gerbang_oldest_transfer_age_seconds{state="NEEDS_OPERATOR"} 210',
        'gerbang_oldest_transfer_age_seconds{state="PENDING"} 0',
        "gerbang_audit_events 4",
        "gerbang_audit_chain_broken 0",
        "gerbang_audit_chain_verified_age_seconds 30",
    ):
        assert line in whole
    assert "gerbang_audit_chain_broken 1" in broken


class Log:
    async def store(self, events: Sequence[Event]) -> int:
        return len(events)


async def test_the_banks_answers_and_the_delay_are_counted_as_they_pass(
    clock: FakeClock, make_event: Callable[..., Event]
):
    watched = Watched(Log(), clock)
    clock.advance(2)
    finished = {"durationMs": "320", "result": "ANSWERED", "serviceCode": "17"}
    odd = {"durationMs": "soon"}
    events = [
        make_event(occur_us=FAKE_NOW_US, attributes=attributes)
        for attributes in (finished, finished, odd)
    ]

    assert await watched.store(events) == 3

    lines = render(await watched.families()).splitlines()
    labels = 'bank="bca",service_code="17",result="ANSWERED"'
    assert f"gerbang_bank_seconds_count{{{labels}}} 2" in lines
    assert f'gerbang_bank_seconds_bucket{{{labels},le="0.25"}} 0' in lines
    assert f'gerbang_bank_seconds_bucket{{{labels},le="0.5"}} 2' in lines
    assert 'gerbang_audit_delay_seconds_count{service="bank-adapter"} 3' in lines
    assert 'gerbang_audit_delay_seconds_sum{service="bank-adapter"} 6' in lines
