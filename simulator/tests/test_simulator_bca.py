"""The BCA services on a started bank: what is booked, what is refused and how."""

import asyncio
from typing import Any

import pytest

EXTERNAL_ID = "20261121103005000000000000000002"


async def test_worked_example_is_answered_to_the_letter(
    partner: Any, admin: Any, vectors: Any
) -> None:
    """Steps 2 to 4 of the fact sheet, with the signatures and the token printed there."""
    token = "demoAccessToken0123456789abcdefghijklmnopqrstuvwxyzABCD"
    await admin.post("/admin/tokens", {"clientId": partner.client_id, "token": token})
    computed = {vector["id"]: vector for vector in vectors["computed"]}
    answers = []
    for vector, external_id in (
        ("C6", "20261121103000000000000000000001"),
        ("C7", EXTERNAL_ID),
        ("C8", "20261121103505000000000000000003"),
    ):
        _, path, _, _, timestamp = computed[vector]["string_to_sign"].split(":", 4)
        answers.append(
            await partner.post(
                path,
                computed[vector]["body_as_hashed"].encode(),
                {
                    "Content-Type": "application/json",
                    "Authorization": f"Bearer {token}",
                    "X-TIMESTAMP": timestamp,
                    "X-SIGNATURE": computed[vector]["signature"],
                    "X-PARTNER-ID": "KBBDEMO001",
                    "X-EXTERNAL-ID": external_id,
                    "CHANNEL-ID": "95051",
                },
            )
        )
        await admin.post("/admin/clock", {"offsetSeconds": 240})
    inquiry, transfer, status = (answer.body for answer in answers)
    assert inquiry == {
        "responseCode": "2001500",
        "responseMessage": "Successful",
        "referenceNo": "2026112199770000000001",
        "partnerReferenceNo": "2026112100000000000001",
        "beneficiaryAccountName": "YORIES YOLANDA",
        "beneficiaryAccountNo": "8010001575",
    }
    assert transfer == {
        "responseCode": "2001700",
        "responseMessage": "Successful",
        "referenceNo": "2026112199770000000002",
        "partnerReferenceNo": "2026112100000000000001",
        "amount": {"value": "10000.00", "currency": "IDR"},
        "beneficiaryAccountNo": "8010001575",
        "sourceAccountNo": "1234567890",
        "transactionDate": "2026-11-21T10:30:05+07:00",
    }
    assert status == {
        "responseCode": "2003600",
        "responseMessage": "Successful",
        "originalReferenceNo": "2026112199770000000002",
        "originalPartnerReferenceNo": "2026112100000000000001",
        "originalExternalId": EXTERNAL_ID,
        "serviceCode": "17",
        "transactionDate": "2026-11-21T10:30:05+07:00",
        "amount": {"value": "10000.00", "currency": "IDR"},
        "beneficiaryAccountNo": "8010001575",
        "beneficiaryBankCode": "CENAIDJA",
        "referenceNumber": "2026112199770000000002",
        "sourceAccountNo": "1234567890",
        "latestTransactionStatus": "00",
        "transactionStatusDesc": "Transaction Success",
    }


async def test_token_answer_has_bca_form(partner: Any) -> None:
    heard = await partner.ask_token()
    assert heard.body.pop("accessToken")
    assert {name: heard.body[name] for name in ("responseCode", "tokenType", "expiresIn")} == {
        "responseCode": "2007300",
        "tokenType": "bearer",
        "expiresIn": "900",
    }


@pytest.mark.parametrize(
    ("headers", "code", "message"),
    [
        ({"X-SIGNATURE": "AAAA"}, "4017300", "Unauthorized. [Signature]"),
        ({"X-CLIENT-KEY": "stranger"}, "4017300", "Unauthorized. [Unknown client]"),
        ({"X-CLIENT-KEY": None}, "4007302", "Invalid mandatory field [X-CLIENT-KEY]"),
        ({"X-TIMESTAMP": "2026-11-21T03:29:50Z"}, "4007301", "Invalid Field Format [X-TIMESTAMP]"),
    ],
)
async def test_token_is_refused(partner: Any, headers: Any, code: str, message: str) -> None:
    heard = await partner.ask_token(**headers)
    assert (heard.code, heard.body["responseMessage"]) == (code, message)


async def test_transfer_moves_the_money_once(partner: Any, admin: Any) -> None:
    heard = await partner.transfer("77", "250.50")
    accounts = {one["number"]: one for one in (await admin.get("/admin/accounts"))["accounts"]}
    entries = (await admin.get("/admin/ledger"))["entries"]
    assert heard.code == "2001700"
    assert accounts["1234567890"]["balance"] == "999999749.50"
    assert accounts["8010001575"]["balance"] == "250.50"
    assert [(one["partnerReferenceNo"], one["amountMinor"], one["status"]) for one in entries] == [
        ("77", 25050, "BOOKED")
    ]


async def test_balance_is_told_as_an_array(partner: Any) -> None:
    heard = await partner.call(
        "/openapi/v1.0/balance-inquiry", {"partnerReferenceNo": "1", "accountNo": "1234567890"}
    )
    assert heard.code == "2001100"
    assert heard.body["accountInfos"][0]["availableBalance"] == {
        "value": "1000000000.00",
        "currency": "IDR",
    }


async def test_balance_of_a_stranger_is_refused(partner: Any) -> None:
    heard = await partner.call(
        "/openapi/v1.0/balance-inquiry", {"partnerReferenceNo": "1", "accountNo": "2222222222"}
    )
    assert heard.code == "4031101"


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"amount": "0.00"}, "4041713", "Invalid Amount"),
        ({"amount": "1e3"}, "4001701", "Invalid Field Format [amount.value]"),
        ({"amount": "10000"}, "4001701", "Invalid Field Format [amount.value]"),
        ({"amount": "010.00"}, "4001701", "Invalid Field Format [amount.value]"),
        ({"amount": "1000000000.01"}, "4031714", "Insufficient Funds"),
        ({"sourceAccountNo": "9999999999"}, "4041711", "Invalid Account [sourceAccountNo]"),
        ({"sourceAccountNo": "2222222222"}, "4031701", "Feature Not Allowed [sourceAccountNo]"),
        ({"sourceAccountNo": 1234567890}, "4001701", "Invalid Field Format [sourceAccountNo]"),
        ({"sourceAccountNo": None}, "4001702", "Invalid Mandatory Field [sourceAccountNo]"),
        (
            {"beneficiaryAccountNo": "9999999999"},
            "4041711",
            "Invalid Account [beneficiaryAccountNo]",
        ),
        ({"beneficiaryAccountNo": "8019990001"}, "4031718", "Inactive Card/Account/Customer"),
        ({"beneficiaryAccountNo": "8019990003"}, "4041711", "Invalid Account [closed]"),
        ({"remark": "no/slash"}, "4001701", "Invalid Field Format [remark]"),
        ({"remark": "x" * 37}, "4001701", "Invalid Field Format [remark]"),
        ({"beneficiaryEmail": "nobody"}, "4001701", "Invalid Field Format [beneficiaryEmail]"),
        (
            {"transactionDate": "2026-11-21T10:30:05Z"},
            "4001701",
            "Invalid Field Format [transactionDate]",
        ),
        ({"reference": "x" * 65}, "4001701", "Invalid Field Format [partnerReferenceNo]"),
    ],
)
async def test_transfer_is_refused_with_its_reason(
    partner: Any, admin: Any, changes: Any, code: str, message: str
) -> None:
    heard = await partner.transfer(**changes)
    assert (heard.code, heard.body["responseMessage"]) == (code, message)
    assert (await admin.get("/admin/ledger"))["count"] == 0


async def test_refusal_repeats_the_request_with_blank_products(partner: Any) -> None:
    heard = await partner.transfer("5", "2000000000.00")
    assert heard.body == {
        "responseCode": "4031714",
        "responseMessage": "Insufficient Funds",
        "referenceNo": "",
        "partnerReferenceNo": "5",
        "amount": {"value": "2000000000.00", "currency": "IDR"},
        "beneficiaryAccountNo": "8010001575",
        "sourceAccountNo": "1234567890",
        "transactionDate": "2026-11-21T10:30:05+07:00",
    }


@pytest.mark.parametrize(
    ("headers", "code", "message"),
    [
        ({"X-SIGNATURE": "AAAA"}, "4011700", "Unauthorized. [Signature]"),
        ({"X-SIGNATURE": None}, "4001702", "Invalid Mandatory Field [X-SIGNATURE]"),
        ({"Authorization": "Bearer nope"}, "4011701", "Invalid Token (B2B)"),
        ({"Authorization": None}, "4011701", "Invalid Token (B2B)"),
        ({"X-PARTNER-ID": None}, "4001702", "Invalid Mandatory Field [X-PARTNER-ID]"),
        ({"X-PARTNER-ID": "KBBOTHER01"}, "4011700", "Unauthorized. [Unknown client]"),
        ({"CHANNEL-ID": "95231"}, "4001701", "Invalid Field Format [CHANNEL-ID]"),
        ({"X-EXTERNAL-ID": None}, "4001702", "Invalid Mandatory Field [X-EXTERNAL-ID]"),
        ({"X-EXTERNAL-ID": "12a"}, "4001701", "Invalid Field Format [X-EXTERNAL-ID]"),
        ({"X-EXTERNAL-ID": "1" * 33}, "4001701", "Invalid Field Format [X-EXTERNAL-ID]"),
        ({"Content-Type": "text/plain"}, "4001701", "Invalid Field Format [Content-Type]"),
        (
            {"X-TIMESTAMP": "2026-11-21T10:29:50.000+07:00"},
            "4001701",
            "Invalid Field Format [X-TIMESTAMP]",
        ),
        (
            {"X-TIMESTAMP": "2026-11-21T10:24:49+07:00"},
            "4011700",
            "Unauthorized. [Timestamp]",
        ),
        (
            {"X-TIMESTAMP": "2026-11-21T10:34:51+07:00"},
            "4011700",
            "Unauthorized. [Timestamp]",
        ),
    ],
)
async def test_wrong_headers_are_refused(
    partner: Any, admin: Any, headers: Any, code: str, message: str
) -> None:
    heard = await partner.call(
        "/openapi/v1.0/transfer-intrabank",
        b'{"partnerReferenceNo":"1"}',
        headers=headers,
    )
    assert (heard.code, heard.body["responseMessage"]) == (code, message)
    assert (await admin.get("/admin/ledger"))["count"] == 0


async def test_timestamp_at_the_edge_of_the_tolerance_passes(partner: Any) -> None:
    heard = await partner.call(
        "/openapi/v1.0/balance-inquiry",
        {"partnerReferenceNo": "1", "accountNo": "1234567890"},
        headers={"X-TIMESTAMP": "2026-11-21T10:24:50+07:00"},
    )
    assert heard.code == "2001100"


async def test_signature_of_another_client_is_refused(partner: Any) -> None:
    heard = await partner.but(secret="other-secret").transfer()
    assert (heard.code, heard.body["data"]) == ("4011700", {})


async def test_external_id_is_good_once_a_jakarta_day(partner: Any, admin: Any) -> None:
    first = await partner.transfer("1", external_id=EXTERNAL_ID)
    again = await partner.transfer("2", external_id=EXTERNAL_ID)
    await admin.post("/admin/clock", {"offsetSeconds": 13.5 * 3600 + 10})
    tomorrow = await partner.transfer("3", external_id=EXTERNAL_ID)
    assert [first.code, again.code, tomorrow.code] == ["2001700", "4091700", "2001700"]


async def test_external_id_of_a_bad_signature_is_not_used_up(partner: Any) -> None:
    await partner.but(secret="wrong").transfer("1", external_id=EXTERNAL_ID)
    heard = await partner.transfer("1", external_id=EXTERNAL_ID)
    assert heard.code == "2001700"


async def test_repeated_reference_is_a_conflict(partner: Any, admin: Any) -> None:
    await partner.transfer("9")
    heard = await partner.transfer("9")
    assert heard.code == "4091701"
    assert await admin.debits("9") == 1


async def test_repeated_reference_with_another_amount_is_inconsistent(
    partner: Any, admin: Any
) -> None:
    await partner.transfer("9", "10.00")
    heard = await partner.transfer("9", "11.00")
    assert heard.code == "4041718"
    assert await admin.debits("9") == 1


async def test_reference_of_a_failed_transfer_may_be_used_again(partner: Any) -> None:
    await partner.transfer("9", "2000000000.00")
    assert (await partner.transfer("9", "10.00")).code == "2001700"


async def test_bank_without_reference_rules_debits_twice(partner: Any, admin: Any) -> None:
    """The ledger must show what a gateway did wrong at a bank that does not help."""
    await admin.post("/admin/rules", {"duplicateReferenceConflict": False})
    await partner.transfer("9")
    await partner.transfer("9")
    found = await admin.get("/admin/references?minimumDebits=2")
    assert found["references"]["9"]["debits"] == 2


async def test_hundred_at_once_debit_once(partner: Any, admin: Any) -> None:
    token = await partner.token()
    heard = await asyncio.gather(*(partner.transfer("9", token=token) for _ in range(100)))
    assert sorted(one.code for one in heard) == ["2001700"] + ["4091701"] * 99
    assert await admin.debits("9") == 1


async def test_status_of_an_unknown_external_id_is_not_found(partner: Any) -> None:
    assert (await partner.status(EXTERNAL_ID)).code == "4043601"


@pytest.mark.parametrize(
    "changes",
    [
        {"service": "18"},
        {"transactionDate": "2026-11-20T10:30:05+07:00"},
        {"originalPartnerReferenceNo": "other"},
    ],
)
async def test_status_asks_for_exactly_that_transfer(partner: Any, changes: Any) -> None:
    await partner.transfer("1", external_id=EXTERNAL_ID)
    assert (await partner.status(EXTERNAL_ID, **changes)).code == "4043601"


async def test_status_of_a_refused_transfer_is_failed_with_the_reason(partner: Any) -> None:
    await partner.transfer("1", "2000000000.00", external_id=EXTERNAL_ID)
    heard = await partner.status(EXTERNAL_ID)
    assert (heard.body["latestTransactionStatus"], heard.body["transactionStatusDesc"]) == (
        "06",
        "Insufficient Funds",
    )


async def test_status_forgets_after_31_days(partner: Any, admin: Any) -> None:
    await partner.transfer("1", external_id=EXTERNAL_ID)
    await admin.post("/admin/clock", {"offsetSeconds": 31 * 86400})
    remembered = await partner.status(EXTERNAL_ID)
    await admin.post("/admin/clock", {"offsetSeconds": 31 * 86400 + 1})
    forgotten = await partner.status(EXTERNAL_ID)
    assert [remembered.code, forgotten.code] == ["2003600", "4043601"]


async def test_body_with_blanks_passes_when_signed_minified(partner: Any) -> None:
    heard = await partner.call(
        "/openapi/v1.0/balance-inquiry",
        b'{ "partnerReferenceNo" : "a\\"1" ,\r\n\t"accountNo":"1234567890"}',
        signed_body=b'{"partnerReferenceNo":"a\\"1","accountNo":"1234567890"}',
    )
    assert heard.code == "2001100"


async def test_body_signed_as_sent_passes_only_in_lenient_mode(partner: Any, admin: Any) -> None:
    body = b'{"partnerReferenceNo": "1", "accountNo": "1234567890"}'
    strict = await partner.call("/openapi/v1.0/balance-inquiry", body)
    await admin.post("/admin/rules", {"strictBody": False})
    lenient = await partner.call("/openapi/v1.0/balance-inquiry", body)
    assert [strict.code, lenient.code] == ["4011100", "2001100"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"'])
async def test_body_that_is_no_object_is_a_bad_request(partner: Any, body: bytes) -> None:
    heard = await partner.call("/openapi/v1.0/transfer-intrabank", body)
    assert heard.code == "4001700"


async def test_token_dies_at_its_time(partner: Any, admin: Any) -> None:
    token = await partner.token()
    await admin.post("/admin/clock", {"offsetSeconds": 900})
    assert (await partner.transfer(token=token)).code == "4011701"


async def test_new_token_kills_the_old_one_when_the_bank_is_so(partner: Any, admin: Any) -> None:
    await admin.post("/admin/rules", {"newTokenRevokesOld": True})
    old = await partner.token()
    await partner.token()
    assert (await partner.transfer(token=old)).code == "4011701"


async def test_account_inquiry_wants_a_numeric_reference(partner: Any) -> None:
    heard = await partner.call(
        "/openapi/v1.0/account-inquiry-internal",
        {"partnerReferenceNo": "INV1", "beneficiaryAccountNo": "8010001575"},
    )
    assert heard.body["responseMessage"] == "Invalid Field Format [partnerReferenceNo]"


async def test_transfer_without_the_inquiry_it_needs_is_refused(
    configuration: Any, start: Any, partner: Any
) -> None:
    configuration["rules"]["inquiry_before_transfer"] = True
    strict = partner.but(simulator=await start())
    before = await strict.transfer("12")
    await strict.call(
        "/openapi/v1.0/account-inquiry-internal",
        {"partnerReferenceNo": "13", "beneficiaryAccountNo": "8010001575"},
    )
    after = await strict.transfer("13")
    assert [before.code, after.code] == ["4041711", "2001700"]


async def test_unknown_path_is_404(partner: Any) -> None:
    assert (await partner.call("/openapi/v1.0/nothing", b"{}")).status == 404


async def test_get_on_a_service_is_405(partner: Any) -> None:
    async with partner.session.get(partner.base + "/openapi/v1.0/transfer-intrabank") as answer:
        assert (answer.status, (await answer.json())["responseCode"]) == (405, "4051700")
