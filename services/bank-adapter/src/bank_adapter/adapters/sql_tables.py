"""The ledger's tables, one meaning on every database.

Identifiers are bytes, so that no collation folds `INV-1` and `inv-1 ` into
one. Instants are microseconds since the epoch. Free text is UTF-8 bytes.
"""

from __future__ import annotations

from typing import Any

from servicekit.database import Digest, Identifier, Instant, LongBytes
from servicekit.outbox import outbox_table
from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, UniqueConstraint

metadata = MetaData()

# Four bytes hold any character of UTF-8.
_TEXT_100 = 400
_TEXT_150 = 600
_TEXT_256 = 1024
_TEXT_500 = 2000


def _text(name: str, octets: int) -> Column[Any]:
    return Column(name, Identifier(octets), nullable=False, default="")


def _number(name: str, kind: Any = Integer) -> Column[Any]:
    return Column(name, kind, nullable=False, default=0)


transfer = Table(
    "transfer",
    metadata,
    Column("transfer_id", Identifier(26), primary_key=True),
    _text("client_id", 64),
    _text("partner_reference_no", 64),
    _text("idempotency_key", 128),
    Column("fingerprint", Digest, nullable=False),
    _text("bank", 32),
    _text("bank_identity", 64),
    _text("bank_partner_reference_no", 64),
    _text("rail", 16),
    _text("rail_reason", 64),
    _number("amount_minor", BigInteger),
    _text("currency", 3),
    _text("source_account_no", 34),
    _text("beneficiary_account_no", 34),
    _text("beneficiary_account_name", _TEXT_100),
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
    Column("twin", Digest, nullable=False),
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
    _text("response_message", _TEXT_150),
    _text("possible_duplicate_of", 26),
    _text("beneficiary_name_check", 16),
    _text("limit_names", 1024),
    _number("reconciled_us", Instant),
    _text("trace_id", 64),
    _number("send_by_us", Instant),
    _number("created_us", Instant),
    _number("updated_us", Instant),
    UniqueConstraint("client_id", "idempotency_key", name="ux_transfer_key"),
    UniqueConstraint("client_id", "partner_reference_no", name="ux_transfer_reference"),
    UniqueConstraint("bank_identity", "bank_partner_reference_no", name="ux_transfer_bank_ref"),
    Index("ix_transfer_twin", "client_id", "twin", "created_us"),
    Index("ix_transfer_due", "state", "next_action_us"),
    Index("ix_transfer_created", "client_id", "created_us", "transfer_id"),
    Index("ix_transfer_updated", "client_id", "updated_us", "transfer_id"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("attempt_id", Identifier(26), primary_key=True),
    _text("transfer_id", 26),
    _text("kind", 16),
    _text("bank_identity", 64),
    _text("external_id", 36),
    _number("external_day"),
    _text("service_code", 2),
    _text("method", 8),
    _text("path", 256),
    Column("body", LongBytes, nullable=False),
    Column("body_sha256", Digest, nullable=False),
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
    _text("response_message", _TEXT_150),
    Column("reply_body", LongBytes, nullable=False),
    UniqueConstraint("bank_identity", "external_day", "external_id", name="ux_attempt_external"),
    Index("ix_attempt_transfer", "transfer_id", "started_us"),
    Index("ix_attempt_open", "result", "kind", "deadline_us"),
)

transfer_event = Table(
    "transfer_event",
    metadata,
    Column("transfer_id", Identifier(26), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    _number("at_us", Instant),
    _text("event", 24),
    _text("from_state", 20),
    _text("to_state", 20),
    _text("reason", 64),
    _text("attempt_id", 26),
    _text("actor", 64),
)

operator_decision = Table(
    "operator_decision",
    metadata,
    Column("transfer_id", Identifier(26), primary_key=True),
    # The event in which it took effect.
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    _number("at_us", Instant),
    _text("operator", 64),
    _text("resolution", 16),
    _text("reason", _TEXT_500),
)

owner_lease = Table(
    "owner_lease",
    metadata,
    Column("owner_id", Identifier(26), primary_key=True),
    _number("expires_us", Instant),
)

bank_token = Table(
    "bank_token",
    metadata,
    Column("bank_identity", Identifier(64), primary_key=True),
    # Encrypted; empty until the first token.
    Column("ciphertext", LongBytes, nullable=False),
    _number("generation"),
    _number("expires_us", Instant),
    _text("holder", 26),
    _number("lease_until_us", Instant),
)

bank_circuit = Table(
    "bank_circuit",
    metadata,
    Column("bank_identity", Identifier(64), primary_key=True),
    _number("open_until_us", Instant),
    _text("reason", 64),
    _number("failure_count"),
    _number("version"),
)

# Tokens we gave to banks that call us: digests only.
inbound_token = Table(
    "inbound_token",
    metadata,
    Column("token_sha256", Identifier(64), primary_key=True),
    _text("bank", 32),
    _number("expires_us", Instant),
    Index("ix_inbound_token_expiry", "expires_us"),
)

# What banks told us, as received. Appended; only the handling is filled in.
bank_notification = Table(
    "bank_notification",
    metadata,
    Column("notification_id", Identifier(26), primary_key=True),
    _text("bank", 32),
    _text("service_code", 2),
    _text("external_id", 36),
    _number("external_day"),
    _text("signature_sha256", 64),
    _number("received_us", Instant),
    Column("body", LongBytes, nullable=False),
    _text("partner_reference_no", 64),
    _text("original_external_id", 64),
    _text("status", 8),
    _number("rejected"),
    _text("reject_reason", _TEXT_100),
    _text("mismatch", 64),
    _text("transfer_id", 26),
    _text("handling", 16),
    _number("handled_us", Instant),
    UniqueConstraint("bank", "external_day", "external_id", name="ux_notification_external"),
    UniqueConstraint("bank", "signature_sha256", name="ux_notification_signature"),
    Index("ix_notification_transfer", "transfer_id", "received_us"),
    Index("ix_notification_waiting", "handling", "received_us"),
)

limit_use = Table(
    "limit_use",
    metadata,
    Column("name", Identifier(32), primary_key=True),
    # The Jakarta day, yyyymmdd.
    Column("day", Integer, primary_key=True, autoincrement=False),
    _number("amount_minor", BigInteger),
    _number("transfer_count"),
)

# What people keep from being sent: a bank's id, or * for everything.
sending_hold = Table(
    "sending_hold",
    metadata,
    Column("scope", Identifier(32), primary_key=True),
    _number("is_on"),
    _text("kind", 16),
    _number("since_us", Instant),
    _text("operator", 64),
    _text("reason", _TEXT_500),
    _number("version"),
)

# One account's day against the bank's statement.
reconciliation = Table(
    "reconciliation",
    metadata,
    Column("bank", Identifier(32), primary_key=True),
    Column("account_no", Identifier(34), primary_key=True),
    # The Jakarta day, yyyymmdd.
    Column("day", Integer, primary_key=True, autoincrement=False),
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

# Lines of statements. Appended; only what explains a line is filled in.
statement_line = Table(
    "statement_line",
    metadata,
    Column("line_id", Digest, primary_key=True),
    _text("bank", 32),
    _text("account_no", 34),
    _number("day"),
    _number("at_us", Instant),
    _number("amount_minor", BigInteger),
    _text("currency", 3),
    _number("debit"),
    _text("remark", _TEXT_256),
    _text("transaction_id", _TEXT_256),
    _text("kind", 16),
    _text("transfer_id", 26),
    _text("basis", 16),
    _number("found_us", Instant),
    Index("ix_statement_line_day", "bank", "account_no", "day"),
    Index("ix_statement_line_transfer", "transfer_id"),
)

outbox = outbox_table(metadata)
