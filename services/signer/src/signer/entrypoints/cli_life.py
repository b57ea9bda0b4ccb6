"""`python -m signer keys`: promote, retire, destroy, and a new key-encryption key."""

from collections.abc import Callable
from typing import Annotated

import typer

from signer.application.destroy_key import DestroyKey
from signer.application.move_key import KeyOrder, MoveKey
from signer.bootstrap import SELF, Storage
from signer.config import SignerSettings
from signer.domain.key_version import KeyVersion
from signer.entrypoints.cli_errors import ConfigOption, fail, plain_errors, settings_of
from signer.entrypoints.cli_storage import (
    KeyIdOption,
    OperatorOption,
    ReasonOption,
    open_,
    operator_name,
)
from signer.limits import DESTRUCTION_DELAY_MIN_S

life_app = typer.Typer()
"""Added to `keys` without a name of its own."""

NumberOption = Annotated[int, typer.Option("--version", help="The version it is about.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

_DAY_S = 86_400
_DAYS_MIN = DESTRUCTION_DELAY_MIN_S // _DAY_S


def _act(
    settings: SignerSettings, order: KeyOrder, act: Callable[[Storage, KeyOrder], KeyVersion]
) -> None:
    version = act(open_(settings, order.operator), order)
    typer.echo(f"{version} is {version.state.value}")


def _moving(storage: Storage) -> MoveKey:
    return MoveKey(store=storage.store, clock=storage.clock)


def _destroying(storage: Storage) -> DestroyKey:
    return DestroyKey(
        store=storage.store, custodies=storage.custodies, clock=storage.clock, actor=SELF
    )


def _order(key_id: str, version: int, operator: str | None, reason: str) -> KeyOrder:
    return KeyOrder(key_id=key_id, number=version, operator=operator_name(operator), reason=reason)


@life_app.command("promote")
def promote_command(
    config: ConfigOption,
    *,
    key_id: KeyIdOption,
    version: NumberOption,
    operator: OperatorOption = None,
    reason: ReasonOption = "",
) -> None:
    """Makes a version ACTIVE; the one before it only verifies from then on."""
    with plain_errors():
        settings = settings_of(config)
        order = _order(key_id, version, operator, reason)
        _act(settings, order, lambda storage, it: _moving(storage).promote(it))


@life_app.command("retire")
def retire_command(
    config: ConfigOption,
    *,
    key_id: KeyIdOption,
    version: NumberOption,
    operator: OperatorOption = None,
    reason: ReasonOption = "",
) -> None:
    """Takes a staged or verify-only version out of use."""
    with plain_errors():
        settings = settings_of(config)
        order = _order(key_id, version, operator, reason)
        _act(settings, order, lambda storage, it: _moving(storage).retire(it))


@life_app.command("schedule-destroy")
def schedule_destroy_command(
    config: ConfigOption,
    *,
    key_id: KeyIdOption,
    version: NumberOption,
    days: Annotated[int, typer.Option(help="From now.")] = _DAYS_MIN + 1,
    operator: OperatorOption = None,
    reason: ReasonOption = "",
) -> None:
    """Orders a retired version to be destroyed. Another operator must confirm it."""
    with plain_errors():
        order = _order(key_id, version, operator, reason)
        _act(
            settings_of(config),
            order,
            lambda storage, it: _destroying(storage).schedule(
                it, due_us=storage.clock.now_us() + days * _DAY_S * 1_000_000
            ),
        )


@life_app.command("confirm-destroy")
def confirm_destroy_command(
    config: ConfigOption,
    *,
    key_id: KeyIdOption,
    version: NumberOption,
    operator: OperatorOption = None,
    reason: ReasonOption = "",
    yes: YesOption = False,
) -> None:
    """Confirms another operator's order. When it is due, the key is gone for good."""
    with plain_errors():
        if not yes and not typer.confirm(
            f"{key_id} version {version} will be destroyed for good when it is due. Confirm?"
        ):
            fail("nothing was confirmed")
        order = _order(key_id, version, operator, reason)
        _act(settings_of(config), order, lambda storage, it: _destroying(storage).confirm(it))


@life_app.command("cancel-destroy")
def cancel_destroy_command(
    config: ConfigOption,
    *,
    key_id: KeyIdOption,
    version: NumberOption,
    operator: OperatorOption = None,
    reason: ReasonOption = "",
) -> None:
    """Takes an order to destroy back."""
    with plain_errors():
        order = _order(key_id, version, operator, reason)
        _act(settings_of(config), order, lambda storage, it: _destroying(storage).cancel(it))


@life_app.command("rewrap")
def rewrap_command(config: ConfigOption, *, operator: OperatorOption = None) -> None:
    """Seals every key again under the key-encryption key of the table kek_next."""
    with plain_errors():
        settings = settings_of(config)
        if settings.kek_next is None:
            fail("the configuration has no [kek_next]; name the new file there first")
        name = operator_name(operator)
        storage = open_(settings, name)
        count = storage.store.rewrap(settings.kek_next.source(settings.mode), actor=name)
    typer.echo(
        f"{count} versions are sealed under [kek_next]; move it to [kek] in every configuration"
    )
