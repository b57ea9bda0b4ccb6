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
from payments import Payment, payment

# Statuses after which a careful ERP repeats the same request with the same key.
AGAIN = frozenset({401, 408, 429, 500, 502, 503, 504})
PAUSE_S = 0.2
OPEN = frozenset({"PENDING", "UNKNOWN"})


@dataclass
class Told:
    """What the ERP heard about one of its payments."""

    payment: Payment
    transfer_ids: set[str] = field(default_factory=set)
    states: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


class ERPStream:
    """Sends a run's payments, some of them several times at once."""

    def __init__(self, *, url: str, ca_file: Path, client: DemoClient, seed: int) -> None:
        self._client = client
        self._seed = seed
        # Pauses only; what is paid is drawn payment by payment.
        self._chance = random.Random(seed)
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
        self, *, at_least: int, until: Callable[[], bool], at_once: int, pace_s: float
    ) -> None:
        """Numbered payments, `at_once` under way, each answered before it counts.

        Goes on until `until` says so and `at_least` were made.
        """
        numbers = itertools.count()

        async def one_after_another() -> None:
            for number in numbers:
                if number >= at_least and until():
                    return
                await self._pay(payment(self._seed, number))
                await asyncio.sleep(pace_s * self._chance.random())

        await asyncio.gather(*(one_after_another() for _ in range(at_once)))

    async def _pay(self, wanted: Payment) -> None:
        told = self.told.setdefault(wanted.reference, Told(wanted))
        headers = {"Prefer": "respond-async"} if wanted.is_async else {}
        sent = (self._until_answered(told, "/v1/transfers", headers) for _ in range(wanted.twins))
        await asyncio.gather(*sent)
        if told.states and told.states[-1] in OPEN:
            path = f"/v1/transfers/{next(iter(told.transfer_ids))}"
            if wanted.cancels:
                # Too late is an answer too; the transfer says what became of it.
                await self.request("POST", f"{path}:cancel", json={})
            if wanted.asks:
                await self._until_answered(told, f"{path}:inquire", {})
        if wanted.looks:
            account = wanted.route.bank.source_account
            await self.request(
                "GET",
                f"/v1/accounts/{account}/balance",
                params={"bank": wanted.route.bank.bank_id},
            )

    async def _until_answered(self, told: Told, path: str, headers: dict[str, str]) -> None:
        body = told.payment.order if path == "/v1/transfers" else {}
        while True:
            answer = await self.request("POST", path, json=body, headers=headers)
            if answer.status_code in AGAIN:
                await asyncio.sleep(PAUSE_S * (0.5 + self._chance.random()))
                continue
            if answer.is_success:
                found = answer.json()
                told.transfer_ids.add(found["transferId"])
                told.states.append(found["state"])
            else:
                told.refusals.append(f"{path} {answer.status_code} {answer.text}")
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
