"""AES-256-GCM under a key that lies in a file, for what must be read again.

Private signing keys and TOTP secrets are sealed with it. A sealed value is
version (1 byte), nonce (12), ciphertext and tag (16); its purpose is
authenticated with it, so a sealed value moved to another row does not open.
"""

from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from servicekit.config import Mode
from servicekit.secret import Secret, SecretFileError, read_secret_file

_VERSION = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16
_KEY_BYTES = 32


def read_encryption_key(path: Path, mode: Mode) -> Secret[bytes]:
    """The 32 bytes of a key file, written as 64 hexadecimal digits.

    Raises SecretFileError with what to do.
    """
    text = read_secret_file(path, mode).reveal()
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise SecretFileError(
            f"{path}: must hold 64 hexadecimal digits; make one with: openssl rand -hex 32"
        )
    return Secret(key)


class AESSealer:
    """Seals and opens under one key."""

    def __init__(self, key: Secret[bytes], random_bytes: Callable[[int], bytes]) -> None:
        self._aes = AESGCM(key.reveal())
        self._random_bytes = random_bytes

    def seal(self, clear: bytes, *, purpose: str) -> bytes:
        nonce = self._random_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._aes.encrypt(nonce, clear, purpose.encode())

    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        """Raises ValueError when key or purpose is another, or a bit has changed."""
        if sealed[:1] != _VERSION or len(sealed) < 1 + _NONCE_BYTES + _TAG_BYTES:
            raise ValueError("a sealed value of an unknown version")
        nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._aes.decrypt(nonce, ciphertext, purpose.encode())
        except InvalidTag:
            raise ValueError(
                "a sealed value does not open: the encryption key file is not the one it "
                "was sealed with, or the row was changed"
            ) from None
