"""What the tests of reconciliation ask of a house of use cases."""

from __future__ import annotations

import json
from datetime import timedelta

from bank_adapter.adapters.sql_tables import outbox
from bank_adapter.domain.bank_day import jakarta
from bank_adapter.domain.kept_line import KeptLine
from bank_adapter.domain.reconciliation import Reconciliation
from bank_adapter.domain.transfer import Transfer
from fake_bank import STATEMENT_PATH
from gerbang.audit.v1 import event_pb2
from sqlalchemy import select
from use_cases import UseCases

ACCOUNT = "1234567890"
AMOUNT = "1250000.00"
TOMORROW_S = 24 * 3600


def debited(house: UseCases, remark: str = "TRSF INV 1 YORIES", direction: str = "DEBIT") -> None:
    """The bank's statement shows a movement of this moment."""
    at = jakarta(house.clock.now_us()).isoformat(timespec="seconds")
    house.bank.statement.append((AMOUNT, direction, at, remark))


async def now(house: UseCases) -> Reconciliation:
    bank = house.banks.find("bca")
    return await house.reconcile.now(bank, ACCOUNT, None, operator="jane", trace_id="t")


async def stored(house: UseCases, transfer: Transfer) -> Transfer:
    found = await house.ledger.get(transfer.transfer_id)
    assert found is not None
    return found


async def lines(house: UseCases) -> tuple[KeptLine, ...]:
    today = jakarta(house.clock.now_us()).date()
    return await house.statements.kept(
        "bca", ACCOUNT, first_day=today - timedelta(days=30), last_day=today
    )


async def audited(house: UseCases, kind: str) -> list[event_pb2.Event]:
    rows = await house.ledger._reader.run(lambda c: c.execute(select(outbox)).all())
    found = [event_pb2.Event.FromString(row.payload) for row in rows]
    return [event for event in found if event.kind == kind]


def questions(house: UseCases) -> list[str]:
    """The days whose statement was asked for."""
    asked = [json.loads(one.body) for one in house.bank.received if one.path == STATEMENT_PATH]
    return [body["fromDateTime"][:10] for body in asked]
