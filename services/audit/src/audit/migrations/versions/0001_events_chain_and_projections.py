"""The event log, its chain and the projection for the charts.

Widths are written out: a migration never changes once it has been released.
"""

import sqlalchemy as sa
from alembic import op
from servicekit.database import Digest, Identifier, Instant, LongBytes

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_log()
    _create_chain()
    _create_projection()


def _create_log() -> None:
    op.create_table(
        "audit_event",
        sa.Column("chain_sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("store_us", Instant, nullable=False),
        sa.Column("chain_hash", Digest, nullable=False),
        sa.Column("content", LongBytes, nullable=False),
        sa.Column("occur_us", Instant, nullable=False),
        sa.Column("event_id", Identifier(26), nullable=False, unique=True),
        sa.Column("kind", Identifier(64), nullable=False),
        sa.Column("client_id", Identifier(128)),
        sa.Column("transfer_id", Identifier(128)),
        sa.Column("partner_reference_no", Identifier(255)),
        sa.Column("bank_partner_reference_no", Identifier(128)),
        sa.Column("attempt_id", Identifier(128)),
        sa.Column("trace_id", Identifier(128)),
        sa.Column("bank", Identifier(64)),
        mysql_engine="InnoDB",
    )
    for column in (
        "transfer_id",
        "partner_reference_no",
        "bank_partner_reference_no",
        "client_id",
        "kind",
        "trace_id",
        "attempt_id",
        "bank",
    ):
        op.create_index(
            f"audit_event_{column}", "audit_event", [column, "occur_us", "chain_sequence"]
        )
    op.create_index("audit_event_occur", "audit_event", ["occur_us", "chain_sequence"])


def _create_chain() -> None:
    for name, key in (("chain_head", "head_id"), ("chain_anchor", "anchor_id")):
        table = op.create_table(
            name,
            sa.Column(key, sa.SmallInteger, primary_key=True, autoincrement=False),
            sa.Column("chain_sequence", sa.BigInteger, nullable=False),
            sa.Column("chain_hash", Digest, nullable=False),
            mysql_engine="InnoDB",
        )
        op.bulk_insert(table, [{key: 1, "chain_sequence": 0, "chain_hash": bytes(32)}])
    op.create_table(
        "chain_check",
        sa.Column("check_id", Identifier(26), primary_key=True),
        sa.Column("from_sequence", sa.BigInteger, nullable=False),
        sa.Column("start_us", Instant, nullable=False),
        sa.Column("finish_us", Instant, nullable=False),
        sa.Column("walked_sequence", sa.BigInteger, nullable=False),
        sa.Column("walked_hash", Digest, nullable=False),
        sa.Column("broken_sequence", sa.BigInteger),
        sa.Column("problem", Identifier(255)),
        mysql_engine="InnoDB",
    )
    op.create_index("chain_check_finish", "chain_check", ["finish_us", "check_id"])


def _create_projection() -> None:
    op.create_table(
        "transfer_projection",
        sa.Column("transfer_id", Identifier(128), primary_key=True),
        sa.Column("client_id", Identifier(128), nullable=False),
        sa.Column("partner_reference_no", Identifier(255), nullable=False),
        sa.Column("bank", Identifier(64), nullable=False),
        sa.Column("state", Identifier(32), nullable=False),
        sa.Column("internal_state", Identifier(64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", Identifier(3), nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("created_us", Instant, nullable=False),
        sa.Column("updated_us", Instant, nullable=False),
        sa.Column("settle_us", Instant, nullable=False),
        mysql_engine="InnoDB",
    )
    for name, columns in (
        ("state", ["state", "created_us"]),
        ("created", ["created_us"]),
        ("settle", ["settle_us"]),
    ):
        op.create_index(f"transfer_projection_{name}", "transfer_projection", columns)
