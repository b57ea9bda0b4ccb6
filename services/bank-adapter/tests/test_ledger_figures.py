"""What Prometheus is told by the worker, from a real ledger."""

from __future__ import annotations

from bank_adapter.adapters.sql_figures import SQLFigures
from bank_adapter.adapters.sql_holds import SQLHoldStore
from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.adapters.sql_reconciliations import SQLReconciliationStore
from bank_adapter.adapters.sql_tables import bank_circuit, outbox
from bank_adapter.domain.audit_record import AuditRecord
from bank_adapter.domain.hold import Hold, HoldKind
from bank_adapter.domain.reconciliation import Progress, Reconciliation, Tally
from servicekit.config import DatabaseSettings
from servicekit.database import open_engine
from servicekit.group_commit import GroupCommit
from servicekit.metrics import render
from servicekit.testing import FAKE_NOW_US, FakeClock
from sqlalchemy import insert


async def test_the_backlog_and_the_circuits_are_told(sqlite_url: str) -> None:
    engine = open_engine(DatabaseSettings(url=sqlite_url))
    reader = SQLReader(engine)
    figures = SQLFigures(reader, FakeClock())
    empty = render(await figures.families()).splitlines()
    with engine.begin() as connection:
        connection.execute(
            insert(outbox),
            [
                {"event_id": f"{number:026}", "payload": b"", "created_us": FAKE_NOW_US - age_us}
                for number, age_us in enumerate((5_000_000, 90_000_000))
            ],
        )
        connection.execute(
            insert(bank_circuit),
            [
                {"bank_identity": name, "open_until_us": until, "reason": "", "version": 1}
                for name, until in (("bca/a", FAKE_NOW_US + 1), ("paydia/b", FAKE_NOW_US - 1))
            ],
        )
    told = render(await figures.families()).splitlines()
    reader.close()
    engine.dispose()

    assert {"gerbang_outbox_events 0", "gerbang_outbox_oldest_age_seconds 0"} <= set(empty)
    for line in (
        "gerbang_outbox_events 2",
        "gerbang_outbox_oldest_age_seconds 90",
        'gerbang_bank_circuit_open{bank="bca/a"} 1',
        'gerbang_bank_circuit_open{bank="paydia/b"} 0',
    ):
        assert line in told


async def test_the_newest_reconciliations_and_the_holds_are_told(ledger_url: str) -> None:
    day_us = 86_400_000_000
    days = [
        # bank, account, day, ended, unknown, unmatched
        ("bca", "1", 20251230, 2 * day_us, 9, 9),
        ("bca", "1", 20251231, day_us, 1, 2),
        ("bca", "2", 20251231, day_us // 2, 0, 3),
    ]
    engine = open_engine(DatabaseSettings(url=ledger_url))
    writer, reader = GroupCommit(engine), SQLReader(engine)
    writer.start()
    store = SQLReconciliationStore(writer, reader)
    for bank, account_no, day, age_us, unknown, unmatched in days:
        done = Reconciliation(
            bank=bank,
            account_no=account_no,
            day=day,
            first_day=day,
            version=1,
            progress=Progress.DONE,
            started_us=1,
            ended_us=FAKE_NOW_US - age_us,
            tally=Tally(unknown_count=unknown, unmatched_count=unmatched),
        )
        assert await store.save(done)
    hold = Hold(
        scope="bca",
        on=True,
        kind=HoldKind.INCIDENT,
        since_us=1,
        operator="jane",
        reason="seen",
        version=1,
    )
    record = AuditRecord(
        event_id="0" * 26, kind="bank.hold.placed", at_us=1, actor="jane", bank="bca"
    )
    assert await SQLHoldStore(writer, reader).save(hold, record)
    told = render(await SQLFigures(reader, FakeClock()).families()).splitlines()
    writer.close()
    reader.close()
    engine.dispose()

    for line in (
        'gerbang_statement_unknown_debits{bank="bca"} 1',
        'gerbang_statement_unmatched_transfers{bank="bca"} 5',
        'gerbang_reconciliation_age_seconds{bank="bca"} 86400',
        'gerbang_sending_on_hold{scope="bca"} 1',
    ):
        assert line in told
