"""What a bank's onboarding form wants to know of a public key. Pure text."""

import base64
import textwrap

from signer.domain.key_version import KeyVersion

_PEM_LINE_CHARS = 64


def public_pem(version: KeyVersion) -> str:
    """X.509 SubjectPublicKeyInfo PEM, as BCA and most SNAP banks want it."""
    body = base64.b64encode(version.public_key).decode("ascii")
    lines = "\n".join(textwrap.wrap(body, _PEM_LINE_CHARS))
    return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"


def onboarding_text(version: KeyVersion, *, bits: int) -> str:
    """Ready to paste: the key, its fingerprint, and how it is used."""
    pairs = textwrap.wrap(version.fingerprint, 2)
    half = len(pairs) // 2
    return (
        f"Public key for SNAP BI asymmetric signatures\n"
        f"Key reference:  {version.key_id}, version {version.number}\n"
        f"Algorithm:      RSA {bits} bit, SHA256withRSA (RSASSA-PKCS1-v1_5)\n"
        f"Format:         X.509 SubjectPublicKeyInfo, PEM\n"
        f"SHA-256 of the key (DER):\n"
        f"  {':'.join(pairs[:half])}\n"
        f"  {':'.join(pairs[half:])}\n"
        f"Please compare the fingerprint by telephone before you activate the key.\n\n"
        f"{public_pem(version)}"
    )
