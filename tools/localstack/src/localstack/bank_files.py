"""What each process is told of a bank: bank-adapter, the signer, the simulator.

Three views of one identity (`banks.py`), kept beside each other because they
must agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from localstack import banks, demo_client
from localstack.banks import LocalBank
from localstack.secret_files import Secrets
from localstack.settings import Settings

BALANCE = "9000000000000.00"


def in_the_adapter(bank: LocalBank, settings: Settings, *, ca_file: Path) -> dict[str, Any]:
    """The table `[banks.<id>]`."""
    table: dict[str, Any] = {
        "driver": bank.driver,
        **place(bank, settings, ca_file=ca_file),
        "bank_timeout_s": settings.bank_timeout_s,
        # The simulator's counters never close.
        "rails": {"SKN": {"hours": ""}, "RTGS": {"hours": ""}},
        "profile_file": bank.profile_file,
        "profile": {
            "client_id": bank.client_id,
            "token_key_id": bank.token_key,
            "transaction_key_id": bank.transaction_key,
            **names_at(bank),
            **bank.profile,
        },
    }
    if bank.caller_id:
        table["inbound"] = {
            "client_key": bank.caller_id,
            "verify_token_key_id": bank.callback_token_key,
            "verify_transaction_key_id": bank.callback_key,
        }
    return table


def place(bank: LocalBank, settings: Settings, *, ca_file: Path) -> dict[str, Any]:
    """Where it answers; only the default bank may be another than the simulator."""
    if bank is not banks.DEFAULT:
        return {"base_url": settings.simulator_url, "ca_file": ca_file.absolute()}
    trusted = Path(settings.bank_ca or ca_file)
    return {"base_url": settings.bank_base_url, "ca_file": trusted.absolute()}


def names_at(bank: LocalBank) -> dict[str, str]:
    """Our other names there, as its driver calls them."""
    if bank.is_snap:
        return {"partner_id": bank.partner_id, "channel_id": bank.channel_id}
    return {"corporate_id": bank.partner_id, "api_key": bank.api_key}


def grants(known: Sequence[LocalBank], caller: str) -> list[dict[str, Any]]:
    """What bank-adapter may have signed and checked: each key for its one purpose."""
    return [
        {"caller": caller, "key_id": key.key_id, "purposes": [key.purpose], "schemes": [key.scheme]}
        for bank in known
        for key in bank.keys
    ]


def at_the_simulator(
    bank: LocalBank, secrets: Secrets, *, edge_url: str, ca_file: Path
) -> dict[str, Any]:
    """The table `[[partners]]`: what the bank knows of us."""
    partner: dict[str, Any] = {
        "dialect": bank.dialect,
        "client_id": bank.client_id,
        "partner_id": bank.partner_id,
    }
    if bank.is_snap:
        partner |= {
            "channel_id": bank.channel_id,
            "client_secret": secrets.shared(bank.transaction_key),
            "public_key_file": secrets.public_key_file(bank.token_key),
        }
    else:
        partner |= {
            "client_secret": secrets.shared(bank.token_key),
            "api_key": bank.api_key,
            "api_secret": secrets.shared(bank.transaction_key),
        }
    if bank.caller_id:
        partner["callback"] = {
            "base_url": edge_url,
            "client_id": bank.caller_id,
            "client_secret": secrets.shared(bank.callback_key),
            "private_key_file": secrets.private_key_file(bank.callback_token_key),
            "ca_file": ca_file,
        }
    return partner


def accounts(known: Sequence[LocalBank]) -> dict[str, list[dict[str, Any]]]:
    """Everybody's accounts: who pays, and who is paid here and at other banks."""
    return {
        "accounts": [
            *(
                {
                    "number": bank.source_account,
                    "name": bank.source_name,
                    "balance": BALANCE,
                    "owner": bank.client_id,
                }
                for bank in known
            ),
            {
                "number": demo_client.BENEFICIARY_ACCOUNT,
                "name": demo_client.BENEFICIARY_NAME,
                "balance": "0.00",
            },
        ],
        "other_bank_accounts": [
            {
                "bank_code": demo_client.OTHER_BANK_CODE,
                "number": demo_client.OTHER_BANK_ACCOUNT,
                "name": demo_client.BENEFICIARY_NAME,
            }
        ],
        "virtual_accounts": [
            {
                "number": demo_client.VIRTUAL_ACCOUNT,
                "name": demo_client.BENEFICIARY_NAME,
                "amount": "0.00",
                "kind": "O",
            }
        ],
    }
