"""The signer's tables. Their shape is kept by the migrations.

`key_version.sealed` and `key_ring.list_tag` are the only columns that hold
anything of a key, and both are useless without the key-encryption key.
"""

from servicekit.database import Identifier, Instant, LongBytes
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
)

metadata = MetaData()

key_ring = Table(
    "key_ring",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),  # always 1
    Column("revision", BigInteger, nullable=False),
    Column("kdf", String(16), nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("log2_n", SmallInteger, nullable=False),
    Column("list_tag", LargeBinary(32), nullable=False),
    Column("changed_us", Instant, nullable=False),
)

key_profile = Table(
    "key_profile",
    metadata,
    Column("key_id", Identifier(63), primary_key=True),
    Column("material", String(16), nullable=False),
    Column("schemes", String(255), nullable=False),
    Column("purposes", String(32), nullable=False),
    Column("encoding", String(16), nullable=False),
    Column("timestamp_form", String(16), nullable=False),
    Column("tolerance_s", Integer, nullable=False),
)

key_version = Table(
    "key_version",
    metadata,
    Column("key_id", Identifier(63), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("custody", String(16), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("public_key", LongBytes, nullable=False),
    Column("sealed", LongBytes, nullable=False),
    Column("created_us", Instant, nullable=False),
    Column("changed_us", Instant, nullable=False),
    Column("probe_accepted", SmallInteger),
    Column("probe_us", Instant),
    Column("probe_code", String(32)),
    Column("destroy_due_us", Instant),
    Column("destroy_requested_by", String(128)),
    Column("destroy_confirmed_by", String(128)),
    PrimaryKeyConstraint("key_id", "number"),
    ForeignKeyConstraint(["key_id"], ["key_profile.key_id"]),
)

# A row is what one commit wrote: entries `first_sequence` to `last_sequence`.
journal = Table(
    "journal",
    metadata,
    Column("last_sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("first_sequence", BigInteger, nullable=False),
    Column("contents", LongBytes, nullable=False),  # one line an entry
    Column("links", LongBytes, nullable=False),  # 32 bytes an entry
)

journal_head = Table(
    "journal_head",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),  # always 1
    Column("sequence", BigInteger, nullable=False),
    Column("link", LargeBinary(32), nullable=False),
)

journal_relay = Table(
    "journal_relay",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),  # always 1
    Column("sequence", BigInteger, nullable=False),
)

seen_signature = Table(
    "seen_signature",
    metadata,
    Column("digest", Identifier(64), primary_key=True),
    Column("fresh_until_us", Instant, nullable=False),
    Index("seen_signature_fresh_until_us", "fresh_until_us"),
)

ONLY_ROW = 1
