"""The life of the keys that sign tokens.

A key's state follows from the instants of all keys and the time; nothing has to
run at the right moment to advance it, and every replica sees the same:

    PUBLISHED  in the JWKS, does not sign yet; verifiers learn it first
    SIGNING    the newest key whose `signs_from_us` has come
    RETIRING   signs no more, but tokens it signed may still be alive
    RETIRED    out of the JWKS, because all its tokens are dead or it was revoked
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from auth.domain.invalid_value import InvalidValueError


class KeyState(StrEnum):
    PUBLISHED = "PUBLISHED"
    SIGNING = "SIGNING"
    RETIRING = "RETIRING"
    RETIRED = "RETIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """One RSA key. `generation` counts from 1; two rotations at once cannot both have one."""

    kid: str
    generation: int
    modulus: str  # base64url, as in a JWK
    exponent: str  # base64url
    sealed_private_key: bytes
    created_us: int
    signs_from_us: int
    revoked_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class KeyPair:
    """A key just made: its public half as in a JWK, the private half as PKCS #8, DER."""

    modulus: str
    exponent: str
    private_key_der: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlan:
    """Where a new key goes: its generation and the instant it begins to sign."""

    generation: int
    signs_from_us: int


def signing_key_at(keys: Sequence[SigningKey], now_us: int) -> SigningKey | None:
    """The key that signs now, None when there is none."""
    ready = [key for key in keys if key.revoked_us is None and key.signs_from_us <= now_us]
    return max(ready, key=lambda key: key.generation, default=None)


def state_at(
    key: SigningKey, keys: Sequence[SigningKey], *, now_us: int, longest_token_us: int
) -> KeyState:
    """The key's state among all keys at an instant."""
    if key.revoked_us is not None:
        return KeyState.RETIRED
    if key.signs_from_us > now_us:
        return KeyState.PUBLISHED
    signing = signing_key_at(keys, now_us)
    if signing is not None and signing.kid == key.kid:
        return KeyState.SIGNING
    # A key stops signing when its next usable one begins to.
    stopped_us = min(
        (
            other.signs_from_us
            for other in keys
            if other.generation > key.generation and other.revoked_us is None
        ),
        default=now_us,
    )
    return KeyState.RETIRING if now_us < stopped_us + longest_token_us else KeyState.RETIRED


def published_at(
    keys: Sequence[SigningKey], *, now_us: int, longest_token_us: int
) -> tuple[SigningKey, ...]:
    """The keys that belong in the JWKS now, oldest first."""
    return tuple(
        key
        for key in sorted(keys, key=lambda key: key.generation)
        if state_at(key, keys, now_us=now_us, longest_token_us=longest_token_us)
        is not KeyState.RETIRED
    )


def plan_rotation(
    keys: Sequence[SigningKey], *, now_us: int, publish_lead_us: int, compromised: bool
) -> KeyPlan:
    """Where the next key goes.

    The first key, and one that replaces a compromised key, sign at once.
    Raises InvalidValueError while a published key still waits for its turn.
    """
    generation = max((key.generation for key in keys), default=0) + 1
    if compromised or signing_key_at(keys, now_us) is None:
        return KeyPlan(generation=generation, signs_from_us=now_us)
    for key in keys:
        if key.revoked_us is None and key.signs_from_us > now_us:
            seconds = (key.signs_from_us - now_us + 999_999) // 1_000_000
            raise InvalidValueError(
                "keys", f"key {key.kid} is already published and begins to sign in {seconds} s"
            )
    return KeyPlan(generation=generation, signs_from_us=now_us + publish_lead_us)
