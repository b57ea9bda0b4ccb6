"""Many guarded updates at once mean what each of them means alone."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from servicekit.config import DatabaseSettings
from servicekit.database import Identifier, Instant, LongBytes, open_engine, read
from servicekit.guarded_update import GuardedUpdate
from sqlalchemy import Column, Integer, MetaData, Table, event, insert, select
from sqlalchemy.engine import Engine

metadata = MetaData()
things = Table(
    "things",
    metadata,
    Column("thing_id", Identifier(26), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", Identifier(10), nullable=False),
    Column("at_us", Instant, nullable=False),
    Column("body", LongBytes),
)
MOVE = GuardedUpdate(
    things,
    keys=("thing_id", "version"),
    values=("version", "state", "at_us", "body"),
    among={"state": ("OPEN", "LOST")},
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(DatabaseSettings(url=database_url))
    metadata.create_all(engine)
    rows = [("a", "OPEN"), ("b", "LOST"), ("b ", "OPEN"), ("c", "DONE")]
    with engine.begin() as connection:
        for thing_id, state in rows:
            connection.execute(
                insert(things),
                {"thing_id": thing_id, "version": 1, "state": state, "at_us": 0, "body": None},
            )
    yield engine
    engine.dispose()


def move(thing_id: str, *, seen: int = 1, **values: Any) -> Mapping[str, Any]:
    new = {"version": seen + 1, "state": "DONE", "at_us": 2**60, "body": b"", **values}
    keys = {"k_thing_id": thing_id, "k_version": seen}
    return keys | {f"v_{name}": value for name, value in new.items()}


def executed(engine: Engine, *rows: Mapping[str, Any]) -> int:
    with engine.connect().execution_options(preserve_rowcount=True) as connection:
        connection.begin()
        matched = MOVE.execute(connection, rows)
        connection.commit()
    return matched


def stored(engine: Engine) -> dict[str, tuple[Any, ...]]:
    with read(engine) as connection:
        found = connection.execute(select(things))
        return {row.thing_id: (row.version, row.state, row.at_us, row.body) for row in found}


def test_each_row_gets_its_own_values(engine: Engine):
    large, odd = bytes(range(256)) * 600, b"100 % '\\ \0"
    rows = (
        move("a", body=large, state="ünd %s"),
        move("b", body=odd, at_us=1),
        move("b ", body=None, at_us=-(2**62)),
    )
    assert executed(engine, *rows) == 3
    assert stored(engine) == {
        "a": (2, "ünd %s", 2**60, large),
        "b": (2, "DONE", 1, odd),
        "b ": (2, "DONE", -(2**62), None),
        "c": (1, "DONE", 0, None),
    }


@pytest.mark.parametrize("refused", [move("a", seen=2), move("c"), move("A"), move("a ")], ids=str)
def test_row_whose_guard_does_not_hold_is_left_and_not_counted(
    engine: Engine, refused: Mapping[str, Any]
):
    before = stored(engine)
    assert executed(engine, refused) == 0
    assert executed(engine, refused, move("b")) == 1
    assert stored(engine) == before | {"b": (2, "DONE", 2**60, b"")}


def test_row_that_already_holds_the_values_is_counted(engine: Engine):
    same = [move(key, version=1, state="OPEN", at_us=0, body=None) for key in ("a", "b ")]
    assert executed(engine, *same) == 2


def test_mysql_is_sent_one_statement_for_all(engine: Engine):
    if engine.dialect.name == "sqlite":
        return
    sent: list[str] = []
    event.listen(
        engine, "before_cursor_execute", lambda _c, _cursor, text, *_more: sent.append(text)
    )
    executed(engine, move("a"), move("b"), move("b "))
    assert [text.split()[0] for text in sent] == ["UPDATE"]
