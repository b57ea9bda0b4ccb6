"""The older API's name inquiry at other banks."""

from __future__ import annotations

from bank_adapter.domain.conversation import Answer, WireMessage
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.bca_legacy.exchange import path_of
from bank_adapter.drivers.bca_legacy.profile import BCALegacyProfile
from bank_adapter.drivers.bca_legacy.signals import SUCCESS, failure
from bank_adapter.snap import text
from bank_adapter.snap.account import NAME_CHARACTERS, AccountReading
from bank_adapter.snap.echo import Echo, compared
from bank_adapter.snap.reply import plain, read_object
from bank_adapter.snap.reply import text as text_of

SERVICE_CODE = "16"

# The page does not print the field names; these are the spellings of the family.
_NAMES = ("beneficiary_account_name", "account_name", "BeneficiaryAccountName", "AccountName")
_NUMBERS = (
    "beneficiary_account_number",
    "account_number",
    "BeneficiaryAccountNumber",
    "AccountNumber",
)


def render(profile: BCALegacyProfile, *, account_no: str, bank_code: str) -> WireMessage:
    """Raises InvalidOrderError naming the field."""
    bank_code = profile.bank_codes.write(bank_code)
    text.account("beneficiaryAccountNo", account_no, limit=profile.other_account_characters)
    path = f"{profile.name_path}/{path_of(bank_code, 'accounts', account_no)}"
    return WireMessage(service_code=SERVICE_CODE, method="GET", path=path, body=b"")


def read(answer: Answer, *, account_no: str) -> AccountReading:
    """The name, when the answer is about the account asked for."""
    fields, fault = read_object(answer)
    name = text_of(fields, *_NAMES)
    if answer.status != SUCCESS or not name:
        return AccountReading(reading=failure(answer.status, fields, fault or "NO_NAME"))
    ours = Echo(what="BENEFICIARY_ACCOUNT", names=_NUMBERS, ours=account_no)
    answered = Reading(verdict=Verdict.ACCEPTED, http_status=answer.status)
    reading = compared(answered, fields, (ours,))
    if reading.verdict is not Verdict.ACCEPTED:
        return AccountReading(reading=reading)
    return AccountReading(reading=reading, account_name=plain(name, NAME_CHARACTERS))
