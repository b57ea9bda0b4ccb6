"""Alembic's way in; servicekit does the work."""

from auth.adapters.tables import METADATA
from servicekit.database import run_migrations_env

run_migrations_env(METADATA)
