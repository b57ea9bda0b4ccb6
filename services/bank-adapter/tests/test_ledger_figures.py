"""What Prometheus is told by the worker, from a real ledger."""

from __future__ import annotations

from bank_adapter.adapters.sql_figures import SQLFigures
from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.adapters.sql_tables import bank_circuit, outbox
from servicekit.config import DatabaseSettings
from servicekit.database import open_engine
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
