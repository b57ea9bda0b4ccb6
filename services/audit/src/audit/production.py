"""What `mode = "production"` refuses, each with the reason.

Checked before anything is opened. Development may do all of it.
"""

from collections.abc import Iterator

from servicekit.config import Mode
from servicekit.stand_ins import DEVELOPMENT_CA, is_of_development_ca

from audit.config import AuditSettings


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
    if is_of_development_ca(settings.tls.ca_file):
        yield (
            f"tls.ca_file: holds the {DEVELOPMENT_CA}, whose private key lies unprotected"
            " on a developer's machine; use the CA of your own"
        )
