"""The key-encryption key (KEK): where it comes from and what it locks.

It is derived from a passphrase file by scrypt or read from a 32-byte file,
split by HKDF into two keys with one duty each, and never stored. Nothing here
knows tables.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from servicekit.config import Mode
from servicekit.secret import Secret, read_secret_file

from signer.limits import PASSPHRASE_MIN_BYTES, SCRYPT_LOG2_N_MAX, SCRYPT_LOG2_N_MIN

KEY_BYTES = 32
NONCE_BYTES = 12
SALT_BYTES = 16
_HEX_CHARS = 2 * KEY_BYTES


class KeyEncryptionError(Exception):
    """The KEK is missing, unusable or not the right one. The text says which."""


class Unsealable(Exception):  # noqa: N818 - a finding about one row
    """A sealed row does not open: another KEK, or the row was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """How a KEK comes from its file; stored beside what it locks. No secret."""

    kdf: str
    """`scrypt` or `raw`."""
    salt: bytes
    log2_n: int


class KeyEncryptionKey:
    """Locks rows and signs the list of them."""

    __slots__ = ("_aead", "_listing")

    def __init__(self, root: Secret[bytes]) -> None:
        self._aead = AESGCM(_expand(root, b"gerbang-signer rows v1"))
        self._listing = _expand(root, b"gerbang-signer listing v1")

    def seal(self, plaintext: bytes, bound: bytes) -> bytes:
        """Nonce and AES-256-GCM ciphertext; `bound` is authenticated, not stored."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plaintext, bound)

    def unseal(self, sealed: bytes, bound: bytes) -> Secret[bytes]:
        """Raises Unsealable."""
        try:
            opened = self._aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
        except (InvalidTag, ValueError):
            raise Unsealable from None
        return Secret(opened)

    def list_tag(self, listing: bytes) -> bytes:
        """HMAC-SHA256 over the canonical list of rows."""
        return hmac.new(self._listing, listing, hashlib.sha256).digest()


def _expand(root: Secret[bytes], purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(
        root.reveal()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySource:
    """The file a KEK comes from."""

    path: Path
    kind: str
    """`passphrase` or `key`."""
    mode: Mode
    scrypt_log2_n: int = 16

    def present(self) -> bool:
        return self.path.exists()

    def new_derivation(self) -> Derivation:
        """For a store that is being made."""
        if self.kind == "key":
            return Derivation(kdf="raw", salt=b"", log2_n=0)
        return Derivation(
            kdf="scrypt", salt=secrets.token_bytes(SALT_BYTES), log2_n=self.scrypt_log2_n
        )

    def derive(self, derivation: Derivation) -> KeyEncryptionKey:
        """Blocking; scrypt takes its 50 ms or more.

        Raises:
            KeyEncryptionError: a missing or unusable file, or a stored
                derivation this file cannot follow.
        """
        if (derivation.kdf == "raw") != (self.kind == "key"):
            other = "key" if derivation.kdf == "raw" else "passphrase"
            raise KeyEncryptionError(
                f"the key store was made with a {other} file;"
                f" {self.path} is configured as a {self.kind} file"
            )
        if self.kind == "key":
            return KeyEncryptionKey(_read_key(self.path, self.mode))
        if not SCRYPT_LOG2_N_MIN <= derivation.log2_n <= SCRYPT_LOG2_N_MAX:
            raise KeyEncryptionError("the key store's scrypt cost is out of range")
        passphrase = read_secret_file(self.path, self.mode)
        if len(passphrase.reveal()) < PASSPHRASE_MIN_BYTES:
            raise KeyEncryptionError(
                f"{self.path}: the passphrase is shorter than {PASSPHRASE_MIN_BYTES} bytes"
            )
        scrypt = Scrypt(salt=derivation.salt, length=KEY_BYTES, n=1 << derivation.log2_n, r=8, p=1)
        return KeyEncryptionKey(Secret(scrypt.derive(passphrase.reveal())))


def _read_key(path: Path, mode: Mode) -> Secret[bytes]:
    """32 raw bytes, or 64 hex digits and perhaps a newline."""
    text = read_secret_file(path, mode).reveal()
    raw = path.read_bytes()
    if len(raw) == KEY_BYTES:
        return Secret(raw)
    if len(text) == _HEX_CHARS:
        try:
            return Secret(bytes.fromhex(text.decode("ascii")))
        except ValueError:
            pass
    raise KeyEncryptionError(f"{path}: must hold {KEY_BYTES} bytes or {_HEX_CHARS} hex digits")
