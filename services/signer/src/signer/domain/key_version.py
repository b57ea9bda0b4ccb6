"""Versions of a key and their life.

STAGED -> ACTIVE -> VERIFY_ONLY -> RETIRED -> DESTROYED. Beside that line a
staged version may be given up (STAGED -> RETIRED), and a rotation may be
undone while the older version still verifies (VERIFY_ONLY -> ACTIVE).
"""

from dataclasses import dataclass
from enum import StrEnum

from signer.domain.refusal import Reason, Refusal


class KeyState(StrEnum):
    STAGED = "STAGED"
    """Present, not yet used by anyone but a probe."""
    ACTIVE = "ACTIVE"
    """Signs and verifies. At most one version of a key."""
    VERIFY_ONLY = "VERIFY_ONLY"
    """Signs no more; signatures made with it are still accepted."""
    RETIRED = "RETIRED"
    """Does nothing; kept until it is destroyed."""
    DESTROYED = "DESTROYED"
    """The material is gone; the row stays as a record."""


LEGAL_MOVES: dict[KeyState, frozenset[KeyState]] = {
    KeyState.STAGED: frozenset({KeyState.ACTIVE, KeyState.RETIRED}),
    KeyState.ACTIVE: frozenset({KeyState.VERIFY_ONLY}),
    KeyState.VERIFY_ONLY: frozenset({KeyState.ACTIVE, KeyState.RETIRED}),
    KeyState.RETIRED: frozenset({KeyState.DESTROYED}),
    KeyState.DESTROYED: frozenset(),
}

VERIFYING_STATES = frozenset({KeyState.ACTIVE, KeyState.VERIFY_ONLY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction:
    """An order to destroy a version. It runs when due and confirmed by a second operator."""

    due_us: int
    requested_by: str
    confirmed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The bank's word on a staged key, brought by an operator."""

    accepted: bool
    time_us: int
    response_code: str
    """The bank's code, for example 2007300."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyVersion:
    """One version of one key, without its material."""

    key_id: str
    number: int
    """1, 2, 3 ... within its key."""
    state: KeyState
    fingerprint: str
    """RSA: SHA-256 of SubjectPublicKeyInfo in hex. HMAC: a 24-bit check value."""
    public_key: bytes
    """SubjectPublicKeyInfo in DER; empty for a secret."""
    created_us: int
    changed_us: int
    probe: Probe | None = None
    destruction: Destruction | None = None

    def __str__(self) -> str:
        return f"{self.key_id} version {self.number}"


def check_move(version: KeyVersion, to: KeyState) -> None:
    """Raises Refusal KEY_STATE when the life of a key knows no such step."""
    if to not in LEGAL_MOVES[version.state]:
        legal = ", ".join(sorted(LEGAL_MOVES[version.state])) or "nothing"
        raise Refusal(
            Reason.KEY_STATE,
            f"{version} is {version.state.value}; it can become {legal}, not {to.value}",
        )
