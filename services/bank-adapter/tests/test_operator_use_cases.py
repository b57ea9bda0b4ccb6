"""An operator's verbs over both databases: evidence, the word, what follows from it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from bank_adapter.adapters.sql_operator_reads import SQLOperatorReads
from bank_adapter.adapters.sql_tables import outbox
from bank_adapter.application.ask_about_accounts import AskAboutAccounts
from bank_adapter.application.converse import Converser
from bank_adapter.application.gather_evidence import GatherEvidence, matching_debits
from bank_adapter.application.ports.ledger import OvertakenError, PagePosition
from bank_adapter.application.read_transfers import TransferNotFoundError
from bank_adapter.application.resolve_transfer import ResolveTransfer
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.domain.bank_day import jakarta
from bank_adapter.domain.money import Money
from bank_adapter.domain.operator_decision import Resolution
from bank_adapter.domain.resolving import Decision, NotResolvableError
from bank_adapter.domain.statement_line import StatementLine
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer
from gerbang.audit.v1.event_pb2 import Event
from sqlalchemy import select
from use_cases import UseCases, open_use_cases, request

DAY_S = 24 * 3600 + 1


@pytest.fixture
async def house(ledger_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(ledger_url) as opened:
        yield opened


def resolver(house: UseCases) -> ResolveTransfer:
    return ResolveTransfer(
        ledger=house.ledger, identifiers=house.create._identifiers, clock=house.clock
    )


def gatherer(house: UseCases) -> GatherEvidence:
    ask = AskAboutAccounts(
        banks=house.banks,
        ledger=house.ledger,
        converser=Converser(house.signer),
        tokens=house.tokens,
        identifiers=house.create._identifiers,
        clock=house.clock,
        clock_watch=house.ask._clock_watch,
    )
    return GatherEvidence(
        ledger=house.ledger,
        reads=SQLOperatorReads(house.ledger._reader),
        ask=ask,
        clock=house.clock,
    )


async def waiting(house: UseCases, reference: str = "INV-1", script: str = "lost") -> Transfer:
    """A payment that nobody could find out about for a day."""
    house.bank.script.append(script)
    house.bank.status_script.extend(["lost"] * 60)
    created = await house.create.execute(request(reference, allow_duplicate=True), wait_s=5)
    transfer = created.transfer
    house.clock.advance(DAY_S)
    await house.work_once()
    house.bank.status_script.clear()
    found = await house.ledger.get(transfer.transfer_id)
    assert found is not None
    assert found.state is State.NEEDS_OPERATOR
    return found


def word(
    resolution: Resolution, transfer: Transfer, reason: str = "asked BCA by phone"
) -> Decision:
    return Decision(
        resolution=resolution,
        operator="jane",
        reason=reason,
        seen_sequence=transfer.event_count,
    )


async def audited(house: UseCases) -> list[Event]:
    rows = await house.ledger._reader.run(lambda c: c.execute(select(outbox)).all())
    return [Event.FromString(row.payload) for row in rows]


async def test_settled_by_a_person_is_in_the_ledger_and_the_audit_under_that_name(
    house: UseCases,
) -> None:
    transfer = await waiting(house)

    after = await resolver(house).execute(
        transfer.transfer_id, word(Resolution.SETTLED, transfer), trace_id="trace-9"
    )

    assert after.state is State.SETTLED
    assert await house.ledger.get(transfer.transfer_id) == after
    (decision,) = await SQLOperatorReads(house.ledger._reader).decisions(transfer.transfer_id)
    assert (decision.operator, decision.reason) == ("jane", "asked BCA by phone")
    told = {event.kind: event for event in await audited(house) if event.actor == "jane"}
    assert set(told) == {"transfer.state_changed", "transfer.resolved_by_operator"}
    resolved = told["transfer.resolved_by_operator"]
    assert resolved.attributes["reason"] == "asked BCA by phone"
    assert resolved.trace_id == "trace-9"


async def test_resumed_payment_is_sent_again_under_its_reference(house: UseCases) -> None:
    transfer = await waiting(house)

    await resolver(house).execute(
        transfer.transfer_id, word(Resolution.RESUMED, transfer), trace_id=""
    )
    await house.work_once()

    last = await house.ledger.get(transfer.transfer_id)
    assert last is not None
    assert last.state is State.SETTLED
    assert dict(house.bank.debits) == {transfer.order.bank_partner_reference_no: 1}
    attempts = await house.ledger.attempts(transfer.transfer_id)
    sent = [attempt.external_id for attempt in attempts if attempt.kind == "TRANSFER"]
    assert len(set(sent)) == 2


async def test_rejection_after_a_resume_leads_to_inquiry_and_finds_the_first_debit(
    house: UseCases,
) -> None:
    transfer = await waiting(house, script="booked_but_lost")
    house.bank.script.append("403/4031714")

    await resolver(house).execute(
        transfer.transfer_id, word(Resolution.RESUMED, transfer), trace_id=""
    )
    await house.work_once()
    unknown = await house.ledger.get(transfer.transfer_id)
    house.clock.advance(31)
    await house.work_once()
    last = await house.ledger.get(transfer.transfer_id)

    assert unknown is not None
    assert unknown.state is State.UNKNOWN
    assert last is not None
    assert last.state is State.SETTLED
    assert sum(house.bank.debits.values()) == 1


async def test_of_two_operators_one_decides(house: UseCases) -> None:
    transfer = await waiting(house)

    outcomes = await asyncio.gather(
        *(
            resolver(house).execute(transfer.transfer_id, word(resolution, transfer), trace_id="")
            for resolution in Resolution
        ),
        return_exceptions=True,
    )

    (decided,) = [outcome for outcome in outcomes if isinstance(outcome, Transfer)]
    refused = [type(outcome) for outcome in outcomes if outcome is not decided]
    assert set(refused) <= {OvertakenError, NotResolvableError}
    assert await house.ledger.get(transfer.transfer_id) == decided
    assert len(await SQLOperatorReads(house.ledger._reader).decisions(transfer.transfer_id)) == 1


@pytest.mark.parametrize(
    ("reason", "missing"),
    [("", True), ("too short", False), ("x" * 501, False), ("two\nlines of text", False)],
)
async def test_word_without_a_proper_reason_is_not_taken(
    house: UseCases, *, reason: str, missing: bool
) -> None:
    transfer = await waiting(house)

    with pytest.raises(InvalidFieldError) as refused:
        await resolver(house).execute(
            transfer.transfer_id, word(Resolution.SETTLED, transfer, reason), trace_id=""
        )

    assert (refused.value.field, refused.value.missing) == ("reason", missing)
    assert await house.ledger.get(transfer.transfer_id) == transfer


async def test_unknown_transfer_is_not_found(house: UseCases) -> None:
    with pytest.raises(TransferNotFoundError):
        await gatherer(house).about("01NONE", ask_statement=False, operator="jane", trace_id="")


async def test_waiting_list_is_longest_first_and_pages_without_gap(house: UseCases) -> None:
    await house.pay("INV-0")
    first = await waiting(house, "INV-1")
    second = await waiting(house, "INV-2", script="booked_but_lost")

    page = await gatherer(house).waiting(after=None, limit=1)
    assert page.next == PagePosition(at_us=first.updated_us, transfer_id=first.transfer_id)
    rest = await gatherer(house).waiting(after=page.next, limit=1)

    assert [page.transfers, rest.transfers] == [(first,), (second,)]
    assert rest.next is None


async def test_attempts_of_all_transfers_page_in_the_order_of_their_making(
    house: UseCases,
) -> None:
    for number in range(5):
        await house.pay(f"INV-{number}")
        house.clock.advance(1)
    start_us = house.clock.now_us() - 4_000_000
    gather = gatherer(house)

    first, last_id = await gather.attempts(
        after_us=start_us, before_us=house.clock.now_us() - 1_000_000, after_id="", limit=2
    )
    second, end = await gather.attempts(
        after_us=start_us, before_us=house.clock.now_us() - 1_000_000, after_id=last_id, limit=2
    )

    started = [attempt.started_us for attempt in (*first, *second)]
    assert started == [start_us, start_us + 1_000_000, start_us + 2_000_000]
    assert end == ""


def line(
    remark: str, *, minor: int = 125_000_000, debit: bool = True, at: datetime | None = None
) -> StatementLine:
    return StatementLine(amount=Money(minor, "IDR"), debit=debit, at=at, remark=remark)


async def test_debit_of_the_amount_that_names_a_reference_of_ours_is_told_from_the_others(
    house: UseCases,
) -> None:
    transfer = await house.pay()
    reference = transfer.order.bank_partner_reference_no
    lines = (
        line(f"TRF {reference} X"),
        line("TRF INV 1"),
        line(f"TRF {reference} X", at=jakarta(transfer.created_us) - timedelta(days=1)),
        line(reference, minor=100),
        line(reference, debit=False),
    )

    debits = matching_debits(lines, transfer)

    assert [(debit.names_transfer, debit.same_remark) for debit in debits] == [
        (True, False),
        (False, True),
    ]


async def test_statement_is_asked_in_the_operators_name(house: UseCases) -> None:
    transfer = await waiting(house)
    house.bank.by_day = True
    house.bank.statement.append(("1250000.00", "DEBIT", "2026-01-01T07:00:05+07:00"))
    # Two days, then each alone: the bank has more of every one of them.
    house.bank.statement_script.extend(["more"] * 3)

    evidence = await gatherer(house).about(
        transfer.transfer_id, ask_statement=True, operator="jane", trace_id="t"
    )

    assert evidence.statement is not None
    assert len(evidence.statement.debits) == 1
    assert not evidence.statement.complete
    asked = [event for event in await audited(house) if event.kind == "bank.account.asked"]
    assert [event.client_id for event in asked if event.actor == "jane"] == ["erp"] * 3


async def test_bank_that_gives_no_statement_is_part_of_the_evidence(house: UseCases) -> None:
    transfer = await waiting(house)
    house.bank.statement_script.append("lost")

    evidence = await gatherer(house).about(
        transfer.transfer_id, ask_statement=True, operator="jane", trace_id="t"
    )

    assert evidence.statement is not None
    assert evidence.statement.problem == "TIMEOUT"
    assert not evidence.statement.complete
