"""What the services check that a proto cannot say: required, longest, patterns.

Each number is imported from the service that checks it. A key is
`Message.field`; one that no contract has stops the generator, so nothing here
outlives its field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from audit import limits as audit
from bank_adapter import limits as adapter

# As bank_adapter.application.transfer_request and bank_adapter.domain.money check
# them; tests/contract/test_openapi.py compares.
VISIBLE: Final = r"^[\x21-\x7e]+(?: [\x21-\x7e]+)*$"
ACCOUNT: Final = rf"^[0-9]{{1,{adapter.ACCOUNT_CHARACTERS}}}$"
BANK_CODE: Final = rf"^[A-Z0-9]{{0,{adapter.BANK_CODE_CHARACTERS}}}$"
EMAIL: Final = r"^[^@\s]+@[^@\s]+$"
AMOUNT: Final = r"^(0|[1-9][0-9]{0,12})\.([0-9]{2})$"

_FILTER: Final = {"maxLength": audit.MAX_FILTER_BYTES}

# Constraints by field.
FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Money.value": {"pattern": AMOUNT, "maxLength": 16},
    "Money.currency": {"enum": ["IDR"]},
    "CreateTransferRequest.partner_reference_no": {
        "pattern": VISIBLE,
        "minLength": 1,
        "maxLength": adapter.REFERENCE_CHARACTERS,
        "description": "Your own reference, unique for your client and never used again. "
        "Printable ASCII without outer blanks.",
    },
    "CreateTransferRequest.bank": {
        "description": 'Id of the bank profile, for example "bca". Left out: the default bank.'
    },
    "CreateTransferRequest.source_account_no": {
        "pattern": ACCOUNT,
        "description": "Must be one of the accounts your client may pay from.",
    },
    "CreateTransferRequest.beneficiary_account_no": {
        "pattern": ACCOUNT,
        "description": "Must differ from sourceAccountNo.",
    },
    "CreateTransferRequest.beneficiary_account_name": {"maxLength": adapter.NAME_CHARACTERS},
    "CreateTransferRequest.beneficiary_bank_code": {
        "pattern": BANK_CODE,
        "description": "SWIFT (8 or 11 characters) or three digits, in whichever form the paying "
        "bank wants it. Left out: the same bank.",
    },
    "CreateTransferRequest.beneficiary_email": {
        "pattern": EMAIL,
        "maxLength": adapter.EMAIL_CHARACTERS,
    },
    "CreateTransferRequest.remark": {
        "maxLength": adapter.REMARK_CHARACTERS,
        "description": "For the bank statement. A bank may take fewer or plainer characters; "
        "what it cannot carry is refused, never altered.",
    },
    "CreateTransferRequest.beneficiary_address": {"maxLength": adapter.ADDRESS_CHARACTERS},
    "CreateTransferRequest.beneficiary_customer_residence": {"maxLength": 1},
    "CreateTransferRequest.beneficiary_customer_type": {"maxLength": 1},
    "CreateTransferRequest.purpose_code": {"maxLength": adapter.PURPOSE_CHARACTERS},
    "CreateTransferRequest.economic_activity": {"maxLength": adapter.ECONOMIC_ACTIVITY_CHARACTERS},
    "CreateTransferRequest.transaction_purpose": {
        "maxLength": adapter.TRANSACTION_PURPOSE_CHARACTERS
    },
    "CreateTransferRequest.rail": {
        "description": "Left out or AUTO: chosen, with the reason in railReason."
    },
    "InquireAccountRequest.bank": {
        "description": 'Id of the bank profile, for example "bca". Left out: the default bank.'
    },
    "GetBalanceRequest.account_no": {
        "description": "Must be one of the accounts your client may pay from."
    },
    "GetBalanceRequest.bank": {
        "description": 'Id of the bank profile, for example "bca". Left out: the default bank.'
    },
    "GetStatementRequest.account_no": {
        "description": "Must be one of the accounts your client may pay from."
    },
    "GetStatementRequest.page_size": {
        "minimum": 0,
        "default": adapter.STATEMENT_PAGE_DEFAULT,
    },
    "ListTransfersRequest.page_size": {"minimum": 0, "default": adapter.PAGE_DEFAULT},
    "ListTransfersRequest.created_after": {"description": "Exclusive."},
    "ListTransfersRequest.created_before": {"description": "Exclusive."},
    "ListTransfersRequest.updated_after": {
        "description": "Makes the list the pull feed: oldest change first, from this instant on. "
        f"A change shows up {adapter.FEED_SETTLE_S:g} s after it happened. Send it again, "
        "unchanged, beside every pageToken."
    },
    "ListEventsRequest.page_size": {"minimum": 0, "default": audit.DEFAULT_PAGE_SIZE},
    "ListEventsRequest.transfer_id": _FILTER,
    "ListEventsRequest.partner_reference_no": _FILTER,
    "ListEventsRequest.client_id": _FILTER,
    "ListEventsRequest.kind": _FILTER,
    "VerifyChainRequest.after_hash": {"pattern": "^[0-9a-f]{64}$"},
}

# Fields without which the request is refused (MISSING_FIELD).
REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "Money": ("value", "currency"),
    "CreateTransferRequest": (
        "partner_reference_no",
        "amount",
        "source_account_no",
        "beneficiary_account_no",
    ),
    "InquireAccountRequest": ("beneficiary_account_no",),
}

# Message fields that an answer always holds. Plain fields, enums and lists are
# always printed by the edge, also when empty.
ALWAYS_SET: Final[Mapping[str, tuple[str, ...]]] = {
    "Transfer": ("amount", "create_time", "update_time"),
    "Attempt": ("start_time",),
    "TransferEvent": ("occur_time",),
    "Event": ("occur_time", "store_time"),
    "VerifyChainResponse": ("walked", "head", "anchor"),
    "Balance": ("read_time",),
}

SCOPES: Final[Mapping[str, str]] = {
    "accounts.read": "Balances of the client's own accounts, names behind beneficiary accounts",
    "audit.read": "The client's own audit events",
    "audit.verify": "Whether the audit's chain is whole; shows no event, only how many there are",
    "transfers.read": "The client's own transfers; asking the bank about one",
    "transfers.write": "Creating transfers from the client's own accounts",
}
