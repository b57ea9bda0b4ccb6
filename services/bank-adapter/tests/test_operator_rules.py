"""What a person's word may do to a transfer, and what stays held back after it."""

from __future__ import annotations

import pytest
from bank_adapter.domain.attempt import Attempt, AttemptKind, AttemptResult
from bank_adapter.domain.bank_notification import BankNotification, Handling
from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.inquiry_schedule import InquirySchedule
from bank_adapter.domain.late_rejection import heed
from bank_adapter.domain.money import Money
from bank_adapter.domain.operator_decision import Resolution
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.resolving import (
    Decision,
    NotResolvableError,
    Objection,
    allowed,
    resolve,
)
from bank_adapter.domain.sending import RetryPolicy, cancel, conclude_sending, expire
from bank_adapter.domain.states import Event, IllegalEventError, State
from bank_adapter.domain.transfer import Transfer, TransferEvent
from bank_adapter.domain.verdict import Reading, Verdict
from msgspec.structs import replace

NOW_US = 1_795_231_824_000_000
LATER_US = NOW_US + 60_000_000


def transfer(**changes: object) -> Transfer:
    base = Transfer(
        transfer_id="T",
        client_id="erp",
        partner_reference_no="INV-1",
        idempotency_key="INV-1",
        fingerprint=b"f" * 32,
        twin=b"t" * 32,
        bank="bca",
        bank_identity="bca/x",
        order=PaymentOrder(
            rail=Rail.INTRABANK,
            amount=Money(125_000_000, "IDR"),
            source_account_no="1234567890",
            beneficiary_account_no="8010001575",
            beneficiary_account_name="YORIES YOLANDA",
            bank_partner_reference_no="2026112100000001",
        ),
        rail_reason="ASKED",
        state=State.NEEDS_OPERATOR,
        version=7,
        event_count=9,
        created_us=NOW_US,
        updated_us=NOW_US,
        send_by_us=NOW_US + 1,
        attempt_id="A",
        exposed_count=1,
        inquiry_count=30,
        unresolved_us=NOW_US,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def decision(resolution: Resolution, *, seen_sequence: int = 9) -> Decision:
    return Decision(
        resolution=resolution,
        operator="jane",
        reason="BCA told me by telephone",
        seen_sequence=seen_sequence,
    )


def event(kind: Event) -> TransferEvent:
    return TransferEvent(
        transfer_id="T", sequence=9, at_us=NOW_US, event=kind.value, from_state="", to_state=""
    )


EXHAUSTED = (event(Event.EXHAUST_INQUIRIES),)


@pytest.mark.parametrize(
    ("resolution", "state"),
    [
        (Resolution.SETTLED, State.SETTLED),
        (Resolution.REJECTED, State.REJECTED),
        (Resolution.RESUMED, State.PREPARED),
    ],
)
def test_word_moves_the_transfer_and_is_kept_with_name_and_reason(
    resolution: Resolution, state: State
) -> None:
    change = resolve(
        transfer(), EXHAUSTED, decision(resolution), at_us=LATER_US, send_by_us=LATER_US
    )

    assert change.after.state is state
    assert (change.after.version, change.after.event_count) == (8, 10)
    assert [line.actor for line in change.events] == ["jane"]
    assert change.decision is not None
    assert change.decision.reason == "BCA told me by telephone"
    assert change.decision.sequence == 10


def test_resumed_payment_keeps_its_reference_and_its_exposures() -> None:
    before = transfer()

    after = resolve(
        before, EXHAUSTED, decision(Resolution.RESUMED), at_us=LATER_US, send_by_us=LATER_US + 9
    ).after

    assert after.order == before.order
    assert (after.exposed_count, after.inquiry_count, after.unresolved_us) == (1, 0, 0)
    assert (after.next_action_us, after.send_by_us) == (LATER_US, LATER_US + 9)


@pytest.mark.parametrize("state", [state for state in State if state is not State.NEEDS_OPERATOR])
@pytest.mark.parametrize("resolution", list(Resolution))
def test_nothing_but_a_waiting_transfer_is_resolved(state: State, resolution: Resolution) -> None:
    elsewhere = transfer(state=state)

    with pytest.raises(NotResolvableError) as refused:
        resolve(elsewhere, EXHAUSTED, decision(resolution), at_us=LATER_US, send_by_us=LATER_US)

    assert refused.value.objection is Objection.NOT_WAITING
    assert allowed(elsewhere, EXHAUSTED) == ()


@pytest.mark.parametrize("seen", [8, 10])
def test_person_who_has_not_seen_the_last_event_decides_nothing(seen: int) -> None:
    with pytest.raises(NotResolvableError) as refused:
        resolve(
            transfer(),
            EXHAUSTED,
            decision(Resolution.SETTLED, seen_sequence=seen),
            at_us=LATER_US,
            send_by_us=LATER_US,
        )

    assert refused.value.objection is Objection.SEEN_TOO_LITTLE


def test_reference_that_the_bank_holds_for_another_payment_is_never_sent_again() -> None:
    collided = (event(Event.COLLIDE),)

    with pytest.raises(NotResolvableError) as refused:
        resolve(
            transfer(), collided, decision(Resolution.RESUMED), at_us=LATER_US, send_by_us=LATER_US
        )

    assert refused.value.objection is Objection.REFERENCE_TAKEN
    assert allowed(transfer(), collided) == (Resolution.SETTLED, Resolution.REJECTED)


def resumed() -> Transfer:
    return resolve(
        transfer(), EXHAUSTED, decision(Resolution.RESUMED), at_us=LATER_US, send_by_us=LATER_US + 9
    ).after


def test_resumed_payment_past_its_time_goes_back_to_the_operator_unrejected() -> None:
    after = expire(resumed(), at_us=LATER_US + 10, actor="test").after

    assert (after.state, after.state_reason) == (State.NEEDS_OPERATOR, "SEND_BY_PASSED")


def test_resumed_payment_is_not_cancelled_by_the_client() -> None:
    with pytest.raises(IllegalEventError):
        cancel(resumed(), at_us=LATER_US, actor="erp")


def attempt(attempt_id: str) -> Attempt:
    return Attempt(
        attempt_id=attempt_id,
        transfer_id="T",
        kind=AttemptKind.TRANSFER,
        bank_identity="bca/x",
        external_id="1",
        external_day=20261121,
        message=WireMessage(service_code="17", method="POST", path="/", body=b"{}"),
        owner_id="O",
        started_us=NOW_US,
        deadline_us=NOW_US + 1,
    )


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.SETTLED, State.NEEDS_OPERATOR),
        (Verdict.ACCEPTED, State.NEEDS_OPERATOR),
        (Verdict.REJECTED, State.PREPARED),
        (Verdict.UNKNOWN, State.PREPARED),
    ],
)
def test_late_word_that_the_money_moved_stops_a_resumed_payment(
    verdict: Verdict, state: State
) -> None:
    stored = replace(attempt("A"), result=AttemptResult.LOST)

    after = conclude_sending(
        resumed(),
        stored,
        replace(stored, result=AttemptResult.ANSWERED, verdict=verdict, ended_us=LATER_US),
        Reading(verdict=verdict),
        at_us=LATER_US,
        actor="test",
        retry=RetryPolicy(),
        schedule=InquirySchedule(),
    ).after

    assert after.state is state


def test_rejection_of_the_later_attempt_rejects_nothing() -> None:
    sending = replace(resumed(), state=State.SENDING, attempt_id="B")

    after = conclude_sending(
        sending,
        attempt("B"),
        replace(attempt("B"), result=AttemptResult.ANSWERED, verdict=Verdict.REJECTED),
        Reading(verdict=Verdict.REJECTED),
        at_us=LATER_US,
        actor="test",
        retry=RetryPolicy(),
        schedule=InquirySchedule(),
    ).after

    assert (after.state, after.exposed_count) == (State.UNKNOWN, 2)


def test_word_of_the_bank_while_a_person_decides_is_an_event_to_be_seen_first() -> None:
    told = BankNotification(
        notification_id="N",
        bank="bca",
        service_code="76",
        external_id="1",
        external_day=20261121,
        signature_sha256="0" * 64,
        received_us=LATER_US,
        body=b"{}",
        rejected=True,
        transfer_id="T",
    )

    handling, change = heed(transfer(), told, at_us=LATER_US, actor="bank-adapter")

    assert handling is Handling.EVIDENCE
    assert change is not None
    with pytest.raises(NotResolvableError) as refused:
        resolve(
            change.after,
            EXHAUSTED,
            decision(Resolution.SETTLED),
            at_us=LATER_US,
            send_by_us=LATER_US,
        )
    assert refused.value.objection is Objection.SEEN_TOO_LITTLE
