"""TOTP (RFC 6238) by pyotp: six digits, SHA-1, as authenticator apps know it."""

import base64
import hmac
from collections.abc import Callable

import pyotp

from auth.limits import TOTP_SECRET_RANDOM_BYTES, TOTP_STEP_S, TOTP_WINDOW_STEPS

_US_PER_S = 1_000_000
_DIGITS = 6
ISSUER = "Gerbang"


class PyOTPCodes:
    """Makes secrets and finds the step that a code belongs to."""

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._random_bytes = random_bytes

    def new_secret(self) -> str:
        return base64.b32encode(self._random_bytes(TOTP_SECRET_RANDOM_BYTES)).decode("ascii")

    def matching_step(self, secret: str, code: str, *, now_us: int) -> int | None:
        """The newest step of the window whose code this is; None if none.

        Every step of the window is compared, in constant time each.
        """
        if len(code) != _DIGITS or not (code.isascii() and code.isdigit()):
            return None
        codes = pyotp.HOTP(secret, digits=_DIGITS)
        middle = now_us // _US_PER_S // TOTP_STEP_S
        found = None
        for step in range(middle - TOTP_WINDOW_STEPS, middle + TOTP_WINDOW_STEPS + 1):
            if hmac.compare_digest(codes.at(step), code):
                found = step
        return found


def is_totp_secret(secret: str) -> bool:
    """Whether this is base32 of at least the 128 bits that RFC 4226 requires."""
    try:
        octets = base64.b32decode(secret)
    except ValueError:
        return False
    return len(octets) >= 16  # noqa: PLR2004 - 128 bits


def provisioning_uri(secret: str, *, operator: str) -> str:
    """The otpauth:// address that an authenticator app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=operator, issuer_name=ISSUER)
