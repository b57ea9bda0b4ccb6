"""Signature schemes, their algorithms, and how a signature is written down."""

import base64
import binascii
from enum import StrEnum
from typing import assert_never

from signer.domain.refusal import Reason, Refusal


class Algorithm(StrEnum):
    RSA_SHA256 = "rsa_sha256"
    """RSASSA-PKCS1-v1_5 with SHA-256 (SHA256withRSA)."""
    HMAC_SHA256 = "hmac_sha256"
    HMAC_SHA512 = "hmac_sha512"
    APPENDED = "appended"
    """No signature: the secret itself behind the message. Of one scheme only."""

    @property
    def symmetric(self) -> bool:
        return self is not Algorithm.RSA_SHA256


class Scheme(StrEnum):
    """What is signed, by meaning. Values are the field names of the protos' oneof."""

    SNAP_TOKEN_ASYMMETRIC = "snap_token_asymmetric"  # noqa: S105 - a scheme's name
    SNAP_TRANSACTION_SYMMETRIC = "snap_transaction_symmetric"
    SNAP_TRANSACTION_ASYMMETRIC = "snap_transaction_asymmetric"
    BCA_LEGACY_SYMMETRIC = "bca_legacy_symmetric"
    BASIC_CLIENT_CREDENTIALS = "basic_client_credentials"

    @property
    def algorithm(self) -> Algorithm:
        match self:
            case Scheme.SNAP_TOKEN_ASYMMETRIC | Scheme.SNAP_TRANSACTION_ASYMMETRIC:
                return Algorithm.RSA_SHA256
            case Scheme.SNAP_TRANSACTION_SYMMETRIC:
                return Algorithm.HMAC_SHA512
            case Scheme.BCA_LEGACY_SYMMETRIC:
                return Algorithm.HMAC_SHA256
            case Scheme.BASIC_CLIENT_CREDENTIALS:
                return Algorithm.APPENDED
        assert_never(self)


class Encoding(StrEnum):
    """How a signature stands in X-SIGNATURE."""

    BASE64 = "base64"
    HEX = "hex"

    def write(self, signature: bytes) -> str:
        """Standard base64 with padding, or lower-case hex."""
        if self is Encoding.HEX:
            return signature.hex()
        return base64.b64encode(signature).decode("ascii")

    def read(self, text: str) -> bytes:
        """The one way back.

        Only the exact text that `write` makes is taken: blanks, missing
        padding, stray low bits, the URL alphabet and upper-case hex are
        refused, so that one signature has one spelling.

        Raises:
            Refusal: SIGNATURE_INVALID.
        """
        try:
            raw = (
                bytes.fromhex(text)
                if self is Encoding.HEX
                else base64.b64decode(text.encode("ascii"), validate=True)
            )
        except (ValueError, binascii.Error):
            raw = b""
        if not raw or self.write(raw) != text:
            raise Refusal(Reason.SIGNATURE_INVALID, f"the signature is not plain {self.value}")
        return raw
