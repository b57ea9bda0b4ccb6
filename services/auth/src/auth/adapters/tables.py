"""Auth's tables, as the code of this version sees them.

The migrations make them; a test holds the two against each other.
"""

from servicekit.database import Identifier, Instant, LongBytes
from servicekit.outbox import outbox_table
from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table

METADATA = MetaData()

# Scopes, origins and accounts are JSON arrays: read and written whole, never
# searched, and covered by the row's version like everything else in it.
CLIENT = Table(
    "client",
    METADATA,
    Column("client_id", Identifier(63), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("status", Identifier(16), nullable=False),
    Column("secret_hash", Identifier(255), nullable=False),
    Column("previous_secret_hash", Identifier(255), nullable=True),
    Column("previous_valid_until_us", Instant, nullable=True),
    Column("scopes", LongBytes, nullable=False),
    Column("origins", LongBytes, nullable=False),
    Column("accounts", LongBytes, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_us", Instant, nullable=False),
    Column("updated_us", Instant, nullable=False),
)

OPERATOR = Table(
    "operator",
    METADATA,
    Column("name", Identifier(63), primary_key=True),
    Column("status", Identifier(16), nullable=False),
    Column("password_hash", Identifier(255), nullable=False),
    Column("sealed_totp_secret", LongBytes, nullable=False),
    Column("roles", LongBytes, nullable=False),
    Column("last_totp_step", BigInteger, nullable=False),
    Column("failures_in_a_row", Integer, nullable=False),
    Column("locked_until_us", Instant, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_us", Instant, nullable=False),
    Column("updated_us", Instant, nullable=False),
)

SIGNING_KEY = Table(
    "signing_key",
    METADATA,
    Column("kid", Identifier(26), primary_key=True),
    # UNIQUE: of two rotations at once, one fails.
    Column("generation", Integer, nullable=False, unique=True),
    Column("modulus", LongBytes, nullable=False),
    Column("exponent", Identifier(16), nullable=False),
    Column("sealed_private_key", LongBytes, nullable=False),
    Column("created_us", Instant, nullable=False),
    Column("signs_from_us", Instant, nullable=False),
    Column("revoked_us", Instant, nullable=True),
)

OUTBOX = outbox_table(METADATA)
