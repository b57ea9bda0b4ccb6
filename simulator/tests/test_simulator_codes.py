"""Every pair of a service and a code can be produced: over the API, and by typing an amount."""

import json
from typing import Any

import pytest
from simulator.codes import MESSAGES, response_code
from simulator.faults.magic import MAGIC_AMOUNTS, magic
from simulator.faults.order import FaultOrder
from simulator.server import all_routes

from simulator import money
from simulator.config import DialectName, Limits

DATE = "2026-11-21T10:30:05+07:00"
AMOUNT = {"value": "10000.00", "currency": "IDR"}
ELSEWHERE = {
    "partnerReferenceNo": "18",
    "amount": AMOUNT,
    "beneficiaryAccountName": "Yories Yolanda",
    "beneficiaryAccountNo": "888801000157508",
    "beneficiaryBankCode": "BRINIDJA",
    "sourceAccountNo": "1234567890",
    "transactionDate": DATE,
}
CLEARED = {
    **ELSEWHERE,
    "beneficiaryAddress": "JAKARTA",
    "beneficiaryCustomerResidence": "1",
    "beneficiaryCustomerType": "1",
}
BCA: dict[str, dict[str, Any]] = {
    "11": {"partnerReferenceNo": "1", "accountNo": "1234567890"},
    "14": {
        "partnerReferenceNo": "1",
        "accountNo": "1234567890",
        "fromDateTime": "2026-11-21T00:00:00+07:00",
        "toDateTime": "2026-11-21T00:00:00+07:00",
    },
    "15": {"partnerReferenceNo": "1", "beneficiaryAccountNo": "8010001575"},
    "16": {
        "partnerReferenceNo": "1",
        "beneficiaryBankCode": "BRINIDJA",
        "beneficiaryAccountNo": "888801000157508",
        "additionalInfo": {"inquiryService": "1"},
    },
    "17": {
        "partnerReferenceNo": "17",
        "amount": AMOUNT,
        "beneficiaryAccountNo": "8010001575",
        "sourceAccountNo": "1234567890",
        "transactionDate": DATE,
    },
    "18": {**ELSEWHERE, "additionalInfo": {"transferType": "2", "purposeCode": "99"}},
    "22": {**CLEARED, "amount": {"value": "150000000.00", "currency": "IDR"}},
    "23": CLEARED,
    "32": {"virtualAccountNo": "   12345000000000000000078"},
    "33": {
        "virtualAccountNo": "   12345000000000000000078",
        "sourceAccountNo": "1234567890",
        "partnerReferenceNo": "33",
        "paidAmount": AMOUNT,
        "trxDateTime": DATE,
    },
    "36": {"originalExternalId": "1", "serviceCode": "17", "transactionDate": DATE},
}
PAYDIA: dict[str, dict[str, Any]] = {
    "11": {},
    "42": {
        "partnerReferenceNo": "1",
        "amount": AMOUNT,
        "beneficiaryAccountNumber": "888801000157508",
        "beneficiaryBankCode": "BRINIDJA",
    },
    "43": {
        "partnerReferenceNo": "43",
        "amount": AMOUNT,
        "beneficiaryAccountNumber": "888801000157508",
        "beneficiaryBankCode": "BRINIDJA",
    },
    "36": {"originalPartnerReferenceNo": "43", "serviceCode": "43"},
}
PATHS = {(route.dialect, route.service): route.path for route in all_routes(Limits())}
ASKED = [(DialectName.BCA, service) for service in BCA] + [
    (DialectName.PAYDIA, service) for service in PAYDIA
]
PAYMENTS = [("17", ""), ("18", ""), ("22", "100"), ("23", ""), ("33", "")]


def document_of(dialect: DialectName, service: str) -> dict[str, Any]:
    return (BCA if dialect is DialectName.BCA else PAYDIA)[service]


@pytest.fixture
async def speak(configuration: Any, start: Any, partner: Any) -> Any:
    """A client of each dialect at one bank that accepts what repeats itself."""
    key = configuration["partners"][0]["public_key_file"]
    paydia = {"client_id": "p", "client_secret": "s", "partner_id": "p", "channel_id": "12345"}
    configuration["partners"].append({"dialect": "paydia", **paydia, "public_key_file": key})
    configuration["accounts"].append(
        {"number": "MERCHANT", "name": "TOKO", "owner": "p", "balance": "900000000.00"}
    )
    configuration["rules"] |= {
        "magic_amounts": True,
        "duplicate_reference_conflict": False,
        "inconsistent_reference_refused": False,
    }
    bank = await start()
    return {
        DialectName.BCA: partner.but(simulator=bank),
        DialectName.PAYDIA: partner.but(
            simulator=bank,
            client_id="p",
            secret="s",
            partner_id="p",
            channel_id="12345",
            token_path=PATHS[DialectName.PAYDIA, "73"],
        ),
    }


def test_every_service_of_snap_is_asked() -> None:
    snap = {key for key in PATHS if key[0] is not DialectName.BCA_LEGACY and key[1] != "73"}
    assert snap == set(ASKED)


@pytest.mark.parametrize(("dialect", "service"), ASKED)
async def test_every_code_of_a_service_by_the_api(
    speak: Any, dialect: DialectName, service: str
) -> None:
    client = speak[dialect]
    faults, token = client.simulator.bank.faults, await client.token()
    document = document_of(dialect, service)
    for status, case in MESSAGES:
        faults.arm(
            FaultOrder(kind="answer", service=service, http_status=status, case_code=case, count=1)
        )
        heard = await client.call(PATHS[dialect, service], document, token=token)
        assert (heard.status, heard.code) == (status, response_code(status, service, case))
        assert heard.body["responseMessage"] == MESSAGES[status, case]


@pytest.mark.parametrize("dialect", [DialectName.BCA, DialectName.PAYDIA])
async def test_every_code_of_the_token_by_the_api(speak: Any, dialect: DialectName) -> None:
    client = speak[dialect]
    for status, case in MESSAGES:
        order = FaultOrder(kind="answer", service="73", http_status=status, case_code=case, count=1)
        client.simulator.bank.faults.arm(order)
        heard = await client.ask_token()
        assert (heard.status, heard.code) == (status, response_code(status, "73", case))


@pytest.mark.parametrize(("service", "front"), PAYMENTS)
async def test_every_code_of_a_payment_by_its_amount(speak: Any, service: str, front: str) -> None:
    client, document = speak[DialectName.BCA], document_of(DialectName.BCA, service)
    token, named = await client.token(), "paidAmount" if service == "33" else "amount"
    for status, case in MESSAGES:
        value = {"value": f"{front}555{status}.{case}", "currency": "IDR"}
        heard = await client.call(
            PATHS[DialectName.BCA, service], {**document, named: value}, token=token
        )
        assert heard.code == response_code(status, service, case)


async def test_paydias_payment_too(speak: Any) -> None:
    client, token = speak[DialectName.PAYDIA], await speak[DialectName.PAYDIA].token()
    for status, case in MESSAGES:
        document = {**PAYDIA["43"], "amount": {"value": f"555{status}.{case}", "currency": "IDR"}}
        heard = await client.call(PATHS[DialectName.PAYDIA, "43"], document, token=token)
        assert heard.code == response_code(status, "43", case)


async def test_556_books_what_it_denies(speak: Any) -> None:
    client = speak[DialectName.BCA]
    codes = [
        (await client.transfer("1", "555504.00")).code,
        (await client.transfer("2", "556504.00")).code,
        (await client.transfer("3", "555202.00")).code,
    ]
    assert codes == ["5041700", "5041700", "2021700"]
    entries = client.simulator.bank.ledger.entries
    assert [entry.partner_reference_no for entry in entries] == ["2", "3"]


@pytest.mark.parametrize(
    "amount", ["555403.99", "554403.14", "1555403.14", "55540.31", "200555403.14", "444000.00"]
)
def test_any_other_amount_is_an_amount(amount: str) -> None:
    assert magic(money.parse(amount)) is None


def test_listed_amounts_are_themselves() -> None:
    assert {amount: magic(money.parse(amount)) for amount in MAGIC_AMOUNTS} == MAGIC_AMOUNTS


async def test_inquiry_with_a_magic_amount_is_answered_as_usual(speak: Any) -> None:
    client = speak[DialectName.PAYDIA]
    document = {**PAYDIA["42"], "amount": {"value": "555403.14", "currency": "IDR"}}
    heard = await client.call(PATHS[DialectName.PAYDIA, "42"], document)
    assert heard.code == "2004200", json.dumps(heard.body)
