"""The older API's statement: whole days, at most 31."""

from __future__ import annotations

import re
from datetime import date, datetime

from bank_adapter.domain.conversation import Answer, WireMessage
from bank_adapter.domain.statement_line import StatementLine
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.bca_legacy.balance import money
from bank_adapter.drivers.bca_legacy.exchange import path_of, with_query
from bank_adapter.drivers.bca_legacy.profile import BCALegacyProfile
from bank_adapter.drivers.bca_legacy.signals import SUCCESS, failure
from bank_adapter.snap import text, timestamp
from bank_adapter.snap.reply import Value, plain, read_object
from bank_adapter.snap.reply import text as text_of
from bank_adapter.snap.statement import REMARK_CHARACTERS, StatementReading

SERVICE_CODE = "14"

_DAY_AND_MONTH = re.compile(r"([0-9]{2})/([0-9]{2})", re.ASCII)


def render(
    profile: BCALegacyProfile, *, account_no: str, first_day: date, last_day: date
) -> WireMessage:
    """Raises InvalidOrderError naming accountNo or fromDate."""
    text.exact_digits("accountNo", account_no, digits=profile.account_digits)
    text.days(first_day, last_day, limit=profile.statement_days)
    segments = path_of(profile.corporate_id, "accounts", account_no, "statements")
    query = {"StartDate": first_day.isoformat(), "EndDate": last_day.isoformat()}
    path = with_query(f"{profile.accounts_path}/{segments}", query)
    return WireMessage(service_code=SERVICE_CODE, method="GET", path=path, body=b"")


def read(answer: Answer) -> StatementReading:
    """The lines. No count is given: a line that cannot be read makes it incomplete."""
    fields, fault = read_object(answer)
    if answer.status != SUCCESS or fault or "ErrorCode" in fields:
        return StatementReading(reading=failure(answer.status, fields, fault))
    entries = fields.get("Data")
    given = entries if isinstance(entries, list) else []
    currency = text_of(fields, "Currency")
    last_day = text_of(fields, "EndDate")
    read = (_line(entry, currency, last_day) for entry in given)
    lines = tuple(line for line in read if line is not None)
    return StatementReading(
        reading=Reading(verdict=Verdict.ACCEPTED, http_status=answer.status),
        lines=lines,
        complete=isinstance(entries, list) and len(lines) == len(given),
    )


def _line(entry: Value, currency: str, last_day: str) -> StatementLine | None:
    if not isinstance(entry, dict):
        return None
    amount = money(text_of(entry, "TransactionAmount"), currency)
    direction = text_of(entry, "TransactionType")
    if amount is None or direction not in ("D", "C"):
        return None
    words = f"{text_of(entry, 'TransactionName')} {text_of(entry, 'Trailer')}".strip()
    return StatementLine(
        amount=amount,
        debit=direction == "D",
        at=_day(text_of(entry, "TransactionDate"), last_day),
        remark=plain(words, REMARK_CHARACTERS),
    )


def _day(written: str, last_day: str) -> datetime | None:
    """Midnight of the day. Without a year it is the one nearest to the statement's end.

    After a holiday a statement runs on to the next working day: a line may be
    later than the day asked for.
    """
    found = _DAY_AND_MONTH.fullmatch(written)
    if found is None:
        return timestamp.read(f"{written}T00:00:00") or timestamp.read(written)
    end = timestamp.read(f"{last_day}T00:00:00")
    if end is None:
        return None
    of_years = (
        timestamp.read(f"{year:04d}-{found[2]}-{found[1]}T00:00:00")
        for year in (end.year - 1, end.year, end.year + 1)
    )
    return min(filter(None, of_years), key=lambda day: abs(day - end), default=None)
