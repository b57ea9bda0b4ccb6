"""From a bank's settings, and its profile file if it has one, to the bank."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from servicekit.config import ConfigError, parse

from bank_adapter.adapters.bank_http import BankHTTP
from bank_adapter.adapters.bank_profile_file import read_packaged_profile, read_profile_file
from bank_adapter.application.bank import Bank, CircuitPolicy
from bank_adapter.config import BankSettings, OperationSettings
from bank_adapter.domain.rail import Capability
from bank_adapter.domain.sending import RetryPolicy
from bank_adapter.drivers.protocol import Driver
from bank_adapter.drivers.registry import open_driver
from bank_adapter.drivers.settings import ProfileError
from bank_adapter.policy_settings import rail_rules

# The table of a profile file that says when the bank works and how much it takes.
OPERATION = "operation"


def build_driver(bank_id: str, wanted: BankSettings) -> Driver:
    """With the company's own values laid over a profile. Raises ProfileError."""
    with_operation(wanted)
    described = _described(wanted)
    described.pop(OPERATION, None)
    return open_driver(wanted.driver, {**described, **wanted.profile, "bank_id": bank_id})


def with_operation(wanted: BankSettings) -> BankSettings:
    """With what the profile says where the configuration is silent. Raises ProfileError.

    Rails are taken one by one: the configuration's word on one leaves the
    profile's on the others.
    """
    described = _described(wanted).get(OPERATION, {})
    if not isinstance(described, dict):
        raise ProfileError(f"{OPERATION}: must be a table")
    try:
        operation = parse(described, OperationSettings, path=Path("profile"))
    except ConfigError as error:
        raise ProfileError(f"{OPERATION}.{error.problems[0]}") from error
    silent = operation.model_fields_set - wanted.model_fields_set
    filled = {name: getattr(operation, name) for name in silent}
    filled["rails"] = {**operation.rails, **wanted.rails}
    return wanted.model_copy(update=filled)


def is_unproven(wanted: BankSettings) -> bool:
    """Whether no bank has ever answered to the profile. Raises ProfileError."""
    return _described(wanted).get("proven") is False


def _described(wanted: BankSettings) -> dict[str, object]:
    if wanted.profile_file is not None:
        return read_profile_file(wanted.profile_file)
    if wanted.profile_name:
        return read_packaged_profile(wanted.profile_name)
    return {}


def build_bank(
    bank_id: str,
    wanted: BankSettings,
    wire: BankHTTP,
    *,
    holidays: frozenset[date] = frozenset(),
) -> Bank:
    """One bank from its settings. Raises ProfileError."""
    driver = build_driver(bank_id, wanted)
    wanted = with_operation(wanted)
    retry, circuit = wanted.retry, wanted.circuit
    return Bank(
        bank_id=bank_id,
        identity=f"{bank_id}/{wanted.profile.get('client_id', '')}"[:64],
        driver=driver,
        wire=wire,
        bank_timeout_s=wanted.bank_timeout_s,
        attempt_margin_s=wanted.attempt_margin_s,
        token_timeout_s=wanted.token_timeout_s,
        not_found_grace_s=wanted.not_found_grace_s,
        schedule=wanted.schedule(None),
        schedule_by_rail={rail: wanted.schedule(rail) for rail in wanted.inquiry_by_rail},
        retry=RetryPolicy(
            not_sent_first_s=retry.not_sent_first_s,
            not_sent_most_s=retry.not_sent_most_s,
            refused_s=retry.refused_s,
        ),
        circuit=CircuitPolicy(
            failures=circuit.failures, open_s=circuit.open_s, refused_s=circuit.refused_s
        ),
        name_check=wanted.name_check.policy(),
        reconciliation=wanted.reconciliation.policy()
        if Capability.STATEMENT in driver.capabilities
        else None,
        rails=rail_rules(wanted.rails, wanted.rail_preference, holidays),
    )
