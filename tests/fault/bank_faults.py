"""What the bank does wrong in a run: every kind of fault the simulator has.

A card is one fault on some service; the deck is dealt round, so that every card
comes before one comes again. A bank here may be slow, broken, forgetful or
confused, but it never lies about money in so many words: no gateway survives
that by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

PAYMENTS = ("17", "18", "22", "23", "33", "43")
CLEARING = ("22", "23")
STATUS = ("36",)
TOKEN = ("73",)
BALANCE = ("11",)
# Longer than the gateway waits for the bank.
TOO_LATE_MS = 2_500
LATE_MS = 700


@dataclass(frozen=True, slots=True)
class Card:
    """One fault, and the services one of which it will hit."""

    kind: str
    services: tuple[str, ...]
    particulars: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        told = "".join(f" {name}={value}" for name, value in self.particulars.items())
        return f"{self.kind}{told}"


def _silence() -> Iterator[Card]:
    """Answers that are late, cut short or not there."""
    yield Card("delay", PAYMENTS, {"delay_ms": LATE_MS})
    yield Card("delay", PAYMENTS, {"delay_ms": TOO_LATE_MS})
    yield Card("delay_before_booking", PAYMENTS, {"delay_ms": TOO_LATE_MS})
    yield Card("slow_body", PAYMENTS, {"delay_ms": TOO_LATE_MS})
    for kind in ("drop_before_booking", "drop_after_booking", "truncated_body", "reset_in_headers"):
        yield Card(kind, PAYMENTS)


def _nonsense() -> Iterator[Card]:
    """Answers that say the wrong thing, or nothing that can be read."""
    for kind in ("empty_body", "huge_body", "foreign_service_code", "accepted_202"):
        yield Card(kind, PAYMENTS)
    for booked in (False, True):
        for kind in ("http_500", "http_504", "html_502", "redirect_307", "conflict_409"):
            yield Card(kind, PAYMENTS, {"booked": booked})
        yield Card("http_500", PAYMENTS, {"booked": booked, "case_code": "01"})
        yield Card("known_reference", PAYMENTS, {"booked": booked})
    for name in ("amount", "account", "reference"):
        yield Card("wrong_echo", PAYMENTS, {"field": name})
        yield Card("wrong_echo", STATUS, {"field": name})
    for kind in ("response_code_as_number", "unknown_fields"):
        yield Card(kind, (*PAYMENTS, *STATUS))


def _words() -> Iterator[Card]:
    """Answers that say what they mean: refusals, and payments that are not yet done."""
    for final in ("00", "04", "05", "06"):
        yield Card("pending_then_final", PAYMENTS, {"times": 1, "final": final})
    for kind in ("token_revoked", "unauthorized", "rate_429"):
        yield Card(kind, PAYMENTS)
    for status, case in ((403, "02"), (403, "14"), (403, "16"), (404, "11"), (409, "01")):
        yield Card("answer", PAYMENTS, {"http_status": status, "case_code": case})
    yield Card("late_rejection", CLEARING, {"delay_ms": TOO_LATE_MS})


def _beside_payments() -> Iterator[Card]:
    """Status inquiries, tokens and balances that fail or confuse."""
    for kind in ("not_found", "drop_after_booking", "truncated_body", "empty_body", "html_502"):
        yield Card(kind, STATUS)
    yield Card("delay", STATUS, {"delay_ms": TOO_LATE_MS})
    yield Card("status", STATUS, {"status": "01"})
    yield Card("status", STATUS, {"status": "99"})
    yield Card("token_revoked", STATUS)
    for kind in ("drop_after_booking", "http_500", "expires_in_as_number"):
        yield Card(kind, TOKEN)
    yield Card("account_infos_as_object", BALANCE)


DECK = (*_silence(), *_nonsense(), *_words(), *_beside_payments())
