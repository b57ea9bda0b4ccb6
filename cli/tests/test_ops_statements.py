"""`gerbang-ops statements` against the real bank-adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bank_adapter.adapters.sql_reconciliations import SQLReconciliationStore
from bank_adapter.bootstrap import House
from bank_adapter.domain.bank_day import jakarta
from bank_adapter.domain.kept_line import LineKind, keep
from bank_adapter.domain.money import Money
from bank_adapter.domain.statement_line import StatementLine, number_lines
from ops_run import CommandLine
from ops_services import running_adapter
from servicekit.config import TLSSettings

ACCOUNT = "1234567890"


@pytest.fixture
async def house(
    ops: CommandLine, pki: dict[str, TLSSettings], tmp_path: Path
) -> AsyncIterator[House]:
    async with running_adapter(tmp_path, pki) as (opened, port):
        ops.targets["bank-adapter"] = port
        yield opened


async def keep_debit(house: House, kind: LineKind, remark: str) -> str:
    """A debit of today as an earlier run kept it; the day."""
    at = jakarta(house.clock.now_us())
    given = StatementLine(amount=Money(125_000_000, "IDR"), debit=True, at=at, remark=remark)
    (numbered,) = number_lines("bca", ACCOUNT, [given])
    line = keep(numbered, kind, bank="bca", account_no=ACCOUNT, found_us=house.clock.now_us())
    store = SQLReconciliationStore(house.ledger._writer, house.ledger._reader)
    await store.keep([line], [])
    return at.date().isoformat()


async def test_nothing_reconciled_is_said_in_a_sentence(house: House, ops: CommandLine) -> None:
    told = await ops.run("statements", "list")

    assert (told.code, told.stdout) == (0, "No day was reconciled.\n")


async def test_bank_that_cannot_be_asked_is_told_and_listed(house: House, ops: CommandLine) -> None:
    done = await ops.run("statements", "run", "bca", ACCOUNT, "--json")
    listed = await ops.run("statements", "list", "--json")

    assert done.code == 3, done.stderr
    assert done.json()["progress"] == "FAILED"
    assert [one["accountNo"] for one in listed.json()] == [ACCOUNT]


async def test_debit_that_nobody_knows_is_an_alarm_without_steering_the_terminal(
    house: House, ops: CommandLine
) -> None:
    day = await keep_debit(house, LineKind.UNKNOWN, "TRSF \x1b[31mSOMEBODY")

    told = await ops.run("statements", "show", "bca", ACCOUNT, day)
    machine = await ops.run("statements", "show", "bca", ACCOUNT, day, "--json")

    assert (told.code, machine.code) == (6, 6)
    assert "Debits that no transfer explains: 1" in told.stdout
    assert "\x1b[31m" not in told.stdout
    assert [line["kind"] for line in machine.json()["lines"]] == ["UNKNOWN"]


async def test_day_with_nothing_left_is_no_alarm(house: House, ops: CommandLine) -> None:
    day = await keep_debit(house, LineKind.DEBIT, "TRSF INV 1")

    told = await ops.run("statements", "show", "bca", ACCOUNT, day)

    assert told.code == 0, told.stderr
    assert "Debits of transfers: 1" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "bca", ACCOUNT, "yesterday"), "day must be a day"),
        (("show", "none", ACCOUNT, "2026-01-01"), "bank is not configured here"),
        (("run", "none", ACCOUNT), "bank is not configured here"),
    ],
)
async def test_wrong_words_are_refused_in_a_sentence(
    house: House, ops: CommandLine, arguments: tuple[str, ...], said: str
) -> None:
    refused = await ops.run("statements", *arguments)

    assert refused.code == 5
    assert said in refused.stderr


async def test_operator_without_the_scope_is_let_nowhere(house: House, ops: CommandLine) -> None:
    refused = await ops.run("statements", "list", as_="operator/mallory")

    assert refused.code == 4
