"""The access token, fetched on first need and shared until shortly before its end."""

from __future__ import annotations

import threading
from collections.abc import Callable

import httpx

from gerbang_client.errors import RefusedError

# A request that is on its way must still arrive with a token that is good.
MARGIN_S = 30.0


class TokenSource:
    """One token for all threads; one of them fetches it, the others wait."""

    def __init__(
        self, http: httpx.Client, *, client_id: str, secret: str, monotonic: Callable[[], float]
    ) -> None:
        self._http = http
        self._credentials = (client_id, secret)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token = ""
        self._good_until_s = 0.0

    def get(self) -> str:
        """Raises RefusedError, or httpx.TransportError when nobody answers."""
        with self._lock:
            if not self._token or self._monotonic() >= self._good_until_s:
                self._fetch()
            return self._token

    def forget(self, token: str) -> None:
        """After a 401: this token is dead. One that was fetched meanwhile stays."""
        with self._lock:
            if self._token == token:
                self._token = ""

    def _fetch(self) -> None:
        begin_s = self._monotonic()
        answer = self._http.post(
            "/oauth2/token", data={"grant_type": "client_credentials"}, auth=self._credentials
        )
        if answer.status_code != httpx.codes.OK:
            raise RefusedError.of(answer)
        body = answer.json()
        self._token = body["access_token"]
        self._good_until_s = begin_s + float(body["expires_in"]) - MARGIN_S
