"""Brings every schema to the release in this image, each by its own migration user."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from servicekit.config import DatabaseSettings
from servicekit.database import migrate, open_engine
from sqlalchemy.engine import URL

from compose_setup.installation import password_file
from compose_setup.parts import Schema
from compose_setup.server import Server, create_schema, grant


def run(
    server: Server, schemas: Iterable[Schema], *, share: Path, say: Callable[[str], None]
) -> None:
    """Schemas and users, migrations, rights. Raises ServerError and what alembic raises."""
    with server.as_root() as connection:
        for schema in schemas:
            create_schema(connection, schema, server)
            _migrate(server, schema)
            grant(connection, share / schema.grants_file)
            say(f"{schema.name}: at this release")


def _migrate(server: Server, schema: Schema) -> None:
    url = URL.create(
        "mysql+pymysql",
        username=schema.migration_user,
        host=server.host,
        port=server.port,
        database=schema.name,
    )
    settings = DatabaseSettings(
        url=url.render_as_string(),
        password_file=server.passwords / password_file(schema.migration_user),
    )
    engine = open_engine(settings)
    try:
        migrate(engine, schema.script_location)
    finally:
        engine.dispose()
