"""How keys are told apart without showing them."""

import hashlib
import hmac

_CHECK_VALUE_TEXT = b"gerbang key check value"
_CHECK_VALUE_BYTES = 3


def public_key_fingerprint(spki_der: bytes) -> str:
    """SHA-256 of SubjectPublicKeyInfo, lower-case hex. Safe to publish."""
    return hashlib.sha256(spki_der).hexdigest()


def secret_check_value(secret: bytes) -> str:
    """24 bits of an HMAC with the secret, in hex.

    Enough for two people to see that they hold the same secret, too little to
    find it.
    """
    mac = hmac.new(secret, _CHECK_VALUE_TEXT, hashlib.sha256).digest()
    return mac[:_CHECK_VALUE_BYTES].hex()


def secret_digest(secret: bytes) -> str:
    """SHA-256 of a secret, to know published ones. Never stored or shown."""
    return hashlib.sha256(secret).hexdigest()
