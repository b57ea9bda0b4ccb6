"""What is to be paid: the payment as the bank will be told of it."""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.domain.money import Money
from bank_adapter.domain.rail import Rail


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOrder:
    """One payment, the same for every attempt.

    `bank_partner_reference_no` is ours toward the bank (numeric, unique per
    bank identity); the ERP's own reference is not part of the order.
    Empty strings stand for what the ERP did not give. SKN and RTGS ask for
    `beneficiary_address`, `beneficiary_residence` (1 Indonesia, 2 abroad) and
    `beneficiary_type` (1 individual, 2 corporation, 3 government); BI-FAST for
    `purpose_code` (01 investment, 02 transfer of wealth, 03 purchase, 99 others);
    a transfer inside BCA for `economic_activity` where the beneficiary is a
    foreign citizen, for `transaction_purpose` (01 to 15) where the account is
    in a foreign currency. `inquiry_session` is what the bank called the
    question for the beneficiary's name, where it wants to hear it again.
    """

    bank_partner_reference_no: str
    rail: Rail
    amount: Money
    source_account_no: str
    beneficiary_account_no: str
    beneficiary_account_name: str = ""
    beneficiary_bank_code: str = ""
    beneficiary_email: str = ""
    remark: str = ""
    beneficiary_address: str = ""
    beneficiary_residence: str = ""
    beneficiary_type: str = ""
    purpose_code: str = ""
    economic_activity: str = ""
    transaction_purpose: str = ""
    inquiry_session: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentOrder:
    """An order together with the one message that carried it to the bank.

    It is what an inquiry asks about. `transaction_date` is the text that the
    message carried.
    """

    order: PaymentOrder
    service_code: str
    external_id: str
    transaction_date: str
