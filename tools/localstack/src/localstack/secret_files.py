"""The secrets of a development installation: made once, kept below .gerbang.

Each is a file that only its owner can read. None is ever printed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from localstack.pki import write_private

# Enough for any key or passphrase here: 256 bits.
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where the secrets are, and the values that another file must hold."""

    folder: Path

    @property
    def kek_passphrase_file(self) -> Path:
        """Opens the signer's key store."""
        return once(self.folder / "signer-kek-passphrase")

    @property
    def auth_encryption_key_file(self) -> Path:
        """Seals auth's private keys and the operators' TOTP secrets: 64 hex digits."""
        return once(self.folder / "auth-encryption-key", make=secrets.token_hex)

    @property
    def adapter_token_key_file(self) -> Path:
        """Seals the bank's access tokens in the adapter's database: 32 bytes."""
        return once(self.folder / "bank-adapter-token-key", make=thirty_two_bytes)

    @property
    def dashboard_key_file(self) -> Path:
        return once(self.folder / "dashboard-key")

    @property
    def operator_password_file(self) -> Path:
        return once(self.folder / "operator-password")

    @property
    def operator_totp_file(self) -> Path:
        """Base32; written by auth when it makes the operator."""
        return self.folder / "operator-totp"

    def shared_file(self, key_id: str) -> Path:
        """A secret that the gateway shares with a bank, by the name of its key."""
        return once(self.folder / key_id)

    def shared(self, key_id: str) -> str:
        return read_secret(self.shared_file(key_id))

    def private_key_file(self, key_id: str) -> Path:
        """A simulated bank's own RSA key; only the simulator may read it."""
        return once(self.folder / f"{key_id}.pem", make=rsa_private_key)

    def public_key_file(self, key_id: str) -> Path:
        """A public half, as one side was given it by the other.

        Of a key in the signer it is there once the signer was asked for it.
        """
        return self.folder / f"{key_id}.pub.pem"

    def bank_public_key_file(self, key_id: str) -> Path:
        """The public half of a bank's own key."""
        path = self.public_key_file(key_id)
        if not path.exists():
            pem = self.private_key_file(key_id).read_bytes()
            key = serialization.load_pem_private_key(pem, None).public_key()
            path.write_bytes(
                key.public_bytes(
                    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
                )
            )
        return path


def once(path: Path, *, make: Callable[[int], str] = secrets.token_urlsafe) -> Path:
    """The file, with a fresh secret in it when it is not there yet."""
    if not path.exists():
        write_secret(path, make(SECRET_BYTES))
    return path


def write_secret(path: Path, value: str) -> Path:
    write_private(path, f"{value}\n".encode())
    return path


def read_secret(path: Path) -> str:
    return path.read_text().strip()


def thirty_two_bytes(_size: int) -> str:
    """As text, so that no byte of it is a newline that a reader strips."""
    return secrets.token_hex(16)


def rsa_private_key(_size: int) -> str:
    """A new RSA key of 2048 bits as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
