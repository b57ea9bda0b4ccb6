"""The wire to a bank: one message, sent at most once, with proof of what left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bank_adapter.domain.conversation import Answer, Send


@dataclass(frozen=True, slots=True)
class NotSent:
    """Certainly no byte of the request was written. `reason` is a constant name."""

    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Bytes may have left and no complete answer came."""

    reason: str


class BankWire(Protocol):
    async def send(
        self, step: Send, *, timeout_s: float, before_first_byte: Callable[[], str | None]
    ) -> Answer | NotSent | Lost:
        """Sends once. `before_first_byte` may still forbid it by giving a reason."""
        ...
