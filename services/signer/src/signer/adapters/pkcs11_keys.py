"""Custody in a PKCS#11 token: private keys are made or put there and cannot be read back.

What the key store seals is the object's CKA_ID. Public keys verify in
software; secrets are used by the token for signing and verifying alike.
"""

import hmac
import secrets
import threading
from pathlib import Path
from typing import Any

import pkcs11
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11.exceptions import NoSuchKey, NoSuchToken, PinIncorrect, PKCS11Error
from pkcs11.util.rsa import decode_rsa_private_key
from servicekit.config import Mode
from servicekit.secret import Secret, read_secret_file

from signer.adapters.fingerprint import (
    public_key_fingerprint,
    secret_check_value,
    secret_digest,
)
from signer.adapters.software_keys import (
    SoftwareCustody,
    load_public,
    public_bytes,
    verify_rsa,
)
from signer.application.ports import (
    Custody,
    CustodyError,
    Kept,
    KeyHandle,
    KeyMaterial,
    StoredVersion,
)
from signer.domain.key_profile import Material
from signer.domain.refusal import Reason, Refusal
from signer.domain.scheme import Algorithm

_ID_BYTES = 16
_MECHANISMS = {
    Algorithm.RSA_SHA256: Mechanism.SHA256_RSA_PKCS,
    Algorithm.HMAC_SHA256: Mechanism.SHA256_HMAC,
    Algorithm.HMAC_SHA512: Mechanism.SHA512_HMAC,
}
_PROTECTED = {
    Attribute.TOKEN: True,
    Attribute.PRIVATE: True,
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
}
# Tokens refuse HMAC keys shorter than the digest. HMAC pads a key with zeros to
# its block (64 bytes at least) by itself, so zeros up to here change nothing.
_HMAC_PADDED_BYTES = 64


class Token:
    """One logged-in session, used by one thread at a time."""

    def __init__(self, *, module_file: Path, token_label: str, pin_file: Path, mode: Mode) -> None:
        """Raises CustodyError."""
        pin = read_secret_file(pin_file, mode).reveal().decode("utf-8")
        self.lock = threading.Lock()
        try:
            token = pkcs11.lib(str(module_file)).get_token(token_label=token_label)
            self.session = token.open(rw=True, user_pin=pin)
        except NoSuchToken:
            raise CustodyError(f"there is no token labelled {token_label!r}") from None
        except PinIncorrect:
            raise CustodyError(f"{pin_file}: the token does not accept this PIN") from None
        except (PKCS11Error, RuntimeError) as error:
            raise CustodyError(
                f"the token cannot be opened by {module_file}: {type(error).__name__}"
            ) from None

    def find(self, object_class: ObjectClass, key_id: bytes) -> Any:
        """The object with this id. Raises CustodyError when it is not there."""
        try:
            with self.lock:
                return self.session.get_key(object_class=object_class, id=key_id)
        except NoSuchKey:
            raise CustodyError(f"the token holds no key with id {key_id.hex()}") from None

    def close(self) -> None:
        with self.lock:
            self.session.close()


class TokenHandle:
    """A key inside the token."""

    __slots__ = ("_key", "_public", "_token")
    slow = True

    def __init__(self, token: Token, key: Any, public: rsa.RSAPublicKey | None) -> None:
        self._token = token
        self._key = key
        self._public = public

    def sign(self, algorithm: Algorithm, message: bytes) -> bytes:
        if algorithm not in _MECHANISMS:
            raise Refusal(Reason.KEY_NOT_ALLOWED, "a token gives no secret away")
        try:
            with self._token.lock:
                return bytes(self._key.sign(message, mechanism=_MECHANISMS[algorithm]))
        except PKCS11Error as error:
            raise Refusal(
                Reason.UNAVAILABLE, f"the token did not sign: {type(error).__name__}"
            ) from None

    def verify(self, algorithm: Algorithm, message: bytes, signature: bytes) -> bool:
        if self._public is not None:
            return verify_rsa(self._public, message, signature)
        return hmac.compare_digest(self.sign(algorithm, message), signature)


class TokenCustody:
    """See application.ports.KeyCustody."""

    kind = Custody.PKCS11

    def __init__(self, token: Token) -> None:
        self._token = token

    def generate_rsa(self, *, label: str, bits: int) -> Kept:
        key_id = secrets.token_bytes(_ID_BYTES)
        with self._token.lock:
            public, _ = self._token.session.generate_keypair(
                KeyType.RSA,
                bits,
                id=key_id,
                label=label,
                store=True,
                capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
                public_template={Attribute.TOKEN: False},
                private_template=_PROTECTED,
            )
            numbers = rsa.RSAPublicNumbers(
                e=int.from_bytes(public[Attribute.PUBLIC_EXPONENT], "big"),
                n=int.from_bytes(public[Attribute.MODULUS], "big"),
            )
        spki = public_bytes(numbers.public_key())
        fingerprint = public_key_fingerprint(spki)
        return Kept(
            kept=Secret(key_id), public_key=spki, fingerprint=fingerprint, digest=fingerprint
        )

    def generate_hmac(self, *, label: str, size_bytes: int) -> Kept:
        """Made in software, since banks want printable secrets, and then put away."""
        made = SoftwareCustody().generate_hmac(label=label, size_bytes=size_bytes)
        key_id = self._put_secret(made.kept.reveal(), label)
        return Kept(
            kept=Secret(key_id), public_key=b"", fingerprint=made.fingerprint, digest=made.digest
        )

    def keep(self, material: KeyMaterial, *, label: str) -> Kept:
        if material.kind is Material.HMAC_SECRET:
            secret = material.secret.reveal()
            return Kept(
                kept=Secret(self._put_secret(secret, label)),
                public_key=b"",
                fingerprint=secret_check_value(secret),
                digest=secret_digest(secret),
            )
        return Kept(
            kept=Secret(self._put_rsa(material.secret.reveal(), label)),
            public_key=material.public_key,
            fingerprint=material.fingerprint,
            digest=material.digest,
        )

    def open(self, stored: StoredVersion, kind: Material) -> KeyHandle:
        """Raises CustodyError when the token does not hold the key."""
        key_id = stored.kept.reveal()
        if kind is Material.HMAC_SECRET:
            return TokenHandle(self._token, self._token.find(ObjectClass.SECRET_KEY, key_id), None)
        key = self._token.find(ObjectClass.PRIVATE_KEY, key_id)
        return TokenHandle(self._token, key, load_public(stored.version.public_key))

    def forget(self, stored: StoredVersion) -> None:
        key_id = stored.kept.reveal()
        with self._token.lock:
            for found in list(self._token.session.get_objects({Attribute.ID: key_id})):
                found.destroy()

    def _put_secret(self, secret: bytes, label: str) -> bytes:
        key_id = secrets.token_bytes(_ID_BYTES)
        with self._token.lock:
            self._token.session.create_object(
                {
                    **_PROTECTED,
                    Attribute.CLASS: ObjectClass.SECRET_KEY,
                    Attribute.KEY_TYPE: KeyType.GENERIC_SECRET,
                    Attribute.ID: key_id,
                    Attribute.LABEL: label,
                    Attribute.SIGN: True,
                    Attribute.VERIFY: True,
                    Attribute.VALUE: secret.ljust(_HMAC_PADDED_BYTES, b"\x00"),
                }
            )
        return key_id

    def _put_rsa(self, pkcs8: bytes, label: str) -> bytes:
        key = serialization.load_der_private_key(pkcs8, password=None)
        pkcs1 = key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        key_id = secrets.token_bytes(_ID_BYTES)
        with self._token.lock:
            self._token.session.create_object(
                {
                    **decode_rsa_private_key(pkcs1, capabilities=MechanismFlag.SIGN),
                    **_PROTECTED,
                    Attribute.ID: key_id,
                    Attribute.LABEL: label,
                }
            )
        return key_id
