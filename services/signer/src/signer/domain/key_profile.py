"""A key profile: what one key is, and what it may ever be used for.

One profile stands for one key material over all its versions. SNAP BCA needs
two: `bca-token` (RSA) and `bca-transaction` (HMAC).
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from signer.domain.refusal import invalid
from signer.domain.scheme import Encoding, Scheme
from signer.domain.timestamp import TimestampForm
from signer.limits import KEY_ID_MAX_CHARS, TIMESTAMP_TOLERANCE_MAX_S

_KEY_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)


class Purpose(StrEnum):
    SIGN = "sign"
    VERIFY = "verify"


class Material(StrEnum):
    RSA_PRIVATE = "rsa_private"
    RSA_PUBLIC = "rsa_public"
    """Another party's public key; it only verifies."""
    HMAC_SECRET = "hmac_secret"  # noqa: S105 - a kind of key, not a key


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyProfile:
    """Raises Refusal INVALID_FIELD when its parts do not fit each other."""

    key_id: str
    material: Material
    schemes: frozenset[Scheme]
    purposes: frozenset[Purpose]
    encoding: Encoding = Encoding.BASE64
    timestamp_form: TimestampForm = TimestampForm.ANY
    tolerance_s: int = 300
    """How far a timestamp may be from now when verifying."""

    def __post_init__(self) -> None:
        if not _KEY_ID.fullmatch(self.key_id) or len(self.key_id) > KEY_ID_MAX_CHARS:
            raise invalid("key_id", "must be lower-case letters, digits and inner hyphens")
        if not self.schemes:
            raise invalid("schemes", "must name at least one scheme")
        if not self.purposes:
            raise invalid("purposes", "must name at least one purpose")
        symmetric = self.material is Material.HMAC_SECRET
        for scheme in sorted(self.schemes):
            if scheme.algorithm.symmetric != symmetric:
                raise invalid("schemes", f"{scheme.value} does not go with {self.material.value}")
        if Scheme.BASIC_CLIENT_CREDENTIALS in self.schemes:
            self._check_given_away()
        if self.material is Material.RSA_PUBLIC and Purpose.SIGN in self.purposes:
            raise invalid("purposes", "a public key cannot sign")
        if not 1 <= self.tolerance_s <= TIMESTAMP_TOLERANCE_MAX_S:
            raise invalid("tolerance_s", f"must be 1 to {TIMESTAMP_TOLERANCE_MAX_S}")

    def _check_given_away(self) -> None:
        """A secret that leaves the signer must not be one that also signs."""
        if len(self.schemes) > 1:
            raise invalid("schemes", "basic_client_credentials stands alone: it gives the key away")
        if self.purposes != {Purpose.SIGN}:
            raise invalid("purposes", "basic_client_credentials only signs")
        if self.encoding is not Encoding.BASE64:
            raise invalid("encoding", "basic_client_credentials is written in base64")
