"""The Paydia dialect: its paths, its status by reference, and its distance from BCA's."""

from typing import Any

import pytest
from simulator.faults.order import FaultOrder

EXTERNAL_ID = "1795231790"
PAYDIA = {
    "client_id": "paydia-demo",
    "client_secret": "paydia-secret",
    "partner_id": "paydia-demo",
    "channel_id": "12345",
}


@pytest.fixture
async def paydia(configuration: Any, start: Any, partner: Any) -> Any:
    key = configuration["partners"][0]["public_key_file"]
    configuration["partners"].append({"dialect": "paydia", **PAYDIA, "public_key_file": key})
    configuration["accounts"].append(
        {"number": "MERCHANT", "name": "TOKO", "owner": "paydia-demo", "balance": "100000.00"}
    )
    return partner.but(
        simulator=await start(),
        client_id="paydia-demo",
        secret="paydia-secret",
        partner_id="paydia-demo",
        channel_id="12345",
        token_path="/snap/v1.0/access-token/b2b",
    )


async def pay(paydia: Any, amount: str = "10000.00", **changes: Any) -> Any:
    document = {
        "partnerReferenceNo": "43",
        "amount": {"value": amount, "currency": "IDR"},
        "beneficiaryAccountNumber": "888801000157508",
        "beneficiaryBankCode": "BRINIDJA",
        **changes,
    }
    return await paydia.call(
        "/snap/v1.0/emoney/transfer-bank", document, headers={"X-EXTERNAL-ID": EXTERNAL_ID}
    )


async def ask(paydia: Any, reference: str = "43", **changes: Any) -> Any:
    return await paydia.call(
        "/snap/v1.0/transfer/status",
        {"originalPartnerReferenceNo": reference, "serviceCode": "43", **changes},
    )


async def test_token_type_is_written_in_upper_case(paydia: Any) -> None:
    assert (await paydia.ask_token()).body["tokenType"] == "Bearer"


async def test_transfer_is_booked_and_told_by_reference(paydia: Any) -> None:
    heard = await pay(paydia)
    status = await ask(paydia)
    entry = paydia.simulator.bank.ledger.entries[0]
    assert (heard.code, heard.body["referenceNumber"]) == ("2004300", entry.reference_no)
    assert (entry.debit_account, entry.credit_account) == ("MERCHANT", "BRINIDJA:888801000157508")
    assert status.body["latestTransactionStatus"] == "00"


async def test_repeat_after_success_is_a_conflict(paydia: Any) -> None:
    paydia.simulator.bank.change_rules({"external_id_once_a_day": False})
    await pay(paydia)
    codes = [(await pay(paydia)).code, (await pay(paydia, "1.00")).code]
    assert codes == ["4094301", "4044318"]


async def test_seconds_as_external_id_collide(paydia: Any) -> None:
    await pay(paydia)
    assert (await pay(paydia, partnerReferenceNo="44")).code == "4094300"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": "100000.01"}, "4034314"),
        ({"beneficiaryAccountNumber": "9"}, "4044311"),
        ({"beneficiaryBankCode": ""}, "4004302"),
        ({"beneficiaryBankCode": "x"}, "4004301"),
    ],
)
async def test_transfer_is_refused(paydia: Any, changes: Any, code: str) -> None:
    assert (await pay(paydia, **changes)).code == code


async def inquire(paydia: Any, account: str = "888801000157508") -> Any:
    return await paydia.call(
        "/snap/v1.0/emoney/bank-account-inquiry",
        {
            "partnerReferenceNo": "42",
            "amount": {"value": "1.00", "currency": "IDR"},
            "beneficiaryAccountNumber": account,
            "beneficiaryBankCode": "BRINIDJA",
        },
    )


async def test_transfer_names_its_inquiry_where_the_rule_says_so(paydia: Any) -> None:
    bank = paydia.simulator.bank
    bank.change_rules({"inquiry_before_transfer": True, "external_id_once_a_day": False})
    session = (await inquire(paydia)).body["sessionId"]
    without, foreign, right = [
        await pay(paydia, partnerReferenceNo=str(number), **named)
        for number, named in enumerate([{}, {"sessionId": "9"}, {"sessionId": session}])
    ]
    assert [without.code, foreign.code, right.code] == ["4004302", "4004301", "2004300"]
    assert without.body["responseMessage"] == "Invalid Mandatory Field [sessionId]"
    assert len(bank.ledger.entries) == 1


async def test_session_belongs_to_the_account_it_asked_about(paydia: Any) -> None:
    paydia.simulator.bank.change_rules({"inquiry_before_transfer": True})
    session = (await inquire(paydia)).body["sessionId"]
    heard = await pay(paydia, beneficiaryAccountNumber="9", sessionId=session)
    assert heard.code == "4004301"


async def test_name_inquiry(paydia: Any) -> None:
    heard = await inquire(paydia)
    assert (heard.code, heard.body["beneficiaryAccountName"]) == ("2004200", "YORIES YOLANDA")


async def test_balance_needs_no_account_number(paydia: Any) -> None:
    heard = await paydia.call("/snap/v1.0/balance-inquiry", {})
    assert heard.body["accountInfos"][0]["availableBalance"]["value"] == "100000.00"


@pytest.mark.parametrize(
    ("reference", "changes", "code"),
    [
        ("none", {}, "4043601"),
        ("43", {"originalExternalId": "9"}, "4043601"),
        ("43", {"serviceCode": "17"}, "4003601"),
    ],
)
async def test_status_of_another_payment(
    paydia: Any, reference: str, changes: Any, code: str
) -> None:
    await pay(paydia)
    assert (await ask(paydia, reference, **changes)).code == code


async def test_token_of_bca_is_worthless_here(paydia: Any, partner: Any) -> None:
    token = await partner.but(simulator=paydia.simulator).token()
    heard = await paydia.call("/snap/v1.0/balance-inquiry", {}, token=token)
    assert heard.code == "4011101"


async def test_channel_of_bca_is_refused(paydia: Any) -> None:
    heard = await paydia.but(channel_id="95051").call("/snap/v1.0/balance-inquiry", {})
    assert heard.body["responseMessage"] == "Invalid Field Format [CHANNEL-ID]"


async def test_escaped_slashes_are_hashed_as_sent(paydia: Any) -> None:
    """The PHP client writes "/" as "\\/" and signs that."""
    heard = await paydia.call("/snap/v1.0/balance-inquiry", b'{"partnerReferenceNo":"a\\/b"}')
    assert heard.body["partnerReferenceNo"] == "a/b"


async def test_unbooked_timeout_is_known_as_failed(paydia: Any) -> None:
    paydia.simulator.bank.faults.arm(FaultOrder(kind="http_504", service="43", count=1))
    heard = await pay(paydia)
    assert (heard.code, (await ask(paydia)).body["latestTransactionStatus"]) == ("5044300", "06")
