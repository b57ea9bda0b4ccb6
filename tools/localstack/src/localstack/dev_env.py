"""Writes .gerbang/dev.env: what a shell, curl or a test needs to be the ERP.

Read it with `. .gerbang/dev.env`; every value is quoted for a POSIX shell.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from localstack.demo_client import DemoClient
from localstack.pki import write_private
from localstack.settings import Settings


def variables(settings: Settings, client: DemoClient, *, ca_file: Path) -> dict[str, str]:
    return {
        "GERBANG_URL": settings.url,
        "GERBANG_CA": str(ca_file),
        "GERBANG_CLIENT_ID": client.client_id,
        "GERBANG_CLIENT_SECRET": client.secret,
        "GERBANG_ORIGIN": client.origin,
        "GERBANG_SOURCE_ACCOUNT": client.source_account,
        "GERBANG_BENEFICIARY_ACCOUNT": client.beneficiary_account,
        "GERBANG_SIMULATOR_URL": settings.bank_base_url,
        "GERBANG_SIMULATOR_ADMIN_URL": settings.simulator_admin_url,
    }


def write(settings: Settings, client: DemoClient, *, ca_file: Path) -> Path:
    """Writes the file, readable by its owner only: it holds the client's secret."""
    path = settings.state / "dev.env"
    lines = [
        f"{name}={shlex.quote(value)}\n"
        for name, value in variables(settings, client, ca_file=ca_file).items()
    ]
    write_private(path, "".join(lines).encode())
    return path
