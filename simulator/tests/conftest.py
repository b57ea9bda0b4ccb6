"""A started simulator on free ports and a partner who signs by the standard library alone."""

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from simulator.clock import Clock, snap_timestamp
from simulator.server import Simulator
from simulator.strict import build

from simulator.config import Settings

DATA = Path(__file__).parent / "data"
CLIENT = "gw-demo-client-0001"
SECRET = "demo-client-secret-0001"
START_US = 1_795_231_790_000_000  # 2026-11-21T10:29:50+07:00
BUSINESS = {
    "beneficiaryAccountNo": "8010001575",
    "remark": "INV 2026 11 0001",
    "sourceAccountNo": "1234567890",
    "transactionDate": "2026-11-21T10:30:05+07:00",
}


@pytest.fixture(scope="session")
def vectors() -> dict[str, Any]:
    return json.loads((DATA / "snap-vectors.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def key_a(vectors: dict[str, Any]) -> RSAPrivateKey:
    key = serialization.load_pem_private_key(vectors["keys"]["KEY-A"]["private"].encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


@pytest.fixture
def configuration(tmp_path: Path, vectors: dict[str, Any]) -> dict[str, Any]:
    """The parsed TOML of the worked example; a test may change it before it starts the bank."""
    key = tmp_path / "key-a.pem"
    key.write_text(vectors["keys"]["KEY-A"]["public"], encoding="utf-8")
    other = {"client_id": "other-client", "client_secret": "other-secret"}
    return {
        "bank": {"port": 0, "plain_http": True},
        "admin": {"port": 0},
        "rules": {},
        "partners": [
            {
                "dialect": "bca",
                "client_id": CLIENT,
                "client_secret": SECRET,
                "partner_id": "KBBDEMO001",
                "public_key_file": str(key),
            },
            {"dialect": "bca", **other, "partner_id": "KBBOTHER01", "public_key_file": str(key)},
        ],
        "other_bank_accounts": [
            {"bank_code": "BRINIDJA", "number": "888801000157508", "name": "YORIES YOLANDA"},
            {"bank_code": "BMRIIDJA", "number": "1", "name": "NO BIFAST", "bifast": False},
        ],
        "virtual_accounts": [
            {"number": "   12345000000000000000077", "name": "BILL", "amount": "150000.00"},
            {"number": "   12345000000000000000078", "name": "OPEN", "amount": "0.00", "kind": "O"},
        ],
        "accounts": [
            {
                "number": "1234567890",
                "name": "PT DEMO GERBANG",
                "owner": CLIENT,
                "balance": "1000000000.00",
            },
            {"number": "2222222222", "name": "OTHER", "owner": "other-client", "balance": "5.00"},
            {"number": "8010001575", "name": "YORIES YOLANDA"},
            {"number": "9000000001", "name": "USD", "currency": "USD", "balance": "10.00"},
            {"number": "8019990001", "name": "DORMANT", "status": "dormant"},
            {"number": "8019990003", "name": "CLOSED", "status": "closed"},
        ],
    }


@pytest.fixture
async def start(
    configuration: dict[str, Any],
) -> AsyncIterator[Callable[[], Any]]:
    """Starts banks from `configuration` on free ports and stops them at the end."""
    started: list[Simulator] = []

    async def start_bank() -> Simulator:
        simulator = Simulator(build(Settings, configuration), Clock(lambda: START_US))
        await simulator.start()
        started.append(simulator)
        return simulator

    yield start_bank
    for simulator in started:
        await simulator.stop()


@pytest.fixture
async def bank(start: Callable[[], Any]) -> Simulator:
    return await start()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@dataclass(frozen=True)
class Heard:
    """An answer: `body` is the parsed JSON object, or {} when it was none."""

    status: int
    raw: bytes
    headers: Any

    @property
    def body(self) -> dict[str, Any]:
        try:
            return json.loads(self.raw)
        except ValueError:
            return {}

    @property
    def code(self) -> Any:
        return self.body.get("responseCode")


@dataclass(frozen=True)
class PartnerClient:
    """A partner of the bank; every member may be replaced to do something wrong."""

    session: aiohttp.ClientSession
    simulator: Simulator
    key: RSAPrivateKey
    client_id: str = CLIENT
    secret: str = SECRET
    partner_id: str = "KBBDEMO001"
    channel_id: str = "95051"
    token_path: str = "/openapi/v1.0/access-token/b2b"
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.simulator.bank_port}"

    def now(self) -> str:
        return snap_timestamp(self.simulator.bank.clock.now_us())

    def but(self, **changes: Any) -> "PartnerClient":
        return replace(self, **changes)

    def next_external_id(self) -> str:
        return f"20261121{next(self.numbers):024d}"

    async def ask_token(self, **headers: str | None) -> Heard:
        timestamp = self.now()
        signed = self.key.sign(
            f"{self.client_id}|{timestamp}".encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        sent = {
            "Content-Type": "application/json",
            "X-TIMESTAMP": timestamp,
            "X-CLIENT-KEY": self.client_id,
            "X-SIGNATURE": base64.b64encode(signed).decode(),
            **headers,
        }
        return await self.post(self.token_path, b'{"grantType":"client_credentials"}', sent)

    async def token(self) -> str:
        heard = await self.ask_token()
        assert heard.status == 200, heard.raw
        return str(heard.body["accessToken"])

    async def call(
        self,
        path: str,
        document: dict[str, Any] | bytes,
        *,
        token: str | None = None,
        signed_body: bytes | None = None,
        headers: dict[str, str | None] | None = None,
    ) -> Heard:
        """A signed call; `headers` replace or, with None, leave out what would be sent."""
        body = (
            document
            if isinstance(document, bytes)
            else json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
        )
        token = await self.token() if token is None else token
        given = headers or {}
        timestamp = given.get("X-TIMESTAMP", self.now())
        digest = hashlib.sha256(body if signed_body is None else signed_body).hexdigest()
        text = f"POST:{path}:{token}:{digest}:{timestamp}".encode()
        signature = hmac.digest(self.secret.encode(), text, "sha512")
        sent: dict[str, str | None] = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {token}",
            "X-TIMESTAMP": timestamp,
            "X-SIGNATURE": base64.b64encode(signature).decode(),
            "X-PARTNER-ID": self.partner_id,
            "X-EXTERNAL-ID": self.next_external_id(),
            "CHANNEL-ID": self.channel_id,
            **given,
        }
        return await self.post(path, body, sent)

    async def post(self, path: str, body: bytes, headers: dict[str, str | None]) -> Heard:
        present = {name: value for name, value in headers.items() if value is not None}
        async with self.session.post(
            self.base + path,
            data=body,
            headers=present,
            skip_auto_headers=["Content-Type"],
            allow_redirects=False,
        ) as answer:
            return Heard(answer.status, await answer.read(), answer.headers)

    async def transfer(self, reference: str = "1", amount: str = "10000.00", **more: Any) -> Heard:
        """Service 17 with good fields; `external_id` and `token` may be given."""
        external_id = more.pop("external_id", None) or self.next_external_id()
        token = more.pop("token", None)
        document = {
            "partnerReferenceNo": reference,
            "amount": {"value": amount, "currency": "IDR"},
            **BUSINESS,
            **more,
        }
        return await self.call(
            "/openapi/v1.0/transfer-intrabank",
            {name: value for name, value in document.items() if value is not None},
            token=token,
            headers={"X-EXTERNAL-ID": external_id},
        )

    async def clear(self, rail: str, **changes: Any) -> Heard:
        """Service 22 (`rtgs`) or 23 (`skn`) with good fields under one external id."""
        document = {
            "partnerReferenceNo": "22",
            "amount": {"value": changes.pop("amount", "150000000.00"), "currency": "IDR"},
            "beneficiaryAccountName": "YORIES YOLANDA",
            "beneficiaryAccountNo": "888801000157508",
            "beneficiaryAddress": "JAKARTA",
            "beneficiaryBankCode": "BRINIDJA",
            "beneficiaryCustomerResidence": "1",
            "beneficiaryCustomerType": "1",
            "sourceAccountNo": "1234567890",
            "transactionDate": BUSINESS["transactionDate"],
            **changes,
        }
        return await self.call(
            f"/openapi/v1.0/transfer-{rail}",
            {name: value for name, value in document.items() if value is not None},
            headers={"X-EXTERNAL-ID": "20261121103005000000000000000002"},
        )

    async def status(self, external_id: str, service: str = "17", **more: Any) -> Heard:
        document = {
            "originalExternalId": external_id,
            "serviceCode": service,
            "transactionDate": BUSINESS["transactionDate"],
            **more,
        }
        return await self.call("/openapi/v1.0/transfer/status", document)


@pytest.fixture
def partner(session: aiohttp.ClientSession, bank: Simulator, key_a: RSAPrivateKey) -> PartnerClient:
    return PartnerClient(session, bank, key_a)


@dataclass(frozen=True)
class AdminClient:
    session: aiohttp.ClientSession
    simulator: Simulator

    async def get(self, path: str) -> dict[str, Any]:
        return (await self.ask("GET", path))[1]

    async def post(self, path: str, document: Any) -> dict[str, Any]:
        status, answer = await self.ask("POST", path, document)
        assert status < 300, answer
        return answer

    async def fault(self, service: str, kind: str, **more: Any) -> dict[str, Any]:
        return await self.post("/admin/faults", {"service": service, "kind": kind, **more})

    async def debits(self, reference: str) -> int:
        found = await self.get(f"/admin/ledger?partnerReferenceNo={reference}")
        return int(found["count"])

    async def ask(self, method: str, path: str, document: Any = None) -> Any:
        url = f"http://127.0.0.1:{self.simulator.admin_port}{path}"
        async with self.session.request(method, url, json=document) as answer:
            return answer.status, await answer.json()


@pytest.fixture
def admin(session: aiohttp.ClientSession, bank: Simulator) -> AdminClient:
    return AdminClient(session, bank)
