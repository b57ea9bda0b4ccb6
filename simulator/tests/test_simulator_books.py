"""Ledger, money, clock and journal: the parts that make the bank a referee."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator.clock import Clock, jakarta_day, parse_instant, snap_timestamp
from simulator.external_ids import ExternalIDs
from simulator.ledger import Entry, EntryStatus, Ledger

from simulator import money
from simulator.config import AccountSetting

EXTERNAL_ID = "20261121103005000000000000000002"


def books() -> Ledger:
    return Ledger(
        [
            AccountSetting(number="1", name="PAYER", balance="100.00"),
            AccountSetting(number="2", name="PAYEE"),
        ]
    )


def entry(status: EntryStatus, credit: str = "2") -> Entry:
    return Entry(
        entry_id=1,
        booked_us=0,
        debit_account="1",
        credit_account=credit,
        amount_minor=2500,
        currency="IDR",
        client_id="client",
        service="17",
        partner_reference_no="1",
        external_id="1",
        reference_no="1",
        remark="",
        status=status,
    )


def balances(ledger: Ledger) -> tuple[int, int, int]:
    accounts = ledger.accounts
    return (
        accounts["1"].balance_minor,
        accounts["2"].balance_minor,
        ledger.clearing.balance_minor,
    )


def test_booked_entry_moves_the_amount() -> None:
    ledger = books()
    ledger.append(entry(EntryStatus.BOOKED))
    assert balances(ledger) == (7500, 2500, 0)


def test_pending_entry_holds_the_amount_in_clearing() -> None:
    ledger = books()
    ledger.append(entry(EntryStatus.PENDING))
    assert balances(ledger) == (7500, 0, 2500)


def test_settled_entry_reaches_the_payee() -> None:
    ledger = books()
    pending = entry(EntryStatus.PENDING)
    ledger.append(pending)
    ledger.settle(pending, 5)
    assert (balances(ledger), pending.status, pending.closed_us) == (
        (7500, 2500, 0),
        EntryStatus.BOOKED,
        5,
    )


def test_reversed_entry_gives_the_amount_back() -> None:
    ledger = books()
    pending = entry(EntryStatus.PENDING)
    ledger.append(pending)
    ledger.reverse(pending, 5)
    assert (balances(ledger), pending.holds_money) == ((10000, 0, 0), False)


def test_returned_entry_takes_the_amount_from_the_payee() -> None:
    ledger = books()
    booked = entry(EntryStatus.BOOKED)
    ledger.append(booked)
    ledger.give_back(booked, 5)
    assert balances(ledger) == (10000, 0, 0)


def test_money_for_another_bank_stays_in_clearing() -> None:
    ledger = books()
    ledger.append(entry(EntryStatus.BOOKED, "BRINIDJA:2"))
    assert balances(ledger) == (7500, 0, 2500)
    assert ledger.total_minor() == 10000


def test_entry_is_settled_once() -> None:
    ledger = books()
    booked = entry(EntryStatus.BOOKED)
    ledger.append(booked)
    with pytest.raises(ValueError, match="BOOKED, not PENDING"):
        ledger.settle(booked, 5)


def test_account_with_entries_is_not_replaced() -> None:
    ledger = books()
    ledger.append(entry(EntryStatus.BOOKED))
    with pytest.raises(ValueError, match="entries"):
        ledger.open(AccountSetting(number="1", name="NEW"))


@given(st.integers(min_value=0, max_value=10**15 - 1))
def test_amount_survives_writing_and_reading(minor: int) -> None:
    assert money.parse(money.render(minor)) == minor


@pytest.mark.parametrize("text", ["", "1", "1.0", "01.00", "-1.00", "1,00", "1.000", "\u0661.00"])
def test_amount_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="two decimals"):
        money.parse(text)


def test_jakarta_day_changes_at_midnight_there() -> None:
    before, after = (
        parse_instant(text) for text in ("2026-11-21T23:59:59+07:00", "2026-11-21T17:00:00Z")
    )
    assert jakarta_day(after) == jakarta_day(before) + 1


def test_clock_shows_the_offset_in_25_characters() -> None:
    clock = Clock(lambda: parse_instant("2026-11-21T10:29:50+07:00"))
    clock.offset_us = 3_600_000_000
    assert snap_timestamp(clock.now_us()) == "2026-11-21T11:29:50+07:00"


def test_external_id_is_taken_once_a_day_by_each_partner() -> None:
    seen = ExternalIDs()
    assert seen.use("a", "1", 10)
    assert not seen.use("a", "1", 10)
    assert seen.use("b", "1", 10)
    assert seen.use("a", "1", 11)


async def test_restarted_bank_remembers(
    configuration: Any, start: Any, partner: Any, tmp_path: Path
) -> None:
    """Booked, pending, failed and returned payments, external ids, accounts and numbers."""
    configuration["journal_file"] = str(tmp_path / "journal.jsonl")
    first = await start()
    from_before = partner.but(simulator=first)
    booked = await from_before.transfer("1", "10.00", external_id=EXTERNAL_ID)
    await from_before.transfer("2", "2000000000.00")
    first.bank.add_account(AccountSetting(number="5555555555", name="NEW", balance="1.00"))
    await first.stop()

    second = await start()
    from_after = partner.but(simulator=second)
    status = await from_after.status(EXTERNAL_ID)
    repeated_id = await from_after.transfer("3", external_id=EXTERNAL_ID)
    repeated_reference = await from_after.transfer("1", "10.00")
    fresh = await from_after.transfer("4", "10.00")
    assert status.body["originalReferenceNo"] == booked.body["referenceNo"]
    assert [repeated_id.code, repeated_reference.code, fresh.code] == [
        "4091700",
        "4091701",
        "2001700",
    ]
    assert fresh.body["referenceNo"] > booked.body["referenceNo"]
    accounts = second.bank.ledger.accounts
    assert accounts["1234567890"].balance_minor == 100_000_000_000 - 2000
    assert accounts["5555555555"].balance_minor == 100
    assert second.bank.ledger.total_minor() == first.bank.ledger.total_minor()


async def test_journal_with_a_torn_last_line_is_read(
    configuration: Any, start: Any, partner: Any, tmp_path: Path
) -> None:
    journal = tmp_path / "journal.jsonl"
    configuration["journal_file"] = str(journal)
    first = await start()
    await partner.but(simulator=first).transfer("1")
    await first.stop()
    with journal.open("ab") as file:
        file.write(b'{"kind":"instr')
    second = await start()
    assert len(second.bank.ledger.entries) == 1


async def test_reset_goes_back_to_the_configuration(
    configuration: Any, start: Any, partner: Any, tmp_path: Path
) -> None:
    configuration["journal_file"] = str(tmp_path / "journal.jsonl")
    simulator = await start()
    await partner.but(simulator=simulator).transfer("1")
    simulator.bank.reset()
    assert simulator.bank.ledger.entries == []
    assert (tmp_path / "journal.jsonl").read_bytes() == b""
