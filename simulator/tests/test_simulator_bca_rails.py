"""BCA to other banks (16, 18, 22, 23), virtual accounts (32, 33) and statements (14)."""

from dataclasses import replace
from typing import Any

import pytest

EXTERNAL_ID = "20261121103005000000000000000002"
BILL = "   12345000000000000000077"
OPEN_BILL = "   12345000000000000000078"
DATE = "2026-11-21T10:30:05+07:00"
MIDNIGHT = "2026-11-21T00:00:00+07:00"


async def interbank(partner: Any, **changes: Any) -> Any:
    document = {
        "partnerReferenceNo": "18",
        "amount": {"value": changes.pop("amount", "10000.00"), "currency": "IDR"},
        "beneficiaryAccountName": "Yories Yolanda",
        "beneficiaryAccountNo": "888801000157508",
        "beneficiaryBankCode": "BRINIDJA",
        "sourceAccountNo": "1234567890",
        "transactionDate": DATE,
        "additionalInfo": {"transferType": "2", "purposeCode": "99"},
        **changes,
    }
    return await partner.call(
        "/openapi/v2.0/transfer-interbank", document, headers={"X-EXTERNAL-ID": EXTERNAL_ID}
    )


async def pay_bill(partner: Any, number: str = BILL, **changes: Any) -> Any:
    document = {
        "virtualAccountNo": number,
        "sourceAccountNo": "1234567890",
        "partnerReferenceNo": "33",
        "paidAmount": {"value": changes.pop("amount", "150000.00"), "currency": "IDR"},
        "trxDateTime": DATE,
        **changes,
    }
    return await partner.call(
        "/openapi/v1.0/transfer-va/payment-intrabank",
        document,
        headers={"X-EXTERNAL-ID": EXTERNAL_ID},
    )


async def inquire(partner: Any, **info: Any) -> Any:
    return await partner.call(
        "/openapi/v2.0/account-inquiry-external",
        {
            "partnerReferenceNo": "16",
            "beneficiaryBankCode": info.pop("bank", "BRINIDJA"),
            "beneficiaryAccountNo": info.pop("account", "888801000157508"),
            "additionalInfo": info,
        },
    )


BIFAST = {
    "inquiryService": "2",
    "sourceAccountNo": "1234567890",
    "amount": {"value": "10000.00", "currency": "IDR"},
    "purposeCode": "99",
}


@pytest.mark.parametrize("info", [{"inquiryService": "1"}, BIFAST])
async def test_external_inquiry_tells_the_name(partner: Any, info: Any) -> None:
    heard = await inquire(partner, **info)
    assert (heard.code, heard.body["beneficiaryAccountName"]) == ("2001600", "YORIES YOLANDA")


@pytest.mark.parametrize(
    ("info", "code", "message"),
    [
        ({}, "4001602", "Invalid Mandatory Field [additionalInfo.inquiryService]"),
        ({"inquiryService": "2"}, "4001602", "Invalid Mandatory Field [sourceAccountNo]"),
        ({"inquiryService": "1", "account": "9"}, "4041611", None),
        ({"inquiryService": "1", "bank": "BNINIDJA"}, "4041603", None),
        ({**BIFAST, "bank": "BMRIIDJA", "account": "1"}, "4041603", None),
        (
            {**BIFAST, "amount": {"value": "250000000.01", "currency": "IDR"}},
            "4041602",
            "Invalid Routing",
        ),
    ],
)
async def test_external_inquiry_is_refused(
    partner: Any, info: Any, code: str, message: str | None
) -> None:
    heard = await inquire(partner, **info)
    assert heard.code == code
    assert message in {None, heard.body["responseMessage"]}


async def test_bifast_transfer_has_its_id(partner: Any, admin: Any) -> None:
    heard = await interbank(partner)
    entry = (await admin.get("/admin/ledger"))["entries"][0]
    assert heard.code == "2001800"
    assert len(heard.body["additionalInfo"]["bifastId"]) == 18
    assert entry["creditAccount"] == "BRINIDJA:888801000157508"
    assert (await admin.get("/admin/stats"))["booksBalance"] is True


async def test_switcher_transfer_has_no_bifast_id(partner: Any) -> None:
    heard = await interbank(partner, additionalInfo={"transferType": "1", "purposeCode": ""})
    assert heard.body["additionalInfo"] == {"transferType": "1", "purposeCode": ""}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"additionalInfo": {"transferType": "2"}}, "4001802"),
        ({"additionalInfo": {"transferType": "3"}}, "4001801"),
        ({"additionalInfo": "2"}, "4001801"),
        ({"amount": "250000000.01"}, "4031802"),
        ({"amount": "50000000.01", "additionalInfo": {"transferType": "1"}}, "4031802"),
        ({"beneficiaryBankCode": "BNINIDJA"}, "4041803"),
        ({"beneficiaryBankCode": "BRI"}, "4001801"),
        ({"beneficiaryAccountNo": "9"}, "4041811"),
    ],
)
async def test_interbank_transfer_is_refused(
    partner: Any, admin: Any, changes: Any, code: str
) -> None:
    assert (await interbank(partner, **changes)).code == code
    assert (await admin.get("/admin/ledger"))["count"] == 0


async def test_status_of_an_interbank_transfer(partner: Any) -> None:
    await interbank(partner)
    heard = await partner.status(EXTERNAL_ID, "18")
    assert (heard.body["latestTransactionStatus"], heard.body["beneficiaryBankCode"]) == (
        "00",
        "BRINIDJA",
    )


@pytest.mark.parametrize(("rail", "service"), [("rtgs", "22"), ("skn", "23")])
async def test_clearing_transfer_tells_its_status(partner: Any, rail: str, service: str) -> None:
    heard = await partner.clear(rail)
    assert heard.code == f"200{service}00"
    assert heard.body["transactionStatus"] == "00"
    assert heard.body["traceNo"].startswith("(D")
    assert heard.body["responseMessage"] == "Request has been processed successfully"


async def test_clearing_transfer_is_pending_when_the_bank_is_so(partner: Any, admin: Any) -> None:
    await admin.post("/admin/rules", {"clearingPendingInquiries": 1})
    heard = await partner.clear("skn")
    statuses = [
        (await partner.status(EXTERNAL_ID, "23")).body["latestTransactionStatus"] for _ in range(2)
    ]
    assert [heard.code, heard.body["transactionStatus"]] == ["2002300", "03"]
    assert statuses == ["03", "00"]


@pytest.mark.parametrize(
    ("rail", "changes", "code"),
    [
        ("rtgs", {"beneficiaryAddress": None}, "4002202"),
        ("rtgs", {"beneficiaryCustomerType": "4"}, "4002201"),
        ("rtgs", {"amount": "100000000.00"}, "4032202"),
        ("skn", {"amount": "1000000000.01"}, "4032302"),
        ("skn", {"beneficiaryCustomerResidence": None}, "4002302"),
    ],
)
async def test_clearing_transfer_is_refused(
    partner: Any, rail: str, changes: Any, code: str
) -> None:
    assert (await partner.clear(rail, **changes)).code == code


async def test_clearing_closes_at_night(partner: Any, admin: Any) -> None:
    await admin.post("/admin/end-of-day", {"on": True})
    assert (await partner.clear("rtgs")).code == "4032206"


async def test_bill_is_told_with_its_blanks(partner: Any) -> None:
    heard = await partner.call(
        "/openapi/v1.0/transfer-va/inquiry-intrabank", {"virtualAccountNo": BILL}
    )
    assert heard.body["virtualAccountData"]["virtualAccountNo"] == BILL
    assert heard.body["virtualAccountData"]["totalAmount"]["value"] == "150000.00"


async def test_bill_without_its_blanks_is_unknown(partner: Any) -> None:
    heard = await partner.call(
        "/openapi/v1.0/transfer-va/inquiry-intrabank", {"virtualAccountNo": BILL.strip()}
    )
    assert heard.code == "4043212"


async def test_bill_payment_is_accepted_and_told_by_status(partner: Any) -> None:
    heard = await pay_bill(partner)
    statuses = [
        (await partner.status(EXTERNAL_ID, "33")).body["latestTransactionStatus"] for _ in range(2)
    ]
    assert (heard.status, heard.code) == (202, "2023300")
    assert statuses == ["03", "00"]


async def test_closed_bill_is_paid_once(partner: Any, admin: Any) -> None:
    await pay_bill(partner)
    again = await pay_bill(partner.but(client_id=partner.client_id), partnerReferenceNo="34")
    assert again.code == "4093300"
    await admin.post("/admin/rules", {"externalIdOnceADay": False})
    assert (await pay_bill(partner, partnerReferenceNo="34")).code == "4043314"


@pytest.mark.parametrize(
    ("number", "amount", "code"),
    [(BILL, "1.00", "4043313"), ("   999", "1.00", "4043312"), (OPEN_BILL, "1.00", "2023300")],
)
async def test_bill_payment_by_amount(partner: Any, number: str, amount: str, code: str) -> None:
    assert (await pay_bill(partner, number, amount=amount)).code == code


async def ask_statement(partner: Any, start: str = MIDNIGHT, end: str = MIDNIGHT) -> Any:
    return await partner.call(
        "/openapi/v1.0/bank-statement",
        {
            "partnerReferenceNo": "14",
            "accountNo": "1234567890",
            "fromDateTime": start,
            "toDateTime": end,
        },
    )


async def test_statement_adds_up_newest_first(partner: Any, admin: Any) -> None:
    await partner.transfer("1", "10.00", remark="FIRST")
    await admin.fault("17", "pending_then_final", times=0, final="06", count=1)
    await partner.transfer("2", "20.00", external_id=EXTERNAL_ID, remark="SECOND")
    await admin.post("/admin/clock", {"offsetSeconds": 60})
    await partner.status(EXTERNAL_ID)
    heard = await ask_statement(partner)
    rows = [(row["type"], row["amount"]["value"]) for row in heard.body["detailData"]]
    assert rows == [("CREDIT", "20.00"), ("DEBIT", "20.00"), ("DEBIT", "10.00")]
    assert "SECOND YORIES YOLANDA" in heard.body["detailData"][1]["remark"]
    assert heard.body["balance"][0]["startingBalance"]["value"] == "1000000000.00"
    assert heard.body["balance"][0]["endingBalance"]["value"] == "999999990.00"
    assert heard.body["totalDebitEntries"] == {
        "numberOfEntries": "2",
        "amount": {"value": "30.00", "currency": "IDR"},
    }


async def test_statement_of_yesterday_does_not_show_today(partner: Any) -> None:
    await partner.transfer("1")
    yesterday = "2026-11-20T00:00:00+07:00"
    heard = await ask_statement(partner, yesterday, yesterday)
    assert heard.body["detailData"] == []


async def test_statement_shows_the_newest_9000(partner: Any) -> None:
    bank = partner.simulator.bank
    await partner.transfer("1", "1.00")
    (entry,) = bank.ledger.entries
    for number in range(2, 9003):
        bank.ledger.append(replace(entry, entry_id=number, booked_us=entry.booked_us + number))
    heard = await ask_statement(partner)
    assert len(heard.body["detailData"]) == 9000
    assert heard.body["totalDebitEntries"]["numberOfEntries"] == "9002"
    assert heard.body["balance"][0]["endingBalance"]["value"] == "999990998.00"


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-10-20T00:00:00+07:00", MIDNIGHT),
        (MIDNIGHT, "2026-11-20T00:00:00+07:00"),
        (MIDNIGHT, "2026-11-21T23:59:59+07:00"),
        ("2026-02-30T00:00:00+07:00", MIDNIGHT),
    ],
)
async def test_statement_period_is_checked(partner: Any, first: str, last: str) -> None:
    assert (await ask_statement(partner, first, last)).code == "4001401"


SERVICE_CASES = {
    "14": "40002 40100 40101 40301 40411 40900 42900 50000 50400",
    "16": "40001 40002 40100 40101 40301 40402 40411 40900 50000 50400",
    "18": "40000 40001 40002 40100 40101 40301 40302 40304 40314 40315 40402 40403 40411 40413"
    " 40900 42900 50000 50001 50400",
    "22": "40000 40001 40002 40100 40101 40301 40302 40304 40306 40314 40318 40411 40413 40900"
    " 50001 50400",
    "33": "40000 40001 40002 40100 40101 40301 40302 40304 40412 40414 40911 42900 50000 50001"
    " 50400",
    "32": "40000 40001 40002 40100 40101 40301 40412 40414 40911 42900 50000 50001 50400",
}


@pytest.mark.parametrize(
    ("service", "case"),
    [(service, case) for service, cases in SERVICE_CASES.items() for case in cases.split()],
)
async def test_every_listed_case_can_be_produced(
    partner: Any, admin: Any, service: str, case: str
) -> None:
    await admin.fault(service, "answer", httpStatus=int(case[:3]), caseCode=case[3:])
    heard = await {
        "14": lambda: ask_statement(partner),
        "16": lambda: inquire(partner, inquiryService="1"),
        "18": lambda: interbank(partner),
        "22": lambda: partner.clear("rtgs"),
        "32": lambda: partner.call(
            "/openapi/v1.0/transfer-va/inquiry-intrabank", {"virtualAccountNo": BILL}
        ),
        "33": lambda: pay_bill(partner),
    }[service]()
    assert heard.code == case[:3] + service + case[3:]
