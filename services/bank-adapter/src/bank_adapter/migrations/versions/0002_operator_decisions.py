"""What people decided about transfers that waited for them."""

import sqlalchemy as sa
from alembic import op
from servicekit.database import Identifier, Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "operator_decision",
        sa.Column("transfer_id", Identifier(26), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at_us", Instant, nullable=False),
        sa.Column("operator", Identifier(64), nullable=False),
        sa.Column("resolution", Identifier(16), nullable=False),
        sa.Column("reason", Identifier(2000), nullable=False),
    )
