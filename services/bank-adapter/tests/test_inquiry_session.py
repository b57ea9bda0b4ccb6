"""A bank that wants to hear its own inquiry (42) again in the transfer (43)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from bank_adapter.application.ask_about_accounts import BankSaidNoError
from bank_adapter.application.ports.bank_wire import Lost, NotSent
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.domain.conversation import Answer, Send
from bank_adapter.domain.name_check import NameCheckMode, NamePolicy
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.states import State
from bank_adapter.drivers.registry import open_driver
from fake_bank import answer
from use_cases import PROFILE, UseCases, open_use_cases, request

SETTINGS = {
    **PROFILE,
    "partner_id": "P",
    "channel_id": "12345",
    "session_from_inquiry": True,
}
TO_MANDIRI = {"beneficiary_bank_code": "008", "rail": Rail.ONLINE}


@dataclass
class FakePaydia:
    """Names each inquiry by its order of arrival; `inquiry` is what it answers to 42."""

    inquiry: str = "answered"
    inquiries: list[dict[str, Any]] = field(default_factory=list)
    transfers: list[dict[str, Any]] = field(default_factory=list)

    async def send(
        self, step: Send, *, timeout_s: float, before_first_byte: Callable[[], str | None]
    ) -> Answer | NotSent | Lost:
        if step.path.endswith("access-token/b2b"):
            return answer(200, {"responseCode": "2007300", "accessToken": "t", "expiresIn": "900"})
        asked = json.loads(step.body)
        if step.path.endswith("bank-account-inquiry"):
            return self._name(asked)
        self.transfers.append(asked)
        return answer(200, {"responseCode": "2004300", "referenceNo": "7", **asked})

    def _name(self, asked: dict[str, Any]) -> Answer | Lost:
        self.inquiries.append(asked)
        if self.inquiry == "lost":
            return Lost("TIMEOUT")
        if self.inquiry == "unknown_account":
            return answer(404, {"responseCode": "4044211"})
        named = {"beneficiaryAccountName": "YORIES YOLANDA", **asked}
        if self.inquiry == "answered":
            named["sessionId"] = f"S-{len(self.inquiries)}"
        return answer(200, {"responseCode": "2004200", **named})


@pytest.fixture
def paydia() -> FakePaydia:
    return FakePaydia()


@pytest.fixture
async def house(sqlite_url: str, paydia: FakePaydia) -> AsyncIterator[UseCases]:
    async with open_use_cases(sqlite_url) as opened:
        bank = opened.banks.by_id["bca"]
        driver = open_driver("paydia_snap", SETTINGS)
        opened.banks.by_id["bca"] = replace(bank, driver=driver, wire=paydia)
        yield opened


async def create(house: UseCases, reference: str = "INV-1", **changes: Any) -> Any:
    created = await house.create.execute(
        request(reference, **{**TO_MANDIRI, **changes}), wait_s=5.0
    )
    return created.transfer


async def test_session_of_the_inquiry_is_carried_into_the_transfer_and_kept(
    house: UseCases, paydia: FakePaydia
) -> None:
    transfer = await create(house)

    assert transfer.state is State.ACCEPTED
    assert [sent["sessionId"] for sent in paydia.transfers] == ["S-1"]
    assert paydia.inquiries[0]["partnerReferenceNo"] == paydia.transfers[0]["partnerReferenceNo"]
    kept = await house.ledger.get(transfer.transfer_id)
    assert kept is not None
    assert (kept.order.inquiry_session, kept.beneficiary_name_check) == ("S-1", "NOT_CHECKED")


async def test_name_is_compared_in_the_same_question_where_the_policy_says_so(
    house: UseCases, paydia: FakePaydia
) -> None:
    policy = NamePolicy(mode=NameCheckMode.FLAG)
    house.banks.by_id["bca"] = replace(house.banks.by_id["bca"], name_check=policy)

    transfer = await create(house)

    assert transfer.beneficiary_name_check == "MATCH"
    assert len(paydia.inquiries) == 1


async def test_payment_without_a_name_still_asks_for_its_session(
    house: UseCases, paydia: FakePaydia
) -> None:
    await create(house, beneficiary_account_name="")

    assert [sent["sessionId"] for sent in paydia.transfers] == ["S-1"]


async def test_no_answer_to_the_inquiry_is_no_payment(house: UseCases, paydia: FakePaydia) -> None:
    paydia.inquiry = "lost"

    with pytest.raises(BankSaidNoError):
        await create(house)

    assert paydia.transfers == []
    assert await house.ledger.find_by_key("erp", "INV-1") is None


async def test_account_that_the_bank_does_not_know_is_no_payment(
    house: UseCases, paydia: FakePaydia
) -> None:
    paydia.inquiry = "unknown_account"

    with pytest.raises(InvalidFieldError) as refused:
        await create(house)

    assert refused.value.field == "beneficiaryAccountNo"
    assert paydia.transfers == []


async def test_bank_that_gives_no_session_is_paid_without_one(
    house: UseCases, paydia: FakePaydia
) -> None:
    paydia.inquiry = "without_session"

    await create(house)

    assert "sessionId" not in paydia.transfers[0]


async def test_replay_opens_no_second_session(house: UseCases, paydia: FakePaydia) -> None:
    first = await create(house)

    again = await house.create.execute(request(**TO_MANDIRI), wait_s=5.0)

    assert again.transfer.transfer_id == first.transfer_id
    assert len(paydia.inquiries) == 1
