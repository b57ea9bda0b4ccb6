"""What the bank-adapter refuses in production: everything a demonstration may have."""

from __future__ import annotations

from urllib.parse import urlsplit

from servicekit.config import Mode
from servicekit.stand_ins import DEVELOPMENT_CA, is_loopback, is_of_development_ca

from bank_adapter.config import BankAdapterSettings


class ProductionError(Exception):
    """The configuration is not fit for real money."""


def refuse_stand_ins(settings: BankAdapterSettings) -> None:
    """Raises ProductionError naming the first thing that must go."""
    if settings.mode is not Mode.PRODUCTION:
        return
    if is_of_development_ca(settings.tls.ca_file):
        raise ProductionError(f"tls.ca_file holds the {DEVELOPMENT_CA}")
    if settings.database.url.startswith("sqlite"):
        raise ProductionError("database.url: SQLite serves one machine; use MySQL or MariaDB")
    for name, bank in settings.banks.items():
        url = urlsplit(bank.base_url)
        if url.scheme != "https":
            raise ProductionError(f"banks.{name}.base_url must be https")
        if is_loopback(url.hostname or ""):
            raise ProductionError(f"banks.{name}.base_url is a loopback address: a simulator")
