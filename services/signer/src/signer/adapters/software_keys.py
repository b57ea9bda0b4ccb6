"""Custody in software: material in memory, encrypted at rest by the key store.

The only modules that hold private keys in the clear are this one and the
readers of key files. Handles sign and verify; they give nothing out.
"""

import base64
import hashlib
import hmac
import secrets
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from servicekit.secret import Secret

from signer.adapters.fingerprint import (
    public_key_fingerprint,
    secret_check_value,
    secret_digest,
)
from signer.application.ports import Custody, Kept, KeyHandle, KeyMaterial, StoredVersion
from signer.domain.key_profile import Material
from signer.domain.scheme import Algorithm

_PUBLIC_EXPONENT = 65537
_DIGESTS: dict[Algorithm, Any] = {
    Algorithm.HMAC_SHA256: hashlib.sha256,
    Algorithm.HMAC_SHA512: hashlib.sha512,
}


def verify_rsa(public_key: rsa.RSAPublicKey, message: bytes, signature: bytes) -> bool:
    try:
        public_key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


class RSAHandle:
    """An RSA key pair, or another party's public key alone."""

    __slots__ = ("_private", "_public")
    slow = True

    def __init__(self, public: rsa.RSAPublicKey, private: rsa.RSAPrivateKey | None) -> None:
        self._public = public
        self._private = private

    def sign(self, algorithm: Algorithm, message: bytes) -> bytes:
        if self._private is None or algorithm is not Algorithm.RSA_SHA256:
            raise TypeError("this key does not sign so")
        return self._private.sign(message, padding.PKCS1v15(), hashes.SHA256())

    def verify(self, algorithm: Algorithm, message: bytes, signature: bytes) -> bool:
        if algorithm is not Algorithm.RSA_SHA256:
            raise TypeError("this key does not verify so")
        return verify_rsa(self._public, message, signature)


class HMACHandle:
    """A shared secret."""

    __slots__ = ("_keyed", "_secret")
    slow = False

    def __init__(self, secret: Secret[bytes]) -> None:
        self._secret = secret
        # The secret's own blocks hashed once; `hmac.digest` would hash them each
        # time and give the interpreter's lock away besides.
        self._keyed = {
            algorithm: hmac.new(secret.reveal(), digestmod=digest)
            for algorithm, digest in _DIGESTS.items()
        }

    def sign(self, algorithm: Algorithm, message: bytes) -> bytes:
        if algorithm is Algorithm.APPENDED:
            return message + self._secret.reveal()
        made = self._keyed[algorithm].copy()
        made.update(message)
        return made.digest()

    def verify(self, algorithm: Algorithm, message: bytes, signature: bytes) -> bool:
        return hmac.compare_digest(self.sign(algorithm, message), signature)


class SoftwareCustody:
    """What it keeps is the material itself; the key store seals it."""

    kind = Custody.SOFTWARE

    def generate_rsa(self, *, label: str, bits: int) -> Kept:
        del label
        private = rsa.generate_private_key(public_exponent=_PUBLIC_EXPONENT, key_size=bits)
        spki = public_bytes(private.public_key())
        fingerprint = public_key_fingerprint(spki)
        return Kept(
            kept=Secret(private_bytes(private)),
            public_key=spki,
            fingerprint=fingerprint,
            digest=fingerprint,
        )

    def generate_hmac(self, *, label: str, size_bytes: int) -> Kept:
        """A secret of printable characters, as banks expect one."""
        del label
        secret = base64.urlsafe_b64encode(secrets.token_bytes(size_bytes))
        return Kept(
            kept=Secret(secret),
            public_key=b"",
            fingerprint=secret_check_value(secret),
            digest=secret_digest(secret),
        )

    def keep(self, material: KeyMaterial, *, label: str) -> Kept:
        del label
        public = material.kind is Material.RSA_PUBLIC
        return Kept(
            kept=Secret(b"") if public else material.secret,
            public_key=material.public_key,
            fingerprint=material.fingerprint,
            digest=material.digest,
        )

    def open(self, stored: StoredVersion, kind: Material) -> KeyHandle:
        if kind is Material.HMAC_SECRET:
            return HMACHandle(stored.kept)
        public = load_public(stored.version.public_key)
        if kind is Material.RSA_PUBLIC:
            return RSAHandle(public, None)
        private = serialization.load_der_private_key(stored.kept.reveal(), password=None)
        return RSAHandle(public, cast("rsa.RSAPrivateKey", private))

    def forget(self, stored: StoredVersion) -> None:
        """Nothing to do: the row loses its material when it is written as destroyed."""


def load_public(spki_der: bytes) -> rsa.RSAPublicKey:
    return cast("rsa.RSAPublicKey", serialization.load_der_public_key(spki_der))


def public_bytes(public: rsa.RSAPublicKey) -> bytes:
    """X.509 SubjectPublicKeyInfo in DER."""
    return public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def private_bytes(private: rsa.RSAPrivateKey) -> bytes:
    """PKCS#8 in DER, not encrypted: for the key store's seal and nothing else."""
    return private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
