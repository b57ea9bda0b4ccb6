"""Replaces one thing of a service before its time: a certificate or a database password.

The new one is made by the next `prepare`. Keys that data is sealed with are
not here: those services have commands of their own that seal the data anew.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pki.files import write_private

from compose_setup.folders import GiveTo, ServiceFolder
from compose_setup.installation import PUBLIC_PREFIX, Installation, password_file
from compose_setup.parts import PARTS, SCHEMAS


class Renewable(StrEnum):
    CERTIFICATE = "certificate"
    DATABASE_PASSWORD = "database-password"  # noqa: S105 - what it is called


class RenewalError(Exception):
    """It cannot be replaced. The text says why."""


def renew(installation: Installation, part: str, what: Renewable) -> None:
    """Removes the old one and prepares again. Raises RenewalError."""
    if what is Renewable.CERTIFICATE:
        old = installation.root / part / "cert.pem"
        known = [one.name for one in PARTS]
    else:
        old = installation.root / "migrate" / password_file(part.replace("-", "_"))
        known = [one.service for one in SCHEMAS]
    if part not in known:
        raise RenewalError(f"{part} has no {what}; {', '.join(known)} have")
    old.unlink(missing_ok=True)
    installation.prepare()


def install_public_certificate(
    folder: Path, *, owner: int, certificate: Path, private_key: Path, give_to: GiveTo = os.chown
) -> None:
    """Gives the edge a certificate that ERPs and browsers trust by themselves.

    `certificate` is the whole chain, leaf first. Raises RenewalError.
    """
    chain, key = certificate.read_bytes(), private_key.read_bytes()
    try:
        leaf = x509.load_pem_x509_certificates(chain)[0]
        loaded = serialization.load_pem_private_key(key, password=None)
    except (ValueError, TypeError) as error:
        raise RenewalError(f"not PEM, or a key with a passphrase: {error}") from None
    if loaded.public_key() != leaf.public_key():
        raise RenewalError(f"{private_key} is not the key of {certificate}")
    write_private(folder / f"{PUBLIC_PREFIX}cert.pem", chain)
    write_private(folder / f"{PUBLIC_PREFIX}key.pem", key)
    ServiceFolder(path=folder, owner=owner).hand_over(give_to)
