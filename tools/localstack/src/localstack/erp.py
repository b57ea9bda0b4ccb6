"""An ERP, as small as it can be: a token, then requests with it.

Used by the demo and by the tests that come through the edge. Sends exactly
what it is given and raises nothing for an HTTP error: judging is the caller's.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from localstack.demo_client import DemoClient

# Longer than the edge lets any request live.
TIMEOUT_S = 100.0


class ERP:
    """One client of the gateway, with its token fetched on first need."""

    def __init__(self, *, url: str, ca_file: Path, client: DemoClient) -> None:
        self.client = client
        self._token: str | None = None
        self.http = httpx.Client(
            base_url=url,
            verify=ssl.create_default_context(cafile=str(ca_file)),
            headers={"Origin": client.origin},
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
        self.http.close()

    def token(self) -> str:
        """A bearer token; raises httpx.HTTPStatusError when it is refused."""
        if self._token is None:
            answer = self.http.post(
                "/oauth2/token",
                data={"grant_type": "client_credentials"},
                auth=(self.client.client_id, self.client.secret),
            )
            answer.raise_for_status()
            self._token = str(answer.json()["access_token"])
        return self._token

    def forget_token(self) -> None:
        self._token = None

    def get(self, path: str, **parameters: str | int) -> httpx.Response:
        return self.http.get(path, params=parameters, headers=self._bearer())

    def post(
        self, path: str, body: Mapping[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        """POST of a JSON body; `prefer="respond-async"` becomes the header Prefer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(path, json=body or {}, headers={**self._bearer(), **named})

    def order(self, reference: str, *, amount: str = "150000.00", **fields: Any) -> dict[str, Any]:
        """The body of a transfer from the client's account to its demo vendor."""
        return {
            "partnerReferenceNo": reference,
            "amount": {"value": amount, "currency": "IDR"},
            "sourceAccountNo": self.client.source_account,
            "beneficiaryAccountNo": self.client.beneficiary_account,
            "beneficiaryAccountName": self.client.beneficiary_name,
            "remark": "Invoice 4711",
            **fields,
        }

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token()}"}
