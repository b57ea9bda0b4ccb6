"""`gerbang-ops keys`: probe, promote, retire, and the three steps of destruction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import typer
from gerbang.bank_adapter.v1 import operator_service_pb2
from gerbang.signer.v1 import key_admin_service_pb2 as pb

from gerbang_ops import key_options as options
from gerbang_ops.config import OpsSettings
from gerbang_ops.confirm import type_to_confirm
from gerbang_ops.connection import BANK_ADAPTER, BANK_S, SIGNER, reach, run
from gerbang_ops.key_view import print_version
from gerbang_ops.outcomes import ExitCode, OpsError
from gerbang_ops.output import console, plain, print_json, to_plain
from gerbang_ops.session import JSONOption, YesOption, opened

life_app = typer.Typer()
"""Added to `keys` without a name of its own."""

_DAYS_LEAST = 8  # the signer wants seven whole days


@life_app.command("probe")
def probe_command(
    context: typer.Context,
    key_id: options.KeyArgument,
    version: options.VersionArgument,
    *,
    bank: Annotated[
        str, typer.Option(help="Whose key it is, e.g. bca. Without it: the default bank.")
    ] = "",
    account: Annotated[
        str,
        typer.Option(help="A source account, for a secret: it is probed by asking for a balance."),
    ] = "",
    as_json: JSONOption = False,
) -> None:
    """Has the bank-adapter try a STAGED version at the bank, and the signer note the answer.

    Moves no money: a token key asks for a token, which is thrown away; a
    shared secret asks for the balance of --account. Register the key at the
    bank before. Exit code 5: the bank refused it. Without an answer nothing is
    noted; probe again.
    """
    with opened(context) as settings:
        answer = run(_probe(settings, key_id, version, bank=bank, account=account))
        if as_json:
            print_json(to_plain(answer))
        else:
            word = "accepted" if answer.accepted else "REFUSED"
            said = plain(f"{answer.response_code} {answer.response_message}".strip())
            console().print(
                f"{key_id} version {version} was {word} by the bank (service "
                f"{answer.service_code}): {said}"
            )
            if answer.accepted:
                console().print(f"Next: gerbang-ops keys promote {key_id} {version}")
        if not answer.accepted:
            raise OpsError("the bank did not accept the key", ExitCode.REFUSED)


@life_app.command("promote")
def promote_command(
    context: typer.Context,
    key_id: options.KeyArgument,
    version: options.VersionArgument,
    *,
    reason: options.NoteOption = "",
    yes: YesOption = False,
    as_json: JSONOption = False,
) -> None:
    """Makes a version ACTIVE at once; the one before it only verifies from then on.

    The bank must have accepted its probe within the last 24 hours. Where a
    secret cannot be probed, --reason says why it is known to be right. Can be
    undone: promote the old version again while it is VERIFY_ONLY.
    """
    with opened(context) as settings:
        type_to_confirm(
            "promote",
            what=f"Every signature of {key_id} will be made by version {version}. The bank must "
            "know this key already.",
            yes=yes,
        )
        changed = run(_move(settings, "PromoteKey", key_id, version, reason))
        what_next = "watch the dashboard for refused signatures; retire the old version in a week"
        print_version(console(), changed, as_json=as_json, what_next=what_next)


@life_app.command("retire")
def retire_command(
    context: typer.Context,
    key_id: options.KeyArgument,
    version: options.VersionArgument,
    *,
    reason: options.NoteOption = "",
    yes: YesOption = False,
    as_json: JSONOption = False,
) -> None:
    """Takes a STAGED or VERIFY_ONLY version out of use for good."""
    with opened(context) as settings:
        type_to_confirm(
            "retire",
            what=f"{key_id} version {version} will neither sign nor verify, ever again.",
            yes=yes,
        )
        changed = run(_move(settings, "RetireKey", key_id, version, reason))
        print_version(console(), changed, as_json=as_json, what_next="")


@life_app.command("schedule-destroy")
def schedule_destroy_command(
    context: typer.Context,
    key_id: options.KeyArgument,
    version: options.VersionArgument,
    *,
    days: Annotated[int, typer.Option(min=_DAYS_LEAST, help="From now.")] = _DAYS_LEAST,
    reason: options.NoteOption,
    as_json: JSONOption = False,
) -> None:
    """Asks for a RETIRED version to be destroyed. Nothing happens until somebody else confirms."""
    with opened(context) as settings:
        request = pb.ScheduleDestructionRequest(key_id=key_id, version=version, reason=reason)
        request.due_time.FromDatetime(datetime.now(UTC) + timedelta(days=days))
        changed = run(_schedule(settings, request))
        what_next = f"ANOTHER operator: gerbang-ops keys confirm-destroy {key_id} {version}"
        print_version(console(), changed, as_json=as_json, what_next=what_next)


@life_app.command("confirm-destroy")
def confirm_destroy_command(
    context: typer.Context,
    key_id: options.KeyArgument,
    version: options.VersionArgument,
    *,
    reason: options.NoteOption = "",
    yes: YesOption = False,
    as_json: JSONOption = False,
) -> None:
    """Confirms another operator's order to destroy. When it is due the key is gone for good."""
    with opened(context) as settings:
        type_to_confirm(
            f"{key_id}/{version}",
            what="When it is due, the key is destroyed. No backup of the signer brings it back "
            "without the key-encryption key of that time.",
            yes=yes,
        )
        changed = run(_move(settings, "ConfirmDestruction", key_id, version, reason))
        what_next = f"to take it back: gerbang-ops keys cancel {key_id} {version}"
        print_version(console(), changed, as_json=as_json, what_next=what_next)


@life_app.command("cancel")
def cancel_command(
    context: typer.Context,
    key_id: options.KeyArgument,
    version: options.VersionArgument,
    *,
    reason: options.NoteOption = "",
    as_json: JSONOption = False,
) -> None:
    """Takes back an order to destroy, confirmed or not. Any operator may."""
    with opened(context) as settings:
        changed = run(_move(settings, "CancelDestruction", key_id, version, reason))
        print_version(console(), changed, as_json=as_json, what_next="")


async def _probe(
    settings: OpsSettings, key_id: str, version: int, *, bank: str, account: str
) -> operator_service_pb2.ProbeSigningKeyResponse:
    request = operator_service_pb2.ProbeSigningKeyRequest(
        bank=bank, key_id=key_id, version=version, source_account_no=account
    )
    async with reach(settings, BANK_ADAPTER) as service:
        return await service.ask(service.operators().ProbeSigningKey, request, timeout_s=BANK_S)


Move = Literal["PromoteKey", "RetireKey", "ConfirmDestruction", "CancelDestruction"]


async def _move(
    settings: OpsSettings, move: Move, key_id: str, version: int, reason: str
) -> pb.KeyVersion:
    request = pb.KeyVersionRequest(key_id=key_id, version=version, reason=reason)
    async with reach(settings, SIGNER) as service:
        method: Callable[..., Awaitable[pb.KeyVersion]] = getattr(service.keys(), move)
        return await service.ask(method, request)


async def _schedule(settings: OpsSettings, request: pb.ScheduleDestructionRequest) -> pb.KeyVersion:
    async with reach(settings, SIGNER) as service:
        return await service.ask(service.keys().ScheduleDestruction, request)
