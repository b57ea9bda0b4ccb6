"""The keys in use: one immutable ring, replaced whole when the store changes.

A ring is None while the signer is sealed. Signing reads the ring once per
batch, so a rotation never falls into the middle of one.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from signer.application.ports import CustodyError, KeyCustody, KeyHandle, StoreContent
from signer.domain.key_profile import KeyProfile
from signer.domain.key_version import VERIFYING_STATES, KeyState, KeyVersion
from signer.domain.refusal import Reason, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class RingKey:
    profile: KeyProfile
    version: KeyVersion
    handle: KeyHandle


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Usable keys at one revision of the store."""

    revision: int
    profiles: Mapping[str, KeyProfile]
    keys: Mapping[str, tuple[RingKey, ...]]
    """By key id, newest first; STAGED, ACTIVE and VERIFY_ONLY versions only."""

    def _of(self, key_id: str) -> tuple[RingKey, ...]:
        if key_id not in self.profiles:
            raise Refusal(Reason.KEY_NOT_FOUND, f"there is no key {key_id!r}")
        return self.keys.get(key_id, ())

    def signing(self, key_id: str) -> RingKey:
        """The active version. Raises Refusal KEY_NOT_FOUND or KEY_STATE."""
        for key in self._of(key_id):
            if key.version.state is KeyState.ACTIVE:
                return key
        raise Refusal(Reason.KEY_STATE, f"key {key_id!r} has no active version")

    def verifying(self, key_id: str) -> tuple[RingKey, ...]:
        """Active and verify-only versions, newest first; never empty."""
        keys = tuple(key for key in self._of(key_id) if key.version.state in VERIFYING_STATES)
        if not keys:
            raise Refusal(Reason.KEY_STATE, f"key {key_id!r} has no version that verifies")
        return keys

    def staged(self, key_id: str, number: int) -> RingKey:
        """One staged version, for a probe."""
        for key in self._of(key_id):
            if key.version.number == number and key.version.state is KeyState.STAGED:
                return key
        raise Refusal(Reason.KEY_STATE, f"key {key_id!r} has no staged version {number}")


def make_ring(content: StoreContent, custodies: Mapping[str, KeyCustody]) -> Ring:
    """Opens every usable version. Blocking.

    Args:
        content: the store as loaded.
        custodies: by Custody value.

    Raises:
        CustodyError: a version is kept in a custody that is not configured
            here, or its custody lacks it. The signer does not start then.
    """
    usable = {KeyState.STAGED, *VERIFYING_STATES}
    keys: dict[str, list[RingKey]] = {}
    for stored in content.versions:
        if stored.version.state not in usable:
            continue
        profile = content.profiles[stored.version.key_id]
        custody = custodies.get(stored.custody.value)
        if custody is None:
            raise CustodyError(
                f"{stored.version} is kept in {stored.custody.value}, which is not configured"
            )
        handle = custody.open(stored, profile.material)
        keys.setdefault(profile.key_id, []).append(
            RingKey(profile=profile, version=stored.version, handle=handle)
        )
    return Ring(
        revision=content.revision,
        profiles=content.profiles,
        keys={
            key_id: tuple(sorted(ring_keys, key=lambda key: -key.version.number))
            for key_id, ring_keys in keys.items()
        },
    )


class KeyRing:
    """Holds the current ring."""

    def __init__(self) -> None:
        self._ring: Ring | None = None
        self._lock = threading.Lock()

    @property
    def sealed(self) -> bool:
        return self._ring is None

    def replace(self, ring: Ring) -> None:
        """Takes a ring up, unless a newer one came first from another thread."""
        with self._lock:
            if self._ring is None or ring.revision >= self._ring.revision:
                self._ring = ring

    def current(self) -> Ring:
        """Raises Refusal SEALED while there is no key-encryption key."""
        if self._ring is None:
            raise Refusal(Reason.SEALED, "the signer is sealed; its key-encryption key is missing")
        return self._ring
