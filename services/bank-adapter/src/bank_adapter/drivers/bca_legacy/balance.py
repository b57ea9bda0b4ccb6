"""The older API's balance, one account at a time."""

from __future__ import annotations

from bank_adapter.domain.conversation import Answer, WireMessage
from bank_adapter.domain.money import InvalidMoneyError, Money
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.bca_legacy.exchange import path_of
from bank_adapter.drivers.bca_legacy.profile import BCALegacyProfile
from bank_adapter.drivers.bca_legacy.signals import SUCCESS, failure
from bank_adapter.snap import text
from bank_adapter.snap.balance import BalanceReading
from bank_adapter.snap.echo import Echo, compared
from bank_adapter.snap.reply import inner, read_object
from bank_adapter.snap.reply import text as text_of

SERVICE_CODE = "11"


def render(profile: BCALegacyProfile, *, account_no: str) -> WireMessage:
    """Raises InvalidOrderError naming accountNo."""
    text.exact_digits("accountNo", account_no, digits=profile.account_digits)
    path = f"{profile.accounts_path}/{path_of(profile.corporate_id, 'accounts', account_no)}"
    return WireMessage(service_code=SERVICE_CODE, method="GET", path=path, body=b"")


def read(answer: Answer, *, account_no: str) -> BalanceReading:
    """The account asked for; an account that failed is REJECTED."""
    fields, fault = read_object(answer)
    found = inner(fields, "AccountDetailDataSuccess")
    if answer.status != SUCCESS or fault:
        return BalanceReading(reading=failure(answer.status, fields, fault))
    if not found:
        refused = Verdict.REJECTED if inner(fields, "AccountDetailDataFailed") else Verdict.UNKNOWN
        return BalanceReading(reading=Reading(verdict=refused, http_status=answer.status))
    ours = Echo(what="ACCOUNT", names=("AccountNumber",), ours=account_no)
    answered = Reading(verdict=Verdict.ACCEPTED, http_status=answer.status)
    reading = compared(answered, found, (ours,))
    if reading.verdict is not Verdict.ACCEPTED:
        return BalanceReading(reading=reading)
    currency = text_of(found, "Currency")
    return BalanceReading(
        reading=reading,
        amount=money(text_of(found, "Balance"), currency),
        available=money(text_of(found, "AvailableBalance"), currency),
        hold=money(text_of(found, "HoldAmount"), currency),
        floating=money(text_of(found, "FloatAmount"), currency),
    )


def money(value: str, currency: str) -> Money | None:
    """An amount of this dialect, or None."""
    try:
        return Money.parse(value, currency)
    except InvalidMoneyError:
        return None
