"""A bank that calls us, and a signer that checks it, for the tests of both."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from bank_adapter.adapters.random_identifiers import RandomIdentifiers
from bank_adapter.application.inbound_banks import InboundBank, InboundBanks
from bank_adapter.application.inbound_call import InboundAnswer, InboundCall, Refusals
from bank_adapter.application.issue_bank_token import IssueBankToken
from bank_adapter.application.ports.signature_check import (
    CallProof,
    Finding,
    NoFindingError,
    TokenProof,
)
from bank_adapter.application.receive_notification import ReceiveNotification
from bank_adapter.domain.bank_day import jakarta
from bank_adapter.domain.transfer import Transfer
from bank_adapter.snap import timestamp
from bank_adapter.snap.body import minify
from use_cases import UseCases

SECRET = b"secret-we-gave-the-bank"
RTGS_PATH = "/openapi/v1.0/transfer-rtgs/notify"
_ids = itertools.count(1)


def rsa_of(text: str) -> str:
    """Stands for the bank's RSA signature."""
    return base64.b64encode(b"by the bank's key: " + text.encode()).decode()


def hmac_of(path: str, token: str, body: bytes, moment: str, secret: bytes = SECRET) -> str:
    digest = hashlib.sha256(minify(body)).hexdigest()
    text = f"POST:{path}:{token}:{digest}:{moment}"
    return base64.b64encode(hmac.new(secret, text.encode(), hashlib.sha512).digest()).decode()


@dataclass
class FakeSignatureCheck:
    """Checks like the signer does; remembers transactions it accepted."""

    away: bool = False
    seen: set[str] = field(default_factory=set)

    async def check(self, proof: TokenProof | CallProof, *, trace_id: str) -> Finding:
        if self.away:
            raise NoFindingError("SIGNER_UNAVAILABLE")
        if isinstance(proof, TokenProof):
            good = proof.signature == rsa_of(f"{proof.client_key}|{proof.timestamp}")
            return Finding.GOOD if good else Finding.WRONG
        wanted = hmac_of(proof.path, proof.access_token, proof.body, proof.timestamp)
        if proof.signature != wanted:
            return Finding.WRONG
        if proof.signature in self.seen:
            return Finding.REPLAYED
        self.seen.add(proof.signature)
        return Finding.GOOD


@dataclass
class CallingBank:
    """The bank's side: it signs by our clock unless a test says otherwise."""

    house: UseCases
    signatures: FakeSignatureCheck
    issue: IssueBankToken
    receive: ReceiveNotification

    def moment(self, *, off_s: float = 0) -> str:
        return timestamp.write(jakarta(self.house.clock.now_us() + int(off_s * 1_000_000)))

    async def ask_token(self, client_key: str = "BCA", **headers: str) -> InboundAnswer:
        moment = headers.get("x-timestamp") or self.moment()
        signed = {
            "x-client-key": client_key,
            "x-timestamp": moment,
            "x-signature": rsa_of(f"{client_key}|{moment}"),
            **headers,
        }
        call = InboundCall(
            service_code="73",
            path="/openapi/v1.0/access-token/b2b",
            headers=signed,
            body=b'{"grantType":"client_credentials"}',
        )
        return await self.issue.execute(call)

    async def token(self) -> str:
        return str(json.loads((await self.ask_token()).body)["accessToken"])

    def call(
        self, token: str, body: bytes, *, signed_body: bytes | None = None, **headers: str
    ) -> InboundCall:
        """A notification of RTGS, properly signed unless `headers` change it."""
        moment = headers.get("x-timestamp") or self.moment()
        signature = hmac_of(RTGS_PATH, token, body if signed_body is None else signed_body, moment)
        return InboundCall(
            service_code="76",
            path=RTGS_PATH,
            headers={
                "authorization": f"Bearer {token}",
                "x-timestamp": moment,
                "x-signature": signature,
                "x-partner-id": "PARTNER",
                "x-external-id": str(next(_ids)),
                "channel-id": "95051",
                **headers,
            },
            body=body,
        )

    async def notify(self, body: bytes) -> InboundAnswer:
        return await self.receive.execute(self.call(await self.token(), body))


def calling_bank(house: UseCases) -> CallingBank:
    signatures = FakeSignatureCheck()
    identifiers = RandomIdentifiers(house.clock)
    tokens = (f"token-{number}" for number in itertools.count(1))
    common: dict[str, Any] = {
        "banks": InboundBanks(
            [
                InboundBank(
                    bank_id="bca",
                    bank_identity="bca/gw-demo-client-0001",
                    client_key="BCA",
                    token_key_id="bca-callback-token",
                    transaction_key_id="bca-callback",
                    clock_skew_s=300,
                )
            ]
        ),
        "store": house.inbound,
        "signatures": signatures,
        "refusals": Refusals(ledger=house.ledger, identifiers=identifiers, clock=house.clock),
        "identifiers": identifiers,
        "clock": house.clock,
    }
    return CallingBank(
        house=house,
        signatures=signatures,
        issue=IssueBankToken(new_token=lambda: next(tokens), **common),
        receive=ReceiveNotification(**common),
    )


def claim_about(transfer: Transfer, **changes: Any) -> bytes:
    """BCA's notification of a late rejection."""
    order = transfer.order
    fields: dict[str, Any] = {
        "originalPartnerReferenceNo": order.bank_partner_reference_no,
        "originalReferenceNo": transfer.bank_reference_no,
        "latestTransactionStatus": "06",
        "amount": {"value": order.amount.value, "currency": order.amount.currency},
        "beneficiaryAccountNo": order.beneficiary_account_no,
        "sourceAccountNo": order.source_account_no,
        "transactionDate": "2026-11-21T10:30:05+07:000",
        "additionalInfo": {"rejectStatusEN": "Rejected by the beneficiary bank"},
        **changes,
    }
    return json.dumps(fields).encode()
