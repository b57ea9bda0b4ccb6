"""Verified signatures, remembered while their timestamps are fresh."""

import sqlalchemy as sa
from alembic import op
from servicekit.database import Identifier, Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seen_signature",
        sa.Column("digest", Identifier(64), primary_key=True),
        sa.Column("fresh_until_us", Instant, nullable=False),
    )
    op.create_index("seen_signature_fresh_until_us", "seen_signature", ["fresh_until_us"])


def downgrade() -> None:
    op.drop_table("seen_signature")
