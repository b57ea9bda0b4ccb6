"""What the audit is told of a payment: one event for each thing that was committed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from bank_adapter.adapters.sql_tables import outbox
from gerbang.audit.v1.event_pb2 import Event
from sqlalchemy import select
from use_cases import UseCases, open_use_cases


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(sqlite_url) as opened:
        yield opened


async def told(house: UseCases, transfer_id: str) -> list[Event]:
    rows = await house.ledger._reader.run(
        lambda connection: connection.execute(select(outbox).order_by(outbox.c.event_id)).all()
    )
    events = [Event.FromString(row.payload) for row in rows]
    return [event for event in events if event.transfer_id == transfer_id]


async def test_settled_payment_is_told_by_its_intent_and_its_end(house: UseCases) -> None:
    transfer = await house.pay()

    events = {event.kind: event for event in await told(house, transfer.transfer_id)}

    assert sorted(events) == ["bank.attempt.finished", "transfer.state_changed"]
    intent, end = events["transfer.state_changed"], events["bank.attempt.finished"]
    assert intent.attributes["internalState"] == "SENDING"
    assert intent.attributes["externalId"] == end.attributes["externalId"]
    assert end.attributes["result"] == "ANSWERED"
    assert (end.attributes["state"], end.attributes["internalState"]) == ("SETTLED", "SETTLED")
    assert int(end.attributes["sequence"]) > int(intent.attributes["sequence"])
    assert end.request.body
    assert end.response.status == 200


async def test_lost_answer_is_told_with_the_state_it_leaves(house: UseCases) -> None:
    house.bank.script.append("lost")
    transfer = await house.pay()

    events = {event.kind: event for event in await told(house, transfer.transfer_id)}

    end = events["bank.attempt.finished"]
    assert (end.attributes["result"], end.attributes["state"]) == ("LOST", "UNKNOWN")
    assert not end.HasField("response")
