"""Tells whether a client is who it says it is.

Right secrets are remembered for a short time, as an HMAC under a key of this
process, together with the version of the client row they were checked against.
The row is read on every request, so a rotation or a disabling by any process
makes the memory worthless at once. Only hashing is limited: a client that is
remembered is served even while someone else guesses at its name.
"""

import asyncio
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from servicekit.clock import Clock
from servicekit.secret import Secret

from auth.application.failure_limit import FailureLimit
from auth.application.ports import ClientStore, SecretHasher
from auth.domain.client import Client
from auth.limits import MAX_REMEMBERED_SECRETS, REMEMBERED_SECRET_S

_NEVER_US = 2**63 - 1


class TooManyFailuresError(Exception):
    """Too many attempts failed; `retry_after_s` says when one is judged again."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("too many failed attempts")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remembered:
    version: int
    until_monotonic_s: float
    until_us: int  # where the older secret of a rotation ends


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    """A secret was right, and counts until this instant."""

    until_us: int


class ClientAuthentication:
    """Checks secrets of clients. One per process; lives on the event loop."""

    def __init__(
        self,
        *,
        clients: ClientStore,
        hasher: SecretHasher,
        limit: FailureLimit,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._clients = clients
        self._hasher = hasher
        self._limit = limit
        self._clock = clock
        self._memory_key = random_bytes(32)
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()
        self._checking: dict[tuple[bytes, int], asyncio.Task[_Match | None]] = {}

    async def authenticate(self, client_id: str, secret: Secret[str]) -> Client | None:
        """The client, whatever its status, or None when id or secret is wrong.

        Raises TooManyFailuresError, TooBusyError.
        """
        client = await self._clients.find(client_id)
        mark = self._mark(client_id, secret)
        if client is not None and self._is_remembered(mark, client):
            return client
        match = await self._check_once(mark, client_id, client, secret)
        return client if match is not None else None

    async def _check_once(
        self, mark: bytes, client_id: str, client: Client | None, secret: Secret[str]
    ) -> _Match | None:
        """The same secret asked for many times at once costs one hash and one place."""
        key = (mark, client.version if client is not None else 0)
        task = self._checking.get(key)
        if task is None:
            # A task of its own: the caller that hangs up must not fail the others.
            task = asyncio.create_task(self._check(mark, client_id, client, secret))
            self._checking[key] = task
            task.add_done_callback(lambda done: self._forget_check(key, done))
        return await asyncio.shield(task)

    def _forget_check(self, key: tuple[bytes, int], done: "asyncio.Task[_Match | None]") -> None:
        del self._checking[key]
        if not done.cancelled():
            # Read once, or a check whose callers all left would be reported as unread.
            done.exception()

    async def _check(
        self, mark: bytes, client_id: str, client: Client | None, secret: Secret[str]
    ) -> _Match | None:
        wait_s = self._limit.take(client_id)
        if wait_s > 0.0:
            raise TooManyFailuresError(wait_s)
        judged = False
        match = None
        try:
            match = await self._match(client, secret)
            judged = True
        finally:
            if match is not None or not judged:
                self._limit.give_back(client_id)
        if match is not None and client is not None:
            self._remember(mark, client, match)
        return match

    async def _match(self, client: Client | None, secret: Secret[str]) -> _Match | None:
        """Two hashes for every wrong answer, so that its time tells nothing.

        Not whether the client exists, not whether it is amid a rotation.
        """
        current = client.secret_hash if client is not None else None
        if await self._hasher.verify(current, secret):
            return _Match(until_us=_NEVER_US)
        previous = client.previous_secret_at(self._clock.now_us()) if client is not None else None
        if await self._hasher.verify(previous.hash if previous is not None else None, secret):
            return _Match(until_us=previous.valid_until_us if previous is not None else 0)
        return None

    def _mark(self, client_id: str, secret: Secret[str]) -> bytes:
        # The length first: no id and secret can be moved against each other.
        text = f"{len(client_id)}:{client_id}:{secret.reveal()}".encode()
        return hmac.digest(self._memory_key, text, hashlib.sha256)

    def _is_remembered(self, mark: bytes, client: Client) -> bool:
        entry = self._remembered.get(mark)
        if entry is None:
            return False
        if (
            entry.version != client.version
            or self._clock.monotonic() >= entry.until_monotonic_s
            or self._clock.now_us() >= entry.until_us
        ):
            del self._remembered[mark]
            return False
        self._remembered.move_to_end(mark)
        return True

    def _remember(self, mark: bytes, client: Client, match: _Match) -> None:
        self._remembered[mark] = _Remembered(
            version=client.version,
            until_monotonic_s=self._clock.monotonic() + REMEMBERED_SECRET_S,
            until_us=match.until_us,
        )
        self._remembered.move_to_end(mark)
        if len(self._remembered) > MAX_REMEMBERED_SECRETS:
            self._remembered.popitem(last=False)
