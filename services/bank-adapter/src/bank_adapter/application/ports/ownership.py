"""The right of this process to send."""

from __future__ import annotations

from typing import Protocol


class Ownership(Protocol):
    @property
    def owner_id(self) -> str:
        """A random id made at process start."""
        ...

    def holds(self) -> bool:
        """Whether the lease is certainly valid now, by the monotonic clock."""
        ...
