"""Calls the partner: late rejections of RTGS (76) and SKN (75), signed as the bank.

The roles of the token call are swapped: the bank signs with its RSA key, the partner gives it a
token, and the notification carries an HMAC of the secret that the partner gave the bank. Nothing is
retried by itself and no redirect is followed; what was answered can be read over the administrative
API, and what was not heard can be sent again over it.
"""

import ssl
from typing import Any

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from simulator import money, signature
from simulator.bank import Bank
from simulator.clock import snap_timestamp
from simulator.config import CallbackTarget
from simulator.instructions import Instruction
from simulator.strict import ShapeError

_TIMEOUT_S = 10.0
_EXTERNAL_ID_WIDTH = 19
_PATHS = {"22": "rtgs_path", "23": "skn_path"}
_REASONS = {
    "rejectStatusID": "Ditolak oleh bank penerima",
    "rejectStatusEN": "Rejected by the beneficiary bank",
}


class Notifier:
    """Sends notifications to the partners that have a callback configured."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._keys = {
            client_id: _key(partner.setting.callback)
            for client_id, partner in bank.partners.items()
            if partner.setting.callback is not None
        }
        self._count = 0
        self._unheard: list[Instruction] = []

    @property
    def unheard(self) -> int:
        """How many notifications nobody has thanked for."""
        return len(self._unheard)

    async def repeat(self) -> int:
        """Send again what was not thanked for; answers how many that were."""
        waiting, self._unheard = self._unheard, []
        for instruction in waiting:
            await self.notify(instruction)
        return len(waiting)

    async def notify(self, instruction: Instruction) -> dict[str, Any] | None:
        """Tell the partner; the outcome, or None when there is nobody or nothing to tell."""
        target = self._bank.partners[instruction.client_id].setting.callback
        attribute = _PATHS.get(instruction.order.service)
        if target is None or attribute is None:
            return None
        path = getattr(target, attribute)
        try:
            async with _client(target) as client:
                token = await self._token(client, target, instruction.client_id)
                outcome = await self._send(client, target, path, token, instruction)
        except (httpx.HTTPError, ValueError, KeyError) as error:
            outcome = {"error": f"{type(error).__name__}: {error}"}
        outcome = {
            "partnerReferenceNo": instruction.order.partner_reference_no,
            "path": path,
            **outcome,
        }
        self._bank.notifications.append(outcome)
        if outcome.get("httpStatus") != httpx.codes.OK:
            self._unheard.append(instruction)
        return outcome

    async def _token(
        self, client: httpx.AsyncClient, target: CallbackTarget, client_id: str
    ) -> str:
        timestamp = snap_timestamp(self._bank.clock.now_us())
        text = signature.token_text(target.client_id, timestamp)
        answer = await client.post(
            target.token_path,
            content=b'{"grantType":"client_credentials"}',
            headers={
                "Content-Type": "application/json",
                "X-TIMESTAMP": timestamp,
                "X-CLIENT-KEY": target.client_id,
                "X-SIGNATURE": signature.asymmetric_signature(self._keys[client_id], text),
            },
        )
        answer.raise_for_status()
        return str(orjson.loads(answer.content)["accessToken"])

    async def _send(
        self,
        client: httpx.AsyncClient,
        target: CallbackTarget,
        path: str,
        token: str,
        instruction: Instruction,
    ) -> dict[str, Any]:
        timestamp = snap_timestamp(self._bank.clock.now_us())
        body = orjson.dumps(_document(instruction, target.status))
        text = signature.symmetric_text(
            method="POST",
            path=path,
            token=token,
            digest=signature.body_hash(body),
            timestamp=timestamp,
        )
        signed = signature.symmetric_signature(target.client_secret.encode(), text)
        answer = await client.post(
            path,
            content=body,
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {token}",
                "X-TIMESTAMP": timestamp,
                "X-SIGNATURE": signed.decode(),
                "X-PARTNER-ID": target.partner_id or target.client_id,
                "X-EXTERNAL-ID": self._external_id(timestamp),
                "CHANNEL-ID": target.channel_id,
            },
        )
        return {"httpStatus": answer.status_code, "body": answer.text[:1000]}

    def _external_id(self, timestamp: str) -> str:
        self._count += 1
        digits = "".join(character for character in timestamp[:19] if character.isdigit())
        return f"{digits}{self._count:018d}"


def _document(instruction: Instruction, status: str) -> dict[str, Any]:
    """The notification; its external id is cut to the 19 characters that BCA's field has."""
    order = instruction.order
    return {
        "originalPartnerReferenceNo": order.partner_reference_no,
        "originalReferenceNo": instruction.reference_no,
        "originalExternalId": instruction.external_id[:_EXTERNAL_ID_WIDTH],
        "latestTransactionStatus": status,
        "amount": money.document(order.amount_minor, order.currency),
        "beneficiaryAccountName": order.beneficiary_name,
        "beneficiaryAccountNo": order.beneficiary_account,
        "beneficiaryBankCode": order.beneficiary_bank_code,
        "sourceAccountNo": order.source_account,
        "transactionDate": order.transaction_date,
        "additionalInfo": {**_REASONS, "traceNo": instruction.marks.get("traceNo", "")},
    }


def _client(target: CallbackTarget) -> httpx.AsyncClient:
    verify: ssl.SSLContext | bool = True
    if target.ca_file is not None:
        verify = ssl.create_default_context(cafile=str(target.ca_file))
    transport = httpx.AsyncHTTPTransport(verify=verify, local_address=target.source_address)
    return httpx.AsyncClient(
        base_url=target.base_url,
        transport=transport,
        timeout=_TIMEOUT_S,
        trust_env=False,
        follow_redirects=False,
    )


def _key(target: CallbackTarget) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(target.private_key_file.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise ShapeError(f"callback: private_key_file: {error}") from error
    if not isinstance(key, RSAPrivateKey):
        raise ShapeError("callback: private_key_file is no RSA key")
    return key
