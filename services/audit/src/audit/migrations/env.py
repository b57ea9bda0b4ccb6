"""Alembic's entry: the migrations run on the connection that servicekit opened."""

from audit.adapters.tables import METADATA
from servicekit.database import run_migrations_env

run_migrations_env(METADATA)
