"""Who may use which key for what. Default deny.

A grant is data from the configuration; there is no wildcard, so that reading
the list is reading the rights.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from signer.domain.key_profile import Purpose
from signer.domain.refusal import Reason, Refusal
from signer.domain.scheme import Scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    caller: str
    """SPIFFE id, whole."""
    key_id: str
    purpose: Purpose
    scheme: Scheme


class Grants:
    """The closed set of grants."""

    def __init__(self, grants: Iterable[Grant]) -> None:
        self._grants = frozenset(grants)

    def check(self, wanted: Grant) -> None:
        """Raises Refusal KEY_NOT_ALLOWED unless exactly this was granted."""
        if wanted not in self._grants:
            raise Refusal(
                Reason.KEY_NOT_ALLOWED,
                f"this caller may not use key {wanted.key_id!r} to {wanted.purpose.value}"
                f" {wanted.scheme.value}",
            )

    def key_ids(self) -> frozenset[str]:
        """Every key that someone may use."""
        return frozenset(grant.key_id for grant in self._grants)
