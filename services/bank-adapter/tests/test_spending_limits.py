"""Limits per client, account, rail and day, exact under concurrency."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from bank_adapter.application.cancel_transfer import CancelTransfer
from bank_adapter.config import BankAdapterSettings
from bank_adapter.domain.bank_day import bank_day
from bank_adapter.domain.money import Money
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.spending_limit import LimitExceededError, LimitUse, SpendingLimit
from bank_adapter.domain.states import State
from bank_adapter.policy_settings import LimitSettings
from servicekit.config import ConfigError, parse
from use_cases import UseCases, open_use_cases, request

THREE_A_DAY = SpendingLimit(name="three-a-day", per_day_count=3)
TEN_A_DAY = SpendingLimit(name="ten-a-day", per_day_minor=10_00)


def rupiah(amount: int) -> dict[str, Any]:
    return {"amount": Money(amount * 100, "IDR")}


async def pay(house: UseCases, reference: str, **changes: Any) -> Any:
    created = await house.create.execute(request(reference, **changes), wait_s=5.0)
    return created.transfer


async def use(house: UseCases, name: str) -> LimitUse:
    day = bank_day(house.clock.now_us())
    return (await house.create._limits._book.use([name], day))[name]


@pytest.mark.parametrize(
    ("limit", "left"),
    [
        (SpendingLimit(name="x", per_transfer_minor=4_99), "4.99 IDR"),
        (SpendingLimit(name="x", client_id="erp", per_transfer_minor=4_99), "4.99 IDR"),
        (SpendingLimit(name="x", source_account="bca:1234567890", per_day_minor=1), "0.01 IDR"),
        (SpendingLimit(name="x", rail=Rail.INTRABANK, per_day_minor=4_99), "4.99 IDR"),
    ],
)
async def test_limit_that_matches_refuses_and_says_what_is_left(
    sqlite_url: str, limit: SpendingLimit, left: str
) -> None:
    async with open_use_cases(sqlite_url, limits=[limit]) as house:
        with pytest.raises(LimitExceededError, match="limit x allows") as refused:
            await pay(house, "INV-1", **rupiah(5))

        assert refused.value.left == left
        assert await house.ledger.find_by_key("erp", "INV-1") is None


@pytest.mark.parametrize(
    "limit",
    [
        SpendingLimit(name="x", client_id="other", per_transfer_minor=1),
        SpendingLimit(name="x", source_account="bca:9999999999", per_day_minor=1),
        SpendingLimit(name="x", source_account="bni:1234567890", per_day_minor=1),
        SpendingLimit(name="x", rail=Rail.RTGS, per_day_minor=1),
    ],
)
async def test_limit_of_others_does_not_count(sqlite_url: str, limit: SpendingLimit) -> None:
    async with open_use_cases(sqlite_url, limits=[limit]) as house:
        transfer = await pay(house, "INV-1")

        assert transfer.state is State.SETTLED
        assert transfer.limit_names == ""


async def test_day_is_filled_to_the_last_rupiah_and_no_further(sqlite_url: str) -> None:
    async with open_use_cases(sqlite_url, limits=[TEN_A_DAY]) as house:
        await pay(house, "INV-1", **rupiah(6))
        await pay(house, "INV-2", **rupiah(4))

        with pytest.raises(LimitExceededError):
            await pay(house, "INV-3", amount=Money(1, "IDR"))


async def test_new_jakarta_day_begins_at_zero(sqlite_url: str) -> None:
    async with open_use_cases(sqlite_url, limits=[TEN_A_DAY]) as house:
        await pay(house, "INV-1", **rupiah(10))
        house.clock.advance(86_400)

        assert (await pay(house, "INV-2", **rupiah(9))).state is State.SETTLED


async def test_rejected_payment_gives_its_share_back(ledger_url: str) -> None:
    async with open_use_cases(ledger_url, limits=[TEN_A_DAY, THREE_A_DAY]) as house:
        house.bank.script.append("403/4031714")
        rejected = await pay(house, "INV-1", **rupiah(10))

        assert rejected.state is State.REJECTED
        assert await use(house, "ten-a-day") == LimitUse()
        assert await use(house, "three-a-day") == LimitUse()
        assert (await pay(house, "INV-2", **rupiah(10))).state is State.SETTLED


async def test_cancelled_payment_gives_its_share_back(sqlite_url: str) -> None:
    async with open_use_cases(sqlite_url, limits=[TEN_A_DAY]) as house:
        house.bank.script.append("not_sent")
        waiting = await pay(house, "INV-1", **rupiah(10))
        cancel = CancelTransfer(
            ledger=house.ledger,
            holds=house.holds,
            identifiers=house.create._identifiers,
            clock=house.clock,
        )
        await cancel.execute(waiting, actor="erp")

        assert await use(house, "ten-a-day") == LimitUse()


async def test_unresolved_payment_keeps_its_share(sqlite_url: str) -> None:
    async with open_use_cases(sqlite_url, limits=[TEN_A_DAY]) as house:
        house.bank.script.append("lost")
        unknown = await pay(house, "INV-1", **rupiah(10))

        assert unknown.state is State.UNKNOWN
        assert await use(house, "ten-a-day") == LimitUse(amount_minor=10_00, transfer_count=1)


async def test_replay_is_answered_though_the_limit_is_used_up(sqlite_url: str) -> None:
    async with open_use_cases(sqlite_url, limits=[TEN_A_DAY]) as house:
        first = await pay(house, "INV-1", **rupiah(10))

        again = await house.create.execute(request("INV-1", **rupiah(10)), wait_s=5.0)

        assert again.replayed
        assert again.transfer.transfer_id == first.transfer_id
        assert (await use(house, "ten-a-day")).transfer_count == 1


async def test_payments_at_once_in_two_processes_do_not_pass_the_limit(ledger_url: str) -> None:
    limits = [THREE_A_DAY, TEN_A_DAY]
    async with (
        open_use_cases(ledger_url, limits=limits) as one,
        open_use_cases(ledger_url, limits=limits) as two,
    ):
        outcomes = await asyncio.gather(
            *(
                pay(house, f"INV-{number}", amount=Money(100 + number, "IDR"))
                for number, house in enumerate([one, two] * 6)
            ),
            return_exceptions=True,
        )

        refused = [one for one in outcomes if isinstance(one, LimitExceededError)]
        assert len(refused) == 9
        # One may still wait for the token that the other process asks for.
        assert len(one.bank.debits) + len(two.bank.debits) <= 3
        assert (await use(one, "three-a-day")).transfer_count == 3


def limit_settings(**changes: Any) -> LimitSettings:
    return parse({"name": "erp-daily", **changes}, LimitSettings, path=Path("limits.toml"))


def test_limit_is_read_from_the_configuration() -> None:
    settings = limit_settings(
        client_id="erp",
        source_account="bca:1234567890",
        rail="RTGS",
        per_transfer="500000000.00",
        per_day_amount="2000000000.00",
        per_day_count=20,
    )

    assert settings.limit() == SpendingLimit(
        name="erp-daily",
        client_id="erp",
        source_account="bca:1234567890",
        rail=Rail.RTGS,
        per_transfer_minor=50_000_000_000,
        per_day_minor=200_000_000_000,
        per_day_count=20,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"per_transfer": "0.00"},
        {"per_transfer": "5"},
        {"per_day_count": -1},
        {"per_day_count": 1, "name": "Two Words"},
        {"per_day_count": 1, "source_account": "1234567890"},
    ],
)
def test_limit_that_cannot_be_meant_stops_the_start(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        limit_settings(**changes)


def test_two_limits_of_one_name_stop_the_start(tmp_path: Path) -> None:
    limit = {"name": "x", "per_day_count": 1}
    bank = {"driver": "bca_snap", "base_url": "https://bank", "profile": {}}
    peer = {"target": "127.0.0.1:1", "server_name": "x"}
    document = {
        "tls": dict.fromkeys(("certificate_file", "private_key_file", "ca_file"), "x"),
        "database": {"url": "sqlite:///x"},
        "signer": peer,
        "audit": peer,
        "token_key_file": "x",
        "default_bank": "bca",
        "banks": {"bca": bank},
        "limits": [limit, limit],
    }

    with pytest.raises(ConfigError, match="two limits have the same name"):
        parse(document, BankAdapterSettings, path=tmp_path / "bank-adapter.toml")
