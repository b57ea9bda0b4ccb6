"""Migrations from inside a package, alone and two at once, on both databases."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from servicekit.config import DatabaseSettings
from servicekit.database import NotMigratedError, check_migrated, migrate, open_engine, read
from sqlalchemy import inspect, text
from sqlalchemy.engine import Engine

REVISION = """
    revision = "{revision}"
    down_revision = {down}
    branch_labels = None
    depends_on = None

    from alembic import op
    import sqlalchemy as sa

    def upgrade():
        op.create_table("{table}", sa.Column("id", sa.Integer, primary_key=True))
        op.execute("INSERT INTO {table} (id) VALUES (1)")
"""


def add_revision(folder: Path, revision: str, down: str | None, table: str) -> None:
    body = REVISION.format(revision=revision, down=repr(down), table=table)
    (folder / "versions" / f"{revision}_x.py").write_text(textwrap.dedent(body))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package "migrated" with one migration; yields its migrations folder."""
    folder = tmp_path / "code" / "migrated" / "migrations"
    (folder / "versions").mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "env.py").write_text(
        "from servicekit.database import run_migrations_env\n"
        "from sqlalchemy import MetaData\n"
        "run_migrations_env(MetaData())\n"
    )
    add_revision(folder, "0001", None, "first")
    monkeypatch.syspath_prepend(str(tmp_path / "code"))
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == "migrated"]:
        del sys.modules[name]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(DatabaseSettings(url=database_url))
    yield engine
    engine.dispose()


LOCATION = "migrated:migrations"


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def test_new_database_is_not_migrated_and_says_what_to_run(engine: Engine, package: Path):
    with pytest.raises(NotMigratedError, match="python -m migrated migrate --config"):
        check_migrated(engine, LOCATION)


def test_migrated_database_passes_and_migrating_again_changes_nothing(
    engine: Engine, package: Path
):
    for _ in range(2):
        migrate(engine, LOCATION)
        check_migrated(engine, LOCATION)
    assert tables(engine) == {"first"}
    with read(engine) as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM first")).scalar_one() == 1


def test_database_that_lacks_the_newest_migration_fails_the_check(engine: Engine, package: Path):
    migrate(engine, LOCATION)
    add_revision(package, "0002", "0001", "second")
    with pytest.raises(NotMigratedError):
        check_migrated(engine, LOCATION)
    migrate(engine, LOCATION)
    check_migrated(engine, LOCATION)
    assert tables(engine) == {"first", "second"}


def test_database_ahead_of_the_program_passes(engine: Engine, package: Path):
    """A rolled-back service runs on the schema of its next release."""
    add_revision(package, "0002", "0001", "second")
    migrate(engine, LOCATION)
    (package / "versions" / "0002_x.py").unlink()
    check_migrated(engine, LOCATION)


RUN = """
import sys
from servicekit.config import DatabaseSettings
from servicekit.database import check_migrated, migrate, open_engine
engine = open_engine(DatabaseSettings(url=sys.argv[1]))
sys.stdin.readline()
migrate(engine, "migrated:migrations")
check_migrated(engine, "migrated:migrations")
"""


def test_two_processes_at_once_migrate_once(database_url: str, package: Path, engine: Engine):
    environment = os.environ | {"PYTHONPATH": str(package.parent.parent)}
    processes = [
        subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", RUN, database_url],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    results = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert results == [(b"", 0), (b"", 0)]
    with read(engine) as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM first")).scalar_one() == 1


def test_failed_migration_on_sqlite_leaves_nothing_behind(tmp_path: Path, package: Path):
    engine = open_engine(DatabaseSettings(url=f"sqlite:///{tmp_path / 'x.db'}"))
    add_revision(package, "0002", "0001", "first")
    with pytest.raises(Exception, match="already exists"):
        migrate(engine, LOCATION)
    assert tables(engine) == set()
    engine.dispose()
