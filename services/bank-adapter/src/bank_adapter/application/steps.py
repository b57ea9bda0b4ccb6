"""Named durable steps of a payment, where a test may kill the process.

Production passes `nowhere`; only the tests' own entry point passes another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

Reached = Callable[[str], None]

# In the order of one payment's life.
STEPS: Final = (
    "intent_prepared",
    "intent_committed",
    "token_held",
    "first_byte",
    "bank_answered",
    "conclusion_committed",
    "given_up",
    "inquiry_opened",
    "inquiry_answered",
    "inquiry_recorded",
    "events_shipped",
)


def nowhere(_step: str) -> None:
    """In production no step is special."""
