"""Recognises what only a development machine may have.

Every service refuses these in production; which of them matter to it, and in
what words, is the service's own affair.
"""

import ipaddress
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

DEVELOPMENT_CA: Final = "Gerbang development CA"


def is_of_development_ca(path: Path) -> bool:
    """Whether a PEM file holds the development CA or a certificate made by it.

    Raises OSError when it cannot be read and ValueError when it holds no
    certificate.
    """
    return any(
        attribute.value == DEVELOPMENT_CA
        for certificate in x509.load_pem_x509_certificates(path.read_bytes())
        for name in (certificate.subject, certificate.issuer)
        for attribute in name.get_attributes_for_oid(NameOID.COMMON_NAME)
    )


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this very machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
