"""Bank statement (service 14): the request and its answer.

A statement may prove that a debit did not happen, so it says whether it is
complete: every line read, none left out. Reads no clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from bank_adapter.domain.conversation import Answer, WireMessage
from bank_adapter.domain.statement_line import StatementLine
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.snap import body, timestamp
from bank_adapter.snap.balance import money
from bank_adapter.snap.reply import Value, inner, plain, read_reply, text
from bank_adapter.snap.signals import Tables, classify

SERVICE_CODE = "14"
REMARK_CHARACTERS = 256

_COUNT = re.compile(r"[0-9]{1,5}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementReading:
    """A statement, read. ACCEPTED means answered; newest line first.

    `complete` is False when a line could not be read, when the bank has more,
    or when its own count differs: such a statement proves no absence.
    `cut_off`: the bank has more lines than it gives at once.
    """

    reading: Reading
    lines: tuple[StatementLine, ...] = ()
    complete: bool = False
    cut_off: bool = False

    def after(self, older: StatementReading, *, from_day: date) -> StatementReading:
        """This one, which begins at `from_day`, and the one before it.

        Where a holiday ends the older one it runs on to the next working day;
        those lines are in both and are taken from this one.
        """
        kept = (line for line in older.lines if line.at is None or _day(line.at) < from_day)
        return StatementReading(
            reading=self.reading,
            lines=(*self.lines, *kept),
            complete=self.complete and older.complete,
            cut_off=self.cut_off or older.cut_off,
        )


def _day(at: datetime) -> date:
    return at.astimezone(timestamp.JAKARTA).date()


def render(
    *, path: str, account_no: str, reference_no: str, first_day: date, last_day: date
) -> WireMessage:
    """Asks for whole days, both included, in Jakarta time."""
    fields = {
        "partnerReferenceNo": reference_no,
        "accountNo": account_no,
        "fromDateTime": _midnight(first_day),
        "toDateTime": _midnight(last_day),
    }
    return WireMessage(
        service_code=SERVICE_CODE, method="POST", path=path, body=body.render(fields)
    )


def read(answer: Answer, *, tables: Tables, most_lines: int) -> StatementReading:
    """The lines. `most_lines` is the bank's cap: at the cap there may be more."""
    reply = read_reply(answer)
    reading = classify(reply, service_code=SERVICE_CODE, tables=tables)
    if reading.verdict is not Verdict.ACCEPTED:
        return StatementReading(reading=reading)
    entries = reply.fields.get("detailData")
    given = entries if isinstance(entries, list) else []
    lines = tuple(line for line in map(_line, given) if line is not None)
    cut_off = len(given) >= most_lines or text(reply.fields, "hasMore").upper() not in ("", "N")
    complete = (
        isinstance(entries, list)
        and len(lines) == len(given)
        and not cut_off
        and _counted(reply.fields, "totalDebitEntries") in (None, _debits(lines))
    )
    return StatementReading(reading=reading, lines=lines, complete=complete, cut_off=cut_off)


def _midnight(day: date) -> str:
    return timestamp.write(datetime.combine(day, time(), timestamp.JAKARTA))


def _line(entry: Value) -> StatementLine | None:
    if not isinstance(entry, dict):
        return None
    amount = money(entry, "amount")
    direction = text(entry, "type").upper()
    if amount is None or direction not in ("CREDIT", "DEBIT"):
        return None
    return StatementLine(
        amount=amount,
        debit=direction == "DEBIT",
        at=timestamp.read(text(entry, "transactionDate")),
        remark=plain(text(entry, "remark"), REMARK_CHARACTERS),
        transaction_id=plain(text(entry, "transactionId"), REMARK_CHARACTERS),
    )


def _debits(lines: tuple[StatementLine, ...]) -> int:
    return sum(line.debit for line in lines)


def _counted(fields: Mapping[str, Value], name: str) -> int | None:
    """The bank's own count, or None where it gives none."""
    count = text(inner(fields, name), "numberOfEntries")
    return int(count) if _COUNT.fullmatch(count) else None
