"""Somebody with write access to the database changes the log; verification says where."""

from collections.abc import Callable

import pytest
from audit.adapters.chain_store import SQLChainStore
from audit.adapters.event_store import SQLEventStore
from audit.adapters.reader import Reader
from audit.application.verify_chain import VerifyChain
from audit.domain.chain import Break, ChainHead
from audit.domain.event import Event
from servicekit.testing import FakeClock
from sqlalchemy import Engine

COPY_FOURTH = """
INSERT INTO audit_event
(chain_sequence, event_id, occur_us, store_us, chain_hash, kind, content)
SELECT {sequence}, {event_id}, occur_us, store_us, chain_hash, kind, content
FROM audit_event WHERE chain_sequence = 4
"""


def edit(sequence: int, change: str) -> str:
    return f"UPDATE audit_event SET {change} WHERE chain_sequence = {sequence}"  # noqa: S608 - fixed text


def move(sequence: int, to: int) -> str:
    return edit(sequence, f"chain_sequence = {to}")


def remove(sequence: int) -> str:
    return f"DELETE FROM audit_event WHERE chain_sequence = {sequence}"  # noqa: S608 - fixed text


def copy_fourth(to: int) -> str:
    return COPY_FOURTH.format(sequence=to, event_id="X'41'")


# (statements, first broken sequence)
TAMPERINGS = {
    "body edited": ([edit(3, "content = replace(content, '2001700', '2001701')")], 3),
    "made unreadable": ([edit(3, "content = '{'")], 3),
    "field added": ([edit(3, """content = replace(content, '{"method"', '{"x":1,"method"')""")], 3),
    "field retyped": ([edit(3, "content = replace(content, ':200', ':\"200\"')")], 3),
    "response renamed": ([edit(2, "content = replace(content, '\"response\"', '\"x\"')")], 2),
    "text that is no UTF-8": ([edit(4, "content = X'FF'")], 4),
    "client copied wrong": ([edit(5, "client_id = X'78'")], 5),
    "transfer hidden": ([edit(5, "transfer_id = NULL")], 5),
    "time copied wrong": ([edit(1, "occur_us = occur_us + 1")], 1),
    "store time edited": ([edit(6, "store_us = store_us + 1")], 6),
    "hash edited": ([edit(2, "chain_hash = X'3030'")], 2),
    "first removed": ([remove(1)], 1),
    "middle removed": ([remove(3)], 3),
    "removed and closed up": ([remove(3), *(move(at, at - 1) for at in range(4, 11))], 3),
    "tail cut off": ([remove(8), remove(9), remove(10)], 8),
    "all removed": (["DELETE FROM audit_event"], 1),
    "two swapped": ([move(6, 99), move(7, 6), move(99, 7)], 6),
    "inserted": ([*(move(at, at + 1) for at in range(10, 4, -1)), copy_fourth(5)], 5),
    "inserted beyond the head": ([copy_fourth(11)], 11),
    "head moved back": (["UPDATE chain_head SET chain_sequence = 9"], 10),
    "head moved on": (["UPDATE chain_head SET chain_sequence = 12"], 11),
    "head removed": (["DELETE FROM chain_head"], 10),
}


@pytest.fixture
def verify(reader: Reader, clock: FakeClock) -> VerifyChain:
    return VerifyChain(SQLChainStore(reader, clock), clock)


@pytest.fixture
def ten(store: SQLEventStore, make_event: Callable[..., Event]) -> None:
    for size in (4, 1, 5):
        store.store([make_event() for _ in range(size)])


@pytest.mark.usefixtures("ten")
async def test_an_untouched_log_is_whole(verify: VerifyChain, reader: Reader, clock: FakeClock):
    check = await verify.run()

    assert (check.found, check.walked.sequence) == (None, 10)
    assert await SQLChainStore(reader, clock).last_check() == check


async def test_an_empty_log_is_whole(verify: VerifyChain):
    assert (await verify.run()).found is None


@pytest.mark.usefixtures("ten")
@pytest.mark.parametrize("name", TAMPERINGS)
async def test_a_tampering_is_found_where_it_was_done(
    name: str, engine: Engine, verify: VerifyChain, reader: Reader, clock: FakeClock
):
    statements, first_broken = TAMPERINGS[name]
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)

    check = await verify.run()

    assert check.found is not None
    assert check.found.sequence == first_broken
    assert await SQLChainStore(reader, clock).last_check() == check


async def test_a_log_that_grows_while_it_is_walked_is_whole(
    store: SQLEventStore, reader: Reader, clock: FakeClock, make_event: Callable[..., Event]
):
    """An event is committed after the last rows were read and before the head is."""
    store.store([make_event()])

    class GrowingChain(SQLChainStore):
        grown = 0

        async def head(self) -> ChainHead | None:
            if self.grown < 3:
                self.grown += 1
                store.store([make_event()])
            return await super().head()

    check = await VerifyChain(GrowingChain(reader, clock), clock).run()

    assert (check.found, check.walked.sequence) == (None, 4)


ARCHIVE = [
    """
    UPDATE chain_anchor SET chain_sequence = 4,
      chain_hash = (SELECT chain_hash FROM audit_event WHERE chain_sequence = 4)
    """,
    "DELETE FROM audit_event WHERE chain_sequence <= 4",
]


@pytest.mark.usefixtures("ten")
async def test_an_archived_log_is_whole_from_its_anchor_on(
    engine: Engine, verify: VerifyChain, reader: Reader, clock: FakeClock
):
    """By the statements of docs/audit.md; what was noted before then counts at the anchor."""
    chain = SQLChainStore(reader, clock)
    rows = await chain.rows_after(2, limit=2)
    assert not isinstance(rows, Break)
    third, fourth = [ChainHead(sequence=row.sequence, chain_hash=row.chain_hash) for row in rows]
    with engine.begin() as connection:
        for statement in ARCHIVE:
            connection.exec_driver_sql(statement)

    whole = await verify.run()
    from_anchor = await verify.run(fourth)
    before = await verify.run(third)

    assert (whole.from_sequence, whole.walked.sequence, whole.found) == (4, 10, None)
    assert (from_anchor.walked.sequence, from_anchor.found) == (10, None)
    assert before.found is not None
    assert before.found.sequence == 3


@pytest.mark.usefixtures("ten")
async def test_an_anchor_that_was_not_the_end_of_an_archive_shows(
    engine: Engine, verify: VerifyChain
):
    """Somebody deletes old events and moves the anchor to a link of their own."""
    with engine.begin() as connection:
        connection.exec_driver_sql(ARCHIVE[1])
        connection.exec_driver_sql("UPDATE chain_anchor SET chain_sequence = 4")

    check = await verify.run()

    assert check.found is not None
    assert check.found.sequence == 5
