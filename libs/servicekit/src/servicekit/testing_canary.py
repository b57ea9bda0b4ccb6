"""Every form in which a planted secret could be found where it must not be. For tests only.

A text or key is looked for raw, in hexadecimal and in base64 at each of the
three offsets it may have inside a longer base64 text; an RSA key also by its
numbers, in both byte orders, and by the lines of its PEM files.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_BASE64_OCTETS = 3
_SHORTEST = 8


def forms_of(secret: bytes) -> frozenset[bytes]:
    """Of 12 octets or more, so that nothing is found by chance."""
    forms = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    for offset in range(_BASE64_OCTETS):
        whole = base64.b64encode(bytes(offset) + secret)
        # The first and the last characters hold bits of the neighbours too.
        inner = whole[4 if offset else 0 :].rstrip(b"=")[:-1]
        forms |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return frozenset(form for form in forms if len(form) >= _SHORTEST)


def forms_of_key(key: rsa.RSAPrivateKey) -> frozenset[bytes]:
    """Of the private numbers and of both private encodings."""
    numbers = key.private_numbers()
    forms: set[bytes] = set()
    for number in (numbers.p, numbers.q, numbers.d, numbers.dmp1, numbers.dmq1, numbers.iqmp):
        octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
        forms |= forms_of(octets)
        forms |= {octets[::-1], str(number).encode()}
    for form in (
        serialization.PrivateFormat.PKCS8,
        serialization.PrivateFormat.TraditionalOpenSSL,
    ):
        pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        # Without the markers, the public modulus at the start and the short last line.
        lines = pem.splitlines()
        forms |= set(lines[len(lines) // 2 : -2])
    return frozenset(forms)


def leaks(places: Mapping[str, bytes], forms: Iterable[bytes]) -> Iterator[str]:
    """The places that hold any of the forms."""
    wanted = tuple(forms)
    for name, content in places.items():
        if any(form in content for form in wanted):
            yield name
