"""The calls. Each is safe to repeat, so each is repeated until an answer can be used."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from gerbang_client.errors import NoAnswerError, RefusedError
from gerbang_client.order import Order
from gerbang_client.token import TokenSource
from gerbang_client.transfer import Page, Transfer

# Longer than Gerbang lets any request live.
REQUEST_TIMEOUT_S = 100.0
# The same request may succeed later; docs/errors.md says so of each.
WORTH_REPEATING = frozenset({408, 429, 500, 502, 503, 504})
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
PAGE_SIZE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Time, so that tests need none."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    parameters: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


class Client:
    """One client of one gateway, for any number of threads.

    origin: exactly as it is registered.
    ca_file: PEM that vouches for the gateway; by default the system's own.
    patience_s: how long a request is repeated before NoAnswerError.
    """

    def __init__(
        self,
        url: str,
        *,
        client_id: str,
        secret: str,
        origin: str,
        ca_file: Path | None = None,
        patience_s: float = 120.0,
        clock: Clock | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._clock = clock or Clock()
        self._patience_s = patience_s
        self._http = httpx.Client(
            base_url=url,
            verify=ssl.create_default_context(cafile=str(ca_file) if ca_file else None),
            headers={"Origin": origin},
            timeout=REQUEST_TIMEOUT_S,
            transport=transport,
        )
        self._tokens = TokenSource(
            self._http, client_id=client_id, secret=secret, monotonic=self._clock.monotonic
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def pay(self, order: Order) -> Transfer:
        """Pays once, however often it is called with the same order.

        Raises RefusedError when something must be corrected first: this call paid
        nothing. Raises NoAnswerError when nobody knows: call it again later with
        the same order.
        """
        return Transfer.of(self._ask(_Request("POST", "/v1/transfers", body=order.body())))

    def read(self, transfer_id: str) -> Transfer:
        """One transfer with its attempts and events. RefusedError 404 when it is not ours."""
        return Transfer.of(self._ask(_Request("GET", f"/v1/transfers/{quote(transfer_id, '')}")))

    def find(self, reference: str) -> Transfer | None:
        """The transfer with this reference, if there is one."""
        found = self._ask(_Request("GET", "/v1/transfers", {"partnerReferenceNo": reference}))
        return Transfer.of(found["transfers"][0]) if found["transfers"] else None

    def inquire(self, transfer_id: str) -> Transfer:
        """Asks the bank now. Moves no money."""
        path = f"/v1/transfers/{quote(transfer_id, '')}:inquire"
        return Transfer.of(self._ask(_Request("POST", path, body=b"{}")))

    def changes(self, since: datetime, position: str = "") -> Iterator[Page]:
        """What changed after `since` and the stored `position`, up to now.

        Ends when nothing more is there; call it again in a minute with the last
        page's position and the same `since`.
        """
        if since.tzinfo is None:
            raise ValueError("since needs a time zone")
        moment = since.astimezone(UTC).isoformat().replace("+00:00", "Z")
        while True:
            parameters = {"updatedAfter": moment, "pageSize": str(PAGE_SIZE)}
            if position:
                parameters["pageToken"] = position
            raw = self._ask(_Request("GET", "/v1/transfers", parameters))
            position = raw["nextPageToken"]
            if not raw["transfers"]:
                return
            yield Page(transfers=tuple(map(Transfer.of, raw["transfers"])), position=position)

    def _ask(self, request: _Request) -> dict[str, Any]:
        """The JSON object of a good answer, after as many tries as patience allows."""
        end_s = self._clock.monotonic() + self._patience_s
        pause_s, refreshed = FIRST_PAUSE_S, False
        while True:
            try:
                return self._ask_once(request)
            except httpx.TransportError as error:
                last, wait_s = f"{type(error).__name__}: {error}", pause_s
            except RefusedError as refused:
                if refused.reason == "UNAUTHENTICATED" and not refreshed:
                    # The token died early; _ask_once has forgotten it.
                    refreshed = True
                    continue
                if refused.status not in WORTH_REPEATING:
                    raise
                last, wait_s = str(refused), pause_s
            if self._clock.monotonic() + wait_s > end_s:
                raise NoAnswerError(
                    f"no answer to use after {self._patience_s:.0f} s; last: {last}"
                )
            self._clock.sleep(wait_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def _ask_once(self, request: _Request) -> dict[str, Any]:
        token = self._tokens.get()
        headers = {"Authorization": f"Bearer {token}"}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        answer = self._http.request(
            request.method,
            request.path,
            params=request.parameters,
            content=request.body,
            headers=headers,
        )
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._tokens.forget(token)
        if not answer.is_success:
            raise RefusedError.of(answer)
        with suppress(ValueError):
            body = answer.json()
            if isinstance(body, dict):
                return body
        raise httpx.RemoteProtocolError("the answer is no JSON object")
