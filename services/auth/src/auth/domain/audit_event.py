"""What auth tells the audit, before it becomes a message of the contract.

It never holds a secret, a token, a password, a code or a full account number:
whoever makes one passes the masked form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    TOKEN_ISSUED = "auth.token_issued"  # noqa: S105 - no password
    TOKEN_REFUSED = "auth.token_refused"  # noqa: S105 - no password
    CLIENT_CREATED = "auth.client_created"
    CLIENT_CHANGED = "auth.client_changed"
    CLIENT_SECRET_ROTATED = "auth.client_secret_rotated"  # noqa: S105 - no password
    CLIENT_DISABLED = "auth.client_disabled"
    CLIENT_ENABLED = "auth.client_enabled"
    OPERATOR_CREATED = "auth.operator_created"
    OPERATOR_DISABLED = "auth.operator_disabled"
    OPERATOR_ENABLED = "auth.operator_enabled"
    OPERATOR_PASSWORD_RESET = "auth.operator_password_reset"  # noqa: S105 - no password
    OPERATOR_TOTP_RESET = "auth.operator_totp_reset"
    OPERATOR_LOGGED_IN = "auth.operator_logged_in"
    OPERATOR_REFUSED = "auth.operator_refused"
    KEY_ROTATED = "auth.key_rotated"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One thing that happened; its id and instant are given when it is stored."""

    kind: Kind
    actor: str
    trace_id: str = ""
    client_id: str = ""
    target: str = ""  # URL path of the request, empty for the command line
    status: int = 0  # HTTP status of the answer
    attributes: Mapping[str, str] = field(default_factory=dict)
