"""Every documented filter is answered from an index, on the server used in production."""

from collections.abc import Callable
from typing import Any

import pytest
from audit.adapters.event_search import statement_of
from audit.adapters.event_store import SQLEventStore
from audit.adapters.tables import SEARCHED
from audit.application.ports import EventFilter, Position
from audit.domain.event import Event
from servicekit.database import read
from servicekit.testing import FAKE_NOW_US, FakeClock
from sqlalchemy import Engine

SPAN = {"occurred_from_us": FAKE_NOW_US + 400_000, "occurred_before_us": FAKE_NOW_US + 410_000}
PLACE = Position(occur_us=FAKE_NOW_US + 990_000, sequence=990)


@pytest.fixture
def filled(
    mariadb_engine: Engine, clock: FakeClock, make_event: Callable[..., Event]
) -> Callable[..., tuple[str, int]]:
    """A thousand events, four a transfer; gives the index and rows of a search."""
    events = [
        make_event(
            transfer_id=f"transfer-{number // 4}",
            partner_reference_no=f"INV-{number // 4}",
            bank_partner_reference_no=f"88{number // 4}",
            client_id=f"client-{number % 50}",
            kind=f"a.kind_{number % 50}",
            bank=f"bank-{number % 50}",
            request=None,
            response=None,
        )
        for number in range(1_000)
    ]
    SQLEventStore(mariadb_engine, clock).store(events)
    with mariadb_engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE TABLE audit_event")

    def explain(criteria: EventFilter, **paging: Any) -> tuple[str, int]:
        statement = statement_of(criteria, limit=10, **paging)
        text = str(
            statement.compile(mariadb_engine, compile_kwargs={"literal_binds": True})
        ).replace("%", "%%")
        with read(mariadb_engine) as connection:
            row = connection.exec_driver_sql(f"EXPLAIN {text}").mappings().one()
        assert row["key"] is not None, dict(row)
        assert "filesort" not in str(row["Extra"]), dict(row)
        return str(row["key"]), int(row["rows"])

    return explain


VALUES = {
    "transfer_id": "transfer-7",
    "partner_reference_no": "INV-7",
    "bank_partner_reference_no": "887",
    "client_id": "client-7",
    "kind": "a.kind_7",
    "trace_id": "trace-7",
    "attempt_id": "attempt-7",
    "bank": "bank-7",
}


def test_each_filter_has_an_index_of_its_own_in_the_order_of_its_pages(
    filled: Callable[..., tuple[str, int]],
):
    assert VALUES.keys() == set(SEARCHED)
    for field, value in VALUES.items():
        for newest_first in (False, True):
            key, rows = filled(EventFilter(**{field: value}), after=None, newest_first=newest_first)
            assert key == f"audit_event_{field}"
            assert rows <= 20


def test_time_a_further_page_and_one_event_have_an_index(
    filled: Callable[..., tuple[str, int]],
):
    span, _ = filled(EventFilter(**SPAN), after=None, newest_first=False)
    further, _ = filled(EventFilter(), after=PLACE, newest_first=False)
    both, _ = filled(EventFilter(client_id="client-7", **SPAN), after=None, newest_first=False)
    one, rows = filled(EventFilter(event_id="0" * 25 + "1"), after=None, newest_first=False)

    assert (span, further, both) == (
        "audit_event_occur",
        "audit_event_occur",
        "audit_event_client_id",
    )
    assert (one, rows) == ("event_id", 1)
