"""New RSA keys for signing tokens."""

import base64

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from auth.domain.signing_key import KeyPair
from auth.limits import RSA_KEY_BITS

_PUBLIC_EXPONENT = 65_537


class RSAKeyPairs:
    """Makes key pairs from the system's randomness."""

    def generate(self) -> KeyPair:
        private_key = rsa.generate_private_key(_PUBLIC_EXPONENT, RSA_KEY_BITS)
        numbers = private_key.public_key().public_numbers()
        return KeyPair(
            modulus=_base64url(numbers.n),
            exponent=_base64url(numbers.e),
            private_key_der=private_key.private_bytes(
                # Sealed before it is stored; it never leaves the process like this.
                Encoding.DER,
                PrivateFormat.PKCS8,
                NoEncryption(),
            ),
        )


def _base64url(number: int) -> str:
    """RFC 7518 section 2: big-endian, no leading zero byte, no padding."""
    octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
