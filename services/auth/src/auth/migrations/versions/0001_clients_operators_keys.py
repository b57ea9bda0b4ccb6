"""Clients, operators, signing keys and the outbox."""

import sqlalchemy as sa
from alembic import op
from servicekit.database import Identifier, Instant, LongBytes

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "client",
        sa.Column("client_id", Identifier(63), primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("status", Identifier(16), nullable=False),
        sa.Column("secret_hash", Identifier(255), nullable=False),
        sa.Column("previous_secret_hash", Identifier(255), nullable=True),
        sa.Column("previous_valid_until_us", Instant, nullable=True),
        sa.Column("scopes", LongBytes, nullable=False),
        sa.Column("origins", LongBytes, nullable=False),
        sa.Column("accounts", LongBytes, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_us", Instant, nullable=False),
        sa.Column("updated_us", Instant, nullable=False),
    )
    op.create_table(
        "operator",
        sa.Column("name", Identifier(63), primary_key=True),
        sa.Column("status", Identifier(16), nullable=False),
        sa.Column("password_hash", Identifier(255), nullable=False),
        sa.Column("sealed_totp_secret", LongBytes, nullable=False),
        sa.Column("roles", LongBytes, nullable=False),
        sa.Column("last_totp_step", sa.BigInteger, nullable=False),
        sa.Column("failures_in_a_row", sa.Integer, nullable=False),
        sa.Column("locked_until_us", Instant, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_us", Instant, nullable=False),
        sa.Column("updated_us", Instant, nullable=False),
    )
    op.create_table(
        "signing_key",
        sa.Column("kid", Identifier(26), primary_key=True),
        sa.Column("generation", sa.Integer, nullable=False, unique=True),
        sa.Column("modulus", LongBytes, nullable=False),
        sa.Column("exponent", Identifier(16), nullable=False),
        sa.Column("sealed_private_key", LongBytes, nullable=False),
        sa.Column("created_us", Instant, nullable=False),
        sa.Column("signs_from_us", Instant, nullable=False),
        sa.Column("revoked_us", Instant, nullable=True),
    )
    op.create_table(
        "outbox",
        sa.Column("event_id", Identifier(26), primary_key=True),
        sa.Column("payload", LongBytes, nullable=False),
        sa.Column("created_us", Instant, nullable=False),
    )
