"""Reads key files that people hand in, and says in plain words what is wrong with one.

PKCS#1 and PKCS#8 PEM, encrypted or not, SubjectPublicKeyInfo and certificate
PEM, and secrets. Error texts never quote the file.
"""

import re
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from servicekit.config import Mode
from servicekit.secret import Secret, read_secret_file

from signer.adapters.fingerprint import (
    public_key_fingerprint,
    secret_check_value,
    secret_digest,
)
from signer.adapters.software_keys import private_bytes, public_bytes
from signer.application.ports import KeyMaterial
from signer.domain.key_profile import Material
from signer.limits import KEY_FILE_MAX_BYTES, RSA_MAX_BITS, RSA_MIN_BITS

_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_LINE = re.compile(rb"^-----BEGIN [A-Z0-9 ]+-----[ \t]*\r?$", re.MULTILINE)
_DER_SEQUENCE = 0x30


class KeyFileError(Exception):
    """A key file cannot be used. The text says what to do."""


def read_private_key(path: Path, *, passphrase_file: Path | None, mode: Mode) -> KeyMaterial:
    """An RSA private key. Raises KeyFileError or SecretFileError."""
    content = _read(path, mode)
    passphrase = None
    if passphrase_file is not None:
        passphrase = read_secret_file(passphrase_file, mode).reveal()
    return parse_private_key(content, passphrase=passphrase, name=str(path))


def read_public_key(path: Path) -> KeyMaterial:
    """Another party's RSA public key, or the one in its certificate."""
    content = path.read_bytes()[: KEY_FILE_MAX_BYTES + 1]
    return parse_public_key(content, name=str(path))


def read_secret(path: Path, *, mode: Mode) -> KeyMaterial:
    """A shared secret: the file's bytes without one newline at the end."""
    return secret_material(_read(path, mode))


def secret_material(secret: bytes) -> KeyMaterial:
    return KeyMaterial(
        kind=Material.HMAC_SECRET,
        secret=Secret(secret),
        public_key=b"",
        fingerprint=secret_check_value(secret),
        digest=secret_digest(secret),
    )


def parse_private_key(content: bytes, *, passphrase: bytes | None, name: str) -> KeyMaterial:
    _check_shape(content, name, wanted="PRIVATE KEY")
    encrypted = b"ENCRYPTED" in content
    if encrypted and passphrase is None:
        raise KeyFileError(f"{name}: the key is encrypted; give --passphrase-file")
    try:
        key = serialization.load_pem_private_key(
            content, password=passphrase if encrypted else None
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        if encrypted:
            raise KeyFileError(
                f"{name}: does not open with this passphrase, or it is damaged"
            ) from None
        raise KeyFileError(
            f"{name}: is not a PEM private key that can be read; part of it may be missing"
        ) from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise KeyFileError(f"{name}: is not an RSA key; SNAP BI signs with RSA")
    spki = _checked_public(key.public_key(), name)
    fingerprint = public_key_fingerprint(spki)
    return KeyMaterial(
        kind=Material.RSA_PRIVATE,
        secret=Secret(private_bytes(key)),
        public_key=spki,
        fingerprint=fingerprint,
        digest=fingerprint,
    )


def parse_public_key(content: bytes, *, name: str) -> KeyMaterial:
    if b"PRIVATE KEY" in content:
        raise KeyFileError(
            f"{name}: is a private key; ask the other party for its public key, and tell it that"
            " this one must be replaced"
        )
    certificate = b"BEGIN CERTIFICATE" in content
    _check_shape(content, name, wanted="CERTIFICATE" if certificate else "PUBLIC KEY")
    try:
        key = (
            x509.load_pem_x509_certificate(content).public_key()
            if certificate
            else serialization.load_pem_public_key(content)
        )
    except (ValueError, UnsupportedAlgorithm):
        raise KeyFileError(
            f"{name}: is not a PEM public key that can be read; part of it may be missing"
        ) from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise KeyFileError(f"{name}: is not an RSA key; SNAP BI signs with RSA")
    spki = _checked_public(key, name)
    fingerprint = public_key_fingerprint(spki)
    return KeyMaterial(
        kind=Material.RSA_PUBLIC,
        secret=Secret(b""),
        public_key=spki,
        fingerprint=fingerprint,
        digest=fingerprint,
    )


def _read(path: Path, mode: Mode) -> bytes:
    content = read_secret_file(path, mode).reveal()
    if len(content) > KEY_FILE_MAX_BYTES:
        raise KeyFileError(f"{path}: is larger than {KEY_FILE_MAX_BYTES} bytes; is it a key?")
    return content


def _checked_public(public: rsa.RSAPublicKey, name: str) -> bytes:
    if not RSA_MIN_BITS <= public.key_size <= RSA_MAX_BITS:
        raise KeyFileError(
            f"{name}: has {public.key_size} bits; {RSA_MIN_BITS} to {RSA_MAX_BITS} are allowed"
        )
    return public_bytes(public)


def _check_shape(content: bytes, name: str, *, wanted: str) -> None:
    """The mistakes people make with PEM, each with its own sentence."""
    begin = _BEGIN.search(content)
    if begin is None:
        if content[:1] == bytes([_DER_SEQUENCE]):
            raise KeyFileError(
                f"{name}: looks like DER; convert it with `openssl pkey -inform DER`"
                " (add -pubin for a public key)"
            )
        raise KeyFileError(
            f"{name}: has no line `-----BEGIN {wanted}-----`; the whole PEM file is needed"
        )
    label = begin[1].decode("ascii")
    if not label.endswith(wanted):
        raise KeyFileError(f"{name}: holds `{label}`; `{wanted}` is needed")
    if label == "OPENSSH PRIVATE KEY":
        raise KeyFileError(
            f"{name}: is an OpenSSH key; convert a copy with `ssh-keygen -p -m PKCS8 -f COPY`"
        )
    if _LINE.search(content) is None or b"\\n" in content:
        raise KeyFileError(
            f"{name}: the key has lost its line breaks, as happens when it is pasted into a form"
            " or an environment variable. `-----BEGIN ...-----` and `-----END ...-----` must each"
            " stand on a line of their own, with the text between them broken every 64 characters."
        )
    if b"-----END " not in content:
        raise KeyFileError(f"{name}: the line `-----END {label}-----` is missing; copy it whole")
