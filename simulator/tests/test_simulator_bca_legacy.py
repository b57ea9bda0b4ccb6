"""The dialect before SNAP: its signature, its errors, and that only TransactionID guards it."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from simulator.dialects.bca_legacy.errors import TEXTS
from simulator.dialects.bca_legacy.gate import canonical_url
from simulator.faults.book import FaultBook
from simulator.faults.order import FaultOrder
from simulator.server import Simulator

TRANSFERS = "/banking/corporates/transfers"
STATUS = f"{TRANSFERS}/status/00000001?TransactionDate=2026-11-21&TransferType=BCA"


@dataclass
class LegacyClient:
    session: aiohttp.ClientSession
    simulator: Simulator
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    secret: bytes = b"legacy-api-secret"

    async def fetch_token(self, pair: str = "legacy:legacy-secret") -> Any:
        status, answer = await self.send(
            "POST",
            "/api/oauth/token",
            b"grant_type=client_credentials",
            {
                "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )
        self.token = answer.get("access_token", "")
        return status, answer

    async def call(self, method: str, path: str, document: Any = None, **headers: str) -> Any:
        if not self.token:
            await self.fetch_token()
        body = b"" if document is None else json.dumps(document, indent=2).encode()
        digest = hashlib.sha256(b"".join(body.split())).hexdigest()
        timestamp = "2026-11-21T10:29:50.000+07:00"
        text = f"{method}:{canonical_url(path)}:{self.token}:{digest}:{timestamp}".encode()
        sent = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "X-BCA-Key": "legacy-api-key",
            "X-BCA-Timestamp": timestamp,
            "X-BCA-Signature": hmac.digest(self.secret, text, "sha256").hex(),
            **self.headers,
            **headers,
        }
        return await self.send(method, path, body, sent)

    async def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Any:
        url = f"http://127.0.0.1:{self.simulator.bank_port}{path}"
        async with self.session.request(method, url, data=body, headers=headers) as answer:
            return answer.status, json.loads(await answer.read())

    async def transfer(self, **changes: Any) -> Any:
        return await self.call(
            "POST",
            TRANSFERS,
            {
                "CorporateID": "BCAAPI2016",
                "SourceAccountNumber": "0201245680",
                "TransactionID": "00000001",
                "TransactionDate": "2026-11-21",
                "ReferenceID": "12345/PO/2016",
                "CurrencyCode": "IDR",
                "Amount": "100000.00",
                "BeneficiaryAccountNumber": "8010001575",
                "Remark1": "Transfer Test",
                "Remark2": "Online Transfer",
                **changes,
            },
        )


@pytest.fixture
async def legacy(configuration: Any, start: Any, session: aiohttp.ClientSession) -> LegacyClient:
    configuration["partners"].append(
        {
            "dialect": "bca-legacy",
            "client_id": "legacy",
            "client_secret": "legacy-secret",
            "partner_id": "BCAAPI2016",
            "api_key": "legacy-api-key",
            "api_secret": "legacy-api-secret",
        }
    )
    configuration["accounts"].append(
        {"number": "0201245680", "name": "PT LAMA", "owner": "legacy", "balance": "500000.00"}
    )
    return LegacyClient(session, await start())


def code(heard: Any) -> tuple[int, str]:
    return heard[0], heard[1].get("ErrorCode", "")


async def test_token_by_basic_credentials(legacy: LegacyClient) -> None:
    status, answer = await legacy.fetch_token()
    assert (status, answer["token_type"], answer["expires_in"]) == (200, "Bearer", 3600)


async def test_token_for_wrong_secret_is_refused(legacy: LegacyClient) -> None:
    assert code(await legacy.fetch_token("legacy:wrong")) == (401, "ESB-14-008")


async def test_transfer_signed_without_any_whitespace_is_booked(legacy: LegacyClient) -> None:
    status, answer = await legacy.transfer()
    entry = legacy.simulator.bank.ledger.entries[0]
    assert (status, answer) == (
        200,
        {
            "TransactionID": "00000001",
            "TransactionDate": "2026-11-21",
            "ReferenceID": "12345/PO/2016",
            "Status": "Success",
        },
    )
    assert (entry.partner_reference_no, entry.amount_minor) == ("12345/PO/2016", 10_000_000)


async def test_status_is_asked_by_transaction_id(legacy: LegacyClient) -> None:
    await legacy.transfer()
    status, answer = await legacy.call("GET", STATUS)
    assert (status, answer["StatusCode"], answer["Amount"]) == (200, "00", "100000.00")


async def test_status_of_nothing_is_not_found(legacy: LegacyClient) -> None:
    assert code(await legacy.call("GET", STATUS)) == (404, "ESB-99-127")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Amount": "500000.01"}, (402, "ESB-82-019")),
        ({"Amount": "1"}, (400, "ESB-82-001")),
        ({"BeneficiaryAccountNumber": "9999999999"}, (404, "ESB-82-022")),
        ({"BeneficiaryAccountNumber": "8019990001"}, (403, "ESB-82-015")),
        ({"TransactionID": "1"}, (400, "ESB-82-001")),
        ({"CorporateID": "OTHER"}, (401, "ESB-14-009")),
    ],
)
async def test_transfer_is_refused(
    legacy: LegacyClient, changes: Any, expected: tuple[int, str]
) -> None:
    assert code(await legacy.transfer(**changes)) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-BCA-Key": "x"}, (400, "ESB-14-020")),
        ({"X-BCA-Signature": "0" * 64}, (400, "ESB-14-001")),
        ({"X-BCA-Timestamp": "2026-11-21T10:29:50+07:00"}, (400, "ESB-14-003")),
        ({"X-BCA-Timestamp": "2026-11-21T10:00:00.000+07:00"}, (400, "ESB-14-003")),
        ({"Authorization": "Bearer x"}, (401, "ESB-14-009")),
    ],
)
async def test_wrong_headers_are_refused(
    legacy: LegacyClient, headers: Any, expected: tuple[int, str]
) -> None:
    legacy.headers = headers
    assert code(await legacy.transfer()) == expected


async def test_transaction_id_is_good_once_a_day(legacy: LegacyClient) -> None:
    await legacy.transfer()
    assert code(await legacy.transfer()) == (400, "ESB-82-003")


async def test_new_transaction_id_pays_again(legacy: LegacyClient) -> None:
    """Nothing but the id guards this dialect, and the ledger shows what that costs."""
    await legacy.transfer()
    await legacy.transfer(TransactionID="00000002")
    assert len(legacy.simulator.bank.ledger.entries) == 2


async def test_lowercase_signature_is_the_only_one(legacy: LegacyClient) -> None:
    path = "/banking/v3/corporates/BCAAPI2016/accounts/0201245680"
    await legacy.fetch_token()
    digest = hashlib.sha256(b"").hexdigest()
    text = f"GET:{path}:{legacy.token}:{digest}:2026-11-21T10:29:50.000+07:00".encode()
    upper = hmac.digest(legacy.secret, text, "sha256").hex().upper()
    heard = await legacy.call("GET", path, **{"X-BCA-Signature": upper})
    assert code(heard) == (400, "ESB-14-001")


async def test_balances_of_several_accounts(legacy: LegacyClient) -> None:
    path = "/banking/v3/corporates/BCAAPI2016/accounts/0201245680%2C9999999999"
    _, answer = await legacy.call("GET", path)
    assert answer["AccountDetailDataSuccess"][0]["Balance"] == "500000.00"
    assert answer["AccountDetailDataFailed"][0]["AccountNumber"] == "9999999999"


async def test_statement_with_unsorted_query(legacy: LegacyClient) -> None:
    await legacy.transfer()
    path = (
        "/banking/v3/corporates/BCAAPI2016/accounts/0201245680/statements"
        "?StartDate=2026-11-21&EndDate=2026-11-21"
    )
    _, answer = await legacy.call("GET", path)
    assert [(row["TransactionType"], row["TransactionAmount"]) for row in answer["Data"]] == [
        ("D", "100000.00")
    ]


async def domestic(
    legacy: LegacyClient, kind: str, amount: str = "100000.00", **headers: str
) -> Any:
    return await legacy.call(
        "POST",
        f"{TRANSFERS}/v2/domestic",
        {
            "transaction_id": "00000001",
            "transaction_date": "2026-11-21",
            "source_account_number": "0201245680",
            "beneficiary_account_number": "888801000157508",
            "beneficiary_bank_code": "BRINIDJA",
            "beneficiary_name": "YORIES YOLANDA",
            "amount": amount,
            "transfer_type": kind,
            "beneficiary_cust_type": "1",
            "beneficiary_cust_residence": "1",
            "currency_code": "IDR",
        },
        **{"channel-id": "95051", "credential-id": "BCAAPI2016", **headers},
    )


@pytest.mark.parametrize(("kind", "has_ppu"), [("ONL", False), ("LLG", True)])
async def test_domestic_transfer(legacy: LegacyClient, kind: str, has_ppu: Any) -> None:
    status, answer = await domestic(legacy, kind)
    assert (status, "ppu_no" in answer) == (200, has_ppu)


async def test_domestic_transfer_wants_its_headers(legacy: LegacyClient) -> None:
    assert code(await domestic(legacy, "ONL", **{"channel-id": "1"})) == (400, "ESB-14-004")


async def test_name_at_another_bank(legacy: LegacyClient) -> None:
    path = f"{TRANSFERS}/v2/domestic/beneficiaries/banks/BRINIDJA/accounts/888801000157508"
    _, answer = await legacy.call("GET", path)
    assert answer["beneficiary_account_name"] == "YORIES YOLANDA"


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (FaultOrder(kind="http_504", service="17"), (504, "ESB-14-006")),
        (FaultOrder(kind="rate_429", service="17"), (429, "ESB-14-010")),
        (FaultOrder(kind="answer", service="17", case_code="ESB-82-025"), (500, "ESB-82-025")),
    ],
)
async def test_faults_speak_the_dialect(
    legacy: LegacyClient, order: FaultOrder, expected: tuple[int, str]
) -> None:
    legacy.simulator.bank.faults.arm(order)
    assert code(await legacy.transfer()) == expected


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/a?StartDate=2&EndDate=1", "/a?EndDate=1&StartDate=2"),
        ("/a?b=x+y", "/a?b=x%20y"),
        ("/a?b=%e2%82%ac,~", "/a?b=%E2%82%AC%2C~"),
        ("/a?B=2&B=1&A=", "/a?A=&B=1&B=2"),
        ("/a%2cb,c", "/a%2Cb%2Cc"),
    ],
)
def test_query_is_sorted_and_encoded(path: str, canonical: str) -> None:
    assert canonical_url(path) == canonical


async def test_transaction_id_of_a_call_turned_away_at_the_door_is_still_good(
    legacy: LegacyClient,
) -> None:
    legacy.simulator.bank.faults.arm(FaultOrder(kind="rate_429", service="17", count=1))
    await legacy.transfer()
    assert code(await legacy.transfer()) == (200, "")


async def test_transaction_id_that_somebody_else_used_is_refused(legacy: LegacyClient) -> None:
    legacy.simulator.bank.faults.arm(FaultOrder(kind="known_reference", service="17"))
    assert code(await legacy.transfer()) == (400, "ESB-82-003")


async def test_amounts_to_type_work_here_and_answer_in_esb_codes(legacy: LegacyClient) -> None:
    bank = legacy.simulator.bank
    bank.faults = FaultBook(magic_amounts=True)
    bank.ledger.accounts["0201245680"].balance_minor += 100_000_000
    refused = await legacy.transfer(Amount="555403.14")
    timed_out = await domestic(legacy, "ONL", "556504.00")
    assert [code(refused), code(timed_out)] == [(402, "ESB-82-019"), (504, "ESB-14-006")]
    assert len(bank.ledger.entries) == 1


@pytest.mark.parametrize("esb", sorted(TEXTS))
async def test_every_code_of_the_dialect_can_be_produced(legacy: LegacyClient, esb: str) -> None:
    legacy.simulator.bank.faults.arm(
        FaultOrder(kind="answer", service="17", http_status=TEXTS[esb][0], case_code=esb)
    )
    assert code(await legacy.transfer()) == (TEXTS[esb][0], esb)
