"""`gerbang-ops keys`: probe, promote, retire, and the three steps of destruction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer
from gerbang.signer.v1 import key_admin_service_pb2 as pb
from gerbang.signer.v1 import scheme_pb2

from gerbang_ops import key_options as options
from gerbang_ops.config import OpsSettings, ProbeSettings
from gerbang_ops.confirm import type_to_confirm
from gerbang_ops.connection import SIGNER, reach, run
from gerbang_ops.key_view import print_version
from gerbang_ops.outcomes import ExitCode, OpsError
from gerbang_ops.output import console
from gerbang_ops.session import JSONOption, YesOption, opened
from gerbang_ops.token_probe import BankWord, ask_bank, snap_timestamp

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
        str | None, typer.Option(help="The [probes.NAME] of the configuration to use.")
    ] = None,
    url: Annotated[
        str | None, typer.Option("--url", help="The bank's token endpoint, https://...")
    ] = None,
    client_key: Annotated[str | None, typer.Option(help="X-CLIENT-KEY at the bank.")] = None,
    ca_file: Annotated[
        Path | None, typer.Option(dir_okay=False, help="If the bank's authority is not public.")
    ] = None,
    as_json: JSONOption = False,
) -> None:
    """Tries a STAGED token key at the bank's token endpoint and records the bank's word.

    Moves no money. Must run from an address the bank admits. The bank may make
    its current token invalid; the adapter then fetches another by itself.
    """
    with opened(context) as settings:
        endpoint = _endpoint(settings, bank=bank, url=url, client_key=client_key, ca_file=ca_file)
        noted, word = run(_probe(settings, key_id, version, endpoint))
        what_next = f"gerbang-ops keys promote {key_id} {version}" if word.accepted else ""
        print_version(console(), noted, as_json=as_json, what_next=what_next)
        if not word.accepted:
            raise OpsError(f"the bank did not accept the key: {word.text}", ExitCode.REFUSED)


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

    Can be undone: promote the old version again while it is VERIFY_ONLY.
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


def _endpoint(
    settings: OpsSettings,
    *,
    bank: str | None,
    url: str | None,
    client_key: str | None,
    ca_file: Path | None,
) -> ProbeSettings:
    """Where to probe, from the configuration or the options. Raises OpsError."""
    if bank is not None:
        if bank not in settings.probes:
            known = ", ".join(sorted(settings.probes)) or "none"
            raise OpsError(f"no [probes.{bank}] is configured (there are: {known})", ExitCode.USAGE)
        return settings.probes[bank]
    if url is None or client_key is None:
        raise OpsError("give --bank, or --url and --client-key", ExitCode.USAGE)
    if not url.startswith("https://"):
        raise OpsError("--url must start with https://", ExitCode.USAGE)
    return ProbeSettings(token_url=url, client_key=client_key, ca_file=ca_file)


async def _probe(
    settings: OpsSettings, key_id: str, version: int, endpoint: ProbeSettings
) -> tuple[pb.KeyVersion, BankWord]:
    """Signature from the signer, question to the bank, the bank's word back. Raises OpsError."""
    timestamp = snap_timestamp(datetime.now(UTC))
    async with reach(settings, SIGNER) as service:
        signed = await service.ask(
            service.keys().SignProbe,
            pb.SignProbeRequest(
                key_id=key_id,
                version=version,
                snap_token_asymmetric=scheme_pb2.SnapTokenAsymmetric(
                    client_key=endpoint.client_key, timestamp=timestamp
                ),
            ),
        )
        word = await ask_bank(endpoint, signature=signed.signature, timestamp=timestamp)
        noted = await service.ask(
            service.keys().RecordProbe,
            pb.RecordProbeRequest(
                key_id=key_id,
                version=version,
                accepted=word.accepted,
                response_code=word.response_code,
            ),
        )
    return noted, word


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
