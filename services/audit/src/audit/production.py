"""What `mode = "production"` refuses, each with the reason.

Checked before anything is opened. Development may do all of it.
"""

from collections.abc import Iterator
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID
from servicekit.config import Mode

from audit.config import AuditSettings

DEVELOPMENT_CA: Final = "Gerbang development CA"


class RefusedError(Exception):
    """The configuration is sound but not fit for production."""


def refuse_stand_ins(settings: AuditSettings) -> None:
    """Raises RefusedError with every reason, one a line."""
    if settings.mode is not Mode.PRODUCTION:
        return
    reasons = list(_reasons(settings))
    if reasons:
        raise RefusedError("\n".join(reasons))


def _reasons(settings: AuditSettings) -> Iterator[str]:
    if settings.database.url.startswith("sqlite:"):
        yield (
            "database.url: SQLite cannot withhold UPDATE and DELETE from the audit's own"
            " process, so its log is not append-only; use MySQL or MariaDB with the grants"
            " of config/grants.sql"
        )
    for certificate in x509.load_pem_x509_certificates(settings.tls.ca_file.read_bytes()):
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if any(name.value == DEVELOPMENT_CA for name in names):
            yield (
                f"tls.ca_file: holds the {DEVELOPMENT_CA}, whose private key lies unprotected"
                " on a developer's machine; use the CA of your own"
            )
