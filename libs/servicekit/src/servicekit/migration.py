"""Brings a service's schema up to date with the migrations in its package.

Safe when two processes start it at once: one waits for the other. Each
service's `migrations/env.py` only calls `run_migrations_env`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import command, context
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, text
from sqlalchemy.engine import Connection, Engine

from servicekit import limits
from servicekit.transactions import read

_CONNECTION = "connection"


class NotMigratedError(Exception):
    """The database lacks migrations that this program needs."""


class MigrationLockError(Exception):
    """Another process holds the migration lock for too long."""


def _config(script_location: str) -> Config:
    config = Config()
    config.set_main_option("script_location", script_location)
    config.set_main_option("path_separator", "os")
    return config


def migrate(engine: Engine, script_location: str) -> None:
    """Run every migration that is missing; `script_location` is "package:folder"."""
    config = _config(script_location)
    with engine.connect() as connection, _alone(connection), connection.begin():
        config.attributes[_CONNECTION] = connection
        command.upgrade(config, "head")


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Keep other migrations of this schema away."""
    if connection.dialect.name == "sqlite":
        # The write lock of the file does it; it only has to be waited for.
        with _autocommit(connection) as driver:
            driver.execute(f"PRAGMA busy_timeout = {limits.MIGRATION_LOCK_WAIT_S * 1000}")
        try:
            yield
        finally:
            with _autocommit(connection) as driver:
                driver.execute(f"PRAGMA busy_timeout = {limits.SQLITE_BUSY_TIMEOUT_MS}")
        return
    name = {"name": f"gerbang-migrate-{connection.engine.url.database}"[:64]}
    wait = {"wait_s": limits.MIGRATION_LOCK_WAIT_S}
    taken = connection.execute(text("SELECT GET_LOCK(:name, :wait_s)"), name | wait).scalar()
    connection.rollback()
    if not taken:
        raise MigrationLockError("another migration of this schema is running")
    try:
        yield
    finally:
        connection.execute(text("SELECT RELEASE_LOCK(:name)"), name)
        connection.rollback()


@contextmanager
def _autocommit(connection: Connection) -> Iterator[Any]:
    """The driver's connection, outside any transaction."""
    yield connection.connection.driver_connection


def check_migrated(engine: Engine, script_location: str) -> None:
    """Raise NotMigratedError with the command to run when migrations are missing.

    A database that is ahead of this program is fine: migrations expand first,
    so the previous release runs on the next one's schema.
    """
    script = ScriptDirectory.from_config(_config(script_location))
    with read(engine) as connection:
        current = set(MigrationContext.configure(connection).get_current_heads())
    known = {revision.revision for revision in script.walk_revisions()}
    if not current or (current & known and current != set(script.get_heads())):
        package = script_location.partition(":")[0]
        raise NotMigratedError(
            f"the database is not migrated; run: python -m {package} migrate --config FILE"
        )


def run_migrations_env(metadata: MetaData) -> None:
    """The whole of a service's `migrations/env.py`, inside the caller's transaction."""
    connection = context.config.attributes[_CONNECTION]
    context.configure(connection=connection, target_metadata=metadata)
    context.run_migrations()
