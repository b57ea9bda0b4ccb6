"""Which debit belongs to which payment: what a line shows decides, never a guess."""

from __future__ import annotations

import pytest
from bank_adapter.domain.statement_line import StatementLine
from bank_adapter.domain.statement_match import Basis, Matching, match_debits
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer
from hypothesis import given
from hypothesis import strategies as st
from statement_lines import DAY, HOUR, NOON, line, numbered, paid


def match(
    lines: list[StatementLine], transfers: list[Transfer], *, by_amount: bool = False
) -> Matching:
    return match_debits(numbered(*lines), transfers, slack_days=3, by_amount=by_amount)


def joined(matching: Matching) -> list[tuple[str, str, str]]:
    return sorted(
        (pair.transfer.transfer_id, pair.line.line.remark, pair.basis.value)
        for pair in matching.pairs
    )


def test_line_that_names_our_reference_is_ours() -> None:
    transfer = paid("A")

    found = match([line(f"TRF {transfer.order.bank_partner_reference_no}")], [transfer])

    assert [pair.basis for pair in found.pairs] == [Basis.REFERENCE]


def test_remark_is_found_inside_what_the_bank_joined_and_split() -> None:
    found = match(
        [line("TRSF E-BANKING DB 1111/ATRTG/WS95051 09112016PAYMENT INVOICE 2 026-17 PT MAJU")],
        [paid("A", remark="PAYMENT INVOICE 2026-17")],
    )

    assert [pair.basis for pair in found.pairs] == [Basis.REMARK]


def test_beneficiary_speaks_where_the_remark_is_empty() -> None:
    found = match([line("TRSF PT MAJU JAYA")], [paid("A", beneficiary_account_name="PT Maju Jaya")])

    assert [pair.basis for pair in found.pairs] == [Basis.BENEFICIARY]


def test_line_that_shows_nothing_of_ours_is_nobodys() -> None:
    found = match([line("TRSF")], [paid("A", remark="INV 17")])

    assert not found.pairs
    assert not found.leftovers[0].open
    assert found.leftovers[0].resembles == ()


def test_amount_alone_joins_only_where_the_installation_says_so() -> None:
    found = match([line("TRSF")], [paid("A", remark="INV 17")], by_amount=True)

    assert [pair.basis for pair in found.pairs] == [Basis.AMOUNT]


@pytest.mark.parametrize(
    "wrong",
    [
        line("INV 17", minor=100_001),
        line("INV 17", at=NOON - HOUR),
        line("INV 17", at=NOON + 4 * DAY),
    ],
)
def test_another_amount_or_day_is_another_payment(wrong: StatementLine) -> None:
    assert not match([wrong], [paid("A", remark="INV 17")]).pairs


def test_remark_of_three_letters_tells_nothing() -> None:
    assert not match([line("TRSF GAJI A17")], [paid("A", remark="A17")]).pairs


def test_longer_remark_is_not_robbed_by_a_shorter_one() -> None:
    lines = [line("TRSF INV 11", at=NOON + HOUR), line("TRSF INV 1", at=NOON + 2 * HOUR)]
    transfers = [
        paid("A", remark="INV 1", at=NOON),
        paid("B", remark="INV 11", at=NOON + HOUR / 2),
    ]

    assert joined(match(lines, transfers)) == [
        ("A", "TRSF INV 1", "REMARK"),
        ("B", "TRSF INV 11", "REMARK"),
    ]


def test_equal_payments_with_equal_debits_are_joined_as_a_set() -> None:
    found = match([line("GAJI 01"), line("GAJI 01")], [paid(n, remark="GAJI 01") for n in "AB"])

    assert {pair.transfer.transfer_id for pair in found.pairs} == {"A", "B"}
    assert len({pair.line.line_id for pair in found.pairs}) == 2


def test_with_one_debit_for_two_equal_payments_nobody_is_reconciled() -> None:
    found = match([line("GAJI 01")], [paid(n, remark="GAJI 01") for n in "AB"])

    assert not found.pairs
    assert found.leftovers[0].open


def test_second_debit_of_one_payment_is_nobodys_and_names_whom_it_resembles() -> None:
    found = match([line("GAJI 01"), line("GAJI 01")], [paid("A", remark="GAJI 01")])

    (left,) = found.leftovers
    assert not left.open
    assert [one.transfer_id for one in left.resembles] == ["A"]


def test_debit_of_an_unresolved_payment_is_unclear_and_settles_nothing() -> None:
    found = match([line("INV 17")], [paid("A", remark="INV 17", state=State.UNKNOWN)])

    assert not found.pairs
    assert found.leftovers[0].open


def test_settled_payment_comes_before_an_unresolved_one() -> None:
    transfers = [
        paid("A", remark="INV 17", state=State.UNKNOWN),
        paid("B", remark="INV 17", at=NOON + HOUR / 2),
    ]

    assert joined(match([line("INV 17")], transfers)) == [("B", "INV 17", "REMARK")]


def test_refused_payment_is_met_by_its_reference_alone() -> None:
    refused = paid("A", remark="INV 17", state=State.REJECTED)
    reference = refused.order.bank_partner_reference_no

    assert [pair.basis for pair in match([line(reference)], [refused]).pairs] == [Basis.REFERENCE]
    left = match([line("INV 17")], [refused]).leftovers
    assert [(one.open, len(one.resembles)) for one in left] == [(False, 1)]


def test_line_read_again_in_another_order_is_the_same_line() -> None:
    lines = [line("X"), line("X"), line("Y")]

    first = {one.line_id for one in numbered(*lines)}

    assert first == {one.line_id for one in numbered(*reversed(lines))}
    assert len(first) == 3


@given(
    st.lists(st.sampled_from(["INV 1", "INV 11", "GAJI", "INV 2", ""]), max_size=6),
    st.lists(st.sampled_from(["INV 1", "INV 11", "GAJI", "INV 2", "X"]), max_size=6),
    st.booleans(),
)
def test_no_debit_and_no_payment_is_used_twice(
    ours: list[str],
    theirs: list[str],
    by_amount: bool,  # noqa: FBT001  hypothesis passes it by name
) -> None:
    transfers = [paid(f"T{number}", remark=remark) for number, remark in enumerate(ours)]
    lines = [line(remark) for remark in theirs]

    found = match(lines, transfers, by_amount=by_amount)

    assert len({pair.line.line_id for pair in found.pairs}) == len(found.pairs)
    assert len({pair.transfer.transfer_id for pair in found.pairs}) == len(found.pairs)
    assert len(found.pairs) + len(found.leftovers) == len(lines)
