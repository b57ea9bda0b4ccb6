"""The restore procedure of docs/operations.md, rehearsed: an old copy, and nothing paid twice."""

from __future__ import annotations

import shutil
from pathlib import Path

from bank_adapter.application.holds import HoldWord
from bank_adapter.domain.bank_day import jakarta
from bank_adapter.domain.hold import HoldKind
from bank_adapter.domain.kept_line import LineKind
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer
from fake_bank import TRANSFER_PATH, FakeBank
from servicekit.testing import FakeClock
from use_cases import UseCases, open_use_cases, request

ACCOUNT = "1234567890"


def book(bank: FakeBank, clock: FakeClock, *names: str) -> None:
    """The statement shows what the bank booked, by the remarks."""
    at = jakarta(clock.now_us()).isoformat(timespec="seconds")
    bank.statement += [("1250000.00", "DEBIT", at, f"TRSF {name} YORIES") for name in names]


async def pay(house: UseCases, name: str) -> Transfer:
    wanted = request(name, remark=name, allow_duplicate=True)
    return (await house.create.execute(wanted, wait_s=5)).transfer


async def word(house: UseCases, *, on: bool) -> None:
    said = HoldWord(
        scope="",
        on=on,
        kind=HoldKind.RESTORE,
        operator="jane",
        reason="backup of last night put back",
    )
    await house.holds.say(said)


async def states(house: UseCases, *transfers: Transfer) -> list[str]:
    found = [await house.ledger.get(one.transfer_id) for one in transfers]
    return [f"{one.state} {one.state_reason}".strip() for one in found if one is not None]


async def test_backup_put_back_pays_nothing_twice(sqlite_url: str, tmp_path: Path) -> None:
    bank, clock = FakeBank(by_day=True), FakeClock()
    copy = tmp_path / "copy.db"

    # Before the copy: one payment settled, two that wait for a bank that is away.
    async with open_use_cases(sqlite_url, bank=bank, clock=clock) as house:
        settled = await pay(house, "INVOICE 1")
        book(bank, clock, "INVOICE 1")
        bank.script.extend(["not_sent", "not_sent"])
        sent_later = await pay(house, "INVOICE 2")
        never_sent = await pay(house, "INVOICE 3")
    shutil.copy(sqlite_url.removeprefix("sqlite:///"), copy)

    # After it: one of those that waited is sent, one is cancelled, and one is new.
    async with open_use_cases(sqlite_url, bank=bank, clock=clock) as house:
        clock.advance(60)
        await house.send.resume(await fresh(house, sent_later))
        await pay(house, "INVOICE 4")
        book(bank, clock, "INVOICE 2", "INVOICE 4")
    debited = dict(bank.debits)
    assert len(debited) == 3

    # The server is lost. The copy is put back, on hold before anything runs.
    clock.advance(600)
    async with open_use_cases(f"sqlite:///{copy}", bank=bank, clock=clock) as house:
        await word(house, on=True)
        # The ERP repeats what was answered already and forgotten since.
        again = await pay(house, "INVOICE 4")
        clock.advance(31)
        await house.work_once()
        assert await states(house, settled, sent_later, again) == [
            "SETTLED",
            "PREPARED ON_HOLD",
            "PREPARED ON_HOLD",
        ]

        done = await house.reconcile.now(
            house.banks.find("bca"), ACCOUNT, None, operator="jane", trace_id=""
        )
        today = jakarta(clock.now_us()).date()
        lines = await house.statements.kept("bca", ACCOUNT, first_day=today, last_day=today)

        # Debits that the copy cannot explain, and whom they belong to.
        left = [line for line in lines if line.kind is not LineKind.DEBIT]
        assert (done.tally.matched_count, len(left)) == (1, 2)
        assert await states(house, settled, sent_later, never_sent, again) == [
            "RECONCILED",
            "NEEDS_OPERATOR DEBIT_ON_STATEMENT",
            "PREPARED ON_HOLD",
            "NEEDS_OPERATOR DEBIT_ON_STATEMENT",
        ]

        await word(house, on=False)
        clock.advance(31)
        await house.work_once()

        assert await states(house, never_sent) == ["SETTLED"]
    paid = [one for one in bank.received if one.path == TRANSFER_PATH]
    assert len(paid) == 4
    assert len(bank.debits) == 4
    assert set(bank.debits.values()) == {1}


async def test_debit_of_a_payment_that_nobody_repeats_is_an_unknown_one(
    sqlite_url: str, tmp_path: Path
) -> None:
    bank, clock = FakeBank(by_day=True), FakeClock()
    copy = tmp_path / "copy.db"
    shutil.copy(sqlite_url.removeprefix("sqlite:///"), copy)
    async with open_use_cases(sqlite_url, bank=bank, clock=clock) as house:
        await pay(house, "INVOICE 9")
        book(bank, clock, "INVOICE 9")

    async with open_use_cases(f"sqlite:///{copy}", bank=bank, clock=clock) as house:
        await word(house, on=True)
        done = await house.reconcile.now(
            house.banks.find("bca"), ACCOUNT, None, operator="jane", trace_id=""
        )

    assert done.tally.unknown_count == 1


async def fresh(house: UseCases, transfer: Transfer) -> Transfer:
    found = await house.ledger.get(transfer.transfer_id)
    assert found is not None
    assert found.state is State.PREPARED
    return found
