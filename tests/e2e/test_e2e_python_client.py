"""The Python client against the whole stack: it pays once and follows what becomes of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from gerbang_client import Client, Order, RefusedError, State
from localstack.bank_admin import BankAdmin
from localstack.demo_client import DemoClient
from localstack.stack import Stack

FINAL_WITHIN_S = 60.0


@pytest.fixture
def client(stack: Stack) -> Iterator[Client]:
    known = stack.client
    with Client(
        stack.settings.url,
        client_id=known.client_id,
        secret=known.secret,
        origin=known.origin,
        ca_file=stack.ca_file,
    ) as opened:
        yield opened


@pytest.fixture
def order(reference: Callable[[], str]) -> Callable[..., Order]:
    known = DemoClient(secret="")

    def make(amount: str = "150000.00", *, source: str = known.source_account) -> Order:
        return Order(
            reference=reference(),
            amount=Decimal(amount),
            source_account_no=source,
            beneficiary_account_no=known.beneficiary_account,
            beneficiary_account_name=known.beneficiary_name,
        )

    return make


def test_payment_settles_once_and_is_found_by_its_reference(
    client: Client, order: Callable[..., Order]
) -> None:
    wanted = order()

    first, second = client.pay(wanted), client.pay(wanted)

    assert (first.state, first.replayed) == (State.SETTLED, False)
    assert (second.transfer_id, second.replayed) == (first.transfer_id, True)
    found = client.find(wanted.reference)
    assert found is not None
    assert found.transfer_id == first.transfer_id
    assert client.read(first.transfer_id).raw["attempts"]


def test_lost_answer_is_unknown_until_the_feed_says_more(
    client: Client, order: Callable[..., Order], bank: BankAdmin
) -> None:
    # A minute before, because the moments are the gateway's.
    begin = datetime.now(UTC) - timedelta(minutes=1)
    bank.fault("drop_after_booking", service="17")

    unclear = client.pay(order("7311.00"))
    assert (unclear.state, unclear.state.may_be_paid_anew) == (State.UNKNOWN, False)
    assert client.inquire(unclear.transfer_id).state is State.SETTLED

    position, seen = "", State.UNKNOWN
    deadline = time.monotonic() + FINAL_WITHIN_S
    while seen is not State.SETTLED and time.monotonic() < deadline:
        for page in client.changes(begin, position):
            position = page.position
            for transfer in page.transfers:
                if transfer.transfer_id == unclear.transfer_id:
                    seen = transfer.state
        time.sleep(0.2)
    assert seen is State.SETTLED


def test_refusal_names_reason_and_trace(client: Client, order: Callable[..., Order]) -> None:
    with pytest.raises(RefusedError) as caught:
        client.pay(order(source="9999999999"))

    assert (caught.value.status, caught.value.reason) == (403, "ACCOUNT_NOT_ALLOWED")
    assert caught.value.trace_id
