"""One bank under its two names: what an ERP may write, what a bank is told."""

from __future__ import annotations

import pytest
from bank_adapter.domain.bank_code import (
    CLEARING_BY_SWIFT,
    SWIFT_BY_CLEARING,
    canonical,
    is_clearing,
    is_one_of,
    is_swift,
)
from bank_adapter.drivers.registry import open_driver
from bank_adapter.drivers.settings import ProfileError
from bank_adapter.snap.bank_codes import BankCodes, Form, Unknown
from bank_adapter.snap.text import InvalidOrderError
from use_cases import request

TO_SWIFT = BankCodes(form=Form.SWIFT)
TO_CLEARING = BankCodes(form=Form.CLEARING)


def test_table_has_every_bank_once_in_both_forms():
    assert len(CLEARING_BY_SWIFT) == len(SWIFT_BY_CLEARING) == 13
    assert all(map(is_clearing, SWIFT_BY_CLEARING))
    assert all(map(is_swift, SWIFT_BY_CLEARING.values()))


@pytest.mark.parametrize("code", ["002", "BRINIDJA", "BRINIDJAXXX", "BRINIDJA123"])
def test_every_name_of_a_bank_becomes_the_form_its_bank_wants(code: str):
    assert canonical(code) == "BRINIDJA"
    assert TO_SWIFT.write(code) == "BRINIDJA"
    assert TO_CLEARING.write(code) == "002"


@pytest.mark.parametrize(
    ("code", "told"), [("002", "002"), ("BRINIDJA", "BRINIDJA"), ("BRINIDJAXXX", "BRINIDJA")]
)
def test_bank_that_takes_either_form_is_told_what_the_erp_wrote(code: str, told: str):
    assert BankCodes().write(code) == told


def test_code_already_in_the_banks_form_needs_no_table():
    assert TO_SWIFT.write("XXXXIDJ1") == "XXXXIDJ1"
    assert TO_CLEARING.write("999") == "999"


@pytest.mark.parametrize(("codes", "code"), [(TO_SWIFT, "999"), (TO_CLEARING, "XXXXIDJ1")])
def test_code_that_no_table_knows_is_refused_by_name(codes: BankCodes, code: str):
    with pytest.raises(InvalidOrderError, match="in no table of bank codes") as refused:
        codes.write(code)
    assert refused.value.field == "beneficiaryBankCode"


def test_unknown_code_is_passed_on_where_the_profile_says_so():
    assert BankCodes(form=Form.SWIFT, unknown=Unknown.PASS).write("999") == "999"


@pytest.mark.parametrize(
    "code", ["", "BRI", "BRINIDJ", "BRINSGSG", "BRINIDJAXX", "02", "0002", "brinidja", "٠٠٢"]
)
@pytest.mark.parametrize("codes", [BankCodes(), TO_SWIFT, TO_CLEARING])
def test_text_that_is_no_code_is_refused_whatever_the_form(codes: BankCodes, code: str):
    with pytest.raises(InvalidOrderError):
        codes.write(code)


@pytest.mark.parametrize("key", ["002", "BRINIDJA"])
@pytest.mark.parametrize("code", ["002", "BRINIDJA", "BRINIDJAXXX"])
def test_profiles_table_goes_before_the_houses(key: str, code: str):
    codes = BankCodes(form=Form.CLEARING, table={key: "0020307"})
    assert codes.write(code) == "0020307"


@pytest.mark.parametrize("table", [{"BRI": "002"}, {"002": "bri"}, {"002": ""}, {"002": "1" * 12}])
def test_table_with_a_wrong_code_stops_the_start(table: dict[str, str]):
    settings = {
        "bank_id": "bca",
        "client_id": "client",
        "partner_id": "partner",
        "token_key_id": "token",
        "transaction_key_id": "secret",
        "bank_codes": {"form": "SWIFT", "table": table},
    }
    with pytest.raises(ProfileError, match=r"bank_codes\.table"):
        open_driver("bca_snap", settings)


@pytest.mark.parametrize("code", ["014", "CENAIDJA", "CENAIDJAXXX"])
def test_own_bank_is_known_by_every_name(code: str):
    assert is_one_of(code, {"014"})
    assert is_one_of(code, {"CENAIDJA"})
    assert not is_one_of(code, {"002"})


def test_payments_to_one_bank_under_two_names_are_twins():
    by_swift = request(beneficiary_bank_code="BRINIDJA")
    by_clearing = request(beneficiary_bank_code="002")
    elsewhere = request(beneficiary_bank_code="008")
    assert by_swift.twin == by_clearing.twin
    assert by_swift.twin != elsewhere.twin
    assert by_swift.fingerprint != by_clearing.fingerprint
