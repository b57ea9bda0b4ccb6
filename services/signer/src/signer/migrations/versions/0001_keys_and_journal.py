"""The key store and the journal."""

import sqlalchemy as sa
from alembic import op
from servicekit.database import Identifier, Instant, LongBytes

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "key_ring",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("kdf", sa.String(16), nullable=False),
        sa.Column("salt", sa.LargeBinary(32), nullable=False),
        sa.Column("log2_n", sa.SmallInteger, nullable=False),
        sa.Column("list_tag", sa.LargeBinary(32), nullable=False),
        sa.Column("changed_us", Instant, nullable=False),
    )
    op.create_table(
        "key_profile",
        sa.Column("key_id", Identifier(63), primary_key=True),
        sa.Column("material", sa.String(16), nullable=False),
        sa.Column("schemes", sa.String(255), nullable=False),
        sa.Column("purposes", sa.String(32), nullable=False),
        sa.Column("encoding", sa.String(16), nullable=False),
        sa.Column("timestamp_form", sa.String(16), nullable=False),
        sa.Column("tolerance_s", sa.Integer, nullable=False),
    )
    op.create_table(
        "key_version",
        sa.Column("key_id", Identifier(63), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("custody", sa.String(16), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("public_key", LongBytes, nullable=False),
        sa.Column("sealed", LongBytes, nullable=False),
        sa.Column("created_us", Instant, nullable=False),
        sa.Column("changed_us", Instant, nullable=False),
        sa.Column("probe_accepted", sa.SmallInteger),
        sa.Column("probe_us", Instant),
        sa.Column("probe_code", sa.String(32)),
        sa.Column("destroy_due_us", Instant),
        sa.Column("destroy_requested_by", sa.String(128)),
        sa.Column("destroy_confirmed_by", sa.String(128)),
        sa.PrimaryKeyConstraint("key_id", "number"),
        sa.ForeignKeyConstraint(["key_id"], ["key_profile.key_id"]),
    )
    op.create_table(
        "journal",
        sa.Column("last_sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("first_sequence", sa.BigInteger, nullable=False),
        sa.Column("contents", LongBytes, nullable=False),
        sa.Column("links", LongBytes, nullable=False),
    )
    head = op.create_table(
        "journal_head",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("link", sa.LargeBinary(32), nullable=False),
    )
    relay = op.create_table(
        "journal_relay",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "sequence": 0, "link": bytes(32)}])
    op.bulk_insert(relay, [{"id": 1, "sequence": 0}])


def downgrade() -> None:
    raise NotImplementedError("keys are not thrown away by a migration")
