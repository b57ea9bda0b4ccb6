"""config/grants.sql on a real server: enough to work with, too little to forge."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from audit.adapters.chain_store import SQLChainStore
from audit.adapters.event_store import SQLEventStore
from audit.adapters.reader import Reader
from audit.application.verify_chain import VerifyChain
from audit.bootstrap import MIGRATIONS
from audit.domain.event import Event
from servicekit.config import DatabaseSettings
from servicekit.database import check_migrated, migrate, open_engine
from servicekit.testing import FakeClock
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import OperationalError

GRANTS = Path(__file__).parents[1] / "config" / "grants.sql"


@pytest.fixture(scope="module")
def granted(
    mariadb_url: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """The schema `audit` as the running service's user sees it."""
    url = make_url(mariadb_url())
    root = open_engine(DatabaseSettings(url=str(url)))
    with root.begin() as connection:
        connection.exec_driver_sql("CREATE DATABASE audit CHARACTER SET utf8mb4")
    owner = open_engine(DatabaseSettings(url=str(url.set(database="audit"))))
    migrate(owner, MIGRATIONS)
    owner.dispose()
    lines = [line for line in GRANTS.read_text().splitlines() if not line.startswith("--")]
    with root.begin() as connection:
        for statement in filter(str.strip, "\n".join(lines).split(";")):
            connection.exec_driver_sql(statement.replace("%", "%%"))
    password = tmp_path_factory.mktemp("secret") / "password"
    password.write_text("replace-me\n")
    service = url.set(username="audit", database="audit")
    opened = open_engine(DatabaseSettings(url=str(service), password_file=password))
    yield opened
    opened.dispose()
    with root.begin() as connection:
        connection.exec_driver_sql("DROP DATABASE audit")
    root.dispose()


async def test_the_services_user_can_do_its_work(
    granted: Engine, clock: FakeClock, make_event: Callable[..., Event]
):
    state = {"state": "PENDING", "amount": "1.00", "currency": "IDR", "sequence": "1"}
    store = SQLEventStore(granted, clock)
    for _ in range(2):
        # The second time the projection is rewritten.
        store.store([make_event(kind="transfer.state_changed", attributes=state)])
    reader = Reader(granted)
    check = await VerifyChain(SQLChainStore(reader, clock), clock).run()
    await reader.close()

    check_migrated(granted, MIGRATIONS)
    assert (check.found, check.walked.sequence) == (None, 2)


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE audit_event SET kind = 'x'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "DROP TABLE audit_event",
        "ALTER TABLE audit_event DROP COLUMN bank",
        "UPDATE chain_check SET problem = NULL",
        "DELETE FROM chain_check",
        "INSERT INTO chain_head VALUES (2, 0, '')",
        "DELETE FROM chain_head",
        "UPDATE chain_anchor SET chain_sequence = 1",
    ],
)
def test_the_services_user_cannot_rewrite_history(forgery: str, granted: Engine):
    with granted.begin() as connection, pytest.raises(OperationalError, match="denied"):
        connection.execute(text(forgery))
