"""A payment as a client asks for it, and what is checked before any effect."""

from __future__ import annotations

import re

from msgspec import Struct

from bank_adapter.application.bank import Bank, Banks, UnknownBankError
from bank_adapter.domain.bank_code import canonical
from bank_adapter.domain.fingerprint import fingerprint
from bank_adapter.domain.money import Money
from bank_adapter.domain.rail import Rail
from bank_adapter.limits import (
    ACCOUNT_CHARACTERS,
    ADDRESS_CHARACTERS,
    BANK_CODE_CHARACTERS,
    ECONOMIC_ACTIVITY_CHARACTERS,
    EMAIL_CHARACTERS,
    IDEMPOTENCY_KEY_CHARACTERS,
    NAME_CHARACTERS,
    PURPOSE_CHARACTERS,
    REFERENCE_CHARACTERS,
    REMARK_CHARACTERS,
    TRANSACTION_PURPOSE_CHARACTERS,
    VIRTUAL_ACCOUNT_CHARACTERS,
)

_ACCOUNT = re.compile(rf"[0-9]{{1,{ACCOUNT_CHARACTERS}}}", re.ASCII)
# A biller's number is padded with blanks on the left; they are part of it.
_VIRTUAL_ACCOUNT = re.compile(r" {0,7}[0-9]+", re.ASCII)
_BANK_CODE = re.compile(rf"[A-Z0-9]{{0,{BANK_CODE_CHARACTERS}}}", re.ASCII)
_VISIBLE = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+", re.ASCII)


class InvalidFieldError(ValueError):
    """A field of the request is wrong; `field` is its JSON path."""

    def __init__(self, field: str, message: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.field = field
        self.missing = missing


class AccountNotAllowedError(Exception):
    """The client may not pay from this account."""


class TransferRequest(Struct, frozen=True, kw_only=True):
    """What the client asked for. `rail` None means AUTO.

    `allowed_accounts` are the client's own, each as "bank:account".
    """

    client_id: str
    allowed_accounts: frozenset[str]
    idempotency_key: str
    partner_reference_no: str
    bank: str
    amount: Money
    source_account_no: str
    beneficiary_account_no: str
    beneficiary_account_name: str
    beneficiary_bank_code: str
    beneficiary_email: str
    remark: str
    rail: Rail | None
    trace_id: str
    beneficiary_address: str = ""
    beneficiary_residence: str = ""
    beneficiary_type: str = ""
    purpose_code: str = ""
    economic_activity: str = ""
    transaction_purpose: str = ""
    allow_duplicate: bool = False

    @property
    def fingerprint(self) -> bytes:
        """Over what makes it this payment and no other."""
        return fingerprint(
            {
                "partnerReferenceNo": self.partner_reference_no,
                "bank": self.bank,
                "amount.value": self.amount.value,
                "amount.currency": self.amount.currency,
                "sourceAccountNo": self.source_account_no,
                "beneficiaryAccountNo": self.beneficiary_account_no,
                "beneficiaryAccountName": self.beneficiary_account_name,
                "beneficiaryBankCode": self.beneficiary_bank_code,
                "beneficiaryEmail": self.beneficiary_email,
                "remark": self.remark,
                "rail": self.rail.value if self.rail is not None else "AUTO",
                "beneficiaryAddress": self.beneficiary_address,
                "beneficiaryCustomerResidence": self.beneficiary_residence,
                "beneficiaryCustomerType": self.beneficiary_type,
                "purposeCode": self.purpose_code,
                "economicActivity": self.economic_activity,
                "transactionPurpose": self.transaction_purpose,
            }
        )

    @property
    def twin(self) -> bytes:
        """Over what two requests for the same payment have in common."""
        return fingerprint(
            {
                "sourceAccountNo": self.source_account_no,
                "beneficiaryAccountNo": self.beneficiary_account_no,
                "beneficiaryBankCode": canonical(self.beneficiary_bank_code),
                "amount.value": self.amount.value,
                "amount.currency": self.amount.currency,
            }
        )


def check_request(request: TransferRequest, banks: Banks) -> Bank:
    """The bank of a good request.

    Raises InvalidFieldError, naming the first bad field in the order of the
    contract, or AccountNotAllowedError.
    """
    _require_visible(
        request.partner_reference_no, "partnerReferenceNo", longest=REFERENCE_CHARACTERS
    )
    _require_visible(request.idempotency_key, "Idempotency-Key", longest=IDEMPOTENCY_KEY_CHARACTERS)
    try:
        bank = banks.find(request.bank)
    except UnknownBankError:
        raise InvalidFieldError(
            "bank", f"is not configured here; one of {', '.join(banks.names)}"
        ) from None
    if request.amount.minor == 0:
        raise InvalidFieldError("amount.value", "must be more than zero")
    if request.amount.currency != "IDR":
        raise InvalidFieldError("amount.currency", "must be IDR")
    _require_account(request.source_account_no, "sourceAccountNo")
    if request.rail is Rail.VIRTUAL_ACCOUNT:
        _require_virtual_account(request.beneficiary_account_no, "beneficiaryAccountNo")
    else:
        _require_account(request.beneficiary_account_no, "beneficiaryAccountNo")
    if request.source_account_no == request.beneficiary_account_no:
        raise InvalidFieldError("beneficiaryAccountNo", "must differ from sourceAccountNo")
    _limit(request.beneficiary_account_name, "beneficiaryAccountName", NAME_CHARACTERS)
    if not _BANK_CODE.fullmatch(request.beneficiary_bank_code):
        raise InvalidFieldError(
            "beneficiaryBankCode", "must be capital letters and digits, at most 11"
        )
    _limit(request.beneficiary_email, "beneficiaryEmail", EMAIL_CHARACTERS)
    if request.beneficiary_email and not _EMAIL.fullmatch(request.beneficiary_email):
        raise InvalidFieldError("beneficiaryEmail", "must be one e-mail address")
    _limit(request.remark, "remark", REMARK_CHARACTERS)
    _limit(request.beneficiary_address, "beneficiaryAddress", ADDRESS_CHARACTERS)
    _limit(request.beneficiary_residence, "beneficiaryCustomerResidence", 1)
    _limit(request.beneficiary_type, "beneficiaryCustomerType", 1)
    _limit(request.purpose_code, "purposeCode", PURPOSE_CHARACTERS)
    _limit(request.economic_activity, "economicActivity", ECONOMIC_ACTIVITY_CHARACTERS)
    _limit(request.transaction_purpose, "transactionPurpose", TRANSACTION_PURPOSE_CHARACTERS)
    if f"{bank.bank_id}:{request.source_account_no}" not in request.allowed_accounts:
        raise AccountNotAllowedError(request.source_account_no)
    return bank


def _require_visible(value: str, field: str, *, longest: int) -> None:
    if not value:
        raise InvalidFieldError(field, "is required", missing=True)
    if len(value) > longest or not _VISIBLE.fullmatch(value):
        raise InvalidFieldError(
            field, f"must be 1 to {longest} printable ASCII characters without outer blanks"
        )


def _require_account(value: str, field: str) -> None:
    if not value:
        raise InvalidFieldError(field, "is required", missing=True)
    if not _ACCOUNT.fullmatch(value):
        raise InvalidFieldError(field, f"must be 1 to {ACCOUNT_CHARACTERS} digits")


def _require_virtual_account(value: str, field: str) -> None:
    if not value:
        raise InvalidFieldError(field, "is required", missing=True)
    if len(value) > VIRTUAL_ACCOUNT_CHARACTERS or not _VIRTUAL_ACCOUNT.fullmatch(value):
        raise InvalidFieldError(
            field,
            "must be digits, padded with blanks on the left, at most "
            f"{VIRTUAL_ACCOUNT_CHARACTERS} characters",
        )


def _limit(value: str, field: str, longest: int) -> None:
    if len(value) > longest:
        raise InvalidFieldError(field, f"must be at most {longest} characters")
