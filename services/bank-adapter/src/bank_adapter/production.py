"""What the bank-adapter refuses in production: everything a demonstration may have."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID
from servicekit.config import Mode

from bank_adapter.config import BankAdapterSettings

_DEVELOPMENT_CA = "Gerbang development CA"


class ProductionError(Exception):
    """The configuration is not fit for real money."""


def refuse_stand_ins(settings: BankAdapterSettings) -> None:
    """Raises ProductionError naming the first thing that must go."""
    if settings.mode is not Mode.PRODUCTION:
        return
    pem = settings.tls.ca_file.read_bytes()
    for certificate in x509.load_pem_x509_certificates(pem):
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if any(name.value == _DEVELOPMENT_CA for name in names):
            raise ProductionError("tls.ca_file is the development CA")
    if settings.database.url.startswith("sqlite"):
        raise ProductionError("database.url: SQLite serves one machine; use MySQL or MariaDB")
    for name, bank in settings.banks.items():
        url = urlsplit(bank.base_url)
        if url.scheme != "https":
            raise ProductionError(f"banks.{name}.base_url must be https")
        if _is_loopback(url.hostname or ""):
            raise ProductionError(f"banks.{name}.base_url is a loopback address: a simulator")


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
