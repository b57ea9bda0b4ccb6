"""The audit's tables, the same on SQLite and MySQL.

`audit_event` and `chain_check` are only inserted into and read; the grants in
`config/grants.sql` hold that. `chain_head` is one row. `transfer_projection`
repeats what events say about transfers, for the charts.
"""

from typing import Final

from servicekit.database import Digest, Identifier, Instant, LongBytes
from sqlalchemy import BigInteger, Column, Index, MetaData, SmallInteger, Table

from audit import limits

METADATA: Final = MetaData()

AUDIT_EVENT: Final = Table(
    "audit_event",
    METADATA,
    Column("chain_sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("store_us", Instant, nullable=False),
    Column("chain_hash", Digest, nullable=False),
    # The event's text (domain/event_content.py). All that follows repeats it.
    Column("content", LongBytes, nullable=False),
    Column("occur_us", Instant, nullable=False),
    Column("event_id", Identifier(26), nullable=False, unique=True),
    Column("kind", Identifier(limits.MAX_KIND_BYTES), nullable=False),
    Column("client_id", Identifier(limits.MAX_IDENTIFIER_BYTES)),
    Column("transfer_id", Identifier(limits.MAX_IDENTIFIER_BYTES)),
    Column("partner_reference_no", Identifier(limits.MAX_REFERENCE_BYTES)),
    Column("bank_partner_reference_no", Identifier(limits.MAX_IDENTIFIER_BYTES)),
    Column("attempt_id", Identifier(limits.MAX_IDENTIFIER_BYTES)),
    Column("trace_id", Identifier(limits.MAX_IDENTIFIER_BYTES)),
    Column("bank", Identifier(limits.MAX_BANK_BYTES)),
)

# Each search, in the order of its pages. InnoDB ends every index with the
# primary key anyway, so to name it costs nothing there.
SEARCHED: Final = (
    "transfer_id",
    "partner_reference_no",
    "bank_partner_reference_no",
    "client_id",
    "kind",
    "trace_id",
    "attempt_id",
    "bank",
)
for _name in SEARCHED:
    Index(
        f"audit_event_{_name}",
        AUDIT_EVENT.c[_name],
        AUDIT_EVENT.c.occur_us,
        AUDIT_EVENT.c.chain_sequence,
    )
Index("audit_event_occur", AUDIT_EVENT.c.occur_us, AUDIT_EVENT.c.chain_sequence)

CHAIN_HEAD: Final = Table(
    "chain_head",
    METADATA,
    Column("head_id", SmallInteger, primary_key=True, autoincrement=False),
    Column("chain_sequence", BigInteger, nullable=False),
    Column("chain_hash", Digest, nullable=False),
)
HEAD_ID: Final = 1

# Where the stored part of the chain begins: sequence 0, unless older events
# were archived (docs/audit.md). One row, which the service cannot write.
CHAIN_ANCHOR: Final = Table(
    "chain_anchor",
    METADATA,
    Column("anchor_id", SmallInteger, primary_key=True, autoincrement=False),
    Column("chain_sequence", BigInteger, nullable=False),
    Column("chain_hash", Digest, nullable=False),
)

CHAIN_CHECK: Final = Table(
    "chain_check",
    METADATA,
    Column("check_id", Identifier(26), primary_key=True),
    Column("from_sequence", BigInteger, nullable=False),
    Column("start_us", Instant, nullable=False),
    Column("finish_us", Instant, nullable=False),
    Column("walked_sequence", BigInteger, nullable=False),
    Column("walked_hash", Digest, nullable=False),
    # NULL when the chain was whole.
    Column("broken_sequence", BigInteger),
    Column("problem", Identifier(255)),
)
Index("chain_check_finish", CHAIN_CHECK.c.finish_us, CHAIN_CHECK.c.check_id)

TRANSFER_PROJECTION: Final = Table(
    "transfer_projection",
    METADATA,
    Column("transfer_id", Identifier(limits.MAX_IDENTIFIER_BYTES), primary_key=True),
    Column("client_id", Identifier(limits.MAX_IDENTIFIER_BYTES), nullable=False),
    Column("partner_reference_no", Identifier(limits.MAX_REFERENCE_BYTES), nullable=False),
    Column("bank", Identifier(limits.MAX_BANK_BYTES), nullable=False),
    Column("state", Identifier(32), nullable=False),
    Column("internal_state", Identifier(64), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Identifier(3), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("created_us", Instant, nullable=False),
    Column("updated_us", Instant, nullable=False),
    # 0 when it never settled.
    Column("settle_us", Instant, nullable=False),
)
Index("transfer_projection_state", TRANSFER_PROJECTION.c.state, TRANSFER_PROJECTION.c.created_us)
Index("transfer_projection_created", TRANSFER_PROJECTION.c.created_us)
Index("transfer_projection_settle", TRANSFER_PROJECTION.c.settle_us)
