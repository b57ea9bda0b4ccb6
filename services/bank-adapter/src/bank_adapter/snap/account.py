"""Account inquiries (services 15, 16 and 42): the name behind a number."""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.domain.conversation import Answer
from bank_adapter.domain.money import Money
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.snap.balance import money
from bank_adapter.snap.echo import Echo, compared
from bank_adapter.snap.reply import inner, plain, read_reply, reference, text
from bank_adapter.snap.signals import Tables, classify

NAME_CHARACTERS = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountQuestion:
    """Whose account is this? Some banks also want what is to be paid, and from where."""

    account_no: str
    reference_no: str
    bank_code: str = ""
    amount: Money | None = None
    source_account_no: str = ""
    rail: Rail | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReading:
    """An account inquiry, read. ACCEPTED means answered, REJECTED no such account.

    `bill` is what a virtual account asks for; None for every other account and
    for a bill of open amount. `session` is what some banks call the inquiry, to
    hear it again in the transfer.
    """

    reading: Reading
    account_name: str = ""
    bill: Money | None = None
    session: str = ""


def read(answer: Answer, *, service_code: str, account_no: str, tables: Tables) -> AccountReading:
    """The name, when the answer is about the account asked for."""
    reply = read_reply(answer)
    reading = classify(reply, service_code=service_code, tables=tables)
    # A virtual account answers inside an object; the standard writes a small d.
    inside = inner(reply.fields, "virtualAccountData", "virtualAccountdata")
    ours = Echo(
        what="BENEFICIARY_ACCOUNT",
        names=("beneficiaryAccountNo", "beneficiaryAccountNumber", "virtualAccountNo"),
        ours=account_no,
    )
    for place in (reply.fields, inside):
        reading = compared(reading, place, (ours,))
    if reading.verdict is not Verdict.ACCEPTED:
        return AccountReading(reading=reading)
    # BCA's table misspells the field; its sample does not.
    name = text(reply.fields, "beneficiaryAccountName", "benefiaryAccountName")
    bill = money(inside, "totalAmount")
    return AccountReading(
        reading=reading,
        account_name=plain(name or text(inside, "virtualAccountName"), NAME_CHARACTERS),
        bill=bill if bill is not None and bill.minor else None,
        session=reference(reply.fields, "sessionId"),
    )
