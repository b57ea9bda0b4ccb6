"""Every limit of the bank-adapter, with its unit in its name."""

from __future__ import annotations

from typing import Final

# A commit older than this must not be followed by a first byte: a process
# that was frozen for a minute must not wake up and pay (rules of money, 2).
FIRST_BYTE_AFTER_COMMIT_S: Final = 10.0

# A bank token is refreshed this long before it expires.
TOKEN_EARLY_S: Final = 60
# How long a sender waits for another process to refresh the token.
TOKEN_WAIT_S: Final = 5.0
TOKEN_POLL_S: Final = 0.1

# A reservation of the last moments of the day: a transfer made just before
# midnight still gets this long to be sent.
SEND_BY_AT_LEAST_S: Final = 900

# A fingerprinted request names at most this much.
REFERENCE_CHARACTERS: Final = 64
IDEMPOTENCY_KEY_CHARACTERS: Final = 128
ACCOUNT_CHARACTERS: Final = 34
VIRTUAL_ACCOUNT_CHARACTERS: Final = 28
NAME_CHARACTERS: Final = 100
BANK_CODE_CHARACTERS: Final = 11
EMAIL_CHARACTERS: Final = 50
REMARK_CHARACTERS: Final = 50
ADDRESS_CHARACTERS: Final = 100
PURPOSE_CHARACTERS: Final = 5
ECONOMIC_ACTIVITY_CHARACTERS: Final = 60
TRANSACTION_PURPOSE_CHARACTERS: Final = 2

# An operator's words on resolving a transfer.
REASON_LEAST_CHARACTERS: Final = 10
REASON_MOST_CHARACTERS: Final = 500
# How much of a bank's reply an operator is shown.
REPLY_SHOWN_CHARACTERS: Final = 4000
ATTEMPT_PAGE_DEFAULT: Final = 200
ATTEMPT_PAGE_MOST: Final = 500

PAGE_DEFAULT: Final = 50
PAGE_MOST: Final = 200
# The pull feed shows a change only once it is this old, so that a change that
# commits late cannot slip in behind a page token already handed out.
FEED_SETTLE_S: Final = 5.0

# The worker.
WORKER_BATCH: Final = 50
WORKER_PARALLEL: Final = 16
# How often an apply that the database did not confirm is tried again.
CONCLUDE_RETRY_FIRST_S: Final = 0.05
CONCLUDE_RETRY_MOST_S: Final = 5.0

# Transfers under way in one process; more are told to come back.
IN_FLIGHT_MOST: Final = 2000

# A name check may overrun its time by this much, for a token.
NAME_CHECK_MARGIN_S: Final = 2.0

# Configured limits; their names must fit the ledger's column.
LIMITS_MOST: Final = 30

# Twins of one payment that are looked at.
TWINS_MOST: Final = 20
# Payments whose twins are looked for by one query.
TWIN_QUESTIONS_MOST: Final = 256
# A bank that cannot be reached this often in a row is left alone for a while.
CIRCUIT_FAILURES: Final = 5
CIRCUIT_OPEN_S: Final = 30.0
CIRCUIT_REFUSED_S: Final = 60.0
# How long this process believes what it last read about a circuit.
CIRCUIT_BELIEVED_S: Final = 1.0
STATEMENT_DAYS: Final = 31
# How long this process believes what it last read about holds.
HOLD_BELIEVED_S: Final = 1.0
# A payment on hold is looked at again after this.
HOLD_LOOK_S: Final = 30.0
# A reconciliation that took longer is taken up by another process.
RECONCILE_CLAIM_S: Final = 900.0
# How often the worker looks for a day to reconcile.
RECONCILE_INTERVAL_S: Final = 30.0
RECONCILED_ACCOUNTS_MOST: Final = 200
# Shorter words stand in any text by chance.
LEAST_WORD_CHARACTERS: Final = 3
RECONCILE_TRANSFERS_A_PAGE: Final = 500
STATEMENT_LINES_A_UNIT: Final = 50
STATEMENT_PAGE_DEFAULT: Final = 200
STATEMENT_PAGE_MOST: Final = 1000

# Of a body, what the audit is told; it refuses an event with more than 256 KiB of it.
AUDITED_BODY_OCTETS: Final = 131_072

# Banks that call us.
INBOUND_TOKEN_S: Final = 900
# How long an expired token of theirs is kept before it is forgotten.
INBOUND_TOKEN_KEPT_S: Final = 86_400
# Of a caller's body and headers, what goes into the audit; nobody is proven yet.
INBOUND_AUDITED_CHARACTERS: Final = 4096
# Payments whose external ids begin alike that are compared with a notification.
NOTIFIED_TRANSFERS_MOST: Final = 5
