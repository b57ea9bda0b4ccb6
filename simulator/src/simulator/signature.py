"""The bank's own check of SNAP signatures, and the signing of its callbacks.

Written from the sources in the README alone: it shares no line with the gateway's signer, so that
one misreading of the standard cannot hide in both.
"""

import base64
import hashlib
import hmac
import re
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

_BLANKS = b"\x20\t\r\n"
_STRING_OR_BLANKS = re.compile(rb'("(?:[^"\\]++|\\.)*+"?)|[\x20\t\r\n]+', re.DOTALL)
_ALL_WHITESPACE = re.compile(rb"\s+")


def minify(raw: bytes) -> bytes:
    """The received text without the whitespace outside strings; nothing else is touched.

    Key order, escapes, numbers and repeated members stay as they came. An unfinished string is
    kept to its end.
    """
    if b"\\" not in raw:
        outside = b"".join(raw.split(b'"')[::2])
        if len(outside.translate(None, _BLANKS)) == len(outside):
            return raw
    return _STRING_OR_BLANKS.sub(rb"\1", raw)


def strip_all_whitespace(raw: bytes) -> bytes:
    """The received text without any whitespace, inside strings too: the rule before SNAP."""
    return _ALL_WHITESPACE.sub(b"", raw)


def body_hash(body: bytes) -> str:
    """Lower-case hex of SHA-256."""
    return hashlib.sha256(body).hexdigest()


def symmetric_text(*, method: str, path: str, token: str, digest: str, timestamp: str) -> bytes:
    """METHOD:URL:TOKEN:HASH:TIMESTAMP, as the bytes that are signed."""
    return f"{method}:{path}:{token}:{digest}:{timestamp}".encode()


def symmetric_signature(secret: bytes, text: bytes) -> bytes:
    """Base64 of HMAC-SHA512."""
    keyed = _keyed(secret).copy()
    keyed.update(text)
    return base64.b64encode(keyed.digest())


@lru_cache(maxsize=64)
def _keyed(secret: bytes) -> hmac.HMAC:
    """The state of an HMAC after its key: a partner's key is hashed once, not at each call."""
    return hmac.new(secret, digestmod="sha512")


def legacy_signature(secret: bytes, text: bytes) -> bytes:
    """Lower-case hex of HMAC-SHA256, the form before SNAP."""
    return hmac.digest(secret, text, "sha256").hex().encode()


def same(expected: bytes, received: str) -> bool:
    """Compare in constant time; text outside ASCII is merely different."""
    return hmac.compare_digest(expected, received.encode(errors="surrogateescape"))


def token_text(client_key: str, timestamp: str) -> bytes:
    """CLIENT_KEY|TIMESTAMP, what is signed to ask for a token."""
    return f"{client_key}|{timestamp}".encode()


def asymmetric_signature(key: RSAPrivateKey, text: bytes) -> str:
    """Base64 of RSASSA-PKCS1-v1_5 with SHA-256."""
    return base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()


def asymmetric_matches(key: RSAPublicKey, text: bytes, received: str) -> bool:
    """Whether `received` is the base64 RSA signature of `text` under `key`."""
    try:
        signature = base64.b64decode(received, validate=True)
        key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, InvalidSignature):
        return False
    return True
