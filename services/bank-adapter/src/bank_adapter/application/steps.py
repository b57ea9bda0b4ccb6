"""Named durable steps of a payment, where a test may kill the process.

Production passes `nowhere`; only the tests' own entry point passes another.
"""

from __future__ import annotations

from collections.abc import Callable

Reached = Callable[[str], None]


def nowhere(_step: str) -> None:
    """In production no step is special."""
