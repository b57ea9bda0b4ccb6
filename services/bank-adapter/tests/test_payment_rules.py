"""The pure rules: money, fingerprints, masks, days, schedules, late words."""

from __future__ import annotations

import pytest
from bank_adapter.domain.attempt import Attempt, AttemptKind, AttemptResult
from bank_adapter.domain.bank_day import bank_day, end_of_bank_day_us, jakarta
from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.fingerprint import fingerprint
from bank_adapter.domain.inquiring import conclude_inquiries, join
from bank_adapter.domain.inquiry_schedule import InquirySchedule
from bank_adapter.domain.masking import mask_account, mask_body
from bank_adapter.domain.money import InvalidMoneyError, Money
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.sending import RetryPolicy, conclude_sending
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.limits import AUDITED_BODY_OCTETS
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

NOW_US = 1_795_228_205_000_000  # 2026-11-21T10:30:05+07:00


@given(st.integers(min_value=0, max_value=10**15 - 1))
def test_money_reads_what_it_writes(minor: int) -> None:
    money = Money(minor, "IDR")

    assert Money.parse(money.value, money.currency) == money


@given(st.text(alphabet="0123456789.,-+eE _\u0661", max_size=22) | st.text(max_size=22))
def test_any_text_is_the_amount_it_says_or_refused(value: str) -> None:
    try:
        money = Money.parse(value, "IDR")
    except InvalidMoneyError:
        return
    assert money.value == value


@pytest.mark.parametrize(
    "value",
    ["", "1", "1.0", "1.000", "01.00", "+1.00", "-1.00", " 1.00", "1.00 ", "1,00", "1e2", "1.00\n",
     "١.٠٠", "10000000000000.00", ".00", "NaN"],
)  # fmt: skip
def test_bad_amount_is_refused(value: str) -> None:
    with pytest.raises(InvalidMoneyError):
        Money.parse(value, "IDR")


@pytest.mark.parametrize("currency", ["", "ID", "idr", "IDRX", "ＩＤＲ"])
def test_bad_currency_is_refused(currency: str) -> None:
    with pytest.raises(InvalidMoneyError) as refused:
        Money.parse("1.00", currency)

    assert refused.value.field == "currency"


# A lone surrogate cannot come from JSON.
TEXTS = st.dictionaries(
    st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))
)


@given(TEXTS, TEXTS)
def test_fingerprints_are_equal_only_for_equal_fields(
    one: dict[str, str], other: dict[str, str]
) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (one == other)


@pytest.mark.parametrize(
    ("body", "masked"),
    [
        (b'{"sourceAccountNo":"1234567890"}', '{"sourceAccountNo":"******7890"}'),
        (b'{"beneficiaryAccountNumber" : "123"}', '{"beneficiaryAccountNumber" : "***"}'),
        (b'{"accountNo":"1234567890"}', '{"accountNo":"******7890"}'),
        (b'{"accessToken":"abc","expiresIn":"900"}', '{"accessToken":"***","expiresIn":"900"}'),
        (b'{"amount":{"value":"1.00"}}', '{"amount":{"value":"1.00"}}'),
    ],
)
def test_bodies_are_masked_before_they_leave(body: bytes, masked: str) -> None:
    assert mask_body(body) == masked


@pytest.mark.parametrize("body", [b"x" * 600_000, "é".encode() * 300_000, b"\xff" * 300_000])
def test_body_longer_than_the_audit_takes_is_cut_and_says_so(body: bytes) -> None:
    audited = mask_body(body)

    assert AUDITED_BODY_OCTETS - 4 <= len(audited.encode()) <= AUDITED_BODY_OCTETS
    assert audited.endswith("octets, cut here]")


def test_account_shows_its_last_four_digits() -> None:
    assert [mask_account(number) for number in ("", "1234", "12345")] == ["", "****", "*2345"]


def test_bank_day_turns_at_jakarta_midnight() -> None:
    midnight = end_of_bank_day_us(NOW_US)

    assert (bank_day(NOW_US), bank_day(midnight - 1), bank_day(midnight)) == (
        20261121,
        20261121,
        20261122,
    )
    assert jakarta(midnight).hour == 0


def test_schedule_grows_and_ends_with_a_person() -> None:
    schedule = InquirySchedule()
    delays = [schedule.delay_s(inquiry_count=count, age_s=0) for count in range(6)]

    assert delays == [30, 60, 120, 300, 600, 600]
    assert schedule.delay_s(inquiry_count=20, age_s=7200) == 3600
    assert schedule.delay_s(inquiry_count=40, age_s=86_400) is None


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
            bank_partner_reference_no="1",
            rail=Rail.INTRABANK,
            amount=Money(100, "IDR"),
            source_account_no="1",
            beneficiary_account_no="2",
        ),
        rail_reason="",
        state=State.SENDING,
        version=3,
        event_count=4,
        created_us=NOW_US,
        updated_us=NOW_US,
        send_by_us=NOW_US + 1,
        attempt_id="A",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def attempt(**changes: object) -> Attempt:
    base = Attempt(
        attempt_id="A",
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
    return replace(base, **changes)  # type: ignore[arg-type]


LOST_BEFORE = {"state": State.UNKNOWN, "exposed_count": 1, "unresolved_us": NOW_US}
RESENT = {"exposed_count": 1, "attempt_id": "A"}


@pytest.mark.parametrize(
    ("before", "stored", "verdict", "state"),
    [
        # In time, first attempt.
        ({}, AttemptResult.OPEN, Verdict.SETTLED, State.SETTLED),
        ({}, AttemptResult.OPEN, Verdict.REJECTED, State.REJECTED),
        ({}, AttemptResult.OPEN, Verdict.DUPLICATE, State.NEEDS_OPERATOR),
        ({}, AttemptResult.OPEN, Verdict.PENDING, State.UNKNOWN),
        ({}, AttemptResult.OPEN, Verdict.NOT_FOUND, State.UNKNOWN),
        # In time, but an earlier attempt may have reached the bank.
        (RESENT, AttemptResult.OPEN, Verdict.REJECTED, State.UNKNOWN),
        (RESENT, AttemptResult.OPEN, Verdict.DUPLICATE, State.UNKNOWN),
        (RESENT, AttemptResult.OPEN, Verdict.SETTLED, State.SETTLED),
        # Late, after recovery gave the attempt up: its own exposure does not count.
        (LOST_BEFORE, AttemptResult.LOST, Verdict.SETTLED, State.SETTLED),
        (LOST_BEFORE, AttemptResult.LOST, Verdict.REJECTED, State.REJECTED),
        (LOST_BEFORE, AttemptResult.LOST, Verdict.NOT_SENT, State.PREPARED),
        (LOST_BEFORE, AttemptResult.LOST, Verdict.UNKNOWN, State.UNKNOWN),
        # Late, after somebody else found the end.
        ({"state": State.SETTLED, "exposed_count": 1}, AttemptResult.LOST, Verdict.SETTLED,
         State.SETTLED),
        ({"state": State.SETTLED, "exposed_count": 1}, AttemptResult.LOST, Verdict.REJECTED,
         State.NEEDS_OPERATOR),
        ({"state": State.REJECTED, "exposed_count": 1}, AttemptResult.LOST, Verdict.SETTLED,
         State.NEEDS_OPERATOR),
        ({"state": State.NEEDS_OPERATOR, "exposed_count": 1}, AttemptResult.LOST, Verdict.SETTLED,
         State.NEEDS_OPERATOR),
        # A late word about an attempt that is not the current one moves nothing.
        ({**LOST_BEFORE, "attempt_id": "B"}, AttemptResult.LOST, Verdict.NOT_SENT, State.UNKNOWN),
    ],
)  # fmt: skip
def test_word_of_the_bank_leads_to_state(
    before: dict[str, object], stored: AttemptResult, verdict: Verdict, state: State
) -> None:
    ended = attempt(verdict=verdict, result=AttemptResult.ANSWERED, ended_us=NOW_US)

    change = conclude_sending(
        transfer(**before),
        attempt(result=stored),
        ended,
        Reading(verdict=verdict),
        at_us=NOW_US,
        actor="test",
        retry=RetryPolicy(),
        schedule=InquirySchedule(),
    )

    assert change.after.state is state
    assert change.after.version == 4
    assert [event.sequence for event in change.events] == [5]


def test_silence_of_the_bank_keeps_its_earlier_words() -> None:
    told = transfer().with_words_of(
        Reading(
            verdict=Verdict.ACCEPTED,
            bank_reference_no="77",
            network_reference_no="BIFAST1",
            response_code="2021800",
        )
    )
    later = told.with_words_of(Reading(verdict=Verdict.SETTLED, response_code="2003600"))
    assert (later.bank_reference_no, later.network_reference_no) == ("77", "BIFAST1")
    assert later.response_code == "2003600"


def readings(*verdicts: Verdict) -> list[Reading]:
    return [Reading(verdict=verdict) for verdict in verdicts]


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        ([Verdict.SETTLED], Verdict.SETTLED),
        ([Verdict.REJECTED], Verdict.REJECTED),
        ([Verdict.NOT_FOUND, Verdict.SETTLED], Verdict.SETTLED),
        ([Verdict.REJECTED, Verdict.SETTLED], Verdict.SETTLED),
        ([Verdict.REJECTED, Verdict.NOT_FOUND], Verdict.NOT_FOUND),
        ([Verdict.REJECTED, Verdict.REJECTED], Verdict.REJECTED),
        ([Verdict.PENDING, Verdict.REJECTED], Verdict.PENDING),
        ([], Verdict.UNKNOWN),
    ],
)
def test_readings_join_to_the_least_sure(asked: list[Verdict], verdict: Verdict) -> None:
    assert join(readings(*asked)).verdict is verdict


def test_not_found_never_rejects() -> None:
    unknown = transfer(state=State.UNKNOWN, unresolved_us=NOW_US)

    change = conclude_inquiries(
        unknown,
        Reading(verdict=Verdict.NOT_FOUND),
        at_us=NOW_US + 1,
        actor="test",
        schedule=InquirySchedule(),
    )

    assert change is not None
    assert change.after.state is State.UNKNOWN
    assert change.after.next_action_us > NOW_US
