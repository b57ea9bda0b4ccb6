"""Alembic's way in; servicekit does the work."""

from servicekit.database import run_migrations_env
from signer.adapters.tables import metadata

run_migrations_env(metadata)
