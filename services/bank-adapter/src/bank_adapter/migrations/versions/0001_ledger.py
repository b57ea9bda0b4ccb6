"""The ledger: transfers, attempts, events, leases, tokens, circuits, notifications, statements."""

import sqlalchemy as sa
from alembic import op
from servicekit.database import Digest, Identifier, Instant, LongBytes

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _text(name: str, octets: int) -> sa.Column:
    return sa.Column(name, Identifier(octets), nullable=False)


def _number(name: str, kind: object = sa.Integer) -> sa.Column:
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    _transfer()
    _attempt()
    op.create_table(
        "transfer_event",
        sa.Column("transfer_id", Identifier(26), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        _number("at_us", Instant),
        _text("event", 24),
        _text("from_state", 20),
        _text("to_state", 20),
        _text("reason", 64),
        _text("attempt_id", 26),
        _text("actor", 64),
    )
    op.create_table(
        "owner_lease",
        sa.Column("owner_id", Identifier(26), primary_key=True),
        _number("expires_us", Instant),
    )
    op.create_table(
        "bank_token",
        sa.Column("bank_identity", Identifier(64), primary_key=True),
        sa.Column("ciphertext", LongBytes, nullable=False),
        _number("generation"),
        _number("expires_us", Instant),
        _text("holder", 26),
        _number("lease_until_us", Instant),
    )
    op.create_table(
        "bank_circuit",
        sa.Column("bank_identity", Identifier(64), primary_key=True),
        _number("open_until_us", Instant),
        _text("reason", 64),
        _number("failure_count"),
        _number("version"),
    )
    _inbound()
    op.create_table(
        "limit_use",
        sa.Column("name", Identifier(32), primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        _number("amount_minor", sa.BigInteger),
        _number("transfer_count"),
    )
    op.create_table(
        "sending_hold",
        sa.Column("scope", Identifier(32), primary_key=True),
        _number("is_on"),
        _text("kind", 16),
        _number("since_us", Instant),
        _text("operator", 64),
        _text("reason", 2000),
        _number("version"),
    )
    _statements()
    op.create_table(
        "outbox",
        sa.Column("event_id", Identifier(26), primary_key=True),
        sa.Column("payload", LongBytes, nullable=False),
        _number("created_us", Instant),
    )


def _transfer() -> None:
    op.create_table(
        "transfer",
        sa.Column("transfer_id", Identifier(26), primary_key=True),
        _text("client_id", 64),
        _text("partner_reference_no", 64),
        _text("idempotency_key", 128),
        sa.Column("fingerprint", Digest, nullable=False),
        _text("bank", 32),
        _text("bank_identity", 64),
        _text("bank_partner_reference_no", 64),
        _text("rail", 16),
        _text("rail_reason", 64),
        _number("amount_minor", sa.BigInteger),
        _text("currency", 3),
        _text("source_account_no", 34),
        _text("beneficiary_account_no", 34),
        _text("beneficiary_account_name", 400),
        _text("beneficiary_bank_code", 11),
        _text("beneficiary_email", 200),
        _text("remark", 200),
        _text("beneficiary_address", 400),
        _text("beneficiary_residence", 1),
        _text("beneficiary_type", 1),
        _text("purpose_code", 5),
        _text("economic_activity", 240),
        _text("transaction_purpose", 2),
        _text("inquiry_session", 100),
        sa.Column("twin", Digest, nullable=False),
        _text("state", 20),
        _text("state_reason", 64),
        _number("version"),
        _number("event_count"),
        _text("attempt_id", 26),
        _text("owner_id", 26),
        _number("attempt_deadline_us", Instant),
        _number("next_action_us", Instant),
        _number("exposed_count"),
        _number("send_count"),
        _number("token_refusal_count"),
        _number("inquiry_count"),
        _number("unresolved_us", Instant),
        _text("bank_reference_no", 64),
        _text("network_reference_no", 64),
        _text("response_code", 7),
        _text("response_message", 600),
        _text("possible_duplicate_of", 26),
        _text("beneficiary_name_check", 16),
        _text("limit_names", 1024),
        _number("reconciled_us", Instant),
        _text("trace_id", 64),
        _number("send_by_us", Instant),
        _number("created_us", Instant),
        _number("updated_us", Instant),
        sa.UniqueConstraint("client_id", "idempotency_key", name="ux_transfer_key"),
        sa.UniqueConstraint("client_id", "partner_reference_no", name="ux_transfer_reference"),
        sa.UniqueConstraint(
            "bank_identity", "bank_partner_reference_no", name="ux_transfer_bank_ref"
        ),
    )
    op.create_index("ix_transfer_twin", "transfer", ["client_id", "twin", "created_us"])
    op.create_index("ix_transfer_due", "transfer", ["state", "next_action_us"])
    op.create_index("ix_transfer_created", "transfer", ["client_id", "created_us", "transfer_id"])
    op.create_index("ix_transfer_updated", "transfer", ["client_id", "updated_us", "transfer_id"])


def _attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("attempt_id", Identifier(26), primary_key=True),
        _text("transfer_id", 26),
        _text("kind", 16),
        _text("bank_identity", 64),
        _text("external_id", 36),
        _number("external_day"),
        _text("service_code", 2),
        _text("method", 8),
        _text("path", 256),
        sa.Column("body", LongBytes, nullable=False),
        sa.Column("body_sha256", Digest, nullable=False),
        _text("transaction_date", 32),
        _text("owner_id", 26),
        _text("about_attempt_id", 26),
        _number("started_us", Instant),
        _number("deadline_us", Instant),
        _text("result", 16),
        _text("verdict", 16),
        _text("reason", 64),
        _number("ended_us", Instant),
        _number("http_status"),
        _text("response_code", 7),
        _text("response_message", 600),
        sa.Column("reply_body", LongBytes, nullable=False),
        sa.UniqueConstraint(
            "bank_identity", "external_day", "external_id", name="ux_attempt_external"
        ),
    )
    op.create_index("ix_attempt_transfer", "attempt", ["transfer_id", "started_us"])
    op.create_index("ix_attempt_open", "attempt", ["result", "kind", "deadline_us"])


def _inbound() -> None:
    op.create_table(
        "inbound_token",
        sa.Column("token_sha256", Identifier(64), primary_key=True),
        _text("bank", 32),
        _number("expires_us", Instant),
    )
    op.create_index("ix_inbound_token_expiry", "inbound_token", ["expires_us"])
    op.create_table(
        "bank_notification",
        sa.Column("notification_id", Identifier(26), primary_key=True),
        _text("bank", 32),
        _text("service_code", 2),
        _text("external_id", 36),
        _number("external_day"),
        _text("signature_sha256", 64),
        _number("received_us", Instant),
        sa.Column("body", LongBytes, nullable=False),
        _text("partner_reference_no", 64),
        _text("original_external_id", 64),
        _text("status", 8),
        _number("rejected"),
        _text("reject_reason", 400),
        _text("mismatch", 64),
        _text("transfer_id", 26),
        _text("handling", 16),
        _number("handled_us", Instant),
        sa.UniqueConstraint("bank", "external_day", "external_id", name="ux_notification_external"),
        sa.UniqueConstraint("bank", "signature_sha256", name="ux_notification_signature"),
    )
    op.create_index("ix_notification_transfer", "bank_notification", ["transfer_id", "received_us"])
    op.create_index("ix_notification_waiting", "bank_notification", ["handling", "received_us"])


def _statements() -> None:
    op.create_table(
        "reconciliation",
        sa.Column("bank", Identifier(32), primary_key=True),
        sa.Column("account_no", Identifier(34), primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        _number("version"),
        _text("progress", 16),
        _number("first_day"),
        _number("started_us", Instant),
        _number("next_action_us", Instant),
        _number("ended_us", Instant),
        _number("complete"),
        _number("debit_count"),
        _number("matched_count"),
        _number("reconciled_count"),
        _number("unmatched_count"),
        _number("unclear_count"),
        _number("unknown_count"),
        _number("contradicted_count"),
        _number("returned_count"),
        _text("problem", 256),
    )
    op.create_table(
        "statement_line",
        sa.Column("line_id", Digest, primary_key=True),
        _text("bank", 32),
        _text("account_no", 34),
        _number("day"),
        _number("at_us", Instant),
        _number("amount_minor", sa.BigInteger),
        _text("currency", 3),
        _number("debit"),
        _text("remark", 1024),
        _text("transaction_id", 1024),
        _text("kind", 16),
        _text("transfer_id", 26),
        _text("basis", 16),
        _number("found_us", Instant),
    )
    op.create_index("ix_statement_line_day", "statement_line", ["bank", "account_no", "day"])
    op.create_index("ix_statement_line_transfer", "statement_line", ["transfer_id"])
