"""The body digest of SNAP BI transactions, from the bytes as received.

Nothing is parsed or written again: key order, escapes, number spellings and
empty members stay what the sender hashed (snap-facts 1.2).
"""

import hashlib
import re

from signer.domain.refusal import invalid

# A whole string, or whitespace, or a quote that never closes.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[ \t\r\n]++|"', re.DOTALL)
_ALL_WHITESPACE = re.compile(rb"[ \t\r\n]+")


def _keep_strings(token: re.Match[bytes]) -> bytes:
    text = token[0]
    if text == b'"':
        raise invalid("received_body", "has a string that does not end")
    return text if text.startswith(b'"') else b""


def minify(body: bytes) -> bytes:
    """The body without space, tab, CR and LF outside JSON strings.

    Raises:
        Refusal: INVALID_FIELD for `received_body`, when a string does not end.
    """
    return _TOKEN.sub(_keep_strings, body)


def body_digest(body: bytes) -> bytes:
    """SHA-256 of the minified body, 32 bytes. An empty body gives that of no bytes."""
    return hashlib.sha256(minify(body)).digest()


def legacy_body_digest(body: bytes) -> bytes:
    """SHA-256 of the body with all whitespace removed, inside strings too.

    BCA's API before SNAP works so (vector V1).
    """
    return hashlib.sha256(_ALL_WHITESPACE.sub(b"", body)).digest()
