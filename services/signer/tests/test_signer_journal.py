"""The journal: one chain, on disk before the answer, relayed at least once."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from gerbang.audit.v1.event_pb2 import Event
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from servicekit.database import read
from signer.adapters import journal_rows
from signer.adapters.journal_relay import JournalRelay
from signer.adapters.journal_writer import JournalWriter
from signer.domain.journal import Act, ChainBroken, Entry, Head, Record, verify_chain
from signer.domain.refusal import Reason, Refusal
from sqlalchemy import Engine, event, text


def record(number: int = 1, **changes: Any) -> Record:
    return replace(
        Record(
            act=Act.SIGNED,
            time_us=1_795_231_824_000_000 + number,
            actor="spiffe://gerbang/bank-adapter",
            key_id="bca-transaction",
            key_version=1,
            scheme="snap_transaction_symmetric",
            attempt_id=f"attempt-{number}",
            facts={"method": "POST", "path": "/v1.0/x"},
        ),
        **changes,
    )


def chain(count: int) -> list[Entry]:
    head, entries = Head(), []
    for number in range(count):
        entry = head.extend(record(number).encode())
        entries.append(entry)
        head = head.follow(entry)
    return entries


@given(
    st.integers(2, 8),
    st.data(),
    st.sampled_from(["content", "link", "drop", "swap", "double", "renumber"]),
)
def test_any_edit_of_a_chain_is_found(count: int, data: st.DataObject, edit: str) -> None:
    entries = chain(count)
    at = data.draw(st.integers(0, count - 2))
    one = entries[at]
    match edit:
        case "content":
            entries[at] = replace(one, content=one.content.replace(b"POST", b"PUT"))
        case "link":
            entries[at] = replace(one, link=bytes(32))
        case "drop":
            del entries[at]
        case "swap":
            entries[at], entries[at + 1] = entries[at + 1], one
        case "double":
            entries.insert(at, one)
        case _:
            entries[at] = replace(one, sequence=one.sequence + 1)
    with pytest.raises(ChainBroken):
        verify_chain(entries)


def test_a_chain_is_followed_from_any_known_head() -> None:
    entries = chain(6)
    middle = verify_chain(entries[:3])
    assert verify_chain(entries[3:], head=middle) == verify_chain(entries)


def stored(engine: Engine) -> list[Entry]:
    with read(engine) as connection:
        return list(journal_rows.walk(connection))


@pytest.fixture
async def writer(engine: Engine) -> AsyncIterator[JournalWriter]:
    made = JournalWriter(engine)
    made.start()
    yield made
    await asyncio.to_thread(made.close)


async def test_what_was_appended_is_committed_when_append_returns(
    engine: Engine, writer: JournalWriter
) -> None:
    await writer.append([record(1), record(2)])
    entries = stored(engine)
    assert [entry.content for entry in entries] == [record(1).encode(), record(2).encode()]
    verify_chain(entries)


async def test_callers_share_a_commit(engine: Engine, writer: JournalWriter) -> None:
    commits: list[int] = []
    event.listen(engine, "commit", lambda _: commits.append(1))
    await asyncio.gather(*(writer.append([record(number)]) for number in range(200)))
    assert len(stored(engine)) == 200
    assert len(commits) < 100
    verify_chain(stored(engine))


async def test_two_replicas_write_one_chain(engine: Engine, writer: JournalWriter) -> None:
    other = JournalWriter(engine)
    other.start()
    try:
        await asyncio.gather(
            *((writer if number % 2 else other).append([record(number)]) for number in range(60))
        )
    finally:
        await asyncio.to_thread(other.close)
    entries = stored(engine)
    assert len(entries) == 60
    verify_chain(entries)


async def test_a_failed_commit_is_told_to_everyone_who_waits_and_leaves_no_gap(
    engine: Engine, writer: JournalWriter
) -> None:
    await writer.append([record(1)])

    def fail(_: Any) -> None:
        raise OSError("disk full")

    event.listen(engine, "commit", fail)
    waiting = [asyncio.create_task(writer.append([record(number)])) for number in (2, 3)]
    results = await asyncio.gather(*waiting, return_exceptions=True)
    event.remove(engine, "commit", fail)
    assert [one.reason for one in results if isinstance(one, Refusal)] == [Reason.UNAVAILABLE] * 2
    await writer.append([record(4)])
    entries = stored(engine)
    verify_chain(entries)
    assert entries[-1].content == record(4).encode()


async def test_a_caller_that_goes_away_does_not_stop_the_writer(
    engine: Engine, writer: JournalWriter
) -> None:
    gone = asyncio.create_task(writer.append([record(1)]))
    await asyncio.sleep(0)
    gone.cancel()
    await writer.append([record(2)])
    verify_chain(stored(engine))


async def test_closing_writes_what_waits(engine: Engine) -> None:
    writer = JournalWriter(engine)
    waiting = asyncio.create_task(writer.append([record(1)]))
    await asyncio.sleep(0)
    writer.start()
    await asyncio.to_thread(writer.close)
    await waiting
    assert len(stored(engine)) == 1
    with pytest.raises(Refusal):
        await writer.append([record(2)])
    assert threading.active_count() >= 1


class FakeAudit:
    def __init__(self, *failures: Exception) -> None:
        self.events: list[Event] = []
        self._failures = list(failures)

    async def ship(self, events: Sequence[Event]) -> None:
        if self._failures:
            raise self._failures.pop(0)
        self.events += events


async def test_the_relay_ships_in_order_and_goes_on_where_it_stopped(
    engine: Engine, writer: JournalWriter
) -> None:
    audit = FakeAudit()
    await writer.append([record(1), record(2)])
    assert await JournalRelay(engine, audit.ship).ship_some() == 2
    await writer.append([record(3)])
    assert await JournalRelay(engine, audit.ship).ship_some() == 1
    assert await JournalRelay(engine, audit.ship).ship_some() == 0
    assert [one.attempt_id for one in audit.events] == ["attempt-1", "attempt-2", "attempt-3"]
    assert [one.attributes["journalSequence"] for one in audit.events] == ["1", "2", "3"]


async def test_what_the_audit_did_not_acknowledge_is_shipped_again_under_the_same_id(
    engine: Engine, writer: JournalWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await writer.append([record(1)])
    audit = FakeAudit()
    relay = JournalRelay(engine, audit.ship)
    with monkeypatch.context() as patch:
        patch.setattr(JournalRelay, "_shipped", lambda *_: None)  # a crash after the send
        await relay.ship_some()
    await relay.ship_some()
    first, second = audit.events
    assert first == second
    assert len(first.event_id) == 26


async def test_the_relay_waits_out_an_audit_that_is_away(
    engine: Engine, writer: JournalWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signer.adapters.journal_relay.JOURNAL_RELAY_IDLE_S", 0.001)
    await writer.append([record(1)])
    audit = FakeAudit(OSError("away"), OSError("away"))
    running = asyncio.create_task(JournalRelay(engine, audit.ship).run())
    async with asyncio.timeout(10):
        while not audit.events:  # noqa: ASYNC110 - the fake has no event to wait for
            await asyncio.sleep(0.005)
    running.cancel()
    assert audit.events[0].kind == "signer.signed"


async def test_long_numbers_in_a_path_are_masked_for_the_audit(
    engine: Engine, writer: JournalWriter
) -> None:
    path = "/banking/v2/corporates/BCAAPI2016/accounts/0201245680/statements?EndDate=2016-09-01"
    await writer.append([record(1, facts={"path": path})])
    audit = FakeAudit()
    await JournalRelay(engine, audit.ship).ship_some()
    assert "accounts/******5680/statements" in audit.events[0].attributes["path"]


@given(
    st.text(min_size=1, max_size=8),
    st.integers(0, 3),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4),
)
def test_content_is_canonical_json_of_what_is_there(
    words: str, number: int, facts: dict[str, str]
) -> None:
    one = record(actor=words, key_version=number, attempt_id="", facts=facts)
    there = {
        "act": "signer.signed",
        "actor": words,
        "facts": facts,
        "keyId": "bca-transaction",
        "keyVersion": number,
        "scheme": "snap_transaction_symmetric",
        "timeUs": one.time_us,
    }
    wanted = {name: value for name, value in there.items() if value}
    text = json.dumps(wanted, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    assert one.encode() == text.encode()


@pytest.mark.parametrize("after", range(8))
@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_a_page_begins_and_ends_anywhere_in_a_commit(
    engine: Engine, writer: JournalWriter, after: int, limit: int
) -> None:
    """Seven entries in commits of three, one and three."""
    for numbers in ((1, 2, 3), (4,), (5, 6, 7)):
        await writer.append([record(number) for number in numbers])
    with read(engine) as connection:
        page = journal_rows.read_entries(connection, after=after, limit=limit)
    assert [entry.sequence for entry in page] == list(range(1, 8))[after : after + limit]
    assert all(f'"attempt-{one.sequence}"'.encode() in one.content for one in page)


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE journal SET contents = CAST(replace(contents, 'POST', 'PUT') AS BLOB)",
        "UPDATE journal SET links = zeroblob(64)",
        "UPDATE journal SET links = substr(links, 1, 32)",
        "UPDATE journal SET first_sequence = first_sequence + 1",
        "UPDATE journal SET contents = CAST(contents || x'0a' || contents AS BLOB)",
        "DELETE FROM journal WHERE first_sequence = 3",
        "DELETE FROM journal WHERE first_sequence = 5",
    ],
)
async def test_an_edited_row_is_found(engine: Engine, writer: JournalWriter, edit: str) -> None:
    for numbers in ((1, 2), (3, 4), (5, 6)):
        await writer.append([record(number) for number in numbers])
    with engine.begin() as connection:
        connection.execute(text(edit))
    with read(engine) as connection:
        head = journal_rows.read_head(connection)
    try:
        reached = verify_chain(stored(engine))
    except ChainBroken:
        return
    assert reached != head


async def test_entries_behind_a_hole_are_still_read(engine: Engine, writer: JournalWriter) -> None:
    for number in range(1, 5):
        await writer.append([record(number)])
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM journal WHERE last_sequence IN (2, 3)"))
    with read(engine) as connection:
        page = journal_rows.read_entries(connection, after=1, limit=1)
    assert [entry.sequence for entry in page] == [4]
