"""The simulated bank as a caller of the gateway, for tests of calls that are wrong.

Good calls are the simulator's own business. What is signed here is put
together here, by neither the simulator's code nor the gateway's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from localstack.banks import BCA
from localstack.secret_files import Secrets

TIMEOUT_S = 30.0
JAKARTA = timezone(timedelta(hours=7))
TOKEN_PATH = "/openapi/v1.0/access-token/b2b"  # noqa: S105 - a path
RTGS_PATH = "/openapi/v1.0/transfer-rtgs/notify"


class BankCaller:
    """Asks for a token and notifies; every part of a call can be made wrong."""

    def __init__(self, *, url: str, ca_file: Path, secrets: Secrets) -> None:
        pem = secrets.private_key_file(BCA.callback_token_key).read_bytes()
        key = serialization.load_pem_private_key(pem, None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("the bank's key is no RSA key")
        self._key = key
        self._secret = secrets.shared(BCA.callback_key)
        self._http = httpx.Client(
            base_url=url,
            verify=ssl.create_default_context(cafile=str(ca_file)),
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def ask_token(
        self, *, client_key: str = BCA.caller_id, age_s: float = 0, signed: str = ""
    ) -> httpx.Response:
        """`signed` is what is signed instead of `client|timestamp`."""
        timestamp = moment(age_s)
        text = (signed or f"{client_key}|{timestamp}").encode()
        signature = self._key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        return self._http.post(
            TOKEN_PATH,
            content=b'{"grantType":"client_credentials"}',
            headers={
                "Content-Type": "application/json",
                "X-TIMESTAMP": timestamp,
                "X-CLIENT-KEY": client_key,
                "X-SIGNATURE": base64.b64encode(signature).decode(),
            },
        )

    def token(self) -> str:
        return str(self.ask_token().raise_for_status().json()["accessToken"])

    def signed(
        self,
        token: str,
        body: Mapping[str, Any],
        *,
        age_s: float = 0,
        secret: str = "",
        external_id: str = "",
    ) -> httpx.Request:
        """A notification of RTGS, ready to be sent, perhaps more than once."""
        timestamp = moment(age_s)
        content = json.dumps(body, separators=(",", ":")).encode()
        digest = hashlib.sha256(content).hexdigest()
        text = f"POST:{RTGS_PATH}:{token}:{digest}:{timestamp}"
        mac = hmac.new((secret or self._secret).encode(), text.encode(), hashlib.sha512)
        return self._http.build_request(
            "POST",
            RTGS_PATH,
            content=content,
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {token}",
                "X-TIMESTAMP": timestamp,
                "X-SIGNATURE": base64.b64encode(mac.digest()).decode(),
                "X-PARTNER-ID": "partner",
                "X-EXTERNAL-ID": external_id or str(random.SystemRandom().randrange(10**30)),
                "CHANNEL-ID": "95051",
            },
        )

    def send(self, request: httpx.Request) -> httpx.Response:
        return self._http.send(request)


def moment(age_s: float) -> str:
    at = datetime.now(UTC) - timedelta(seconds=age_s)
    return at.astimezone(JAKARTA).isoformat(timespec="seconds")
