"""The examples of docs/rails-and-limits.md are configuration that starts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from bank_adapter.build_bank import build_driver
from bank_adapter.config import BankAdapterSettings
from servicekit.config import parse

DOCUMENT = Path(__file__).parents[3] / "docs" / "rails-and-limits.md"
EXAMPLES = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
PEER = {"target": "127.0.0.1:1", "server_name": "x"}
REST: dict[str, Any] = {
    "tls": dict.fromkeys(("certificate_file", "private_key_file", "ca_file"), "x"),
    "database": {"url": "sqlite:///x"},
    "signer": PEER,
    "audit": PEER,
    "token_key_file": "x",
    "default_bank": "bca",
}
COMPANY = {
    "client_id": "client",
    "partner_id": "partner",
    "token_key_id": "token",
    "transaction_key_id": "secret",
}
BANK = {"driver": "bca_snap", "base_url": "https://bank", "profile": {}}


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_is_read(example: str) -> None:
    given = tomllib.loads(example)
    banks = {"bca": {**BANK, **given.pop("banks", {}).get("bca", {})}}

    settings = parse(
        {**REST, **given, "banks": banks}, BankAdapterSettings, path=Path("bank-adapter.toml")
    )
    bca = settings.banks["bca"]
    build_driver("bca", bca.model_copy(update={"profile": {**COMPANY, **bca.profile}}))


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 6
