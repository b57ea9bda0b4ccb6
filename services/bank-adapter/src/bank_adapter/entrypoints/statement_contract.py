"""A statement in the contract's words, page by page.

The bank gives a statement whole; a page is a window over it, so every page
asks the bank again. The page token is the number of lines already given.
"""

from __future__ import annotations

import re
from datetime import date

from gerbang.bank_adapter.v1.account_service_pb2 import (
    GetStatementRequest,
    Statement,
    StatementLine,
)
from google.protobuf.timestamp_pb2 import Timestamp

from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.domain import statement_line
from bank_adapter.entrypoints.contract import InvalidPageTokenError, to_money
from bank_adapter.limits import STATEMENT_PAGE_DEFAULT, STATEMENT_PAGE_MOST
from bank_adapter.snap import statement as snap

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TOKEN = re.compile(r"[0-9]{1,6}", re.ASCII)


def statement_page(request: GetStatementRequest) -> tuple[int, int]:
    """(first line, lines). Raises InvalidFieldError or InvalidPageTokenError."""
    if request.page_size < 0:
        raise InvalidFieldError("pageSize", "must not be negative")
    if request.page_token and not _TOKEN.fullmatch(request.page_token):
        raise InvalidPageTokenError
    size = min(request.page_size or STATEMENT_PAGE_DEFAULT, STATEMENT_PAGE_MOST)
    return int(request.page_token or 0), size


def to_day(text: str, field: str) -> date:
    """The date that the text names. Raises InvalidFieldError."""
    if not text:
        raise InvalidFieldError(field, "is required", missing=True)
    no_day = InvalidFieldError(field, "must be a day, for example 2026-11-21")
    if not _DAY.fullmatch(text):
        raise no_day
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise no_day from None


def to_statement(
    reading: snap.StatementReading, *, account_no: str, bank: str, start: int, size: int
) -> Statement:
    """The lines from `start`, newest first."""
    end = start + size
    return Statement(
        account_no=account_no,
        bank=bank,
        lines=[_line(line) for line in reading.lines[start:end]],
        complete=reading.complete,
        next_page_token=str(end) if end < len(reading.lines) else "",
    )


def _line(line: statement_line.StatementLine) -> StatementLine:
    message = StatementLine(
        direction=StatementLine.DEBIT if line.debit else StatementLine.CREDIT,
        amount=to_money(line.amount),
        remark=line.remark,
        transaction_id=line.transaction_id,
    )
    if line.at is not None:
        message.transaction_time.CopyFrom(Timestamp(seconds=int(line.at.timestamp())))
    return message
