"""Alembic's way in; servicekit does the work."""

from bank_adapter.adapters.sql_tables import metadata
from servicekit.database import run_migrations_env

run_migrations_env(metadata)
