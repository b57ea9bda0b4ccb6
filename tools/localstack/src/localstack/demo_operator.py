"""The demo operator: who opens the dashboard on a developer's machine."""

from __future__ import annotations

import pyotp

from localstack.secret_files import Secrets, read_secret
from localstack.settings import Settings

NAME = "demo-operator"
ROLES = ("viewer", "operator")


def code(secrets: Secrets) -> str:
    """The six digits that the login asks for now."""
    return pyotp.TOTP(read_secret(secrets.operator_totp_file)).now()


def login_text(settings: Settings, secrets: Secrets) -> str:
    """Where to log in and with what. Holds secrets: for a person's terminal only."""
    return (
        f"{settings.url}/dashboard/\n"
        f"operator  {NAME}\n"
        f"password  {read_secret(secrets.operator_password_file)}\n"
        f"code      {code(secrets)} (now; each is good once)"
    )
