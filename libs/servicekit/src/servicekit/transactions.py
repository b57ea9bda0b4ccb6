"""Transactions on the read pool."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection, Engine

# Execution option of a connection that will only read.
READ = "gerbang_read"


@contextmanager
def read(engine: Engine) -> Iterator[Connection]:
    """A read transaction. Blocks; never use it on the event loop.

    On SQLite it never waits for writers. Whatever it writes by mistake is
    rolled back.
    """
    with engine.connect().execution_options(**{READ: True}) as connection:
        connection.begin()
        yield connection
