"""The answer to COMMIT is lost: reading back decides, else nobody knows."""

from typing import Any

import pytest
from servicekit.group_commit import CommitUnknown
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError


class LostCommit:
    """Makes COMMIT fail on an engine, before or after it took effect."""

    def __init__(self, engine: Engine, *, after: bool, skip: int = 0) -> None:
        self._after = after
        self._until = skip
        self._real = engine.dialect.do_commit
        engine.dialect.do_commit = self._commit  # type: ignore[method-assign]

    def _commit(self, connection: Any) -> None:
        self._until -= 1
        if self._after or self._until != -1:
            self._real(connection)
        if self._until == -1:
            raise OperationalError("COMMIT", None, ConnectionResetError("gone"))


@pytest.mark.parametrize("fate", ["took effect", "was lost"])
async def test_lost_answer_to_commit_is_settled_by_reading_back(ledger: Any, fate: str):
    await ledger.group.commit(ledger.opening("a"))
    LostCommit(ledger.engine, after=fate == "took effect")
    await ledger.group.commit(ledger.bump("a", 1, landed=ledger.was_bumped("a", 2)))
    assert ledger.versions() == {"a": 2}
    assert ledger.entries() == {"a:open", "a:1"}


@pytest.mark.parametrize("fate", ["took effect", "was lost"])
async def test_lost_answer_for_a_batch_is_settled_unit_by_unit(ledger: Any, fate: str):
    for key in ("a", "b", "c"):
        await ledger.group.commit(ledger.opening(key))
    units = [
        ledger.bump("a", 1, landed=ledger.was_bumped("a", 2)),
        ledger.bump("b", 1),
        ledger.bump("c", 1, landed=ledger.was_bumped("c", 2)),
    ]
    # The unit that goes ahead of the batch is spared.
    LostCommit(ledger.engine, after=fate == "took effect", skip=1)
    results = await ledger.commit_all(units)
    assert results[0] is None
    assert isinstance(results[1], CommitUnknown)
    assert results[2] is None
    expected_b = 2 if fate == "took effect" else 1
    assert ledger.versions() == {"a": 2, "b": expected_b, "c": 2}


async def test_lost_answer_without_a_way_to_read_back_is_unknown(ledger: Any):
    await ledger.group.commit(ledger.opening("a"))
    LostCommit(ledger.engine, after=True)
    with pytest.raises(CommitUnknown):
        await ledger.group.commit(ledger.bump("a", 1))


async def test_reading_back_that_fails_is_unknown(ledger: Any):
    def landed(_connection: Connection) -> bool:
        raise ZeroDivisionError

    await ledger.group.commit(ledger.opening("a"))
    LostCommit(ledger.engine, after=True)
    with pytest.raises(CommitUnknown):
        await ledger.group.commit(ledger.bump("a", 1, landed=landed))


@pytest.mark.parametrize("fate", ["took effect", "was lost"])
async def test_reading_back_is_tried_until_the_database_answers(
    ledger: Any, fate: str, monkeypatch: pytest.MonkeyPatch
):
    await ledger.group.commit(ledger.opening("a"))
    LostCommit(ledger.engine, after=fate == "took effect")
    connect = ledger.engine.connect
    refusals = [OperationalError("connect", None, ConnectionRefusedError()) for _ in range(3)]

    def connect_later() -> Connection:
        if refusals:
            raise refusals.pop()
        return connect()

    monkeypatch.setattr(ledger.engine, "connect", connect_later)
    await ledger.group.commit(ledger.bump("a", 1, landed=ledger.was_bumped("a", 2)))
    assert ledger.versions() == {"a": 2}


async def test_database_that_stays_away_leaves_the_commit_unknown(
    ledger: Any, monkeypatch: pytest.MonkeyPatch
):
    await ledger.group.commit(ledger.opening("a"))
    LostCommit(ledger.engine, after=True)

    def refuse() -> Connection:
        raise OperationalError("connect", None, ConnectionRefusedError())

    with monkeypatch.context() as patch:
        patch.setattr(ledger.engine, "connect", refuse)
        with pytest.raises(CommitUnknown):
            await ledger.group.commit(ledger.bump("a", 1, landed=ledger.was_bumped("a", 2)))
    assert ledger.versions() == {"a": 2}
