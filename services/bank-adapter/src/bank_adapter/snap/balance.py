"""Balance inquiry (service 11): the request and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bank_adapter.domain.conversation import Answer, WireMessage
from bank_adapter.domain.money import InvalidMoneyError, Money
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.snap import body
from bank_adapter.snap.echo import Echo, compared
from bank_adapter.snap.reply import Value, inner, plain, read_reply, text
from bank_adapter.snap.signals import Tables, classify

SERVICE_CODE = "11"
NAME_CHARACTERS = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceReading:
    """A balance answer, read. ACCEPTED means answered.

    Amounts are None where the bank gave none, or none that can be read (an
    overdrawn account's sign is not in the standard).
    """

    reading: Reading
    account_name: str = ""
    amount: Money | None = None
    available: Money | None = None
    hold: Money | None = None
    floating: Money | None = None


def render(*, path: str, account_no: str, reference_no: str) -> WireMessage:
    """The question; C `bankCardToken` and O `balanceTypes` are not used."""
    return WireMessage(
        service_code=SERVICE_CODE,
        method="POST",
        path=path,
        body=body.render({"partnerReferenceNo": reference_no, "accountNo": account_no}),
    )


def read(answer: Answer, *, account_no: str, tables: Tables) -> BalanceReading:
    """The first account of the answer, when it is the one asked for."""
    reply = read_reply(answer)
    reading = classify(reply, service_code=SERVICE_CODE, tables=tables)
    ours = Echo(what="ACCOUNT", names=("accountNo",), ours=account_no)
    reading = compared(reading, reply.fields, (ours,))
    if reading.verdict is not Verdict.ACCEPTED:
        return BalanceReading(reading=reading)
    account = inner(reply.fields, "accountInfos", "accountInfo")
    return BalanceReading(
        reading=reading,
        account_name=plain(text(reply.fields, "name"), NAME_CHARACTERS),
        amount=money(account, "amount"),
        available=money(account, "availableBalance"),
        hold=money(account, "holdAmount"),
        floating=money(account, "floatAmount"),
    )


def money(fields: Mapping[str, Value], name: str) -> Money | None:
    """A money object of a reply, or None. BCA's samples print the currency `IDR?`."""
    found = inner(fields, name)
    try:
        return Money.parse(text(found, "value"), text(found, "currency").rstrip("?"))
    except InvalidMoneyError:
        return None
