"""A stream of payments by an ERP that does not give up: same key until an answer.

It remembers what it was told, so that the referee can hold the gateway to it.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from localstack.demo_client import DemoClient

# Statuses after which a careful ERP repeats the same request with the same key.
AGAIN = frozenset({401, 408, 429, 500, 502, 503, 504})
PAUSE_S = 0.2


@dataclass
class Told:
    """What the ERP heard about one of its payments."""

    reference: str
    amount: str
    transfer_ids: set[str] = field(default_factory=set)
    states: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


class ERPStream:
    """Sends numbered payments, some of them several times at once."""

    def __init__(
        self, *, url: str, ca_file: Path, client: DemoClient, chance: random.Random, prefix: str
    ) -> None:
        self._client = client
        self._chance = chance
        self._prefix = prefix
        self._token = ""
        self._http = httpx.AsyncClient(
            base_url=url,
            verify=ssl.create_default_context(cafile=str(ca_file)),
            headers={"Origin": client.origin},
            timeout=30.0,
            trust_env=False,
        )
        self.told: dict[str, Told] = {}

    async def close(self) -> None:
        await self._http.aclose()

    async def pay(
        self, *, at_least: int, until: Callable[[], bool], at_once: int, pause_s: float
    ) -> None:
        """Numbered payments, `at_once` under way, each answered before it counts.

        Goes on until `until` says so and `at_least` were made.
        """
        numbers = itertools.count()

        async def one_after_another() -> None:
            for number in numbers:
                if number >= at_least and until():
                    return
                await self._pay(number)
                await asyncio.sleep(pause_s * self._chance.random())

        await asyncio.gather(*(one_after_another() for _ in range(at_once)))

    async def _pay(self, number: int) -> None:
        reference = f"{self._prefix}-{number:05d}"
        amount = f"{10_000 + number}.00"
        told = self.told.setdefault(reference, Told(reference, amount))
        twins = 2 if self._chance.random() < 0.1 else 1
        headers = {"Prefer": "respond-async"} if self._chance.random() < 0.1 else {}
        await asyncio.gather(*(self._until_answered(told, headers) for _ in range(twins)))

    async def _until_answered(self, told: Told, headers: dict[str, str]) -> None:
        body = {
            "partnerReferenceNo": told.reference,
            "amount": {"value": told.amount, "currency": "IDR"},
            "sourceAccountNo": self._client.source_account,
            "beneficiaryAccountNo": self._client.beneficiary_account,
            "beneficiaryAccountName": self._client.beneficiary_name,
            "remark": "FAULT RUN",
        }
        while True:
            answer = await self.request("POST", "/v1/transfers", json=body, headers=headers)
            if answer.status_code in AGAIN:
                await asyncio.sleep(PAUSE_S * (0.5 + self._chance.random()))
                continue
            if answer.is_success:
                found = answer.json()
                told.transfer_ids.add(found["transferId"])
                told.states.append(found["state"])
            else:
                told.refusals.append(f"{answer.status_code} {answer.text}")
            return

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request with a token; a dead connection counts as 503."""
        try:
            if not self._token:
                answer = await self._http.post(
                    "/oauth2/token",
                    data={"grant_type": "client_credentials"},
                    auth=(self._client.client_id, self._client.secret),
                )
                if not answer.is_success:
                    return httpx.Response(503)
                self._token = str(answer.json()["access_token"])
            headers = {**options.pop("headers", {}), "Authorization": f"Bearer {self._token}"}
            answer = await self._http.request(method, path, headers=headers, **options)
        except httpx.TransportError:
            return httpx.Response(503)
        if answer.status_code == 401:
            self._token = ""
        return answer

    async def transfer(self, transfer_id: str) -> dict[str, Any]:
        """The transfer with its history, asked until it answers."""
        while True:
            answer = await self.request("GET", f"/v1/transfers/{transfer_id}")
            if answer.status_code not in AGAIN:
                answer.raise_for_status()
                return dict(answer.json())
            await asyncio.sleep(PAUSE_S)
